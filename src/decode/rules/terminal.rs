//! `terminal-escape`: sequences that set colours, move the cursor or name windows.
//!
//! Source: ECMA-48, 5th edition, sections 5.3 to 5.6.

/// Longest control string that is believed.
const LONGEST: usize = 512;

/// Length in bytes of the escape sequence that begins `text`, or 0.
pub(in crate::decode) fn length(text: &str) -> usize {
    let bytes = text.as_bytes();
    if bytes.first() != Some(&0x1B) {
        return 0;
    }
    let rest = &bytes[1..bytes.len().min(LONGEST)];
    let used = match rest.first() {
        Some(b'[') => csi(rest),
        Some(b']' | b'P' | b'X' | b'^' | b'_') => string(rest),
        // Intermediate bytes and a final one: character sets (`ESC ( B`).
        Some(b' '..=b'/') => {
            let n = rest
                .iter()
                .take_while(|b| (b' '..=b'/').contains(*b))
                .count();
            rest.get(n)
                .filter(|b| (b'0'..=b'~').contains(*b))
                .map(|_| n + 1)
        }
        Some(
            b'=' | b'>' | b'7' | b'8' | b'c' | b'D' | b'E' | b'H' | b'M' | b'N' | b'O' | b'Z'
            | b'\\',
        ) => Some(1),
        _ => None,
    };
    used.map_or(0, |n| n + 1)
}

/// Parameters, intermediates, final byte.
fn csi(rest: &[u8]) -> Option<usize> {
    let n = 1 + rest[1..]
        .iter()
        .take_while(|b| (b' '..=b'?').contains(*b))
        .count();
    rest.get(n)
        .filter(|b| (b'@'..=b'~').contains(*b))
        .map(|_| n + 1)
}

/// Up to BEL or `ESC \` on the same line.
fn string(rest: &[u8]) -> Option<usize> {
    let end = rest.iter().position(|b| matches!(b, 0x07 | 0x1B | b'\n'))?;
    match rest[end] {
        0x07 => Some(end + 1),
        0x1B if rest.get(end + 1) == Some(&b'\\') => Some(end + 2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::length;

    #[test]
    fn sequences_are_measured_and_a_bare_escape_is_not_one() {
        assert_eq!(length("\x1B[1;31mred"), 7);
        assert_eq!(length("\x1B]0;title\x07x"), 10);
        assert_eq!(length("\x1B]8;;http://a\x1B\\x"), 15);
        assert_eq!(length("\x1B(B"), 3);
        assert_eq!(length("\x1B"), 0);
        assert_eq!(length("\x1Bé"), 0);
        assert_eq!(length("[31m"), 0);
    }
}
