//! The index: what a comparison needs of the documents of earlier runs, kept in a folder.
//!
//! Every run that adds documents writes one [`Segment`]: their entries, texts, columns of words, and two sorted runs of records, the
//! keys of their bands and their fingerprints, in the format of the runs that a comparison spills. Segments never change.
//! `index.json` lists those that count; it is replaced as a whole when a segment is complete on disk, so an index holds all of a
//! run or nothing of it, whenever the run dies. What a dead run leaves behind is not listed, and the next writer clears it.
//!
//! ```text
//! index.json          the format, what sketches were made with, the segments
//! lock                held by the one process that writes
//! segment-…/          segment.json, documents, texts, columns, bands, fingerprints
//! incoming-…/         a segment that is being written
//! ```

mod error;
mod files;
mod merge;
mod segment;
mod verify;
mod writer;

pub use error::IndexError;
pub use segment::{Entry, Segment};
pub use verify::{Damage, Leftover, Report};
pub use writer::Incoming;

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use files::{LIST, LOCK};

/// Version of the files of an index. In 2 the keys of short words are others than in 1, in 3 those of spun copies.
const FORMAT: u32 = 3;

/// What sketches were made with, by name: two can be compared only where all of it agrees.
pub type Shape = BTreeMap<String, String>;

/// `index.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct List {
    format: u32,
    shape: Shape,
    /// Names of the segments' folders, oldest first.
    segments: Vec<String>,
}

/// An index, open.
#[derive(Debug)]
pub struct Index {
    dir: PathBuf,
    list: List,
    segments: Vec<Arc<Segment>>,
    /// Held by those who write.
    lock: Option<File>,
}

impl Index {
    /// Opens the index in `dir` to compare with and to add to, making it if there is none; sketches are made with `shape`.
    ///
    /// What runs that died have left is cleared.
    ///
    /// # Errors
    /// When `dir` holds something else, another process writes there, the index was made with another shape, or a file
    /// is damaged or cannot be read.
    pub fn for_adding(dir: &Path, shape: &Shape) -> Result<Self, IndexError> {
        let made = Self::make_if_new(dir, shape)?;
        let lock = lock(dir)?;
        if made {
            files::sync_folder(dir)?;
        }
        let mut index = Self::open(dir)?;
        for (setting, ours) in shape {
            let theirs = index.list.shape.get(setting).map_or("", String::as_str);
            if theirs != ours {
                return Err(IndexError::Shape {
                    path: dir.to_owned(),
                    setting: setting.clone(),
                    theirs: theirs.to_owned(),
                    ours: ours.clone(),
                });
            }
        }
        for leftover in index.leftovers()? {
            files::remove_folder(&dir.join(&leftover.folder))?;
        }
        index.lock = Some(lock);
        Ok(index)
    }

    /// Opens the index in `dir` to look at.
    ///
    /// # Errors
    /// When there is none, or a file is damaged or cannot be read.
    pub fn open(dir: &Path) -> Result<Self, IndexError> {
        let list = Self::list_of(dir)?;
        let segments = list
            .segments
            .iter()
            .map(|name| Segment::open(&dir.join(name)).map(Arc::new))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            dir: dir.to_owned(),
            list,
            segments,
            lock: None,
        })
    }

    fn list_of(dir: &Path) -> Result<List, IndexError> {
        let list: List = files::read_json(&dir.join(LIST)).map_err(|e| match e {
            IndexError::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
                IndexError::NoIndex {
                    path: dir.to_owned(),
                }
            }
            other => other,
        })?;
        if list.format != FORMAT {
            return Err(IndexError::Format {
                path: dir.to_owned(),
                format: list.format,
            });
        }
        Ok(list)
    }

    /// Makes an index of nothing where `dir` is new or empty; whether it did.
    fn make_if_new(dir: &Path, shape: &Shape) -> Result<bool, IndexError> {
        fs::create_dir_all(dir).map_err(files::failed(dir, "make"))?;
        if dir.join(LIST).exists() {
            return Ok(false);
        }
        let entries = fs::read_dir(dir).map_err(files::failed(dir, "read"))?;
        for entry in entries {
            let name = entry.map_err(files::failed(dir, "read"))?.file_name();
            // A process that died while it made the index has left no more than these.
            if name != LOCK && !name.to_string_lossy().starts_with(LIST) {
                return Err(IndexError::Foreign {
                    path: dir.to_owned(),
                });
            }
        }
        let list = List {
            format: FORMAT,
            shape: shape.clone(),
            segments: Vec::new(),
        };
        files::write_json(&dir.join(LIST), &list)?;
        Ok(true)
    }

    /// The segments, oldest first.
    pub fn segments(&self) -> &[Arc<Segment>] {
        &self.segments
    }

    /// What its sketches were made with.
    pub fn shape(&self) -> &Shape {
        &self.list.shape
    }

    /// Where it lies.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Starts a segment for documents of `inputs`; it does not count before [`Index::commit`].
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn begin(&self, inputs: &[String]) -> Result<Incoming, IndexError> {
        Incoming::begin(&self.dir, inputs)
    }

    /// Makes a finished segment part of the index.
    ///
    /// # Errors
    /// When the folder cannot be written; the index is then what it was.
    pub fn commit(&mut self, incoming: Incoming) -> Result<(), IndexError> {
        let name = incoming.publish(&self.dir)?;
        let mut segments = self.list.segments.clone();
        segments.push(name);
        self.replace(segments)
    }

    /// Lists `names` as the segments.
    fn replace(&mut self, names: Vec<String>) -> Result<(), IndexError> {
        let list = List {
            segments: names,
            ..self.list.clone()
        };
        files::write_json(&self.dir.join(LIST), &list)?;
        files::sync_folder(&self.dir)?;
        self.segments = list
            .segments
            .iter()
            .map(|name| Segment::open(&self.dir.join(name)).map(Arc::new))
            .collect::<Result<_, _>>()?;
        self.list = list;
        Ok(())
    }
}

/// Takes the lock of writers.
fn lock(dir: &Path) -> Result<File, IndexError> {
    let path = dir.join(LOCK);
    let file = File::create(&path).map_err(files::failed(&path, "make"))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(IndexError::Busy {
            path: dir.to_owned(),
        }),
        // Locked, or a file system without locks: a second writer is then the user's to avoid.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
    }
}

#[cfg(test)]
mod tests;
