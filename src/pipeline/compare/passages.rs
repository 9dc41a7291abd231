//! Passages: fingerprints in common, pairs of documents with several near each other, alignment on the texts.
//!
//! A pair that shares a good part of the fingerprints of one of the two is first asked whether that one stands in the other:
//! where one document is much longer, their bands hardly ever meet.

use std::cell::Cell;
use std::io;
use std::ops::Range;
use std::path::Path;

use rayon::prelude::*;

use super::columns::{Column, Columns};
use super::documents::{Copies, Judge, Within, contained};
use super::findings::{Counts, Kind, note, note_passage};
use super::sorter::{Sorted, Sorter};
use super::{Corpus, pair_key, pair_of};
use crate::dedup::cluster::Clusters;
use crate::dedup::pair::{self, Bucket};
use crate::dedup::passage::{self, Buffers, Hit, Passage, Rarities, Words};
use crate::dedup::verify::{Measure, Prepared};
use crate::dedup::{Dedup, Settings};
use crate::pipeline::pool::Pool;

/// Documents with one fingerprint of which every pair is looked at.
pub(super) const ALL_PAIRS: usize = 8;
/// In more documents than that each is paired with this many first ones, and with as many right before it: what stands in
/// many places is then a chain of rows, not all their pairs.
const ANCHORS: [usize; 2] = [1, 1];
/// Documents that a rare fingerprint stands in at most.
const RARE: usize = 2;
/// Places of one fingerprint in one document that are looked at.
const OCCURRENCES: u32 = 4;
/// Hits handled at a time.
const BATCH: usize = 1 << 18;
/// Pairs handled at a time: their texts and columns stay in memory for as long, each with 64 kB of its neighbourhood.
const BATCH_PAIRS: usize = 1 << 9;
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
    fingerprints: Sorted<2>,
    columns: &Columns<'_>,
    matches: &mut Sorter<4>,
    within: &mut Vec<(u32, u32, u32)>,
    (memory, tmp): (u64, &Path),
    counts: &mut Counts,
) -> io::Result<()> {
    let mut hits = Sorter::new(memory / 10 * 4, tmp, pair_key(0, corpus.len() as u32));
    let mut groups = Groups {
        corpus,
        documents: Asked::all(corpus, copies, clusters),
        key: 0,
        group: Group::default(),
        bounded: 0,
    };
    groups.read(fingerprints, &mut hits)?;
    counts.bounded_fingerprints += groups.bounded;
    drop(groups);
    let mut hits = hits.finish();
    let mut edges = edges.read()?.peekable();
    let least = least_share(dedup.settings());
    let workers = Pool::new();
    let mut batch = Batch::default();
    let mut open: Option<u64> = None;
    for record in hits.read()? {
        let [key, places] = record?;
        let (hit, rarity) = unpack(places);
        if open != Some(key) {
            batch.close(open, corpus, least);
            if batch.hits.len() >= BATCH || batch.pairs.len() >= BATCH_PAIRS {
                batch.align(corpus, columns, dedup, &workers, (matches, within, counts))?;
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
    batch.close(open, corpus, least);
    batch.align(corpus, columns, dedup, &workers, (matches, within, counts))
}

/// A pair of documents that share something: [`pair_key`], the hits, and what they promise.
type Suspect = (u64, Range<usize>, Promise);

/// What the hits of a pair promise.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Promise {
    /// That one document stands in the other.
    contained: bool,
    /// A passage.
    passage: bool,
}

/// Share of the shorter document's fingerprints from which a pair is asked for containment.
///
/// A shingle and a fingerprint span about as many words, so about `similarity` of the fingerprints are left too; those that stand in
/// many documents are not all paired, so half of that must do.
fn least_share(settings: &Settings) -> f32 {
    settings.similarity * settings.similarity / 2.0
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

/// What is asked of a document for each of its fingerprints that others have: in one place, since they come in no order.
#[derive(Clone, Copy)]
struct Asked {
    /// Its place, or [`COPY`].
    place: u32,
    /// The document that stands for its cluster, or itself.
    anchor: u32,
}

/// For the place of a document that has the text of an earlier one. No place is as great.
const COPY: u32 = u32::MAX;

impl Asked {
    fn all(corpus: &Corpus<'_>, copies: &Copies, clusters: &Clusters) -> Vec<Self> {
        let of = |&place: &u32| Self {
            place: if copies.is_copy(place) { COPY } else { place },
            anchor: clusters.of(place),
        };
        corpus.place.iter().map(of).collect()
    }
}

/// Turns equal fingerprints into hits: [`pair_key`], then the word in the earlier and in the later document.
struct Groups<'c> {
    corpus: &'c Corpus<'c>,
    /// By number.
    documents: Vec<Asked>,
    /// The fingerprint whose places are gathered.
    key: u64,
    group: Group,
    /// Fingerprints in too many documents for all their pairs.
    bounded: u64,
}

impl Groups<'_> {
    fn read(&mut self, mut sorted: Sorted<2>, hits: &mut Sorter<2>) -> io::Result<()> {
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
        self.group.found.push(place);
        Ok(())
    }

    #[inline]
    fn close(&mut self, hits: &mut Sorter<2>) -> io::Result<()> {
        let Self {
            corpus,
            documents,
            group,
            ..
        } = self;
        // Most fingerprints stand in one document, about which nothing need be known: what is known lies all over memory.
        let document = |place: Option<&u64>| place.map(|p| p >> 32);
        if document(group.found.first()) != document(group.found.last()) {
            group.gather(documents);
            self.bounded += u64::from(group.pair(corpus, hits)? == Bucket::Bounded);
        }
        group.found.clear();
        Ok(())
    }
}

/// Where one fingerprint stands.
#[derive(Default)]
struct Group {
    /// Numbers of documents, each with a word.
    found: Vec<u64>,
    /// The same by place, without copies; then the anchor.
    places: Vec<(u64, u32)>,
    members: Vec<Member>,
    /// The numbers 0, 1, 2 ...
    numbers: Vec<u32>,
}

/// A document that a fingerprint stands in.
struct Member {
    document: u32,
    /// The document that stands for its cluster, or itself.
    anchor: u32,
    /// Where its first places begin and end.
    from: u32,
    to: u32,
}

impl Group {
    fn gather(&mut self, documents: &[Asked]) {
        let Self {
            found,
            places,
            members,
            numbers,
        } = self;
        places.clear();
        places.extend(found.iter().filter_map(|&found| {
            let Asked { place, anchor } = documents[(found >> 32) as usize];
            let place = (place != COPY).then_some(u64::from(place) << 32)?;
            Some((place | u64::from(found as u32), anchor))
        }));
        places.sort_unstable();
        members.clear();
        for (i, &(place, anchor)) in (0u32..).zip(places.iter()) {
            let document = (place >> 32) as u32;
            match members.last_mut() {
                Some(last) if last.document == document => {
                    last.to = (i + 1).min(last.from + OCCURRENCES);
                }
                _ => members.push(Member {
                    document,
                    anchor,
                    from: i,
                    to: i + 1,
                }),
            }
        }
        numbers.extend(numbers.len() as u32..members.len() as u32);
    }

    /// Adds the hits between its documents; says whether between all of them.
    fn pair(&self, corpus: &Corpus<'_>, hits: &mut Sorter<2>) -> io::Result<Bucket> {
        let Self {
            places,
            members,
            numbers,
            ..
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
            let in_one_cluster = earlier.anchor == later.anchor;
            if failed.is_err() || in_one_cluster || corpus.is_guest(later.document) {
                return;
            }
            let key = pair_key(earlier.document, later.document);
            for &(x, _) in words(earlier) {
                for &(y, _) in words(later) {
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

/// Where what is found is noted: the matches, which documents stand in which (words, shorter, longer), and the counts.
type Noted<'n> = (
    &'n mut Sorter<4>,
    &'n mut Vec<(u32, u32, u32)>,
    &'n mut Counts,
);

/// Pairs with their hits, waiting to be aligned.
#[derive(Default)]
struct Batch {
    hits: Vec<Hit>,
    pairs: Vec<Suspect>,
    /// Where the hits of the open pair begin, and how many of them are rare.
    start: usize,
    rarities: Rarities,
    skip: bool,
    /// Pairs whose texts, or columns in the map, were read since memory was last given back.
    read: usize,
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
    fn close(&mut self, key: Option<u64>, corpus: &Corpus<'_>, least: f32) {
        let hits = &self.hits[self.start..];
        let promise = Promise {
            contained: key.is_some_and(|key| covers(key, hits, corpus, least)),
            passage: passage::is_promising(hits, self.rarities),
        };
        match key {
            Some(key) if promise.contained || promise.passage => {
                self.pairs.push((key, self.start..self.hits.len(), promise));
            }
            _ => self.hits.truncate(self.start),
        }
        self.start = self.hits.len();
        self.rarities = Rarities::default();
    }

    fn align<'w>(
        &mut self,
        corpus: &'w Corpus<'w>,
        columns: &Columns<'_>,
        dedup: &'w Dedup,
        workers: &Pool<Worker<'w>>,
        (matches, within, counts): Noted<'_>,
    ) -> io::Result<()> {
        let Self { hits, pairs, .. } = self;
        counts.passage_candidates += pairs.len() as u64;
        let found: Vec<Chunk> = pairs
            .par_chunks(CHUNK)
            .map_init(
                || workers.take(|| Worker::new(corpus, dedup)),
                |worker, chunk| worker.align(chunk, hits, corpus, columns, dedup),
            )
            .collect();
        hits.clear();
        pairs.clear();
        self.start = 0;
        self.read += found.iter().map(|chunk| chunk.read).sum::<usize>();
        if self.read >= BATCH_PAIRS {
            // Takes time with the size of the maps, not with what was read of them.
            corpus.texts.release();
            columns.release();
            self.read = 0;
        }
        for (key, found) in found.into_iter().flat_map(|chunk| chunk.found) {
            let (earlier, later) = pair_of(key);
            let passage = match found {
                Found::Passage(passage) => passage,
                Found::Contained(found, containment) => {
                    within.push((found.words, found.shorter, found.longer));
                    found.note(corpus, containment, matches)?;
                    counts.contained_matches += 1;
                    continue;
                }
                Found::Template(containment) => {
                    let whole = |place| (place, corpus.whole(place));
                    note(
                        matches,
                        corpus,
                        Kind::Template,
                        whole(earlier),
                        whole(later),
                        (containment, Measure::Containment),
                    )?;
                    counts.template_matches += 1;
                    continue;
                }
            };
            note_passage(matches, corpus, (earlier, later), passage)?;
            counts.passage_matches += 1;
        }
        Ok(())
    }
}

/// Whether the hits reach a share of at least `least` of the fingerprints of one of two documents.
fn covers(key: u64, hits: &[Hit], corpus: &Corpus<'_>, least: f32) -> bool {
    let (earlier, later) = pair_of(key);
    let needed = |count: u32| ((count as f32 * least).ceil() as usize).max(1);
    // Told of nearly all pairs without the exact numbers, which lie farther away.
    let few = |place| corpus.few_fingerprints(place);
    if hits.len() < needed(few(earlier).min(few(later))) {
        return false;
    }
    let (a, b) = (corpus.fingerprints(earlier), corpus.fingerprints(later));
    if hits.len() < needed(a.min(b)) {
        return false;
    }
    // Hits come sorted by the word of the first document.
    if a <= b {
        return hits.chunk_by(|x, y| x.0 == y.0).count() >= needed(a);
    }
    let mut words: Vec<u32> = hits.iter().map(|h| h.1).collect();
    words.sort_unstable();
    words.dedup();
    words.len() >= needed(b)
}

/// What a pair of documents shares.
enum Found {
    Passage(Passage),
    /// The whole of one, with the containment.
    Contained(Within, f32),
    /// A form that stands in the other with other facts, with the containment.
    Template(f32),
}

/// What was found between the pairs of a chunk.
#[derive(Default)]
struct Chunk {
    found: Vec<(u64, Found)>,
    /// Pairs whose texts, or columns in the map, were read.
    read: usize,
}

/// What one worker reuses.
struct Worker<'c> {
    /// The columns of a pair; the later document's serves for the pairs that follow.
    columns: [Column; 2],
    buffers: Buffers,
    passages: Vec<Passage>,
    prepared: [Prepared; 2],
    judge: Judge<'c>,
    texts: LastTexts<'c>,
}

/// The texts of the pair that was read last: a pair asks for them once for each of its passages, and the later document of one is
/// that of the pairs that follow.
#[derive(Default)]
struct LastTexts<'c>(Cell<[Option<(u32, &'c str)>; 2]>);

impl<'c> LastTexts<'c> {
    /// The texts of two documents.
    fn of(&self, corpus: &Corpus<'c>, earlier: u32, later: u32) -> (&'c str, &'c str) {
        let [x, y] = self.0.get();
        let text = |last: Option<(u32, &'c str)>, place| match last {
            Some((known, text)) if known == place => text,
            _ => corpus.text(place),
        };
        let (a, b) = (text(x, earlier), text(y, later));
        self.0.set([Some((earlier, a)), Some((later, b))]);
        (a, b)
    }
}

impl<'c> Worker<'c> {
    fn new(corpus: &'c Corpus<'c>, dedup: &'c Dedup) -> Self {
        Self {
            columns: Default::default(),
            buffers: Buffers::default(),
            passages: Vec::new(),
            prepared: Default::default(),
            judge: Judge::new(corpus, dedup),
            texts: LastTexts::default(),
        }
    }

    /// Whether one of the two stands in the other, verified on the texts.
    fn contained(
        &mut self,
        earlier: u32,
        later: u32,
        corpus: &Corpus<'_>,
        settings: &Settings,
    ) -> Option<Found> {
        let shape = settings.shape();
        let [x, y] = &mut self.prepared;
        x.read(corpus.text(earlier), shape);
        y.read(corpus.text(later), shape);
        let containment = contained(x, y, settings)?;
        if self.judge.is_another_form(earlier, later) {
            return Some(Found::Template(containment));
        }
        let within = Within::of(corpus, (earlier, x), (later, y), shape);
        Some(Found::Contained(within, containment))
    }

    fn align(
        &mut self,
        pairs: &[Suspect],
        hits: &[Hit],
        corpus: &Corpus<'c>,
        columns: &Columns<'_>,
        dedup: &Dedup,
    ) -> Chunk {
        let mut out = Chunk::default();
        for (key, range, promise) in pairs {
            let (earlier, later) = pair_of(*key);
            let mut read = promise.contained;
            if promise.contained
                && let Some(found) = self.contained(earlier, later, corpus, dedup.settings())
            {
                out.found.push((*key, found));
                out.read += 1;
                continue;
            }
            if promise.passage {
                read |= self.passages(earlier, later, &hits[range.clone()], corpus, columns, dedup);
            }
            out.read += usize::from(read);
            if self.passages.is_empty() {
                // Their texts need not be read.
                continue;
            }
            let (a, b) = self.texts.of(corpus, earlier, later);
            for passage in self.passages.drain(..) {
                // Names that were moved about with their sentences would look like other names.
                let may_be_form = !passage.reordered && !passage.exact;
                if !(may_be_form && self.judge.is_form((a, passage.a), (b, passage.b))) {
                    out.found.push((*key, Found::Passage(passage)));
                }
            }
        }
        out
    }

    /// Finds the passages of a pair; says whether their texts, or columns in the map, were read.
    fn passages(
        &mut self,
        earlier: u32,
        later: u32,
        hits: &[Hit],
        corpus: &Corpus<'c>,
        columns: &Columns<'_>,
        dedup: &Dedup,
    ) -> bool {
        let (texts, [x, y]) = (&self.texts, &mut self.columns);
        let read = Cell::new(false);
        let words = |column, place| {
            let (bytes, is_mapped) = columns.read(corpus.number[place as usize], column);
            read.set(read.get() || is_mapped);
            Words::of(bytes)
        };
        passage::find(
            (words(x, earlier), words(y, later)),
            hits,
            || {
                read.set(true);
                texts.of(corpus, earlier, later)
            },
            dedup.settings(),
            &mut self.buffers,
            &mut self.passages,
        );
        read.get()
    }
}
