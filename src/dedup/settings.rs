//! What a user may set, with ranges and defaults.

use serde::{Deserialize, Serialize};

use super::banding::Banding;
use super::preset;
use super::shape::{Fold, Shape};
use crate::stage::SetupError;

/// What happens to documents that resemble others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// Texts stay; rows say what repeats.
    #[default]
    Flag,
    /// Of each cluster only the document with the lowest id stays.
    Drop,
    /// Of each cluster only the best document stays: longest clean text, fewest edits, earliest date, lowest id.
    KeepBest,
}

/// Settings of stage 4.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Given")]
#[non_exhaustive]
pub struct Settings {
    /// Settings of another tool by name: `curator`, `fineweb`, `marin` or `olmo3` ([`preset`]). It stands for `similarity`,
    /// `bands`, `rows`, `shingle_words`, `shingle_chars` and `normalise`; those that are set beside it win. Default none.
    pub preset: Option<String>,
    /// Jaccard similarity of word shingles from which two documents count as near-duplicates. 0.1 to 1, default 0.8.
    /// Lower values need more bands: time and spill grow, memory does not.
    pub similarity: f32,
    /// Words in a shingle. 1 to 32, default 5. Fewer make documents on one topic look more alike.
    pub shingle_words: usize,
    /// Characters in a shingle, of the words joined by blanks; 0 to 200, default 0: shingles are made of words. Takes
    /// longer: there are about five times as many.
    pub shingle_chars: usize,
    /// What is folded before shingles are cut: `digits` (each run is a 0), `accents`. Default neither; case, white space and
    /// punctuation never count.
    pub normalise: Vec<Fold>,
    /// Bands of a signature, together with `rows`. 1 to 512; default: both as the similarity needs them.
    pub bands: Option<usize>,
    /// Rows of a band, together with `bands`. 1 to 64, and at most 4,096 in all bands.
    pub rows: Option<usize>,
    /// Whether one form filled in with other facts (market reports, results, offers) is told from duplicates, flagged as
    /// `template` and kept. Default true. With false such documents count as duplicates.
    pub templates: bool,
    /// Whether a copy that a synonym spinner has made is looked for, flagged as `spun_copy`. Default true; English only. Costs 32
    /// keys a document, and half as much time again as signing without them.
    pub spun_copies: bool,
    /// Whether to look for shared passages too. Default true; takes two fifths of the time where much is shared.
    pub passages: bool,
    /// Fewest words, on either side, of a shared passage. 8 to 10,000, default 25.
    pub passage_words: u32,
    /// Smallest share of aligned words in a shared passage, weighted by what they tell. 0.5 to 1, default 0.5: a
    /// copy with 30 % of its words replaced has about 0.7, other texts on the same topic stay below 0.35.
    pub passage_similarity: f32,
    /// Of this many neighbouring fingerprints of a text at least one is kept. 1 to 16, default 1, which finds the most
    /// heavily reworded passages; 2 spills two thirds of that.
    pub passage_window: usize,
    /// What happens to duplicates. Default `flag`.
    pub policy: Policy,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            preset: None,
            similarity: 0.8,
            shingle_words: 5,
            shingle_chars: 0,
            normalise: Vec::new(),
            bands: None,
            rows: None,
            templates: true,
            spun_copies: true,
            passages: true,
            passage_words: 25,
            passage_similarity: 0.5,
            passage_window: 1,
            policy: Policy::Flag,
        }
    }
}

/// Settings as they are written: what is not named is as the preset says, else the default.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Given {
    preset: Option<String>,
    similarity: Option<f32>,
    shingle_words: Option<usize>,
    shingle_chars: Option<usize>,
    normalise: Option<Vec<Fold>>,
    bands: Option<usize>,
    rows: Option<usize>,
    templates: Option<bool>,
    spun_copies: Option<bool>,
    passages: Option<bool>,
    passage_words: Option<u32>,
    passage_similarity: Option<f32>,
    passage_window: Option<usize>,
    policy: Option<Policy>,
}

impl From<Given> for Settings {
    fn from(given: Given) -> Self {
        let mut settings = Self::default();
        if let Some(name) = &given.preset {
            settings.take_preset(name);
        }
        Self {
            preset: given.preset,
            similarity: given.similarity.unwrap_or(settings.similarity),
            shingle_words: given.shingle_words.unwrap_or(settings.shingle_words),
            shingle_chars: given.shingle_chars.unwrap_or(settings.shingle_chars),
            normalise: given.normalise.unwrap_or(settings.normalise),
            bands: given.bands.or(settings.bands),
            rows: given.rows.or(settings.rows),
            templates: given.templates.unwrap_or(settings.templates),
            spun_copies: given.spun_copies.unwrap_or(settings.spun_copies),
            passages: given.passages.unwrap_or(settings.passages),
            passage_words: given.passage_words.unwrap_or(settings.passage_words),
            passage_similarity: given
                .passage_similarity
                .unwrap_or(settings.passage_similarity),
            passage_window: given.passage_window.unwrap_or(settings.passage_window),
            policy: given.policy.unwrap_or(settings.policy),
        }
    }
}

impl Settings {
    /// Takes over the settings of a preset. One of an unknown name is told by [`Dedup::new`](super::Dedup::new).
    pub fn take_preset(&mut self, name: &str) {
        self.preset = Some(name.to_owned());
        if let Some(preset) = preset::named(name) {
            self.similarity = preset.similarity;
            self.shingle_words = preset.shingle_words;
            self.shingle_chars = preset.shingle_chars;
            self.normalise = preset.normalise.to_vec();
            self.bands = Some(preset.banding.bands);
            self.rows = Some(preset.banding.rows);
        }
    }

    /// What shingles are made of.
    pub fn shape(&self) -> Shape {
        match self.shingle_chars {
            0 => Shape::words(self.shingle_words),
            n => Shape::characters(n),
        }
        .folding(&self.normalise)
    }

    /// Bands and rows: as set, else as the similarity needs them.
    pub fn banding(&self) -> Banding {
        match (self.bands, self.rows) {
            (Some(bands), Some(rows)) => Banding { bands, rows },
            _ => Banding::for_similarity(f64::from(self.similarity)),
        }
    }

    /// Whether every setting is in its range.
    pub(super) fn check(&self) -> Result<(), SetupError> {
        if let Some(name) = &self.preset
            && preset::named(name).is_none()
        {
            return Err(SetupError::Unknown {
                key: "preset",
                value: name.clone(),
                known: preset::presets().iter().map(|p| p.name).collect(),
            });
        }
        ensure(
            "shingle_chars",
            &self.shingle_chars,
            self.shingle_chars <= 200,
            "0 to 200",
        )?;
        let (bands, rows) = (self.bands.unwrap_or(1), self.rows.unwrap_or(1));
        ensure(
            "bands",
            &bands,
            (1..=512).contains(&bands) && self.bands.is_some() == self.rows.is_some(),
            "1 to 512, and only together with rows",
        )?;
        ensure(
            "rows",
            &rows,
            (1..=64).contains(&rows) && bands * rows <= 4096,
            "1 to 64, with at most 4096 in all bands",
        )?;
        ensure(
            "similarity",
            &self.similarity,
            (0.1..=1.0).contains(&self.similarity),
            "0.1 to 1",
        )?;
        ensure(
            "shingle_words",
            &self.shingle_words,
            (1..=32).contains(&self.shingle_words),
            "1 to 32",
        )?;
        ensure(
            "passage_words",
            &self.passage_words,
            (8..=10_000).contains(&self.passage_words),
            "8 to 10000",
        )?;
        ensure(
            "passage_similarity",
            &self.passage_similarity,
            (0.5..=1.0).contains(&self.passage_similarity),
            "0.5 to 1",
        )?;
        ensure(
            "passage_window",
            &self.passage_window,
            (1..=16).contains(&self.passage_window),
            "1 to 16",
        )
    }
}

fn ensure(
    key: &'static str,
    value: &dyn ToString,
    holds: bool,
    allowed: &'static str,
) -> Result<(), SetupError> {
    if holds {
        return Ok(());
    }
    Err(SetupError::Setting {
        key,
        value: value.to_string(),
        allowed,
    })
}
