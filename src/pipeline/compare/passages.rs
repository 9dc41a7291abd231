//! Passages: fingerprints in common, pairs of documents with several near each other, alignment on the texts.

use std::io;
use std::ops::Range;
use std::path::Path;

use rayon::prelude::*;

use super::columns::{Columns, ColumnsWriter};
use super::documents::Copies;
use super::findings::{Counts, Kind, note};
use super::sorter::{Sorted, Sorter};
use super::{Corpus, pair_key, pair_of};
use crate::dedup::Dedup;
use crate::dedup::cluster::Clusters;
use crate::dedup::pair::{self, Bucket};
use crate::dedup::passage::{self, Buffers, Hit, Passage, Rarities, Words};
use crate::dedup::verify::Measure;

/// Documents with one fingerprint of which every pair is looked at.
const ALL_PAIRS: usize = 8;
/// In more documents than that each is paired with this many first ones, and with as many right before it: what stands in
/// many places is then a chain of rows, not all their pairs.
const ANCHORS: usize = 1;
/// Documents that a rare fingerprint stands in at most.
const RARE: usize = 2;
/// Places of one fingerprint in one document that are looked at.
const OCCURRENCES: u32 = 4;
/// Hits handled at a time.
const BATCH: usize = 1 << 18;
/// Most hits between two documents that are looked at.
const MAX_HITS: usize = 1 << 20;
/// Pairs aligned by one worker at a time.
const CHUNK: usize = 32;

/// Finds shared passages and notes them as matches.
///
/// Pairs that match as documents, and pairs within one cluster, are left out: their matches say it already. Of copies the
/// first one stands for all.
#[expect(
    clippy::too_many_arguments,
    reason = "the columns of the whole pass, each used once"
)]
pub(super) fn find(
    corpus: &Corpus<'_>,
    dedup: &Dedup,
    copies: &Copies,
    clusters: &Clusters,
    edges: &mut Sorted<2>,
    fingerprints: Sorter<2>,
    columns: ColumnsWriter,
    matches: &mut Sorter<4>,
    (memory, tmp): (u64, &Path),
    counts: &mut Counts,
) -> io::Result<()> {
    if fingerprints.len() == 0 {
        return Ok(());
    }
    let mut hits = Sorter::new(memory / 10 * 4, tmp, pair_key(0, corpus.len() as u32));
    let mut groups = Groups {
        corpus,
        copies,
        clusters,
        key: 0,
        group: Group::default(),
        bounded: 0,
    };
    groups.read(fingerprints, &mut hits)?;
    counts.bounded_fingerprints += groups.bounded;
    let mut hits = hits.finish();
    let columns = &columns.finish()?;
    let mut edges = edges.read()?.peekable();
    let mut batch = Batch::default();
    let mut open: Option<u64> = None;
    for record in hits.read()? {
        let [key, places] = record?;
        let (hit, rarity) = unpack(places);
        if open != Some(key) {
            batch.close(open);
            if batch.hits.len() >= BATCH {
                batch.align(corpus, columns, dedup, matches, counts)?;
            }
            while let Some(edge) = edges.next_if(|e| e.as_ref().map_or(true, |e| e[0] < key)) {
                edge?;
            }
            batch.skip = edges
                .peek()
                .is_some_and(|e| e.as_ref().is_ok_and(|e| e[0] == key));
            open = Some(key);
        }
        batch.push(hit, rarity);
    }
    batch.close(open);
    batch.align(corpus, columns, dedup, matches, counts)
}

/// In how many texts a fingerprint stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rarity {
    /// In hardly any but the two.
    Rare,
    /// In few enough that every pair of them is looked at.
    Known,
    /// In more.
    Common,
}

/// A hit as half a record: sorted by the words, the rarity in the last two bits. Words are counted up to 2³⁰, which the limit
/// on a document's size keeps.
fn pack((x, y): Hit, rarity: Rarity) -> u64 {
    u64::from(x) << 32 | u64::from(y) << 2 | rarity as u64
}

fn unpack(places: u64) -> (Hit, Rarity) {
    let rarity = match places & 3 {
        0 => Rarity::Rare,
        1 => Rarity::Known,
        _ => Rarity::Common,
    };
    (((places >> 32) as u32, (places as u32) >> 2), rarity)
}

/// Turns equal fingerprints into hits: [`pair_key`], then the word in the earlier and in the later document.
struct Groups<'c> {
    corpus: &'c Corpus<'c>,
    copies: &'c Copies,
    clusters: &'c Clusters,
    /// The fingerprint whose places are gathered.
    key: u64,
    group: Group,
    /// Fingerprints in too many documents for all their pairs.
    bounded: u64,
}

impl Groups<'_> {
    fn read(&mut self, fingerprints: Sorter<2>, hits: &mut Sorter<2>) -> io::Result<()> {
        let mut sorted = fingerprints.finish();
        if let Some(chunks) = sorted.take_chunks() {
            for chunk in chunks {
                for &record in &chunk {
                    self.take(record, hits)?;
                }
                // What was read makes room for what is found.
                hits.reuse(chunk);
            }
        } else {
            for record in sorted.read()? {
                self.take(record?, hits)?;
            }
        }
        self.close(hits)
    }

    #[inline]
    fn take(&mut self, [key, place]: [u64; 2], hits: &mut Sorter<2>) -> io::Result<()> {
        if key != self.key {
            self.close(hits)?;
            self.key = key;
        }
        let document = self.corpus.place[(place >> 32) as usize];
        if !self.copies.is_copy(document) {
            let place = u64::from(document) << 32 | u64::from(place as u32);
            self.group.places.push(place);
        }
        Ok(())
    }

    #[inline]
    fn close(&mut self, hits: &mut Sorter<2>) -> io::Result<()> {
        if self.group.places.len() > 1 {
            self.group.gather(self.clusters);
            self.bounded += u64::from(self.group.pair(hits)? == Bucket::Bounded);
        }
        self.group.places.clear();
        Ok(())
    }
}

/// Where one fingerprint stands.
#[derive(Default)]
struct Group {
    /// Documents, each with a word.
    places: Vec<u64>,
    members: Vec<Member>,
    /// The numbers 0, 1, 2 ...
    numbers: Vec<u32>,
}

/// A document that a fingerprint stands in.
struct Member {
    document: u32,
    /// The document that stands for its cluster.
    anchor: Option<u32>,
    /// Where its first places begin and end.
    from: u32,
    to: u32,
}

impl Group {
    fn gather(&mut self, clusters: &Clusters) {
        let Self {
            places,
            members,
            numbers,
        } = self;
        places.sort_unstable();
        members.clear();
        for (i, place) in (0u32..).zip(places.iter()) {
            let document = (place >> 32) as u32;
            match members.last_mut() {
                Some(last) if last.document == document => {
                    last.to = (i + 1).min(last.from + OCCURRENCES);
                }
                _ => members.push(Member {
                    document,
                    anchor: clusters.anchor(document),
                    from: i,
                    to: i + 1,
                }),
            }
        }
        numbers.extend(numbers.len() as u32..members.len() as u32);
    }

    /// Adds the hits between its documents; says whether between all of them.
    fn pair(&self, hits: &mut Sorter<2>) -> io::Result<Bucket> {
        let Self {
            places,
            members,
            numbers,
        } = self;
        let rarity = if members.len() <= RARE {
            Rarity::Rare
        } else if members.len() <= ALL_PAIRS {
            Rarity::Known
        } else {
            Rarity::Common
        };
        let words = |m: &Member| places[m.from as usize..m.to as usize].iter();
        let mut failed = Ok(());
        let numbers = &numbers[..members.len()];
        let bounded = pair::candidates(numbers, ALL_PAIRS, ANCHORS, |earlier, later| {
            let (earlier, later) = (&members[earlier as usize], &members[later as usize]);
            if failed.is_err() || (earlier.anchor.is_some() && earlier.anchor == later.anchor) {
                return;
            }
            let key = pair_key(earlier.document, later.document);
            for &x in words(earlier) {
                for &y in words(later) {
                    failed = hits.push([key, pack((x as u32, y as u32), rarity)]);
                    if failed.is_err() {
                        return;
                    }
                }
            }
        });
        failed.map(|()| bounded)
    }
}

/// Pairs with their hits, waiting to be aligned.
#[derive(Default)]
struct Batch {
    hits: Vec<Hit>,
    pairs: Vec<(u64, Range<usize>)>,
    /// Where the hits of the open pair begin, and how many of them are rare.
    start: usize,
    rarities: Rarities,
    skip: bool,
}

impl Batch {
    fn push(&mut self, hit: Hit, rarity: Rarity) {
        if !self.skip && self.hits.len() - self.start < MAX_HITS {
            self.hits.push(hit);
            self.rarities.rare += usize::from(rarity == Rarity::Rare);
            self.rarities.known += usize::from(rarity == Rarity::Known);
        }
    }

    /// Keeps the open pair if its hits promise something.
    fn close(&mut self, key: Option<u64>) {
        match key {
            Some(key) if passage::is_promising(&self.hits[self.start..], self.rarities) => {
                self.pairs.push((key, self.start..self.hits.len()));
            }
            _ => self.hits.truncate(self.start),
        }
        self.start = self.hits.len();
        self.rarities = Rarities::default();
    }

    fn align(
        &mut self,
        corpus: &Corpus<'_>,
        columns: &Columns,
        dedup: &Dedup,
        matches: &mut Sorter<4>,
        counts: &mut Counts,
    ) -> io::Result<()> {
        let Self { hits, pairs, .. } = self;
        counts.passage_candidates += pairs.len() as u64;
        let found: Vec<(u64, Passage)> = pairs
            .par_chunks(CHUNK)
            .map_init(Worker::default, |worker, chunk| {
                worker.align(chunk, hits, corpus, columns, dedup)
            })
            .flatten_iter()
            .collect();
        hits.clear();
        pairs.clear();
        self.start = 0;
        for (key, passage) in found {
            let (earlier, later) = pair_of(key);
            let measure = if passage.exact {
                Measure::Exact
            } else {
                Measure::Alignment
            };
            let similarity = (passage.similarity, measure);
            note(
                matches,
                corpus,
                Kind::Passage,
                (earlier, passage.a),
                (later, passage.b),
                similarity,
            )?;
            counts.passage_matches += 1;
        }
        Ok(())
    }
}

/// What one worker reuses.
#[derive(Default)]
struct Worker {
    buffers: Buffers,
    passages: Vec<Passage>,
}

impl Worker {
    fn align(
        &mut self,
        pairs: &[(u64, Range<usize>)],
        hits: &[Hit],
        corpus: &Corpus<'_>,
        columns: &Columns,
        dedup: &Dedup,
    ) -> Vec<(u64, Passage)> {
        let mut out = Vec::new();
        for (key, range) in pairs {
            let (earlier, later) = pair_of(*key);
            let words = |place| Words::of(columns.get(corpus.number[place as usize]));
            self.passages.clear();
            passage::find(
                (words(earlier), words(later)),
                &hits[range.clone()],
                || (corpus.text(earlier), corpus.text(later)),
                dedup.settings(),
                &mut self.buffers,
                &mut self.passages,
            );
            out.extend(self.passages.iter().map(|p| (*key, *p)));
        }
        out
    }
}
