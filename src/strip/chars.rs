//! What characters are, looked up instead of asked: by byte for ASCII, by code point for the alphabets below U+0580.

use std::sync::LazyLock;

use crate::text::ascii;

/// Letters and digits.
pub(super) const WORD: u8 = 1;
/// White space.
pub(super) const SPACE: u8 = 2;
/// Signs that a folded line may begin with.
pub(super) const OPENER: u8 = 4;
/// Signs that may stand inside a word: apostrophe and hyphen.
pub(super) const JOINER: u8 = 8;
/// `.`, `!`, `?`.
pub(super) const STOP: u8 = 16;
/// `@`, `:`: parts of addresses.
pub(super) const ADDRESS: u8 = 32;
/// No ASCII at all.
pub(super) const HIGH: u8 = 64;

/// Classes of a byte.
pub(super) static CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut b = 0usize;
    while b < 256 {
        let byte = b as u8;
        table[b] = match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => WORD,
            b'\t'..=b'\r' | b' ' => SPACE,
            b'(' | b'[' | b'#' => OPENER,
            b'@' => OPENER | ADDRESS,
            b':' => ADDRESS,
            b'\'' | b'-' => JOINER,
            b'.' | b'!' | b'?' => STOP,
            0x80.. => HIGH,
            _ => 0,
        };
        b += 1;
    }
    table
}

/// Places of the counts in [`COUNTS`].
pub(super) const UPPERS: usize = 0;
pub(super) const DIGITS: usize = 1;
pub(super) const SIGNS: usize = 2;
pub(super) const SPACES: usize = 3;
pub(super) const COMMAS: usize = 4;
pub(super) const SEPARATORS: usize = 5;
pub(super) const CODE: usize = 6;
pub(super) const QUOTES: usize = 7;

/// What a byte adds to eight counts at once, a byte each; nothing for what is no ASCII.
static COUNTS: [u64; 256] = counts();

const fn counts() -> [u64; 256] {
    let mut table = [0; 256];
    let mut b = 0usize;
    while b < 128 {
        let byte = b as u8;
        let mut sum = 0;
        if byte.is_ascii_uppercase() {
            sum += 1 << (8 * UPPERS);
        } else if byte.is_ascii_digit() {
            sum += 1 << (8 * DIGITS);
        } else if matches!(byte, b'\t'..=b'\r' | b' ') {
            sum += 1 << (8 * SPACES);
        } else if !byte.is_ascii_lowercase() {
            sum += 1 << (8 * SIGNS);
        }
        match byte {
            b',' => sum += 1 << (8 * COMMAS),
            b'|' | b'/' | b'\t' => sum += 1 << (8 * SEPARATORS),
            b'{' | b'}' | b'=' | b';' | b'<' | b'>' | b'_' | b'\\' | b'$' | b'#' | b'[' | b']'
            | b'+' | b'*' | b'^' | b'~' => sum += 1 << (8 * CODE),
            b'"' => sum += 1 << (8 * QUOTES),
            _ => {}
        }
        table[b] = sum;
        b += 1;
    }
    table
}

/// How many bytes of `bytes` are of each kind of ASCII.
pub(super) fn count(bytes: &[u8]) -> [u32; 8] {
    let mut sums = [0u32; 8];
    // 255 times one still fits into a byte.
    for chunk in bytes.chunks(255) {
        let (mut even, mut odd) = (0u64, 0u64);
        let mut pairs = chunk.chunks_exact(2);
        for pair in &mut pairs {
            even += COUNTS[usize::from(pair[0])];
            odd += COUNTS[usize::from(pair[1])];
        }
        for &b in pairs.remainder() {
            even += COUNTS[usize::from(b)];
        }
        // Even and odd places together are still at most 255.
        for (sum, part) in sums.iter_mut().zip((even + odd).to_le_bytes()) {
            *sum += u32::from(part);
        }
    }
    sums
}

/// Up to eight letters and digits of ASCII.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Run {
    /// In lower case, the first one lowest, then zeros.
    pub bytes: u64,
    pub length: usize,
    /// Whether there is a digit.
    pub digit: bool,
}

/// The letters and digits of ASCII at byte `at`, up to eight, without a step a byte.
pub(super) fn run(bytes: &[u8], at: usize) -> Run {
    let raw = match bytes.get(at..).and_then(|rest| rest.first_chunk()) {
        Some(&eight) => u64::from_le_bytes(eight),
        None => bytes
            .get(at..)
            .unwrap_or_default()
            .iter()
            .rev()
            .fold(0, |raw, &b| raw << 8 | u64::from(b)),
    };
    let length = ascii::leading_alphanumerics(raw);
    let own = ascii::first(raw, length);
    Run {
        bytes: ascii::first(ascii::fold(own), length),
        length,
        digit: ascii::has_digit(own),
    }
}

/// A character that is no ASCII, as the reading of lines needs it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sort {
    pub alphanumeric: bool,
    pub upper: bool,
    pub space: bool,
    /// In lower case; the first character where there are several.
    pub lower: char,
}

impl Sort {
    fn ask(c: char) -> Self {
        let upper = c.is_uppercase();
        Self {
            alphanumeric: c.is_alphanumeric(),
            upper,
            space: c.is_whitespace(),
            lower: if upper {
                c.to_lowercase().next().unwrap_or(c)
            } else {
                c
            },
        }
    }
}

/// Where the table ends: behind Latin, Greek, Cyrillic and Armenian.
const KNOWN: u32 = 0x580;

static SORTS: LazyLock<Vec<Sort>> = LazyLock::new(|| {
    (0..KNOWN)
        .map(|c| Sort::ask(char::from_u32(c).unwrap_or(' ')))
        .collect()
});

/// The table of [`sort`], to be fetched once a page.
pub(super) fn sorts() -> &'static [Sort] {
    &SORTS
}

/// What `c` is, by `table` where it reaches.
pub(super) fn sort(c: char, table: &[Sort]) -> Sort {
    match table.get(c as usize) {
        Some(&sort) => sort,
        // Quotes, dashes and bullets of prose.
        None if ('\u{2010}'..='\u{2027}').contains(&c) => Sort {
            alphanumeric: false,
            upper: false,
            space: false,
            lower: c,
        },
        None => Sort::ask(c),
    }
}

/// Straight apostrophes and quotes for curly ones.
pub(super) const fn straight(c: char) -> char {
    match c {
        '\u{2018}' | '\u{2019}' | '\u{02bc}' => '\'',
        '\u{201c}' | '\u{201d}' | '\u{201e}' => '"',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_say_what_the_characters_say() {
        for c in (0..=0x2_ffff).filter_map(char::from_u32) {
            assert_eq!(sort(c, sorts()), Sort::ask(c), "{c:?}");
            if c.is_ascii() {
                let class = CLASS[c as usize];
                assert_eq!(class & WORD != 0, c.is_alphanumeric());
                assert_eq!(class & SPACE != 0, c.is_whitespace());
            }
        }
    }

    #[test]
    fn runs_end_where_the_letters_do() {
        let text = "Ab9-[`{@/:zZ09 é٣ABCDEFGHi".as_bytes();
        for at in 0..=text.len() {
            let word: Vec<u8> = text[at..]
                .iter()
                .take(8)
                .take_while(|b| b.is_ascii_alphanumeric())
                .map(u8::to_ascii_lowercase)
                .collect();
            let run = run(text, at);
            assert_eq!(run.length, word.len());
            assert_eq!(run.digit, word.iter().any(u8::is_ascii_digit));
            assert_eq!(&run.bytes.to_le_bytes()[..word.len()], word);
            assert_eq!(run.bytes.checked_shr(8 * word.len() as u32).unwrap_or(0), 0);
        }
    }

    #[test]
    fn counts_reach_past_a_byte() {
        let sums = count("A1, \"".repeat(300).as_bytes());
        assert_eq!(sums[UPPERS], 300);
        assert_eq!(sums[DIGITS], 300);
        assert_eq!(sums[COMMAS], 300);
        assert_eq!(sums[SPACES], 300);
        assert_eq!(sums[QUOTES], 300);
        assert_eq!(sums[SIGNS], 600);
    }
}
