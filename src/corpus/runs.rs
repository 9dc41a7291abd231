//! Runs: files of records of a fixed number of 64-bit numbers, little-endian, sorted. What external sorts spill, and what an
//! index keeps of earlier runs.

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
///
/// A tree of losers (Knuth, The Art of Computer Programming 3, 5.4.1): each inner node holds the source that lost there, so that the next
/// record of a source meets one other at each level.
#[derive(Debug)]
pub(crate) struct Merged<I, const N: usize> {
    sources: Vec<I>,
    /// By source: its next record, where it has one.
    heads: Vec<Head<N>>,
    /// By inner node, from 1 on: the source that lost there. Source `i` begins below node `(i + sources) / 2`.
    losers: Vec<usize>,
    /// The source whose record is next.
    winner: usize,
}

/// What sources are ordered by.
#[derive(Clone, Copy, Debug)]
struct Head<const N: usize> {
    ended: bool,
    record: [u64; N],
}

impl<const N: usize> Head<N> {
    const END: Self = Self {
        ended: true,
        record: [u64::MAX; N],
    };

    fn of(record: [u64; N]) -> Self {
        Self {
            ended: false,
            record,
        }
    }

    /// Whether this comes before `other`: the lesser record, of equal ones that of a source that has not ended, and of the earlier source, as
    /// `is_earlier` says.
    #[inline]
    fn is_before(&self, other: &Self, is_earlier: bool) -> bool {
        // The first numbers nearly always decide.
        if self.record[0] != other.record[0] {
            return self.record[0] < other.record[0];
        }
        let order = (self.record, self.ended).cmp(&(other.record, other.ended));
        order.is_lt() || order.is_eq() && is_earlier
    }
}

/// No source.
const NOBODY: usize = usize::MAX;

impl<I: Iterator<Item = io::Result<[u64; N]>>, const N: usize> Merged<I, N> {
    /// Ready to read from all of `sources`.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub(crate) fn new(mut sources: Vec<I>) -> io::Result<Self> {
        let heads = sources
            .iter_mut()
            .map(|source| Ok(source.next().transpose()?.map_or(Head::END, Head::of)))
            .collect::<io::Result<Vec<_>>>()?;
        let count = sources.len();
        let mut merged = Self {
            sources,
            heads,
            losers: vec![NOBODY; count],
            winner: 0,
        };
        for source in 0..count {
            merged.play(source);
        }
        Ok(merged)
    }

    /// Lets the head of `source` meet those above it; where nobody has been yet, it waits.
    #[inline]
    fn play(&mut self, source: usize) {
        let Self { heads, losers, .. } = self;
        let mut winner = source;
        let mut node = usize::midpoint(source, losers.len());
        while node > 0 {
            let other = losers[node];
            if other == NOBODY {
                losers[node] = winner;
                return;
            }
            if heads[other].is_before(&heads[winner], other < winner) {
                losers[node] = winner;
                winner = other;
            }
            node /= 2;
        }
        self.winner = winner;
    }
}

impl<I: Iterator<Item = io::Result<[u64; N]>>, const N: usize> Iterator for Merged<I, N> {
    type Item = io::Result<[u64; N]>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let source = self.winner;
        let head = *self.heads.get(source)?;
        if head.ended {
            return None;
        }
        let (next, result) = match self.sources[source].next() {
            Some(Ok(next)) => (Head::of(next), Ok(head.record)),
            Some(Err(e)) => (Head::END, Err(e)),
            None => (Head::END, Ok(head.record)),
        };
        self.heads[source] = next;
        self.play(source);
        Some(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn merged_is_sorted(
            runs in prop::collection::vec(
                prop::collection::vec((prop_oneof![0u64..6, Just(u64::MAX)], 0u64..3), 0..12),
                0..9,
            ),
        ) {
            let mut runs: Vec<Vec<[u64; 2]>> =
                runs.into_iter().map(|run| run.into_iter().map(Into::into).collect()).collect();
            for run in &mut runs {
                run.sort_unstable();
            }
            let sources = runs.iter().map(|run| run.iter().map(|&r| Ok(r))).collect();
            let merged: Vec<[u64; 2]> = Merged::new(sources).unwrap().map(Result::unwrap).collect();
            let mut all = runs.concat();
            all.sort_unstable();
            prop_assert_eq!(merged, all);
        }
    }

    #[test]
    fn an_error_is_told_and_the_others_go_on() {
        let bad = vec![Ok([1u64]), Err(io::ErrorKind::Other.into()), Ok([9])];
        let good = vec![Ok([2]), Ok([3])];
        let merged = Merged::new(vec![bad.into_iter(), good.into_iter()]).unwrap();
        let merged: Vec<Option<u64>> = merged.map(|r| r.ok().map(|[n]| n)).collect();
        assert_eq!(merged, [None, Some(2), Some(3)]);
    }

    #[test]
    fn a_run_cut_short_is_an_error() {
        let bytes = [0u8; 20];
        let read: Vec<_> = Reader::<_, 2>::new(&bytes[..]).collect();
        assert!(read[0].is_ok() && read[1].is_err());
    }
}
