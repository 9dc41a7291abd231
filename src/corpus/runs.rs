//! Runs: files of records of a fixed number of 64-bit numbers, little-endian, sorted. What external sorts spill, and what an
//! index keeps of earlier runs.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::io::{self, BufRead, Write};

/// Writes `records` to `out`; how many there were.
///
/// # Errors
/// When one of `records` is an error, or the disk is full.
pub(crate) fn write<const N: usize>(
    records: impl Iterator<Item = io::Result<[u64; N]>>,
    out: &mut impl Write,
) -> io::Result<u64> {
    let mut count = 0;
    for record in records {
        out.write_all(record?.map(u64::to_le_bytes).as_flattened())?;
        count += 1;
    }
    Ok(count)
}

/// Reads the records of a run one after the other.
#[derive(Debug)]
pub(crate) struct Reader<R, const N: usize> {
    run: R,
}

impl<R: BufRead, const N: usize> Reader<R, N> {
    pub(crate) fn new(run: R) -> Self {
        Self { run }
    }
}

impl<R: BufRead, const N: usize> Iterator for Reader<R, N> {
    type Item = io::Result<[u64; N]>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut bytes = [[0; 8]; N];
        // Nearly always the whole record is in the buffer, and need not be copied by a call.
        if let Ok(buffer) = self.run.fill_buf()
            && let Some(record) = buffer.as_chunks::<8>().0.first_chunk::<N>()
        {
            bytes = *record;
            self.run.consume(8 * N);
            return Some(Ok(bytes.map(u64::from_le_bytes)));
        }
        match fill(&mut self.run, bytes.as_flattened_mut()) {
            Ok(0) => None,
            Ok(n) if n == 8 * N => Some(Ok(bytes.map(u64::from_le_bytes))),
            Ok(_) => Some(Err(io::ErrorKind::UnexpectedEof.into())),
            Err(e) => Some(Err(e)),
        }
    }
}

/// Reads until `bytes` are full or there are no more; how many there were.
#[cold]
fn fill(run: &mut impl BufRead, bytes: &mut [u8]) -> io::Result<usize> {
    let mut n = 0;
    while n < bytes.len() {
        match run.read(&mut bytes[n..]) {
            Ok(0) => break,
            Ok(read) => n += read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(n)
}

/// Merges sorted sources into one sorted sequence; repeats stay.
#[derive(Debug)]
pub(crate) struct Merged<I, const N: usize> {
    sources: Vec<I>,
    /// The next record of each source that has one.
    heads: BinaryHeap<Reverse<([u64; N], usize)>>,
}

impl<I: Iterator<Item = io::Result<[u64; N]>>, const N: usize> Merged<I, N> {
    /// Ready to read from all of `sources`.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub(crate) fn new(mut sources: Vec<I>) -> io::Result<Self> {
        let mut heads = BinaryHeap::with_capacity(sources.len());
        for (i, source) in sources.iter_mut().enumerate() {
            if let Some(record) = source.next() {
                heads.push(Reverse((record?, i)));
            }
        }
        Ok(Self { sources, heads })
    }
}

impl<I: Iterator<Item = io::Result<[u64; N]>>, const N: usize> Iterator for Merged<I, N> {
    type Item = io::Result<[u64; N]>;

    fn next(&mut self) -> Option<Self::Item> {
        // The next record of the same source takes the place of this one: half of what it costs to take one out and put one in.
        let mut head = self.heads.peek_mut()?;
        let Reverse((record, source)) = *head;
        match self.sources[source].next() {
            Some(Ok(next)) => head.0.0 = next,
            Some(Err(e)) => {
                PeekMut::pop(head);
                return Some(Err(e));
            }
            None => {
                PeekMut::pop(head);
            }
        }
        Some(Ok(record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_come_back_merged() {
        let runs = [
            vec![[1u64, 9], [4, 0], [4, 0]],
            vec![],
            vec![[2, 7], [4, 1]],
        ];
        let files: Vec<Vec<u8>> = runs
            .iter()
            .map(|run| {
                let mut out = Vec::new();
                assert_eq!(
                    write(run.iter().map(|r| Ok(*r)), &mut out).unwrap(),
                    run.len() as u64
                );
                out
            })
            .collect();
        let readers = files.iter().map(|f| Reader::new(f.as_slice())).collect();
        let merged: Vec<[u64; 2]> = Merged::new(readers).unwrap().map(Result::unwrap).collect();
        assert_eq!(merged, [[1, 9], [2, 7], [4, 0], [4, 0], [4, 1]]);
    }

    #[test]
    fn a_run_cut_short_is_an_error() {
        let bytes = [0u8; 20];
        let read: Vec<_> = Reader::<_, 2>::new(&bytes[..]).collect();
        assert!(read[0].is_ok() && read[1].is_err());
    }
}
