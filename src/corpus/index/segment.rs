//! A segment: the documents that one run added, read only.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use memmap2::Mmap;
use serde::{Deserialize, Serialize};

use super::files::{
    ABOUT, BANDS, COLUMNS, DOCUMENTS, FINGERPRINTS, TEXTS, damaged, failed, read_json,
};
use super::{FORMAT, IndexError};
use crate::corpus::runs::Reader;
use crate::corpus::spool::{Place, Spooled};

/// Bytes of an entry on disk.
pub(super) const ENTRY: usize = 72;
/// Set in the flags of a document that no run is to be compared with.
const DEAD: u32 = 1;
/// Set in the flags of a document that was called spun.
const SPUN: u32 = 2;

/// The files of a segment beside `segment.json`.
pub(super) const FILES: [&str; 5] = [DOCUMENTS, TEXTS, COLUMNS, BANDS, FINGERPRINTS];

/// `segment.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct About {
    pub format: u32,
    /// Documents that count.
    pub documents: u64,
    /// What they were read from, as the user named it.
    pub inputs: Vec<String>,
    /// By name: length and XXH3 in hexadecimal digits.
    pub files: BTreeMap<String, (u64, String)>,
}

/// What is kept of a document beside its text and keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The id that its run gave it.
    pub id: u64,
    /// Says where it was read and what it says, so that the same document is not compared with itself when it is read again.
    pub identity: u64,
    /// Hash of the text without white space and case.
    pub digest: u64,
    /// Words of clean text.
    pub words: u32,
    /// Edits made to it.
    pub edits: u32,
    /// Date as `YYYYMMDD`, 0 for none.
    pub date: u32,
    /// How many fingerprints it has.
    pub fingerprints: u32,
    /// Whether runs are not to be compared with it: a duplicate that was left out, or a document that an older segment holds.
    pub dead: bool,
    /// Whether it was called spun.
    pub spun: bool,
    /// Where its text begins in `texts`, and the lengths there.
    pub(crate) place: Place,
    /// Where its column of words ends in `columns`.
    pub(crate) column_end: u64,
}

impl Entry {
    /// The bytes on disk.
    pub(super) fn to_bytes(self) -> [u8; ENTRY] {
        let half = |high: u32, low: u32| u64::from(high) << 32 | u64::from(low);
        let numbers = [
            self.id,
            self.identity,
            self.digest,
            half(self.words, self.edits),
            half(self.date, self.fingerprints),
            self.place.text,
            half(self.place.text_len, self.place.name_len),
            half(
                self.place.regions,
                (u32::from(self.dead) * DEAD) | (u32::from(self.spun) * SPUN),
            ),
            self.column_end,
        ];
        let mut bytes = [0; ENTRY];
        for (slot, number) in bytes.chunks_exact_mut(8).zip(numbers) {
            slot.copy_from_slice(&number.to_le_bytes());
        }
        bytes
    }

    fn from_bytes(bytes: &[u8; ENTRY]) -> Self {
        let mut numbers = [0u64; ENTRY / 8];
        for (number, bytes) in numbers.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *number = u64::from_le_bytes(*bytes);
        }
        let [
            id,
            identity,
            digest,
            words,
            date,
            text,
            lengths,
            regions,
            column_end,
        ] = numbers;
        let halves = |n: u64| ((n >> 32) as u32, n as u32);
        let (words, edits) = halves(words);
        let (date, fingerprints) = halves(date);
        let (text_len, name_len) = halves(lengths);
        let (regions, flags) = halves(regions);
        Self {
            id,
            identity,
            digest,
            words,
            edits,
            date,
            fingerprints,
            dead: flags & DEAD != 0,
            spun: flags & SPUN != 0,
            place: Place {
                text,
                text_len,
                name_len,
                regions,
            },
            column_end,
        }
    }
}

/// A segment, mapped into memory; the system pages it in and out.
#[derive(Debug)]
pub struct Segment {
    dir: PathBuf,
    about: About,
    documents: Option<Mmap>,
    texts: Option<Mmap>,
    columns: Option<Mmap>,
}

impl Segment {
    /// Opens the segment in `dir`. Lengths are checked, contents are not: that is what verifying is for.
    pub(super) fn open(dir: &Path) -> Result<Self, IndexError> {
        let path = dir.join(ABOUT);
        let about: About = read_json(&path)?;
        if about.format != FORMAT {
            return Err(IndexError::Format {
                path: dir.to_owned(),
                format: about.format,
            });
        }
        for name in FILES {
            let path = dir.join(name);
            let length = std::fs::metadata(&path)
                .map_err(failed(&path, "read"))?
                .len();
            let expected = about.files.get(name).map_or(0, |f| f.0);
            if length != expected {
                let problem = format!("{length} bytes, but {expected} were written");
                return Err(damaged(&path, problem));
            }
        }
        let map = |name: &str| {
            let path = dir.join(name);
            map(&path).map_err(failed(&path, "read"))
        };
        Ok(Self {
            documents: map(DOCUMENTS)?,
            texts: map(TEXTS)?,
            columns: map(COLUMNS)?,
            dir: dir.to_owned(),
            about,
        })
    }

    /// Its folder's name.
    pub fn name(&self) -> String {
        let name = self.dir.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// Where it lies.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(super) fn about(&self) -> &About {
        &self.about
    }

    /// What its documents were read from, as the user named it.
    pub fn inputs(&self) -> &[String] {
        &self.about.inputs
    }

    /// Documents that runs are compared with.
    pub fn documents(&self) -> u64 {
        self.about.documents
    }

    /// Bytes on disk.
    pub fn bytes(&self) -> u64 {
        self.about.files.values().map(|f| f.0).sum()
    }

    /// Entries, those that do not count among them.
    pub fn entries(&self) -> u32 {
        self.documents.as_ref().map_or(0, |m| m.len() / ENTRY) as u32
    }

    /// The entry of document `n`; `None` when there is no such document.
    pub fn entry(&self, n: u32) -> Option<Entry> {
        let entries = self.documents.as_ref()?.as_chunks::<ENTRY>().0;
        entries.get(n as usize).map(Entry::from_bytes)
    }

    /// Text, name and regions of document `n`.
    pub(crate) fn spooled(&self, n: u32) -> Spooled<'_> {
        let bytes = self.texts.as_deref().unwrap_or_default();
        match self.entry(n) {
            Some(entry) => Spooled::of(bytes, entry.place),
            None => Spooled::default(),
        }
    }

    /// The column of words of document `n`.
    pub(crate) fn column(&self, n: u32) -> &[u8] {
        let end = |n: u32| self.entry(n).map_or(0, |e| e.column_end as usize);
        let start = n.checked_sub(1).map_or(0, end);
        self.columns
            .as_ref()
            .and_then(|map| map.get(start..end(n)))
            .unwrap_or_default()
    }

    /// Gives the memory back that reading texts and columns has filled.
    pub(crate) fn release(&self) {
        for map in [&self.texts, &self.columns].into_iter().flatten() {
            crate::corpus::spool::release(map);
        }
    }

    /// The keys of bands: key, document.
    pub(crate) fn bands(&self) -> io::Result<Reader<BufReader<File>, 2>> {
        self.run(BANDS)
    }

    /// The fingerprints: key, then document and word.
    pub(crate) fn fingerprints(&self) -> io::Result<Reader<BufReader<File>, 2>> {
        self.run(FINGERPRINTS)
    }

    fn run(&self, name: &str) -> io::Result<Reader<BufReader<File>, 2>> {
        let file = File::open(self.dir.join(name))?;
        Ok(Reader::new(BufReader::with_capacity(64 << 10, file)))
    }
}

#[expect(
    unsafe_code,
    reason = "segments are written under another name and never changed after"
)]
fn map(path: &Path) -> io::Result<Option<Mmap>> {
    let file = File::open(path)?;
    if file.metadata()?.len() == 0 {
        return Ok(None);
    }
    // SAFETY: no limpid changes or shortens the file of a finished segment; a merge writes new ones and unlinks these, which
    // leaves maps of them whole. A user who overwrites the files of an index while it is read is warned in docs/index.md.
    unsafe { Mmap::map(&file).map(Some) }
}
