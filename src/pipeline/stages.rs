//! The stages of a run, set up once.

use std::io;
use std::path::{Path, PathBuf};

use super::config::Config;
use super::manifest::InputRecord;
use crate::decode::Decode;
use crate::dedup::Dedup;
use crate::edit::StageName;
use crate::filter::Filters;
use crate::repair::{Repair, UserLexicon};
use crate::stage::SetupError;
use crate::strip::Strip;
use crate::text::hash::{hash, seed};

/// The stages that a run uses; what is not there is not run.
#[derive(Debug)]
#[non_exhaustive]
pub struct Stages {
    /// Stage 1. Always there, because bytes must become text; without it in `stages` it only reads.
    pub decode: Decode,
    /// Whether stage 1 also mends the text.
    pub normalise: bool,
    /// Stage 2.
    pub strip: Option<Strip>,
    /// Stage 3.
    pub repair: Option<Repair>,
    /// Lexicons of the user that stage 3 has.
    pub lexicons: Vec<InputRecord>,
    /// Published rules by name.
    pub filters: Option<Filters>,
    /// Stage 4.
    pub dedup: Option<Dedup>,
}

impl Stages {
    /// Sets up what `config` asks for.
    ///
    /// # Errors
    /// When a setting is out of range or a data file is malformed.
    pub fn new(config: &Config) -> Result<Self, SetupError> {
        fn wanted<T>(
            on: bool,
            make: impl FnOnce() -> Result<T, SetupError>,
        ) -> Result<Option<T>, SetupError> {
            if on { make().map(Some) } else { Ok(None) }
        }
        if config.stages.contains(&StageName::Filter) {
            return Err(SetupError::Setting {
                key: "stages",
                value: StageName::Filter.to_string(),
                allowed: "filters run where the setting filter.presets names some",
            });
        }
        let own = wanted(config.runs(StageName::Repair), || {
            lexicons(&config.repair.lexicons)
        })?
        .unwrap_or_default();
        Ok(Self {
            lexicons: own.iter().map(record).collect(),
            decode: Decode::new(&config.decode)?,
            normalise: config.runs(StageName::Decode),
            strip: wanted(config.runs(StageName::Strip), || Strip::new(&config.strip))?,
            repair: wanted(config.runs(StageName::Repair), || {
                Repair::with_lexicons(&config.repair, &own)
            })?,
            filters: Filters::new(&config.filter)?,
            dedup: wanted(config.runs(StageName::Dedup), || Dedup::new(&config.dedup))?,
        })
    }
}

/// Reads one lexicon.
pub(super) fn lexicon(path: &Path) -> io::Result<UserLexicon> {
    Ok(UserLexicon {
        name: path.display().to_string(),
        text: std::fs::read_to_string(path)?,
    })
}

/// Reads the lexicons that the user names.
fn lexicons(paths: &[PathBuf]) -> Result<Vec<UserLexicon>, SetupError> {
    paths
        .iter()
        .map(|path| {
            lexicon(path).map_err(|source| SetupError::Read {
                path: path.clone(),
                source,
            })
        })
        .collect()
}

/// What the manifest says of a lexicon.
fn record(lexicon: &UserLexicon) -> InputRecord {
    InputRecord {
        path: lexicon.name.clone(),
        bytes: lexicon.text.len() as u64,
        digest: format!("{:016x}", hash(lexicon.text.as_bytes(), seed::TEXT)),
    }
}
