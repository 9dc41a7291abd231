//! Word alignments of small stretches: what stands between two runs, and how far a chain reaches beyond its ends.
//!
//! An aligned word of weight `w` earns `2w`, a word left over costs its weight, so a stretch has a positive score exactly
//! when more than half of its weight is aligned.

use super::words::{Key, Words, tells, weight};

/// Words looked at beyond an end at a time.
const REACH: usize = 40;

/// Rows of the alignment table.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    before: Vec<i32>,
    row: Vec<i32>,
    /// Words of the second stretch in reading direction, with what they cost.
    words: Vec<(Key, i32)>,
}

/// A stretch of one text: words `from..to`.
#[derive(Clone, Copy)]
pub(super) struct Side<'w> {
    pub words: Words<'w>,
    pub from: u32,
    pub to: u32,
}

impl Side<'_> {
    fn len(&self) -> usize {
        (self.to - self.from) as usize
    }

    fn weight(&self) -> u32 {
        self.words.weight(self.from, self.to)
    }

    /// The `i`-th word from the start, or from the end when read backward.
    fn at(&self, i: usize, direction: Direction) -> Key {
        let i = match direction {
            Direction::Forward => self.from as usize + i,
            Direction::Backward => self.to as usize - 1 - i,
        };
        self.words.keys[i]
    }
}

/// Which way an extension reads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// From the first word on.
    Forward,
    /// From the last word back.
    Backward,
}

/// How far an extension goes: words of either side, and the weight aligned in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Extension {
    pub a: u32,
    pub b: u32,
    pub matched: u32,
}

/// Greatest weight of words that can be aligned, in order, between two stretches. `O(len a · len b)`.
pub(super) fn between(a: Side<'_>, b: Side<'_>, buffers: &mut Buffers) -> u32 {
    if a.len() == 0 || b.len() == 0 {
        return 0;
    }
    let (score, _, _) = table(a, b, Direction::Forward, buffers, End::Both);
    matched(score, a.weight(), b.weight())
}

/// The extension of greatest score into two stretches, taken step by step while it grows.
pub(super) fn extend(
    a: Side<'_>,
    b: Side<'_>,
    direction: Direction,
    buffers: &mut Buffers,
) -> Extension {
    let mut total = Extension::default();
    let (mut a, mut b) = (a, b);
    loop {
        let (near_a, near_b) = (
            head(a, REACH as u32, direction),
            head(b, REACH as u32, direction),
        );
        if near_a.len() == 0 || near_b.len() == 0 {
            return total;
        }
        if !goes_on(near_a, near_b, direction) {
            return total;
        }
        let (score, i, j) = table(near_a, near_b, direction, buffers, End::Free);
        if score <= 0 {
            return total;
        }
        let (i, j) = (i as u32, j as u32);
        let taken = (
            head(a, i, direction).weight(),
            head(b, j, direction).weight(),
        );
        total.a += i;
        total.b += j;
        total.matched += matched(score, taken.0, taken.1);
        a = tail(a, i, direction);
        b = tail(b, j, direction);
    }
}

/// Words right beyond an end that are looked at before a table is filled.
const GLANCE: usize = 14;

/// Whether two content words, or one of four words, right beyond an end stand on both sides: without these no alignment
/// of the stretch has a positive score, or only one that the next sentence would have to save.
fn goes_on(a: Side<'_>, b: Side<'_>, direction: Direction) -> bool {
    let (n, m) = (a.len().min(GLANCE), b.len().min(GLANCE));
    let common = (0..n)
        .map(|i| a.at(i, direction))
        .filter(|&key| tells(key))
        .filter(|&key| (0..m).any(|j| b.at(j, direction) == key))
        .take(2)
        .count();
    common == 2 || (common == 1 && n.min(m) <= 4)
}

/// Where an alignment must end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// At the ends of both stretches.
    Both,
    /// Where the score is greatest.
    Free,
}

/// Best score, and how many words of either side it takes.
fn table(
    a: Side<'_>,
    b: Side<'_>,
    direction: Direction,
    buffers: &mut Buffers,
    end: End,
) -> (i32, usize, usize) {
    let Buffers { before, row, words } = buffers;
    words.clear();
    words.extend((0..b.len()).map(|j| {
        let key = b.at(j, direction);
        (key, weight(key))
    }));
    before.clear();
    before.push(0);
    let mut left = 0;
    before.extend(words.iter().map(|&(_, cost)| {
        left -= cost;
        left
    }));
    row.resize(before.len(), 0);
    let mut best = (0, 0, 0);
    for i in 0..a.len() {
        let key = a.at(i, direction);
        let weight = weight(key);
        // The scores up and to the left, and to the left in this row.
        let mut corner = before[0];
        let mut score = corner - weight;
        row[0] = score;
        for (j, (&(other, cost), (&above, here))) in words
            .iter()
            .zip(before[1..].iter().zip(&mut row[1..]))
            .enumerate()
        {
            score = (above - weight).max(score - cost);
            if key == other {
                score = score.max(corner + 2 * weight);
            }
            corner = above;
            *here = score;
            if end == End::Free && score > best.0 {
                best = (score, i + 1, j + 1);
            }
        }
        std::mem::swap(before, row);
    }
    match end {
        End::Both => (before[b.len()], a.len(), b.len()),
        End::Free => best,
    }
}

/// The aligned weight behind a score: `score = 4·matched - weights of both sides`.
fn matched(score: i32, a: u32, b: u32) -> u32 {
    ((score + a as i32 + b as i32) / 4).max(0) as u32
}

/// The first `n` words in reading direction.
fn head(side: Side<'_>, n: u32, direction: Direction) -> Side<'_> {
    let n = n.min(side.to - side.from);
    match direction {
        Direction::Forward => Side {
            to: side.from + n,
            ..side
        },
        Direction::Backward => Side {
            from: side.to - n,
            ..side
        },
    }
}

/// All but the first `n` words in reading direction.
fn tail(side: Side<'_>, n: u32, direction: Direction) -> Side<'_> {
    match direction {
        Direction::Forward => Side {
            from: side.from + n,
            ..side
        },
        Direction::Backward => Side {
            to: side.to - n,
            ..side
        },
    }
}
