//! More hits around those that are known: short runs of words, too common to search a corpus with, tell where two texts
//! go on alike once they are known to be near each other.

use super::chain::Sure;
use super::regions::Region;
use super::words::{Key, Words, tells};
use super::{GAP, Hit};

/// Words of any kind in a run.
const ANY: usize = 4;
/// Words that a run of two telling ones spans at most.
const SPAN: usize = 8;
/// Places of a run on one side beyond which it tells nothing.
const OCCURRENCES: usize = 3;

/// A short run of the first text.
#[derive(Clone, Copy, Debug)]
struct Run {
    key: u32,
    places: [u32; OCCURRENCES],
    /// How often it stands in either text.
    counts: [u32; 2],
}

/// Buffers of [`Buffers::add`].
#[derive(Debug, Default)]
pub(super) struct Buffers {
    /// Open addressing: one more than the number of the run, 0 where free.
    slots: Vec<u32>,
    runs: Vec<Run>,
    /// Runs of the second text that the first has too: number and place.
    met: Vec<(u32, u32)>,
}

impl Buffers {
    /// Appends the places of the short runs that both texts have within [`GAP`] words of the hits of `region`, but not within
    /// what is `sure` already. `O(n)` in the words of the region.
    pub(super) fn add(
        &mut self,
        a: Words<'_>,
        b: Words<'_>,
        region: &Region,
        sure: &Sure,
        out: &mut Vec<Hit>,
    ) {
        let Self { slots, runs, met } = self;
        let (a_from, a_words) = around(a, region.a);
        let (b_from, b_words) = around(b, region.b);
        slots.clear();
        // A word begins at most two runs, so at most a quarter of the slots are taken.
        slots.resize((8 * a_words.len()).next_power_of_two(), 0);
        runs.clear();
        met.clear();
        each(a_words, |key, at, last| {
            let place = a_from + at;
            if sure.has_a(place) && sure.has_a(a_from + last) {
                return;
            }
            let slot = slot_of(key, slots, runs);
            if slots[slot] == 0 {
                runs.push(Run {
                    key,
                    places: [place; OCCURRENCES],
                    counts: [1, 0],
                });
                slots[slot] = runs.len() as u32;
                return;
            }
            let run = &mut runs[slots[slot] as usize - 1];
            if let Some(free) = run.places.get_mut(run.counts[0] as usize) {
                *free = place;
            }
            run.counts[0] += 1;
        });
        each(b_words, |key, at, last| {
            if sure.has_b(b_from + at) && sure.has_b(b_from + last) {
                return;
            }
            let slot = slot_of(key, slots, runs);
            if let Some(i) = slots[slot].checked_sub(1) {
                runs[i as usize].counts[1] += 1;
                met.push((i, b_from + at));
            }
        });
        for &(i, y) in met.iter() {
            let run = &runs[i as usize];
            if run.counts.iter().all(|&n| n as usize <= OCCURRENCES) {
                let places = &run.places[..run.counts[0] as usize];
                out.extend(places.iter().map(|&x| (x, y)));
            }
        }
    }
}

/// Where the run with this key is, or would be.
fn slot_of(key: u32, slots: &[u32], runs: &[Run]) -> usize {
    let mask = slots.len() - 1;
    let mut slot = (key >> 7) as usize & mask;
    while slots[slot] != 0 && runs[slots[slot] as usize - 1].key != key {
        slot = (slot + 1) & mask;
    }
    slot
}

/// The words around the hits of one side, and the number of the first.
fn around(words: Words<'_>, (from, to): (u32, u32)) -> (u32, &[Key]) {
    let from = from.saturating_sub(GAP).min(words.len());
    let to = to.saturating_add(GAP + 1).min(words.len());
    (from, &words.keys[from as usize..to as usize])
}

/// Calls `each` with the key, the first and the last word of every short run.
fn each(words: &[Key], mut each: impl FnMut(u32, u32, u32)) {
    let mut last: Option<(u32, usize)> = None;
    // Keys of the last pairs of words, and the last word: a run is two pairs.
    let mut pairs = [0u32; ANY - 1];
    let mut before = 0;
    for (i, &word) in words.iter().enumerate() {
        let key = u32::from_le_bytes(word);
        pairs = [pairs[1], pairs[2], mix(before, key)];
        before = key;
        if i + 1 >= ANY {
            each(mix(pairs[0], pairs[2]), (i + 1 - ANY) as u32, i as u32);
        }
        if tells(word) {
            if let Some((other, at)) = last
                && i - at < SPAN
            {
                // Set apart from the pairs of runs by their order.
                each(mix(key, other), at as u32, i as u32);
            }
            last = Some((key, i));
        }
    }
}

/// Mixes `next` into `state`, order mattering.
fn mix(state: u32, next: u32) -> u32 {
    let product = u64::from(state ^ 0x9e37_79b9) * u64::from(next ^ 0x85eb_ca6b);
    (product as u32) ^ (product >> 32) as u32
}
