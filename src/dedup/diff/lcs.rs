//! The longest common subsequence of two short columns, 64 pairs of words at a time.
//!
//! Source: Hyyrö 2004, Bit-parallel LCS-length computation revisited (Proc. 15th Australasian Workshop on Combinatorial Algorithms). A row of the table
//! of dynamic programming is kept as the bits by which its numbers differ from their neighbours; all rows are kept, so that the
//! words of the subsequence can be read from them.

use rustc_hash::FxHashMap;

/// Most pairs of words for which each word is compared with each other, rather than looked up.
const FEW: usize = 1 << 10;

/// Buffers of [`align`].
#[derive(Debug, Default)]
pub(super) struct Buffers {
    /// Of each row, bits by column from the last to the first: 0 where the number is one greater than in the column after it.
    rows: Vec<u64>,
    /// By distinct word of the second column: where it stands in `masks`.
    numbers: FxHashMap<u64, usize>,
    /// Bits by column, in the same order: 1 where the word stands.
    masks: Vec<u64>,
}

/// Appends runs of equal words (first word in either, length), counted from `origin`.
///
/// `O(n·m / 64 + n + m)` time, and as many bits as pairs of words.
pub(super) fn align(
    a: &[u64],
    b: &[u64],
    origin: (usize, usize),
    buffers: &mut Buffers,
    out: &mut Vec<(usize, usize, usize)>,
) {
    let (n, m) = (a.len(), b.len());
    if n == 0 || m == 0 {
        return;
    }
    let width = m.div_ceil(64);
    buffers.fill(a, b, width);
    let rows = &buffers.rows;
    let row = |i: usize| &rows[i * width..(i + 1) * width];
    // Whether the number at row `i`, column `j` is one greater than in the next column.
    let falls = |i: usize, j: usize| {
        let at = m - 1 - j;
        i64::from(row(i)[at / 64] >> (at % 64) & 1 == 0)
    };
    // By how much the number at row `i`, column `j` is greater than in the next row: 0 or 1.
    let drop = |i: usize, j: usize| {
        let at = m - 1 - j;
        let zeros = |row: &[u64]| -> u32 {
            let whole: u32 = row[..at / 64].iter().map(|w| w.count_zeros()).sum();
            // The bits up to that of the column, itself included.
            whole + (row[at / 64] | u64::MAX << (at % 64) << 1).count_zeros()
        };
        i64::from(zeros(row(i))) - i64::from(zeros(row(i + 1)))
    };
    let (mut i, mut j) = (0, 0);
    let mut dropped = drop(0, 0);
    while i < n && j < m {
        if a[i] == b[j] {
            let place = (origin.0 + i, origin.1 + j);
            match out.last_mut() {
                Some((k, l, count)) if (*k + *count, *l + *count) == place => *count += 1,
                _ => out.push((place.0, place.1, 1)),
            }
            i += 1;
            j += 1;
        } else if dropped == 0 {
            // As much can be aligned without this word of the first column.
            i += 1;
        } else {
            dropped += falls(i + 1, j) - falls(i, j);
            j += 1;
            continue;
        }
        if i < n && j < m {
            dropped = drop(i, j);
        }
    }
}

impl Buffers {
    /// Computes all rows, from the last to the first; one behind the last is all equal.
    fn fill(&mut self, a: &[u64], b: &[u64], width: usize) {
        let Self {
            rows,
            numbers,
            masks,
        } = self;
        let (n, m) = (a.len(), b.len());
        rows.clear();
        rows.resize((n + 1) * width, u64::MAX);
        masks.clear();
        let few = n * m <= FEW;
        if few {
            masks.resize(width, 0);
        } else {
            numbers.clear();
            for (j, &word) in b.iter().enumerate() {
                let number = *numbers.entry(word).or_insert_with(|| {
                    masks.resize(masks.len() + width, 0);
                    masks.len() - width
                });
                let at = m - 1 - j;
                masks[number + at / 64] |= 1 << (at % 64);
            }
        }
        for i in (0..n).rev() {
            let (head, below) = rows.split_at_mut((i + 1) * width);
            let (row, below) = (&mut head[i * width..], &below[..width]);
            let mask = if few {
                masks.fill(0);
                for (at, &word) in b.iter().rev().enumerate() {
                    masks[at / 64] |= u64::from(word == a[i]) << (at % 64);
                }
                Some(&masks[..])
            } else {
                numbers.get(&a[i]).map(|&at| &masks[at..at + width])
            };
            let Some(mask) = mask else {
                row.copy_from_slice(below);
                continue;
            };
            let mut carry = false;
            for ((to, &before), &mask) in row.iter_mut().zip(below).zip(mask) {
                let (sum, over) = before.overflowing_add(before & mask);
                let (sum, more) = sum.overflowing_add(u64::from(carry));
                carry = over | more;
                *to = sum | (before & !mask);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The same by the numbers themselves.
    fn by_numbers(a: &[u64], b: &[u64]) -> Vec<(usize, usize)> {
        let (n, m) = (a.len(), b.len());
        let mut table = vec![vec![0u32; m + 1]; n + 1];
        for i in (0..n).rev() {
            for j in (0..m).rev() {
                table[i][j] = if a[i] == b[j] {
                    table[i + 1][j + 1] + 1
                } else {
                    table[i + 1][j].max(table[i][j + 1])
                };
            }
        }
        let (mut i, mut j) = (0, 0);
        let mut out = Vec::new();
        while i < n && j < m {
            if a[i] == b[j] {
                out.push((i, j));
                i += 1;
                j += 1;
            } else if table[i + 1][j] >= table[i][j + 1] {
                i += 1;
            } else {
                j += 1;
            }
        }
        out
    }

    proptest! {
        #[test]
        fn the_words_are_those_of_the_table(
            a in prop::collection::vec(0u64..9, 0..150),
            b in prop::collection::vec(0u64..9, 0..150),
            few in 0u64..9,
        ) {
            // Both few words, so that many alignments are as long, and more.
            let b: Vec<u64> = b.into_iter().map(|w| if w < few { w } else { w + 5 }).collect();
            let mut runs = Vec::new();
            align(&a, &b, (0, 0), &mut Buffers::default(), &mut runs);
            let pairs: Vec<(usize, usize)> = runs
                .iter()
                .flat_map(|&(i, j, count)| (0..count).map(move |k| (i + k, j + k)))
                .collect();
            prop_assert_eq!(pairs, by_numbers(&a, &b));
        }
    }
}
