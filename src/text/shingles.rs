//! Words as 64-bit keys and runs of them as rolling hashes: the columns on which near-duplicates are found.
//!
//! [`scan`] cuts a text into lower-cased words and punctuation marks without allocating; [`rolling`] turns a
//! column of word keys into the keys of its shingles. Words here are plain runs of letters and digits, so that
//! `well-kept` and `well kept`, `don't` and `don’t` come out alike. In scripts that are written without spaces every
//! character is a word.

use super::hash::{combine, hash, seed};
use super::{ascii, chars};

/// A piece of a text as [`scan`] reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// A lower-cased word.
    Word {
        /// XXH3 of the lower-cased bytes.
        key: u64,
        /// First byte.
        start: u32,
        /// One past the last byte.
        end: u32,
    },
    /// A character that is neither part of a word nor white space.
    Mark(char),
}

/// What an ASCII byte is: its lower-case form for letters and digits, 0 for all else.
const LOWER: [u8; 256] = {
    let mut table = [0u8; 256];
    let mut b = 0usize;
    while b < 128 {
        if (b as u8).is_ascii_alphanumeric() {
            table[b] = (b as u8).to_ascii_lowercase();
        }
        b += 1;
    }
    table
};

/// Longest ASCII word that is folded on the stack.
const INLINE: usize = 64;

/// Calls `each` with the tokens of `text`, in order.
///
/// `buffer` is where long and non-ASCII words are folded; its contents do not matter. Texts of 4 GiB and more
/// are not supported.
pub fn scan(text: &str, buffer: &mut String, mut each: impl FnMut(Token)) {
    let bytes = text.as_bytes();
    let mut fold = [0u8; INLINE + 8];
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        let mut n = 0;
        // Eight bytes a step while they last: most words need one.
        while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
            let chunk = u64::from_le_bytes(*chunk);
            let more = ascii::leading_alphanumerics(chunk);
            // Letters and digits come out in lower case, what stands behind them is not read. The mask keeps the place in range
            // without a branch; words that wrap are folded again below.
            let place = n & (INLINE - 1);
            fold[place..place + 8].copy_from_slice(&ascii::fold(chunk).to_le_bytes());
            n += more;
            at += more;
            if more < 8 {
                break;
            }
        }
        while at < bytes.len() {
            let lower = LOWER[bytes[at] as usize];
            if lower == 0 {
                break;
            }
            fold[n & (INLINE - 1)] = lower;
            n += 1;
            at += 1;
        }
        let plain_end = at >= bytes.len() || bytes[at] < 0x80;
        if n > 0 && plain_end && n <= INLINE {
            each(Token::Word {
                key: hash(&fold[..n], seed::WORD),
                start: start as u32,
                end: at as u32,
            });
        } else if n > 0 || !plain_end {
            at = scan_other(text, start, buffer, &mut each);
        } else {
            if !bytes[at].is_ascii_whitespace() {
                each(Token::Mark(bytes[at] as char));
            }
            at += 1;
        }
    }
}

/// Reads the token at byte `start` that is long or not ASCII; returns where it ends.
#[inline(never)]
fn scan_other(
    text: &str,
    start: usize,
    buffer: &mut String,
    each: &mut impl FnMut(Token),
) -> usize {
    buffer.clear();
    let mut end = start;
    for c in text[start..].chars() {
        if !chars::is_word(c) || (is_unspaced(c) && end > start) {
            break;
        }
        end += c.len_utf8();
        chars::push_lower(c, buffer);
        if is_unspaced(c) {
            break;
        }
    }
    if end == start {
        let Some(c) = text[start..].chars().next() else {
            return text.len();
        };
        if !c.is_whitespace() {
            each(Token::Mark(c));
        }
        return start + c.len_utf8();
    }
    each(Token::Word {
        key: hash(buffer.as_bytes(), seed::WORD),
        start: start as u32,
        end: end as u32,
    });
    end
}

/// Scripts written without spaces between words: Thai to Myanmar, Khmer, kana, ideographs.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
        | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Multiplier of the rolling polynomial: odd, so that no word's bits are lost.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

/// Calls `each` with the index and the key of every run of `width` words.
///
/// A polynomial over the word keys modulo 2^64, mixed at the end; equal runs have equal keys wherever they stand.
/// Nothing is reported when there are fewer words than `width`, or `width` is 0. `O(words)` whatever the width.
pub fn rolling(words: &[u64], width: usize, mut each: impl FnMut(usize, u64)) {
    if width == 0 || words.len() < width {
        return;
    }
    let mut leaving = 1u64;
    let mut state = 0u64;
    for &word in &words[..width] {
        state = state.wrapping_mul(BASE).wrapping_add(word);
        leaving = leaving.wrapping_mul(BASE);
    }
    each(0, mix(state));
    for (i, (&old, &new)) in words.iter().zip(&words[width..]).enumerate() {
        state = state
            .wrapping_mul(BASE)
            .wrapping_add(new)
            .wrapping_sub(old.wrapping_mul(leaving));
        each(i + 1, mix(state));
    }
}

/// Spreads the bits of a polynomial's state, whose low bits depend on low bits alone.
fn mix(state: u64) -> u64 {
    combine(state, state.rotate_left(32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys(text: &str) -> Vec<u64> {
        let mut out = Vec::new();
        scan(text, &mut String::new(), |t| {
            if let Token::Word { key, .. } = t {
                out.push(key);
            }
        });
        out
    }

    fn cut(text: &str) -> Vec<String> {
        let mut out = Vec::new();
        scan(text, &mut String::new(), |t| match t {
            Token::Word { start, end, .. } => {
                out.push(text[start as usize..end as usize].to_owned());
            }
            Token::Mark(c) => out.push(format!("<{c}>")),
        });
        out
    }

    #[test]
    fn words_are_runs_of_letters_and_digits() {
        assert_eq!(
            cut("Don’t — a well-kept 3.5 Größe"),
            [
                "Don", "<’>", "t", "<—>", "a", "well", "<->", "kept", "3", "<.>", "5", "Größe"
            ]
        );
        assert_eq!(cut("東京 tower"), ["東", "京", "tower"]);
        assert_eq!(cut(""), Vec::<String>::new());
    }

    #[test]
    fn case_does_not_count_and_long_words_do_not_collide() {
        assert_eq!(keys("GRÖSSE Abc"), keys("grösse aBC"));
        let long = "x".repeat(200);
        assert_eq!(keys(&long), keys(&long.to_uppercase()));
        assert_ne!(keys(&long), keys(&long[1..]));
        assert_ne!(keys(&"x".repeat(64)), keys(&"x".repeat(128)));
    }

    #[test]
    fn a_word_that_ends_in_another_script_is_one_word() {
        assert_eq!(cut("naïve café2"), ["naïve", "café2"]);
        assert_eq!(cut("a東b"), ["a", "東", "b"]);
    }

    proptest! {
        #[test]
        fn tokens_tile_the_text(text in "\\PC*") {
            let mut last = 0;
            scan(&text, &mut String::new(), |t| if let Token::Word { start, end, .. } = t {
                assert!(last <= start && start < end);
                assert!(text.get(start as usize..end as usize).is_some());
                last = end;
            });
        }

        #[test]
        fn a_shingle_depends_on_its_words_alone(
            words in prop::collection::vec(0u64..5, 0..60),
            width in 1usize..6,
        ) {
            let mut seen = std::collections::BTreeMap::new();
            let mut count = 0;
            rolling(&words, width, |i, key| {
                let run = words[i..i + width].to_vec();
                let first = seen.entry(run).or_insert(key);
                assert_eq!(*first, key);
                count += 1;
            });
            prop_assert_eq!(count, (words.len() + 1).saturating_sub(width));
            let distinct: std::collections::BTreeSet<_> = seen.values().collect();
            prop_assert_eq!(distinct.len(), seen.len());
        }
    }
}
