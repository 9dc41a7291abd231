//! Exact counts of 64-bit keys in bounded memory: what does not fit goes to disk, and is answered from there.
//!
//! [`KeyCounts`] collects keys in one vector; when it is full it is sorted and written as a run of keys with their
//! counts. Runs are merged as soon as there are many, so the number of open files does not follow the corpus either.
//! [`Counted`] holds the keys seen twice or more, in memory where none were written, else in a file that is mapped,
//! so that none is given up however many there are. What comes out does not depend on the order of the keys nor on
//! where runs were cut.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use memmap2::Mmap;

use super::spool;

/// Bytes of a key and its count in a file.
const ENTRY: usize = 12;
/// Bytes of the buffer of a file that is read or written.
const BUFFER: usize = 8 << 10;
/// Bytes that are worked with at least: buffers of three files and some keys.
const LEAST: usize = 64 << 10;
/// Files merged at once at most: far from what systems let one process open.
const MOST_RUNS: usize = 64;

/// Counts keys; see the module.
#[derive(Debug)]
pub struct KeyCounts {
    keys: Vec<u64>,
    /// Keys held at most.
    most: usize,
    /// Runs by how often their keys were merged.
    levels: Vec<Vec<File>>,
    /// Runs merged at once.
    fan: usize,
    tmp: PathBuf,
}

impl KeyCounts {
    /// Takes at most `bytes` of memory, but for a minimum of 64 KiB, and keeps its files, which have no names, in `tmp`.
    pub fn new(bytes: usize, tmp: &Path) -> Self {
        let bytes = bytes.max(LEAST);
        Self {
            keys: Vec::new(),
            // Half for the keys: while the vector grows, its last and its next size are there together, three quarters.
            most: bytes / 2 / size_of::<u64>(),
            levels: Vec::new(),
            // A quarter for the buffers of runs that are merged while the keys' room is still held.
            fan: (bytes / 4 / BUFFER).clamp(2, MOST_RUNS),
            tmp: tmp.to_owned(),
        }
    }

    /// Counts each of `keys` once more.
    ///
    /// # Errors
    /// When a run cannot be written.
    pub fn add(&mut self, mut keys: &[u64]) -> io::Result<()> {
        while !keys.is_empty() {
            if self.keys.len() == self.most {
                self.spill()?;
            }
            let now = keys.len().min(self.most - self.keys.len());
            let needed = self.keys.len() + now;
            if needed > self.keys.capacity() {
                let room = (2 * self.keys.capacity()).clamp(needed, self.most);
                self.keys.reserve_exact(room - self.keys.len());
            }
            self.keys.extend_from_slice(&keys[..now]);
            keys = &keys[now..];
        }
        Ok(())
    }

    /// Writes the keys held as a run.
    fn spill(&mut self) -> io::Result<()> {
        self.keys.sort_unstable();
        let mut run = RunWriter::new(&self.tmp)?;
        for same in self.keys.chunk_by(|a, b| a == b) {
            run.write(same[0], u32::try_from(same.len()).unwrap_or(u32::MAX))?;
        }
        self.keys.clear();
        let run = run.finish()?;
        self.push(0, run)
    }

    /// Takes a run over into `level`; as soon as there are many, they become one of the next.
    fn push(&mut self, level: usize, run: File) -> io::Result<()> {
        if self.levels.len() == level {
            self.levels.push(Vec::new());
        }
        self.levels[level].push(run);
        if self.levels[level].len() < self.fan {
            return Ok(());
        }
        let runs = std::mem::take(&mut self.levels[level]);
        let merged = self.merged(runs, 1)?;
        self.push(level + 1, merged)
    }

    /// The keys of `runs` counted `least` times or more, in one run.
    fn merged(&self, runs: Vec<File>, least: u32) -> io::Result<File> {
        let mut out = RunWriter::new(&self.tmp)?;
        merge(runs, |key, count| {
            if count >= least {
                out.write(key, count)?;
            }
            Ok(())
        })?;
        out.finish()
    }

    /// The keys counted twice or more, with their exact counts.
    ///
    /// # Errors
    /// When runs cannot be written or read.
    pub fn finish(mut self) -> io::Result<Counted> {
        if self.levels.is_empty() {
            return Ok(Counted::from_keys(self.keys));
        }
        self.spill()?;
        self.keys = Vec::new();
        let mut runs: Vec<File> = std::mem::take(&mut self.levels)
            .into_iter()
            .flatten()
            .collect();
        while runs.len() > self.fan {
            // The newest levels hold the smallest runs, and come first.
            let some = runs.drain(..self.fan).collect();
            runs.push(self.merged(some, 1)?);
        }
        let file = self.merged(runs, 2)?;
        if file.metadata()?.len() == 0 {
            return Ok(Counted::default());
        }
        Ok(Counted(Kept::File(spool::map(&file)?)))
    }
}

/// Writes a run: keys in order, each with its count.
struct RunWriter(BufWriter<File>);

impl RunWriter {
    fn new(tmp: &Path) -> io::Result<Self> {
        let file = tempfile::tempfile_in(tmp)?;
        Ok(Self(BufWriter::with_capacity(BUFFER, file)))
    }

    fn write(&mut self, key: u64, count: u32) -> io::Result<()> {
        let mut entry = [0; ENTRY];
        entry[..8].copy_from_slice(&key.to_le_bytes());
        entry[8..].copy_from_slice(&count.to_le_bytes());
        self.0.write_all(&entry)
    }

    fn finish(self) -> io::Result<File> {
        let mut file = self
            .0
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        Ok(file)
    }
}

/// Hands out the keys of all `runs` in order, each once with the sum of its counts.
fn merge(runs: Vec<File>, mut take: impl FnMut(u64, u32) -> io::Result<()>) -> io::Result<()> {
    let mut runs: Vec<BufReader<File>> = runs
        .into_iter()
        .map(|file| BufReader::with_capacity(BUFFER, file))
        .collect();
    let mut heads = BinaryHeap::with_capacity(runs.len());
    for (i, run) in runs.iter_mut().enumerate() {
        if let Some((key, count)) = read_entry(run)? {
            heads.push(Reverse((key, i, count)));
        }
    }
    let mut current: Option<(u64, u32)> = None;
    while let Some(Reverse((key, i, count))) = heads.pop() {
        current = match current {
            Some((last, sum)) if last == key => Some((key, sum.saturating_add(count))),
            other => {
                if let Some((last, sum)) = other {
                    take(last, sum)?;
                }
                Some((key, count))
            }
        };
        if let Some((key, count)) = read_entry(&mut runs[i])? {
            heads.push(Reverse((key, i, count)));
        }
    }
    match current {
        Some((last, sum)) => take(last, sum),
        None => Ok(()),
    }
}

fn read_entry(run: &mut impl Read) -> io::Result<Option<(u64, u32)>> {
    let mut entry = [0; ENTRY];
    match run.read_exact(&mut entry) {
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    Ok(Some(parts(&entry)))
}

/// The key and the count of an entry.
fn parts(entry: &[u8]) -> (u64, u32) {
    let (key, count) = entry.split_at(8);
    (
        key.try_into().map_or(0, u64::from_le_bytes),
        count.try_into().map_or(0, u32::from_le_bytes),
    )
}

/// Keys seen twice or more, with how often.
#[derive(Debug, Default)]
pub struct Counted(Kept);

#[derive(Debug)]
enum Kept {
    /// Sorted keys, and their counts.
    Memory(Vec<u64>, Vec<u32>),
    /// Entries, sorted, mapped into memory; the system pages them in and out.
    File(Mmap),
}

impl Default for Kept {
    fn default() -> Self {
        Self::Memory(Vec::new(), Vec::new())
    }
}

impl Counted {
    /// The repeated ones among `keys`.
    fn from_keys(mut keys: Vec<u64>) -> Self {
        keys.sort_unstable();
        let repeated = |same: &&[u64]| same.len() > 1;
        let number = keys.chunk_by(|a, b| a == b).filter(repeated).count();
        let mut counts = Vec::with_capacity(number);
        // In place: what is kept moves to the front.
        let (mut from, mut to) = (0, 0);
        while from < keys.len() {
            let key = keys[from];
            let same = keys[from..].iter().take_while(|k| **k == key).count();
            if same > 1 {
                keys[to] = key;
                counts.push(u32::try_from(same).unwrap_or(u32::MAX));
                to += 1;
            }
            from += same;
        }
        keys.truncate(to);
        keys.shrink_to_fit();
        Self(Kept::Memory(keys, counts))
    }

    /// Keys held.
    pub fn len(&self) -> usize {
        match &self.0 {
            Kept::Memory(keys, _) => keys.len(),
            Kept::File(map) => map.len() / ENTRY,
        }
    }

    /// Writes the entries, for [`open`](Self::open).
    ///
    /// # Errors
    /// When the disk is full.
    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        match &self.0 {
            Kept::Memory(keys, counts) => {
                for (key, count) in keys.iter().zip(counts) {
                    out.write_all(&key.to_le_bytes())?;
                    out.write_all(&count.to_le_bytes())?;
                }
                Ok(())
            }
            Kept::File(map) => out.write_all(map),
        }
    }

    /// Those that [`write`](Self::write) wrote into the file at `path`, which is mapped.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        if file.metadata()?.len() == 0 {
            return Ok(Self::default());
        }
        Ok(Self(Kept::File(spool::map(&file)?)))
    }

    /// Whether no key was seen twice.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How often `key` was seen, where twice or more.
    ///
    /// Keys are hashes, spread evenly, so the place of one is all but known: a few steps, whatever their number.
    pub fn get(&self, key: u64) -> Option<u32> {
        let entry = |i: usize| match &self.0 {
            Kept::Memory(keys, counts) => (keys[i], counts[i]),
            Kept::File(map) => parts(&map[i * ENTRY..(i + 1) * ENTRY]),
        };
        let (mut low, mut high) = (0, self.len());
        let (mut low_key, mut high_key) = (0, u64::MAX);
        let mut guesses = 6;
        while low < high {
            let middle = if guesses > 0 && high_key > low_key {
                guesses -= 1;
                let share = (key - low_key) as f64 / (high_key - low_key) as f64;
                low + (((high - low) as f64 * share) as usize).min(high - low - 1)
            } else {
                low + (high - low) / 2
            };
            let (found, count) = entry(middle);
            match found.cmp(&key) {
                std::cmp::Ordering::Equal => return Some(count),
                std::cmp::Ordering::Less => (low, low_key) = (middle + 1, found),
                std::cmp::Ordering::Greater => (high, high_key) = (middle, found),
            }
        }
        None
    }
}

impl FromIterator<(u64, u32)> for Counted {
    /// Keys with their counts, each key once.
    fn from_iter<T: IntoIterator<Item = (u64, u32)>>(entries: T) -> Self {
        let mut entries: Vec<(u64, u32)> = entries.into_iter().collect();
        entries.sort_unstable();
        let (keys, counts) = entries.into_iter().unzip();
        Self(Kept::Memory(keys, counts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::hash::{hash, seed};

    fn counted(bytes: usize, documents: &[Vec<u64>]) -> Counted {
        let dir = tempfile::tempdir().unwrap();
        let mut counts = KeyCounts::new(bytes, dir.path());
        for keys in documents {
            counts.add(keys).unwrap();
        }
        counts.finish().unwrap()
    }

    #[test]
    fn spilled_counts_equal_those_in_memory_in_any_order() {
        let key = |n: u64| hash(&n.to_le_bytes(), seed::LINE);
        let mut documents: Vec<Vec<u64>> = (0..9000u64)
            .map(|d| {
                (0..20)
                    .map(|i| key((d * 7 + i * i * 13) % 40_000))
                    .collect()
            })
            .collect();
        // More than fits at once, in one document.
        documents.push((0..30_000).map(key).collect());
        let mut exact: std::collections::BTreeMap<u64, u32> = std::collections::BTreeMap::new();
        for k in documents.iter().flatten() {
            *exact.entry(*k).or_insert(0) += 1;
        }
        exact.retain(|_, n| *n > 1);
        let (whole, tight) = (counted(usize::MAX / 2, &documents), counted(0, &documents));
        documents.reverse();
        let turned = counted(0, &documents);
        assert!(matches!(whole.0, Kept::Memory(..)) && matches!(tight.0, Kept::File(_)));
        for counts in [&whole, &tight, &turned] {
            assert_eq!(counts.len(), exact.len());
            assert!(exact.iter().all(|(k, n)| counts.get(*k) == Some(*n)));
            assert!((40_000..41_000).all(|n| counts.get(key(n)).is_none()));
        }
        for key in [0, 1, u64::MAX] {
            assert_eq!(tight.get(key), None);
        }
    }

    #[test]
    fn keys_that_are_not_spread_are_found_too() {
        let counts: Counted = (0..1000)
            .chain(u64::MAX - 9..=u64::MAX)
            .map(|k| (k, 3))
            .collect();
        assert!((0..1000).all(|k| counts.get(k) == Some(3)));
        assert_eq!(counts.get(u64::MAX), Some(3));
        assert_eq!(counts.get(1000), None);
        assert_eq!(Counted::default().get(7), None);
        assert_eq!(counted(0, &[(0..99_999).collect()]).len(), 0);
    }
}
