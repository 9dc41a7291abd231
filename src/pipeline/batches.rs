//! Documents in bounded batches: one thread reads ahead, all work, results are taken in reading order.

use std::collections::BTreeMap;
use std::sync::mpsc::sync_channel;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::job::RunError;
use super::progress::Progress;
use crate::corpus::Reject;
use crate::corpus::inputs::Input;
use crate::corpus::read::{Body, Raw, Reader, Settings};
use crate::stage::Scratch;
use crate::text::hash::{hash, seed};

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
/// Three batches live at a time (being read, worked on, written), each with its texts about four times over.
pub(super) fn batch_bytes(memory: u64) -> usize {
    (memory / 96).clamp(256 << 10, 2 << 20) as usize
}

const BATCH_DOCUMENTS: usize = 4096;

/// Reads all `inputs` once; `work` sees each document or reject, on all threads of the current pool; `take` gets its
/// results in reading order. Returns how many parts of inputs were passed over that are no documents.
///
/// # Errors
/// The first error of `take`; reading then stops.
pub(super) fn run<T: Send>(
    inputs: &[Input],
    kept: &Kept,
    settings: &Settings,
    memory: u64,
    progress: &dyn Progress,
    work: impl Fn(Item<'_>, &mut Scratch) -> T + Sync,
    mut take: impl FnMut(Result<T, Reject>) -> Result<(), RunError>,
) -> Result<u64, RunError> {
    let mut skipped = 0;
    let limit = batch_bytes(memory);
    let (sender, receiver) = sync_channel::<Batch<'_>>(1);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            read_all(inputs, kept, settings, limit, |batch| {
                sender.send(batch).is_ok()
            });
        });
        // Not `for`: the receiver must go before the scope ends, so that the reader stops when `take` fails.
        let receiver = receiver;
        while let Ok(batch) = receiver.recv() {
            let documents = batch.items.len() as u64;
            skipped += batch.skipped;
            let results: Vec<Result<T, Reject>> = batch
                .items
                .into_par_iter()
                .map_init(Scratch::new, |scratch, item| item.map(|i| work(i, scratch)))
                .collect();
            for result in results {
                take(result)?;
            }
            progress.advance(batch.bytes as u64, documents);
        }
        Ok(skipped)
    })
}

/// Reads on until `send` says that nobody listens any more.
fn read_all<'i>(
    inputs: &'i [Input],
    kept: &Kept,
    settings: &'i Settings,
    limit: usize,
    mut send: impl FnMut(Batch<'i>) -> bool,
) {
    let mut names: FxHashSet<u64> = FxHashSet::default();
    let empty = || Batch {
        items: Vec::new(),
        bytes: 0,
        skipped: 0,
    };
    let mut batch = empty();
    for input in inputs {
        let opened = match kept.get(&input.path) {
            Some(copy) => Reader::open_at(input, settings, copy),
            None => Reader::open(input, settings),
        };
        let mut reader = match opened {
            Ok(reader) => reader,
            Err(reject) => {
                batch.items.push(Err(reject));
                continue;
            }
        };
        for raw in reader.by_ref() {
            match raw {
                Ok(raw) => {
                    batch.bytes += raw.bytes();
                    let name = name_of(input, &raw, &mut names);
                    batch.items.push(Ok(Item { input, raw, name }));
                }
                Err(reject) => batch.items.push(Err(reject)),
            }
            if batch.bytes >= limit || batch.items.len() >= BATCH_DOCUMENTS {
                let full = std::mem::replace(&mut batch, empty());
                if !send(full) {
                    return;
                }
            }
        }
        batch.skipped += reader.skipped();
    }
    if !batch.items.is_empty() || batch.skipped > 0 {
        send(batch);
    }
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
