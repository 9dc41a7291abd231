//! Passages that two texts share, from fingerprints in common to verified spans.
//!
//! Hits (equal fingerprints), and shorter runs around them, grow to runs of equal words, runs are chained along diagonals (`chain`), gaps between the
//! runs and the ends of chains are aligned (`align`), neighbouring blocks in any order are merged, and
//! what is long and alike enough is reported with its ends on sentence boundaries where these are near.
//!
//! Alikeness is the share of aligned words, each weighted by what it tells (see [`Words`]), of all words on both
//! sides. Two texts on one topic share names and phrases, not the words between them, and stay far below a copy. The
//! same form filled with other numbers (market tables, bond issues) is no shared passage.

mod align;
mod chain;
mod dense;
mod diagonals;
mod merge;
mod places;
mod quote;
mod regions;
mod snap;
pub(super) mod whole;
mod wording;
pub(super) mod words;

pub use words::Words;

use super::Settings;
use crate::edit::ByteSpan;
use snap::Ends;
use wording::Wording;

/// Words that may lie between two runs of one chain, on either side.
const GAP: u32 = 50;
/// Words that may lie between two blocks of one passage, on either side.
const NEAR: u32 = 25;

/// The same fingerprint in two texts: numbers of its first word in either.
pub type Hit = (u32, u32);

/// A stretch that two texts share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Passage {
    /// Where it stands in the first text.
    pub a: ByteSpan,
    /// Where it stands in the second text.
    pub b: ByteSpan,
    /// Share of aligned words, 0 to 1.
    pub similarity: f32,
    /// Whether word for word the same.
    pub exact: bool,
    /// Whether its parts were copied and put in another order. What was moved stands in place of other words, which says
    /// nothing about what was changed.
    pub reordered: bool,
    /// Whether one of the texts quotes it: in quotation marks, and says whose words they are.
    pub quoted: bool,
}

/// Word ranges in two texts, aligned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Block {
    a: (u32, u32),
    b: (u32, u32),
    /// Weight of the aligned words, counted once.
    matched: u32,
    /// Whether its parts follow one another in the same order on both sides.
    in_order: bool,
}

impl Block {
    /// Positive when more than half of the weight is aligned; grows with the length of what is.
    fn score(&self, a: Words<'_>, b: Words<'_>) -> i64 {
        let weights = a.weight(self.a.0, self.a.1) + b.weight(self.b.0, self.b.1);
        4 * i64::from(self.matched) - i64::from(weights)
    }

    /// Share of aligned weight of all weight on both sides.
    fn similarity(&self, a: Words<'_>, b: Words<'_>) -> f32 {
        let (wa, wb) = (a.weight(self.a.0, self.a.1), b.weight(self.b.0, self.b.1));
        // Blocks that were merged may share a few words.
        let matched = self.matched.min(wa).min(wb);
        2.0 * matched as f32 / ((wa + wb) as f32).max(1.0)
    }
}

/// Buffers of [`find`].
#[derive(Debug, Default)]
pub struct Buffers {
    regions: regions::Regions,
    dense: dense::Buffers,
    hits: Vec<Hit>,
    sure: chain::Sure,
    chain: chain::Buffers,
    align: diagonals::Buffers,
    merge: merge::Buffers,
    blocks: Vec<Block>,
    ends: [Ends; 2],
    wording: Wording,
    common: Vec<words::Key>,
}

/// Words that the hits of a stock phrase do not span.
const SPREAD: u32 = 9;
/// Hits that a passage has at least, near each other in both texts.
const MIN_HITS: usize = 3;

/// The same where all hits stand in many texts.
const COMMON_SPREAD: u32 = 14;
const COMMON_HITS: usize = 5;

/// How many of a pair's hits tell much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rarities {
    /// In hardly any text but the two.
    pub rare: usize,
    /// In a few texts.
    pub known: usize,
}

/// Whether `hits`, sorted, are worth looking at the words around them: one is rare, or some are near each other in both texts
/// and reach farther than those of one stock phrase.
///
/// Of a passage of 40 words with three of ten changed, some six runs of three content words are left, sometimes one. Where
/// all are common, the run must be longer than the phrases that many texts share. `O(hits)`.
pub fn is_promising(hits: &[Hit], rarities: Rarities) -> bool {
    let (least, spread) = match rarities {
        Rarities { rare: 1.., .. } => return true,
        Rarities { rare: 0, known: 0 } => (COMMON_HITS, COMMON_SPREAD),
        Rarities { .. } => (MIN_HITS, SPREAD),
    };
    hits.iter().enumerate().any(|(i, &(a, b))| {
        let mut found = 1;
        let mut last = (a, b);
        let mut reach = 0;
        for &(x, y) in hits[i + 1..].iter().take_while(|h| h.0 - a <= GAP).take(32) {
            if x > last.0 && y.abs_diff(b) <= GAP && y != last.1 {
                found += 1;
                last = (x, y);
                reach = (x - a).min(y.abs_diff(b)).max(reach);
            }
        }
        found >= least && reach >= spread
    })
}

/// Appends the passages that two texts share, found from their sorted `hits`; `texts` is asked for both texts when
/// there are any.
///
/// `O(hits)` alignments of at most 50 × 50 words.
pub fn find<'t>(
    (a, b): (Words<'_>, Words<'_>),
    hits: &[Hit],
    texts: impl Fn() -> (&'t str, &'t str),
    settings: &Settings,
    buffers: &mut Buffers,
    out: &mut Vec<Passage>,
) {
    let Buffers {
        regions,
        dense,
        hits: near,
        sure,
        chain,
        align,
        merge,
        blocks,
        ends: [a_ends, b_ends],
        wording,
        common,
    } = buffers;
    if let Some(similarity) = whole::similarity(a, b, settings, align, common) {
        let whole = Block {
            a: (0, a.len()),
            b: (0, b.len()),
            matched: 0,
            in_order: true,
        };
        out.push(passage(
            (a, b),
            &whole,
            similarity,
            &texts,
            [a_ends, b_ends],
            wording,
        ));
        return;
    }
    near.clear();
    let regions = regions.gather(a, b, hits, settings);
    if regions.is_empty() {
        // So it is with most pairs that share a phrase by chance.
        return;
    }
    sure.mark(a, b, hits, chain);
    for region in regions {
        near.extend(&region.hits);
        dense.add(a, b, region, sure, near);
    }
    if near.is_empty() {
        return;
    }
    blocks.clear();
    chain::blocks(a, b, near, chain, align, blocks);
    merge.merge(blocks, a, b);
    let before = out.len();
    let short = whole::is_short(a.len(), settings) && whole::is_short(b.len(), settings);
    for block in blocks.iter() {
        let Some(block) = whole::widened(block, a, b, settings) else {
            continue;
        };
        let long = |(from, to): (u32, u32), words: Words<'_>| {
            to - from >= settings.passage_words.min(words.len())
        };
        if !block.in_order && !short && block.matched < merge::TWO_SENTENCES {
            continue;
        }
        let similarity = block.similarity(a, b);
        if !long(block.a, a) || !long(block.b, b) || similarity < settings.passage_similarity {
            continue;
        }
        out.push(passage(
            (a, b),
            &block,
            similarity,
            &texts,
            [a_ends, b_ends],
            wording,
        ));
    }
    out[before..].sort_by_key(|p| (p.a, p.b));
}

/// The passage that a block is, read on the texts.
fn passage<'t>(
    (a, b): (Words<'_>, Words<'_>),
    block: &Block,
    similarity: f32,
    texts: &impl Fn() -> (&'t str, &'t str),
    [a_ends, b_ends]: [&mut Ends; 2],
    wording: &mut Wording,
) -> Passage {
    let (a_text, b_text) = texts();
    a_ends.read(a_text, a, block.a);
    b_ends.read(b_text, b, block.b);
    let (a_words, b_words) = (a_ends.bytes().of(a_text), b_ends.bytes().of(b_text));
    let keys = (
        &a.keys[block.a.0 as usize..block.a.1 as usize],
        &b.keys[block.b.0 as usize..block.b.1 as usize],
    );
    let (a, b) = (a_ends.snapped(a_text), b_ends.snapped(b_text));
    Passage {
        a,
        b,
        similarity,
        // Keys of a column have 31 bits; what they say is asked of the words themselves.
        exact: keys.0 == keys.1 && wording.is_same(a_words, b_words),
        reordered: !block.in_order && similarity >= merge::COPY,
        quoted: quote::is_quoted(a_text, a) || quote::is_quoted(b_text, b),
    }
}

#[cfg(test)]
mod tests;
