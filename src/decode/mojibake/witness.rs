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
        outside >= 3 && outside > 2 * begins && c.is_alphabetic()
    }
}

/// Strong runs: first character, encoding, and whether they are strong even as a native's.
#[derive(Default)]
pub(super) struct Strong {
    runs: Vec<(char, usize, bool)>,
}

impl Strong {
    pub(super) fn count(&mut self, first: char, codec: usize, anyway: bool) {
        self.runs.push((first, codec, anyway));
    }

    /// Witnesses for each encoding.
    pub(super) fn witnesses(&self, seen: &Seen) -> [u32; bytes::COUNT] {
        let mut sums = [0; bytes::COUNT];
        for &(first, codec, anyway) in &self.runs {
            sums[codec] += u32::from(anyway || !seen.is_native(first));
        }
        sums
    }
}
