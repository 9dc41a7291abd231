//! One place of a text: what stands there in each reading, and the best repair of it.

use super::bytes::{self, Roles, Row};
use super::lost::Blank;
use super::repairs::Repair;
use super::run::{self, LONGEST_RUN};
use super::{STRONG, cost, lost};
use crate::decode::scan::entry_of;
use crate::edit::ByteSpan;

/// Bits against a run for each side on which bytes stand that belong to no sequence: GBK and other multi-byte text that
/// was read as latin-1 holds sequences by chance, between others that are none.
const STRAY: i32 = 12;
/// Bits in favour of the encoding that reads most of the document's garbled runs.
const HOUSE: i32 = 8;
/// Bits that a repair which needs another one costs more.
const INNER: i32 = 4;

/// What one reading would gain at a place.
pub(super) struct Vote {
    pub(super) span: ByteSpan,
    /// First character of the garbled run.
    pub(super) first: char,
    pub(super) codec: usize,
    pub(super) gain: i32,
    pub(super) lossy: bool,
    /// Whether what stands there says by itself what was lost.
    pub(super) sure: bool,
    /// First character of the repair.
    pub(super) result: Option<char>,
}

impl Vote {
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
    /// For a character of those `roles` before one of the roles `second`; whether that stands where a byte was lost: U+FFFD,
    /// or a blank.
    #[inline]
    pub(super) fn of(roles: Roles, second: Roles, is_gap: bool) -> Self {
        let leads = roles.leads();
        let may_be_lost = roles.tells_alone() || (roles.is_e2() && second.is_80()) || is_gap;
        Self {
            whole: leads & second.follows(),
            lost: if may_be_lost { leads } else { 0 },
        }
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
    length: usize,
    /// Characters that a repair without a lost byte has, in the buffer of that number.
    whole: Option<(usize, usize)>,
    lost: Option<lost::Lost>,
    /// Bits that the repair is less surprising than what stands there.
    saving: i32,
    /// The same with the merits of the reading.
    gain: i32,
    rank: i32,
}

/// A character beyond ASCII behind a place.
#[derive(Clone, Copy)]
struct Step {
    /// Where it ends, in bytes from the place on.
    end: usize,
    /// Its byte in each reading.
    row: &'static Row,
}

/// Characters that are read at once: most runs are short.
const STEPS: usize = 6;

/// The characters behind a place, up to the first of ASCII, as far as somebody has asked.
#[derive(Default)]
struct Ahead {
    steps: Vec<Step>,
    /// Whether there are no more.
    all: bool,
}

impl Ahead {
    fn clear(&mut self) {
        self.steps.clear();
        self.all = false;
    }

    /// The one with number `i` of those at the beginning of `rest`.
    #[inline]
    fn step(&mut self, rest: &str, i: usize) -> Option<Step> {
        if i >= self.steps.len() {
            if self.all {
                return None;
            }
            self.read(rest);
        }
        self.steps.get(i).copied()
    }

    /// Reads some more: who asks in order asks for the next one.
    #[inline(never)]
    fn read(&mut self, rest: &str) {
        let mut end = self.steps.last().map_or(0, |s| s.end);
        let mut chars = rest[end..].chars();
        for _ in 0..STEPS {
            let Some(c) = chars.next().filter(|c| !c.is_ascii()) else {
                self.all = true;
                return;
            };
            end += c.len_utf8();
            let row = bytes::of(c);
            self.steps.push(Step { end, row });
        }
    }
}

/// Room for looking at places one after the other.
#[derive(Default)]
pub(super) struct Room {
    ahead: Ahead,
    /// What the best reading so far and the one that is looked at make of a place.
    meanings: [[char; LONGEST_RUN]; 2],
}

/// Where a garbled run may begin.
pub(super) struct Place<'t, 'r> {
    at: usize,
    head: &'t str,
    rest: &'t str,
    before: Option<char>,
    house: Option<usize>,
    room: &'r mut Room,
    /// Bits of what stands there, by its length.
    old: Option<(usize, i32)>,
}

impl<'t, 'r> Place<'t, 'r> {
    pub(super) fn of(text: &'t str, at: usize, house: Option<usize>, room: &'r mut Room) -> Self {
        room.ahead.clear();
        Self {
            at,
            head: &text[..at],
            rest: &text[at..],
            before: text[..at].chars().next_back(),
            house,
            room,
            old: None,
        }
    }

    /// The best repair that begins here, with what it writes at the end of `written`. What `settled` reads beyond doubt is its.
    pub(super) fn repair(
        &mut self,
        readings: Readings,
        settled: Option<usize>,
        vote: &mut impl FnMut(Vote),
        written: &mut String,
    ) -> Option<Repair> {
        let mut best: Option<Weighed> = None;
        if let Some(k) = settled.filter(|k| readings.may_be_whole(*k))
            && let Some(weighed) = self.weigh(k, readings, None)
        {
            vote(self.vote(&weighed));
            if weighed.whole.is_some() && weighed.gain >= 2 * STRONG {
                return Some(self.carried(weighed, written));
            }
            best = Some(weighed);
        }
        let first = best.as_ref().map(|b| b.codec);
        for codec in readings.each().filter(|k| Some(*k) != first) {
            let weighed = match &best {
                Some(best) if readings.may_be_whole(codec) && self.is_same(best, codec) => {
                    Some(self.same(best, codec))
                }
                _ => self.weigh(codec, readings, best.as_ref()),
            };
            if let Some(weighed) = weighed {
                vote(self.vote(&weighed));
                if best.as_ref().is_none_or(|b| weighed.rank > b.rank) {
                    best = Some(weighed);
                }
            }
        }
        best.map(|best| self.carried(best, written))
    }

    /// Whether `codec` reads the same bytes as another, in which no byte is lost, and no more than these.
    fn is_same(&self, other: &Weighed, codec: usize) -> bool {
        let mut steps = self.room.ahead.steps.iter();
        let differs = |s: &Step| s.row[codec] != s.row[other.codec];
        let next = steps.find(|s| s.end > other.length || differs(s));
        other.whole.is_some()
            && next.is_none_or(|s| s.end > other.length && !(0xC2..=0xF4).contains(&s.row[codec]))
    }

    /// What a reading makes of the place for which [`is_same`](Self::is_same) holds.
    fn same(&self, other: &Weighed, codec: usize) -> Weighed {
        let gain = other.gain + bytes::prior(other.codec) - bytes::prior(codec);
        Weighed {
            codec,
            length: other.length,
            whole: other.whole,
            lost: None,
            saving: other.saving,
            gain,
            rank: gain + self.favour(codec),
        }
    }

    fn favour(&self, codec: usize) -> i32 {
        if self.house == Some(codec) { HOUSE } else { 0 }
    }

    /// What `codec` makes of it; `best` is what another has made of it.
    fn weigh(
        &mut self,
        codec: usize,
        readings: Readings,
        best: Option<&Weighed>,
    ) -> Option<Weighed> {
        let buffer = match best.and_then(|b| b.whole) {
            Some((used, _)) => 1 - used,
            None => 0,
        };
        let whole = if readings.may_be_whole(codec) {
            let Room { ahead, meanings } = &mut *self.room;
            let rest = self.rest;
            run::read(
                |i| ahead.step(rest, i).map(|s| (s.row[codec], s.end)),
                &mut meanings[buffer],
            )
        } else {
            None
        };
        let likeliest;
        let (length, after, lost) = if let Some((count, length)) = whole {
            (length, &self.room.meanings[buffer][..count], None)
        } else {
            let lost = lost::read(self.rest, codec, self.before)?;
            let next = self.rest[lost.length..].chars().next();
            let options = lost.options.iter().copied();
            likeliest = options.min_by_key(|c| cost::of([*c], self.before, next));
            (lost.length, likeliest.as_slice(), Some(lost))
        };
        let lossy = lost.is_some();
        let next = self.rest[length..].chars().next();
        // What stands beside a lost byte is mostly garbled too and says nothing yet.
        let telling = |c: &char| !lossy || bytes::of(*c)[codec] == 0;
        let (left, right) = (self.before.filter(telling), next.filter(telling));
        let saving = match best {
            // Readings that are alike but for a few characters mostly say the same.
            Some(best) if !lossy && self.reads(best, length, after) => best.saving,
            _ => {
                let mut new = cost::of_repair(after, left, right);
                if let Some(inner) = run::unwound(after) {
                    new = new.min(cost::of(inner, left, right) + INNER);
                }
                let old = match self.old {
                    Some((known, bits)) if known == length && !lossy => bits,
                    _ => cost::of(self.rest[..length].chars(), left, right),
                };
                if !lossy {
                    self.old = Some((length, old));
                }
                old - new
            }
        };
        // What stands there may be a sequence too, with a blank in it.
        let is_stray_before =
            left.is_some_and(is_stray) && !lost::ends_with_blank(self.head, codec);
        let is_stray_after =
            right.is_some_and(is_stray) && !lost::begins_with_blank(&self.rest[length..], codec);
        let strays = i32::from(is_stray_before) + i32::from(is_stray_after);
        // No language writes a no-break space behind `Â`.
        let sure = if after.first() == Some(&'\u{A0}') && self.rest.starts_with('Â') {
            4
        } else {
            0
        };
        let gain = saving + sure - bytes::prior(codec) - STRAY * strays;
        Some(Weighed {
            codec,
            length,
            saving,
            gain,
            rank: gain + self.favour(codec) - if lossy { HOUSE } else { 0 },
            whole: whole.map(|(count, _)| (buffer, count)),
            lost,
        })
    }

    /// Whether another reading has read that many bytes as those characters.
    fn reads(&self, other: &Weighed, length: usize, after: &[char]) -> bool {
        other.length == length && other.whole.is_some() && self.meaning(other) == after
    }

    /// What it means, where no byte is lost.
    fn meaning(&self, weighed: &Weighed) -> &[char] {
        let (buffer, count) = weighed.whole.unwrap_or_default();
        &self.room.meanings[buffer][..count]
    }

    fn vote(&self, weighed: &Weighed) -> Vote {
        let result = match &weighed.lost {
            Some(lost) => lost.options.first(),
            None => self.meaning(weighed).first(),
        };
        Vote {
            span: ByteSpan::new(self.at, self.at + weighed.length),
            first: self.rest.chars().next().unwrap_or_default(),
            codec: weighed.codec,
            gain: weighed.gain,
            lossy: weighed.lost.is_some(),
            sure: weighed
                .lost
                .as_ref()
                .is_some_and(|l| l.blank == Some(Blank::Doubled)),
            result: result.copied(),
        }
    }

    fn carried(&self, weighed: Weighed, written: &mut String) -> Repair {
        let from = written.len();
        written.extend(self.meaning(&weighed));
        let span = ByteSpan::new(self.at, self.at + weighed.length);
        let mut repair = Repair::new(span, weighed.codec, weighed.gain);
        if let Some(lost) = weighed.lost {
            if let [c] = lost.options[..] {
                written.push(c);
            }
            repair.lossy = true;
            repair.options = lost.options;
            repair.marked = lost.marked;
            repair.usual = lost.usual;
            repair.blank = lost.blank;
        }
        repair.after = ByteSpan::new(from, written.len());
        repair
    }
}

/// Whether a character beside a run is likelier a byte of something else than a letter of a word.
fn is_stray(c: char) -> bool {
    matches!(c, '\u{A2}'..='\u{AA}' | '\u{AC}' | '\u{AE}'..='\u{BA}' | '\u{BC}'..='\u{C1}' | '\u{C4}'..='\u{DE}' | '\u{F7}')
        || ('\u{E000}'..='\u{F8FF}').contains(&c)
}

/// The roles of a character of garbled text.
#[inline]
pub(super) fn roles_of(c: char) -> Roles {
    Roles(entry_of(c))
}
