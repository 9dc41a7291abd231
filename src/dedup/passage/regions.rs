//! Hits gathered to regions of two texts, and whether a region can hold a passage at all.

use super::words::{Words, tells};
use super::{GAP, Hit};
use crate::dedup::Settings;

/// Words around the hits of a region among which those that stand on both sides are counted.
const AROUND: u32 = 25;
/// Bits of the set of one side's words.
const BITS: usize = 4096;
/// Of the words of a passage at least this share tells something, stands on both sides, and differs from the others.
const TELLING: f32 = 0.56;
/// Words that stand on both sides which are enough whatever the settings.
const ENOUGH: usize = 8;

/// Hits near each other in both texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Region {
    /// First and last word of the hits in the first text.
    pub a: (u32, u32),
    /// First and last word of the hits in the second text.
    pub b: (u32, u32),
    pub hits: Vec<Hit>,
}

/// Buffers of [`Regions::gather`].
#[derive(Debug, Default)]
pub(super) struct Regions {
    open: Vec<Region>,
    spare: Vec<Vec<Hit>>,
    set: Vec<u64>,
}

impl Regions {
    /// The regions of the sorted `hits` that have enough words in common to hold a passage. `O(hits · regions)`.
    pub(super) fn gather(
        &mut self,
        a: Words<'_>,
        b: Words<'_>,
        hits: &[Hit],
        settings: &Settings,
    ) -> &mut Vec<Region> {
        let Self { open, spare, set } = self;
        for region in open.drain(..) {
            let mut hits = region.hits;
            hits.clear();
            spare.push(hits);
        }
        for &(x, y) in hits {
            let near = |r: &&mut Region| {
                x <= r.a.1.saturating_add(GAP)
                    && y.saturating_add(GAP) >= r.b.0
                    && y <= r.b.1.saturating_add(GAP)
            };
            if let Some(region) = open.iter_mut().rev().take(LOOK_BACK).find(near) {
                region.a.1 = x;
                region.b = (region.b.0.min(y), region.b.1.max(y));
                region.hits.push((x, y));
            } else {
                let mut hits = spare.pop().unwrap_or_default();
                hits.push((x, y));
                open.push(Region {
                    a: (x, x),
                    b: (y, y),
                    hits,
                });
            }
        }
        let words =
            settings.passage_words.min(a.len()).min(b.len()) as f32 * settings.passage_similarity;
        let least = ((words * TELLING) as usize).clamp(1, ENOUGH);
        open.retain(|r| in_common(a, b, r, set) >= least);
        open
    }
}

/// Open regions that a hit may belong to.
const LOOK_BACK: usize = 64;

/// How many different telling words stand on both sides around a region, or a few more than that.
fn in_common(a: Words<'_>, b: Words<'_>, region: &Region, set: &mut Vec<u64>) -> usize {
    let around = |(from, to): (u32, u32), words: Words<'_>| {
        let to = to.saturating_add(AROUND).min(words.len()) as usize;
        from.saturating_sub(AROUND) as usize..to
    };
    let bit = |key: [u8; 4]| {
        let hash = u32::from_le_bytes(key).wrapping_mul(0x9e37_79b9) as usize >> 20;
        (hash / 64 % (BITS / 64), 1u64 << (hash % 64))
    };
    set.clear();
    set.resize(BITS / 64, 0);
    for &key in a.keys.get(around(region.a, a)).unwrap_or_default() {
        let (i, bit) = bit(key);
        set[i] |= if tells(key) { bit } else { 0 };
    }
    let mut count = 0;
    for &key in b.keys.get(around(region.b, b)).unwrap_or_default() {
        let (i, bit) = bit(key);
        if tells(key) && set[i] & bit != 0 {
            set[i] &= !bit;
            count += 1;
        }
    }
    count
}
