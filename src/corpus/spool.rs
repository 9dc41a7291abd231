//! The cleaned texts of a run, kept on disk between the clean and the compare pass.

use std::fs::File;
use std::io::{self, BufWriter, Seek, Write};
use std::path::Path;

use memmap2::Mmap;

use crate::edit::CharSpan;

/// Where a stretch of one text lies in the text it was made from, both counted in scalar values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CharRegion {
    /// In the source text.
    pub source: CharSpan,
    /// In the cleaned text.
    pub cleaned: CharSpan,
}

/// Where a document stands in a spool: its text from byte `text` on, then its name, then its regions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub text: u64,
    pub text_len: u32,
    pub name_len: u32,
    /// How many regions.
    pub regions: u32,
}

impl Place {
    /// One past the last byte.
    pub(crate) fn end(self) -> u64 {
        self.text
            + u64::from(self.text_len)
            + u64::from(self.name_len)
            + u64::from(self.regions) * REGION as u64
    }
}

/// Bytes of a region.
const REGION: usize = 16;
/// Bytes written at a time. The system keeps a file in pieces as large as they were written, and reading a byte of the map brings
/// in a whole piece.
const WRITTEN: usize = 64 << 10;

/// Takes texts one after the other; 24 bytes of memory a document.
#[derive(Debug)]
pub struct SpoolWriter {
    file: BufWriter<File>,
    places: Vec<Place>,
    at: u64,
}

impl SpoolWriter {
    /// A spool in folder `tmp`; the file has no name and goes with the process.
    ///
    /// # Errors
    /// When the folder cannot take a file.
    pub fn new(tmp: &Path) -> io::Result<Self> {
        Ok(Self::over(tempfile::tempfile_in(tmp)?, Vec::new()))
    }

    /// A spool in a new file at `path`, which stays when the process dies.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(path)?;
        Ok(Self::over(file, Vec::new()))
    }

    /// The spool that [`create`](Self::create) began at `path`, to go on behind the documents at `places`; what was written
    /// behind them is cut off.
    ///
    /// # Errors
    /// When the file cannot be opened or is shorter.
    pub(crate) fn again(path: &Path, places: Vec<Place>) -> io::Result<Self> {
        let mut file = File::options().read(true).write(true).open(path)?;
        let end = places.last().map_or(0, |p| p.end());
        if file.metadata()?.len() < end {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        file.set_len(end)?;
        file.seek(io::SeekFrom::End(0))?;
        Ok(Self::over(file, places))
    }

    fn over(file: File, places: Vec<Place>) -> Self {
        Self {
            file: BufWriter::with_capacity(WRITTEN, file),
            at: places.last().map_or(0, |p| p.end()),
            places,
        }
    }

    /// Hands what was added to the system, so that it is there when the process dies.
    ///
    /// # Errors
    /// When the disk is full.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }

    /// Where the document that was added last stands.
    pub(crate) fn last(&self) -> Option<Place> {
        self.places.last().copied()
    }

    /// Adds the next document: its name, its cleaned text, and where that differs from the source.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn add(&mut self, name: &str, text: &str, regions: &[CharRegion]) -> io::Result<()> {
        self.file.write_all(text.as_bytes())?;
        self.file.write_all(name.as_bytes())?;
        let place = Place {
            text: self.at,
            text_len: text.len() as u32,
            name_len: name.len() as u32,
            regions: regions.len() as u32,
        };
        self.at += (text.len() + name.len()) as u64;
        for r in regions {
            for n in [r.source.start, r.source.end, r.cleaned.start, r.cleaned.end] {
                self.file.write_all(&(n as u32).to_le_bytes())?;
                self.at += 4;
            }
        }
        self.places.push(place);
        Ok(())
    }

    /// Ends writing; the texts can now be read.
    ///
    /// # Errors
    /// When the disk is full or the file cannot be mapped.
    pub fn finish(self) -> io::Result<Spool> {
        let file = self
            .file
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        let map = if self.at == 0 {
            None
        } else {
            Some(map(&file)?)
        };
        Ok(Spool {
            map,
            places: self.places,
        })
    }
}

/// Maps a file that nothing writes any more: one without a name, or one in the folder whose lock the run holds.
///
/// # Errors
/// When the system refuses.
#[expect(
    unsafe_code,
    reason = "the file has no name, or lies in the folder of an unfinished run, whose lock this process holds: nothing else changes or shortens it"
)]
pub(crate) fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: see the reason above; the writer is gone by the time the map is made.
    unsafe { Mmap::map(file) }
}

/// Takes the pages of a mapped file out of this process, where the system can; reading brings them back.
#[cfg(unix)]
#[expect(
    unsafe_code,
    reason = "the file is mapped for reading, so there is nothing that could be lost"
)]
pub(crate) fn release(map: &Mmap) {
    // SAFETY: see the reason above; what is read afterwards comes from the file, which holds the same.
    // Failing would mean that the pages stay, which is no harm.
    let _ = unsafe { map.unchecked_advise(memmap2::UncheckedAdvice::DontNeed) };
}

/// Nothing, where there is no such call.
#[cfg(not(unix))]
pub(crate) fn release(_: &Mmap) {}

/// The texts, mapped into memory; the system pages them in and out.
#[derive(Debug)]
pub struct Spool {
    map: Option<Mmap>,
    places: Vec<Place>,
}

impl Spool {
    /// The cleaned text of document `n`, counted from 0 in the order of adding; empty when there is no such document.
    pub fn text(&self, n: u32) -> &str {
        self.get(n).text()
    }

    /// The name of document `n`; empty when there is no such document.
    pub fn name(&self, n: u32) -> &str {
        self.get(n).name()
    }

    /// The stretch of the source text that stretch `cleaned` of document `n` comes from, both in scalar values.
    ///
    /// As [`EditLog::to_source`](crate::edit::EditLog::to_source): the smallest that holds it.
    pub fn to_source(&self, n: u32, cleaned: CharSpan) -> CharSpan {
        self.get(n).to_source(cleaned)
    }

    /// Gives the memory back that reading the texts has filled; they are read from the system's cache again. Cheap.
    pub(crate) fn release(&self) {
        if let Some(map) = &self.map {
            release(map);
        }
    }

    /// All that is kept of document `n`.
    pub(crate) fn get(&self, n: u32) -> Spooled<'_> {
        match (&self.map, self.places.get(n as usize)) {
            (Some(map), Some(&place)) => Spooled::of(map, place),
            _ => Spooled::default(),
        }
    }

    /// Where document `n` stands.
    pub(crate) fn place(&self, n: u32) -> Option<Place> {
        self.places.get(n as usize).copied()
    }

    /// Documents in it.
    pub(crate) fn len(&self) -> u32 {
        self.places.len() as u32
    }
}

/// A document in the bytes of a spool.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spooled<'m> {
    bytes: &'m [u8],
    text: usize,
    name: usize,
}

impl<'m> Spooled<'m> {
    /// The document at `place` of a spool; an empty one where there is none.
    pub(crate) fn of(spool: &'m [u8], place: Place) -> Self {
        let text = place.text_len as usize;
        spool
            .get(place.text as usize..place.end() as usize)
            .map_or_else(Self::default, |bytes| Self {
                bytes,
                text,
                name: text + place.name_len as usize,
            })
    }

    /// All bytes: text, name, regions.
    pub(crate) fn bytes(self) -> &'m [u8] {
        self.bytes
    }

    /// The cleaned text.
    pub(crate) fn text(self) -> &'m str {
        as_text(&self.bytes[..self.text])
    }

    /// The name.
    pub(crate) fn name(self) -> &'m str {
        as_text(&self.bytes[self.text..self.name])
    }

    /// See [`Spool::to_source`].
    pub(crate) fn to_source(self, cleaned: CharSpan) -> CharSpan {
        let regions = self.regions();
        let first = regions.partition_point(|r| r.cleaned.end <= cleaned.start);
        let start = match regions.get(first) {
            Some(r) if r.cleaned.start < cleaned.start => r.source.start,
            _ => behind(&regions, first, cleaned.start),
        };
        let last = regions.partition_point(|r| r.cleaned.start < cleaned.end);
        let end = match last.checked_sub(1).map(|i| regions[i]) {
            Some(r) if r.cleaned.end > cleaned.end => r.source.end,
            _ => behind(&regions, last, cleaned.end),
        };
        CharSpan {
            start,
            end: end.max(start),
        }
    }

    fn regions(self) -> Vec<CharRegion> {
        let number = |b: &[u8]| b.iter().rev().fold(0usize, |n, &b| n << 8 | b as usize);
        self.bytes[self.name..]
            .chunks_exact(REGION)
            .map(|c| CharRegion {
                source: CharSpan {
                    start: number(&c[..4]),
                    end: number(&c[4..8]),
                },
                cleaned: CharSpan {
                    start: number(&c[8..12]),
                    end: number(&c[12..]),
                },
            })
            .collect()
    }
}

/// What [`SpoolWriter::add`] wrote from a `str` is one.
fn as_text(bytes: &[u8]) -> &str {
    let text = simdutf8::basic::from_utf8(bytes);
    debug_assert!(text.is_ok(), "the spool holds what was written to it");
    text.unwrap_or_default()
}

/// The source offset of cleaned offset `at`, of whose regions the first `n` lie before it.
fn behind(regions: &[CharRegion], n: usize, at: usize) -> usize {
    match n.checked_sub(1).map(|i| regions[i]) {
        Some(r) => r.source.end + (at - r.cleaned.end),
        None => at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: usize, end: usize) -> CharSpan {
        CharSpan { start, end }
    }

    #[test]
    fn texts_and_places_come_back() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = SpoolWriter::new(dir.path()).unwrap();
        writer.add("empty", "", &[]).unwrap();
        // "Head\nbody old end" became "body new! end": 5 removed, "old" replaced.
        let regions = [
            CharRegion {
                source: span(0, 5),
                cleaned: span(0, 0),
            },
            CharRegion {
                source: span(10, 13),
                cleaned: span(5, 9),
            },
        ];
        writer.add("x.txt", "body new! end", &regions).unwrap();
        let spool = writer.finish().unwrap();
        assert_eq!(spool.text(0), "");
        assert_eq!(spool.text(1), "body new! end");
        assert_eq!(
            (spool.name(0), spool.name(1), spool.name(2)),
            ("empty", "x.txt", "")
        );
        assert_eq!(spool.text(2), "");
        assert_eq!(spool.to_source(1, span(0, 4)), span(5, 9));
        assert_eq!(spool.to_source(1, span(6, 13)), span(10, 17));
    }

    #[test]
    fn a_spool_of_nothing_is_fine() {
        let dir = tempfile::tempdir().unwrap();
        let spool = SpoolWriter::new(dir.path()).unwrap().finish().unwrap();
        assert_eq!(spool.text(0), "");
    }
}
