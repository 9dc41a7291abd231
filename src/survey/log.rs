//! What was noted of each document so far, in a file, so that a survey that was interrupted need not read these documents again.
//!
//! For each document numbers of 64 bits, little-endian: its id; marks; how many lines, n-grams, more n-grams and claims there are;
//! then these. The file only grows; how much of it counts is told beside it, with the XXH3 of that much.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3Default;

use super::{Calm, Questions};
use crate::document::DocId;

const NAME: &str = "survey.log";

const SPUN: u64 = 1;
const DOUBTFUL: u64 = 2;
const CALM: u64 = 4;

/// How much of a log counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Extent {
    /// Bytes from its beginning.
    pub bytes: u64,
    /// XXH3 of them.
    pub hash: u64,
}

/// Keeps what is noted.
pub(crate) struct Log {
    out: BufWriter<File>,
    bytes: u64,
    hash: Xxh3Default,
    /// The numbers of one document.
    numbers: Vec<u8>,
}

impl Log {
    /// An empty one in `folder`.
    ///
    /// # Errors
    /// When the disk is full.
    pub(crate) fn create(folder: &Path) -> io::Result<Self> {
        let file = File::create(Self::path(folder))?;
        Ok(Self::new(file, 0, Xxh3Default::new()))
    }

    fn new(file: File, bytes: u64, hash: Xxh3Default) -> Self {
        Self {
            out: BufWriter::with_capacity(1 << 16, file),
            bytes,
            hash,
            numbers: Vec::new(),
        }
    }

    /// Where a log in `folder` lies.
    pub(crate) fn path(folder: &Path) -> PathBuf {
        folder.join(NAME)
    }

    /// Hands what `extent` covers of the log in `folder` to `each`, and goes on behind it; `None`, and `each` was not called, where it is not what was
    /// written.
    ///
    /// # Errors
    /// When it cannot be read, and those of `each`.
    pub(crate) fn again(
        folder: &Path,
        extent: Extent,
        mut each: impl FnMut(DocId, Questions) -> io::Result<()>,
    ) -> io::Result<Option<Self>> {
        let opened = File::options()
            .read(true)
            .write(true)
            .open(Self::path(folder));
        let mut file = match opened {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        let mut hash = Xxh3Default::new();
        let mut buffer = vec![0; 1 << 16];
        let mut counts = (&file).take(extent.bytes);
        loop {
            let n = match counts.read(&mut buffer) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            if n == 0 {
                break;
            }
            hash.update(&buffer[..n]);
        }
        if counts.limit() > 0 || hash.digest() != extent.hash {
            return Ok(None);
        }
        file.rewind()?;
        let mut numbers = Numbers(BufReader::with_capacity(
            1 << 16,
            (&file).take(extent.bytes),
        ));
        while !numbers.is_at_end()? {
            let (id, questions) = numbers.document()?;
            each(id, questions)?;
        }
        file.set_len(extent.bytes)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Some(Self::new(file, extent.bytes, hash)))
    }

    /// Notes one document more.
    ///
    /// # Errors
    /// When the disk is full.
    pub(crate) fn add(&mut self, id: DocId, questions: &Questions) -> io::Result<()> {
        let Questions {
            lines,
            ngrams,
            more_ngrams,
            claims,
            spun,
            doubtful,
            calm,
        } = questions;
        let mark = |is: bool, mark: u64| if is { mark } else { 0 };
        let marks = mark(*spun, SPUN) | mark(*doubtful, DOUBTFUL) | mark(calm.is_some(), CALM);
        self.numbers.clear();
        let mut put = |n: u64| self.numbers.extend(n.to_le_bytes());
        [id.0, marks].into_iter().for_each(&mut put);
        for n in [lines.len(), ngrams.len(), more_ngrams.len(), claims.len()] {
            put(n as u64);
        }
        if let Some(calm) = calm {
            put(calm.bytes);
            put(calm.numbers());
        }
        for keys in [lines, ngrams, more_ngrams] {
            keys.iter().copied().for_each(&mut put);
        }
        for &(claim, ngram) in claims {
            put(claim);
            put(ngram);
        }
        self.hash.update(&self.numbers);
        self.bytes += self.numbers.len() as u64;
        self.out.write_all(&self.numbers)
    }

    /// Hands all of it to the system; how much that is.
    ///
    /// # Errors
    /// When the disk is full.
    pub(crate) fn flush(&mut self) -> io::Result<Extent> {
        self.out.flush()?;
        Ok(Extent {
            bytes: self.bytes,
            hash: self.hash.digest(),
        })
    }
}

/// Reads numbers.
struct Numbers<R>(BufReader<R>);

impl<R: Read> Numbers<R> {
    fn is_at_end(&mut self) -> io::Result<bool> {
        Ok(io::BufRead::fill_buf(&mut self.0)?.is_empty())
    }

    fn next(&mut self) -> io::Result<u64> {
        let mut bytes = [0; 8];
        self.0.read_exact(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn keys(&mut self, n: u64) -> io::Result<Vec<u64>> {
        (0..n).map(|_| self.next()).collect()
    }

    fn document(&mut self) -> io::Result<(DocId, Questions)> {
        let (id, marks) = (DocId(self.next()?), self.next()?);
        let lengths = [self.next()?, self.next()?, self.next()?, self.next()?];
        let calm = match marks & CALM {
            0 => None,
            _ => Some(Calm::of_numbers(self.next()?, self.next()?)),
        };
        let questions = Questions {
            lines: self.keys(lengths[0])?,
            ngrams: self.keys(lengths[1])?,
            more_ngrams: self.keys(lengths[2])?,
            claims: (0..lengths[3])
                .map(|_| Ok((self.next()?, self.next()?)))
                .collect::<io::Result<_>>()?,
            spun: marks & SPUN != 0,
            doubtful: marks & DOUBTFUL != 0,
            calm,
        };
        Ok((id, questions))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted() -> Vec<(DocId, Questions)> {
        let calm = Calm {
            bytes: 10,
            evidence: f32::INFINITY,
            score: 0.25,
        };
        let spun = Questions {
            lines: vec![7, u64::MAX],
            ngrams: vec![1],
            more_ngrams: vec![2, 3, 4],
            claims: vec![(5, 6), (8, 9)],
            spun: true,
            ..Questions::default()
        };
        let plain = Questions {
            calm: Some(calm),
            doubtful: true,
            ..Questions::default()
        };
        vec![
            (DocId(1), spun),
            (DocId(2), plain),
            (DocId(3), Questions::default()),
        ]
    }

    fn read(folder: &Path, extent: Extent) -> Option<Vec<String>> {
        let mut found = Vec::new();
        let each = |id: DocId, questions: Questions| {
            found.push(format!("{id:?} {questions:?}"));
            Ok(())
        };
        let log = Log::again(folder, extent, each).unwrap();
        log.map(|_| found)
    }

    #[test]
    fn a_log_goes_on_behind_what_counts() {
        let dir = tempfile::tempdir().unwrap();
        let noted = noted();
        let shown: Vec<String> = noted.iter().map(|(i, q)| format!("{i:?} {q:?}")).collect();
        let mut log = Log::create(dir.path()).unwrap();
        log.add(noted[0].0, &noted[0].1).unwrap();
        log.add(noted[1].0, &noted[1].1).unwrap();
        let two = log.flush().unwrap();
        // Written, and then the run died before this was told of.
        log.add(noted[0].0, &noted[0].1).unwrap();
        log.flush().unwrap();
        drop(log);
        let mut log = Log::again(dir.path(), two, |_, _| Ok(())).unwrap().unwrap();
        log.add(noted[2].0, &noted[2].1).unwrap();
        let three = log.flush().unwrap();
        drop(log);
        assert_eq!(read(dir.path(), three).unwrap(), shown);
        assert_eq!(read(dir.path(), two).unwrap(), shown[..2]);
    }

    #[test]
    fn a_damaged_log_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = Log::create(dir.path()).unwrap();
        for (id, questions) in noted() {
            log.add(id, &questions).unwrap();
        }
        let all = log.flush().unwrap();
        drop(log);
        let path = Log::path(dir.path());
        let bytes = std::fs::read(&path).unwrap();
        let mut turned = bytes.clone();
        turned[20] ^= 1;
        for damaged in [&bytes[..bytes.len() - 8], &turned] {
            std::fs::write(&path, damaged).unwrap();
            assert!(read(dir.path(), all).is_none());
        }
        std::fs::remove_file(&path).unwrap();
        assert!(read(dir.path(), all).is_none());
    }
}
