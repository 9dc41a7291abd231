//! What a whole document says about its garbled runs: which letters are its own, and which encodings have garbled
//! other places of it beyond doubt.

use super::find::Vote;
use super::{NATIVE, STRONG, WITNESSES, bytes};

/// How often a character stands outside garbled runs, and how often it begins one: a letter that is mostly met
/// outside belongs to the language, and the run that it begins is chance.
pub(super) struct Seen {
    counts: Vec<[u32; 2]>,
}

impl Default for Seen {
    fn default() -> Self {
        Self {
            counts: vec![[0; 2]; LATIN],
        }
    }
}

/// Characters that are counted: no encoding has letters beyond these.
const TABLED: usize = 0x600;
/// Those there is room for from the start: most texts are short, and in Latin letters.
const LATIN: usize = 0x180;

impl Seen {
    pub(super) fn count(&mut self, c: char, role: usize) {
        let c = c as usize;
        if c >= self.counts.len() && c < TABLED {
            self.counts.resize(TABLED, [0; 2]);
        }
        if let Some(slot) = self.counts.get_mut(c) {
            slot[role] += 1;
        }
    }

    /// Whether `c` is one of the text's own letters.
    pub(super) fn is_native(&self, c: char) -> bool {
        let [outside, begins] = self.counts.get(c as usize).copied().unwrap_or_default();
        outside >= 3 && outside > 2 * begins && c.is_alphabetic()
    }
}

/// Runs that tell of an encoding.
#[derive(Default)]
pub(super) struct Strong {
    runs: Vec<Run>,
}

struct Run {
    first: char,
    result: Option<char>,
    codec: usize,
    gain: i32,
}

/// Joint gain in bits at which different runs, each weak, make an encoding sure.
const JOINT: i32 = 20;
/// Gain from which a weak run counts towards it.
const COUNTS: i32 = 6;

impl Strong {
    pub(super) fn count(&mut self, vote: &Vote) {
        self.runs.push(Run {
            first: vote.first,
            result: vote.result,
            codec: vote.codec,
            gain: vote.gain,
        });
    }

    /// Witnesses for each encoding: strong runs, or weak ones of different letters that are strong together.
    pub(super) fn witnesses(&self, seen: &Seen) -> [u32; bytes::COUNT] {
        let mut sums = [0; bytes::COUNT];
        let mut joint = [0; bytes::COUNT];
        let mut told: Vec<(usize, Option<char>)> = Vec::new();
        for run in &self.runs {
            let native = if seen.is_native(run.first) { NATIVE } else { 0 };
            let gain = run.gain - native;
            sums[run.codec] += u32::from(gain >= STRONG);
            let key = (run.codec, run.result);
            if gain >= COUNTS && told.len() < MOST_TOLD && !told.contains(&key) {
                joint[run.codec] += gain.min(STRONG);
                told.push(key);
            }
        }
        for (sum, joint) in sums.iter_mut().zip(joint) {
            if joint >= JOINT {
                *sum = WITNESSES.max(*sum);
            }
        }
        sums
    }
}

/// Different letters after which no more are looked for.
const MOST_TOLD: usize = 64;
