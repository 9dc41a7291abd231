//! Whole documents: copies by digest, candidates by bands, verification on the texts, clusters.

use std::io;
use std::path::Path;

use rayon::prelude::*;

use super::findings::{Counts, Kind, note};
use super::sorter::{Sorted, Sorter};
use super::spun;
use super::{Corpus, pair_key, pair_of};
use crate::dedup::banding::WEAK;
use crate::dedup::cluster::Clusters;
use crate::dedup::form::{self, Form};
use crate::dedup::pair::{self, Bucket};
use crate::dedup::shape::Shape;
use crate::dedup::spun::AGREE;
use crate::dedup::verify::{Measure, Prepared, Tokens, same_but_for_space};
use crate::dedup::{Dedup, Settings};
use crate::edit::ByteSpan;

/// Copies of one text that are compared with other documents; any more resemble what the first one does.
const ENOUGH_COPIES: usize = 8;
/// Documents with one weak key of which every pair is looked at, and with how many others each is paired in more: chance agreement
/// is the rule there. Of many copies of one text the first is the same for most of its keys.
const WEAK_ALL_PAIRS: usize = 8;
const WEAK_ANCHORS: [usize; 2] = [1, 0];
/// Pairs verified by one worker at a time.
const CHUNK: usize = 32;
/// Marks an edge to a copy that was not compared with anything else.
const SATELLITE: u64 = 1 << 40;
/// Where the kind of an edge stands in its value.
pub(super) const KIND: u32 = 48;

/// Pairs verified at a time. Their texts stay in memory for as long: each brings in 64 kB of its neighbourhood, more where the
/// system keeps files in larger pieces. A few chunks for every thread.
fn batch() -> usize {
    (2 * CHUNK * rayon::current_num_threads()).clamp(64, 1024)
}

/// Which documents are copies, by place.
pub(super) struct Copies {
    /// The first copy of each text and another copy, sorted.
    pairs: Vec<(u32, u32)>,
    copy: Vec<bool>,
    satellite: Vec<bool>,
}

impl Copies {
    /// Whether an earlier document has the same text.
    pub(super) fn is_copy(&self, place: u32) -> bool {
        self.copy[place as usize]
    }
}

/// Documents with equal digests, compared on their texts.
pub(super) fn copies(corpus: &Corpus<'_>) -> Copies {
    let mut by_digest: Vec<(u64, u32)> = (0..corpus.len() as u32)
        .map(|p| (corpus.digests[corpus.number[p as usize] as usize], p))
        .filter(|&(digest, _)| digest != 0)
        .collect();
    by_digest.par_sort_unstable();
    let suspects: Vec<(u32, u32)> = by_digest
        .chunk_by(|x, y| x.0 == y.0)
        .flat_map(|group| group[1..].iter().map(|member| (group[0].1, member.1)))
        .collect();
    drop(by_digest);
    let mut pairs: Vec<(u32, u32)> = Vec::new();
    for batch in suspects.chunks(batch()) {
        pairs.par_extend(
            batch
                .par_iter()
                .map_init(<[Tokens; 2]>::default, |tokens, &(first, other)| {
                    same_but_for_space(corpus.text(first), corpus.text(other), tokens)
                        .then_some((first, other))
                })
                .flatten_iter(),
        );
        corpus.texts.release();
    }
    let mut copies = Copies {
        pairs,
        copy: vec![false; corpus.len()],
        satellite: vec![false; corpus.len()],
    };
    for group in copies.pairs.chunk_by(|x, y| x.0 == y.0) {
        for (i, &(_, other)) in group.iter().enumerate() {
            copies.copy[other as usize] = true;
            copies.satellite[other as usize] = i + 1 >= ENOUGH_COPIES;
        }
    }
    copies
}

/// Verified edges: [`pair_key`], then similarity and measure.
pub(super) fn edges(
    corpus: &Corpus<'_>,
    dedup: &Dedup,
    copies: &Copies,
    bands: Sorted<2>,
    memory: u64,
    tmp: &Path,
    counts: &mut Counts,
) -> io::Result<Sorted<2>> {
    let mut edges = Sorter::new(memory / 10, tmp, pair_key(0, corpus.len() as u32));
    copy_edges(corpus, copies, &mut edges)?;
    let mut pairs = candidates(corpus, copies, bands, memory, tmp, counts)?;
    let most = batch();
    let mut batch = Vec::with_capacity(most);
    let mut last = None;
    for record in pairs.read()? {
        let [key] = record?;
        if last != Some(key) {
            last = Some(key);
            batch.push(pair_of(key));
            if batch.len() == most {
                verify(corpus, dedup, &mut batch, &mut edges, counts)?;
            }
        }
    }
    verify(corpus, dedup, &mut batch, &mut edges, counts)?;
    Ok(edges.finish())
}

/// Edges between copies: all pairs of the first few, and one to the first for each of the others.
fn copy_edges(corpus: &Corpus<'_>, copies: &Copies, edges: &mut Sorter<2>) -> io::Result<()> {
    let exact = edge_value(1.0, Measure::Exact);
    for group in copies.pairs.chunk_by(|x, y| x.0 == y.0) {
        for (i, &(first, other)) in group.iter().enumerate() {
            if corpus.is_guest(other) {
                continue;
            }
            if copies.satellite[other as usize] {
                edges.push([pair_key(first, other), exact | SATELLITE])?;
                continue;
            }
            edges.push([pair_key(first, other), exact])?;
            for &(_, earlier) in &group[..i] {
                edges.push([pair_key(earlier, other), exact])?;
            }
        }
    }
    Ok(())
}

/// Pairs of places that share a band, or two weak ones, sorted, with repeats.
fn candidates(
    corpus: &Corpus<'_>,
    copies: &Copies,
    mut bands: Sorted<2>,
    memory: u64,
    tmp: &Path,
    counts: &mut Counts,
) -> io::Result<Sorted<1>> {
    let greatest = pair_key(0, corpus.len() as u32);
    let mut pairs = Sorter::new(memory / 10, tmp, greatest);
    let mut weak = Sorter::new(memory / 10, tmp, greatest);
    let mut bucket: Vec<u32> = Vec::new();
    let mut key = 0;
    let mut failed = Ok(());
    // Most keys stand in one document, about which nothing need be known: what is known lies all over memory.
    let mut close = |key: u64, bucket: &mut Vec<u32>| {
        if bucket.len() < 2 {
            bucket.clear();
            return Ok(());
        }
        for n in bucket.iter_mut() {
            *n = corpus.place[*n as usize];
        }
        bucket.retain(|&place| !copies.satellite[place as usize]);
        bucket.sort_unstable();
        bucket.dedup();
        let is_weak = key & WEAK != 0;
        let (all, anchors, out) = if is_weak {
            (WEAK_ALL_PAIRS, WEAK_ANCHORS, &mut weak)
        } else {
            (pair::ALL_PAIRS, pair::ANCHORS, &mut pairs)
        };
        let bounded = pair::candidates(bucket, all, anchors, |a, b| {
            let digest = |p: u32| corpus.digests[corpus.number[p as usize] as usize];
            if failed.is_ok() && !corpus.is_guest(b) && digest(a) != digest(b) {
                failed = out.push([pair_key(a, b)]);
            }
        });
        counts.bounded_buckets += u64::from(!is_weak && bounded == Bucket::Bounded);
        bucket.clear();
        std::mem::replace(&mut failed, Ok(()))
    };
    for record in bands.read()? {
        let [next, n] = record?;
        if next != key {
            close(key, &mut bucket)?;
            key = next;
        }
        bucket.push(n as u32);
    }
    close(key, &mut bucket)?;
    drop(bands);
    let mut last = None;
    let mut agree = 0;
    for record in weak.finish().read()? {
        let record = record?;
        if last != Some(record) {
            (last, agree) = (Some(record), 0);
        }
        agree += 1;
        if agree == AGREE {
            pairs.push(record)?;
        }
    }
    Ok(pairs.finish())
}

/// Compares a batch of pairs on their texts and keeps those that are alike enough.
fn verify(
    corpus: &Corpus<'_>,
    dedup: &Dedup,
    batch: &mut Vec<(u32, u32)>,
    edges: &mut Sorter<2>,
    counts: &mut Counts,
) -> io::Result<()> {
    counts.candidates += batch.len() as u64;
    let settings = dedup.settings();
    let verified: Vec<[u64; 2]> = batch
        .par_chunks(CHUNK)
        .flat_map_iter(|chunk| {
            // Pairs come sorted by their later document, which is then read once.
            let (mut x, mut y) = (Prepared::default(), Prepared::default());
            let mut read = None;
            let mut judge = Judge::new(corpus, dedup);
            let mut spinner = spun::Judge::new(corpus, dedup);
            chunk
                .iter()
                .filter_map(|&(earlier, later)| {
                    if read != Some(later) {
                        y.read(corpus.text(later), settings.shape());
                        read = Some(later);
                    }
                    x.read(corpus.text(earlier), settings.shape());
                    let (mut kind, (similarity, measure)) =
                        if let Some(found) = x.compare(&y, settings.similarity) {
                            (Kind::Document, found)
                        } else if let Some(share) = contained(&x, &y, settings) {
                            (Kind::Contained, (share, Measure::Containment))
                        } else {
                            let value = spinner.edge(earlier, later)?;
                            return Some([pair_key(earlier, later), value]);
                        };
                    if judge.is_another_form(earlier, later) {
                        kind = Kind::Template;
                    }
                    let value = edge_value(similarity, measure) | (kind as u64) << KIND;
                    Some([pair_key(earlier, later), value])
                })
                .collect::<Vec<_>>()
        })
        .collect();
    batch.clear();
    corpus.texts.release();
    verified.into_iter().try_for_each(|edge| edges.push(edge))
}

/// Tells forms with other facts from duplicates; what one worker reuses.
pub(super) struct Judge<'c> {
    corpus: &'c Corpus<'c>,
    dedup: &'c Dedup,
    forms: [Form; 2],
    read: Option<u32>,
    buffers: form::Buffers,
}

impl<'c> Judge<'c> {
    pub(super) fn new(corpus: &'c Corpus<'c>, dedup: &'c Dedup) -> Self {
        Self {
            corpus,
            dedup,
            forms: Default::default(),
            read: None,
            buffers: form::Buffers::default(),
        }
    }

    /// Whether two documents that are alike are one form with other facts. Pairs sorted by the later document are cheapest.
    pub(super) fn is_another_form(&mut self, earlier: u32, later: u32) -> bool {
        if !self.dedup.settings().templates {
            return false;
        }
        let (facts, function_words) = (self.dedup.fact_words(), self.dedup.function_words());
        let (a, b) = (self.corpus.text(earlier), self.corpus.text(later));
        let [x, y] = &mut self.forms;
        if self.read != Some(later) {
            y.read(b, facts, function_words);
            self.read = Some(later);
        }
        x.read(a, facts, function_words);
        form::compare((x, a), (y, b), &mut self.buffers).are_another_form()
    }

    /// Whether two stretches that are alike are one form with other facts. What a sentence says is asked where it is the whole of
    /// one of the documents: within two texts it is as good as copied with a word changed.
    pub(super) fn is_form(
        &mut self,
        (a, a_span): (&str, ByteSpan),
        (b, b_span): (&str, ByteSpan),
    ) -> bool {
        if !self.dedup.settings().templates {
            return false;
        }
        let (facts, function_words) = (self.dedup.fact_words(), self.dedup.function_words());
        let is_whole = |text: &str, span: ByteSpan| span.len() * 10 >= text.trim().len() * 9;
        let whole = is_whole(a, a_span) || is_whole(b, b_span);
        let (a, b) = (a_span.of(a), b_span.of(b));
        let [x, y] = &mut self.forms;
        self.read = None;
        x.read(a, facts, function_words);
        y.read(b, facts, function_words);
        if form::have_other_numbers(x, y) {
            return true;
        }
        let mut facts = form::compare((x, a), (y, b), &mut self.buffers);
        facts.contrary &= whole;
        facts.are_another_form()
    }
}

/// Containment of the shorter text in the longer, where it makes a match.
pub(super) fn contained(x: &Prepared, y: &Prepared, settings: &Settings) -> Option<f32> {
    x.contained(y, settings.similarity, settings.passage_words)
}

/// A shorter document and the longer one that it stands in.
#[derive(Clone, Copy)]
pub(super) struct Within {
    pub shorter: u32,
    pub longer: u32,
    /// Words of the shorter one.
    pub words: u32,
    /// Where it stands in the longer one.
    pub span: ByteSpan,
}

impl Within {
    /// Which of two prepared documents stands in the other, and where.
    pub(super) fn of(
        corpus: &Corpus<'_>,
        (earlier, x): (u32, &Prepared),
        (later, y): (u32, &Prepared),
        shape: Shape,
    ) -> Self {
        let (shorter, small, longer) = if x.is_smaller(y) {
            (earlier, x, later)
        } else {
            (later, y, earlier)
        };
        Self {
            shorter,
            longer,
            words: small.words(),
            span: small.place_in(corpus.text(longer), shape),
        }
    }

    /// Notes the match.
    pub(super) fn note(
        self,
        corpus: &Corpus<'_>,
        containment: f32,
        matches: &mut Sorter<4>,
    ) -> io::Result<()> {
        note(
            matches,
            corpus,
            Kind::Contained,
            (self.shorter, corpus.whole(self.shorter)),
            (self.longer, self.span),
            (containment, Measure::Containment),
        )
    }
}

pub(super) fn edge_value(similarity: f32, measure: Measure) -> u64 {
    (measure as u64) << 32 | u64::from(similarity.to_bits())
}

/// Gathers the clusters, notes a match for every edge, and lists in `within` which document stands in which.
pub(super) fn clusters(
    corpus: &Corpus<'_>,
    edges: &mut Sorted<2>,
    shape: Shape,
    matches: &mut Sorter<4>,
    within: &mut Vec<(u32, u32, u32)>,
    counts: &mut Counts,
) -> io::Result<Clusters> {
    let mut clusters = Clusters::new(corpus.len());
    let (mut x, mut y) = (Prepared::default(), Prepared::default());
    let most = batch();
    for (i, record) in edges.read()?.enumerate() {
        if i % most == most - 1 {
            corpus.texts.release();
        }
        let [key, value] = record?;
        let (earlier, later) = pair_of(key);
        let similarity = f32::from_bits(value as u32);
        let kind = Kind::from_number((value >> KIND) as u8);
        if kind == Kind::Contained {
            x.read(corpus.text(earlier), shape);
            y.read(corpus.text(later), shape);
            let found = Within::of(corpus, (earlier, &x), (later, &y), shape);
            within.push((found.words, found.shorter, found.longer));
            found.note(corpus, similarity, matches)?;
            counts.contained_matches += 1;
            continue;
        }
        if kind == Kind::SpunCopy {
            counts.spun_matches += 1;
            within.extend(corpus.spun_of(earlier, later, shape));
        } else if kind == Kind::Template {
            // A form holds no documents together: nobody is dropped for it.
            counts.template_matches += 1;
        } else if value & SATELLITE == 0 {
            counts.document_matches += 1;
            clusters.link(earlier, later, similarity);
        } else {
            counts.document_matches += 1;
            clusters.copy(earlier, later);
        }
        let whole = |place| (place, corpus.whole(place));
        let measure = Measure::from_number((value >> 32) as u8);
        note(
            matches,
            corpus,
            kind,
            whole(earlier),
            whole(later),
            (similarity, measure),
        )?;
    }
    Ok(clusters)
}
