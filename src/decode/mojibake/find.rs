//! Where garbled runs stand in a text, and the best repair of each.

use super::bytes::Roles;
use super::run::{self, Sequences, windows};
use super::witness::Seen;
use super::{NATIVE, STRONG, WEAK, bytes, cost, lost};
use crate::decode::scan::{Entry, entry_of, walk};
use crate::edit::ByteSpan;

/// A proposed repair.
pub(super) struct Repair {
    pub(super) span: ByteSpan,
    pub(super) after: String,
    pub(super) codec: usize,
    pub(super) gain: i32,
    /// A byte is missing: never without witnesses.
    pub(super) lossy: bool,
    /// What a lossy one can be, where that is not known yet.
    pub(super) options: Vec<char>,
    /// U+FFFD marks the missing byte.
    pub(super) marked: bool,
    /// The first option is taken where nothing is clear.
    pub(super) usual: bool,
    /// Spoken of rather than meant: never without witnesses.
    pub(super) cited: bool,
}

impl Repair {
    /// One that is whole, in which nothing stands yet.
    fn new(span: ByteSpan, codec: usize, gain: i32) -> Self {
        Self {
            span,
            after: String::new(),
            codec,
            gain,
            lossy: false,
            options: Vec::new(),
            marked: false,
            usual: false,
            cited: false,
        }
    }

    /// The same with less gain where it stands inside a word of its own script; not where it `follows` another.
    fn inside(mut self, text: &str, follows: bool) -> Self {
        if !follows && cost::is_inside(text, self.span.start) {
            self.gain -= NATIVE;
        }
        self
    }
}

/// Bits against a run for each side on which bytes stand that belong to no sequence: GBK and other multi-byte text that
/// was read as latin-1 holds sequences by chance, between others that are none.
const STRAY: i32 = 12;
/// Bits in favour of the encoding that reads most of the document's garbled runs.
const HOUSE: i32 = 8;

/// Bits that a repair which needs another one costs more.
const INNER: i32 = 4;

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

/// What one reading would gain at a place.
pub(super) struct Vote {
    pub(super) span: ByteSpan,
    /// First character of the garbled run.
    pub(super) first: char,
    pub(super) codec: usize,
    pub(super) gain: i32,
    pub(super) lossy: bool,
    /// First character of the repair.
    pub(super) result: Option<char>,
}

/// Gathers the best repair at every place, and tells `vote` what each encoding would gain there.
///
/// Where one encoding has explained [`SETTLED`] strong runs behind one another, others are no longer asked about a run that
/// is far beyond doubt in it.
pub(super) fn collect(
    text: &str,
    house: Option<usize>,
    vote: &mut impl FnMut(Vote),
    repairs: &mut Vec<Repair>,
    mut seen: Option<&mut Seen>,
) {
    let breaks = Breaks::of(text);
    let mut streak = Streak::default();
    let (mut at, mut end) = (0, usize::MAX);
    walk(text, |place, c, entry| {
        if place < at || c.is_ascii() {
            return;
        }
        let Some(repair) = repair_at(text, place, c, entry, streak.settled(), house, breaks, vote)
        else {
            if let Some(seen) = &mut seen {
                seen.count(c, 0);
            }
            return;
        };
        streak.count(&repair);
        let repair = repair.inside(text, end == place);
        // Runs that gain nothing are a language's own, and so are letters beyond Latin that only seem to miss a
        // byte; `Ã` and `Â` that do say nothing.
        let counts = repair.gain >= WEAK && !repair.lossy;
        if (!repair.lossy || !matches!(c, 'Â' | 'Ã'))
            && let Some(seen) = &mut seen
        {
            seen.count(c, usize::from(counts));
        }
        at = repair.span.end;
        end = at;
        repairs.push(repair);
    });
}

/// Weighs again, in favour of `house`, what another encoding has won; whether that was all there is to do. Where it is
/// not, since another run stands there now, everything is to be gathered again.
pub(super) fn settle(text: &str, house: usize, repairs: &mut [Repair]) -> bool {
    let breaks = Breaks::of(text);
    for i in 0..repairs.len() {
        if repairs[i].codec == house {
            continue;
        }
        let span = repairs[i].span;
        let Some(c) = span.of(text).chars().next() else {
            return false;
        };
        let again = repair_at(
            text,
            span.start,
            c,
            entry_of(c),
            None,
            Some(house),
            breaks,
            &mut |_| {},
        );
        let follows = i > 0 && repairs[i - 1].span.end == span.start;
        match again {
            Some(repair) if repair.span == span => repairs[i] = repair.inside(text, follows),
            _ => return false,
        }
    }
    true
}

/// The best repair that begins with the character `c` at byte `at`.
#[expect(clippy::too_many_arguments, reason = "one look at one place")]
#[inline]
fn repair_at(
    text: &str,
    at: usize,
    c: char,
    entry: Entry,
    settled: Option<usize>,
    house: Option<usize>,
    breaks: Breaks,
    vote: &mut impl FnMut(Vote),
) -> Option<Repair> {
    let roles = Roles(entry);
    if roles.leads() != 0 {
        let second = text[at + c.len_utf8()..].chars().next();
        let readings = Readings::of(roles, second);
        if readings.any() {
            let found = Place::of(text, at, house).repair(readings, settled, vote);
            if found.is_some() {
                return found;
            }
        }
    }
    match c {
        '\u{80}'..='\u{9F}' => control_at(text, at, c, breaks),
        _ => None,
    }
}

/// Strong runs of one encoding behind one another after which the document's encoding is settled.
const SETTLED: u32 = 8;

/// The strong runs of one encoding behind one another.
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
        if repair.codec == self.codec {
            self.runs += 1;
        } else {
            *self = Self {
                codec: repair.codec,
                runs: 1,
            };
        }
    }

    fn settled(&self) -> Option<usize> {
        (self.runs >= SETTLED).then_some(self.codec)
    }
}

/// The readings that a place comes into question for, one bit each: nearly all text of other alphabets has none.
#[derive(Clone, Copy, Default)]
struct Readings {
    /// In which the first two characters begin a sequence.
    whole: u64,
    /// In which the first begins one that may have lost a byte.
    lost: u64,
}

impl Readings {
    /// For a character of those `roles` before `second`.
    #[inline]
    fn of(roles: Roles, second: Option<char>) -> Self {
        let leads = roles.leads();
        let follows = second.map_or(0, |c| Roles(entry_of(c)).follows());
        let may_be_lost = roles.tells_alone() || roles.is_e2() || second == Some('\u{FFFD}');
        Self {
            whole: leads & follows,
            lost: if may_be_lost { leads } else { 0 },
        }
    }

    fn any(self) -> bool {
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

/// What stands at a place in one reading.
enum Meaning {
    Whole(Sequences),
    Lost(lost::Lost),
}

/// What one reading makes of a place.
struct Weighed {
    codec: usize,
    length: usize,
    meaning: Meaning,
    /// Bits that the repair is less surprising than what stands there.
    saving: i32,
    /// The same with the merits of the reading.
    gain: i32,
    rank: i32,
}

/// Where a garbled run may begin.
struct Place<'t> {
    at: usize,
    rest: &'t str,
    before: Option<char>,
    house: Option<usize>,
}

impl<'t> Place<'t> {
    fn of(text: &'t str, at: usize, house: Option<usize>) -> Self {
        Self {
            at,
            rest: &text[at..],
            before: text[..at].chars().next_back(),
            house,
        }
    }

    /// The best repair that begins here. What `settled` reads beyond doubt is its.
    fn repair(
        &self,
        readings: Readings,
        settled: Option<usize>,
        vote: &mut impl FnMut(Vote),
    ) -> Option<Repair> {
        if let Some(k) = settled
            && readings.may_be_whole(k)
            && let Some(weighed) = self.weigh(k, readings, None)
            && weighed.gain >= 2 * STRONG
            && matches!(weighed.meaning, Meaning::Whole(_))
        {
            vote(self.vote(&weighed));
            return Some(self.carried(weighed));
        }
        let mut best: Option<Weighed> = None;
        for codec in readings.each() {
            if let Some(weighed) = self.weigh(codec, readings, best.as_ref()) {
                vote(self.vote(&weighed));
                if best.as_ref().is_none_or(|b| weighed.rank > b.rank) {
                    best = Some(weighed);
                }
            }
        }
        best.map(|best| self.carried(best))
    }

    /// What `codec` makes of it; `best` is what another has made of it.
    fn weigh(&self, codec: usize, readings: Readings, best: Option<&Weighed>) -> Option<Weighed> {
        let whole = if readings.may_be_whole(codec) {
            run::read(self.rest.chars(), codec)
        } else {
            None
        };
        let meaning = match whole {
            Some(sequences) => Meaning::Whole(sequences),
            None => Meaning::Lost(lost::read(self.rest, codec, self.before)?),
        };
        let likeliest;
        let (length, after) = match &meaning {
            Meaning::Whole(sequences) => (sequences.length, sequences.chars()),
            Meaning::Lost(lost) => {
                let next = self.rest[lost.length..].chars().next();
                let options = lost.options.iter().copied();
                likeliest = options.min_by_key(|c| cost::of([*c], self.before, next));
                (lost.length, likeliest.as_slice())
            }
        };
        let lossy = matches!(meaning, Meaning::Lost(_));
        let next = self.rest[length..].chars().next();
        // What stands beside a lost byte is mostly garbled too and says nothing yet.
        let telling = |c: &char| !lossy || bytes::of(*c)[codec] == 0;
        let (left, right) = (self.before.filter(telling), next.filter(telling));
        let saving = match best {
            // Readings that are alike but for a few characters mostly say the same.
            Some(best) if !lossy && best.reads(length, after) => best.saving,
            _ => {
                let old = cost::of(self.rest[..length].chars(), left, right);
                let chars = || after.iter().copied();
                let mut new = cost::of(chars(), left, right) + cost::unknown(chars());
                if let Some(inner) = run::unwound(after) {
                    new = new.min(cost::of(inner.chars().iter().copied(), left, right) + INNER);
                }
                old - new
            }
        };
        let strays = i32::from(left.is_some_and(is_stray)) + i32::from(right.is_some_and(is_stray));
        // No language writes a no-break space behind `Â`.
        let sure = if after.first() == Some(&'\u{A0}') && self.rest.starts_with('Â') {
            4
        } else {
            0
        };
        let gain = saving + sure - bytes::prior(codec) - STRAY * strays;
        let favour = if self.house == Some(codec) { HOUSE } else { 0 };
        Some(Weighed {
            codec,
            length,
            saving,
            gain,
            rank: gain + favour - if lossy { HOUSE } else { 0 },
            meaning,
        })
    }

    fn vote(&self, weighed: &Weighed) -> Vote {
        let (lossy, result) = match &weighed.meaning {
            Meaning::Whole(sequences) => (false, sequences.chars().first().copied()),
            Meaning::Lost(lost) => (true, lost.options.first().copied()),
        };
        Vote {
            span: ByteSpan::new(self.at, self.at + weighed.length),
            first: self.rest.chars().next().unwrap_or_default(),
            codec: weighed.codec,
            gain: weighed.gain,
            lossy,
            result,
        }
    }

    fn carried(&self, weighed: Weighed) -> Repair {
        let span = ByteSpan::new(self.at, self.at + weighed.length);
        let repair = Repair::new(span, weighed.codec, weighed.gain);
        match weighed.meaning {
            Meaning::Whole(sequences) => Repair {
                after: sequences.chars().iter().collect(),
                ..repair
            },
            Meaning::Lost(lost) => Repair {
                after: match lost.options[..] {
                    [c] => c.to_string(),
                    _ => String::new(),
                },
                lossy: true,
                options: lost.options,
                marked: lost.marked,
                usual: lost.usual,
                ..repair
            },
        }
    }
}

impl Weighed {
    /// Whether it has read that many bytes as those characters.
    fn reads(&self, length: usize, after: &[char]) -> bool {
        match &self.meaning {
            Meaning::Whole(s) => s.length == length && s.chars() == after,
            Meaning::Lost(_) => false,
        }
    }
}

/// Whether a character beside a run is likelier a byte of something else than a letter of a word.
fn is_stray(c: char) -> bool {
    matches!(c, '\u{A2}'..='\u{AA}' | '\u{AC}' | '\u{AE}'..='\u{BA}' | '\u{BC}'..='\u{C1}' | '\u{C4}'..='\u{DE}' | '\u{F7}')
        || ('\u{E000}'..='\u{F8FF}').contains(&c)
}

/// The C1 control `c` as the character of windows-1252 that it is.
fn control_at(text: &str, at: usize, c: char, breaks: Breaks) -> Option<Repair> {
    if c == '\u{85}' && breaks == Breaks::Nel {
        return None;
    }
    let after = windows(c).to_string();
    if after.starts_with(c) {
        return None;
    }
    let span = ByteSpan::new(at, at + c.len_utf8());
    let before = text[..at].chars().next_back();
    let next = text[span.end..].chars().next();
    let gain = cost::of([c], before, next) - cost::of(after.chars(), before, next) + 8;
    Some(Repair {
        after,
        ..Repair::new(span, 0, gain)
    })
}
