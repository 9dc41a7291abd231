//! The columns of words of all documents: in memory while they are few, in a file that is mapped into memory from then on.
//!
//! Pairs of documents bring two columns together from anywhere in the file. A map is a dear way to read a kilobyte: the system maps what
//! lies around it too, and has all that to take out again. So short columns are read into a buffer.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use memmap2::Mmap;

use super::guests::Guests;
use crate::corpus::spool;

/// Takes columns one after the other; 8 bytes of memory a document, and what is held of them.
#[derive(Debug)]
pub(super) struct ColumnsWriter {
    tmp: PathBuf,
    /// All of them, as long as they are at most `most` bytes.
    held: Vec<u8>,
    most: u64,
    /// All of them once they are more.
    file: Option<BufWriter<File>>,
    /// Where each column ends.
    ends: Vec<u64>,
}

impl ColumnsWriter {
    /// Ready for columns. Where they become more than `memory` bytes they go to an unnamed file in `tmp`.
    pub(super) fn new(memory: u64, tmp: &Path) -> Self {
        Self {
            tmp: tmp.to_owned(),
            held: Vec::new(),
            most: memory,
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
        let end = at + column.len() as u64;
        self.ends.push(end);
        if let Some(file) = &mut self.file {
            return file.write_all(column);
        }
        if end <= self.most {
            self.held.extend_from_slice(column);
            return Ok(());
        }
        let file = tempfile::tempfile_in(&self.tmp)?;
        let file = self.file.insert(BufWriter::with_capacity(256 << 10, file));
        file.write_all(&std::mem::take(&mut self.held))?;
        file.write_all(column)
    }

    /// Ends writing; the columns can now be read.
    ///
    /// # Errors
    /// When the disk is full or the file cannot be mapped.
    pub(super) fn finish(self) -> io::Result<Columns<'static>> {
        let file = self.file.map(BufWriter::into_inner).transpose();
        let file = file.map_err(io::IntoInnerError::into_error)?;
        Ok(Columns {
            bytes: match file {
                Some(file) => Bytes::Mapped(spool::map(&file)?, file),
                None => Bytes::Held(self.held),
            },
            ends: self.ends,
            guests: None,
        })
    }
}

/// The columns.
#[derive(Debug)]
pub(super) struct Columns<'g> {
    bytes: Bytes,
    ends: Vec<u64>,
    guests: Option<&'g Guests>,
}

#[derive(Debug)]
enum Bytes {
    Held(Vec<u8>),
    /// The system pages them in and out.
    Mapped(Mmap, File),
}

impl Columns<'static> {
    /// With those of the guests after them.
    pub(super) fn with(self, guests: &Guests) -> Columns<'_> {
        Columns {
            bytes: self.bytes,
            ends: self.ends,
            guests: Some(guests),
        }
    }
}

impl Columns<'_> {
    /// Gives the memory back that reading columns has filled.
    pub(super) fn release(&self) {
        if let Bytes::Mapped(map, _) = &self.bytes {
            spool::release(map);
        }
    }

    /// The column of document `n`, numbered in the order of adding; empty when there is none.
    pub(super) fn get(&self, n: u32) -> &[u8] {
        if let (Some(guests), Some(i)) = (self.guests, n.checked_sub(self.ends.len() as u32)) {
            return guests.column(i);
        }
        let (start, end) = self.place(n);
        let bytes: &[u8] = match &self.bytes {
            Bytes::Held(held) => held,
            Bytes::Mapped(map, _) => map,
        };
        bytes.get(start as usize..end as usize).unwrap_or_default()
    }

    /// As [`Columns::get`], by way of `column`, which keeps it, where that is cheaper; whether the bytes are those of the map.
    pub(super) fn read<'c>(&'c self, n: u32, column: &'c mut Column) -> (&'c [u8], bool) {
        let file = match &self.bytes {
            Bytes::Held(_) => return (self.get(n), false),
            Bytes::Mapped(_, file) => file,
        };
        if column.number == Some(n) {
            return (&column.bytes, false);
        }
        column.number = None;
        if (n as usize) < self.ends.len()
            && let (start, end) = self.place(n)
            && end - start <= COPIED
        {
            column.bytes.resize((end - start) as usize, 0);
            if read_at(file, &mut column.bytes, start).is_ok() {
                column.number = Some(n);
                return (&column.bytes, false);
            }
        }
        (self.get(n), true)
    }

    /// Where the column of document `n` begins and ends in the file.
    fn place(&self, n: u32) -> (u64, u64) {
        let end = |n: usize| self.ends.get(n).copied().unwrap_or(0);
        ((n as usize).checked_sub(1).map_or(0, end), end(n as usize))
    }
}

/// Bytes of a column from which on it is read in the map: those of some 15,000 words.
const COPIED: u64 = 64 << 10;

/// A column that was read, for [`Columns::read`].
#[derive(Debug, Default)]
pub(super) struct Column {
    number: Option<u32>,
    bytes: Vec<u8>,
}

/// Fills `bytes` from byte `at` of a file on.
#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at)
}

/// Nothing, where the place of a file is one for all threads.
#[cfg(not(unix))]
fn read_at(_: &File, _: &mut [u8], _: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_come_back() {
        let dir = tempfile::tempdir().unwrap();
        for memory in [0, 3, 4, 100] {
            let mut writer = ColumnsWriter::new(memory, dir.path());
            for column in [&b""[..], b"abc", b"", b"de"] {
                writer.add(column).unwrap();
            }
            assert_eq!(writer.file.is_some(), memory < 5);
            let columns = writer.finish().unwrap();
            assert_eq!(
                [0, 1, 2, 3, 4].map(|n| columns.get(n)),
                [&b""[..], b"abc", b"", b"de", b""]
            );
            let mut column = Column::default();
            for n in [3, 1, 1, 0, 4, 2, 3] {
                assert_eq!(columns.read(n, &mut column).0, columns.get(n));
            }
        }
        let none = ColumnsWriter::new(0, dir.path()).finish().unwrap();
        assert!(none.get(0).is_empty());
    }
}
