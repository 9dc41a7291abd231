//! The cleaned texts of a run, kept on disk between the clean and the compare pass.

use std::fs::File;
use std::io::{self, BufWriter, Write};
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

#[derive(Clone, Copy, Debug)]
struct Place {
    text: u64,
    text_len: u32,
    name_len: u32,
    regions: u32,
}

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
        Ok(Self {
            file: BufWriter::with_capacity(1 << 20, tempfile::tempfile_in(tmp)?),
            places: Vec::new(),
            at: 0,
        })
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

/// Maps an unnamed file that nothing writes any more.
///
/// # Errors
/// When the system refuses.
#[expect(
    unsafe_code,
    reason = "the file has no name, so nothing but this process can change or shorten it"
)]
pub(crate) fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: see the reason above; the writer is gone by the time the map is made.
    unsafe { Mmap::map(file) }
}

/// The texts, mapped into memory; the system pages them in and out.
#[derive(Debug)]
pub struct Spool {
    map: Option<Mmap>,
    places: Vec<Place>,
}

impl Spool {
    /// The cleaned text of document `n`, counted from 0 in the order of adding; empty when there is no such document.
    pub fn text(&self, n: u32) -> &str {
        let Some((map, place)) = self.place(n) else {
            return "";
        };
        let start = place.text as usize;
        as_text(&map[start..start + place.text_len as usize])
    }

    /// The name of document `n`; empty when there is no such document.
    pub fn name(&self, n: u32) -> &str {
        let Some((map, place)) = self.place(n) else {
            return "";
        };
        let start = place.text as usize + place.text_len as usize;
        as_text(&map[start..start + place.name_len as usize])
    }

    /// The stretch of the source text that stretch `cleaned` of document `n` comes from, both in scalar values.
    ///
    /// As [`EditLog::to_source`](crate::edit::EditLog::to_source): the smallest that holds it.
    pub fn to_source(&self, n: u32, cleaned: CharSpan) -> CharSpan {
        let regions = self.regions(n);
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

    fn regions(&self, n: u32) -> Vec<CharRegion> {
        let Some((map, place)) = self.place(n) else {
            return Vec::new();
        };
        let start = place.text as usize + place.text_len as usize + place.name_len as usize;
        let bytes = &map[start..start + place.regions as usize * 16];
        let number = |b: &[u8]| b.iter().rev().fold(0usize, |n, &b| n << 8 | b as usize);
        bytes
            .chunks_exact(16)
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

    fn place(&self, n: u32) -> Option<(&Mmap, Place)> {
        Some((self.map.as_ref()?, *self.places.get(n as usize)?))
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
