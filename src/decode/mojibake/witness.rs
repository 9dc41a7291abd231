//! What a whole document says about its garbled runs: which letters are its own, and which encodings have garbled
//! other places of it beyond doubt.

use super::place::Vote;
use super::{CERTAIN, DOCUMENT, NATIVE, STRONG, WITNESSES, bytes};
use crate::decode::scan::is_passed;
use crate::edit::ByteSpan;

/// How often a character stands outside garbled runs, and how often it begins one: a letter that is mostly met
/// outside belongs to the language, and the run that it begins is chance.
///
/// Letters that [`is_passed`] names are counted when somebody asks for them.
pub(super) struct Seen<'t> {
    text: &'t str,
    /// How often outside, at the beginning of a run, and of these outside at that of a run that gains little.
    counts: Vec<[u32; 3]>,
    /// Where the garbled runs stand.
    runs: Vec<ByteSpan>,
    /// Passed letters that were asked for.
    known: Vec<(char, bool)>,
    /// Characters that are not counted, and whether they begin runs often.
    often: Vec<(char, bool)>,
    /// Answers of [`is_complete`](Self::is_complete).
    complete: [Option<bool>; bytes::COUNT],
}

/// Characters that are counted, by how far they are beyond ASCII: no encoding has letters beyond these.
const TABLED: usize = 0x600 - ASCII;
/// Those there is room for at first: most texts are short, and in Latin letters.
const LATIN: usize = 0x100 - ASCII;
const ASCII: usize = 0x80;

impl<'t> Seen<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self {
            text,
            counts: Vec::new(),
            runs: Vec::new(),
            known: Vec::new(),
            often: Vec::new(),
            complete: [None; bytes::COUNT],
        }
    }

    /// Whether `c` begins a run somewhere, and beyond doubt.
    pub(super) fn begins(&self, c: char) -> bool {
        self.counts_of(c)[1] > 0
    }

    /// Whether `c` begins runs far more often than it stands where nothing is garbled.
    pub(super) fn begins_often(&mut self, c: char) -> bool {
        if (c as usize) < TABLED + ASCII {
            let [outside, begins, weak] = self.counts_of(c);
            return begins >= OFTEN && outside.saturating_sub(weak) * 2 <= begins;
        }
        // Signs of DOS pages and the like are not counted.
        if let Some((_, known)) = self.often.iter().find(|k| k.0 == c) {
            return *known;
        }
        let runs = || self.runs.iter().map(|r| r.of(self.text));
        let begins = runs().filter(|r| r.starts_with(c)).count();
        let inside: usize = runs().map(|r| r.matches(c).count()).sum();
        let outside = self.text.matches(c).count() - inside;
        let often = begins >= OFTEN as usize && outside * 2 <= begins;
        self.often.push((c, often));
        often
    }

    /// Whether the sequences of reading `k` have all their bytes: hardly a first byte stands alone.
    pub(super) fn is_complete(&mut self, k: usize) -> bool {
        if let Some(known) = self.complete[k] {
            return known;
        }
        let (mut alone, mut begins) = (0, 0);
        for (c, counts) in ('\u{80}'..).zip(&self.counts) {
            if (0xC4..=0xF4).contains(&bytes::of(c)[k]) {
                alone += counts[0] - counts[2].min(counts[0]);
                begins += counts[1];
            }
        }
        let complete = alone.saturating_mul(ALONE) <= begins;
        self.complete[k] = Some(complete);
        complete
    }

    /// Counts `c`, outside runs for role 0, at the beginning of one for role 1; role 2 goes with 0 where that is of a run that gains
    /// little.
    #[inline]
    pub(super) fn count(&mut self, c: char, role: usize) {
        let c = (c as usize).wrapping_sub(ASCII);
        if c >= TABLED {
            return;
        }
        if c >= self.counts.len() {
            self.grow(c);
        }
        self.counts[c][role] += 1;
    }

    /// Makes room for the character `c`.
    #[cold]
    fn grow(&mut self, c: usize) {
        let room = if c < LATIN { LATIN } else { TABLED };
        self.counts.resize(room, [0; 3]);
    }

    /// Notes a run.
    pub(super) fn run(&mut self, span: ByteSpan) {
        self.runs.push(span);
    }

    /// Whether `c` is one of the text's own letters.
    pub(super) fn is_native(&mut self, c: char) -> bool {
        if c as usize >= TABLED + ASCII || !is_passed(c) {
            return self.is_native_by(c, 0);
        }
        if let Some((_, known)) = self.known.iter().find(|k| k.0 == c) {
            return *known;
        }
        let all = occurrences(self.text, c);
        let in_runs = self.runs.iter().map(|r| occurrences(r.of(self.text), c));
        let native = self.is_native_by(c, all - in_runs.sum::<u32>());
        self.known.push((c, native));
        native
    }

    fn counts_of(&self, c: char) -> [u32; 3] {
        let counts = self.counts.get((c as usize).wrapping_sub(ASCII));
        counts.copied().unwrap_or_default()
    }

    /// The same, with what stands outside runs and was not counted.
    fn is_native_by(&self, c: char, more: u32) -> bool {
        let [outside, begins, _] = self.counts_of(c);
        let outside = outside + more;
        outside >= 3 && outside > 2 * begins && c.is_alphabetic()
    }
}

/// Runs from which a character begins them often.
const OFTEN: u32 = 3;

/// Runs to one first byte that stands alone, at least, where no bytes were dropped.
const ALONE: u32 = 8;

/// How often the letter `c`, of two bytes, stands in `text`; 0 for any other.
fn occurrences(text: &str, c: char) -> u32 {
    let mut bytes = [0; 4];
    let &[first, second] = c.encode_utf8(&mut bytes).as_bytes() else {
        return 0;
    };
    let raw = text.as_bytes();
    let pairs = raw.iter().zip(raw.iter().skip(1));
    pairs
        .map(|(&a, &b)| u32::from(a == first) & u32::from(b == second))
        .sum()
}

/// What each encoding makes of a document, in bits.
#[derive(Default)]
pub(super) struct Votes {
    sums: [i64; bytes::COUNT],
    /// Those last counted, of readings that are alike in the same way.
    last: (u16, i64),
}

impl Votes {
    /// Readings that are alike gain the same, but for how seldom each is the culprit; that counts once a document.
    #[inline]
    pub(super) fn count(&mut self, vote: &Vote) {
        let gain = i64::from((vote.gain + bytes::prior(vote.codec)).max(0));
        if self.last.0 != vote.differs {
            self.add_last();
            self.last = (vote.differs, 0);
        }
        self.last.1 += gain;
    }

    fn add_last(&mut self) {
        let (differs, gain) = self.last;
        for (k, sum) in self.sums.iter_mut().enumerate() {
            *sum += if differs >> k & 1 == 0 { gain } else { 0 };
        }
    }

    /// The one that explains most; of equals the first.
    pub(super) fn house(mut self) -> usize {
        self.add_last();
        let bits = |k: &usize| self.sums[*k] - i64::from(DOCUMENT * bytes::prior(*k));
        (0..bytes::COUNT)
            .max_by_key(|k| (bits(k), std::cmp::Reverse(*k)))
            .unwrap_or_default()
    }
}

/// Runs that tell of an encoding.
pub(super) struct Strong<'t> {
    text: &'t str,
    runs: Vec<Run>,
    /// For each encoding, those that are strong also where their first character is the text's own.
    beyond: [u32; bytes::COUNT],
    /// The last that no change of case is needed for: where it stands, and what it becomes.
    unchanged: (ByteSpan, Option<char>),
    /// For each reading that changes the case of letters, whether the text has some that it would have changed.
    mixed: [Option<bool>; bytes::COUNT],
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

impl<'t> Strong<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self {
            text,
            runs: Vec::new(),
            beyond: [0; bytes::COUNT],
            unchanged: (ByteSpan::default(), None),
            mixed: [None; bytes::COUNT],
        }
    }

    /// Whether this says anything about its encoding. The first of enough do; and in a text of both cases, what is explained also
    /// without a change of case says nothing for one (`â€™` is itself in small letters). Votes of a place come in the order of their readings.
    #[inline]
    pub(super) fn is_news(&mut self, vote: &Vote) -> bool {
        let here = (vote.span, vote.result);
        if let Some(kept) = bytes::kept_case(vote.codec) {
            let text = self.text;
            if self.unchanged == here
                && *self.mixed[vote.codec].get_or_insert_with(|| text.contains(kept))
            {
                return false;
            }
        } else {
            self.unchanged = here;
        }
        self.beyond[vote.codec] < CERTAIN
    }

    pub(super) fn count(&mut self, vote: &Vote) {
        self.beyond[vote.codec] += u32::from(vote.gain >= STRONG + NATIVE);
        self.runs.push(Run {
            first: vote.first,
            result: vote.result,
            codec: vote.codec,
            gain: vote.gain,
        });
    }

    /// Witnesses for each encoding: strong runs, or weak ones of different letters that are strong together.
    pub(super) fn witnesses(&self, seen: &mut Seen<'_>) -> [u32; bytes::COUNT] {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_a_walk_passes_over_are_counted_outside_runs() {
        // Three outside the run, one in it.
        let text = "Рим, Рига, Рыбинск и РџСЂРё";
        let run = text.find("Рџ").unwrap();
        let run = ByteSpan::new(run, text.len());
        let mut seen = Seen::of(text);
        seen.count('Р', 1);
        seen.run(run);
        assert!(is_passed('Р') && seen.is_native('Р'));
        // The answer is kept, and is the same.
        assert!(seen.is_native('Р') && seen.known.len() == 1);
        assert!(!seen.is_native('С') && !seen.is_native('漢'));
        let mut without = Seen::of("Рим, Рига и РџСЂРё");
        without.count('Р', 1);
        without.run(ByteSpan::new(
            without.text.find("Рџ").unwrap(),
            without.text.len(),
        ));
        assert!(!without.is_native('Р'));
    }
}
