//! Eight ASCII bytes at a time, in one register.
//!
//! Sums on whole registers, no byte's reaching into the next, as in Lamport 1975, doi:10.1145/360933.360994.

/// Each byte 1.
const LOW: u64 = 0x0101_0101_0101_0101;
/// The top bit of each byte.
const HIGH: u64 = 0x80 * LOW;

/// In the top bit of each byte of `x`, whose own top bits are clear, whether it is at least `c`, which is below 0x80.
#[inline]
const fn at_least(x: u64, c: u8) -> u64 {
    x + (0x80 - c as u64) * LOW
}

/// Letters in lower case; digits stay. Other bytes become something else.
#[inline]
pub const fn fold(x: u64) -> u64 {
    x | (0x20 * LOW)
}

/// The top bits of the bytes that are digits.
#[inline]
const fn digits(x: u64) -> u64 {
    let low = x & !HIGH;
    at_least(low, b'0') & !at_least(low, b'9' + 1) & !x & HIGH
}

/// How many bytes from the first (lowest) one on are ASCII letters or digits: 0 to 8.
#[inline]
pub const fn leading_alphanumerics(x: u64) -> usize {
    let folded = fold(x & !HIGH);
    let letters = at_least(folded, b'a') & !at_least(folded, b'z' + 1) & !x & HIGH;
    (((letters | digits(x)) ^ HIGH).trailing_zeros() / 8) as usize
}

/// Whether one of the bytes is a digit.
#[inline]
pub const fn has_digit(x: u64) -> bool {
    digits(x) != 0
}

/// Whether all bytes are ASCII.
#[inline]
pub const fn is_ascii(x: u64) -> bool {
    x & HIGH == 0
}

/// The lowest `n` bytes, 0 to 8; the others become zero.
#[inline]
pub const fn first(x: u64, n: usize) -> u64 {
    if n >= 8 { x } else { x & ((1 << (8 * n)) - 1) }
}

/// Length of the run of ASCII letters and digits that begins at byte `at`.
#[inline]
pub fn run(bytes: &[u8], at: usize) -> usize {
    let mut end = at;
    while let Some(chunk) = bytes.get(end..).and_then(<[u8]>::first_chunk::<8>) {
        let n = leading_alphanumerics(u64::from_le_bytes(*chunk));
        end += n;
        if n < 8 {
            return end - at;
        }
    }
    let rest = bytes.get(end..).unwrap_or_default();
    end - at
        + rest
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric())
            .count()
}

/// Where the first byte beyond ASCII stands, from `at` on; the length where there is none.
#[inline]
pub fn next_beyond(bytes: &[u8], at: usize) -> usize {
    let mut here = at;
    while let Some(chunk) = bytes.get(here..).and_then(<[u8]>::first_chunk::<8>) {
        let high = u64::from_le_bytes(*chunk) & HIGH;
        if high != 0 {
            return here + (high.trailing_zeros() / 8) as usize;
        }
        here += 8;
    }
    let rest = bytes.get(here..).unwrap_or_default();
    let found = rest.iter().position(|b| *b >= 0x80);
    found.map_or(bytes.len(), |i| here + i)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_byte_is_judged_alone() {
        for b in 0..=255u8 {
            for around in [0, b'a', b'9', 0x7F, 0xFF] {
                let mut bytes = [around; 8];
                bytes[3] = b;
                let x = u64::from_le_bytes(bytes);
                let expected = bytes.iter().take_while(|b| b.is_ascii_alphanumeric());
                assert_eq!(leading_alphanumerics(x), expected.count(), "{bytes:?}");
                assert_eq!(
                    has_digit(x),
                    bytes.iter().any(u8::is_ascii_digit),
                    "{bytes:?}"
                );
                assert_eq!(is_ascii(x), bytes.is_ascii());
                if b.is_ascii_alphanumeric() {
                    assert_eq!(fold(x).to_le_bytes()[3], b.to_ascii_lowercase());
                }
            }
        }
        assert_eq!(first(u64::MAX, 2), 0xFFFF);
        assert_eq!(first(u64::MAX, 8), u64::MAX);
    }

    proptest! {
        #[test]
        fn the_next_byte_beyond_is_the_first(text in "[ -~]{0,20}é?[ -~]{0,12}", at in 0usize..24) {
            let bytes = text.as_bytes();
            let expected = (at..bytes.len()).find(|i| bytes[*i] >= 0x80).unwrap_or(bytes.len());
            prop_assert_eq!(next_beyond(bytes, at), expected);
        }

        #[test]
        fn runs_end_where_the_first_other_byte_stands(text in "[a-zA-Z0-9]{0,20}[ .é]?[a-z]{0,9}", at in 0usize..30) {
            let bytes = text.as_bytes();
            let rest = bytes.get(at..).unwrap_or_default();
            prop_assert_eq!(run(bytes, at), rest.iter().take_while(|b| b.is_ascii_alphanumeric()).count());
        }
    }
}
