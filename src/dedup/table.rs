//! A set-once table from word keys to numbers, for a look-up a word of the corpus.
//!
//! Every word of every text is looked up, so a key and its value lie in one number, eight to a line of the cache: nearly all look-ups touch one.

use rustc_hash::FxHashMap;

/// Slots for each entry, at least: few buckets are then full.
const ROOM: usize = 2;
/// Slots in a bucket.
const BUCKET: usize = 4;
/// No entry: values are not zero.
const EMPTY: u64 = 0;

/// Open addressing by buckets (Knuth, The Art of Computer Programming 3, 6.4); keys are hashes already.
///
/// A bucket is read whole and without a branch: which slot a word stands in, and whether it does, cannot be foretold. Only where one is full, as one
/// in fifty is, the next is read too.
///
/// Of a key only the low half stands in its entry, and the bits that chose the bucket say some more: of all the words that anybody
/// writes one in some 10⁹ is taken for another, which a comparison of texts then sees.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// The low half of a key, and above it its value. A bucket is filled from its first slot on.
    buckets: Vec<[u64; BUCKET]>,
}

impl Table {
    /// The same pairs as `map`, whose values are not zero.
    pub(super) fn of(map: &FxHashMap<u64, u32>) -> Self {
        let buckets = (map.len() * ROOM).div_ceil(BUCKET).next_power_of_two();
        let mut table = Self {
            buckets: vec![[EMPTY; BUCKET]; buckets],
        };
        let mut pairs: Vec<(u64, u32)> = map.iter().map(|(&key, &value)| (key, value)).collect();
        // The order of a map is not that of the next run.
        pairs.sort_unstable();
        for (key, value) in pairs {
            debug_assert_ne!(value, 0, "stands for an empty slot");
            let mut at = table.place(key);
            let free = loop {
                if let Some(free) = table.buckets[at].iter().position(|&e| e == EMPTY) {
                    break free;
                }
                at = table.after(at);
            };
            table.buckets[at][free] = u64::from(value) << 32 | u64::from(key as u32);
        }
        table
    }

    /// The bucket where the search for `key` begins: by its high bits, since the low ones stand in the entry.
    #[inline]
    fn place(&self, key: u64) -> usize {
        (key >> 40) as usize & (self.buckets.len() - 1)
    }

    #[inline]
    fn after(&self, at: usize) -> usize {
        (at + 1) & (self.buckets.len() - 1)
    }

    /// What `key` stands for; 0 where it is not there.
    #[expect(
        clippy::needless_bitwise_bool,
        reason = "one branch that is nearly always taken, not two"
    )]
    #[inline]
    pub(super) fn get(&self, key: u64) -> u32 {
        let mut at = self.place(key);
        loop {
            let bucket = &self.buckets[at];
            let value = bucket.iter().fold(0, |value, &entry| {
                // An empty slot says 0, whatever the key is.
                value
                    | if entry as u32 == key as u32 {
                        entry >> 32
                    } else {
                        0
                    }
            }) as u32;
            if (value != 0) | (bucket[BUCKET - 1] == EMPTY) {
                return value;
            }
            at = self.after(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_table_answers_as_its_map_does(
            pairs in prop::collection::vec((0u64..80, 1u32..), 0..60),
            // Keys that begin at few places, so that they run into one another and around the end.
            shift in 30u32..60,
        ) {
            let map: FxHashMap<u64, u32> = pairs.into_iter().map(|(k, v)| (k << shift | k, v)).collect();
            let table = Table::of(&map);
            for key in 0..100u64 {
                let key = key << shift | key;
                prop_assert_eq!(table.get(key), map.get(&key).copied().unwrap_or(0));
            }
        }
    }
}
