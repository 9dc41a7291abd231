//! Word n-grams as 64-bit keys: the language in which stages ask the survey about phrases.
//!
//! Tokens are lower-cased words with `’` folded to `'`; every token with a digit is `0`. Any punctuation between
//! two words other than a space breaks the n-gram, as does a line end.

use super::hash::{combine, hash, seed};
use super::words::words;

/// Longest n-gram that [`for_each`] reports.
pub const MAX_N: usize = 4;

/// The key of one token.
pub fn token_key(word: &str) -> u64 {
    let mut buffer = [0u8; 64];
    if word.bytes().any(|b| b.is_ascii_digit()) {
        return hash(b"0", seed::WORD);
    }
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

/// Calls `f` with the key of every n-gram of 1 to [`MAX_N`] words of `text`; returns the number of words.
pub fn for_each(text: &str, mut f: impl FnMut(u64)) -> usize {
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
            f(key(&recent[filled - n..filled]));
        }
        count += 1;
        end = span.end;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_found_across_case_but_not_across_punctuation() {
        let mut keys = Vec::new();
        for_each("Security Guarantees, for Ukraine’s army", |k| {
            keys.push(k);
        });
        assert!(keys.contains(&phrase_key("security guarantees")));
        assert!(keys.contains(&phrase_key("for ukraine's army")));
        assert!(!keys.contains(&phrase_key("guarantees for")));
    }
}
