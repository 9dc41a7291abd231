//! Where garbled runs stand in a text, and the best repair of each.

use super::bytes::Roles;
use super::legacy::Runs;
use super::place::{Place, Readings, Room, Vote, roles_of};
use super::repairs::{Repair, Repairs};
use super::run::windows;
use super::witness::Seen;
use super::{NATIVE, STRONG, WEAK, cost, whole};
use crate::decode::scan::{is_passed, walk_garbled};
use crate::edit::ByteSpan;

/// Where a run may begin.
#[derive(Clone, Copy)]
struct Begin {
    at: usize,
    c: char,
    roles: Roles,
}

impl Begin {
    /// At the character that ends at `end`, if that is beyond ASCII.
    fn before(text: &str, end: usize) -> Option<Self> {
        let c = text[..end].chars().next_back().filter(|c| !c.is_ascii())?;
        Some(Self {
            at: end - c.len_utf8(),
            c,
            roles: roles_of(c),
        })
    }

    fn end(&self) -> usize {
        self.at + self.c.len_utf8()
    }

    /// The readings of it where ASCII stands behind it.
    fn alone(&self, text: &str) -> Readings {
        let is_blank = text.as_bytes().get(self.end()) == Some(&b' ');
        Readings::alone(self.c, self.roles, is_blank)
    }
}

/// What a walk has gathered so far.
struct Collected<'c, 't> {
    streak: Streak,
    /// Where the last repair ends; beyond any text, before there is one.
    end: usize,
    /// The same, 0 before there is one: nothing else is looked for before.
    free: usize,
    repairs: &'c mut Repairs,
    seen: &'c mut Seen<'t>,
}

impl Collected<'_, '_> {
    /// Notes the run of the settled encoding `codec` that begins with `c` at byte `at`, if it is beyond doubt; whether it is.
    #[inline]
    fn read_settled(
        &mut self,
        text: &str,
        at: usize,
        c: char,
        codec: usize,
        vote: &mut impl FnMut(Vote),
    ) -> bool {
        let written = &mut self.repairs.written;
        let from = written.len();
        let Some(run) = whole::read_settled(text, at, codec, written) else {
            return false;
        };
        let span = ByteSpan::new(at, run.end);
        vote(Vote::of(text, at, codec, &run));
        let mut repair = Repair::new(span, codec, run.gain);
        repair.after = ByteSpan::new(from, written.len());
        if at > 0 && text.as_bytes()[at - 1] >= 0x80 {
            repair = repair.inside(text, self.end == at);
        }
        self.seen.count(c, 1);
        self.seen.run(span);
        self.end = span.end;
        self.free = span.end;
        self.repairs.list.push(repair);
        true
    }
}

/// The first character beyond ASCII behind the byte `from`, if one is near.
#[inline]
fn next_beyond(text: &str, from: usize) -> Option<(usize, char)> {
    let near = text.as_bytes()[from..].iter().take(NEAR);
    let at = from + near.copied().position(|b| !b.is_ascii())?;
    Some((at, text[at..].chars().next()?))
}

/// Bytes up to which it is looked for one by one.
const NEAR: usize = 24;

/// What ends the lines of a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Breaks {
    /// NEL, several times and nothing else.
    Nel,
    Usual,
}

impl Breaks {
    fn of(text: &str) -> Self {
        let raw = text.as_bytes();
        let mut nels = memchr::memmem::find_iter(raw, "\u{85}".as_bytes());
        if nels.nth(1).is_some() && memchr::memchr2(b'\n', b'\r', raw).is_none() {
            Self::Nel
        } else {
            Self::Usual
        }
    }
}

/// Looks at the places of a text.
pub(super) struct Finder<'t> {
    text: &'t str,
    /// Once a NEL is met.
    breaks: Option<Breaks>,
    room: Room,
    /// What [`legacy`](super::legacy) looks for, as far as the last walk has met it.
    pub(super) runs: Runs,
}

impl<'t> Finder<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self {
            text,
            breaks: None,
            room: Room::default(),
            runs: Runs::default(),
        }
    }

    /// Gathers the best repair at every place, and tells `vote` what each encoding would gain there.
    ///
    /// Where one encoding has explained [`SETTLED`] strong runs behind one another, others are no longer asked about a run that
    /// is far beyond doubt in it.
    pub(super) fn collect(
        &mut self,
        house: Option<usize>,
        vote: &mut impl FnMut(Vote),
        repairs: &mut Repairs,
        seen: &mut Seen<'t>,
    ) {
        let text = self.text;
        let mut runs = std::mem::take(&mut self.runs);
        runs.clear();
        let mut state = Collected {
            streak: Streak::default(),
            end: usize::MAX,
            free: 0,
            repairs,
            seen,
        };
        // The character before, which is looked at when the one behind it is known, and where the last one ends.
        let mut waiting: Option<Begin> = None;
        let mut last = 0;
        walk_garbled(text, |at, c, entry| {
            if c.is_ascii() {
                return at;
            }
            let roles = Roles(entry);
            runs.see(text, at, c, roles);
            let is_mark = c == '\u{FFFD}';
            let adjoins = last == at;
            last = at + c.len_utf8();
            if let Some(before) = waiting.take() {
                let readings = if before.end() == at {
                    Readings::of(before.roles, roles, is_mark)
                } else {
                    before.alone(text)
                };
                if readings.any() || is_control(before.c) {
                    self.look(before, readings, house, vote, &mut state);
                } else {
                    // Nearly all of clean text.
                    state.seen.count(before.c, 0);
                }
            }
            // What the walk has passed over is asked about where this could go on from it.
            if !adjoins
                && (roles.follows() != 0 || is_mark)
                && let Some(before) = Begin::before(text, at)
                && before.at >= state.free
            {
                let readings = Readings::of(before.roles, roles, is_mark);
                if readings.any() {
                    self.look(before, readings, house, vote, &mut state);
                }
            }
            if at < state.free {
                runs.pass(text, last, state.free);
                last = last.max(state.free);
                return state.free;
            }
            if let Some(codec) = state.streak.settled()
                && roles.leads() >> codec & 1 != 0
                && state.read_settled(text, at, c, codec, vote)
            {
                runs.pass(text, last, state.free);
                // The next is mostly near.
                while let Some((at, c)) = next_beyond(text, state.free)
                    && roles_of(c).leads() >> codec & 1 != 0
                    && state.read_settled(text, at, c, codec, vote)
                {
                    runs.pass(text, at, state.free);
                }
                last = state.free;
                return last;
            }
            if roles.leads() != 0 || is_control(c) {
                waiting = Some(Begin { at, c, roles });
            } else {
                state.seen.count(c, 0);
            }
            at
        });
        if let Some(before) = waiting {
            let readings = before.alone(text);
            if readings.any() || is_control(before.c) {
                self.look(before, readings, house, vote, &mut state);
            } else {
                state.seen.count(before.c, 0);
            }
        }
        self.runs = runs;
    }

    /// Finds and notes the best repair at one place.
    fn look(
        &mut self,
        begin: Begin,
        readings: Readings,
        house: Option<usize>,
        vote: &mut impl FnMut(Vote),
        state: &mut Collected<'_, 't>,
    ) {
        let Begin { at, c, .. } = begin;
        let Collected {
            streak,
            end,
            free,
            repairs,
            seen,
        } = state;
        let written = &mut repairs.written;
        let Some(repair) = self.at(at, c, readings, house, vote, written) else {
            if !is_passed(c) {
                seen.count(c, 0);
            }
            return;
        };
        streak.count(&repair);
        let repair = repair.inside(self.text, *end == at);
        // Runs that gain nothing are a language's own, and so are letters beyond Latin that only seem to miss a
        // byte; `Ã` and `Â` that do say nothing, nor does what stands before a blank.
        let counts = repair.gain >= WEAK && !repair.lossy;
        if !repair.lossy || !(matches!(c, 'Â' | 'Ã') || repair.blank.is_some()) {
            seen.count(c, usize::from(counts));
        }
        if !repair.lossy && !counts {
            seen.count(c, 2);
        }
        seen.run(repair.span);
        *end = repair.span.end;
        *free = repair.span.end;
        repairs.list.push(repair);
    }

    /// Whether what begins at `at` gains enough in some reading to be repaired, alone or with others, or to speak for the repair of
    /// others.
    pub(super) fn gains(&mut self, at: usize) -> bool {
        let Some(c) = self.text[at..].chars().next() else {
            return false;
        };
        let least = if cost::is_inside(self.text, at) {
            WEAK + NATIVE
        } else {
            WEAK
        };
        let readings = self.readings(at, c);
        Place::of(self.text, at, None, &mut self.room).may_gain(readings, least)
    }

    /// Weighs again, in favour of `house`, what another encoding has won; whether that was all there is to do. Where it is
    /// not, since another run stands there now, everything is to be gathered again.
    pub(super) fn settle(&mut self, house: usize, repairs: &mut Repairs) -> bool {
        for i in 0..repairs.list.len() {
            let Repair { span, codec, .. } = repairs.list[i];
            if codec == house {
                continue;
            }
            let Some(c) = span.of(self.text).chars().next() else {
                return false;
            };
            let readings = self.readings(span.start, c);
            let again = self.at(
                span.start,
                c,
                readings,
                Some(house),
                &mut |_| {},
                &mut repairs.written,
            );
            let follows = i > 0 && repairs.list[i - 1].span.end == span.start;
            match again {
                Some(repair) if repair.span == span => {
                    repairs.list[i] = repair.inside(self.text, follows);
                }
                _ => return false,
            }
        }
        true
    }

    /// The best repair that begins with the character `c` at byte `at`.
    fn at(
        &mut self,
        at: usize,
        c: char,
        readings: Readings,
        house: Option<usize>,
        vote: &mut impl FnMut(Vote),
        written: &mut String,
    ) -> Option<Repair> {
        if readings.any() {
            let mut place = Place::of(self.text, at, house, &mut self.room);
            let found = place.repair(readings, vote, written);
            if found.is_some() {
                return found;
            }
        }
        if is_control(c) {
            self.control(at, c, written)
        } else {
            None
        }
    }

    /// Those that a place with the character `c` comes into question for.
    fn readings(&self, at: usize, c: char) -> Readings {
        let second = self.text[at + c.len_utf8()..].chars().next();
        match second.filter(|c| !c.is_ascii()) {
            Some(second) => Readings::of(roles_of(c), roles_of(second), second == '\u{FFFD}'),
            None => Readings::alone(c, roles_of(c), second == Some(' ')),
        }
    }

    /// The C1 control `c` as the character of windows-1252 that it is.
    fn control(&mut self, at: usize, c: char, written: &mut String) -> Option<Repair> {
        let after = windows(c);
        if after == c {
            return None;
        }
        if c == '\u{85}' {
            let text = self.text;
            if *self.breaks.get_or_insert_with(|| Breaks::of(text)) == Breaks::Nel {
                return None;
            }
        }
        let span = ByteSpan::new(at, at + c.len_utf8());
        let before = self.text[..at].chars().next_back();
        let next = self.text[span.end..].chars().next();
        let gain = cost::of([c], before, next) - cost::of([after], before, next) + 8;
        let mut repair = Repair::new(span, 0, gain);
        let from = written.len();
        written.push(after);
        repair.after = ByteSpan::new(from, written.len());
        Some(repair)
    }
}

/// Whether a C1 control stands at the beginning of `span`.
pub(super) fn is_control_at(text: &str, span: ByteSpan) -> bool {
    span.of(text).chars().next().is_some_and(is_control)
}

fn is_control(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{9F}')
}

/// Strong runs of one encoding behind one another after which the document's encoding is settled.
const SETTLED: u32 = 8;

/// The strong runs of one encoding behind one another; those that are twice as strong as others count twice.
#[derive(Default)]
struct Streak {
    codec: usize,
    runs: u32,
}

impl Streak {
    fn count(&mut self, repair: &Repair) {
        if repair.lossy || repair.gain < STRONG {
            return;
        }
        let runs = if repair.gain >= 2 * STRONG { 2 } else { 1 };
        if repair.codec == self.codec {
            self.runs += runs;
        } else {
            *self = Self {
                codec: repair.codec,
                runs,
            };
        }
    }

    fn settled(&self) -> Option<usize> {
        (self.runs >= SETTLED).then_some(self.codec)
    }
}
