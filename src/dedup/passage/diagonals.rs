//! The alignment table of two stretches of words, filled along its diagonals.
//!
//! A cell is the best score of the words before it: an aligned word of weight `w` earns `2w`, one that is left over costs its
//! weight. The cells on one diagonal, from the top right to the bottom left, depend only on the two diagonals before, so
//! the processor fills eight at a time, which along rows it cannot (Wozniak 1997, "Using video-oriented instructions to
//! speed up sequence comparison").

use super::align::{Direction, Side};
use super::words::{Key, weight};

/// Cells filled at a time: as many more may be written beyond the end of a diagonal.
const LANES: usize = 8;
/// In place of the cells outside the table: below every score, however many words are added to it.
const OUTSIDE: i16 = i16::MIN / 2;

/// Two stretches and three diagonals of their table. A cell is known by its row, the number of words of the first stretch
/// before it; row 0 and column 0 are the borders.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    /// Words of the first stretch by row, so from 1 on.
    a: Line,
    /// Words of the second stretch, last one first: along a diagonal they come in this order.
    b: Line,
    rows: usize,
    columns: usize,
    here: Vec<i16>,
    before: Vec<i16>,
    last_but_one: Vec<i16>,
    /// The best score of each row, and the diagonal on which it was first seen.
    best: Vec<i16>,
    seen: Vec<i16>,
}

/// Words with their weights.
#[derive(Debug, Default)]
struct Line {
    keys: Vec<u32>,
    weights: Vec<i16>,
}

impl Line {
    fn clear(&mut self) {
        self.keys.clear();
        self.weights.clear();
    }

    fn push(&mut self, key: Key) {
        self.keys.push(u32::from_le_bytes(key));
        self.weights.push(weight(key) as i16);
    }

    /// Makes room for what is read beyond the last word.
    fn pad(&mut self) {
        self.keys.resize(self.keys.len() + LANES, 0);
        self.weights.resize(self.weights.len() + LANES, 0);
    }
}

impl Buffers {
    /// Fills the table of two stretches of at most a thousand words each, so that scores have 16 bits; returns the score of
    /// all words of both. `O(rows · columns)`.
    ///
    /// With `BEST`, [`Self::best`] then tells where the score is greatest.
    pub(super) fn fill<const BEST: bool>(
        &mut self,
        a: Side<'_>,
        b: Side<'_>,
        direction: Direction,
    ) -> i32 {
        let (rows, columns) = (a.len(), b.len());
        self.read(a, b, direction);
        let Self {
            a,
            b,
            here,
            before,
            last_but_one,
            best,
            seen,
            ..
        } = self;
        let cells = rows + 1 + LANES;
        for diagonal in [&mut *here, &mut *before, &mut *last_but_one] {
            diagonal.clear();
            diagonal.resize(cells, OUTSIDE);
        }
        if BEST {
            for of_row in [&mut *best, &mut *seen] {
                of_row.clear();
                of_row.resize(cells, 0);
            }
        }
        // On the borders all words of one stretch are left over.
        let (mut top, mut side) = (0, 0);
        before[0] = 0;
        for diagonal in 1..=rows + columns {
            let (from, to) = (
                diagonal.saturating_sub(columns).max(1),
                rows.min(diagonal - 1),
            );
            if from <= to {
                let len = (to + 1 - from).next_multiple_of(LANES);
                let b_from = columns + from - diagonal;
                let near = Near {
                    above: &before[from - 1..][..len],
                    left: &before[from..][..len],
                    corner: &last_but_one[from - 1..][..len],
                };
                step(
                    &mut here[from..][..len],
                    near,
                    (&a.keys[from..][..len], &a.weights[from..][..len]),
                    (&b.keys[b_from..][..len], &b.weights[b_from..][..len]),
                );
                if BEST {
                    raise(
                        &mut best[from..][..len],
                        &mut seen[from..][..len],
                        &here[from..][..len],
                        diagonal as i16,
                    );
                }
            }
            if diagonal <= columns {
                top -= b.weights[columns - diagonal];
                here[0] = top;
            }
            if diagonal <= rows {
                side -= a.weights[diagonal];
                here[diagonal] = side;
            }
            std::mem::swap(last_but_one, before);
            std::mem::swap(before, here);
        }
        i32::from(before[rows])
    }

    fn read(&mut self, a: Side<'_>, b: Side<'_>, direction: Direction) {
        (self.rows, self.columns) = (a.len(), b.len());
        self.a.clear();
        self.a.push(Key::default());
        (0..a.len()).for_each(|i| self.a.push(a.at(i, direction)));
        self.a.pad();
        self.b.clear();
        (0..b.len())
            .rev()
            .for_each(|j| self.b.push(b.at(j, direction)));
        self.b.pad();
    }

    /// The greatest score of the table filled last, and how many words of either stretch it takes: the fewest of the first,
    /// then of the second. All 0 where no score is positive.
    pub(super) fn best(&self) -> (i32, usize, usize) {
        let mut out = (0, 0, 0);
        for (i, (&score, &seen)) in self.best.iter().zip(&self.seen).enumerate() {
            if (1..=self.rows).contains(&i) && i32::from(score) > out.0 {
                out = (i32::from(score), i, seen as usize - i);
            }
        }
        out
    }
}

/// The neighbours of the cells of a diagonal.
#[derive(Clone, Copy)]
struct Near<'n> {
    above: &'n [i16],
    left: &'n [i16],
    corner: &'n [i16],
}

/// Fills the cells of a diagonal; all slices have one length, a multiple of [`LANES`].
fn step(here: &mut [i16], near: Near<'_>, a: (&[u32], &[i16]), b: (&[u32], &[i16])) {
    let (here, _) = here.as_chunks_mut::<LANES>();
    let (above, _) = near.above.as_chunks::<LANES>();
    let (left, _) = near.left.as_chunks::<LANES>();
    let (corner, _) = near.corner.as_chunks::<LANES>();
    let (a_keys, a_weights) = (a.0.as_chunks::<LANES>().0, a.1.as_chunks::<LANES>().0);
    let (b_keys, b_weights) = (b.0.as_chunks::<LANES>().0, b.1.as_chunks::<LANES>().0);
    for (i, here) in here.iter_mut().enumerate() {
        for k in 0..LANES {
            let weight = a_weights[i][k];
            let apart = (above[i][k] - weight).max(left[i][k] - b_weights[i][k]);
            let together = corner[i][k] + 2 * weight;
            // Written so that it needs no branch: eight of these are one instruction each.
            let equal = a_keys[i][k] == b_keys[i][k];
            here[k] = apart.max(if equal { together } else { OUTSIDE });
        }
    }
}

/// Notes the scores that are above the best of their rows.
fn raise(best: &mut [i16], seen: &mut [i16], here: &[i16], diagonal: i16) {
    for ((best, seen), &score) in best.iter_mut().zip(seen).zip(here) {
        *seen = if score > *best { diagonal } else { *seen };
        *best = score.max(*best);
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::Words;
    use super::*;
    use crate::dedup::FunctionWords;
    use proptest::prelude::*;

    /// The same table row by row, as it is defined.
    fn by_rows(a: &[Key], b: &[Key]) -> (i32, (i32, usize, usize)) {
        let cost = |key: &Key| i32::from(weight(*key) as i16);
        let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
        let mut best = (0, 0, 0);
        for i in 0..=a.len() {
            for j in 0..=b.len() {
                if (i, j) == (0, 0) {
                    continue;
                }
                let mut score = i32::MIN;
                if i > 0 {
                    score = score.max(table[i - 1][j] - cost(&a[i - 1]));
                }
                if j > 0 {
                    score = score.max(table[i][j - 1] - cost(&b[j - 1]));
                }
                if i > 0 && j > 0 && a[i - 1] == b[j - 1] {
                    score = score.max(table[i - 1][j - 1] + 2 * cost(&a[i - 1]));
                }
                table[i][j] = score;
                if score > best.0 {
                    best = (score, i, j);
                }
            }
        }
        (table[a.len()][b.len()], best)
    }

    fn column(words: &[String]) -> Vec<u8> {
        let keys: Vec<u64> = words
            .iter()
            .map(|w| crate::text::shingles::key(w.as_bytes()))
            .collect();
        super::super::words::encode(&keys, &[], &FunctionWords::embedded().unwrap())
    }

    proptest! {
        #[test]
        fn it_is_the_table_filled_row_by_row(
            a in prop::collection::vec("the|of|[a-d]{1,2}", 1..60),
            b in prop::collection::vec("the|of|[a-d]{1,2}", 1..60),
        ) {
            let (x, y) = (column(&a), column(&b));
            let (x, y) = (Words::of(&x), Words::of(&y));
            let side = |words: Words<'_>| (0, words.len());
            let ((a_from, a_to), (b_from, b_to)) = (side(x), side(y));
            let sides = (Side { words: x, from: a_from, to: a_to }, Side { words: y, from: b_from, to: b_to });
            let mut buffers = Buffers::default();
            let expected = by_rows(x.keys, y.keys);
            prop_assert_eq!(buffers.fill::<true>(sides.0, sides.1, Direction::Forward), expected.0);
            prop_assert_eq!(buffers.best(), expected.1);
            let backward = |keys: &[Key]| keys.iter().rev().copied().collect::<Vec<_>>();
            let expected = by_rows(&backward(x.keys), &backward(y.keys));
            prop_assert_eq!(buffers.fill::<true>(sides.0, sides.1, Direction::Backward), expected.0);
            prop_assert_eq!(buffers.best(), expected.1);
            prop_assert_eq!(buffers.fill::<false>(sides.0, sides.1, Direction::Backward), expected.0);
        }
    }
}
