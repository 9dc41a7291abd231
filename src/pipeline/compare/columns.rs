//! The columns of words of all documents, in a file that is mapped into memory when they are compared.
//!
//! Pairs of documents bring two columns together from anywhere in the file. A map is a dear way to read a kilobyte: the system maps what
//! lies around it too, and has all that to take out again. So short columns are read into a buffer.

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
        let file = self.file.map(BufWriter::into_inner).transpose();
        let file = file.map_err(io::IntoInnerError::into_error)?;
        Ok(Columns {
            map: file.as_ref().map(spool::map).transpose()?,
            file,
            ends: self.ends,
            guests: None,
        })
    }
}

/// The columns, mapped into memory; the system pages them in and out.
#[derive(Debug)]
pub(super) struct Columns<'g> {
    file: Option<File>,
    map: Option<Mmap>,
    ends: Vec<u64>,
    guests: Option<&'g Guests>,
}

impl Columns<'static> {
    /// With those of the guests after them.
    pub(super) fn with(self, guests: &Guests) -> Columns<'_> {
        Columns {
            file: self.file,
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
        let (start, end) = self.place(n);
        self.map
            .as_ref()
            .and_then(|map| map.get(start as usize..end as usize))
            .unwrap_or_default()
    }

    /// As [`Columns::get`], by way of `column`, which keeps it, where that is cheaper; whether the bytes are those of the map.
    pub(super) fn read<'c>(&'c self, n: u32, column: &'c mut Column) -> (&'c [u8], bool) {
        if column.number == Some(n) {
            return (&column.bytes, false);
        }
        column.number = None;
        if (n as usize) < self.ends.len()
            && let (start, end) = self.place(n)
            && end - start <= COPIED
            && let Some(file) = &self.file
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
        let mut writer = ColumnsWriter::new(dir.path());
        for column in [&b""[..], b"abc", b"", b"de"] {
            writer.add(column).unwrap();
        }
        let columns = writer.finish().unwrap();
        assert_eq!(
            [0, 1, 2, 3, 4].map(|n| columns.get(n)),
            [&b""[..], b"abc", b"", b"de", b""]
        );
        let mut column = Column::default();
        for n in [3, 1, 1, 0, 4, 2, 3] {
            assert_eq!(columns.read(n, &mut column).0, columns.get(n));
        }
        assert!(
            ColumnsWriter::new(dir.path())
                .finish()
                .unwrap()
                .get(0)
                .is_empty()
        );
    }
}
