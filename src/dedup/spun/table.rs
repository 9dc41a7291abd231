//! A set-once table from word keys to numbers, for a look-up a word of the corpus.
//!
//! Every word of every text is looked up, so keys lie alone and side by side: most look-ups touch one line of the cache, where
//! those of a general map touch two.

use rustc_hash::FxHashMap;

/// Slots for each entry, at least: look-ups of words that are not there end at the first empty slot.
const ROOM: usize = 2;
/// No key of a word, or so rare a one that it may lie in `zero`.
const EMPTY: u64 = 0;

/// Open addressing with linear probing (Knuth, The Art of Computer Programming 3, 6.4); keys are hashes already.
#[derive(Clone, Debug)]
pub(super) struct Table {
    keys: Vec<u64>,
    values: Vec<u32>,
    /// What the key 0 stands for.
    zero: Option<u32>,
}

impl Table {
    /// The same pairs as `map`.
    pub(super) fn of(map: &FxHashMap<u64, u32>) -> Self {
        let slots = (map.len() * ROOM).next_power_of_two().max(2);
        let mut table = Self {
            keys: vec![EMPTY; slots],
            values: vec![0; slots],
            zero: map.get(&EMPTY).copied(),
        };
        let mut pairs: Vec<(u64, u32)> = map.iter().map(|(&key, &value)| (key, value)).collect();
        // The order of a map is not that of the next run.
        pairs.sort_unstable();
        for (key, value) in pairs.into_iter().filter(|&(key, _)| key != EMPTY) {
            let mut at = table.place(key);
            while table.keys[at] != EMPTY {
                at = (at + 1) & (slots - 1);
            }
            table.keys[at] = key;
            table.values[at] = value;
        }
        table
    }

    /// Where the search for `key` begins: by its high bits, since runs of words are mixed from the low ones.
    #[inline]
    fn place(&self, key: u64) -> usize {
        (key >> 40) as usize & (self.keys.len() - 1)
    }

    /// The number that `key` stands for.
    #[inline]
    pub(super) fn get(&self, key: u64) -> Option<u32> {
        if key == EMPTY {
            return self.zero;
        }
        let mut at = self.place(key);
        loop {
            let found = self.keys[at];
            if found == key {
                return Some(self.values[at]);
            }
            if found == EMPTY {
                return None;
            }
            at = (at + 1) & (self.keys.len() - 1);
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
            pairs in prop::collection::vec((0u64..80, any::<u32>()), 0..60),
            // Keys that begin at few places, so that they run into one another and around the end.
            shift in 30u32..60,
        ) {
            let map: FxHashMap<u64, u32> = pairs.into_iter().map(|(k, v)| (k << shift | k, v)).collect();
            let table = Table::of(&map);
            for key in 0..100u64 {
                let key = key << shift | key;
                prop_assert_eq!(table.get(key), map.get(&key).copied());
            }
        }
    }
}
