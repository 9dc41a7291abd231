//! Candidate pairs of documents compared on their texts.

use serde::Serialize;

use super::shape::Shape;
use super::sign::join_words;
use crate::edit::ByteSpan;
use crate::text::shingles::{self, Token};

/// How a similarity was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Measure {
    /// Equal but for white space and case.
    Exact,
    /// Share of word shingles in common.
    Jaccard,
    /// `1 - edits / characters of the longer` over the words of texts too short for shingles.
    StrsimLevenshtein,
    /// Share of words aligned in a passage, weighted by what they tell.
    Alignment,
    /// Share of the word shingles of the shorter text that the longer one holds too.
    Containment,
    /// Share of content words in the same place, synonyms taken for one word.
    SynonymAlignment,
}

impl Measure {
    /// The name as in `duplicates.jsonl`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Jaccard => "jaccard",
            Self::StrsimLevenshtein => "strsim-levenshtein",
            Self::Alignment => "alignment",
            Self::Containment => "containment",
            Self::SynonymAlignment => "synonym-alignment",
        }
    }

    /// The measure with this number, for records on disk.
    pub(crate) const fn from_number(n: u8) -> Self {
        match n {
            0 => Self::Exact,
            1 => Self::Jaccard,
            2 => Self::StrsimLevenshtein,
            3 => Self::Alignment,
            4 => Self::Containment,
            _ => Self::SynonymAlignment,
        }
    }
}

/// Whether a text of this many words is too short for shingles of this shape alone.
pub fn is_short(words: usize, shape: Shape) -> bool {
    words < 2 * shape.span()
}

/// Longest short text, in bytes, on which an edit distance, quadratic, is worth its time.
pub(super) const MAX_SHORT: usize = 1024;

/// A text ready for comparison: its shingles, sorted and distinct, and its words if it is short.
#[derive(Clone, Debug, Default)]
pub struct Prepared {
    shingles: Vec<u64>,
    words: Vec<u64>,
    units: Vec<u64>,
    short: String,
    fold: String,
}

impl Prepared {
    /// Reads `text` into the buffers of this one. `O(n log n)` in the words.
    pub fn read(&mut self, text: &str, shape: Shape) {
        self.words.clear();
        self.shingles.clear();
        self.short.clear();
        let words = &mut self.words;
        shingles::scan(text, &mut self.fold, |token| {
            if let Token::Word { key, .. } = token {
                words.push(key);
            }
        });
        let units = if shape.is_plain() {
            &self.words
        } else {
            self.units.clear();
            shape.read(text, |key, _| self.units.push(key));
            &self.units
        };
        let shingles = &mut self.shingles;
        shingles::rolling(units, shape.width(), |_, key| shingles.push(key));
        self.shingles.sort_unstable();
        self.shingles.dedup();
        if is_short(self.words.len(), shape) && text.len() <= MAX_SHORT {
            join_words(text, &mut self.short);
        }
    }

    /// Jaccard similarity of the shingle sets; 0 when either is empty. Exact but for collisions of 64-bit keys.
    pub fn jaccard(&self, other: &Self) -> f32 {
        let shared = shared(&self.shingles, &other.shingles);
        let union = self.shingles.len() + other.shingles.len() - shared;
        if union == 0 {
            0.0
        } else {
            shared as f32 / union as f32
        }
    }

    /// Share of the smaller shingle set that the larger one holds too; 0 when either is empty.
    pub fn containment(&self, other: &Self) -> f32 {
        let least = self.shingles.len().min(other.shingles.len());
        if least == 0 {
            return 0.0;
        }
        shared(&self.shingles, &other.shingles) as f32 / least as f32
    }

    /// Words of the text.
    pub fn words(&self) -> u32 {
        self.words.len() as u32
    }

    /// Containment of the shorter of two texts in the longer, if it is at least `threshold` and the shorter has `least`
    /// words: fewer stand in many texts by chance.
    pub fn contained(&self, other: &Self, threshold: f32, least: u32) -> Option<f32> {
        if self.words().min(other.words()) < least {
            return None;
        }
        Some(self.containment(other)).filter(|&c| c >= threshold)
    }

    /// Whether this text, rather than `other`, is the one whose shingles [`containment`](Self::containment) is a share of.
    /// Of two with as many the second is.
    pub fn is_smaller(&self, other: &Self) -> bool {
        self.shingles.len() < other.shingles.len()
    }

    /// Where in `text`, read shingle by shingle of this shape, most of this one stands: the stretch in which shared shingles,
    /// counted twice, outnumber the others most. The whole text when nothing is shared.
    pub fn place_in(&self, text: &str, shape: Shape) -> ByteSpan {
        let width = shape.width();
        let mut words = Vec::new();
        let mut bytes = Vec::new();
        shape.read(text, |key, place| {
            words.push(key);
            bytes.push(place);
        });
        let (mut from, mut score) = (0, 0i64);
        let mut best = (0, ByteSpan::new(0, text.len()));
        shingles::rolling(&words, width, |i, key| {
            if score <= 0 {
                (from, score) = (i, 0);
            }
            score += if self.shingles.binary_search(&key).is_ok() {
                2
            } else {
                -1
            };
            if score > best.0 {
                best = (score, ByteSpan::new(bytes[from].0, bytes[i + width - 1].1));
            }
        });
        best.1
    }

    /// Similarity with `other` and how it was measured, if it is at least `threshold`.
    ///
    /// Two short texts are also compared letter by letter, unless their numbers differ: those are other
    /// facts in the same form.
    pub fn compare(&self, other: &Self, threshold: f32) -> Option<(f32, Measure)> {
        let jaccard = self.jaccard(other);
        if jaccard >= threshold {
            return Some((jaccard, Measure::Jaccard));
        }
        if self.short.is_empty()
            || other.short.is_empty()
            || !same_numbers(&self.short, &other.short)
        {
            return None;
        }
        let similarity = strsim::normalized_levenshtein(&self.short, &other.short) as f32;
        (similarity >= threshold).then_some((similarity, Measure::StrsimLevenshtein))
    }
}

/// Elements common to two sorted columns, repeats counted as often as both have them.
pub(super) fn shared(a: &[u64], b: &[u64]) -> usize {
    let (mut i, mut j, mut count) = (0, 0, 0);
    while let (Some(&x), Some(&y)) = (a.get(i), b.get(j)) {
        count += usize::from(x == y);
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
    count
}

/// Whether the words with digits are the same, in the same order.
fn same_numbers(a: &str, b: &str) -> bool {
    fn numbers(text: &str) -> impl Iterator<Item = &str> {
        text.split(' ')
            .filter(|w| w.bytes().any(|b| b.is_ascii_digit()))
    }
    numbers(a).eq(numbers(b))
}

/// Buffers of [`same_but_for_space`].
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    keys: Vec<u64>,
    fold: String,
}

impl Tokens {
    fn read(&mut self, text: &str) {
        self.keys.clear();
        let keys = &mut self.keys;
        shingles::scan(text, &mut self.fold, |token| {
            keys.push(match token {
                Token::Word { key, .. } => key,
                Token::Mark(c) => u64::from(u32::from(c)),
            });
        });
    }
}

/// Whether two texts have the same words and marks but for white space and case.
pub fn same_but_for_space(a: &str, b: &str, scratch: &mut [Tokens; 2]) -> bool {
    if a == b {
        return true;
    }
    let [x, y] = scratch;
    x.read(a);
    y.read(b);
    x.keys == y.keys
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn prepared(text: &str, width: usize) -> Prepared {
        let mut p = Prepared::default();
        p.read(text, Shape::words(width));
        p
    }

    #[test]
    fn a_short_copy_is_contained_but_not_similar() {
        let long = "one two three four five six seven eight nine ten eleven twelve";
        let (a, b) = (prepared(long, 3), prepared("Two, three four; FIVE six", 3));
        assert!((a.containment(&b) - 1.0).abs() < 1e-6);
        assert!((a.jaccard(&b) - 0.3).abs() < 1e-6);
    }

    #[test]
    fn a_contained_text_is_found_where_it_stands() {
        let short = "two three four five six seven";
        let long = format!("zero one {short} eight nine ten eleven. Twelve two three");
        let (a, b) = (prepared(&long, 3), prepared(short, 3));
        assert_eq!(a.contained(&b, 1.0, 6), Some(1.0));
        assert_eq!(a.contained(&b, 1.0, 7), None, "too short");
        assert_eq!(
            b.contained(&prepared("two three four and others", 3), 0.5, 1),
            None
        );
        assert!(b.is_smaller(&a) && !a.is_smaller(&b));
        assert_eq!(b.place_in(&long, Shape::words(3)).of(&long), short);
        assert_eq!(b.place_in("nothing", Shape::words(3)), ByteSpan::new(0, 7));
    }

    #[test]
    fn short_texts_are_compared_by_letters_unless_numbers_differ() {
        let a = prepared("Share this article now", 5);
        assert_eq!(
            a.compare(&prepared("Share this article, no", 5), 0.8)
                .map(|m| m.1),
            Some(Measure::StrsimLevenshtein)
        );
        assert!(
            a.compare(&prepared("Something else entirely", 5), 0.8)
                .is_none()
        );
        assert!(
            prepared("Chapter 11", 5)
                .compare(&prepared("Chapter 12", 5), 0.8)
                .is_none()
        );
    }

    #[test]
    fn empty_texts_resemble_nothing() {
        let empty = prepared("", 5);
        assert!(empty.compare(&empty, 0.1).is_none());
        assert!(prepared("— !", 5).compare(&empty, 0.1).is_none());
    }

    #[test]
    fn punctuation_counts_for_equality() {
        let mut scratch = Default::default();
        assert!(same_but_for_space("A  b,\nc", "a B, c", &mut scratch));
        assert!(!same_but_for_space("a + b", "a - b", &mut scratch));
        assert!(!same_but_for_space("ab", "a b", &mut scratch));
    }

    proptest! {
        #[test]
        fn jaccard_is_that_of_the_sets(
            a in prop::collection::vec(0u8..6, 0..40),
            b in prop::collection::vec(0u8..6, 0..40),
        ) {
            let text = |v: &[u8]| v.iter().map(|w| format!("w{w}")).collect::<Vec<_>>().join(" ");
            let set = |v: &[u8]| v.windows(2).map(<[u8]>::to_vec).collect::<BTreeSet<_>>();
            let (x, y) = (set(&a), set(&b));
            let union = x.union(&y).count();
            let truth = if union == 0 { 0.0 } else { x.intersection(&y).count() as f32 / union as f32 };
            let measured = prepared(&text(&a), 2).jaccard(&prepared(&text(&b), 2));
            prop_assert!((measured - truth).abs() < 1e-6);
        }
    }
}
