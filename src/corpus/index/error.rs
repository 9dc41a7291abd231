//! Why an index cannot be used.

use std::io;
use std::path::PathBuf;

/// Why an index cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    /// There is something that is no index.
    #[error("{}: not empty, and no index of limpid", path.display())]
    Foreign {
        /// The folder.
        path: PathBuf,
    },
    /// There is no index.
    #[error("{}: holds no index", path.display())]
    NoIndex {
        /// The folder.
        path: PathBuf,
    },
    /// It was written by another version.
    #[error("{}: an index of format {format}, which this version cannot read", path.display())]
    Format {
        /// The folder.
        path: PathBuf,
        /// Its format.
        format: u32,
    },
    /// Another process is writing.
    #[error("{}: another run is adding to this index", path.display())]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// The index was made with other settings.
    #[error("{}: the index was made with {setting} = {theirs}, this run has {ours}", path.display())]
    Shape {
        /// The folder.
        path: PathBuf,
        /// What differs.
        setting: String,
        /// What the index has.
        theirs: String,
        /// What the run has.
        ours: String,
    },
    /// More documents than 32 bits can number.
    #[error("{}: more than {} documents", path.display(), u32::MAX - 1)]
    TooManyDocuments {
        /// The folder.
        path: PathBuf,
    },
    /// A file is not what was written.
    #[error("{}: damaged: {problem}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// Reading or writing failed.
    #[error("{}: cannot {doing}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// Why it failed.
        source: io::Error,
    },
}

impl IndexError {
    /// What the user can do about it, for the `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Foreign { .. } => {
                Some("name a new or empty folder, or that of an index".to_owned())
            }
            Self::NoIndex { .. } => Some("`limpid dedup … --index DIR` makes one".to_owned()),
            Self::Format { .. } => {
                Some("index the documents again with this version, in a new folder".to_owned())
            }
            Self::Busy { .. } => Some("wait until that run is done".to_owned()),
            Self::Shape {
                setting, theirs, ..
            } => Some(format!(
                "run with {setting} = {theirs}, or make another index"
            )),
            Self::Damaged { .. } => {
                Some("`limpid index verify DIR` says which documents to index again".to_owned())
            }
            Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => Some(
                "the disk is full; the index is what it was, make room and run again".to_owned(),
            ),
            Self::TooManyDocuments { .. } => Some("keep several indexes".to_owned()),
            Self::Io { .. } => None,
        }
    }
}
