//! The words of a text as bytes: written once when the text is sketched, read in place when it is compared.
//!
//! A column is the number of words, then a key of 31 bits a word with one bit that says whether it tells something, then
//! a mark every [`STEP`] words: the byte where that word starts, and how many telling words stand before it. So the weight
//! of any stretch, and its place in the text, are found without reading the text from its start.

use super::super::FunctionWords;
use crate::text::shingles::{self, Token};

/// Words between two marks.
pub(in crate::dedup) const STEP: usize = 32;
/// The bit of a key that is set for words other than function words.
const TELLS: u32 = 1;
/// What a word tells that is no function word; a function word tells 1.
const WEIGHT: u32 = 3;

/// The key of a word in a column, as stored.
pub(super) type Key = [u8; 4];

/// Whether a word is more than a function word.
pub(super) fn tells(key: Key) -> bool {
    key[0] & 1 == TELLS as u8
}

/// What a word tells: 1 for a function word, 3 for any other.
pub(super) fn weight(key: Key) -> i32 {
    1 + (WEIGHT as i32 - 1) * i32::from(key[0] & 1)
}

/// The column of a text from the keys of its words and the first byte of every [`STEP`]th.
pub(in crate::dedup) fn encode(
    words: &[u64],
    starts: &[u32],
    function_words: &FunctionWords,
) -> Vec<u8> {
    let marks = words.len() / STEP + 1;
    let mut out = Vec::with_capacity(4 + 4 * words.len() + 8 * marks);
    out.extend((words.len() as u32).to_le_bytes());
    let mut counts = Vec::with_capacity(marks);
    let mut count = 0u32;
    for step in words.chunks(STEP) {
        counts.push(count);
        for &word in step {
            let tells = u32::from(!function_words.contains(word));
            count += tells;
            out.extend(((word >> 32) as u32 & !TELLS | tells).to_le_bytes());
        }
    }
    counts.resize(marks, count);
    for (i, count) in counts.into_iter().enumerate() {
        out.extend(starts.get(i).copied().unwrap_or(u32::MAX).to_le_bytes());
        out.extend(count.to_le_bytes());
    }
    out
}

/// A column of words, read in place.
#[derive(Clone, Copy, Debug)]
pub struct Words<'w> {
    pub(super) keys: &'w [Key],
    marks: &'w [[u8; 8]],
}

impl<'w> Words<'w> {
    /// Reads the column of a [`Sketch`](crate::dedup::Sketch); one that is cut short has no words.
    pub fn of(column: &'w [u8]) -> Self {
        const NONE: Words<'static> = Words {
            keys: &[],
            marks: &[],
        };
        let Some((count, rest)) = column.split_first_chunk::<4>() else {
            return NONE;
        };
        let Some((keys, marks)) = rest.split_at_checked(4 * u32::from_le_bytes(*count) as usize)
        else {
            return NONE;
        };
        Self {
            keys: keys.as_chunks().0,
            marks: marks.as_chunks().0,
        }
    }

    pub(super) fn len(&self) -> u32 {
        self.keys.len() as u32
    }

    /// Whether word `i` is more than a function word.
    pub(in crate::dedup) fn tells(&self, i: usize) -> bool {
        self.keys.get(i).is_some_and(|&key| tells(key))
    }

    /// Sum of the weights of words `from..to`.
    pub(super) fn weight(&self, from: u32, to: u32) -> u32 {
        let telling = if to.saturating_sub(from) <= STEP as u32 {
            self.count(from as usize, to as usize)
        } else {
            self.telling_before(to) - self.telling_before(from)
        };
        to.saturating_sub(from) + (WEIGHT - 1) * telling
    }

    fn count(&self, from: usize, to: usize) -> u32 {
        self.keys
            .get(from..to)
            .map_or(0, |keys| keys.iter().map(|k| u32::from(k[0] & 1)).sum())
    }

    fn telling_before(&self, i: u32) -> u32 {
        let step = i as usize / STEP;
        self.mark(step).1 + self.count(step * STEP, i as usize)
    }

    /// The first byte of word `STEP · i`, and how many telling words stand before it.
    fn mark(&self, i: usize) -> (u32, u32) {
        let mark = self.marks.get(i).copied().map_or(0, u64::from_le_bytes);
        (mark as u32, (mark >> 32) as u32)
    }
}

/// A stretch of a text cut into words again, to see where they stand and what exactly they are.
#[derive(Debug, Default)]
pub(super) struct Stretch {
    /// Number of the first word.
    first: u32,
    words: Vec<(u64, u32, u32)>,
    fold: String,
}

impl Stretch {
    /// Cuts `text` around the words `from..to`, with `margin` more words on either side where there are as many.
    pub(super) fn read(&mut self, text: &str, words: Words<'_>, from: u32, to: u32, margin: u32) {
        let first = from.saturating_sub(margin) as usize / STEP;
        let last = ((to + margin) as usize).div_ceil(STEP);
        let start = words.mark(first).0 as usize;
        let end = match words.marks.get(last) {
            Some(_) if last * STEP < words.keys.len() => words.mark(last).0 as usize,
            _ => text.len(),
        };
        self.first = (first * STEP) as u32;
        self.words.clear();
        let Self { words, fold, .. } = self;
        shingles::scan(text.get(start..end).unwrap_or(""), fold, |token| {
            if let Token::Word {
                key,
                start: s,
                end: e,
            } = token
            {
                words.push((key, s + start as u32, e + start as u32));
            }
        });
    }

    /// Keys of 64 bits and bytes of the words `from..to`, as far as they were read.
    pub(super) fn words(&self, from: u32, to: u32) -> &[(u64, u32, u32)] {
        let at = |i: u32| (i.saturating_sub(self.first) as usize).min(self.words.len());
        &self.words[at(from)..at(to)]
    }

    /// How many words start before byte `at`, as far as they were read.
    pub(super) fn number(&self, at: usize) -> u32 {
        let before = self.words.partition_point(|w| (w.1 as usize) < at);
        self.first + before as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_column_gives_back_weights_and_places(
            parts in prop::collection::vec("(the|of|rivers|Größe|東|3,000|a-b)", 0..150),
            from in 0u32..150,
            len in 0u32..150,
        ) {
            let text = parts.join(" ");
            let function_words = FunctionWords::embedded().unwrap();
            let (mut keys, mut places) = (Vec::new(), Vec::new());
            shingles::scan(&text, &mut String::new(), |t| if let Token::Word { key, start, end } = t {
                keys.push(key);
                places.push((key, start, end));
            });
            let starts: Vec<u32> = places.iter().step_by(STEP).map(|p| p.1).collect();
            let column = encode(&keys, &starts, &function_words);
            let words = Words::of(&column);
            prop_assert_eq!(words.len() as usize, keys.len());
            let to = (from + len).min(words.len());
            let from = from.min(to);
            let range = from as usize..to as usize;
            let weight: u32 = keys[range.clone()].iter().map(|&k| if function_words.contains(k) { 1 } else { 3 }).sum();
            prop_assert_eq!(words.weight(from, to), weight);
            let mut stretch = Stretch::default();
            stretch.read(&text, words, from, to, 10);
            prop_assert_eq!(stretch.words(from, to), &places[range]);
            if from < to {
                prop_assert_eq!(stretch.number(places[from as usize].1 as usize), from);
            }
        }
    }

    #[test]
    fn a_column_cut_short_has_no_words() {
        for bytes in [&[][..], &[1, 0], &[9, 0, 0, 0, 1, 2, 3, 4]] {
            assert_eq!(Words::of(bytes).len(), 0);
        }
    }
}
