//! Hits to runs, runs to chains along diagonals, chains to aligned blocks.

use super::align::{self, Direction, Side};
use super::diagonals;
use super::places::Places;
use super::words::Words;
use super::{Block, GAP, Hit};

/// Runs looked back at when a chain is built.
const LOOK_BACK: usize = 64;

/// Words that are equal in both texts, as long as it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Run {
    a: u32,
    b: u32,
    len: u32,
}

/// Buffers of [`blocks`].
#[derive(Debug, Default)]
pub(super) struct Buffers {
    diagonals: Vec<(i64, u32)>,
    runs: Vec<Run>,
    scores: Vec<i32>,
    /// Greatest end, in the first text, of the runs up to each.
    reach: Vec<u32>,
    back: Vec<u32>,
    order: Vec<u32>,
    used: Vec<bool>,
    chain: Vec<Run>,
    places: Places,
}

/// No run before this one in its chain.
const NONE: u32 = u32::MAX;

/// Appends the aligned blocks that grow from `hits`, best chains first. They may overlap.
pub(super) fn blocks(
    a: Words<'_>,
    b: Words<'_>,
    hits: &[Hit],
    buffers: &mut Buffers,
    align: &mut diagonals::Buffers,
    out: &mut Vec<Block>,
) {
    grow(a, b, hits, buffers);
    link(a, buffers);
    let Buffers {
        runs,
        scores,
        back,
        order,
        used,
        chain,
        places,
        ..
    } = buffers;
    order.clear();
    order.extend(0..runs.len() as u32);
    order.sort_by_key(|&i| (std::cmp::Reverse(scores[i as usize]), i));
    used.clear();
    used.resize(runs.len(), false);
    places.clear(a.len());
    for &end in order.iter() {
        chain.clear();
        let mut at = end;
        while at != NONE && !used[at as usize] {
            used[at as usize] = true;
            chain.push(runs[at as usize]);
            at = back[at as usize];
        }
        chain.reverse();
        // What a better chain has covered on both sides is dropped when blocks are merged: a phrase that a text repeats.
        let covered = |from: Run, to: Run, k: &Block| {
            k.a.0 <= from.a && to.a + to.len <= k.a.1 && k.b.0 <= from.b && to.b + to.len <= k.b.1
        };
        if let (Some(&from), Some(&to)) = (chain.first(), chain.last())
            && places
                .around((from.a, from.a), 0)
                .any(|&k| covered(from, to, &out[k as usize]))
        {
            continue;
        }
        let known = out.len();
        settle(a, b, chain, align, out);
        for (i, block) in (known as u32..).zip(&out[known..]) {
            places.add(block.a, i);
        }
    }
}

/// Equal words that go on for so long that nothing else about them is to be found out.
const SURE: u32 = 12;

/// The words of both texts that stand in long runs of equal words: what lies between these is what is left to align.
#[derive(Debug, Default)]
pub(super) struct Sure {
    a: Vec<u64>,
    b: Vec<u64>,
}

impl Sure {
    /// Marks the words of the runs that `hits` grow to.
    pub(super) fn mark(&mut self, a: Words<'_>, b: Words<'_>, hits: &[Hit], buffers: &mut Buffers) {
        let Self { a: in_a, b: in_b } = self;
        for (bits, words) in [(&mut *in_a, a), (&mut *in_b, b)] {
            bits.clear();
            bits.resize((words.len() as usize).div_ceil(64), 0);
        }
        grow(a, b, hits, buffers);
        for run in buffers.runs.iter().filter(|r| r.len >= SURE) {
            for i in 0..run.len {
                for (bits, at) in [(&mut *in_a, run.a + i), (&mut *in_b, run.b + i)] {
                    bits[at as usize / 64] |= 1 << (at % 64);
                }
            }
        }
    }

    /// Whether word `at` of the first text is marked.
    pub(super) fn has_a(&self, at: u32) -> bool {
        is_set(&self.a, at)
    }

    /// Whether word `at` of the second text is marked.
    pub(super) fn has_b(&self, at: u32) -> bool {
        is_set(&self.b, at)
    }
}

fn is_set(bits: &[u64], at: u32) -> bool {
    bits.get(at as usize / 64)
        .is_some_and(|b| b >> (at % 64) & 1 != 0)
}

/// Grows hits to runs of equal words, sorted by place in the first text.
fn grow(a: Words<'_>, b: Words<'_>, hits: &[Hit], buffers: &mut Buffers) {
    let Buffers {
        diagonals, runs, ..
    } = buffers;
    diagonals.clear();
    diagonals.extend(hits.iter().map(|&(x, y)| (i64::from(y) - i64::from(x), x)));
    diagonals.sort_unstable();
    runs.clear();
    let mut last = (i64::MIN, 0);
    for &(diagonal, x) in diagonals.iter() {
        if last.0 == diagonal && x < last.1 {
            continue;
        }
        let (x, y) = (x as usize, (i64::from(x) + diagonal) as usize);
        if x >= a.keys.len() || y >= b.keys.len() {
            continue;
        }
        // The hit itself may be a collision of keys.
        let ahead = a.keys[x..]
            .iter()
            .zip(&b.keys[y..])
            .take_while(|(p, q)| p == q)
            .count();
        if ahead == 0 {
            continue;
        }
        let behind = a.keys[..x]
            .iter()
            .rev()
            .zip(b.keys[..y].iter().rev())
            .take_while(|(p, q)| p == q)
            .count();
        runs.push(Run {
            a: (x - behind) as u32,
            b: (y - behind) as u32,
            len: (ahead + behind) as u32,
        });
        last = (diagonal, (x + ahead) as u32);
    }
    runs.sort_unstable();
    runs.dedup();
}

/// Finds for each run the best chain that ends in it.
fn link(a: Words<'_>, buffers: &mut Buffers) {
    let Buffers {
        runs,
        scores,
        back,
        reach,
        ..
    } = buffers;
    scores.clear();
    back.clear();
    reach.clear();
    for (j, run) in runs.iter().enumerate() {
        let own = 2 * a.weight(run.a, run.a + run.len) as i32;
        let mut best = (own, NONE);
        for i in (j.saturating_sub(LOOK_BACK)..j).rev() {
            // None of these reaches near enough.
            if reach[i] + GAP < run.a {
                break;
            }
            if let Some(cost) = step(&runs[i], run)
                && scores[i] + own - cost > best.0
            {
                best = (scores[i] + own - cost, i as u32);
            }
        }
        let before = reach.last().copied().unwrap_or(0);
        reach.push(before.max(run.a + run.len));
        scores.push(best.0);
        back.push(best.1);
    }
}

/// What it costs to continue `from` with `to`; `None` when they cross or stand too far apart.
fn step(from: &Run, to: &Run) -> Option<i32> {
    if to.a <= from.a || to.b <= from.b {
        return None;
    }
    let (end_a, end_b) = (from.a + from.len, from.b + from.len);
    let covered = end_a.saturating_sub(to.a).max(end_b.saturating_sub(to.b));
    if covered >= to.len {
        return None;
    }
    let (gap_a, gap_b) = (to.a.saturating_sub(end_a), to.b.saturating_sub(end_b));
    if gap_a > GAP || gap_b > GAP {
        return None;
    }
    // Words that stand on one side only are surely left over; those on both sides are aligned later.
    Some(2 * gap_a.abs_diff(gap_b) as i32 + 4 * covered as i32)
}

/// Weight left over between two runs beyond which a chain is cut: about fifteen content words on either side.
const CUT: i64 = 90;

/// Appends the blocks of a chain: stretches with the gaps between their runs aligned and their ends extended.
fn settle(
    a: Words<'_>,
    b: Words<'_>,
    chain: &[Run],
    align: &mut diagonals::Buffers,
    out: &mut Vec<Block>,
) {
    let fresh = |r: &Run| Block {
        a: (r.a, r.a + r.len),
        b: (r.b, r.b + r.len),
        matched: a.weight(r.a, r.a + r.len),
        in_order: true,
    };
    let Some(first) = chain.first() else {
        return;
    };
    let mut open = fresh(first);
    let mut best = open;
    for run in &chain[1..] {
        // What the run before already covers is given up by this one.
        let cut = open
            .a
            .1
            .saturating_sub(run.a)
            .max(open.b.1.saturating_sub(run.b));
        if cut >= run.len {
            continue;
        }
        let alone = fresh(&Run {
            a: run.a + cut,
            b: run.b + cut,
            len: run.len - cut,
        });
        let gap_a = Side {
            words: a,
            from: open.a.1,
            to: alone.a.0,
        };
        let gap_b = Side {
            words: b,
            from: open.b.1,
            to: alone.b.0,
        };
        let matched = align::between(gap_a, gap_b, align);
        let gap = Block {
            a: (gap_a.from, gap_a.to),
            b: (gap_b.from, gap_b.to),
            matched,
            in_order: true,
        };
        let joined = Block {
            a: (open.a.0, alone.a.1),
            b: (open.b.0, alone.b.1),
            matched: open.matched + matched + alone.matched,
            in_order: true,
        };
        if gap.score(a, b) < -CUT {
            out.push(extend(a, b, best, align));
            open = alone;
            best = alone;
            continue;
        }
        open = if joined.score(a, b) >= alone.score(a, b) {
            joined
        } else {
            alone
        };
        if open.score(a, b) > best.score(a, b) {
            best = open;
        }
    }
    out.push(extend(a, b, best, align));
}

/// Weight of equal words below which a block is not worth extending: five content words.
const SEED: u32 = 15;

/// `block` with its ends moved out as far as the texts agree.
fn extend(a: Words<'_>, b: Words<'_>, block: Block, align: &mut diagonals::Buffers) -> Block {
    if block.matched < SEED {
        return block;
    }
    let behind = align::extend(
        Side {
            words: a,
            from: 0,
            to: block.a.0,
        },
        Side {
            words: b,
            from: 0,
            to: block.b.0,
        },
        Direction::Backward,
        align,
    );
    let ahead = align::extend(
        Side {
            words: a,
            from: block.a.1,
            to: a.len(),
        },
        Side {
            words: b,
            from: block.b.1,
            to: b.len(),
        },
        Direction::Forward,
        align,
    );
    Block {
        a: (block.a.0 - behind.a, block.a.1 + ahead.a),
        b: (block.b.0 - behind.b, block.b.1 + ahead.b),
        matched: block.matched + behind.matched + ahead.matched,
        in_order: true,
    }
}
