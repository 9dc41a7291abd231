//! Merging: many segments become one, without the documents that do not count.

use std::io;

use super::files::remove_folder;
use super::segment::Entry;
use super::{Index, IndexError, Segment};
use crate::corpus::runs::Merged;
use crate::corpus::spool::Place;

/// A record that was dropped by renumbering.
const NONE: u32 = u32::MAX;

impl Index {
    /// Writes all segments as one, leaving out documents that do not count; how many segments there were. Holds four bytes a
    /// document.
    ///
    /// # Errors
    /// When a file cannot be read or written; the index is then what it was. More than 2³² - 2 documents.
    pub fn merge(&mut self) -> Result<usize, IndexError> {
        let before = self.segments.len();
        let dead = |s: &Segment| u64::from(s.entries()) != s.documents();
        if before == 0 || (before == 1 && !dead(&self.segments[0])) {
            return Ok(before);
        }
        let segments = self.segments.clone();
        let mut numbers = 0u32..NONE;
        let mut renumbered: Vec<Vec<u32>> = Vec::with_capacity(before);
        for segment in &segments {
            let mut of_segment = Vec::with_capacity(segment.entries() as usize);
            for n in 0..segment.entries() {
                let live = segment.entry(n).is_some_and(|e| !e.dead);
                let number = if live { numbers.next() } else { Some(NONE) };
                of_segment.push(number.ok_or_else(|| IndexError::TooManyDocuments {
                    path: self.dir().to_owned(),
                })?);
            }
            renumbered.push(of_segment);
        }
        let mut inputs: Vec<String> = segments.iter().flat_map(|s| s.inputs()).cloned().collect();
        inputs.dedup();
        let mut incoming = self.begin(&inputs)?;
        let each = || {
            segments.iter().zip(&renumbered).flat_map(|(s, numbers)| {
                (0u32..)
                    .zip(numbers)
                    .filter(|(_, number)| **number != NONE)
                    .map(move |(n, _)| (s.as_ref(), n))
            })
        };
        let failed = |source| IndexError::Io {
            path: self.dir().to_owned(),
            doing: "read",
            source,
        };
        let runs = segments.iter().zip(&renumbered).map(|(s, numbers)| {
            Ok(s.bands()?
                .filter_map(|r| renumber(r, numbers, |n| n, |new, _| u64::from(new))))
        });
        let runs = runs.collect::<io::Result<Vec<_>>>().map_err(failed)?;
        incoming.bands(Merged::new(runs).map_err(failed)?)?;
        let runs = segments.iter().zip(&renumbered).map(|(s, numbers)| {
            let with_word = |new: u32, old: u64| u64::from(new) << 32 | old & u64::from(u32::MAX);
            Ok(s.fingerprints()?
                .filter_map(move |r| renumber(r, numbers, |n| n >> 32, with_word)))
        });
        let runs = runs.collect::<io::Result<Vec<_>>>().map_err(failed)?;
        incoming.fingerprints(Merged::new(runs).map_err(failed)?)?;
        incoming.columns(each().map(|(s, n)| s.column(n)))?;
        incoming.texts(each().map(|(s, n)| s.spooled(n).bytes()))?;
        let (mut text, mut column_end) = (0u64, 0u64);
        incoming.documents(each().map(|(s, n)| {
            let entry = s.entry(n).unwrap_or_default();
            let place = Place {
                text,
                ..entry.place
            };
            text += s.spooled(n).bytes().len() as u64;
            column_end += s.column(n).len() as u64;
            Entry {
                place,
                column_end,
                ..entry
            }
        }))?;
        let name = incoming.publish(self.dir())?;
        self.replace(vec![name])?;
        for segment in segments {
            remove_folder(segment.dir())?;
        }
        Ok(before)
    }
}

/// A record with the new number of its document; `None` when that is gone.
fn renumber(
    record: io::Result<[u64; 2]>,
    numbers: &[u32],
    old: impl Fn(u64) -> u64,
    value: impl Fn(u32, u64) -> u64,
) -> Option<io::Result<[u64; 2]>> {
    match record {
        Ok([key, place]) => match numbers.get(old(place) as usize) {
            Some(&new) if new != NONE => Some(Ok([key, value(new, place)])),
            _ => None,
        },
        Err(e) => Some(Err(e)),
    }
}
