//! What the comparison found: matches in order, clusters, and what the policy drops.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::recurring::Recurring;
use super::sorter::{Merge, Sorted, Sorter};
use super::{Addition, CompareError, Corpus, Guests, Order, spill_in};
use crate::dedup::Policy;
use crate::dedup::cluster::Clusters;
use crate::dedup::passage::Passage;
use crate::dedup::verify::Measure;
use crate::document::DocId;
use crate::edit::ByteSpan;

/// What kind of thing two documents share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The whole text.
    Document,
    /// A stretch of it.
    Passage,
    /// The whole text, as a form filled in with other facts. Both stay, whatever the policy.
    Template,
    /// A shorter text that stands in a longer one. A policy that drops leaves out the shorter alone.
    Contained,
    /// A text and what a synonym spinner made of it. Both stay, unless exactly one of them was called spun: then a policy that
    /// drops leaves that one out.
    #[serde(rename = "spun_copy")]
    SpunCopy,
}

impl Kind {
    /// The name as in `duplicates.jsonl`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Passage => "passage",
            Self::Template => "template",
            Self::Contained => "contained",
            Self::SpunCopy => "spun_copy",
        }
    }

    /// The kind with this number, for records on disk.
    pub(super) const fn from_number(n: u8) -> Self {
        match n {
            0 => Self::Document,
            1 => Self::Passage,
            2 => Self::Template,
            3 => Self::Contained,
            _ => Self::SpunCopy,
        }
    }
}

/// Which of the two documents of a match a policy keeps; with [`Policy::Flag`], which ones `drop` would keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Keep {
    /// Both stay.
    Both,
    /// Only the first stays.
    A,
    /// Only the second stays.
    B,
    /// Both are members of clusters whose anchors stay.
    Neither,
}

/// Two stretches of text that resemble each other.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Match {
    /// What they share.
    pub kind: Kind,
    /// Number of the document with the lower id, and the bytes of its cleaned text.
    pub a: (u32, ByteSpan),
    /// Number of the other document, and the bytes of its cleaned text.
    pub b: (u32, ByteSpan),
    /// 0 to 1.
    pub similarity: f32,
    /// How the similarity was measured: `exact`, `jaccard`, `strsim-levenshtein`, `alignment`, `containment`, `synonym-alignment`.
    pub measure: &'static str,
    /// The cluster that holds both documents, named by the id of its anchor.
    pub cluster: Option<u64>,
    /// Which documents stay.
    pub keep: Keep,
    /// How many documents hold this text: two, or the number of those for which this match stands.
    pub documents: u64,
    /// Whether it is a passage that one of the two quotes, marks and speaker told.
    pub quoted: bool,
}

/// How much was found, and what was bounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Counts {
    /// Documents compared.
    pub documents: u64,
    /// Documents of an index of earlier runs that share something with one of this run, and were compared with it.
    pub earlier: u64,
    /// Pairs of documents compared on their texts.
    pub candidates: u64,
    /// Matches of whole documents.
    pub document_matches: u64,
    /// Pairs of documents that are one form with other facts.
    pub template_matches: u64,
    /// Documents that stand in longer ones, by pairs.
    pub contained_matches: u64,
    /// Pairs of a text and its spun copy.
    pub spun_matches: u64,
    /// Matches of passages.
    pub passage_matches: u64,
    /// Clusters of two and more documents.
    pub clusters: u64,
    /// Buckets of so many alike documents that each was compared with a few of the others alone.
    pub bounded_buckets: u64,
    /// Fingerprints in so many documents that each was compared with a few of the others alone.
    pub bounded_fingerprints: u64,
    /// Passages that stand in many documents, each told once.
    pub recurring: u64,
    /// Pairs of documents compared for passages on their texts.
    pub passage_candidates: u64,
}

/// The outcome of a comparison.
#[derive(Debug)]
pub struct Findings {
    counts: Counts,
    matches: Sorted<4>,
    clusters: Clusters,
    ids: Vec<DocId>,
    /// By place: the document's number.
    number: Vec<u32>,
    /// By number: the document's place.
    place: Vec<u32>,
    /// Numbers of the documents in the order of their ids.
    number_by_id: Vec<u32>,
    policy: Policy,
    tmp: PathBuf,
    /// Numbered after the documents of this run.
    guests: Guests,
    addition: Option<Addition>,
    recurring: Recurring,
}

impl Findings {
    pub(super) fn new(
        order: Order,
        clusters: Clusters,
        matches: Sorted<4>,
        policy: Policy,
        counts: Counts,
        tmp: PathBuf,
    ) -> Self {
        let mut number_by_id = vec![0; order.ids.len()];
        for (place, &number) in order.number.iter().enumerate() {
            number_by_id[order.by_id[place] as usize] = number;
        }
        Self {
            counts,
            matches,
            clusters,
            ids: order.ids,
            number: order.number,
            place: order.place,
            number_by_id,
            policy,
            tmp,
            guests: Guests::default(),
            addition: None,
            recurring: Recurring::default(),
        }
    }

    pub(super) fn set_recurring(&mut self, recurring: Recurring) {
        self.recurring = recurring;
    }

    pub(super) fn set_index(&mut self, guests: Guests, addition: Option<Addition>) {
        self.guests = guests;
        self.addition = addition;
    }

    /// The documents of an index of earlier runs that took part. Document `n` of a match is guest `n` less the documents of
    /// this run.
    pub fn guests(&self) -> &Guests {
        &self.guests
    }

    /// What this run adds to the index; `None` without one, and after the first call.
    pub fn addition(&mut self) -> Option<Addition> {
        self.addition.take()
    }

    /// How much was found.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Whether the policy leaves document `n` out.
    pub fn dropped(&self, n: u32) -> bool {
        self.policy != Policy::Flag && !self.is_kept(n)
    }

    /// The cluster of document `n`, named by the id of its anchor; `None` when nothing resembles it.
    pub fn cluster(&self, n: u32) -> Option<u64> {
        let anchor = self.clusters.anchor(*self.place.get(n as usize)?)?;
        Some(self.ids[self.number[anchor as usize] as usize].0)
    }

    /// All matches, sorted by the ids of both documents and then by spans. Can be read again.
    ///
    /// # Errors
    /// A temporary file that cannot be read.
    pub fn matches(&mut self) -> Result<Matches<'_>, CompareError> {
        self.matches_with_guests().map(|(_, matches)| matches)
    }

    /// As [`Findings::matches`], with the documents of earlier runs that they may name.
    ///
    /// # Errors
    /// A temporary file that cannot be read.
    pub fn matches_with_guests(&mut self) -> Result<(&Guests, Matches<'_>), CompareError> {
        let Self {
            matches,
            clusters,
            ids,
            number,
            place,
            number_by_id,
            tmp,
            guests,
            recurring,
            ..
        } = self;
        let matches = Matches {
            merge: matches.read().map_err(spill_in(tmp))?,
            clusters,
            ids,
            number,
            place,
            number_by_id,
            tmp,
            recurring,
        };
        Ok((guests, matches))
    }

    fn is_kept(&self, n: u32) -> bool {
        self.place
            .get(n as usize)
            .is_none_or(|&p| self.clusters.is_kept(p))
    }
}

/// See [`Findings::matches`].
#[derive(Debug)]
pub struct Matches<'f> {
    merge: Merge<'f, 4>,
    clusters: &'f Clusters,
    ids: &'f [DocId],
    number: &'f [u32],
    place: &'f [u32],
    number_by_id: &'f [u32],
    tmp: &'f PathBuf,
    recurring: &'f Recurring,
}

impl Matches<'_> {
    fn read(&self, record: [u64; 4]) -> Match {
        let number = |order: u64| self.number_by_id[order as u32 as usize];
        let (a, b) = (number(record[0] >> 32), number(record[0]));
        let (place_a, place_b) = (self.place[a as usize], self.place[b as usize]);
        let anchor = self.clusters.anchor(place_a);
        let cluster = anchor.filter(|_| anchor == self.clusters.anchor(place_b));
        Match {
            kind: kind_of(&record),
            documents: self
                .recurring
                .get(&[record[0], record[1], record[2]])
                .copied()
                .unwrap_or(2),
            a: (a, unpack(record[1])),
            b: (b, unpack(record[2])),
            similarity: f32::from_bits(record[3] as u32),
            measure: Measure::from_number((record[3] >> 32) as u8).as_str(),
            cluster: cluster.map(|p| self.ids[self.number[p as usize] as usize].0),
            keep: match (
                self.clusters.is_kept(place_a),
                self.clusters.is_kept(place_b),
            ) {
                (true, true) => Keep::Both,
                (true, false) => Keep::A,
                (false, true) => Keep::B,
                (false, false) => Keep::Neither,
            },
            quoted: record[3] & QUOTED != 0,
        }
    }
}

impl Iterator for Matches<'_> {
    type Item = Result<Match, CompareError>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = self.merge.next()?;
        Some(record.map(|r| self.read(r)).map_err(spill_in(self.tmp)))
    }
}

/// Notes a match between two places as a record that sorts as matches do.
pub(super) fn note(
    matches: &mut Sorter<4>,
    corpus: &Corpus<'_>,
    kind: Kind,
    (place_a, a): (u32, ByteSpan),
    (place_b, b): (u32, ByteSpan),
    (similarity, measure): (f32, Measure),
) -> std::io::Result<()> {
    let value = (measure as u64) << 32 | u64::from(similarity.to_bits());
    push(
        matches,
        corpus,
        (place_a, a),
        (place_b, b),
        (kind as u64) << 40 | value,
    )
}

/// Set in the record of a passage that is quoted.
const QUOTED: u64 = 1 << 48;

/// Notes a passage as [`note`] does.
pub(super) fn note_passage(
    matches: &mut Sorter<4>,
    corpus: &Corpus<'_>,
    (earlier, later): (u32, u32),
    passage: Passage,
) -> std::io::Result<()> {
    let measure = if passage.exact {
        Measure::Exact
    } else {
        Measure::Alignment
    };
    let value = (Kind::Passage as u64) << 40
        | (measure as u64) << 32
        | u64::from(passage.similarity.to_bits())
        | if passage.quoted { QUOTED } else { 0 };
    push(
        matches,
        corpus,
        (earlier, passage.a),
        (later, passage.b),
        value,
    )
}

fn push(
    matches: &mut Sorter<4>,
    corpus: &Corpus<'_>,
    (place_a, a): (u32, ByteSpan),
    (place_b, b): (u32, ByteSpan),
    value: u64,
) -> std::io::Result<()> {
    let (order_a, order_b) = (
        corpus.by_id[place_a as usize],
        corpus.by_id[place_b as usize],
    );
    let ((order_a, a), (order_b, b)) = if order_a < order_b {
        ((order_a, a), (order_b, b))
    } else {
        ((order_b, b), (order_a, a))
    };
    matches.push([
        u64::from(order_a) << 32 | u64::from(order_b),
        pack(a),
        pack(b),
        value,
    ])
}

fn pack(span: ByteSpan) -> u64 {
    (span.start as u64) << 32 | span.end as u64
}

/// The kind of a record of [`note`].
pub(super) fn kind_of(record: &[u64; 4]) -> Kind {
    Kind::from_number((record[3] >> 40) as u8)
}

pub(super) fn unpack(span: u64) -> ByteSpan {
    ByteSpan::new((span >> 32) as usize, span as u32 as usize)
}
