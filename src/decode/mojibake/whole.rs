//! Runs of sequences that have all their bytes, read and weighed in one go.

use std::sync::OnceLock;

use super::bytes;
use super::cost::{self, Kind, Sum};
use super::run::{self, LONGEST_RUN, is_planned, windows};
use super::{STRONG, lost};

/// Bits against a run for each side on which bytes stand that belong to no sequence: GBK and other multi-byte text that
/// was read as latin-1 holds sequences by chance, between others that are none.
const STRAY: i32 = 12;
/// Bits in favour of a no-break space that was garbled: no language writes one behind `Â`.
const NO_BREAK_SPACE: i32 = 4;
/// Bits that a repair which needs another one costs more.
const INNER: i32 = 4;

/// What a character is in one reading.
#[derive(Clone, Copy)]
struct Cell {
    /// Its byte; 0 where it has none.
    byte: u8,
    kind: Kind,
    /// The other readings in which it begins a sequence of three or more, continues one, and is another byte; one bit each.
    leads: u16,
    follows: u16,
    differs: u16,
}

impl Cell {
    /// Of `c` in reading `k`.
    fn of(c: char, k: usize) -> Self {
        let row = bytes::of(c);
        let mut cell = Self {
            byte: row[k],
            kind: cost::kind(c),
            leads: 0,
            follows: 0,
            differs: 0,
        };
        for (j, byte) in row.iter().enumerate().filter(|(j, _)| *j != k) {
            cell.leads |= u16::from((0xE0..=0xF4).contains(byte)) << j;
            cell.follows |= u16::from(byte & 0xC0 == 0x80) << j;
            cell.differs |= u16::from(*byte != row[k]) << j;
        }
        cell
    }
}

/// Characters below this have their cells in a table, of which a text uses so little that it stays near the processor.
const TABLED: u32 = 0x2600;

/// The table of reading `k`.
fn cells(k: usize) -> &'static [Cell] {
    static CELLS: [OnceLock<Vec<Cell>>; bytes::COUNT] = [const { OnceLock::new() }; bytes::COUNT];
    CELLS[k].get_or_init(|| {
        let chars = (0..TABLED).map(|c| char::from_u32(c).unwrap_or_default());
        chars.map(|c| Cell::of(c, k)).collect()
    })
}

/// The cell of a character in reading `k`, whose table `cells` is.
#[inline]
fn cell(cells: &[Cell], c: char, k: usize) -> Cell {
    cells
        .get(c as usize)
        .copied()
        .unwrap_or_else(|| Cell::of(c, k))
}

/// For each character of two bytes in reading `k` its [`rivals_of`].
fn rivals_in(k: usize) -> &'static [u16; 0x800] {
    static RIVALS: [OnceLock<Box<[u16; 0x800]>>; bytes::COUNT] =
        [const { OnceLock::new() }; bytes::COUNT];
    RIVALS[k].get_or_init(|| {
        let all = ('\0'..=char::MAX).take(TABLED as usize);
        let following = |c: &char| bytes::of(*c)[k] & 0xC0 == 0x80;
        let following: Vec<char> = all.clone().filter(following).collect();
        let mut rivals = Box::new([0; 0x800]);
        for first in all {
            let lead @ 0xC2..=0xDF = bytes::of(first)[k] else {
                continue;
            };
            for &second in &following {
                let code = usize::from(lead & 0x1F) << 6 | usize::from(bytes::of(second)[k] & 0x3F);
                rivals[code] = rivals_of([first, second], k);
            }
        }
        rivals
    })
}

/// The readings other than `k`, in which these two are a sequence, that see another in them, no less likely; one bit each.
fn rivals_of(garbled: [char; 2], k: usize) -> u16 {
    let text = String::from_iter(garbled);
    let gain = |j: usize| read(&text, 0, j, &mut String::new()).map(|run| run.gain);
    let ours = gain(k);
    let differs = |j: &usize| {
        garbled
            .iter()
            .any(|c| bytes::of(*c)[*j] != bytes::of(*c)[k])
    };
    let others = (0..bytes::COUNT).filter(differs);
    let rivals = others.filter(|j| gain(*j).is_some_and(|theirs| Some(theirs) >= ours));
    rivals.fold(0, |mask, j| mask | 1 << j)
}

/// A run of sequences in one reading.
pub(super) struct Whole {
    /// Where it ends in the text.
    pub(super) end: usize,
    /// What stands behind it.
    next: Option<char>,
    /// Its first character means this.
    pub(super) result: char,
    /// Bits that what it means is less surprising than what stands there, with the merits of the reading.
    pub(super) gain: i32,
    /// The other readings that have other bytes for some of it, one bit each.
    pub(super) differs: u16,
    /// Those among them that may read it otherwise, where somebody asked.
    rivals: u16,
}

impl Whole {
    /// Whether one of the rivals makes more of the place `at`.
    #[cold]
    fn is_beaten(&self, text: &str, at: usize) -> bool {
        let mut meaning = String::new();
        (0..bytes::COUNT)
            .filter(|j| self.rivals >> j & 1 != 0)
            .any(|j| {
                meaning.clear();
                read(text, at, j, &mut meaning).is_some_and(|theirs| theirs.gain >= self.gain)
            })
    }

    /// Whether `codec` reads the same bytes, and no more than these.
    pub(super) fn is_same(&self, codec: usize) -> bool {
        self.differs >> codec & 1 == 0
            && self
                .next
                .is_none_or(|c| c.is_ascii() || !(0xC2..=0xF4).contains(&bytes::of(c)[codec]))
    }
}

/// The run of reading `k` that begins at byte `at` of `text`, with what it means at the end of `written`.
pub(super) fn read(text: &str, at: usize, k: usize, written: &mut String) -> Option<Whole> {
    read_to_end::<false>(text, at, k, written)
}

/// The same, where `k` is known to have garbled the text: only what gains enough to be repaired on its own, and more than in any
/// other reading that has a claim.
pub(super) fn read_settled(text: &str, at: usize, k: usize, written: &mut String) -> Option<Whole> {
    let from = written.len();
    let run = read_to_end::<true>(text, at, k, written);
    let run = run.filter(|run| {
        // What gains less may be a part of another reading's.
        let is_strong =
            run.gain >= 2 * STRONG || (run.gain >= STRONG && run.next.is_none_or(|c| c.is_ascii()));
        is_strong && (run.rivals == 0 || !run.is_beaten(text, at))
    });
    if run.is_none() {
        written.truncate(from);
    }
    run
}

/// Reads sequences while one follows the other; where `RIVALS`, these are found too.
#[inline]
fn read_to_end<const RIVALS: bool>(
    text: &str,
    at: usize,
    k: usize,
    written: &mut String,
) -> Option<Whole> {
    let cells = cells(k);
    let before = text[..at].chars().next_back();
    let mut old = Sum::behind(before);
    let mut new = old;
    let mut rest = text[at..].chars();
    let from = written.len();
    let mut firsts = ['\0'; 2];
    let (mut count, mut differs, mut rivals) = (0, 0, 0);
    let known = if RIVALS { rivals_in(k) } else { &[0; 0x800] };
    while count < LONGEST_RUN {
        let mut ahead = rest.clone();
        let mut garbled = old;
        let Some(lead) = ahead.next() else { break };
        let lead = cell(cells, lead, k);
        garbled.add_kind(lead.kind);
        let (mut claims, mut differing) = (lead.leads, lead.differs);
        // The six bits of the next byte; those of ASCII have none.
        let mut follow = || {
            let next = cell(cells, ahead.next()?, k);
            garbled.add_kind(next.kind);
            claims &= next.follows;
            differing |= next.differs;
            (next.byte & 0xC0 == 0x80).then_some(u32::from(next.byte & 0x3F))
        };
        let c = match lead.byte {
            0xC2..=0xDF => {
                let Some(last) = follow() else { break };
                let code = u32::from(lead.byte & 0x1F) << 6 | last;
                if RIVALS {
                    rivals |= known[code as usize % known.len()];
                }
                char::from_u32(code).map_or('\u{FFFD}', windows)
            }
            0xE0..=0xF4 => {
                let Some(c) = long(lead.byte, &mut follow) else {
                    break;
                };
                rivals |= claims & differing;
                c
            }
            _ => break,
        };
        if let Some(first) = firsts.get_mut(count) {
            *first = c;
        }
        new.add_repaired(c);
        written.push(c);
        differs |= differing;
        old = garbled;
        rest = ahead;
        count += 1;
    }
    if count == 0 {
        return None;
    }
    let next = rest.clone().next();
    let end = text.len() - rest.as_str().len();
    let mut new = new.before(next);
    if run::may_unwind(firsts) {
        let after: Vec<char> = written[from..].chars().collect();
        if let Some(inner) = run::unwound(&after) {
            new = new.min(cost::of(inner, before, next) + INNER);
        }
    }
    let saving = old.before(next) - new;
    let strays = strays([before, next], [&text[..at], &text[end..]], k);
    let sure = no_break_space(&text[at..], Some(firsts[0]));
    Some(Whole {
        end,
        next,
        result: firsts[0],
        gain: saving + sure - bytes::prior(k) - strays,
        differs,
        rivals,
    })
}

/// What a sequence of three bytes or more means that begins with `lead`, if it has all of them; `follow` tells the bits of the next one.
#[inline]
fn long(lead: u8, mut follow: impl FnMut() -> Option<u32>) -> Option<char> {
    let (mut code, following, low) = if lead < 0xF0 {
        (u32::from(lead & 0x0F), 2, 0x800)
    } else {
        (u32::from(lead & 0x07), 3, 0x1_0000)
    };
    for _ in 0..following {
        code = code << 6 | follow()?;
    }
    // Surrogates, what is written longer than needed and what lies beyond Unicode are no sequences.
    char::from_u32(code).filter(|c| code >= low && is_planned(*c))
}

/// Bits against a run of reading `k` between these characters, with which the texts around it end and begin.
#[inline]
pub(super) fn strays([left, right]: [Option<char>; 2], [head, rest]: [&str; 2], k: usize) -> i32 {
    // What stands there may be a sequence too, with a blank in it.
    let before = left.is_some_and(is_stray) && !lost::ends_with_blank(head, k);
    let after = right.is_some_and(is_stray) && !lost::begins_with_blank(rest, k);
    STRAY * (i32::from(before) + i32::from(after))
}

/// Bits in favour of `text` being a run that means `after` first, where that is a no-break space.
#[inline]
pub(super) fn no_break_space(text: &str, after: Option<char>) -> i32 {
    if after == Some('\u{A0}') && text.starts_with('Â') {
        NO_BREAK_SPACE
    } else {
        0
    }
}

/// Whether a character beside a run is likelier a byte of something else than a letter of a word.
fn is_stray(c: char) -> bool {
    matches!(c, '\u{A2}'..='\u{AA}' | '\u{AC}' | '\u{AE}'..='\u{BA}' | '\u{BC}'..='\u{C1}' | '\u{C4}'..='\u{DE}' | '\u{F7}')
        || ('\u{E000}'..='\u{F8FF}').contains(&c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::decode::codec::Codec;

    /// UTF-8 read in that encoding, where each byte is a character of it.
    fn garbled(text: &str, codec: &str) -> Option<String> {
        let (read, malformed) = Codec::for_label(codec)?.decode(text.as_bytes());
        malformed.is_empty().then_some(read)
    }

    /// The numbers of the readings cp437 and cp850.
    const DOS: [usize; 2] = [8, 9];

    #[test]
    fn a_run_is_left_to_a_reading_that_makes_more_of_it() {
        // `ž` read as cp850; as cp437 it would be `ŝ`.
        let text = garbled("nužudyti", "ibm850").unwrap();
        let ours = |k: usize| read_settled(&text, 2, k, &mut String::new()).map(|run| run.result);
        assert_eq!(DOS.map(ours), [None, Some('ž')]);
        // `è` is the same in both.
        let text = garbled("è", "ibm850").unwrap();
        let run = read(&text, 0, DOS[0], &mut String::new()).unwrap();
        assert!(run.is_same(DOS[1]));
    }

    #[test]
    fn what_is_not_whole_ends_a_run() {
        let text = "Ã©Ãª Ã©";
        let mut written = String::new();
        let run = read(text, 0, 0, &mut written).unwrap();
        assert_eq!((&*written, run.end), ("éê", "Ã©Ãª".len()));
        for none in ["Ã", "Ã ", "é", "x", "", "Ãé", "â€", "Ã\u{10FFFF}"] {
            assert!(read(none, 0, 0, &mut written).is_none(), "{none}");
        }
        // What is written longer than needed.
        assert!(read("à\u{80}\u{80}", 0, 0, &mut written).is_none());
    }

    proptest! {
        #[test]
        fn what_was_garbled_is_read_again(text in "[à-žα-ωа-я“”…字한]{1,30}") {
            for (k, codec) in [(0, "windows-1252"), (1, "windows-1251"), (8, "ibm437"), (9, "ibm850")] {
                let Some(garbled) = garbled(&text, codec) else { continue };
                let mut written = String::new();
                let run = read(&garbled, 0, k, &mut written);
                let first: String = text.chars().take(LONGEST_RUN).collect();
                prop_assert_eq!(&written, &first);
                prop_assert_eq!(run.map(|r| r.result), text.chars().next());
                // Who asks for what is beyond doubt gets the same or nothing.
                let mut settled = String::new();
                let sure = read_settled(&garbled, 0, k, &mut settled);
                let expected = if sure.is_some() { first } else { String::new() };
                prop_assert_eq!(settled, expected);
            }
        }
    }
}
