//! Word alignments of small stretches: what stands between two runs, and how far a chain reaches beyond its ends.
//!
//! An aligned word of weight `w` earns `2w`, a word left over costs its weight, so a stretch has a positive score exactly
//! when more than half of its weight is aligned.

use super::Words;

/// Words looked at beyond an end at a time.
const REACH: usize = 40;

/// Rows of the alignment table.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    before: Vec<i32>,
    row: Vec<i32>,
}

/// A stretch of one text: words `from..to`.
#[derive(Clone, Copy)]
pub(super) struct Side<'w> {
    pub words: &'w Words,
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

    /// Key and weight of the `i`-th word from the start, or from the end when read backward.
    fn at(&self, i: usize, direction: Direction) -> (u64, i32) {
        let i = match direction {
            Direction::Forward => self.from as usize + i,
            Direction::Backward => self.to as usize - 1 - i,
        };
        (self.words.keys[i], i32::from(self.words.weights[i]))
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
    let Buffers { before, row } = buffers;
    before.clear();
    before.push(0);
    for j in 0..b.len() {
        before.push(before[j] - b.at(j, direction).1);
    }
    let mut best = (0, 0, 0);
    for i in 0..a.len() {
        let (key, weight) = a.at(i, direction);
        row.clear();
        row.push(before[0] - weight);
        for j in 0..b.len() {
            let (other, cost) = b.at(j, direction);
            let mut score = (before[j + 1] - weight).max(row[j] - cost);
            if key == other {
                score = score.max(before[j] + 2 * weight);
            }
            row.push(score);
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
