//! A segment being written.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::files::{
    ABOUT, BANDS, COLUMNS, DOCUMENTS, Digesting, FINGERPRINTS, INCOMING, PLAN, SEGMENT, TEXTS,
    failed, sync_folder, write_json,
};
use super::segment::{About, Entry};
use super::{FORMAT, IndexError};
use crate::corpus::runs;

/// `inputs.json`: what the documents of a segment that is being written are read from.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Plan {
    pub inputs: Vec<String>,
}

/// A segment being written. Dropped, it is gone; [`Index::commit`](super::Index::commit) makes it part of the index.
#[derive(Debug)]
pub struct Incoming {
    dir: TempDir,
    inputs: Vec<String>,
    files: BTreeMap<String, (u64, String)>,
    documents: u64,
}

impl Incoming {
    pub(super) fn begin(index: &Path, inputs: &[String]) -> Result<Self, IndexError> {
        let dir = tempfile::Builder::new()
            .prefix(INCOMING)
            .tempdir_in(index)
            .map_err(failed(index, "write"))?;
        let plan = Plan {
            inputs: inputs.to_vec(),
        };
        write_json(&dir.path().join(PLAN), &plan)?;
        Ok(Self {
            dir,
            inputs: plan.inputs,
            files: BTreeMap::new(),
            documents: 0,
        })
    }

    /// Writes the sorted keys of bands: key, document.
    pub(crate) fn bands(
        &mut self,
        records: impl Iterator<Item = io::Result<[u64; 2]>>,
    ) -> Result<(), IndexError> {
        self.write(BANDS, |out| runs::write(records, out).map(drop))
    }

    /// Writes the sorted fingerprints: key, then document and word.
    pub(crate) fn fingerprints(
        &mut self,
        records: impl Iterator<Item = io::Result<[u64; 2]>>,
    ) -> Result<(), IndexError> {
        self.write(FINGERPRINTS, |out| runs::write(records, out).map(drop))
    }

    /// Writes the columns of words of all documents, one after the other.
    pub(crate) fn columns<'b>(
        &mut self,
        mut columns: impl Iterator<Item = &'b [u8]>,
    ) -> Result<(), IndexError> {
        self.write(COLUMNS, |out| columns.try_for_each(|c| out.write_all(c)))
    }

    /// Writes the bytes of all documents in a spool, one after the other.
    pub(crate) fn texts<'b>(
        &mut self,
        mut texts: impl Iterator<Item = &'b [u8]>,
    ) -> Result<(), IndexError> {
        self.write(TEXTS, |out| texts.try_for_each(|t| out.write_all(t)))
    }

    /// Writes what is kept of each document, in their order.
    pub(crate) fn documents(
        &mut self,
        entries: impl Iterator<Item = Entry>,
    ) -> Result<(), IndexError> {
        let mut count = 0;
        self.write(DOCUMENTS, |out| {
            for entry in entries {
                count += u64::from(!entry.dead);
                out.write_all(&entry.to_bytes())?;
            }
            Ok(())
        })?;
        self.documents = count;
        Ok(())
    }

    /// Documents that count.
    pub fn len(&self) -> u64 {
        self.documents
    }

    /// Whether nothing would be added.
    pub fn is_empty(&self) -> bool {
        self.documents == 0
    }

    fn write(
        &mut self,
        name: &str,
        fill: impl FnOnce(&mut Digesting) -> io::Result<()>,
    ) -> Result<(), IndexError> {
        let path = self.dir.path().join(name);
        let write = || {
            let mut out = Digesting::create(&path)?;
            fill(&mut out)?;
            out.finish()
        };
        let (length, digest) = write().map_err(failed(&path, "write"))?;
        self.files
            .insert(name.to_owned(), (length, format!("{digest:016x}")));
        Ok(())
    }

    /// Gives the folder its name as a segment, everything being on disk; returns it.
    pub(super) fn publish(mut self, index: &Path) -> Result<String, IndexError> {
        for name in super::segment::FILES {
            if !self.files.contains_key(name) {
                self.write(name, |_| Ok(()))?;
            }
        }
        let about = About {
            format: FORMAT,
            documents: self.documents,
            inputs: self.inputs,
            files: self.files,
        };
        let from = self.dir.path();
        write_json(&from.join(ABOUT), &about)?;
        let plan = from.join(PLAN);
        std::fs::remove_file(&plan).map_err(failed(&plan, "remove"))?;
        sync_folder(from)?;
        let name = from.file_name().unwrap_or_default().to_string_lossy();
        let name = name.replacen(INCOMING, SEGMENT, 1);
        let to = index.join(&name);
        std::fs::rename(from, &to).map_err(failed(&to, "put in place"))?;
        // Renamed: there is nothing left to clear.
        let _ = self.dir.keep();
        sync_folder(index)?;
        Ok(name)
    }
}
