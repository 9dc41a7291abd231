//! What only the whole corpus can tell: the questions stages ask in the survey pass, and the answers.
//!
//! The survey reads every document once. For each, the stages note keys ([`Questions`]); the pipeline counts them
//! and hands out the result as [`Survey`]. Keys are 64-bit hashes (see [`text::hash`](crate::text::hash)), so the
//! answers' size follows the questions, not the corpus. How a key is formed is the asking stage's own affair.

pub(crate) mod log;
pub(crate) mod numbers;
mod saved;

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::corpus::counts::Counted;
use crate::document::DocId;
use crate::text::ngrams;

/// What the stages want to know about the corpus, noted for one document.
#[derive(Clone, Debug, Default)]
pub struct Questions {
    /// Keys of lines and blocks this document carries; each is counted once a document.
    pub(crate) lines: Vec<u64>,
    /// Keys of n-grams whose use in clean documents somebody wants to know.
    pub(crate) ngrams: Vec<u64>,
    /// More of them, to be counted where memory is left.
    pub(crate) more_ngrams: Vec<u64>,
    /// What might be so, and the n-gram of a clean document that would speak for it.
    pub(crate) claims: Vec<(u64, u64)>,
    /// Whether the document is spun: its n-grams then do not count as clean ones.
    pub(crate) spun: bool,
    /// Whether it may be spun: its n-grams then do not count either.
    pub(crate) doubtful: bool,
    /// What there is to say of a document that is not spun.
    pub(crate) calm: Option<Calm>,
}

/// A document that is not spun: what was found, so that the clean pass need not look again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calm {
    /// Bytes of the text that was read.
    pub bytes: u64,
    /// What its markers bring, as [`Assessment::evidence`](crate::repair::Assessment::evidence); infinite where that asked for
    /// a closer look, which then said no.
    pub evidence: f32,
    /// Probability that it is spun, 0 to 1.
    pub score: f32,
}

impl Calm {
    /// All but `bytes`, in one number.
    fn numbers(self) -> u64 {
        u64::from(self.evidence.to_bits()) << 32 | u64::from(self.score.to_bits())
    }

    fn of_numbers(bytes: u64, rest: u64) -> Self {
        Self {
            bytes,
            evidence: f32::from_bits((rest >> 32) as u32),
            score: f32::from_bits(rest as u32),
        }
    }
}

impl Questions {
    /// Notes that the document carries the line or block `key`; [`Survey::documents_with`] answers.
    pub fn line(&mut self, key: u64) {
        self.lines.push(key);
    }

    /// Asks how often clean documents use the n-gram of these tokens (keys as
    /// [`text::ngrams`](crate::text::ngrams) forms them), and its shorter endings; [`Survey::ngram_count`] answers.
    pub fn ngram(&mut self, tokens: &[u64]) {
        self.ngrams
            .extend((0..tokens.len()).map(|from| ngrams::key(&tokens[from..])));
    }

    /// As [`ngram`](Self::ngram), but where memory is short, these questions are the first to stay unanswered.
    pub fn ngram_if_room(&mut self, tokens: &[u64]) {
        self.more_ngrams
            .extend((0..tokens.len()).map(|from| ngrams::key(&tokens[from..])));
    }

    /// Says that the n-gram with the key `ngram`, asked for by [`ngram_if_room`](Self::ngram_if_room), would speak for `claim` if a clean
    /// document used it; [`Survey::claimed`] tells of all documents' claims.
    pub fn claim(&mut self, claim: u64, ngram: u64) {
        self.claims.push((claim, ngram));
    }

    /// Notes that the document is garbled, so that it does not serve as an example of clean text.
    pub fn mark_spun(&mut self) {
        self.spun = true;
    }

    /// Notes that the document may be garbled: it is not called so, but does not serve as an example of clean text.
    pub fn mark_doubtful(&mut self) {
        self.doubtful = true;
    }

    /// Notes that the document is not spun; [`Survey::calm`] says so again.
    pub fn mark_calm(&mut self, calm: Calm) {
        self.calm = Some(calm);
    }

    /// Empties the notes for the next document.
    pub fn clear(&mut self) {
        self.lines.clear();
        self.ngrams.clear();
        self.more_ngrams.clear();
        self.claims.clear();
        self.spun = false;
        self.doubtful = false;
        self.calm = None;
    }
}

/// The answers.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    pub(crate) documents: u64,
    pub(crate) spun: u64,
    pub(crate) lines: Arc<Counted>,
    pub(crate) ngrams: FxHashMap<u64, u32>,
    pub(crate) clean_words: u64,
    /// Of each claim for which some n-gram speaks: n-grams tried, and those that speak.
    pub(crate) claims: FxHashMap<u64, (u32, u32)>,
    /// Sorted by document.
    pub(crate) calm: Vec<(DocId, Calm)>,
}

impl Survey {
    /// Takes what was noted of all documents, in any order.
    pub(crate) fn set_calm(&mut self, mut calm: Vec<(DocId, Calm)>) {
        calm.sort_unstable_by_key(|c| c.0);
        self.calm = calm;
    }

    /// Counts for each claim the different n-grams of clean documents that speak for it, in any order of `claims`. Those for
    /// which none does are not held.
    pub(crate) fn settle(&mut self, mut claims: Vec<(u64, u64)>) {
        claims.sort_unstable();
        claims.dedup();
        for same in claims.chunk_by(|a, b| a.0 == b.0) {
            let speaks = same.iter().filter(|c| self.ngram_count(c.1) > 0).count();
            if speaks > 0 {
                self.claims
                    .insert(same[0].0, (same.len() as u32, speaks as u32));
            }
        }
    }

    /// Of a claim, how many different n-grams would speak for it, and how many of these the clean documents use.
    pub fn claimed(&self, claim: u64) -> (u32, u32) {
        self.claims.get(&claim).copied().unwrap_or_default()
    }

    /// Documents surveyed.
    pub fn documents(&self) -> u64 {
        self.documents
    }

    /// Documents marked as spun.
    pub fn spun(&self) -> u64 {
        self.spun
    }

    /// Documents that carry the line or block `key`, exactly; 1 also where none does.
    pub fn documents_with(&self, key: u64) -> u32 {
        self.lines.get(key).unwrap_or(1)
    }

    /// What was noted of `document`, where it is not spun. 24 bytes a document are held for this.
    pub fn calm(&self, document: DocId) -> Option<Calm> {
        let at = self.calm.binary_search_by_key(&document, |c| c.0).ok()?;
        Some(self.calm[at].1)
    }

    /// Occurrences of an asked-for n-gram in the clean documents.
    pub fn ngram_count(&self, key: u64) -> u32 {
        self.ngrams.get(&key).copied().unwrap_or(0)
    }

    /// Words in the clean documents, the scale of [`ngram_count`](Self::ngram_count); 0 when nobody asked.
    pub fn clean_words(&self) -> u64 {
        self.clean_words
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::ngrams::phrase_key;

    #[test]
    fn claims_are_counted_by_the_different_ngrams_that_speak_for_them() {
        let mut survey = Survey::default();
        survey.ngrams.insert(phrase_key("sugar beet"), 4);
        survey.ngrams.insert(phrase_key("sugar mill"), 1);
        let claim = |of, phrase| (of, phrase_key(phrase));
        let mut claims = vec![
            claim(1, "sugar beet"),
            claim(1, "sugar beet"),
            claim(1, "sugar mill"),
            claim(1, "sugar train"),
            claim(2, "honey beet"),
        ];
        survey.settle(claims.clone());
        assert_eq!(survey.claimed(1), (3, 2));
        assert_eq!(survey.claimed(2), (0, 0));
        // In any order, the same.
        claims.reverse();
        let mut other = Survey {
            ngrams: survey.ngrams.clone(),
            ..Survey::default()
        };
        other.settle(claims);
        assert_eq!(other.claims, survey.claims);
    }
}
