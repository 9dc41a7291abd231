//! Learning a spinner: pairs of texts in, a lexicon out.

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::batches::Item;
use super::cleaning::decoded;
use super::config::Config;
use super::stages::{Stages, lexicon};
use crate::corpus::inputs::{Input, InputError, find};
use crate::corpus::read::{Body, Carrier, Content, Raw, Reader};
use crate::corpus::{Format, Reject};
use crate::edit::StageName;
use crate::repair::learn::{Learned, Learner, Summary};
use crate::repair::{Family, UserLexicon};
use crate::stage::{Scratch, SetupError};

/// What is to be learned from, and where it goes.
#[derive(Clone, Debug)]
pub struct LearnJob {
    /// Spun files or folders, each with its original: two folders are paired by the names of their files, two files of
    /// records by their order.
    pub files: Vec<(String, String)>,
    /// Files of records that hold both texts.
    pub records: Vec<String>,
    /// The field of such a record that holds the spun text, and that with the original.
    pub fields: (String, String),
    /// The lexicon. One that is there is added to.
    pub out: PathBuf,
    /// Family of spinners that new rows are marked with; none for rows that hold in text of any spinner.
    pub family: Option<Family>,
    /// How texts are read.
    pub config: Config,
}

/// What was learned.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct LearnReport {
    /// What was read and what became of it.
    #[serde(flatten)]
    pub summary: Summary,
    /// Texts and records that could not be read, or that have no counterpart.
    pub rejects: Vec<Reject>,
}

/// Why nothing could be learned. Bad documents are not among the reasons: they are rejects.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LearnError {
    /// The inputs cannot be told.
    #[error(transparent)]
    Input(#[from] InputError),
    /// Settings or the lexicon that is there already are malformed.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// What stands in the lexicon's place cannot be read.
    #[error("{}: is there, but cannot be read as a lexicon", path.display())]
    Old {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The lexicon cannot be written.
    #[error("{}: cannot be written", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl LearnError {
    /// What the user can do about it, for the `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Input(e) => e.help(),
            Self::Setup(SetupError::Lexicon { .. }) => {
                let remedy = match self {
                    Self::Setup(e) => e.help(),
                    _ => None,
                };
                remedy.map(|r| format!("{r}; or give another --out, this file was not touched"))
            }
            Self::Setup(e) => e.help(),
            Self::Old { .. } => {
                Some("give --out a file that is new or that `limpid learn-spin` wrote".to_owned())
            }
            Self::Write { .. } => {
                Some("give --out a file in a folder that is there and may be written".to_owned())
            }
        }
    }
}

/// Learns what `job` says and writes the lexicon: whole or not at all.
///
/// # Errors
/// When an input is not there, or the lexicon cannot be read or written.
pub fn learn(job: &LearnJob) -> Result<LearnReport, LearnError> {
    let old = old(&job.out)?;
    let mut config = job.config.clone();
    config.stages = vec![StageName::Decode];
    let mut work = Work {
        stages: Stages::new(&config)?,
        config,
        scratch: Scratch::new(),
        learner: Learner::new()?,
        rejects: Vec::new(),
    };
    for (spun, original) in &job.files {
        let spun = find(std::slice::from_ref(spun), None, None)?;
        let original = find(std::slice::from_ref(original), None, None)?;
        work.rejects.extend(spun.rejects);
        work.rejects.extend(original.rejects);
        work.files(&spun.inputs, &original.inputs);
    }
    let records = if job.records.is_empty() {
        Vec::new()
    } else {
        find(&job.records, None, Some(Format::Jsonl))?.inputs
    };
    for input in &records {
        work.records(input, &job.fields);
    }
    let Learned { text, summary } = work.learner.finish(old.as_ref(), job.family)?;
    write(&job.out, &text).map_err(|source| LearnError::Write {
        path: job.out.clone(),
        source,
    })?;
    Ok(LearnReport {
        summary,
        rejects: work.rejects,
    })
}

/// The lexicon that is there already. What is none is not touched; and where none can be written, the user should know
/// before anything is read.
fn old(path: &Path) -> Result<Option<UserLexicon>, LearnError> {
    let folder = folder_of(path);
    if !folder.is_dir() {
        return Err(LearnError::Write {
            path: path.to_owned(),
            source: io::Error::new(
                io::ErrorKind::NotFound,
                format!("there is no folder {}", folder.display()),
            ),
        });
    }
    match lexicon(path) {
        Ok(old) => {
            old.check()?;
            Ok(Some(old))
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(LearnError::Old {
            path: path.to_owned(),
            source,
        }),
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Writes beside the file and renames.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    std::fs::write(&part, text)?;
    std::fs::rename(&part, path)
}

/// What learning needs from text to text.
struct Work {
    config: Config,
    stages: Stages,
    scratch: Scratch,
    learner: Learner,
    rejects: Vec<Reject>,
}

impl Work {
    /// Pairs files: one with one, or those of two folders by their names.
    fn files(&mut self, spun: &[Input], original: &[Input]) {
        if let ([spun], [original]) = (spun, original) {
            self.pair(spun, original);
            return;
        }
        for a in spun {
            match original.iter().find(|b| b.path == a.path) {
                Some(b) => self.pair(a, b),
                None => self.alone(&a.path),
            }
        }
        for b in original {
            if !spun.iter().any(|a| a.path == b.path) {
                self.alone(&b.path);
            }
        }
    }

    fn alone(&mut self, path: &str) {
        self.rejects.push(Reject::new(
            path,
            0,
            "no-counterpart",
            "the other folder has no file of this name; two folders are paired by the names of their files",
        ));
    }

    /// Learns from two files: their documents in order.
    fn pair(&mut self, spun: &Input, original: &Input) {
        let settings = self.config.input.clone();
        let mut sides = [
            Reader::open(spun, &settings),
            Reader::open(original, &settings),
        ]
        .map(|reader| match reader {
            Ok(reader) => (Some(reader), None),
            Err(reject) => (None, Some(Err(reject))),
        });
        loop {
            let [a, b] = sides
                .each_mut()
                .map(|(reader, failed)| failed.take().or_else(|| reader.as_mut()?.next()));
            let (a, b) = match (a, b) {
                (None, None) => return,
                (Some(a), Some(b)) => (a, b),
                (a, _) => {
                    // A file that could not be opened has said so, and its documents are not to be missed one by one.
                    if sides.iter().all(|side| side.0.is_some()) {
                        let longer = if a.is_some() { spun } else { original };
                        self.rejects.push(Reject::new(
                            &longer.path,
                            0,
                            "no-counterpart",
                            "the other file holds fewer documents; both must hold the same, in the same order",
                        ));
                    }
                    return;
                }
            };
            let read = |work: &mut Self, input, raw: Result<Raw, Reject>| {
                raw.and_then(|raw| work.text(input, raw))
            };
            let (a, b) = (read(self, spun, a), read(self, original, b));
            self.add(a, b);
        }
    }

    /// Learns from records that hold both texts.
    fn records(&mut self, input: &Input, (spun, original): &(String, String)) {
        let mut settings = self.config.input.clone();
        settings.text_field.clone_from(spun);
        let mut reader = match Reader::open(input, &settings) {
            Ok(reader) => reader,
            Err(reject) => {
                self.rejects.push(reject);
                return;
            }
        };
        for raw in &mut reader {
            let both = raw.and_then(|raw| {
                let other = counterpart(input, &raw, original)?;
                Ok((self.text(input, raw)?, self.text(input, other)?))
            });
            match both {
                Ok((a, b)) => self.add(Ok(a), Ok(b)),
                Err(mut reject) => {
                    reject.detail = reject.detail.replace("--text-field", "--spun-field");
                    self.rejects.push(reject);
                }
            }
        }
    }

    fn text(&mut self, input: &Input, raw: Raw) -> Result<String, Reject> {
        let item = Item {
            input,
            raw,
            name: input.path.clone(),
        };
        let (document, _) = decoded(&self.stages, &item, &mut self.scratch)?;
        Ok(document.text)
    }

    fn add(&mut self, spun: Result<String, Reject>, original: Result<String, Reject>) {
        match (spun, original) {
            (Ok(spun), Ok(original)) => {
                self.learner.add(&spun, &original);
            }
            (a, b) => self.rejects.extend(a.err().into_iter().chain(b.err())),
        }
    }
}

/// The text in the field `field` of the same record.
fn counterpart(input: &Input, raw: &Raw, field: &str) -> Result<Raw, Reject> {
    let Body::Record(record) = &raw.body else {
        return Err(Reject::new(&input.path, raw.offset, "no-text", "no record"));
    };
    let fields: serde_json::Map<String, serde_json::Value> = match &record.carrier {
        Carrier::Line(line) => serde_json::from_str(&line.raw).unwrap_or_default(),
        Carrier::Row | Carrier::Warc(_) => serde_json::Map::new(),
    };
    match fields.get(field) {
        Some(serde_json::Value::String(text)) => {
            let mut record = record.clone();
            record.content = Content::Text(text.clone());
            Ok(Raw {
                offset: raw.offset,
                body: Body::Record(record),
            })
        }
        other => {
            let what = if other.is_some() {
                "is not a string"
            } else {
                "is not there"
            };
            Err(Reject::new(
                &input.path,
                raw.offset,
                "no-text",
                format!(
                    "line {}: field {field:?} {what}; name it with --original-field",
                    record.number
                ),
            ))
        }
    }
}
