//! Neighbouring blocks gathered to one, whatever their order.

use std::cmp::Reverse;

use super::places::Places;
use super::words::Words;
use super::{Block, NEAR};

/// Most blocks of one pair of texts that are considered for merging.
const MAX_BLOCKS: usize = 512;
/// Blocks that may be taken in before the score must have risen.
const PATIENCE: usize = 6;

/// Buffers of [`Buffers::merge`].
#[derive(Debug, Default)]
pub(super) struct Buffers {
    kept: Vec<Block>,
    used: Vec<bool>,
    members: Vec<usize>,
    places: Places,
}

impl Buffers {
    /// Drops blocks that lie within better ones and gathers neighbours, in any order, while that raises the score.
    ///
    /// This is what finds a passage whose sentences were moved about: what lies between two of its blocks is another block, so
    /// the score may fall for a few steps before it rises.
    pub(super) fn merge(&mut self, blocks: &mut Vec<Block>, a: Words<'_>, b: Words<'_>) {
        let Self {
            kept,
            used,
            members,
            places,
        } = self;
        blocks.sort_by_key(|x| (Reverse(x.matched), x.a, x.b));
        blocks.truncate(MAX_BLOCKS);
        places.clear(a.len());
        kept.clear();
        for block in blocks.iter() {
            let hidden = |&j: &u32| {
                let k = &kept[j as usize];
                mostly_within(block.a, k.a) && mostly_within(block.b, k.b)
            };
            if !places.around(block.a, 0).any(hidden) {
                places.add(block.a, kept.len() as u32);
                kept.push(*block);
            }
        }
        blocks.clear();
        used.clear();
        used.resize(kept.len(), false);
        for first in 0..kept.len() {
            if used[first] {
                continue;
            }
            members.clear();
            members.push(first);
            let mut around = kept[first];
            let (mut best, mut best_count) = (around, 1);
            while members.len() < best_count + PATIENCE {
                let next = places
                    .around(around.a, NEAR)
                    .map(|&j| j as usize)
                    .filter(|&j| j > first)
                    // Few are near enough, so that is asked first.
                    .filter_map(|j| Some((join(&around, &kept[j])?, j)))
                    .filter(|&(_, j)| !used[j] && !members.contains(&j))
                    .filter(|&(_, j)| fits((kept, members), &around, &kept[j], (a, b)))
                    .max_by_key(|(joined, j)| (joined.score(a, b), Reverse(*j)));
                let Some((joined, j)) = next else {
                    break;
                };
                around = joined;
                members.push(j);
                if around.score(a, b) > best.score(a, b) {
                    best = around;
                    best_count = members.len();
                }
            }
            for &member in &members[..best_count] {
                used[member] = true;
            }
            blocks.push(best);
        }
    }
}

/// The block around two, unless they are far from each other.
fn join(x: &Block, y: &Block) -> Option<Block> {
    let gap = |x: (u32, u32), y: (u32, u32)| x.0.max(y.0).saturating_sub(x.1.min(y.1));
    if gap(x.a, y.a) > NEAR || gap(x.b, y.b) > NEAR {
        return None;
    }
    Some(Block {
        a: (x.a.0.min(y.a.0), x.a.1.max(y.a.1)),
        b: (x.b.0.min(y.b.0), x.b.1.max(y.b.1)),
        matched: x.matched + y.matched,
        in_order: x.in_order && y.in_order && (x.a.0 <= y.a.0) == (x.b.0 <= y.b.0),
    })
}

/// Aligned weight, some ten content words, and similarity of a sentence that was moved.
const MOVED: u32 = 30;
pub(super) const COPY: f32 = 0.8;
/// Aligned weight of a passage of two such: less in another order is two phrases of one trade.
pub(super) const TWO_SENTENCES: u32 = 2 * MOVED;

/// Whether block `next` adds to `members`, which `around` holds: its words are not aligned yet.
///
/// On one side it shares few words with any of them. On the other it may lie in a stretch that they leave over, as a sentence
/// that was moved does; blocks that lie where all is aligned are repeats of one passage.
fn fits(
    (blocks, members): (&[Block], &[usize]),
    around: &Block,
    next: &Block,
    (a, b): (Words<'_>, Words<'_>),
) -> bool {
    let apart = |x: (u32, u32), y: (u32, u32)| overlap(x, y) * 4 <= (x.1 - x.0).min(y.1 - y.0);
    // A few words in common are found in any stretch left over; a sentence that was copied is more.
    let is_copy = || next.matched >= MOVED && next.similarity(a, b) >= COPY;
    let left_over = |words: Words<'_>, range: (u32, u32)| {
        is_copy() && words.weight(range.0, range.1) >= around.matched + next.matched
    };
    let in_a = members.iter().all(|&m| apart(blocks[m].a, next.a));
    let in_b = members.iter().all(|&m| apart(blocks[m].b, next.b));
    match (in_a, in_b) {
        (true, true) => true,
        (true, false) => left_over(b, around.b),
        (false, true) => left_over(a, around.a),
        (false, false) => false,
    }
}

fn overlap(x: (u32, u32), y: (u32, u32)) -> u32 {
    x.1.min(y.1).saturating_sub(x.0.max(y.0))
}

fn mostly_within(inner: (u32, u32), outer: (u32, u32)) -> bool {
    overlap(inner, outer) * 2 > inner.1 - inner.0
}
