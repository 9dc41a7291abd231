//! `surrogate`: a character beyond the basic plane that was left as two JSON escapes.

/// The character of an escaped surrogate pair (`\ud83d\ude00`) that begins `text`; the pair is 12 bytes long.
///
/// Pairs alone are believed: single `\uXXXX` escapes are what source code is full of.
pub(in crate::decode) fn pair(text: &str) -> Option<char> {
    let high = unit(text.as_bytes())?;
    let low = unit(text.as_bytes().get(6..)?)?;
    if !(0xD800..0xDC00).contains(&high) || !(0xDC00..0xE000).contains(&low) {
        return None;
    }
    char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
}

/// Length of the pair in bytes.
pub(in crate::decode) const LENGTH: usize = 12;

/// Whether the pair at `before | after` stands inside quotes, as it does in source code and JSON.
pub(in crate::decode) fn is_quoted(line: &str) -> bool {
    line.contains(['"', '\'', '`'])
}

fn unit(bytes: &[u8]) -> Option<u32> {
    let digits = bytes.strip_prefix(b"\\u")?.get(..4)?;
    digits
        .iter()
        .try_fold(0, |value, b| Some(value * 16 + (*b as char).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::pair;

    #[test]
    fn pairs_are_read_and_single_escapes_are_not() {
        assert_eq!(pair(r"\ud83d\ude00!"), Some('😀'));
        assert_eq!(pair(r"\u00e9\u00e8"), None);
        assert_eq!(pair(r"\ud83d"), None);
    }
}
