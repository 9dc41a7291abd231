//! Every setting of a run, as in `limpid.toml`: one table a stage, defaults for what is not named.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::edit::StageName;
use crate::stage::nearest;
use crate::{corpus, decode, dedup, filter, repair, strip};

/// The settings of a run.
///
/// Flags beat the file, the file beats the defaults. Unknown keys are errors that name the nearest known one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// Stages to run. Default decode, strip, repair and dedup, in their order; filters run where `[filter]` names presets.
    pub stages: Vec<StageName>,
    /// Memory the run may take, in bytes. Default 2 GiB.
    pub memory: u64,
    /// Index of earlier runs to compare with and to add to: its folder, made if there is none. Default none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<PathBuf>,
    /// How records are read.
    pub input: corpus::read::Settings,
    /// How results are written.
    pub output: corpus::shards::Settings,
    /// Stage 1.
    pub decode: decode::Settings,
    /// Stage 2.
    pub strip: strip::Settings,
    /// Stage 3.
    pub repair: repair::Settings,
    /// Filters, between repair and dedup.
    pub filter: filter::Settings,
    /// Stage 4.
    pub dedup: dedup::Settings,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            stages: vec![
                StageName::Decode,
                StageName::Strip,
                StageName::Repair,
                StageName::Dedup,
            ],
            memory: 2 << 30,
            index: None,
            input: corpus::read::Settings::default(),
            output: corpus::shards::Settings::default(),
            decode: decode::Settings::default(),
            strip: strip::Settings::default(),
            repair: repair::Settings::default(),
            filter: filter::Settings::default(),
            dedup: dedup::Settings::default(),
        }
    }
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no valid configuration.
    #[error("{}: not a valid configuration", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where and what, with the line.
        source: Box<toml::de::Error>,
    },
}

impl ConfigError {
    /// What the user can do about it: the known key nearest to an unknown one.
    pub fn help(&self) -> Option<String> {
        let Self::Parse { source, .. } = self else {
            return None;
        };
        let message = source.message();
        let unknown = message.strip_prefix("unknown field `")?.split('`').next()?;
        let known: Vec<&str> = message
            .split("expected ")
            .nth(1)?
            .split('`')
            .skip(1)
            .step_by(2)
            .collect();
        Some(match nearest(unknown, &known) {
            Some(near) => format!("did you mean {near}?"),
            None => "`limpid config` prints all settings with their defaults".to_owned(),
        })
    }
}

impl Config {
    /// Reads a `limpid.toml`.
    ///
    /// # Errors
    /// When it cannot be read or holds something that is no setting.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
            path: path.to_owned(),
            source,
        })?;
        toml::from_str(&text).map_err(|source| ConfigError::Parse {
            path: path.to_owned(),
            source: Box::new(source),
        })
    }

    /// Whether `stage` runs.
    pub fn runs(&self, stage: StageName) -> bool {
        match stage {
            StageName::Filter => !self.filter.presets.is_empty(),
            _ => self.stages.contains(&stage),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_come_back_from_toml() {
        let text = toml::to_string(&Config::default()).unwrap();
        let back: Config = toml::from_str(&text).unwrap();
        assert_eq!(toml::to_string(&back).unwrap(), text);
    }

    #[test]
    fn an_unknown_key_names_its_neighbour() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("limpid.toml");
        std::fs::write(&path, "[dedup]\nsimilarty = 0.7\n").unwrap();
        let error = Config::load(&path).unwrap_err();
        assert_eq!(error.help().as_deref(), Some("did you mean similarity?"));
    }
}
