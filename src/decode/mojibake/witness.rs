//! What a whole document says about its garbled runs: which letters are its own, and which encodings have garbled
//! other places of it beyond doubt.

use super::place::Vote;
use super::{NATIVE, STRONG, WITNESSES, bytes};

/// How often a character stands outside garbled runs, and how often it begins one: a letter that is mostly met
/// outside belongs to the language, and the run that it begins is chance.
#[derive(Default)]
pub(super) struct Seen {
    counts: Vec<[u32; 2]>,
}

/// Characters that are counted: no encoding has letters beyond these.
const TABLED: usize = 0x600;
/// Those there is room for at first: most texts are short, and in Latin letters.
const LATIN: usize = 0x180;

impl Seen {
    #[inline]
    pub(super) fn count(&mut self, c: char, role: usize) {
        let c = c as usize;
        if c >= self.counts.len() && !self.grow(c) {
            return;
        }
        self.counts[c][role] += 1;
    }

    /// Makes room for the character `c`; whether it is counted.
    #[cold]
    fn grow(&mut self, c: usize) -> bool {
        if c < TABLED {
            let room = if c < LATIN { LATIN } else { TABLED };
            self.counts.resize(room, [0; 2]);
        }
        c < TABLED
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
        let mut told: Vec<u32> = Vec::new();
        for run in &self.runs {
            if run.gain < COUNTS {
                continue;
            }
            let native = if seen.is_native(run.first) { NATIVE } else { 0 };
            let gain = run.gain - native;
            sums[run.codec] += u32::from(gain >= STRONG);
            let key = (run.codec as u32) << 24 | run.result.map_or(0, u32::from);
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
