//! One place of a text: what stands there in each reading, and the best repair of it.

use super::bytes::{self, Roles};
use super::lost::{Blank, Lost};
use super::repairs::Repair;
use super::whole::{self, Whole};
use super::{STRONG, cost, lost};
use crate::decode::scan::entry_of;
use crate::edit::ByteSpan;

/// Bits in favour of the encoding that reads most of the document's garbled runs.
const HOUSE: i32 = 8;
/// What one reading would gain at a place.
pub(super) struct Vote {
    pub(super) span: ByteSpan,
    /// First character of the garbled run.
    pub(super) first: char,
    pub(super) codec: usize,
    /// Readings that this says nothing of, one bit each; the others read the same.
    pub(super) differs: u16,
    pub(super) gain: i32,
    pub(super) lossy: bool,
    /// Whether what stands there says by itself what was lost.
    pub(super) sure: bool,
    /// First character of the repair.
    pub(super) result: Option<char>,
}

impl Vote {
    /// That of reading `codec`, and of those that are alike, for a run at byte `at`.
    pub(super) fn of(text: &str, at: usize, codec: usize, run: &Whole) -> Self {
        Self {
            span: ByteSpan::new(at, run.end),
            first: text[at..].chars().next().unwrap_or_default(),
            codec,
            differs: run.differs,
            gain: run.gain,
            lossy: false,
            sure: false,
            result: Some(run.result),
        }
    }

    /// The same for that reading alone.
    fn alone(self) -> Self {
        Self {
            differs: !(1 << self.codec),
            ..self
        }
    }

    /// Whether this can lead to a repair, where one needs a gain of `least`, or speak for others.
    pub(super) fn may_gain(&self, least: i32) -> bool {
        if self.lossy {
            self.sure || self.gain >= 2 * STRONG
        } else {
            self.gain >= STRONG || self.gain + bytes::prior(self.codec) >= least
        }
    }
}

/// The readings that a place comes into question for, one bit each: nearly all text of other alphabets has none.
#[derive(Clone, Copy, Default)]
pub(super) struct Readings {
    /// In which the first two characters begin a sequence.
    whole: u64,
    /// In which the first begins one that may have lost a byte.
    lost: u64,
}

impl Readings {
    /// For a character of those `roles` before one beyond ASCII of the roles `second`; whether that is U+FFFD, where a byte was lost.
    #[inline]
    pub(super) fn of(roles: Roles, second: Roles, is_mark: bool) -> Self {
        let leads = roles.leads();
        let may_be_lost = roles.tells_alone() || (roles.is_e2() && second.is_80()) || is_mark;
        Self {
            whole: leads & second.follows(),
            lost: if may_be_lost { leads } else { 0 },
        }
    }

    /// For `c`, of those `roles`, before ASCII or the end; whether it is a blank that stands there.
    #[inline]
    pub(super) fn alone(c: char, roles: Roles, is_blank: bool) -> Self {
        let lost = if roles.tells_alone() {
            roles.leads()
        } else if is_blank {
            bytes::blanks(c)
        } else {
            0
        };
        Self { whole: 0, lost }
    }

    #[inline]
    pub(super) fn any(self) -> bool {
        self.whole | self.lost != 0
    }

    /// Whether the place may be whole in reading `k`.
    fn may_be_whole(self, k: usize) -> bool {
        self.whole >> k & 1 != 0
    }

    /// Their numbers.
    fn each(self) -> impl Iterator<Item = usize> {
        let mut left = self.whole | self.lost;
        std::iter::from_fn(move || {
            let k = left.trailing_zeros() as usize;
            (left != 0).then(|| {
                left &= left - 1;
                k
            })
        })
    }
}

/// What one reading makes of a place.
struct Weighed {
    codec: usize,
    found: Found,
    /// Its gain, and what speaks for it beside others.
    rank: i32,
}

/// What is found at a place.
enum Found {
    /// A run, with what it means in the buffer of that number.
    Whole { run: Whole, buffer: usize },
    /// A sequence that lost a byte, and what it gains.
    Lost { lost: Lost, gain: i32 },
}

/// Room for looking at places one after the other: what the best reading so far and the one that is looked at make of a place.
#[derive(Default)]
pub(super) struct Room {
    meanings: [String; 2],
}

/// Where a garbled run may begin.
pub(super) struct Place<'t, 'r> {
    text: &'t str,
    at: usize,
    before: Option<char>,
    house: Option<usize>,
    room: &'r mut Room,
}

impl<'t, 'r> Place<'t, 'r> {
    pub(super) fn of(text: &'t str, at: usize, house: Option<usize>, room: &'r mut Room) -> Self {
        Self {
            text,
            at,
            before: text[..at].chars().next_back(),
            house,
            room,
        }
    }

    /// The best repair that begins here, with what it writes at the end of `written`.
    pub(super) fn repair(
        &mut self,
        readings: Readings,
        vote: &mut impl FnMut(Vote),
        written: &mut String,
    ) -> Option<Repair> {
        let mut best: Option<Weighed> = None;
        for codec in readings.each() {
            if let Some(best) = &mut best
                && let Found::Whole { run, .. } = &mut best.found
                && readings.may_be_whole(codec)
                && run.is_same(codec)
            {
                // Readings of a place are mostly alike; what differs from one differs from the other.
                let gain = run.gain + bytes::prior(best.codec) - bytes::prior(codec);
                let alike = Vote::of(self.text, self.at, codec, run).alone();
                vote(Vote { gain, ..alike });
                let rank = gain + self.favour(codec);
                if rank > best.rank {
                    run.gain = gain;
                    (best.codec, best.rank) = (codec, rank);
                }
                continue;
            }
            let buffer = match best.as_ref().map(|b| &b.found) {
                Some(Found::Whole { buffer, .. }) => 1 - buffer,
                _ => 0,
            };
            if let Some(weighed) = self.weigh(codec, readings, buffer) {
                vote(self.vote(&weighed));
                if best.as_ref().is_none_or(|b| weighed.rank > b.rank) {
                    best = Some(weighed);
                }
            }
        }
        best.map(|best| self.carried(best, written))
    }

    /// Whether a vote for one of the readings may lead to a repair that needs a gain of `least`, or speak for others.
    pub(super) fn may_gain(&mut self, readings: Readings, least: i32) -> bool {
        readings.each().any(|codec| {
            let weighed = self.weigh(codec, readings, 0);
            weighed.is_some_and(|weighed| self.vote(&weighed).may_gain(least))
        })
    }

    fn favour(&self, codec: usize) -> i32 {
        if self.house == Some(codec) { HOUSE } else { 0 }
    }

    /// What `codec` makes of it; what a run means goes to the buffer of that number.
    fn weigh(&mut self, codec: usize, readings: Readings, buffer: usize) -> Option<Weighed> {
        let favour = self.favour(codec);
        if readings.may_be_whole(codec) {
            let meaning = &mut self.room.meanings[buffer];
            meaning.clear();
            if let Some(run) = whole::read(self.text, self.at, codec, meaning) {
                let rank = run.gain + favour;
                return Some(Weighed {
                    codec,
                    rank,
                    found: Found::Whole { run, buffer },
                });
            }
        }
        let (lost, gain) = self.weigh_lost(codec)?;
        let rank = gain + favour - HOUSE;
        Some(Weighed {
            codec,
            rank,
            found: Found::Lost { lost, gain },
        })
    }

    /// The sequence that lost a byte of which `codec` is the reading, and its gain.
    fn weigh_lost(&self, codec: usize) -> Option<(Lost, i32)> {
        let (head, rest) = self.text.split_at(self.at);
        let lost = lost::read(rest, codec, self.before)?;
        let behind = &rest[lost.length..];
        let next = behind.chars().next();
        let options = lost.options.iter().copied();
        let after = options.min_by_key(|c| cost::of([*c], self.before, next));
        // What stands beside a lost byte is mostly garbled too and says nothing yet.
        let telling = |c: &char| bytes::of(*c)[codec] == 0;
        let (left, right) = (self.before.filter(telling), next.filter(telling));
        let new = cost::of_repair(after.as_slice(), left, right);
        let old = cost::of(rest[..lost.length].chars(), left, right);
        let strays = whole::strays([left, right], [head, behind], codec);
        let sure = whole::no_break_space(rest, after);
        let gain = old - new + sure - bytes::prior(codec) - strays;
        Some((lost, gain))
    }

    fn vote(&self, weighed: &Weighed) -> Vote {
        match &weighed.found {
            Found::Whole { run, .. } => Vote::of(self.text, self.at, weighed.codec, run).alone(),
            Found::Lost { lost, gain } => Vote {
                span: ByteSpan::new(self.at, self.at + lost.length),
                first: self.text[self.at..].chars().next().unwrap_or_default(),
                codec: weighed.codec,
                differs: !(1 << weighed.codec),
                gain: *gain,
                lossy: true,
                sure: lost.blank == Some(Blank::Doubled),
                result: lost.options.first().copied(),
            },
        }
    }

    fn carried(&self, weighed: Weighed, written: &mut String) -> Repair {
        let from = written.len();
        let mut repair = match weighed.found {
            Found::Whole { run, buffer } => {
                written.push_str(&self.room.meanings[buffer]);
                Repair::new(ByteSpan::new(self.at, run.end), weighed.codec, run.gain)
            }
            Found::Lost { lost, gain } => {
                if let [c] = lost.options[..] {
                    written.push(c);
                }
                let span = ByteSpan::new(self.at, self.at + lost.length);
                Repair {
                    lossy: true,
                    options: lost.options,
                    marked: lost.marked,
                    usual: lost.usual,
                    blank: lost.blank,
                    ..Repair::new(span, weighed.codec, gain)
                }
            }
        };
        repair.after = ByteSpan::new(from, written.len());
        repair
    }
}

/// The roles of a character of garbled text.
#[inline]
pub(super) fn roles_of(c: char) -> Roles {
    Roles(entry_of(c))
}
