//! Word n-grams as 64-bit keys: the language in which stages ask the survey about phrases.
//!
//! Tokens are lower-cased words with `’` folded to `'`; every token with a digit is `0`. Any punctuation between
//! two words other than a space breaks the n-gram, as does a line end.

use rustc_hash::FxHashSet;

use super::ascii;
use super::hash::{combine, hash, seed};
use super::words::words;

/// Longest n-gram that [`for_each`] reports.
pub const MAX_N: usize = 3;

/// The key of one token.
pub fn token_key(word: &str) -> u64 {
    let bytes = word.as_bytes();
    let mut buffer = [0u8; 16];
    if bytes.len() > buffer.len() {
        return folded_key(word);
    }
    buffer[..bytes.len()].copy_from_slice(bytes);
    let [low, high] = halves(buffer);
    if ascii::has_digit(low) | ascii::has_digit(high) | !ascii::is_ascii(low | high) {
        return folded_key(word);
    }
    // Apostrophes and hyphens have the bit that makes letters lower case already.
    let (low, high) = (ascii::fold(low), ascii::fold(high));
    buffer[..8].copy_from_slice(&low.to_le_bytes());
    buffer[8..].copy_from_slice(&high.to_le_bytes());
    hash(&buffer[..bytes.len()], seed::WORD)
}

fn halves(bytes: [u8; 16]) -> [u64; 2] {
    let all = u128::from_le_bytes(bytes);
    [all as u64, (all >> 64) as u64]
}

/// [`token_key`] for numbers, long words and other scripts.
#[cold]
fn folded_key(word: &str) -> u64 {
    if word.bytes().any(|b| b.is_ascii_digit()) {
        return hash(b"0", seed::WORD);
    }
    let mut buffer = [0u8; 64];
    if word.is_ascii() && word.len() <= buffer.len() {
        let lower = &mut buffer[..word.len()];
        lower.copy_from_slice(word.as_bytes());
        lower.make_ascii_lowercase();
        return hash(lower, seed::WORD);
    }
    let lower = word.to_lowercase().replace('\u{2019}', "'");
    hash(lower.as_bytes(), seed::WORD)
}

/// The key of an n-gram from the keys of its tokens.
pub fn key(tokens: &[u64]) -> u64 {
    tokens
        .iter()
        .fold(tokens.len() as u64, |state, &t| combine(state, t))
}

/// The key of the n-gram of blank-separated `words`.
pub fn phrase_key(words: &str) -> u64 {
    let tokens: Vec<u64> = words.split(' ').map(token_key).collect();
    key(&tokens)
}

/// Calls `f` with the keys of the n-grams of 1 to [`MAX_N`] words that end at each word of `text`, shorter ones first, until
/// it says no; returns the number of words.
pub fn for_each(text: &str, mut f: impl FnMut(u64) -> bool) -> usize {
    let mut recent: [u64; MAX_N] = [0; MAX_N];
    let (mut filled, mut count, mut end) = (0, 0, 0);
    for span in words(text) {
        if text[end..span.start].bytes().any(|b| b != b' ') {
            filled = 0;
        }
        if filled == MAX_N {
            recent.copy_within(1.., 0);
            filled -= 1;
        }
        recent[filled] = token_key(span.of(text));
        filled += 1;
        for n in 1..=filled {
            if !f(key(&recent[filled - n..filled])) {
                break;
            }
        }
        count += 1;
        end = span.end;
    }
    count
}

/// A set of n-gram keys that somebody asks about, quick at saying no. Of each n-gram its shorter endings must be asked
/// about too, as [`Questions::ngram`](crate::survey::Questions::ngram) sees to.
///
/// Nearly all n-grams of a corpus are not asked about; a table of bits, small enough to stay near the processor, turns
/// most of them away before the set itself is looked at.
#[derive(Clone, Debug)]
pub struct Asked {
    keys: FxHashSet<u64>,
    filter: Vec<u64>,
}

/// Bits of the filter, as a power of two: 128 KiB.
const FILTER_BITS: u32 = 20;

impl Default for Asked {
    fn default() -> Self {
        Self {
            keys: FxHashSet::default(),
            filter: vec![0; 1 << (FILTER_BITS - 6)],
        }
    }
}

impl Asked {
    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether nobody asks anything.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Appends the keys of the asked-for n-grams of `text` to `found`, one for each time they stand there; returns
    /// the number of words.
    pub fn find(&self, text: &str, found: &mut Vec<u64>) -> usize {
        for_each(text, |key| {
            let bit = key >> (64 - FILTER_BITS);
            let asked =
                self.filter[(bit >> 6) as usize] >> (bit & 63) & 1 != 0 && self.keys.contains(&key);
            if asked {
                found.push(key);
            }
            asked
        })
    }
}

impl Extend<u64> for Asked {
    fn extend<I: IntoIterator<Item = u64>>(&mut self, keys: I) {
        for key in keys {
            let bit = key >> (64 - FILTER_BITS);
            self.filter[(bit >> 6) as usize] |= 1 << (bit & 63);
            self.keys.insert(key);
        }
    }
}

impl FromIterator<u64> for Asked {
    fn from_iter<I: IntoIterator<Item = u64>>(keys: I) -> Self {
        let mut out = Self::default();
        out.extend(keys);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_the_folded_word() {
        for word in [
            "A",
            "It's",
            "well-kept",
            "UNCONSTITUTIONALLY",
            "Sixteen-letters!",
        ] {
            let lower = word.to_ascii_lowercase();
            assert_eq!(
                token_key(word),
                hash(lower.as_bytes(), seed::WORD),
                "{word}"
            );
        }
        assert_eq!(
            token_key("GRÖSSE’S"),
            hash("grösse's".as_bytes(), seed::WORD)
        );
        assert_eq!(token_key("4th"), token_key("1,000,000,000,000,000"));
    }

    #[test]
    fn asked_keys_are_found_and_no_others() {
        let asked: Asked = ["cold war", "war", "the", "of the", "war of the"]
            .into_iter()
            .map(phrase_key)
            .collect();
        let mut found = Vec::new();
        let words = asked.find("The Cold War, the war of the worlds.", &mut found);
        assert_eq!(words, 8);
        let expected = [
            "the",
            "war",
            "cold war",
            "the",
            "war",
            "the",
            "of the",
            "war of the",
        ]
        .map(phrase_key);
        assert_eq!(found, expected);
        assert!(Asked::default().is_empty());
    }

    #[test]
    fn phrases_are_found_across_case_but_not_across_punctuation() {
        let mut keys = Vec::new();
        for_each("Security Guarantees, for Ukraine’s army", |k| {
            keys.push(k);
            true
        });
        assert!(keys.contains(&phrase_key("security guarantees")));
        assert!(keys.contains(&phrase_key("for ukraine's army")));
        assert!(!keys.contains(&phrase_key("guarantees for")));
    }
}
