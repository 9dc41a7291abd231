//! The columns of words of all documents, in a file that is mapped into memory when they are compared.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use memmap2::Mmap;

use super::guests::Guests;
use crate::corpus::spool;

/// Takes columns one after the other; 8 bytes of memory a document.
#[derive(Debug)]
pub(super) struct ColumnsWriter {
    tmp: PathBuf,
    file: Option<BufWriter<File>>,
    /// Where each column ends.
    ends: Vec<u64>,
}

impl ColumnsWriter {
    /// Ready for columns; they go to an unnamed file in `tmp`, which is made when there is one to write.
    pub(super) fn new(tmp: &Path) -> Self {
        Self {
            tmp: tmp.to_owned(),
            file: None,
            ends: Vec::new(),
        }
    }

    /// Adds the column of the next document.
    ///
    /// # Errors
    /// When the disk is full.
    pub(super) fn add(&mut self, column: &[u8]) -> io::Result<()> {
        let at = self.ends.last().copied().unwrap_or(0);
        self.ends.push(at + column.len() as u64);
        if column.is_empty() {
            return Ok(());
        }
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(BufWriter::with_capacity(
                256 << 10,
                tempfile::tempfile_in(&self.tmp)?,
            )),
        };
        file.write_all(column)
    }

    /// Ends writing; the columns can now be read.
    ///
    /// # Errors
    /// When the disk is full or the file cannot be mapped.
    pub(super) fn finish(self) -> io::Result<Columns<'static>> {
        let map = match self.file {
            Some(file) => {
                let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
                Some(spool::map(&file)?)
            }
            None => None,
        };
        Ok(Columns {
            map,
            ends: self.ends,
            guests: None,
        })
    }
}

/// The columns, mapped into memory; the system pages them in and out.
#[derive(Debug)]
pub(super) struct Columns<'g> {
    map: Option<Mmap>,
    ends: Vec<u64>,
    guests: Option<&'g Guests>,
}

impl Columns<'static> {
    /// With those of the guests after them.
    pub(super) fn with(self, guests: &Guests) -> Columns<'_> {
        Columns {
            map: self.map,
            ends: self.ends,
            guests: Some(guests),
        }
    }
}

impl Columns<'_> {
    /// Gives the memory back that reading columns has filled.
    pub(super) fn release(&self) {
        if let Some(map) = &self.map {
            spool::release(map);
        }
    }

    /// The column of document `n`, numbered in the order of adding; empty when there is none.
    pub(super) fn get(&self, n: u32) -> &[u8] {
        if let (Some(guests), Some(i)) = (self.guests, n.checked_sub(self.ends.len() as u32)) {
            return guests.column(i);
        }
        let end = |n: usize| self.ends.get(n).map_or(0, |&end| end as usize);
        let start = (n as usize).checked_sub(1).map_or(0, end);
        self.map
            .as_ref()
            .and_then(|map| map.get(start..end(n as usize)))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_come_back() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = ColumnsWriter::new(dir.path());
        for column in [&b""[..], b"abc", b"", b"de"] {
            writer.add(column).unwrap();
        }
        let columns = writer.finish().unwrap();
        assert_eq!(
            [0, 1, 2, 3, 4].map(|n| columns.get(n)),
            [&b""[..], b"abc", b"", b"de", b""]
        );
        assert!(
            ColumnsWriter::new(dir.path())
                .finish()
                .unwrap()
                .get(0)
                .is_empty()
        );
    }
}
