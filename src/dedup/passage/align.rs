//! Word alignments of small stretches: what stands between two runs, and how far a chain reaches beyond its ends.
//!
//! An aligned word of weight `w` earns `2w`, a word left over costs its weight, so a stretch has a positive score exactly
//! when more than half of its weight is aligned.

use super::diagonals::Buffers;
use super::words::{Key, Words, tells};

/// Words looked at beyond an end at a time.
const REACH: usize = 40;

/// A stretch of one text: words `from..to`.
#[derive(Clone, Copy)]
pub(super) struct Side<'w> {
    pub words: Words<'w>,
    pub from: u32,
    pub to: u32,
}

impl Side<'_> {
    pub(super) fn len(&self) -> usize {
        (self.to - self.from) as usize
    }

    fn weight(&self) -> u32 {
        self.words.weight(self.from, self.to)
    }

    /// The `i`-th word from the start, or from the end when read backward.
    pub(super) fn at(&self, i: usize, direction: Direction) -> Key {
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

/// Most words of a stretch that is aligned: gaps have some fifty, short texts a little over a hundred.
const MOST: usize = 1024;

/// Greatest weight of words that can be aligned, in order, between two stretches; 0 where one has more than [`MOST`] words.
/// `O(len a · len b)`.
pub(super) fn between(a: Side<'_>, b: Side<'_>, buffers: &mut Buffers) -> u32 {
    if a.len() == 0 || b.len() == 0 || a.len().max(b.len()) > MOST {
        return 0;
    }
    let score = buffers.fill::<false>(a, b, Direction::Forward);
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
        buffers.fill::<true>(near_a, near_b, direction);
        let (score, i, j) = buffers.best();
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
