//! How far a run is, in files: what a run that was interrupted is gone on with.
//!
//! The first file, `job.json`, says what the run is: settings, inputs with their size and time, version. The second,
//! `checkpoint.json`, says after every 8 MB of input or so how long every file of results was and what had been counted. A
//! run of the same job cuts its files back to that, reads past what was done, checking its hash, and goes on. What was
//! given to the comparison is given again from the kept texts. Results do not depend on where a run was interrupted:
//! checkpoints lie at the ends of batches, which are the same in each run, and packed files are cut there in all of them
//! (`corpus::sections`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::batches::Mark;
use super::config::Config;
use super::job::RunError;
use super::manifest::{Counts, InputRecord};
use super::stages::Stages;
use crate::corpus::inputs::Input;
use crate::corpus::sections::Cut;
use crate::corpus::shards::Noted;
use crate::text::hash::{hash, seed};

/// Bytes of documents between two checkpoints of a run that may take `memory`: 8 MB by default. Runs of little memory are run on
/// little machines, and lose less.
pub(super) fn interval(memory: u64) -> u64 {
    (memory >> 8).clamp(128 << 10, MOST)
}

/// The same for a run that neither strips nor repairs: it is some ten times as fast, so that it loses no more time, and would
/// else pass much of it with checkpoints.
pub(super) fn interval_of_fast(memory: u64) -> u64 {
    (interval(memory) << 4).min(MOST)
}

const MOST: u64 = 32 << 20;

/// What a run is. Two runs of equal jobs have equal results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct JobKey {
    version: String,
    config: serde_json::Value,
    lexicons: Vec<(String, String)>,
    inputs: Vec<InputKey>,
}

/// Whether `inputs` can be read a second time: standard input cannot.
pub(super) fn is_repeatable(inputs: &[Input]) -> bool {
    !inputs.iter().any(Input::is_stdin)
}

/// What tells that a file is the one that was read before, short of reading it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct InputKey {
    path: String,
    source: PathBuf,
    bytes: u64,
    /// Nanoseconds since 1970; `None` where the system does not say.
    modified: Option<u64>,
}

impl InputKey {
    fn of(input: &Input) -> Self {
        let meta = input.source.metadata().ok();
        let modified = meta.as_ref().and_then(|m| m.modified().ok());
        Self {
            path: input.path.clone(),
            source: input.source.clone(),
            bytes: meta.map_or(input.bytes, |m| m.len()),
            modified: modified
                .and_then(|t| t.duration_since(UNIX_EPOCH).ok())
                .map(|d| d.as_nanos() as u64),
        }
    }
}

impl JobKey {
    pub(super) fn of(config: &Config, stages: &Stages, inputs: &[Input]) -> Self {
        let digest = |record: &InputRecord| (record.path.clone(), record.digest.clone());
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            config: serde_json::to_value(config).unwrap_or_default(),
            lexicons: stages
                .lexicons
                .iter()
                .chain(&stages.language_model)
                .map(digest)
                .collect(),
            inputs: inputs.iter().map(InputKey::of).collect(),
        }
    }

    /// XXH3 of all of it, hexadecimal.
    pub(super) fn digest(&self) -> String {
        let text = serde_json::to_vec(self).unwrap_or_default();
        format!("{:016x}", hash(&text, seed::TEXT))
    }

    /// The first input that is not any more what it was, looking again.
    pub(super) fn changed(&self, inputs: &[Input]) -> Option<String> {
        self.inputs
            .iter()
            .zip(inputs)
            .find(|(key, input)| !input.is_stdin() && **key != InputKey::of(input))
            .map(|(key, _)| key.path.clone())
    }

    fn path(folder: &Path) -> PathBuf {
        folder.join("job.json")
    }

    pub(super) fn save(&self, folder: &Path) -> Result<(), RunError> {
        write_whole(&Self::path(folder), self)
    }

    /// In what the job whose files lie in `folder` differs from this one, in words; `None` where it is the same, or
    /// there is none.
    pub(super) fn difference(&self, folder: &Path) -> Option<String> {
        let text = std::fs::read(Self::path(folder)).ok()?;
        let Ok(other) = serde_json::from_slice::<Self>(&text) else {
            return Some("it was one of another version of limpid".to_owned());
        };
        if other == *self {
            return None;
        }
        if other.version != self.version {
            return Some(format!("it was one of limpid {}", other.version));
        }
        let settings = differing(&other.config, &self.config, "");
        if !settings.is_empty() {
            return Some(format!("settings differ: {}", settings.join(", ")));
        }
        if other.lexicons != self.lexicons {
            return Some("lexicons differ".to_owned());
        }
        let old: BTreeMap<&str, &InputKey> =
            other.inputs.iter().map(|i| (i.path.as_str(), i)).collect();
        let input = self
            .inputs
            .iter()
            .find(|i| old.get(i.path.as_str()) != Some(i));
        Some(match input {
            Some(input) if old.contains_key(input.path.as_str()) => {
                format!("{} has changed", input.path)
            }
            Some(input) => format!("{} is new", input.path),
            None => "there are fewer inputs".to_owned(),
        })
    }
}

/// The names of the settings in which two configurations differ, dotted.
fn differing(a: &serde_json::Value, b: &serde_json::Value, above: &str) -> Vec<String> {
    use serde_json::Value::Object;
    let (Object(a), Object(b)) = (a, b) else {
        return if a == b {
            Vec::new()
        } else {
            vec![above.to_owned()]
        };
    };
    let mut names: Vec<&String> = a.keys().chain(b.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let null = serde_json::Value::Null;
    names
        .into_iter()
        .flat_map(|name| {
            let full = if above.is_empty() {
                name.clone()
            } else {
                format!("{above}.{name}")
            };
            differing(
                a.get(name).unwrap_or(&null),
                b.get(name).unwrap_or(&null),
                &full,
            )
        })
        .collect()
}

/// How far the clean pass is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Checkpoint {
    /// What was read.
    pub mark: Mark,
    /// Whether that was all.
    pub all: bool,
    /// How far the files of rows are, in the order of [`ROWS`].
    pub rows: [Cut; ROWS.len()],
    /// The documents written.
    pub shards: Noted,
    /// Documents given to the comparison.
    pub compared: u64,
    /// What was counted.
    pub counts: Counts,
    /// Digests of the inputs.
    pub digests: BTreeMap<String, u64>,
    /// Seconds by stage.
    pub seconds: Vec<f64>,
}

/// The files of rows that the clean pass writes.
pub(super) const ROWS: [&str; 4] = ["documents", "edits", "rejects", "restore"];

impl Checkpoint {
    /// Whether all that was taken before it is written.
    pub(super) fn is_known(&self) -> bool {
        self.shards.is_known() && self.rows.iter().all(|cut| cut.place().is_some())
    }

    /// Writes it to `path`.
    pub(super) fn save(&self, path: &Path) -> Result<(), RunError> {
        write_whole(path, self)
    }

    /// The one at `path`; `None` where there is none that could be used.
    pub(super) fn load(path: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(path).ok()?).ok()
    }
}

/// Writes `value` as JSON to a file that is there whole or not at all.
pub(super) fn write_whole(path: &Path, value: &impl Serialize) -> Result<(), RunError> {
    let failed = RunError::write(path);
    let text = serde_json::to_vec(value).map_err(|e| failed(e.into()))?;
    let beside = path.with_extension("new");
    std::fs::write(&beside, text).map_err(&failed)?;
    std::fs::rename(&beside, path).map_err(&failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(config: &Config) -> JobKey {
        JobKey {
            version: "1".into(),
            config: serde_json::to_value(config).unwrap(),
            lexicons: Vec::new(),
            inputs: vec![InputKey {
                path: "a.txt".into(),
                source: "a.txt".into(),
                bytes: 3,
                modified: Some(7),
            }],
        }
    }

    #[test]
    fn what_differs_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let first = key(&Config::default());
        assert_eq!(first.difference(dir.path()), None);
        first.save(dir.path()).unwrap();
        assert_eq!(first.difference(dir.path()), None);

        let mut config = Config::default();
        config.dedup.similarity = 0.5;
        let told = key(&config).difference(dir.path()).unwrap();
        assert_eq!(told, "settings differ: dedup.similarity");

        let mut other = first.clone();
        other.inputs[0].modified = Some(8);
        assert_eq!(other.difference(dir.path()).unwrap(), "a.txt has changed");
        other.inputs[0].path = "b.txt".into();
        assert_eq!(other.difference(dir.path()).unwrap(), "b.txt is new");
    }
}
