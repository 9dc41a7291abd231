//! The stages of a run, set up once.

use super::config::Config;
use crate::decode::Decode;
use crate::dedup::Dedup;
use crate::edit::StageName;
use crate::filter::Filters;
use crate::repair::Repair;
use crate::stage::SetupError;
use crate::strip::Strip;

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
        Ok(Self {
            decode: Decode::new(&config.decode)?,
            normalise: config.runs(StageName::Decode),
            strip: wanted(config.runs(StageName::Strip), || Strip::new(&config.strip))?,
            repair: wanted(config.runs(StageName::Repair), || {
                Repair::new(&config.repair)
            })?,
            filters: Filters::new(&config.filter)?,
            dedup: wanted(config.runs(StageName::Dedup), || Dedup::new(&config.dedup))?,
        })
    }
}
