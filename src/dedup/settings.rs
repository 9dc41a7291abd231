//! What a user may set, with ranges and defaults.

use serde::{Deserialize, Serialize};

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
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Settings {
    /// Jaccard similarity of word shingles from which two documents count as near-duplicates. 0.1 to 1, default 0.8.
    /// Lower values need more bands: time and spill grow, memory does not.
    pub similarity: f32,
    /// Words in a shingle. 1 to 32, default 5. Fewer make documents on one topic look more alike.
    pub shingle_words: usize,
    /// Whether one form filled in with other facts (market reports, results, offers) is told from duplicates, flagged as
    /// `template` and kept. Default true. With false such documents count as duplicates.
    pub templates: bool,
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
            similarity: 0.8,
            shingle_words: 5,
            templates: true,
            passages: true,
            passage_words: 25,
            passage_similarity: 0.5,
            passage_window: 1,
            policy: Policy::Flag,
        }
    }
}

impl Settings {
    /// Whether every setting is in its range.
    pub(super) fn check(&self) -> Result<(), SetupError> {
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
