//! Spun copies: a text and what a synonym spinner made of it.
//!
//! A spinner exchanges every third or second content word, so hardly a run of five words is left and the bands of word shingles do not
//! meet. It keeps the order, the numbers, nearly all names, and it exchanges words for synonyms. So content words alone are
//! read, those of one group of synonyms as one ([`Synonyms`]), and of their runs of three those with the least keys make candidates: two texts
//! that have some of them in common.
//! The least keys of a set are a sample of it, the same in every set that has them (bottom-k sketches: Cohen, Kaplan 2007,
//! doi:10.1145/1281100.1281133), and one key of 32 that agrees says more than one band of rows that must all agree.
//!
//! [`check`] then aligns the two texts and asks for what a spinner leaves: most content words in place, synonyms where they differ,
//! the same facts.
//!
//! English only: elsewhere no word has synonyms, and no pair is called spun.

pub mod check;

use rustc_hash::FxHashMap;

use super::FunctionWords;
use super::banding::WEAK;
use super::table::Table;
use crate::stage::SetupError;
use crate::text::hash::combine;
use crate::text::shingles;

/// Marks the keys of folded content words.
const MARK: u64 = 0x7370_756e_0002;
/// Content words in a run. Of two texts that tell of different things hardly any share two runs of three.
const RUN: usize = 3;
/// Fewest content words of a text that has keys: fewer agree by chance.
pub(super) const LEAST: usize = 30;
/// Runs kept of a text: those with the least keys.
const KEPT: usize = 32;
/// Kept runs in common from which two texts are compared.
///
/// Of the least keys of two texts together a run is one of both with a probability of their Jaccard similarity. A third of the folded
/// runs of a text spun to a half are left, a similarity of 0.2: five of 32 are then in common with probability 0.80, at a third of its
/// words (0.3) with 0.98, and by chance, where each tenth run is a phrase that both use (0.05), with 0.02.
pub const AGREE: usize = 5;
/// Stands for words of grammar among the groups, which are numbered from 1.
const GRAMMAR: u32 = u32::MAX;

/// Groups of words that spinners exchange for one another, with their inflected forms.
#[derive(Clone, Debug)]
pub struct Synonyms {
    groups: Table,
}

impl Synonyms {
    const NAME: &str = "data/dedup/synonyms.tsv";
    const TSV: &str = include_str!("../../../data/dedup/synonyms.tsv");

    /// The embedded groups.
    ///
    /// # Errors
    /// A group of fewer than two words, or a word that stands twice or is one of grammar.
    pub fn embedded(grammar: &FunctionWords) -> Result<Self, SetupError> {
        Self::read(Self::TSV, Self::NAME, grammar)
    }

    /// Groups as they stand in a file: one a line, its words in lower case with tabs between.
    ///
    /// # Errors
    /// A group of fewer than two words, or a word that stands twice or is one of grammar.
    pub fn read(tsv: &str, name: &str, grammar: &FunctionWords) -> Result<Self, SetupError> {
        let mut groups: FxHashMap<u64, u32> = grammar.keys().map(|key| (key, GRAMMAR)).collect();
        for (i, line) in tsv.lines().enumerate() {
            let failed = |problem: String| SetupError::Data {
                name: name.to_owned(),
                line: i + 1,
                problem,
            };
            if !line.contains('\t') {
                return Err(failed("expected words with tabs between".to_owned()));
            }
            for word in line.split('\t') {
                let key = shingles::key(word.as_bytes());
                if word.is_empty() || groups.insert(key, i as u32 + 1).is_some() {
                    return Err(failed(format!("{word:?} has a place already")));
                }
            }
        }
        Ok(Self {
            groups: Table::of(&groups),
        })
    }

    /// The key of the word's group, the word's own where it has none; `None` for words of grammar.
    #[inline]
    fn fold(&self, key: u64) -> Option<u64> {
        let folded = self.folded(key);
        (folded != u64::from(GRAMMAR)).then_some(folded)
    }

    /// The same, [`GRAMMAR`] for words of grammar.
    #[inline]
    fn folded(&self, key: u64) -> u64 {
        match self.groups.get(key) {
            0 => key,
            group => u64::from(group),
        }
    }

    /// Appends the keys of a text with these words to `out`; `content` and `runs` are buffers.
    ///
    /// `O(words)`; at most [`KEPT`] keys a text of [`LEAST`] content words and more, each with [`WEAK`].
    pub(super) fn keys(
        &self,
        words: &[u64],
        (content, runs): (&mut Vec<u64>, &mut Vec<u64>),
        out: &mut Vec<u64>,
    ) {
        // Every word is written, and the next one over it where it was one of grammar: which they are cannot be foretold.
        content.clear();
        content.resize(words.len(), 0);
        let mut count = 0;
        for &key in words {
            let folded = self.folded(key);
            content[count] = folded;
            count += usize::from(folded != u64::from(GRAMMAR));
        }
        content.truncate(count);
        if content.len() < LEAST {
            return;
        }
        // Twice as many as are kept fall below this, if keys are spread as hashes are.
        let bound = (u64::MAX / content.len() as u64).saturating_mul(2 * KEPT as u64);
        least(content, bound, runs);
        if runs.len() < KEPT {
            least(content, u64::MAX, runs);
        }
        out.extend(runs.iter().take(KEPT).map(|&key| combine(MARK, key) | WEAK));
    }
}

/// The distinct keys of all runs that are `bound` at most, sorted, into `out`.
fn least(content: &[u64], bound: u64, out: &mut Vec<u64>) {
    out.clear();
    shingles::rolling(content, RUN, |_, key| {
        if key <= bound {
            out.push(key);
        }
    });
    out.sort_unstable();
    out.dedup();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn synonyms(tsv: &str) -> Result<Synonyms, SetupError> {
        Synonyms::read(tsv, "test", &FunctionWords::embedded().unwrap())
    }

    #[test]
    fn synonyms_fold_and_other_words_do_not() {
        let s = synonyms("big\thuge\nfast\tquick").unwrap();
        let fold = |word: &str| s.fold(shingles::key(word.as_bytes()));
        assert_eq!(fold("big"), fold("huge"));
        assert_ne!(fold("big"), fold("fast"));
        assert_ne!(fold("red"), fold("blue"));
        assert_eq!(fold("the"), None);
    }

    #[test]
    fn the_least_keys_are_kept_of_short_texts_and_long_ones() {
        let s = synonyms("big\thuge").unwrap();
        for count in [29, 30, 31, 40, 64, 500] {
            let words: Vec<u64> = (0..count)
                .map(|n: u64| shingles::key(&(n | 1 << 60).to_le_bytes()))
                .collect();
            let (mut content, mut runs, mut found) = (Vec::new(), Vec::new(), Vec::new());
            s.keys(&words, (&mut content, &mut runs), &mut found);
            let mut all = Vec::new();
            shingles::rolling(&words, RUN, |_, key| all.push(key));
            all.sort_unstable();
            all.truncate(if words.len() < LEAST { 0 } else { KEPT });
            let expected: Vec<u64> = all.iter().map(|&key| combine(MARK, key) | WEAK).collect();
            assert_eq!(found, expected, "{count} words");
        }
    }

    #[test]
    fn malformed_groups_are_told() {
        for tsv in ["alone", "big\thuge\nbig\tvast", "big\tthe", "big\t"] {
            assert!(synonyms(tsv).is_err(), "{tsv:?}");
        }
    }

    #[test]
    fn the_embedded_groups_are_read_and_sorted() {
        Synonyms::embedded(&FunctionWords::embedded().unwrap()).unwrap();
        let groups: Vec<Vec<&str>> = Synonyms::TSV
            .lines()
            .map(|l| l.split('\t').collect())
            .collect();
        assert!(groups.is_sorted());
        assert!(
            groups
                .iter()
                .all(|g| g.len() > 1 && g.is_sorted_by(|a, b| a < b))
        );
    }
}
