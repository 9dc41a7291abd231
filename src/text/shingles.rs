//! Words as 64-bit keys and runs of them as rolling hashes: the columns on which near-duplicates are found.
//!
//! [`scan`] cuts a text into lower-cased words and punctuation marks without allocating; [`rolling`] turns a
//! column of word keys into the keys of its shingles. Words here are plain runs of letters and digits, so that
//! `well-kept` and `well kept`, `don't` and `don’t` come out alike. In scripts that are written without spaces every
//! character is a word.

use super::hash::{combine, hash, seed};
use super::window::{self, WINDOW};
use super::{ascii, chars};

/// A piece of a text as [`scan`] reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// A lower-cased word.
    Word {
        /// [`key`] of the lower-cased bytes.
        key: u64,
        /// First byte.
        start: u32,
        /// One past the last byte.
        end: u32,
    },
    /// A character that is neither part of a word nor white space.
    Mark(char),
}

/// Longest word whose key is made of two registers.
const INLINE: usize = 16;
/// Bytes of a window and of what a word that begins in it may take behind it.
const AHEAD: usize = WINDOW + INLINE;

/// The key of a word that is in lower case already.
///
/// 64 bits: one multiply-fold step, as in [`combine`], over the bytes of words up to 16 bytes, XXH3 over others.
#[inline]
pub fn key(word: &[u8]) -> u64 {
    if word.len() > INLINE {
        return hash(word, seed::WORD);
    }
    let mut bytes = [0; INLINE];
    bytes[..word.len()].copy_from_slice(word);
    let bytes = u128::from_le_bytes(bytes);
    short_key(bytes as u64, (bytes >> 64) as u64)
}

/// The key of a word of at most 16 bytes; zeros stand behind its last one.
#[inline]
fn short_key(first: u64, second: u64) -> u64 {
    combine(first ^ seed::WORD, second)
}

/// Calls `each` with the tokens of `text`, in order.
///
/// `buffer` is where long and non-ASCII words are folded; its contents do not matter. Texts of 4 GiB and more
/// are not supported.
pub fn scan(text: &str, buffer: &mut String, mut each: impl FnMut(Token)) {
    let bytes = text.as_bytes();
    let mut padded = [b' '; AHEAD];
    let mut at = 0;
    while at < bytes.len() {
        let window = if let Some(window) = bytes[at..].first_chunk() {
            window
        } else {
            let rest = &bytes[at..];
            padded.fill(b' ');
            padded[..rest.len()].copy_from_slice(rest);
            &padded
        };
        at += scan_window(text, at, window, buffer, &mut each);
    }
}

/// Reports the tokens that begin in `window`, which stands at byte `at` of `text`, but for a word that reaches its end; returns
/// where to go on, from `at`.
#[inline]
fn scan_window(
    text: &str,
    at: usize,
    window: &[u8; AHEAD],
    buffer: &mut String,
    each: &mut impl FnMut(Token),
) -> usize {
    let Kinds { word, wide, mark } = match window.first_chunk() {
        Some(bytes) => Kinds::of(bytes),
        // A window is longer.
        None => return WINDOW,
    };
    let tokens = word | wide | mark;
    let mut from = 0;
    loop {
        let left = tokens & (u64::MAX << from);
        if left == 0 {
            return WINDOW;
        }
        let start = left.trailing_zeros() as usize;
        if mark >> start & 1 == 1 {
            let byte = window[start];
            if !byte.is_ascii_whitespace() {
                each(Token::Mark(char::from(byte)));
            }
            from = start + 1;
        } else {
            // None where the character is not ASCII.
            let letters = (!(word >> start)).trailing_zeros() as usize;
            let end = start + letters;
            if end >= WINDOW && start > 0 {
                return start;
            }
            if letters > 0 && end < WINDOW && wide >> end & 1 == 0 {
                each(Token::Word {
                    key: key_in(window, start, end),
                    start: (at + start) as u32,
                    end: (at + end) as u32,
                });
                from = end;
            } else {
                from = scan_other(text, at + start, buffer, each) - at;
            }
        }
        if from >= WINDOW {
            return from;
        }
    }
}

/// The key of the ASCII word `start..end` of a window, folded.
#[inline]
fn key_in(window: &[u8; AHEAD], start: usize, end: usize) -> u64 {
    if end - start > INLINE {
        return key(&window[start..end].to_ascii_lowercase());
    }
    let load = |at: usize| {
        let bytes = window[at..].first_chunk().copied().unwrap_or_default();
        ascii::fold(u64::from_le_bytes(bytes))
    };
    let (first, second) = KEPT[end - start];
    short_key(load(start) & first, load(start + 8) & second)
}

/// What is kept of two registers for words of each length.
static KEPT: [(u64, u64); INLINE + 1] = {
    let mut kept = [(0, 0); INLINE + 1];
    let mut n = 0;
    while n <= INLINE {
        kept[n] = (
            ascii::first(u64::MAX, n),
            ascii::first(u64::MAX, n.saturating_sub(8)),
        );
        n += 1;
    }
    kept
};

/// One bit for each byte of a window.
#[derive(Debug, PartialEq, Eq)]
struct Kinds {
    /// ASCII letters and digits.
    word: u64,
    /// Bytes of other characters than ASCII.
    wide: u64,
    /// All else but blanks; other white space too.
    mark: u64,
}

impl Kinds {
    #[inline]
    fn of(window: &[u8; WINDOW]) -> Self {
        let [word, wide, blank] = [
            window::words(window),
            window::wide(window),
            window::equal(window, b' '),
        ];
        Self {
            word,
            wide,
            mark: !(word | wide | blank),
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
        key: key(buffer.as_bytes()),
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

    /// The same, character by character.
    fn one_by_one(text: &str) -> Vec<Token> {
        let mut out = Vec::new();
        let mut chars = text.char_indices().peekable();
        while let Some((start, c)) = chars.next() {
            if !chars::is_word(c) {
                let blank = if c.is_ascii() {
                    c.is_ascii_whitespace()
                } else {
                    c.is_whitespace()
                };
                out.extend((!blank).then_some(Token::Mark(c)));
                continue;
            }
            let mut end = start + c.len_utf8();
            while !is_unspaced(c)
                && let Some((at, c)) = chars.next_if(|&(_, c)| chars::is_word(c) && !is_unspaced(c))
            {
                end = at + c.len_utf8();
            }
            let mut lower = String::new();
            text[start..end]
                .chars()
                .for_each(|c| chars::push_lower(c, &mut lower));
            out.push(Token::Word {
                key: key(lower.as_bytes()),
                start: start as u32,
                end: end as u32,
            });
        }
        out
    }

    proptest! {
        #[test]
        fn windows_are_read_as_characters_are(
            text in "([a-zA-Z0-9]{1,18}[ ,.\n\u{b}]){0,30}|([a-zA-Z]{1,130}[ é東\u{300}\u{2019}]{0,3}){0,4}|[a-cÀ-ž東京 \n.]{0,200}|\\PC{0,90}",
        ) {
            let mut tokens = Vec::new();
            scan(&text, &mut String::new(), |t| tokens.push(t));
            prop_assert_eq!(tokens, one_by_one(&text));
        }

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
