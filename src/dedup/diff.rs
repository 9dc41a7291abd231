//! The words two whole texts share, in order: what an editor would call their differences.
//!
//! Runs of words that stand once in either text anchor the alignment (the patience idea: Cohen 2004, as in Bazaar), what
//! lies between them is aligned whole when it is small, and else cut by shorter anchors. A stretch
//! without any is reported as replaced. Cost and memory stay near linear, whatever the texts.

mod lcs;

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::text::shingles;

/// Pairs of words in the largest stretch that is aligned whole: 256 words on both sides.
const CELLS: usize = 1 << 16;
/// Words of the anchors tried, one after the other.
const ANCHORS: [usize; 3] = [4, 2, 1];
/// How often a stretch between anchors is cut again.
const DEPTH: usize = 12;

/// A stretch of both texts, in words: equal, or different on either side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Words of the first text.
    pub a: Range<usize>,
    /// Words of the second text.
    pub b: Range<usize>,
    /// Whether both hold the same words; otherwise one of them may be empty.
    pub equal: bool,
}

/// Buffers of [`stretches`].
#[derive(Debug, Default)]
pub struct Buffers {
    lcs: lcs::Buffers,
    seen: FxHashMap<u64, Seen>,
}

/// Where a run stands in either text, as long as it stands there once.
#[derive(Clone, Copy, Debug)]
struct Seen {
    a: u32,
    b: u32,
}

/// Stands for a run that is not there, and for one that is there more than once. No text has as many words.
const NOWHERE: u32 = u32::MAX;
const OFTEN: u32 = u32::MAX - 1;

impl Default for Seen {
    fn default() -> Self {
        Self {
            a: NOWHERE,
            b: NOWHERE,
        }
    }
}

/// Where a run stands that stood at `before` and stands at `at` too.
const fn also(before: u32, at: usize) -> u32 {
    if before == NOWHERE { at as u32 } else { OFTEN }
}

/// Cuts two columns of word keys into stretches that are equal and stretches that are not, by turns.
///
/// Together they cover both columns. The alignment keeps many words, not always the most.
pub fn stretches(a: &[u64], b: &[u64], buffers: &mut Buffers) -> Vec<Stretch> {
    let mut equal = Vec::new();
    align(a, b, (0..a.len(), 0..b.len()), 0, buffers, &mut equal);
    let mut out: Vec<Stretch> = Vec::new();
    let (mut i, mut j) = (0, 0);
    for (x, y, n) in equal.into_iter().chain([(a.len(), b.len(), 0)]) {
        if x > i || y > j {
            out.push(Stretch {
                a: i..x,
                b: j..y,
                equal: false,
            });
        }
        match out.last_mut() {
            Some(last) if last.equal && n > 0 => {
                last.a.end = x + n;
                last.b.end = y + n;
            }
            _ if n > 0 => out.push(Stretch {
                a: x..x + n,
                b: y..y + n,
                equal: true,
            }),
            _ => {}
        }
        (i, j) = (x + n, y + n);
    }
    out
}

/// Appends runs of equal words (first word in either, length) between two stretches.
fn align(
    a: &[u64],
    b: &[u64],
    (mut x, mut y): (Range<usize>, Range<usize>),
    depth: usize,
    buffers: &mut Buffers,
    out: &mut Vec<(usize, usize, usize)>,
) {
    let common = |p: &mut dyn Iterator<Item = (&u64, &u64)>| p.take_while(|(k, l)| k == l).count();
    let head = common(&mut a[x.clone()].iter().zip(&b[y.clone()]));
    if head > 0 {
        out.push((x.start, y.start, head));
        x.start += head;
        y.start += head;
    }
    let tail = common(&mut a[x.clone()].iter().rev().zip(b[y.clone()].iter().rev()));
    x.end -= tail;
    y.end -= tail;
    if x.len().saturating_mul(y.len()) <= CELLS {
        let origin = (x.start, y.start);
        lcs::align(&a[x.clone()], &b[y.clone()], origin, &mut buffers.lcs, out);
    } else if depth < DEPTH {
        let anchors = ANCHORS
            .iter()
            .map(|&width| anchors(a, b, (x.clone(), y.clone()), width, &mut buffers.seen))
            .find(|found| !found.is_empty())
            .unwrap_or_default();
        if !anchors.is_empty() {
            let (mut i, mut j) = (x.start, y.start);
            for (k, l) in anchors {
                align(a, b, (i..k, j..l), depth + 1, buffers, out);
                (i, j) = (k, l);
            }
            align(a, b, (i..x.end, j..y.end), depth + 1, buffers, out);
        }
    }
    if tail > 0 {
        out.push((x.end, y.end, tail));
    }
}

/// First words of the runs of `width` words that stand once in either stretch: the longest chain in order.
fn anchors(
    a: &[u64],
    b: &[u64],
    (x, y): (Range<usize>, Range<usize>),
    width: usize,
    seen: &mut FxHashMap<u64, Seen>,
) -> Vec<(usize, usize)> {
    seen.clear();
    shingles::rolling(&a[x.clone()], width, |i, key| {
        let seen = seen.entry(key).or_default();
        seen.a = also(seen.a, x.start + i);
    });
    shingles::rolling(&b[y.clone()], width, |j, key| {
        if let Some(seen) = seen.get_mut(&key) {
            seen.b = also(seen.b, y.start + j);
        }
    });
    let mut pairs = Vec::new();
    shingles::rolling(&a[x], width, |_, key| {
        if let Some(&Seen { a: i, b: j }) = seen.get(&key)
            && i.max(j) < OFTEN
        {
            pairs.push((i as usize, j as usize));
        }
    });
    rising(&pairs)
}

/// The longest chain of pairs that rises on both sides; they come sorted by the first.
fn rising(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // By length of chain: the pair it ends in, the least possible.
    let mut ends: Vec<usize> = Vec::new();
    let mut before = vec![usize::MAX; pairs.len()];
    for (i, pair) in pairs.iter().enumerate() {
        let at = ends.partition_point(|&end| pairs[end].1 < pair.1);
        if at > 0 {
            before[i] = ends[at - 1];
        }
        if at == ends.len() {
            ends.push(i);
        } else {
            ends[at] = i;
        }
    }
    let mut chain = Vec::with_capacity(ends.len());
    let mut at = ends.last().copied().unwrap_or(usize::MAX);
    while let Some(&pair) = pairs.get(at) {
        chain.push(pair);
        at = before[at];
    }
    chain.reverse();
    chain
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(a: &[u64], b: &[u64]) -> usize {
        let found = stretches(a, b, &mut Buffers::default());
        let (mut i, mut j, mut equal) = (0, 0, 0);
        let mut last = None;
        for s in &found {
            assert_eq!((s.a.start, s.b.start), (i, j));
            assert_ne!(last, Some(s.equal), "stretches take turns");
            if s.equal {
                assert!(a[s.a.clone()] == b[s.b.clone()] && !s.a.is_empty());
                equal += s.a.len();
            }
            (i, j) = (s.a.end, s.b.end);
            last = Some(s.equal);
        }
        assert_eq!((i, j), (a.len(), b.len()));
        equal
    }

    #[test]
    fn a_changed_word_is_one_stretch() {
        let (a, b) = ([1, 2, 3, 4, 5], [1, 2, 9, 4, 5]);
        let found = stretches(&a, &b, &mut Buffers::default());
        assert_eq!(found.len(), 3);
        assert_eq!((found[1].a.clone(), found[1].b.clone()), (2..3, 2..3));
    }

    #[test]
    fn long_texts_are_aligned_by_anchors() {
        let a: Vec<u64> = (0..20_000).collect();
        let b: Vec<u64> = a
            .iter()
            .map(|&w| if w % 50 == 0 { w + 100_000 } else { w })
            .collect();
        assert_eq!(check(&a, &b), 19_600);
        let other: Vec<u64> = (100_000..120_000).collect();
        assert_eq!(check(&a, &other), 0);
    }

    proptest! {
        #[test]
        fn stretches_cover_both_texts(
            a in prop::collection::vec(0u64..12, 0..400),
            b in prop::collection::vec(0u64..12, 0..400),
        ) {
            check(&a, &b);
        }

        #[test]
        fn small_texts_keep_the_most_words(
            a in prop::collection::vec(0u64..5, 0..40),
            b in prop::collection::vec(0u64..5, 0..40),
        ) {
            let mut row = vec![0usize; b.len() + 1];
            for &x in &a {
                let mut corner = 0;
                for (j, &y) in b.iter().enumerate() {
                    let above = row[j + 1];
                    row[j + 1] = if x == y { corner + 1 } else { above.max(row[j]) };
                    corner = above;
                }
            }
            prop_assert_eq!(check(&a, &b), row[b.len()]);
        }
    }
}
