//! The compare pass: drives stage 4 over a whole corpus on all threads, in bounded memory.
//!
//! Sketches go to two external sorts, one of band keys and one of fingerprints. [`Compare::finish`] then reads
//! buckets of equal keys, sorts and verifies the candidate pairs of documents on their texts, gathers clusters
//! (`documents`), and does the same with passages (`passages`). What stays in memory is about 85 bytes a
//! document and 12 for each document found in a longer one, besides the stated budget.
//!
//! With an index of earlier runs ([`Compare::with_index`]) the documents of it that share a key take part as `guests`, and what
//! this run brings becomes a segment of the index (`addition`).
//!
//! The outcome is the same at any number of threads and in any order of arrival: documents are put into the order of the
//! policy first, and every later step sorts by that.
//!
//! A text that stands in very many documents costs time in proportion to their number, not to its square: in
//! a bucket of more than [`pair::ALL_PAIRS`] documents each is compared with some others ([`pair::ANCHORS`]). [`Counts`] says
//! how often that happened.

mod addition;
mod columns;
mod documents;
mod findings;
mod guests;
mod passages;
mod recurring;
mod sorter;
mod spun;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};

pub use addition::Addition;
pub use findings::{Counts, Findings, Keep, Kind, Match, Matches};
pub use guests::Guests;

use crate::corpus::index::{Index, IndexError, Segment};
use crate::dedup::cluster::Clusters;
use crate::dedup::{Dedup, Policy, Settings, Sketch};
use crate::document::DocId;
use crate::edit::ByteSpan;
use crate::stage::SetupError;
use columns::{Columns, ColumnsWriter};
use guests::{Earlier, Gathering};
use sorter::{Sorted, Sorter};

#[cfg(doc)]
use crate::dedup::pair;

/// Where the compare pass finds the cleaned texts again.
pub trait Texts: Sync {
    /// The cleaned text of document `n`, numbered from 0 in the order of [`Compare::add`].
    fn text(&self, n: u32) -> &str;

    /// Bytes of that text, which need not be read for it.
    fn length(&self, n: u32) -> usize {
        self.text(n).len()
    }

    /// Called now and then between texts: a chance to give memory back that they have filled.
    fn release(&self) {}
}

impl<T: AsRef<str> + Sync> Texts for [T] {
    fn text(&self, n: u32) -> &str {
        self.get(n as usize).map_or("", AsRef::as_ref)
    }
}

impl<T: AsRef<str> + Sync> Texts for Vec<T> {
    fn text(&self, n: u32) -> &str {
        self.as_slice().text(n)
    }
}

/// What `keep-best` needs to know of a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rank {
    /// Words of clean text; more is better.
    pub words: u32,
    /// Edits made to it; fewer is better.
    pub edits: u32,
    /// Date as `YYYYMMDD`; earlier is better, unknown last. See [`Rank::day`].
    pub date: Option<u32>,
    /// Whether it was called spun: of an original and its spun copy, every policy that drops leaves this one out.
    pub spun: bool,
}

impl Rank {
    /// The day of an ISO 8601 date or time, as the number `YYYYMMDD`.
    pub fn day(iso: &str) -> Option<u32> {
        let mut parts = iso.get(..10)?.split('-');
        let mut part = |width: usize| {
            parts
                .next()
                .filter(|p| p.len() == width)?
                .parse::<u32>()
                .ok()
        };
        let (year, month, day) = (part(4)?, part(2)?, part(2)?);
        ((1..=12).contains(&month) && (1..=31).contains(&day))
            .then_some(year * 10_000 + month * 100 + day)
    }
}

/// Why the comparison cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompareError {
    /// A setting is out of range or the embedded data malformed.
    #[error("duplicates cannot be looked for")]
    Setup(#[from] SetupError),
    /// The index of earlier runs cannot be used.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// A temporary file could not be written or read.
    #[error("{}: temporary file cannot be used", path.display())]
    Spill {
        /// The folder of temporary files.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// More documents than 32 bits can number.
    #[error("more than {} documents in one run", u32::MAX - 1)]
    TooManyDocuments,
}

impl CompareError {
    /// What the user can do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Spill { .. } => Some(
                "choose a folder with more room for temporary files, or raise --memory".to_owned(),
            ),
            Self::Setup(_) => None,
            Self::Index(e) => e.help(),
            Self::TooManyDocuments => {
                Some("compare parts of the corpus one after the other".to_owned())
            }
        }
    }
}

/// Takes sketches, then compares all documents with one another.
#[derive(Debug)]
pub struct Compare {
    dedup: Dedup,
    memory: u64,
    tmp: PathBuf,
    documents: Documents,
    bands: Sorter<2>,
    fingerprints: Sorter<2>,
    columns: ColumnsWriter,
    earlier: Option<Earlier>,
}

/// What is kept of each document, by number.
#[derive(Debug, Default)]
struct Documents {
    ids: Vec<DocId>,
    ranks: Vec<Rank>,
    digests: Vec<u64>,
    /// How many fingerprints each has.
    fingerprints: Vec<u32>,
}

impl Documents {
    fn push(&mut self, id: DocId, rank: Rank, digest: u64, fingerprints: u32) {
        self.ids.push(id);
        self.ranks.push(rank);
        self.digests.push(digest);
        self.fingerprints.push(fingerprints);
    }
}

impl Compare {
    /// Ready for documents. Sort buffers and columns of words take at most `memory` bytes; what does not fit goes to unnamed files in `tmp`.
    ///
    /// # Errors
    /// A setting out of range.
    pub fn new(settings: &Settings, memory: u64, tmp: &Path) -> Result<Self, CompareError> {
        Ok(Self::of(Dedup::new(settings)?, memory, tmp))
    }

    /// The same with a stage that was set up before.
    pub fn of(dedup: Dedup, memory: u64, tmp: &Path) -> Self {
        Self {
            dedup,
            memory,
            tmp: tmp.to_owned(),
            documents: Documents::default(),
            bands: Sorter::new(memory / 10 * 3, tmp, u64::MAX),
            fingerprints: Sorter::new(memory / 10 * 4, tmp, u64::MAX),
            columns: ColumnsWriter::new(memory / 10, tmp),
            earlier: None,
        }
    }

    /// Compares with the documents of `index` too, and adds to it what is read from `inputs`: see [`Findings::addition`].
    #[must_use]
    pub fn with_index(mut self, index: Index, inputs: &[String]) -> Self {
        self.earlier = Some(Earlier {
            index,
            origins: Vec::new(),
            inputs: inputs.to_vec(),
        });
        self
    }

    /// The stage, for making sketches.
    pub fn dedup(&self) -> &Dedup {
        &self.dedup
    }

    /// Takes the next document.
    ///
    /// # Errors
    /// A full disk; more than 2³² - 2 documents.
    pub fn add(&mut self, id: DocId, rank: Rank, sketch: Sketch) -> Result<(), CompareError> {
        self.add_from(id.0, id, rank, sketch)
    }

    /// As [`Compare::add`], for a document that was read from `origin`, a hash: the document of an index with the same origin
    /// and the same text is this one, read before.
    ///
    /// # Errors
    /// A full disk; more than 2³² - 2 documents.
    pub fn add_from(
        &mut self,
        origin: u64,
        id: DocId,
        rank: Rank,
        sketch: Sketch,
    ) -> Result<(), CompareError> {
        let n = self.documents.ids.len();
        if n >= u32::MAX as usize - 1 {
            return Err(CompareError::TooManyDocuments);
        }
        let n = n as u64;
        let fingerprints = sketch.fingerprints.len() as u32;
        self.documents.push(id, rank, sketch.digest, fingerprints);
        if let Some(earlier) = &mut self.earlier {
            earlier.origins.push(origin);
        }
        let Sketch {
            bands,
            fingerprints,
            pairs,
            column,
            ..
        } = sketch;
        let push = || {
            self.columns.add(&column)?;
            for key in bands {
                self.bands.push([key, n])?;
            }
            for f in fingerprints.into_iter().chain(pairs) {
                self.fingerprints
                    .push([f.key, n << 32 | u64::from(f.word)])?;
            }
            Ok(())
        };
        push().map_err(spill_in(&self.tmp))
    }

    /// Compares all documents.
    ///
    /// # Errors
    /// A temporary file that cannot be written or read, or the index.
    pub fn finish(self, texts: &dyn Texts) -> Result<Findings, CompareError> {
        let Self {
            dedup,
            memory,
            tmp,
            mut documents,
            bands,
            fingerprints,
            columns,
            earlier,
        } = self;
        let own = documents.ids.len();
        let mut bands = bands.finish();
        let mut fingerprints = fingerprints.finish();
        let columns = columns.finish().map_err(spill_in(&tmp))?;
        let mut guests = Guests::default();
        let mut addition = None;
        if let Some(earlier) = earlier {
            let run = (&mut bands, &mut fingerprints, &columns);
            (guests, addition) = read_index(earlier, &mut documents, run, memory, &tmp)?;
        }
        let all = Everyone {
            own: own as u32,
            texts,
            guests: &guests,
        };
        let corpus = Corpus::new(documents, dedup.settings().policy, &all);
        let count = corpus.len();
        let mut counts = Counts {
            documents: own as u64,
            earlier: guests.len() as u64,
            ..Counts::default()
        };
        let columns = columns.with(&guests);
        let mut matches = Sorter::new(memory / 10, &tmp, pair_key(0, count as u32));
        let run = || {
            let copies = documents::copies(&corpus);
            let mut edges =
                documents::edges(&corpus, &dedup, &copies, bands, memory, &tmp, &mut counts)?;
            let shape = dedup.settings().shape();
            let mut within = Vec::new();
            let mut clusters = documents::clusters(
                &corpus,
                &mut edges,
                shape,
                &mut matches,
                &mut within,
                &mut counts,
            )?;
            passages::find(
                &corpus,
                &dedup,
                &copies,
                &clusters,
                &mut edges,
                fingerprints,
                &columns,
                &mut matches,
                &mut within,
                (memory, &tmp),
                &mut counts,
            )?;
            within.retain(|&(_, shorter, _)| !corpus.is_guest(shorter));
            clusters.contain(within);
            Ok(clusters)
        };
        let clusters: Clusters = run().map_err(spill_in(&tmp))?;
        let greatest = pair_key(0, count as u32);
        let (matches, recurring) =
            recurring::gather(matches.finish(), memory, &tmp, greatest).map_err(spill_in(&tmp))?;
        counts.recurring = recurring.len() as u64;
        counts.clusters = clusters.count();
        let order = corpus.order();
        drop(columns);
        let mut findings = Findings::new(
            order,
            clusters,
            matches,
            dedup.settings().policy,
            counts,
            tmp,
        );
        findings.set_recurring(recurring);
        findings.set_index(guests, addition);
        Ok(findings)
    }
}

/// Brings in the guests, and writes what this run adds.
fn read_index(
    earlier: Earlier,
    documents: &mut Documents,
    (bands, fingerprints, columns): (&mut Sorted<2>, &mut Sorted<2>, &Columns<'_>),
    memory: u64,
    tmp: &Path,
) -> Result<(Guests, Option<Addition>), CompareError> {
    let identities = earlier.identities(&documents.digests);
    let mut ours = identities.clone();
    ours.sort_unstable();
    let segments = earlier.index.segments().to_vec();
    let addition = Addition::begin(
        earlier,
        documents,
        (identities, &ours),
        bands,
        fingerprints,
        columns,
        |e| spill_in(tmp)(e),
    )?;
    let mut gathering = Gathering::new(segments, ours, documents);
    let mut join = || {
        let mut found = Sorter::new(memory / 20, tmp, u64::MAX);
        gathering.join(bands, Segment::bands, 0, guests::PER_BAND, &mut found)?;
        bands.absorb(found.finish(), tmp)?;
        let mut found = Sorter::new(memory / 20, tmp, u64::MAX);
        let most = guests::PER_FINGERPRINT;
        gathering.join(fingerprints, Segment::fingerprints, 32, most, &mut found)?;
        fingerprints.absorb(found.finish(), tmp)
    };
    join().map_err(spill_in(tmp))?;
    Ok((gathering.finish(), Some(addition)))
}

/// The texts of this run and those of the guests, which come after them.
struct Everyone<'t> {
    own: u32,
    texts: &'t dyn Texts,
    guests: &'t Guests,
}

impl Texts for Everyone<'_> {
    fn text(&self, n: u32) -> &str {
        match n.checked_sub(self.own) {
            Some(guest) => self.guests.text(guest),
            None => self.texts.text(n),
        }
    }

    fn length(&self, n: u32) -> usize {
        match n.checked_sub(self.own) {
            Some(guest) => self.guests.text(guest).len(),
            None => self.texts.length(n),
        }
    }

    fn release(&self) {
        self.texts.release();
        self.guests.release();
    }
}

fn spill_in(tmp: &Path) -> impl FnOnce(io::Error) -> CompareError {
    let path = tmp.to_owned();
    move |source| CompareError::Spill { path, source }
}

/// The documents in the order of the policy, guests before all others. A document's place in it decides every tie.
struct Corpus<'t> {
    texts: &'t dyn Texts,
    ids: Vec<DocId>,
    digests: Vec<u64>,
    /// By number: how many fingerprints it has.
    fingerprints: Vec<u32>,
    /// By place: the same up to 255. Small enough to stay near: it is asked for every pair that shares anything.
    few_fingerprints: Vec<u8>,
    /// By place: the document's number.
    number: Vec<u32>,
    /// By number: the document's place.
    place: Vec<u32>,
    /// By place: how many documents have a lower id.
    by_id: Vec<u32>,
    /// By number: whether it was called spun.
    spun: Vec<bool>,
    /// How many guests there are; theirs are the first places.
    guests: u32,
}

/// The order of the documents, which the findings keep.
struct Order {
    ids: Vec<DocId>,
    /// By place: the document's number.
    number: Vec<u32>,
    /// By number: the document's place.
    place: Vec<u32>,
    /// By place: how many documents have a lower id.
    by_id: Vec<u32>,
}

impl<'t> Corpus<'t> {
    fn new(documents: Documents, policy: Policy, texts: &'t Everyone<'t>) -> Self {
        use rayon::slice::ParallelSliceMut;
        let Documents {
            ids,
            ranks,
            digests,
            fingerprints,
        } = documents;
        let mut number: Vec<u32> = (0..ids.len() as u32).collect();
        number.par_sort_unstable_by_key(|&n| (ids[n as usize], n));
        let mut order_of_id = vec![0u32; ids.len()];
        for (i, &n) in number.iter().enumerate() {
            order_of_id[n as usize] = i as u32;
        }
        let is_new = |n: u32| n < texts.own;
        if policy == Policy::KeepBest {
            number.par_sort_unstable_by_key(|&n| {
                let rank = ranks[n as usize];
                let date = rank.date.unwrap_or(u32::MAX);
                (
                    is_new(n),
                    u32::MAX - rank.words,
                    rank.edits,
                    date,
                    order_of_id[n as usize],
                )
            });
        } else {
            // Stable: otherwise by id.
            number.par_sort_by_key(|&n| is_new(n));
        }
        let mut place = vec![0u32; ids.len()];
        for (i, &n) in number.iter().enumerate() {
            place[n as usize] = i as u32;
        }
        let spun = ranks.iter().map(|r| r.spun).collect();
        let by_id = number.iter().map(|&n| order_of_id[n as usize]).collect();
        let few = |&n: &u32| u8::try_from(fingerprints[n as usize]).unwrap_or(u8::MAX);
        let few_fingerprints = number.iter().map(few).collect();
        Self {
            texts,
            guests: texts.guests.len() as u32,
            ids,
            digests,
            fingerprints,
            few_fingerprints,
            number,
            place,
            by_id,
            spun,
        }
    }

    /// Whether the document at `place` is one of an earlier run. Two guests are not compared.
    fn is_guest(&self, place: u32) -> bool {
        place < self.guests
    }

    fn order(self) -> Order {
        let Self {
            ids,
            number,
            place,
            by_id,
            ..
        } = self;
        Order {
            ids,
            number,
            place,
            by_id,
        }
    }

    fn len(&self) -> usize {
        self.ids.len()
    }

    /// How many fingerprints the document at `place` has, 255 standing for any more.
    fn few_fingerprints(&self, place: u32) -> u32 {
        self.few_fingerprints[place as usize].into()
    }

    /// How many fingerprints the document at `place` has.
    fn fingerprints(&self, place: u32) -> u32 {
        match self.few_fingerprints[place as usize] {
            u8::MAX => self.fingerprints[self.number[place as usize] as usize],
            few => few.into(),
        }
    }

    /// The text of the document at `place`.
    fn text(&self, place: u32) -> &'t str {
        self.texts.text(self.number[place as usize])
    }

    /// All of the text of the document at `place`.
    fn whole(&self, place: u32) -> ByteSpan {
        ByteSpan::new(0, self.texts.length(self.number[place as usize]))
    }
}

/// Two places in one number; sorts by the later one, which is what clustering needs.
fn pair_key(earlier: u32, later: u32) -> u64 {
    u64::from(later) << 32 | u64::from(earlier)
}

/// The (earlier, later) of a [`pair_key`].
fn pair_of(key: u64) -> (u32, u32) {
    (key as u32, (key >> 32) as u32)
}
