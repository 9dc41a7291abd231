//! Fingerprints of passages: runs of content words, winnowed.
//!
//! Source: Schleimer, Wilkerson, Aiken 2003, Winnowing, doi:10.1145/872757.872770. Of each `window` neighbouring runs of
//! [`RUN`] content words the one with the least key is kept, so two texts that share `window + RUN - 1` content words in a
//! row share a fingerprint. Function words are skipped: they change first when a text is reworded, and without them a
//! short run tells enough.

use super::Columns;
use super::passage::Words;
use super::table::Table;
use crate::stage::SetupError;
use crate::text::hash::combine;
use crate::text::shingles;

/// Content words in a fingerprint.
pub(super) const RUN: usize = 3;

/// A chosen run of content words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fingerprint {
    /// Key of the run.
    pub key: u64,
    /// Number of its first word among all words of the text.
    pub word: u32,
}

/// Keys of the words that carry grammar rather than content.
#[derive(Clone, Debug)]
pub struct FunctionWords {
    keys: Vec<u64>,
    table: Table,
}

impl FunctionWords {
    const NAME: &str = "data/dedup/function_words.tsv";
    const TSV: &str = include_str!("../../data/dedup/function_words.tsv");

    /// The embedded list.
    ///
    /// # Errors
    /// A line without a word and a language.
    pub fn embedded() -> Result<Self, SetupError> {
        let mut keys = Vec::new();
        for (i, line) in Self::TSV.lines().enumerate() {
            match line.split_once('\t') {
                Some((word, languages)) if !word.is_empty() && !languages.is_empty() => {
                    keys.push(shingles::key(word.as_bytes()));
                }
                _ => {
                    return Err(SetupError::Data {
                        name: Self::NAME.to_owned(),
                        line: i + 1,
                        problem: "expected a word, a tab and languages".to_owned(),
                    });
                }
            }
        }
        let table = Table::of(&keys.iter().map(|&key| (key, 1)).collect());
        Ok(Self { keys, table })
    }

    /// The keys of all words.
    pub(super) fn keys(&self) -> impl Iterator<Item = u64> {
        self.keys.iter().copied()
    }

    /// Whether the word with this key carries no content.
    #[inline]
    pub fn contains(&self, key: u64) -> bool {
        self.table.get(key) != 0
    }
}

/// Appends the fingerprints of the words in `columns` to `out`; `column` tells function words from others.
pub(super) fn choose(
    columns: &mut Columns,
    column: Words<'_>,
    window: usize,
    out: &mut Vec<Fingerprint>,
) {
    let Columns {
        words,
        content,
        places,
        ..
    } = columns;
    content.clear();
    places.clear();
    for (i, &key) in words.iter().enumerate() {
        if column.tells(i) {
            content.push(key);
            places.push(i as u32);
        }
    }
    let mut winnow = Winnow::new(window);
    let content: &[u64] = content;
    shingles::rolling(content, RUN, |i, key| {
        // A run of one repeated word (rules, tables of zeros) says nothing.
        let dull = content[i..i + RUN].iter().all(|&w| w == content[i]);
        if let Some((key, at)) = winnow.next(if dull { u64::MAX } else { key }, i)
            && key != u64::MAX
        {
            out.push(Fingerprint {
                key,
                word: places[at],
            });
        }
    });
}

/// Appends pairs of content words next to each other, or with one between them, of a short text: few of its runs outlive
/// rewording. They meet only those of other short texts.
pub(super) fn pairs(columns: &Columns, out: &mut Vec<Fingerprint>) {
    let Columns {
        content, places, ..
    } = columns;
    for (i, &word) in content.iter().enumerate() {
        let following = content[i + 1..].iter().take(2);
        out.extend(
            following
                .filter(|&&next| next != word)
                .map(|&next| Fingerprint {
                    key: combine(combine(PAIR, word), next),
                    word: places[i],
                }),
        );
    }
}

/// Keeps the keys of pairs from those of runs.
const PAIR: u64 = 0x7061_6972_0001;

/// Picks the least of each window, the rightmost of equals, each once.
#[derive(Debug)]
struct Winnow {
    recent: [(u64, usize); WIDEST],
    window: usize,
    /// Where the next one goes, and how many there are.
    next: usize,
    filled: usize,
    least: Option<(u64, usize)>,
}

/// Longest window.
const WIDEST: usize = 16;

impl Winnow {
    fn new(window: usize) -> Self {
        Self {
            recent: [(u64::MAX, 0); WIDEST],
            window: window.clamp(1, WIDEST),
            next: 0,
            filled: 0,
            least: None,
        }
    }

    /// Takes the key at place `at`; the choice of the window that ends there, if it is a new one.
    #[inline]
    fn next(&mut self, key: u64, at: usize) -> Option<(u64, usize)> {
        self.recent[self.next % WIDEST] = (key, at);
        self.next += 1;
        if self.next == self.window {
            self.next = 0;
        }
        if self.filled + 1 < self.window {
            self.filled += 1;
            return None;
        }
        let kept = self.least.filter(|&(_, place)| place + self.window > at);
        let least = match kept {
            Some(old) if old.0 < key => return None,
            Some(_) => (key, at),
            None => self.recent[..self.window]
                .iter()
                .copied()
                .min_by_key(|&(key, place)| (key, std::cmp::Reverse(place)))?,
        };
        self.least = Some(least);
        Some(least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_word_list_is_sorted_and_lower_case() {
        let words: Vec<&str> = FunctionWords::TSV
            .lines()
            .filter_map(|l| l.split('\t').next())
            .collect();
        assert!(words.is_sorted_by(|a, b| a < b));
        assert!(words.iter().all(|w| *w == w.to_lowercase()));
        assert!(FunctionWords::embedded().is_ok_and(|w| w.contains(shingles::key(b"the"))));
    }

    proptest! {
        #[test]
        fn every_window_keeps_one(keys in prop::collection::vec(0u64..50, 0..80), window in 1usize..9) {
            let mut winnow = Winnow::new(window);
            let kept: Vec<usize> = keys.iter().enumerate()
                .filter_map(|(i, &k)| winnow.next(k, i))
                .map(|(_, at)| at)
                .collect();
            prop_assert!(kept.is_sorted_by(|a, b| a < b));
            for start in 0..(keys.len() + 1).saturating_sub(window) {
                prop_assert!(kept.iter().any(|k| (start..start + window).contains(k)));
            }
        }
    }
}
