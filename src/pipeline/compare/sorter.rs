//! External sort of fixed-width records: sorted runs in temporary files, merged when read.
//!
//! Records are arrays of 64-bit numbers, compared as such. Memory holds chunks of records, put into one of [`BUCKETS`] by
//! their leading bits as they come; when the stated size is reached the buckets are sorted on all threads and written. Runs
//! are merged sixty-four at a time, so a file is written again once per factor of 64 in size.

use std::cmp::Ordering;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Seek};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::corpus::runs::{self, Merged, Reader};

/// Runs merged at a time.
const FAN_IN: usize = 64;
/// Bytes of a run held while merging.
const READ_AHEAD: usize = 64 << 10;
/// Bits that choose a bucket, and again that divide it when it is sorted.
const BITS: u32 = 8;
/// Buckets in memory.
const BUCKETS: usize = 1 << BITS;
/// Most records in a chunk.
const CHUNK: usize = 1024;

/// Records of one bucket: full chunks, then the one that is being filled.
type Bucket<const N: usize> = Vec<Vec<[u64; N]>>;

/// Takes records in any order.
#[derive(Debug)]
pub(super) struct Sorter<const N: usize> {
    /// By bucket: the chunk that is being filled.
    open: Vec<Vec<[u64; N]>>,
    /// By bucket: the chunks that are full.
    full: Vec<Bucket<N>>,
    /// Empty chunks.
    spare: Bucket<N>,
    /// Chunks in use, and how many may be.
    chunks: usize,
    most_chunks: usize,
    /// Records in a chunk.
    chunk: usize,
    /// Bits of the first number that do not choose the bucket.
    shift: u32,
    tmp: PathBuf,
    /// Runs by how often their records were merged.
    levels: Vec<Vec<File>>,
}

impl<const N: usize> Sorter<N> {
    /// Holds at most `memory` bytes of records; runs go to unnamed files in `tmp`. Sorts fastest when the first numbers are
    /// spread evenly from 0 to `greatest`; any others are sorted too.
    pub(super) fn new(memory: u64, tmp: &Path, greatest: u64) -> Self {
        let capacity = usize::try_from(memory / (N as u64 * 8)).unwrap_or(usize::MAX);
        Self::with_capacity(capacity.max(1024), tmp, greatest)
    }

    /// As [`Sorter::new`], with the memory in records.
    fn with_capacity(capacity: usize, tmp: &Path, greatest: u64) -> Self {
        let chunk = (capacity / BUCKETS / 4).clamp(1, CHUNK);
        Self {
            open: vec![Vec::new(); BUCKETS],
            full: vec![Vec::new(); BUCKETS],
            spare: Vec::new(),
            chunks: 0,
            most_chunks: capacity / chunk,
            chunk,
            shift: (u64::BITS - greatest.leading_zeros()).saturating_sub(BITS),
            tmp: tmp.to_owned(),
            levels: Vec::new(),
        }
    }

    /// Fills `chunk` again, what it holds being of no more use.
    pub(super) fn reuse(&mut self, mut chunk: Vec<[u64; N]>) {
        if chunk.capacity() == self.chunk {
            chunk.clear();
            self.spare.push(chunk);
        }
    }

    /// Adds a record.
    #[inline]
    pub(super) fn push(&mut self, record: [u64; N]) -> io::Result<()> {
        let bucket = ((record[0] >> self.shift) as usize).min(BUCKETS - 1);
        let open = &mut self.open[bucket];
        if open.len() < open.capacity() {
            open.push(record);
            return Ok(());
        }
        self.push_to_next(record, bucket)
    }

    /// Adds a record to a bucket whose chunk is full.
    #[inline(never)]
    fn push_to_next(&mut self, record: [u64; N], bucket: usize) -> io::Result<()> {
        if self.chunks >= self.most_chunks {
            self.spill()?;
        }
        let mut next = self
            .spare
            .pop()
            .unwrap_or_else(|| Vec::with_capacity(self.chunk));
        next.push(record);
        let full = std::mem::replace(&mut self.open[bucket], next);
        if !full.is_empty() {
            self.full[bucket].push(full);
        }
        self.chunks += 1;
        Ok(())
    }

    /// Closes and sorts the buckets; the chunks of all of them, in order.
    fn sort(&mut self) -> Bucket<N> {
        for (open, full) in self.open.iter_mut().zip(&mut self.full) {
            if !open.is_empty() {
                full.push(std::mem::take(open));
            }
        }
        let shift = self.shift.saturating_sub(BITS);
        let parts = self.shift - shift;
        self.full
            .par_iter_mut()
            .enumerate()
            .for_each_init(Vec::new, |buffer, (i, bucket)| {
                sort(
                    bucket,
                    |first| (first >> shift) - ((i as u64) << parts),
                    buffer,
                );
            });
        self.chunks = 0;
        self.full.iter_mut().flat_map(std::mem::take).collect()
    }

    fn spill(&mut self) -> io::Result<()> {
        let mut sorted = self.sort();
        let run = write_run(sorted.iter().flatten().map(|r| Ok(*r)), &self.tmp)?;
        for chunk in &mut sorted {
            chunk.clear();
        }
        self.spare.append(&mut sorted);
        self.add_run(run, 0)
    }

    fn add_run(&mut self, run: File, level: usize) -> io::Result<()> {
        if self.levels.len() <= level {
            self.levels.resize_with(level + 1, Vec::new);
        }
        self.levels[level].push(run);
        if self.levels[level].len() < FAN_IN {
            return Ok(());
        }
        let full = std::mem::take(&mut self.levels[level]);
        let merged = write_run(Merge::<N>::new(full.iter().collect(), &[])?, &self.tmp)?;
        self.add_run(merged, level + 1)
    }

    /// The records in order.
    pub(super) fn finish(mut self) -> Sorted<N> {
        Sorted {
            chunks: self.sort(),
            runs: self.levels.into_iter().flatten().collect(),
        }
    }
}

/// Sorts the records of a bucket in their chunks: dividing them by eight bits more leaves little to compare. `part` grows
/// with the first number, from 0.
fn sort<const N: usize>(
    bucket: &mut Bucket<N>,
    part: impl Fn(u64) -> u64,
    buffer: &mut Vec<[u64; N]>,
) {
    let part = |r: &[u64; N]| (part(r[0]) as usize).min(BUCKETS - 1);
    let mut ends = [0usize; BUCKETS];
    for record in bucket.iter().flatten() {
        ends[part(record)] += 1;
    }
    let mut count = 0;
    for end in &mut ends {
        count += std::mem::replace(end, count);
    }
    buffer.clear();
    buffer.resize(count, [0; N]);
    for record in bucket.iter().flatten() {
        let at = &mut ends[part(record)];
        buffer[*at] = *record;
        *at += 1;
    }
    let mut start = 0;
    for end in ends {
        buffer[start..end].sort_unstable_by(order);
        start = end;
    }
    let mut rest = buffer.as_slice();
    for chunk in bucket {
        let (head, tail) = rest.split_at(chunk.len());
        chunk.copy_from_slice(head);
        rest = tail;
    }
}

/// The order of records; two numbers are compared at a time.
fn order<const N: usize>(x: &[u64; N], y: &[u64; N]) -> Ordering {
    let head = |r: &[u64; N]| u128::from(r[0]) << 64 | r.get(1).map_or(0, |&n| u128::from(n));
    head(x)
        .cmp(&head(y))
        .then_with(|| x[N.min(2)..].cmp(&y[N.min(2)..]))
}

/// Writes sorted records to an unnamed file.
fn write_run<const N: usize>(
    records: impl Iterator<Item = io::Result<[u64; N]>>,
    tmp: &Path,
) -> io::Result<File> {
    let mut out = BufWriter::with_capacity(256 << 10, tempfile::tempfile_in(tmp)?);
    runs::write(records, &mut out)?;
    out.into_inner().map_err(io::IntoInnerError::into_error)
}

/// Sorted records, partly in memory, partly in runs.
#[derive(Debug)]
pub(super) struct Sorted<const N: usize> {
    chunks: Bucket<N>,
    runs: Vec<File>,
}

impl<const N: usize> Sorted<N> {
    /// All records in chunks, unless some are in runs.
    pub(super) fn take_chunks(&mut self) -> Option<Vec<Vec<[u64; N]>>> {
        self.runs
            .is_empty()
            .then(|| std::mem::take(&mut self.chunks))
    }

    /// The records from the first on; one reading at a time.
    pub(super) fn read(&mut self) -> io::Result<Merge<'_, N>> {
        Merge::new(self.runs.iter().collect(), &self.chunks)
    }

    /// Takes the records of another sequence in, by way of a file in `tmp`.
    pub(super) fn absorb(&mut self, mut other: Self, tmp: &Path) -> io::Result<()> {
        let run = write_run(other.read()?, tmp)?;
        self.runs.push(run);
        Ok(())
    }
}

/// What sorted records are read from.
#[derive(Debug)]
enum Source<'r, const N: usize> {
    Run(Reader<BufReader<&'r File>, N>),
    Memory(Held<'r, N>),
}

impl<const N: usize> Iterator for Source<'_, N> {
    type Item = io::Result<[u64; N]>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Run(run) => run.next(),
            Self::Memory(held) => held.next().map(Ok),
        }
    }
}

/// The records in memory: the chunk that is being read, and the chunks after it.
#[derive(Debug)]
struct Held<'r, const N: usize> {
    chunk: std::slice::Iter<'r, [u64; N]>,
    chunks: std::slice::Iter<'r, Vec<[u64; N]>>,
}

impl<const N: usize> Iterator for Held<'_, N> {
    type Item = [u64; N];

    fn next(&mut self) -> Option<[u64; N]> {
        loop {
            if let Some(&record) = self.chunk.next() {
                return Some(record);
            }
            self.chunk = self.chunks.next()?.iter();
        }
    }
}

/// Sorted records one after the other; repeated ones as often as they were pushed.
#[derive(Debug)]
pub(super) enum Merge<'r, const N: usize> {
    /// All in memory: no need to merge.
    #[expect(private_interfaces, reason = "read through the iterator alone")]
    Held(Held<'r, N>),
    /// Runs, and what is in memory.
    #[expect(private_interfaces, reason = "read through the iterator alone")]
    Merged(Merged<Source<'r, N>, N>),
}

impl<'r, const N: usize> Merge<'r, N> {
    fn new(files: Vec<&'r File>, chunks: &'r [Vec<[u64; N]>]) -> io::Result<Self> {
        let held = Held {
            chunk: [].iter(),
            chunks: chunks.iter(),
        };
        if files.is_empty() {
            return Ok(Self::Held(held));
        }
        let mut sources = Vec::with_capacity(files.len() + 1);
        for mut file in files {
            file.rewind()?;
            let run = BufReader::with_capacity(READ_AHEAD, file);
            sources.push(Source::Run(Reader::new(run)));
        }
        sources.push(Source::Memory(held));
        Ok(Self::Merged(Merged::new(sources)?))
    }
}

impl<const N: usize> Iterator for Merge<'_, N> {
    type Item = io::Result<[u64; N]>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Held(held) => held.next().map(Ok),
            Self::Merged(merged) => merged.next(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sorted(records: &[[u64; 2]], capacity: usize, greatest: u64) -> Vec<[u64; 2]> {
        let dir = tempfile::tempdir().unwrap();
        // The least capacity of other sorters is too large for a test to spill.
        let mut sorter = Sorter::with_capacity(capacity, dir.path(), greatest);
        for &r in records {
            sorter.push(r).unwrap();
        }
        let mut out = sorter.finish();
        let first: Vec<_> = out.read().unwrap().map(Result::unwrap).collect();
        let again: Vec<_> = out.read().unwrap().map(Result::unwrap).collect();
        assert_eq!(first, again);
        first
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn spilled_and_held_records_come_out_sorted(
            mut records in prop::collection::vec([0u64..2000, 0u64..1000], 0..500),
            greatest in prop::sample::select(vec![0, 20, 2000, 1 << 40, u64::MAX]),
        ) {
            let spilled = sorted(&records, 3, greatest);
            let held = sorted(&records, 1 << 16, greatest);
            records.sort_unstable();
            prop_assert_eq!(&spilled, &records);
            prop_assert_eq!(&held, &records);
        }
    }
}
