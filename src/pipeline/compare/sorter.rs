//! External sort of fixed-width records: sorted runs in temporary files, merged when read.
//!
//! Records are arrays of 64-bit numbers, compared as such. Memory holds one buffer of the stated size; when it is
//! full it is sorted on all threads and written. Runs are merged sixty-four at a time, so a file is written
//! again once per factor of 64 in size.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use rayon::slice::ParallelSliceMut;

/// Runs merged at a time.
const FAN_IN: usize = 64;
/// Bytes of a run held while merging.
const READ_AHEAD: usize = 64 << 10;

/// Takes records in any order.
#[derive(Debug)]
pub(super) struct Sorter<const N: usize> {
    buffer: Vec<[u64; N]>,
    capacity: usize,
    tmp: PathBuf,
    /// Runs by how often their records were merged.
    levels: Vec<Vec<File>>,
    pushed: u64,
}

impl<const N: usize> Sorter<N> {
    /// Holds at most `memory` bytes of records; runs go to unnamed files in `tmp`.
    pub(super) fn new(memory: u64, tmp: &Path) -> Self {
        let capacity = usize::try_from(memory / (N as u64 * 8)).unwrap_or(usize::MAX);
        Self {
            buffer: Vec::new(),
            capacity: capacity.clamp(1024, isize::MAX as usize / (N * 8)),
            tmp: tmp.to_owned(),
            levels: Vec::new(),
            pushed: 0,
        }
    }

    /// Records taken so far.
    pub(super) fn len(&self) -> u64 {
        self.pushed
    }

    /// Adds a record.
    pub(super) fn push(&mut self, record: [u64; N]) -> io::Result<()> {
        if self.buffer.len() >= self.capacity {
            self.spill()?;
        }
        // Doubling would overshoot the stated memory at the last step.
        if self.buffer.len() == self.buffer.capacity() {
            let more = self
                .buffer
                .len()
                .max(1024)
                .min(self.capacity - self.buffer.len());
            self.buffer.reserve_exact(more);
        }
        self.buffer.push(record);
        self.pushed += 1;
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        self.buffer.par_sort_unstable();
        let run = write_run(self.buffer.iter().map(|r| Ok(*r)), &self.tmp)?;
        self.buffer.clear();
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
    pub(super) fn finish(mut self) -> io::Result<Sorted<N>> {
        self.buffer.par_sort_unstable();
        self.buffer.shrink_to_fit();
        Ok(Sorted {
            buffer: self.buffer,
            runs: self.levels.into_iter().flatten().collect(),
        })
    }
}

/// Writes sorted records to an unnamed file.
fn write_run<const N: usize>(
    records: impl Iterator<Item = io::Result<[u64; N]>>,
    tmp: &Path,
) -> io::Result<File> {
    let mut out = BufWriter::with_capacity(256 << 10, tempfile::tempfile_in(tmp)?);
    for record in records {
        for number in record? {
            out.write_all(&number.to_le_bytes())?;
        }
    }
    out.into_inner().map_err(io::IntoInnerError::into_error)
}

/// Sorted records, partly in memory, partly in runs.
#[derive(Debug)]
pub(super) struct Sorted<const N: usize> {
    buffer: Vec<[u64; N]>,
    runs: Vec<File>,
}

impl<const N: usize> Sorted<N> {
    /// The records from the first on; one reading at a time.
    pub(super) fn iter(&mut self) -> io::Result<Merge<'_, N>> {
        Merge::new(self.runs.iter().collect(), &self.buffer)
    }
}

/// Merges runs; yields repeated records as often as they were pushed.
#[derive(Debug)]
pub(super) struct Merge<'r, const N: usize> {
    runs: Vec<BufReader<&'r File>>,
    memory: std::slice::Iter<'r, [u64; N]>,
    heads: BinaryHeap<Reverse<([u64; N], usize)>>,
}

impl<'r, const N: usize> Merge<'r, N> {
    fn new(files: Vec<&'r File>, memory: &'r [[u64; N]]) -> io::Result<Self> {
        let mut merge = Self {
            runs: Vec::with_capacity(files.len()),
            memory: memory.iter(),
            heads: BinaryHeap::new(),
        };
        for mut file in files {
            file.rewind()?;
            merge.runs.push(BufReader::with_capacity(READ_AHEAD, file));
        }
        if merge.runs.is_empty() {
            return Ok(merge);
        }
        // The last source is memory.
        for source in 0..=merge.runs.len() {
            if let Some(record) = merge.read(source)? {
                merge.heads.push(Reverse((record, source)));
            }
        }
        Ok(merge)
    }

    fn read(&mut self, source: usize) -> io::Result<Option<[u64; N]>> {
        let Some(run) = self.runs.get_mut(source) else {
            return Ok(self.memory.next().copied());
        };
        let mut record = [0; N];
        for (i, number) in record.iter_mut().enumerate() {
            let mut bytes = [0; 8];
            match run.read_exact(&mut bytes) {
                Ok(()) => *number = u64::from_le_bytes(bytes),
                Err(e) if i == 0 && e.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
                Err(e) => return Err(e),
            }
        }
        Ok(Some(record))
    }
}

impl<const N: usize> Iterator for Merge<'_, N> {
    type Item = io::Result<[u64; N]>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.runs.is_empty() {
            // All in memory: no need for the heap.
            return self.memory.next().copied().map(Ok);
        }
        let Reverse((record, source)) = self.heads.pop()?;
        match self.read(source) {
            Ok(Some(next)) => self.heads.push(Reverse((next, source))),
            Ok(None) => {}
            Err(e) => return Some(Err(e)),
        }
        Some(Ok(record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sorted(records: &[[u64; 2]], memory: u64) -> Vec<[u64; 2]> {
        let dir = tempfile::tempdir().unwrap();
        let mut sorter = Sorter::new(memory, dir.path());
        // The least capacity is too large for a test to spill.
        sorter.capacity = (memory / 16) as usize;
        for &r in records {
            sorter.push(r).unwrap();
        }
        let mut out = sorter.finish().unwrap();
        let first: Vec<_> = out.iter().unwrap().map(Result::unwrap).collect();
        let again: Vec<_> = out.iter().unwrap().map(Result::unwrap).collect();
        assert_eq!(first, again);
        first
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn spilled_and_held_records_come_out_sorted(
            mut records in prop::collection::vec([0u64..20, 0u64..1000], 0..500),
        ) {
            let spilled = sorted(&records, 3 * 16);
            let held = sorted(&records, 1 << 20);
            records.sort_unstable();
            prop_assert_eq!(&spilled, &records);
            prop_assert_eq!(&held, &records);
        }
    }
}
