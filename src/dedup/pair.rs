//! Buckets of equal keys to candidate pairs, at bounded cost.

/// Largest bucket of which every pair becomes a candidate.
pub const ALL_PAIRS: usize = 64;
/// In a larger bucket each document is paired with this many first ones, and with so many that stand right before it.
pub const ANCHORS: [usize; 2] = [8, 8];

/// Whether the pairs of a bucket were bounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bucket {
    /// Every pair was reported.
    Whole,
    /// Some pairs a document were reported.
    Bounded,
}

/// Calls `each` with (earlier, later) of every candidate pair of `bucket`, sorted places without repeats.
///
/// Of a bucket of more than `all` documents each is paired with the `first` of them, and with those that stand `near` before it: `O(n²)` up
/// to there, then `O(n)`.
pub fn candidates(
    bucket: &[u32],
    all: usize,
    [first, near]: [usize; 2],
    mut each: impl FnMut(u32, u32),
) -> Bucket {
    if bucket.len() <= all {
        for (i, &later) in bucket.iter().enumerate() {
            bucket[..i].iter().for_each(|&earlier| each(earlier, later));
        }
        return Bucket::Whole;
    }
    for (i, &later) in bucket.iter().enumerate() {
        let first = first.min(i);
        bucket[..first]
            .iter()
            .for_each(|&earlier| each(earlier, later));
        let near = i.saturating_sub(near).max(first);
        bucket[near..i]
            .iter()
            .for_each(|&earlier| each(earlier, later));
    }
    Bucket::Bounded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_buckets_give_all_pairs_and_large_ones_few() {
        for (n, expected) in [(0u32, 0usize), (1, 0), (5, 10)] {
            let bucket: Vec<u32> = (0..n).collect();
            let mut pairs = Vec::new();
            assert_eq!(
                candidates(&bucket, 10, [2, 2], |a, b| pairs.push((a, b))),
                Bucket::Whole
            );
            assert_eq!(pairs.len(), expected);
        }
        let bucket: Vec<u32> = (0..1000).collect();
        let mut pairs = Vec::new();
        assert_eq!(
            candidates(&bucket, 10, [2, 2], |a, b| pairs.push((a, b))),
            Bucket::Bounded
        );
        assert!(pairs.len() < 4000 && pairs.iter().all(|(a, b)| a < b));
        assert!((1..1000).all(|i| pairs.contains(&(0, i))));
        let count = pairs.len();
        pairs.sort_unstable();
        pairs.dedup();
        assert_eq!(pairs.len(), count);
    }
}
