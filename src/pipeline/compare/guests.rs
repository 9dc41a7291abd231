//! Guests: documents of an index of earlier runs that share a key with a document of this run, and so take part in its comparison.
//!
//! They are found by reading the sorted keys of this run and of the index side by side; what shares no key is never
//! looked at. Guests come before all others in every order, are compared with the documents of this run alone, not with one
//! another, and nothing is decided about them.

use std::io;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::sorter::{Sorted, Sorter};
use super::{Documents, Rank};
use crate::corpus::index::{Entry, Index, Segment};
use crate::corpus::runs::Merged;
use crate::corpus::spool::Spooled;
use crate::document::DocId;
use crate::text::hash::combine;

/// Documents of an index that one key of a band brings in at most: enough for a bucket that is bounded then.
pub(super) const PER_BAND: usize = crate::dedup::pair::ALL_PAIRS + 1;
/// The same for a fingerprint.
pub(super) const PER_FINGERPRINT: usize = super::passages::ALL_PAIRS + 1;

/// The documents of an index that take part.
#[derive(Debug, Default)]
pub struct Guests {
    segments: Vec<Arc<Segment>>,
    /// Segment and number there, in the order in which they came in.
    members: Vec<(u32, u32)>,
}

impl Guests {
    fn of(&self, i: u32) -> Option<(&Segment, u32)> {
        let &(segment, n) = self.members.get(i as usize)?;
        Some((self.segments.get(segment as usize)?, n))
    }

    /// Text, name and regions of guest `i`.
    pub(in crate::pipeline) fn spooled(&self, i: u32) -> Spooled<'_> {
        self.of(i)
            .map_or_else(Spooled::default, |(s, n)| s.spooled(n))
    }

    /// The cleaned text of guest `i`; empty when there is no such guest.
    pub fn text(&self, i: u32) -> &str {
        self.spooled(i).text()
    }

    pub(super) fn release(&self) {
        self.segments.iter().for_each(|s| s.release());
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    pub(super) fn column(&self, i: u32) -> &[u8] {
        self.of(i).map_or(&[], |(s, n)| s.column(n))
    }
}

/// Which documents of this run are which: where each was read, and its text.
pub(super) fn identity(origin: u64, digest: u64) -> u64 {
    combine(origin, digest)
}

/// Brings guests in.
pub(super) struct Gathering<'d> {
    guests: Guests,
    /// By segment and number there: the number that the guest has in the comparison, or [`STAYS_OUT`].
    numbers: FxHashMap<(u32, u32), u32>,
    /// Sorted identities of this run's documents.
    ours: Vec<u64>,
    documents: &'d mut Documents,
}

/// A document that does not count, or that this run reads again.
const STAYS_OUT: u32 = u32::MAX;

impl<'d> Gathering<'d> {
    /// `ours` are the sorted identities of this run's documents, which do not come in again.
    pub(super) fn new(
        segments: Vec<Arc<Segment>>,
        ours: Vec<u64>,
        documents: &'d mut Documents,
    ) -> Self {
        Self {
            guests: Guests {
                segments,
                members: Vec::new(),
            },
            numbers: FxHashMap::default(),
            ours,
            documents,
        }
    }

    /// The number of a document of the index; `None` when it stays out.
    fn number(&mut self, segment: u32, n: u32) -> Option<u32> {
        let number = if let Some(&number) = self.numbers.get(&(segment, n)) {
            number
        } else {
            let number = self.bring_in(segment, n).unwrap_or(STAYS_OUT);
            self.numbers.insert((segment, n), number);
            number
        };
        (number != STAYS_OUT).then_some(number)
    }

    fn bring_in(&mut self, segment: u32, n: u32) -> Option<u32> {
        let entry: Entry = self.guests.segments.get(segment as usize)?.entry(n)?;
        if entry.dead || self.ours.binary_search(&entry.identity).is_ok() {
            return None;
        }
        let number = u32::try_from(self.documents.ids.len())
            .ok()
            .filter(|&n| n < STAYS_OUT)?;
        self.documents.push(
            DocId(entry.id),
            Rank {
                words: entry.words,
                edits: entry.edits,
                date: (entry.date != 0).then_some(entry.date),
                spun: entry.spun,
            },
            entry.digest,
            entry.fingerprints,
        );
        self.guests.members.push((segment, n));
        Some(number)
    }

    /// Adds the records of the index whose keys are among `ours` to `found`, of at most `most` documents a key.
    ///
    /// A record is a key and a place; `shift` bits of the place lie below the document's number.
    pub(super) fn join<I: Iterator<Item = io::Result<[u64; 2]>>>(
        &mut self,
        ours: &mut Sorted<2>,
        theirs: impl Fn(&Segment) -> io::Result<I>,
        shift: u32,
        most: usize,
        found: &mut Sorter<2>,
    ) -> io::Result<()> {
        let segments = self.guests.segments.clone();
        let tagged = (0u64..).zip(&segments).map(|(i, segment)| {
            let run = theirs(segment)?;
            Ok(run.map(move |record| record.map(|[key, place]| [key, i, place])))
        });
        let theirs = Merged::new(tagged.collect::<io::Result<Vec<_>>>()?)?;
        let mut keys = ours.read()?;
        let mut key = None;
        let mut taken: (u64, usize, u32) = (0, 0, 0);
        for record in theirs {
            let [k, segment, place] = record?;
            while key.is_none_or(|key| key < k) {
                match keys.next() {
                    Some(record) => key = Some(record?[0]),
                    None => return Ok(()),
                }
            }
            if key != Some(k) {
                continue;
            }
            if taken.0 != k || taken.1 == 0 {
                taken = (k, 0, STAYS_OUT);
            }
            let low = place & ((1 << shift) - 1);
            let Some(number) = self.number(segment as u32, (place >> shift) as u32) else {
                continue;
            };
            if number != taken.2 {
                if taken.1 == most {
                    continue;
                }
                taken = (k, taken.1 + 1, number);
            }
            found.push([k, u64::from(number) << shift | low])?;
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Guests {
        self.guests
    }
}

/// The index that a comparison reads and adds to.
#[derive(Debug)]
pub(super) struct Earlier {
    pub index: Index,
    /// By number: a hash of where each document was read.
    pub origins: Vec<u64>,
    /// What the user named.
    pub inputs: Vec<String>,
}

impl Earlier {
    /// The identity of document `n` with `digest`.
    pub(super) fn identities(&self, digests: &[u64]) -> Vec<u64> {
        let pairs = self.origins.iter().zip(digests);
        pairs
            .map(|(&origin, &digest)| identity(origin, digest))
            .collect()
    }

    /// Sorted identities of all documents of the index that are among `ours`, which are sorted.
    pub(super) fn known(&self, ours: &[u64]) -> Vec<u64> {
        let mut known: Vec<u64> = self
            .index
            .segments()
            .iter()
            .flat_map(|s| (0..s.entries()).filter_map(|n| s.entry(n)))
            .filter(|e| !e.dead && ours.binary_search(&e.identity).is_ok())
            .map(|e| e.identity)
            .collect();
        known.sort_unstable();
        known
    }
}
