//! Corpora as people have them: finding inputs, reading documents, writing results, the run folder.
//!
//! [`inputs::find`] turns what the user named into a sorted list of files; [`read::Reader`] reads one of them document
//! by document; [`folder::RunFolder`] takes the results and makes them appear whole or not at all. What cannot be
//! read becomes a [`Reject`] and the run goes on.

pub mod archive;
pub mod columns;
pub mod compression;
pub mod counts;
pub mod folder;
pub mod format;
pub mod index;
pub mod inputs;
pub mod json_text;
pub mod line;
pub(crate) mod names;
pub mod read;
pub mod row;
pub(crate) mod runs;
pub(crate) mod sections;
pub mod shards;
pub mod spool;
#[cfg(feature = "cloud")]
pub mod storage;

use serde::{Deserialize, Serialize};

pub use format::Format;

/// A document, or a place where one should be, that could not be read. The run goes on without it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reject {
    /// The input's path, as documents of it would carry it.
    pub path: String,
    /// Byte offset in the (decompressed) input where the document would begin.
    pub offset: u64,
    /// Why, in kebab-case, for counting.
    pub reason: String,
    /// Why, in words, with what can be done about it.
    pub detail: String,
}

impl Reject {
    pub(crate) fn new(path: &str, offset: u64, reason: &str, detail: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            offset,
            reason: reason.to_owned(),
            detail: detail.into(),
        }
    }
}
