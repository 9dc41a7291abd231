//! Stage 4: near-duplicate documents and passages. Pure functions over columns; no I/O, no threads.
//!
//! [`Dedup::sketch`] reads one cleaned text and keeps what the comparison needs: a digest of the normalised text, the
//! keys of its LSH bands ([`banding`]), and fingerprints of its content words for passages. The pipeline
//! sorts these columns; [`pair`] turns a bucket of equal keys into candidate pairs, [`verify`] compares a pair on the
//! texts, [`form`] tells the same form with other facts from a copy, [`spun`] a copy that a spinner made, [`cluster`] gathers documents around anchors, and [`passage`] finds the runs that two texts share.
//!
//! Nothing is reported that was not verified on the texts. What hash buckets would cost when they are hot is
//! bounded: a bucket of `n` documents gives at most `k·n` pairs ([`pair`] says which).
//!
//! Left out: passages that repeat inside one document.

pub mod banding;
pub mod cluster;
pub mod diff;
mod fingerprint;
pub mod form;
pub mod pair;
pub mod passage;
pub mod preset;
mod settings;
pub mod shape;
pub mod sign;
pub mod spun;
mod table;
pub mod verify;

pub use banding::Banding;
pub use fingerprint::{Fingerprint, FunctionWords};
pub use settings::{Policy, Settings};

use std::collections::{BTreeMap, BTreeSet};

use form::FactWords;
use passage::words::STEP;
use spun::Synonyms;

use crate::stage::{Scratch, SetupError};
use crate::text::hash::combine;
use crate::text::shingles::{self, Token};

/// What later steps need of one cleaned text.
///
/// A text without a single word has no bands and no fingerprints: it resembles nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sketch {
    /// Hash of the text without its white space and case; 0 when nothing is left.
    pub digest: u64,
    /// Words, as [`shingles::scan`] cuts them.
    pub words: u32,
    /// One key a band, where an equal one makes two documents candidates, and keys with [`banding::WEAK`], of which [`spun::AGREE`] do.
    pub bands: Vec<u64>,
    /// Chosen runs of content words, in order.
    pub fingerprints: Vec<Fingerprint>,
    /// Pairs of content words of a text of a sentence or two; empty for others.
    pub pairs: Vec<Fingerprint>,
    /// The words as [`passage::Words`] reads them, 4.25 bytes each; empty when passages are not looked for.
    pub column: Vec<u8>,
}

/// The stage, set up: settings checked, bands derived, word list read.
#[derive(Debug)]
pub struct Dedup {
    settings: Settings,
    banding: Banding,
    function_words: FunctionWords,
    fact_words: FactWords,
    /// Where spun copies are looked for.
    synonyms: Option<Synonyms>,
}

/// Buffers of [`Dedup::sketch`].
#[derive(Debug, Default)]
struct Columns {
    fold: String,
    words: Vec<u64>,
    /// First byte of every [`STEP`]th word.
    starts: Vec<u32>,
    content: Vec<u64>,
    places: Vec<u32>,
    /// What shingles are made of, where that is not words as they stand.
    units: Vec<u64>,
    shingles: Vec<u64>,
    slots: Vec<u64>,
    letters: String,
}

impl Dedup {
    /// Checks `settings`, derives the bands and reads the word list.
    ///
    /// # Errors
    /// A setting out of range, or a malformed line in the embedded word list.
    pub fn new(settings: &Settings) -> Result<Self, SetupError> {
        settings.check()?;
        let function_words = FunctionWords::embedded()?;
        Ok(Self {
            synonyms: if settings.spun_copies {
                Some(Synonyms::embedded(&function_words)?)
            } else {
                None
            },
            settings: settings.clone(),
            banding: settings.banding(),
            function_words,
            fact_words: FactWords::embedded()?,
        })
    }

    /// The settings in force.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What sketches are made with, by the names of the settings: only those that agree in all of it can be compared.
    pub fn shape(&self) -> BTreeMap<String, String> {
        let Settings {
            shingle_words,
            shingle_chars,
            ref normalise,
            passages,
            passage_window,
            spun_copies,
            ..
        } = self.settings;
        let folds: BTreeSet<String> = normalise
            .iter()
            .map(|fold| fold.as_str().to_owned())
            .collect();
        let folds: Vec<String> = folds.into_iter().collect();
        let Banding { bands, rows } = self.banding;
        [
            ("shingle_words", shingle_words.to_string()),
            ("shingle_chars", shingle_chars.to_string()),
            ("normalise", format!("[{}]", folds.join(", "))),
            ("bands", format!("{bands} x {rows}")),
            ("passages", passages.to_string()),
            ("passage_window", passage_window.to_string()),
            ("spun_copies", spun_copies.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    /// Rows and bands, and the detection curve, for printing.
    pub fn banding(&self) -> Banding {
        self.banding
    }

    /// The words that carry no content.
    pub fn function_words(&self) -> &FunctionWords {
        &self.function_words
    }

    /// The words that are facts without a digit.
    pub fn fact_words(&self) -> &FactWords {
        &self.fact_words
    }

    /// The words that spinners exchange; `None` where spun copies are not looked for.
    pub fn synonyms(&self) -> Option<&Synonyms> {
        self.synonyms.as_ref()
    }

    /// The same stage with other groups of synonyms: to measure what spinners that the embedded ones do not know leave unfound.
    #[must_use]
    pub fn with_synonyms(mut self, synonyms: Synonyms) -> Self {
        self.synonyms = Some(synonyms);
        self
    }

    /// Everything later steps need of one cleaned text.
    ///
    /// `O(bytes)` time; allocates the columns of the result alone.
    pub fn sketch(&self, text: &str, scratch: &mut Scratch) -> Sketch {
        let columns: &mut Columns = scratch.of();
        let digest = read(text, columns);
        let mut sketch = Sketch {
            digest,
            words: columns.words.len() as u32,
            ..Sketch::default()
        };
        if columns.words.is_empty() {
            return sketch;
        }
        let shape = self.settings.shape();
        let units = if shape.is_plain() {
            &columns.words
        } else {
            columns.units.clear();
            shape.read(text, |key, _| columns.units.push(key));
            &columns.units
        };
        if units.len() >= shape.width() {
            columns.shingles.clear();
            let shingles = &mut columns.shingles;
            shingles::rolling(units, shape.width(), |_, key| shingles.push(key));
            self.banding.keys(
                shingles,
                &mut columns.slots,
                banding::LONG,
                &mut sketch.bands,
            );
        }
        if verify::is_short(columns.words.len(), shape) && text.len() <= verify::MAX_SHORT {
            sign::letter_shingles(text, &mut columns.letters, &mut columns.shingles);
            Banding::SHORT.keys(
                &mut columns.shingles,
                &mut columns.slots,
                banding::SHORT,
                &mut sketch.bands,
            );
        }
        sketch
            .bands
            .iter_mut()
            .for_each(|key| *key &= !banding::WEAK);
        if let Some(synonyms) = &self.synonyms {
            let Columns {
                words,
                content,
                shingles,
                ..
            } = columns;
            synonyms.keys(words, (content, shingles), &mut sketch.bands);
        }
        if self.settings.passages {
            sketch.column =
                passage::words::encode(&columns.words, &columns.starts, &self.function_words);
            fingerprint::choose(
                columns,
                passage::Words::of(&sketch.column),
                self.settings.passage_window,
                &mut sketch.fingerprints,
            );
            if passage::whole::is_short(sketch.words, &self.settings) {
                fingerprint::pairs(columns, &mut sketch.pairs);
            }
        }
        sketch
    }
}

/// Fills the column of words and returns the digest.
fn read(text: &str, columns: &mut Columns) -> u64 {
    let Columns {
        fold,
        words,
        starts,
        ..
    } = columns;
    words.clear();
    starts.clear();
    let mut digest = 0;
    shingles::scan(text, fold, |token| {
        let part = match token {
            Token::Word { key, start, .. } => {
                if words.len() % STEP == 0 {
                    starts.push(start);
                }
                words.push(key);
                key
            }
            Token::Mark(c) => u64::from(u32::from(c)),
        };
        digest = combine(digest, part);
    });
    digest
}

#[cfg(test)]
mod tests;
