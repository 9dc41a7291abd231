//! What a stage is: a step that proposes changes to one document.

use std::any::{Any, TypeId};
use std::io;
use std::path::PathBuf;

use rustc_hash::FxHashMap;

use crate::document::Document;
use crate::edit::{Edit, StageName};
use crate::survey::{Questions, Survey};

/// A step that proposes changes to one document.
///
/// Pure: no I/O, no threads, no clock, no global state. It proposes; it never changes the text. The pipeline applies.
pub trait Stage: Send + Sync {
    /// Stable name, as in `--stages` and in `edits.jsonl`.
    fn name(&self) -> StageName;

    /// Notes what this stage must know about the whole corpus before [`edit`](Self::edit).
    fn ask(&self, _doc: &Document, _scratch: &mut Scratch, _questions: &mut Questions) {}

    /// Appends proposed edits to `out`.
    ///
    /// Spans are byte ranges of `doc.text` on character boundaries, sorted; the applied ones do not overlap. A
    /// doubtful edit is appended with `applied: false`. Total: every valid string has an answer, so no `Result`.
    fn edit(&self, doc: &Document, survey: &Survey, scratch: &mut Scratch, out: &mut Vec<Edit>);
}

/// Buffers that one worker reuses from document to document, one of each type.
#[derive(Default)]
pub struct Scratch {
    slots: FxHashMap<TypeId, Box<dyn Any + Send>>,
}

impl Scratch {
    /// No buffers yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// This worker's buffer of type `T`; as the last user left it.
    ///
    /// # Panics
    /// Never: a slot is keyed by the type it holds.
    pub fn of<T: Default + Send + 'static>(&mut self) -> &mut T {
        self.slots
            .entry(TypeId::of::<T>())
            .or_insert_with(|| Box::new(T::default()))
            .downcast_mut()
            .expect("the slot is keyed by its own type")
    }
}

impl std::fmt::Debug for Scratch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Scratch({} slots)", self.slots.len())
    }
}

/// Why a stage could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// A lexicon or rule file that is part of the program, or that the user names, is malformed.
    #[error("{name}: line {line}: {problem}")]
    Data {
        /// File.
        name: String,
        /// 1-based line.
        line: usize,
        /// What is wrong there.
        problem: String,
    },
    /// A lexicon that the user names is malformed.
    #[error("{name}: line {line}: {problem}")]
    Lexicon {
        /// File.
        name: String,
        /// 1-based line.
        line: usize,
        /// What is wrong there.
        problem: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// A language model that the user names cannot be used.
    #[error("{name}: {problem}")]
    Model {
        /// File.
        name: String,
        /// What is wrong with it.
        problem: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// A file that the user names cannot be read.
    #[error("{}: cannot be read", path.display())]
    Read {
        /// File.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A setting is out of range.
    #[error("setting {key} is {value}: {allowed}")]
    Setting {
        /// Name of the setting.
        key: &'static str,
        /// Its value as given.
        value: String,
        /// What it may be.
        allowed: &'static str,
    },
    /// A setting names something that there is not.
    #[error("{key}: no {value:?}; there are {}", known.join(", "))]
    Unknown {
        /// Name of the setting.
        key: &'static str,
        /// The name as given.
        value: String,
        /// All names.
        known: Vec<&'static str>,
    },
}

impl SetupError {
    /// What the user can do about it, such as the known name nearest to an unknown one.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Unknown { value, known, .. } => {
                nearest(value, known).map(|near| format!("did you mean {near}?"))
            }
            Self::Lexicon { remedy, .. } | Self::Model { remedy, .. } => Some((*remedy).to_owned()),
            Self::Read { .. } => Some(
                "name a lexicon as `limpid learn-spin` writes it: a text file in UTF-8 with tabs between its columns"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

/// The one of `known` that `name` was probably meant to be.
pub(crate) fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    known
        .iter()
        .map(|k| (strsim::jaro_winkler(name, k), *k))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(score, _)| *score > 0.7)
        .map(|(_, near)| near)
}
