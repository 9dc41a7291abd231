//! What a comparison adds to the index that it read.

use super::guests::Earlier;
use super::sorter::Sorted;
use super::{Columns, CompareError, Documents};
use crate::corpus::index::{Entry, Incoming, Index, IndexError};
use crate::corpus::spool::Spool;

/// Texts after which the memory that reading them has filled is given back.
const RELEASED: u32 = 1 << 12;

/// The documents of a run, written beside the index; they count from [`Addition::commit`] on.
#[derive(Debug)]
pub struct Addition {
    index: Index,
    incoming: Incoming,
    /// By number. 72 bytes a document.
    entries: Vec<Entry>,
}

impl Addition {
    /// Writes keys and columns of all documents of this run, whose identities are given by number and sorted.
    pub(super) fn begin(
        earlier: Earlier,
        documents: &Documents,
        (identities, sorted): (Vec<u64>, &[u64]),
        bands: &mut Sorted<2>,
        fingerprints: &mut Sorted<2>,
        columns: &Columns,
        spill: impl Fn(std::io::Error) -> CompareError,
    ) -> Result<Self, CompareError> {
        let known = earlier.known(sorted);
        let mut incoming = earlier.index.begin(&earlier.inputs)?;
        incoming.bands(bands.read().map_err(&spill)?)?;
        incoming.fingerprints(fingerprints.read().map_err(&spill)?)?;
        let numbers = 0..identities.len() as u32;
        incoming.columns(numbers.clone().map(|n| columns.get(n)))?;
        let mut column_end = 0;
        let entries = numbers.zip(identities).map(|(n, identity)| {
            let i = n as usize;
            let rank = documents.ranks[i];
            column_end += columns.get(n).len() as u64;
            Entry {
                id: documents.ids[i].0,
                identity,
                digest: documents.digests[i],
                words: rank.words,
                edits: rank.edits,
                date: rank.date.unwrap_or(0),
                fingerprints: documents.fingerprints[i],
                spun: rank.spun,
                dead: known.binary_search(&identity).is_ok(),
                column_end,
                ..Entry::default()
            }
        });
        Ok(Self {
            entries: entries.collect(),
            index: earlier.index,
            incoming,
        })
    }

    /// Adds the documents whose texts `spool` holds to the index, but for those that are `left_out` of the corpus and those that the
    /// index holds already; how many were added.
    ///
    /// # Errors
    /// When the index cannot be written; it is then what it was.
    pub fn commit(self, spool: &Spool, left_out: impl Fn(u32) -> bool) -> Result<u64, IndexError> {
        let Self {
            mut index,
            mut incoming,
            entries,
        } = self;
        let numbers = 0..spool.len();
        incoming.texts(numbers.clone().map(|n| {
            if n % RELEASED == 0 {
                spool.release();
            }
            spool.get(n).bytes()
        }))?;
        incoming.documents(numbers.zip(entries).map(|(n, entry)| Entry {
            dead: entry.dead || left_out(n),
            place: spool.place(n).unwrap_or_default(),
            ..entry
        }))?;
        let added = incoming.len();
        if added > 0 {
            index.commit(incoming)?;
        }
        Ok(added)
    }
}
