//! A word trigram model in one flat table: how likely a word is after two others.
//!
//! The counts of 1-, 2- and 3-grams lie in one hash table without keys: a bucket is chosen by the upper bits of the
//! n-gram's key (see [`text::ngrams`](crate::text::ngrams)), inside it 16 further bits tell the entries apart, and the
//! count is kept as 8 bits of its logarithm. A look-up of an absent n-gram answers wrongly about once in 9,000
//! times. `examples/build_ngrams.rs` makes the file; `data/ngrams/README.md` says from what.
//!
//! Smoothing is that of a hierarchy of Dirichlet priors: each longer context starts from the shorter one's answer.
//! Counts of the user's own clean documents are added with a weight, so they count for more where they say anything.
//!
//! Source: `MacKay` and Peto 1995, "A hierarchical Dirichlet language model", doi:10.1017/S1351324900000218.

use std::cell::Cell;

use crate::survey::Survey;
use crate::text::hash::{combine, hash, seed};
use crate::text::ngrams::key;

/// First bytes of the file.
pub const MAGIC: [u8; 4] = *b"LNG1";

/// Steps of the quantised logarithm in one factor of e.
pub const STEPS: f32 = 16.0;

/// Bytes before the bucket table: magic, bits, entries, tokens.
pub const HEADER: usize = 16;

static EMBEDDED: &[u8] = include_bytes!("../../data/ngrams/en.lm");

/// Strength of the unigram prior under a bigram, in words.
const PRIOR_2: f32 = 40.0;
/// Strength of the bigram prior under a trigram, in words.
const PRIOR_3: f32 = 12.0;

/// The embedded counts.
#[derive(Debug)]
pub(super) struct Model {
    offsets: &'static [u8],
    remainders: &'static [u8],
    counts: &'static [u8],
    shift: u32,
    /// Counts by quantised value.
    decoded: [f32; 256],
    /// Words counted in all.
    pub(super) tokens: f32,
}

impl Model {
    /// The model that is part of the program; `None` when the file is damaged.
    pub(super) fn embedded() -> Option<Self> {
        Self::read(EMBEDDED)
    }

    fn read(data: &'static [u8]) -> Option<Self> {
        let head = data.get(..HEADER)?;
        if head[..4] != MAGIC {
            return None;
        }
        let number =
            |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let (bits, entries, tokens) = (number(4), number(8) as usize, number(12));
        if !(1..=28).contains(&bits) {
            return None;
        }
        let table = ((1usize << bits) + 1) * 4;
        let (offsets, rest) = data.get(HEADER..)?.split_at_checked(table)?;
        let (remainders, counts) = rest.split_at_checked(entries * 2)?;
        if counts.len() != entries {
            return None;
        }
        let mut decoded = [0.0; 256];
        for (q, value) in decoded.iter_mut().enumerate() {
            *value = (q as f32 / STEPS).exp();
        }
        Some(Self {
            offsets,
            remainders,
            counts,
            shift: 64 - bits,
            decoded,
            tokens: tokens as f32,
        })
    }

    /// How often the n-gram `key` was counted; 0 when it is not in the table.
    pub(super) fn count(&self, key: u64) -> f32 {
        let bucket = (key >> self.shift) as usize * 4;
        let offset = |at: usize| {
            self.offsets
                .get(at..at + 4)
                .map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize)
        };
        let (from, to) = (offset(bucket), offset(bucket + 4));
        let want = (key as u16).to_le_bytes();
        let Some(slots) = self.remainders.get(from * 2..to * 2) else {
            return 0.0;
        };
        slots
            .chunks_exact(2)
            .position(|slot| slot == want)
            .and_then(|i| self.counts.get(from + i))
            .map_or(0.0, |&q| self.decoded[q as usize])
    }
}

/// Token keys that stand for no word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Marks {
    /// Start of a paragraph.
    pub(super) start: u64,
    /// Any of `. , ; : ? !`.
    pub(super) stop: u64,
    /// End of a paragraph.
    pub(super) end: u64,
}

impl Marks {
    pub(super) fn new() -> Self {
        let of = |name: &str| hash(name.as_bytes(), seed::WORD);
        Self {
            start: of("<s>"),
            stop: of("<p>"),
            end: of("</s>"),
        }
    }
}

fn key1(a: u64) -> u64 {
    combine(1, a)
}

fn key2(a: u64, b: u64) -> u64 {
    combine(combine(2, a), b)
}

fn key3(a: u64, b: u64, c: u64) -> u64 {
    combine(combine(combine(3, a), b), c)
}

/// The model together with what the clean documents of the batch say.
#[derive(Clone, Copy)]
pub(super) struct Stats<'a> {
    model: &'a Model,
    survey: Option<&'a Survey>,
    /// What one occurrence in the batch counts, in occurrences of the embedded corpus.
    weight: f32,
    /// Total of the unigram distribution.
    total: f32,
}

impl<'a> Stats<'a> {
    /// The model alone when `survey` is `None` or nobody asked it about n-grams.
    pub(super) fn new(model: &'a Model, survey: Option<&'a Survey>, weight: f32) -> Self {
        let survey = survey.filter(|s| s.clean_words() > 0);
        let batch = survey.map_or(0.0, |s| s.clean_words() as f32 * weight);
        Self {
            model,
            survey,
            weight,
            total: model.tokens + batch + 50_000.0,
        }
    }

    /// The embedded model without the batch.
    pub(super) fn alone(&self) -> Self {
        Self::new(self.model, None, 0.0)
    }

    /// Words counted, and room for those that were not.
    pub(super) fn words(&self) -> f32 {
        self.total
    }

    /// Occurrences of the n-gram `key`, those in the batch weighted.
    pub(super) fn count(&self, key: u64) -> f32 {
        let base = self.model.count(key);
        match self.survey {
            Some(s) => base + self.weight * s.ngram_count(key) as f32,
            None => base,
        }
    }

    /// Occurrences of a phrase of up to three words in a million words of English.
    pub(super) fn per_million(&self, words: &[u64]) -> f32 {
        1e6 * self.count(key(words)) / self.total
    }

    /// Probability of a word without context.
    pub(super) fn p1(&self, c: u64) -> f32 {
        (self.count(key1(c)) + 0.5) / self.total
    }

    /// Probability of `c` after `b`.
    fn p2(&self, b: u64, c: u64, p1: f32) -> f32 {
        let context = self.count(key1(b));
        if context == 0.0 {
            return p1;
        }
        (self.count(key2(b, c)).min(context) + PRIOR_2 * p1) / (context + PRIOR_2)
    }

    /// Natural logarithm of how much likelier `c` is after `a b` than anywhere.
    pub(super) fn lift(&self, a: u64, b: u64, c: u64) -> f32 {
        let p1 = self.p1(c);
        let p2 = self.p2(b, c, p1);
        let context = self.count(key2(a, b));
        let p = if context == 0.0 {
            p2
        } else {
            (self.count(key3(a, b, c)).min(context) + PRIOR_3 * p2) / (context + PRIOR_3)
        };
        (p / p1).ln()
    }

    /// Natural logarithm of the probability that a text goes on with exactly `words`, from no context.
    pub(super) fn phrase(&self, words: &[u64]) -> f32 {
        self.inner(words) + words.iter().map(|&w| self.p1(w).ln()).sum::<f32>()
    }

    /// Natural logarithm of how often `words` would stand in a row by chance.
    pub(super) fn by_chance(&self, words: impl Iterator<Item = u64>) -> f32 {
        self.total.ln() + words.map(|w| self.p1(w).ln()).sum::<f32>()
    }

    /// What the words of a phrase say for one another: logarithm of its probability over that of its words apart.
    pub(super) fn inner(&self, words: &[u64]) -> f32 {
        let mut sum = 0.0;
        for i in 1..words.len() {
            sum += if i == 1 {
                let p1 = self.p1(words[1]);
                (self.p2(words[0], words[1], p1) / p1).ln()
            } else {
                self.lift(words[i - 2], words[i - 1], words[i])
            };
        }
        sum
    }
}

/// Remembers what [`Stats::lift`] answered: readings of a line share most of their words.
#[derive(Debug)]
pub(super) struct Memo {
    slots: Vec<Cell<(u64, f32)>>,
}

/// Answers remembered; a power of two.
const REMEMBERED: usize = 1 << 13;

impl Default for Memo {
    fn default() -> Self {
        Self {
            slots: vec![Cell::new((0, 0.0)); REMEMBERED],
        }
    }
}

impl Memo {
    /// Forgets everything: the next questions are to other counts.
    pub(super) fn clear(&mut self) {
        for slot in &mut self.slots {
            slot.set((0, 0.0));
        }
    }

    /// [`Stats::lift`] of `stats`, the same at every call since [`Memo::clear`].
    pub(super) fn lift(&self, stats: &Stats<'_>, a: u64, b: u64, c: u64) -> f32 {
        let key = key3(a, b, c);
        let slot = &self.slots[key as usize & (REMEMBERED - 1)];
        let (known, answer) = slot.get();
        if known == key {
            return answer;
        }
        let answer = stats.lift(a, b, c);
        slot.set((key, answer));
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::ngrams::{phrase_key, token_key};

    #[test]
    fn the_embedded_model_knows_english() {
        let model = Model::embedded().expect("the file in data/ngrams is whole");
        assert!(model.count(phrase_key("of the")) > 50_000.0);
        assert!(model.count(phrase_key("the united states")) > 500.0);
        assert!(model.count(phrase_key("the the of")) < 1.0);
        let stats = Stats::new(&model, None, 0.0);
        let k = token_key;
        assert!(stats.lift(k("the"), k("united"), k("states")) > 4.0);
        assert!(stats.lift(k("of"), k("of"), k("the")) < stats.lift(k("some"), k("of"), k("the")));
    }

    #[test]
    fn a_damaged_file_is_refused() {
        assert!(Model::read(b"").is_none());
        assert!(Model::read(b"LNG1aaaaaaaaaaaaaaaa").is_none());
    }

    #[test]
    fn the_batch_lifts_what_it_says() {
        let model = Model::embedded().expect("the file in data/ngrams is whole");
        let k = token_key;
        let mut survey = Survey {
            clean_words: 1000,
            ..Survey::default()
        };
        survey.ngrams.insert(phrase_key("zonal"), 5);
        survey.ngrams.insert(phrase_key("zonal warden"), 5);
        survey.ngrams.insert(phrase_key("warden"), 5);
        let alone = Stats::new(&model, None, 5.0).lift(k("a"), k("zonal"), k("warden"));
        let with = Stats::new(&model, Some(&survey), 5.0).lift(k("a"), k("zonal"), k("warden"));
        assert!(with > alone + 1.0, "{alone} {with}");
    }
}
