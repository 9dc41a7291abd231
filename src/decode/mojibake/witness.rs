//! What a whole document says about its garbled runs: which letters are its own, and which encodings have garbled
//! other places of it beyond doubt.

use super::bytes;

/// How often a character stands outside garbled runs, and how often it begins one: a letter that is mostly met
/// outside belongs to the language, and the run that it begins is chance.
pub(super) struct Seen {
    counts: Vec<[u32; 2]>,
}

impl Default for Seen {
    fn default() -> Self {
        Self {
            counts: vec![[0; 2]; TABLED],
        }
    }
}

/// Characters that are counted: no encoding has letters beyond these.
const TABLED: usize = 0x600;

impl Seen {
    pub(super) fn count(&mut self, c: char, role: usize) {
        if let Some(slot) = self.counts.get_mut(c as usize) {
            slot[role] += 1;
        }
    }

    /// Whether `c` is one of the text's own letters.
    pub(super) fn is_native(&self, c: char) -> bool {
        let [outside, begins] = self.counts.get(c as usize).copied().unwrap_or_default();
        c.is_alphabetic() && outside >= 3 && outside > 2 * begins
    }
}

/// Strong runs by their first character and encoding, and how many of them are strong even as a native's.
pub(super) struct Strong {
    counts: Vec<[[u32; 2]; bytes::COUNT]>,
}

impl Default for Strong {
    fn default() -> Self {
        Self {
            counts: vec![[[0; 2]; bytes::COUNT]; TABLED],
        }
    }
}

impl Strong {
    pub(super) fn count(&mut self, first: char, codec: usize, anyway: bool) {
        // What stands beyond the table is no letter: one row serves for all.
        let row = (first as usize).min(TABLED - 1);
        self.counts[row][codec][0] += 1;
        self.counts[row][codec][1] += u32::from(anyway);
    }

    /// Witnesses for each encoding.
    pub(super) fn witnesses(&self, seen: &Seen) -> [u32; bytes::COUNT] {
        let mut sums = [0; bytes::COUNT];
        for (c, row) in ('\0'..).zip(&self.counts) {
            let column = usize::from(seen.is_native(c));
            for (sum, counts) in sums.iter_mut().zip(row) {
                *sum += counts[column];
            }
        }
        sums
    }
}
