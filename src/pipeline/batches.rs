//! Documents in bounded batches: one thread reads ahead, all work, and one of them takes the results in reading order.

use std::collections::BTreeMap;
use std::sync::mpsc::sync_channel;

use rayon::prelude::*;
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use super::job::RunError;
use super::pool::Pool;
use super::progress::Progress;
use crate::corpus::Reject;
use crate::corpus::inputs::Input;
use crate::corpus::read::{Body, Raw, Reader, Settings};
use crate::stage::Scratch;
use crate::text::hash::{combine, hash, seed};

/// A document that was read, with what places it in the run.
#[derive(Debug)]
pub(super) struct Item<'i> {
    /// The input it came from.
    pub input: &'i Input,
    /// Its bytes.
    pub raw: Raw,
    /// Its name in the run folder: the record's own where it has one and it is the first to carry it.
    pub name: String,
}

/// What the reader thread hands over at a time.
struct Batch<'i> {
    items: Vec<Result<Item<'i>, Reject>>,
    bytes: usize,
    /// Parts of inputs passed over that are no documents.
    skipped: u64,
}

/// Where standard input was kept, by the path its documents carry.
pub(super) type Kept = BTreeMap<String, std::path::PathBuf>;

/// Bytes of documents a batch aims at, and documents it holds at most, for a run that may take `memory`.
///
/// Four batches live at a time (being read, waiting, worked on, written), each with its texts about four times over.
pub(super) fn batch_bytes(memory: u64) -> usize {
    (memory / 96).clamp(256 << 10, 2 << 20) as usize
}

const BATCH_DOCUMENTS: usize = 4096;
/// Buffers grow with the largest document; those that read a larger one than this are not kept.
const KEPT_BUFFERS: usize = 1 << 20;

/// What is read, and how.
#[derive(Clone, Copy)]
pub(super) struct Source<'s> {
    pub inputs: &'s [Input],
    pub kept: &'s Kept,
    pub settings: &'s Settings,
    pub memory: u64,
}

impl Source<'_> {
    /// Bytes of all inputs, as they lie on disk.
    pub(super) fn bytes(&self) -> u64 {
        self.inputs.iter().map(|i| i.bytes).sum()
    }
}

/// How far the reading of a source has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    /// Documents and rejects read.
    pub items: u64,
    /// Hash of all of them, in order.
    pub digest: u64,
}

impl Mark {
    fn pass(&mut self, item: Result<(u64, u64), &Reject>) {
        self.items += 1;
        let (at, what) = match item {
            Ok(place_and_digest) => place_and_digest,
            Err(reject) => (reject.offset, hash(reject.reason.as_bytes(), seed::TEXT)),
        };
        self.digest = combine(combine(self.digest, at), what);
    }
}

/// What takes the results of [`run`], in reading order.
pub(super) trait Take<T> {
    /// Takes one.
    ///
    /// # Errors
    /// Whatever ends the run.
    fn take(&mut self, result: Result<T, Reject>) -> Result<(), RunError>;

    /// Told after each batch how far the reading has come, and of how many bytes of documents the batch was.
    ///
    /// # Errors
    /// Whatever ends the run.
    fn reached(&mut self, _mark: Mark, _bytes: usize) -> Result<(), RunError> {
        Ok(())
    }
}

/// Reads all inputs of `source` once, but for what lies before `from`; `work` sees each document or reject, on all threads of the
/// current pool; `taker` gets its results in reading order.
///
/// Returns how far that is, and how many parts of all inputs are no documents. Batches begin at `from` and end where they always do, so a run that goes on from the end of one has the same batches as one that
/// was never interrupted.
///
/// # Errors
/// The first error of `taker`; reading then stops. [`RunError::Changed`] when what lies before `from` is not what it was.
pub(super) fn run<T: Send>(
    source: Source<'_>,
    from: Mark,
    progress: &dyn Progress,
    work: impl Fn(Item<'_>, &mut Scratch) -> T + Sync,
    taker: &mut impl Take<T>,
) -> Result<(Mark, u64), RunError> {
    let mut skipped = 0;
    let limit = batch_bytes(source.memory);
    let mut mark = from;
    let scratches = Pool::new();
    let (sender, receiver) = sync_channel::<Result<Batch<'_>, Changed>>(1);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let result = read_all(source, from, limit, |batch| sender.send(Ok(batch)).is_ok());
            if let Err(changed) = result {
                // Nobody listens any more only when the run has ended already.
                let _ = sender.send(Err(changed));
            }
        });
        // It must go before the scope ends, so that the reader stops when `taker` fails.
        let receiver = receiver;
        let mut before: Option<Done<T>> = None;
        loop {
            let batch = receiver.recv().ok().transpose();
            let batch = batch.map_err(|Changed| RunError::Changed)?;
            if let Some(batch) = &batch {
                skipped += batch.skipped;
                for item in &batch.items {
                    mark.pass(item.as_ref().map(|i| (i.raw.offset, i.raw.digest())));
                }
            }
            // One batch is worked on while the results of the one before are taken, which is one thread's job.
            let mut now = None;
            rayon::in_place_scope(|scope| {
                if let Some(batch) = batch {
                    let (now, scratches, work) = (&mut now, &scratches, &work);
                    scope.spawn(move |_| *now = Some(Done::of(batch, mark, scratches, work)));
                }
                before
                    .take()
                    .map_or(Ok(()), |done| done.give(taker, progress))
            })?;
            if now.is_none() {
                break;
            }
            before = now;
        }
        Ok((mark, skipped))
    })
}

/// A batch that was worked on.
struct Done<T> {
    results: Vec<Result<T, Reject>>,
    /// How far the reading had come behind it.
    mark: Mark,
    bytes: usize,
}

impl<T: Send> Done<T> {
    fn of(
        batch: Batch<'_>,
        mark: Mark,
        scratches: &Pool<Scratch>,
        work: &(impl Fn(Item<'_>, &mut Scratch) -> T + Sync),
    ) -> Self {
        let one = |scratch: &mut Scratch, item: Item<'_>| {
            let is_large = item.raw.bytes() > KEPT_BUFFERS;
            let result = work(item, scratch);
            if is_large {
                *scratch = Scratch::new();
            }
            result
        };
        let results = batch
            .items
            .into_par_iter()
            .map_init(
                || scratches.take(Scratch::new),
                |scratch, item| item.map(|i| one(scratch, i)),
            )
            .collect();
        Self {
            results,
            mark,
            bytes: batch.bytes,
        }
    }

    fn give(self, taker: &mut impl Take<T>, progress: &dyn Progress) -> Result<(), RunError> {
        let documents = self.results.len() as u64;
        for result in self.results {
            taker.take(result)?;
        }
        taker.reached(self.mark, self.bytes)?;
        progress.advance(self.bytes as u64, documents);
        Ok(())
    }
}

/// What was read before is not what is read now.
struct Changed;

/// Reads on until `send` says that nobody listens any more.
fn read_all<'i>(
    source: Source<'i>,
    from: Mark,
    limit: usize,
    mut send: impl FnMut(Batch<'i>) -> bool,
) -> Result<(), Changed> {
    let mut names: FxHashSet<u64> = FxHashSet::default();
    let empty = || Batch {
        items: Vec::new(),
        bytes: 0,
        skipped: 0,
    };
    let mut batch = empty();
    let mut passed = Mark::default();
    for input in source.inputs {
        let opened = match source.kept.get(&input.path) {
            Some(copy) => Reader::open_at(input, source.settings, copy),
            None => Reader::open(input, source.settings),
        };
        // What cannot be opened is one reject.
        let (mut reader, reject) = match opened {
            Ok(reader) => (Some(reader), None),
            Err(reject) => (None, Some(Err(reject))),
        };
        for raw in reader.iter_mut().flatten().chain(reject) {
            let item = raw.map(|raw| {
                let name = name_of(input, &raw, &mut names);
                Item { input, raw, name }
            });
            if passed.items < from.items {
                passed.pass(item.as_ref().map(|i| (i.raw.offset, i.raw.digest())));
                if passed.items == from.items && passed != from {
                    return Err(Changed);
                }
                continue;
            }
            batch.bytes += item.as_ref().map_or(0, |i| i.raw.bytes());
            batch.items.push(item);
            if batch.bytes >= limit || batch.items.len() >= BATCH_DOCUMENTS {
                let full = std::mem::replace(&mut batch, empty());
                if !send(full) {
                    return Ok(());
                }
            }
        }
        batch.skipped += reader.map_or(0, |r| r.skipped());
    }
    if passed.items < from.items {
        return Err(Changed);
    }
    if !batch.items.is_empty() || batch.skipped > 0 {
        send(batch);
    }
    Ok(())
}

/// The path of a text file; a record's own name, or path and line where it has none or another record has it already.
fn name_of(input: &Input, raw: &Raw, names: &mut FxHashSet<u64>) -> String {
    let Body::Record(record) = &raw.body else {
        return input.path.clone();
    };
    match &record.id {
        Some(id) if names.insert(hash(id.as_bytes(), seed::TEXT)) => id.clone(),
        Some(id) => format!("{id}@{}:{}", input.path, record.number),
        None => format!("{}:{}", input.path, record.number),
    }
}
