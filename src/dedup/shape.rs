//! What shingles are made of: words or characters, how many of them, and what is folded first.
//!
//! Bands and verification read texts through one [`Shape`], so a similarity is always exact on the shingles that were signed.
//! Passages, digests and forms read plain words whatever the shape.

use icu_normalizer::DecomposingNormalizerBorrowed;
use serde::{Deserialize, Serialize};

use crate::text::chars;
use crate::text::hash::combine;
use crate::text::shingles::{self, Token};

/// Letters in a word and the blank after it, about: what a shingle of characters spans in words.
const WORD_CHARS: usize = 5;
/// Keeps the keys of characters apart from those of words.
const CHAR: u64 = 0x6368_6172_0001;

/// What is folded before shingles are cut, besides case, white space and punctuation, which never count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fold {
    /// Each run of digits is a 0: the same form with other figures becomes alike.
    Digits,
    /// Letters lose their accents, as Unicode decomposes them: `é` is `e`.
    Accents,
}

impl Fold {
    /// The name as in `limpid.toml`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Digits => "digits",
            Self::Accents => "accents",
        }
    }
}

/// The shape of shingles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    width: usize,
    characters: bool,
    digits: bool,
    accents: bool,
}

impl Shape {
    /// Runs of `width` words, nothing folded.
    pub const fn words(width: usize) -> Self {
        Self {
            width,
            characters: false,
            digits: false,
            accents: false,
        }
    }

    /// Runs of `width` characters of the words, joined by blanks.
    pub const fn characters(width: usize) -> Self {
        Self {
            characters: true,
            ..Self::words(width)
        }
    }

    /// The same with `folds`.
    #[must_use]
    pub fn folding(mut self, folds: &[Fold]) -> Self {
        self.digits |= folds.contains(&Fold::Digits);
        self.accents |= folds.contains(&Fold::Accents);
        self
    }

    /// Units (words or characters) in a shingle.
    pub const fn width(self) -> usize {
        self.width
    }

    /// Words that a shingle spans, about.
    pub(super) const fn span(self) -> usize {
        if self.characters {
            self.width.div_ceil(WORD_CHARS)
        } else {
            self.width
        }
    }

    /// Whether units are words as [`shingles::scan`] reports them.
    pub(super) const fn is_plain(self) -> bool {
        !(self.characters || self.digits || self.accents)
    }

    /// Calls `each` with the key of every unit of `text` and the bytes of the word it stands in.
    pub(super) fn read(self, text: &str, mut each: impl FnMut(u64, (usize, usize))) {
        let (mut buffer, mut word, mut other) = (String::new(), String::new(), String::new());
        let mut last: Option<(usize, usize)> = None;
        shingles::scan(text, &mut buffer, |token| {
            let Token::Word { key, start, end } = token else {
                return;
            };
            let place = (start as usize, end as usize);
            if self.is_plain() {
                each(key, place);
                return;
            }
            self.fold(&text[place.0..place.1], &mut word, &mut other);
            if !self.characters {
                each(shingles::key(word.as_bytes()), place);
                return;
            }
            if let Some(before) = last.replace(place) {
                each(combine(CHAR, u64::from(b' ')), before);
            }
            for c in word.chars() {
                each(combine(CHAR, u64::from(u32::from(c))), place);
            }
        });
    }

    /// Lower-cases and folds one word into `out`.
    fn fold(self, word: &str, out: &mut String, other: &mut String) {
        out.clear();
        word.chars().for_each(|c| chars::push_lower(c, out));
        if self.accents && !out.is_ascii() {
            other.clear();
            let decomposed = DecomposingNormalizerBorrowed::new_nfd();
            other.extend(
                decomposed
                    .normalize_iter(out.chars())
                    .filter(|c| !matches!(c, '\u{0300}'..='\u{036F}')),
            );
            std::mem::swap(out, other);
        }
        if self.digits && out.contains(char::is_numeric) {
            other.clear();
            for c in out.chars() {
                match c.is_numeric() {
                    true if other.ends_with('0') => {}
                    true => other.push('0'),
                    false => other.push(c),
                }
            }
            std::mem::swap(out, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(shape: Shape, text: &str) -> Vec<u64> {
        let mut out = Vec::new();
        shape.read(text, |key, _| out.push(key));
        out
    }

    #[test]
    fn plain_words_are_those_of_the_scan() {
        let mut scanned = Vec::new();
        shingles::scan("Éa 12 b", &mut String::new(), |t| {
            if let Token::Word { key, .. } = t {
                scanned.push(key);
            }
        });
        assert_eq!(keys(Shape::words(5), "Éa 12 b"), scanned);
    }

    #[test]
    fn folds_make_alike_what_they_name_and_nothing_else() {
        let plain = Shape::words(1);
        let (digits, accents) = (
            plain.folding(&[Fold::Digits]),
            plain.folding(&[Fold::Accents]),
        );
        assert_eq!(keys(digits, "Room 1987b"), keys(digits, "room 3b"));
        assert_ne!(keys(accents, "1987"), keys(accents, "3"));
        assert_eq!(
            keys(accents, "CAFÉ cafe\u{301}"),
            keys(accents, "cafe cafe")
        );
        assert_ne!(keys(digits, "café"), keys(digits, "cafe"));
    }

    #[test]
    fn characters_are_those_of_the_words_with_one_blank_between() {
        let shape = Shape::characters(3);
        assert_eq!(keys(shape, "Ab—  c!"), keys(shape, "ab c"));
        assert_eq!(keys(shape, "ab c").len(), 4);
        assert_ne!(keys(shape, "ab c"), keys(shape, "a bc"));
        assert_eq!((shape.span(), Shape::characters(24).span()), (1, 5));
    }
}
