//! The byte that a character stands for in each of the single-byte encodings that UTF-8 is wrongly read in.

use std::sync::LazyLock;

use crate::decode::codec::Codec;

/// What became of the characters after the wrong reading.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    Kept,
    Lowered,
    Raised,
}

/// A way in which bytes are wrongly read.
struct Reading {
    codec: &'static str,
    /// Whether a byte without a character stands for the C1 control of the same number, as browsers have it.
    controls: bool,
    case: Case,
    /// Whether a part of ISO 8859 has the same letters, and controls where this has signs.
    has_iso: bool,
    /// Bits that a repair must gain more, by how seldom this is the culprit.
    prior: i32,
}

const fn windows(codec: &'static str, prior: i32) -> Reading {
    Reading {
        codec,
        controls: true,
        case: Case::Kept,
        has_iso: false,
        prior,
    }
}

/// One that a part of ISO 8859 shares its letters with.
const fn with_iso(codec: &'static str, prior: i32) -> Reading {
    Reading {
        has_iso: true,
        ..windows(codec, prior)
    }
}

const fn seldom(codec: &'static str, case: Case, prior: i32) -> Reading {
    Reading {
        codec,
        controls: matches!(case, Case::Lowered | Case::Raised),
        case,
        has_iso: false,
        prior,
    }
}

/// The readings, likelier ones first. Latin-1 is read by the first row, since a control is a byte there too.
static READINGS: [Reading; COUNT] = [
    with_iso("windows-1252", 0),
    windows("windows-1251", 0),
    windows("windows-1250", 1),
    windows("windows-1253", 2),
    with_iso("windows-1254", 2),
    windows("windows-1257", 2),
    windows("iso-8859-2", 2),
    seldom("macintosh", Case::Kept, 3),
    seldom("ibm437", Case::Kept, 3),
    seldom("ibm850", Case::Kept, 3),
    windows("iso-8859-15", 3),
    windows("windows-1255", 3),
    windows("windows-1256", 3),
    seldom("windows-1252", Case::Lowered, 4),
    seldom("windows-1252", Case::Raised, 4),
];
/// How many there are.
pub(in crate::decode) const COUNT: usize = 15;

/// Bits that a repair of reading `k` must gain more than others.
pub(super) fn prior(k: usize) -> i32 {
    READINGS[k].prior
}

/// What tells of a letter that it has kept the case that reading `k` changes, where that changes any.
pub(super) fn kept_case(k: usize) -> Option<fn(char) -> bool> {
    match READINGS[k].case {
        Case::Kept => None,
        Case::Lowered => Some(char::is_uppercase),
        Case::Raised => Some(char::is_lowercase),
    }
}

/// Encodings in which A0 is the no-break space and sequences are made of Latin letters and signs: there one that became a
/// blank is told from the end of a word.
const BLANKS: [&str; 6] = [
    "windows-1252",
    "windows-1250",
    "windows-1254",
    "windows-1257",
    "iso-8859-2",
    "iso-8859-15",
];

/// Whether the byte A0 of a sequence may have become a blank in reading `k`.
pub(super) fn may_blank(k: usize) -> bool {
    BYTES.may_blank[k]
}

/// The readings in which `c` begins a sequence of which the byte A0 may have become a blank, one bit each.
pub(super) fn blanks(c: char) -> u64 {
    BYTES.blanks.get(c as usize).copied().map_or(0, u64::from)
}

const TABLED: usize = 0x2600;

/// The byte of a character in each reading, 0 where it has none or is ASCII.
pub(super) type Row = [u8; COUNT];

struct Bytes {
    low: Vec<Row>,
    /// The few characters beyond the table.
    high: Vec<(char, Row)>,
    /// For each reading the continuation bytes without a character: the ones that get lost.
    unread: [Vec<u8>; COUNT],
    may_blank: [bool; COUNT],
    /// [`blanks`] of the characters that may.
    blanks: Vec<u16>,
}

/// Characters from here on are letters of other alphabets: before a blank these are mostly the end of a word.
pub(super) const BEYOND_BLANKS: char = '\u{180}';

static BYTES: LazyLock<Bytes> = LazyLock::new(|| {
    let mut bytes = Bytes {
        low: vec![[0; COUNT]; TABLED],
        high: Vec::new(),
        unread: std::array::from_fn(|_| Vec::new()),
        may_blank: std::array::from_fn(|k| {
            READINGS[k].case == Case::Kept && BLANKS.contains(&READINGS[k].codec)
        }),
        blanks: Vec::new(),
    };
    for (k, reading) in READINGS.iter().enumerate() {
        let Some(codec) = Codec::for_label(reading.codec) else {
            continue;
        };
        for byte in 0x80..=0xFFu8 {
            let (text, malformed) = codec.decode(&[byte]);
            let Some(c) = text.chars().next().filter(|_| malformed.is_empty()) else {
                bytes.unread(k, reading, byte);
                continue;
            };
            // Latin-1 and windows-1252 are one row, and so are latin-5 and windows-1254; elsewhere
            // the control stands only where there is no character.
            if c == byte as char && byte < 0xA0 {
                bytes.unread(k, reading, byte);
            } else if reading.has_iso && byte < 0xA0 {
                bytes.slot(byte as char)[k] = byte;
            }
            if let Some(c) = changed(c, byte, reading.case) {
                bytes.slot(c)[k] = byte;
            }
        }
    }
    let leads = |row: &Row| {
        let readings = row.iter().enumerate().filter(|(k, lead)| {
            bytes.may_blank[*k] && matches!(lead, 0xC5 | 0xCE | 0xD0 | 0xD7 | 0xE0..=0xEF)
        });
        readings.fold(0, |mask, (k, _)| mask | 1 << k)
    };
    bytes.blanks = bytes.low[..BEYOND_BLANKS as usize]
        .iter()
        .map(leads)
        .collect();
    bytes
});

/// What `c`, read from `byte`, is after its case was changed; `None` where another byte has the better claim to it.
///
/// Of two letters that are one in the other case, the one that begins or continues more sequences has it: `ã` is C3,
/// not E3; but `â` is E2 (`â€™`), where only C2 could compete.
fn changed(c: char, byte: u8, case: Case) -> Option<char> {
    match case {
        Case::Kept => Some(c),
        Case::Lowered => match byte {
            0xC0..=0xC2 | 0xE3..=0xF6 | 0xF8..=0xFF | 0x8A | 0x8C | 0x8E => None,
            _ => c.to_lowercase().next(),
        },
        Case::Raised => match byte {
            0xC0..=0xC2 | 0xD0 | 0xDF | 0xE3..=0xEF | 0xF1..=0xFF | 0x8C | 0x8E | 0x9A => None,
            _ => c.to_uppercase().next(),
        },
    }
}

impl Bytes {
    fn slot(&mut self, c: char) -> &mut Row {
        if (c as usize) < TABLED {
            return &mut self.low[c as usize];
        }
        let at = self.high.iter().position(|h| h.0 == c).unwrap_or_else(|| {
            self.high.push((c, [0; COUNT]));
            self.high.len() - 1
        });
        &mut self.high[at].1
    }

    fn unread(&mut self, k: usize, reading: &Reading, byte: u8) {
        if reading.controls {
            self.slot(byte as char)[k] = byte;
        }
        if byte < 0xC0 {
            self.unread[k].push(byte);
        }
    }
}

/// The byte of `c` in each reading.
#[inline]
pub(super) fn of(c: char) -> &'static Row {
    match BYTES.low.get(c as usize) {
        Some(row) => row,
        None => BYTES
            .high
            .iter()
            .find(|h| h.0 == c)
            .map_or(&[0; COUNT], |h| &h.1),
    }
}

/// The continuation bytes that reading `k` has no character for.
pub(super) fn unread(k: usize) -> &'static [u8] {
    &BYTES.unread[k]
}

/// What a character can be in a garbled sequence: one bit a reading for each part that its byte there can play.
///
/// The lowest 16 bits are free, for who keeps these beside bits of his own.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::decode) struct Roles(pub(in crate::decode) u64);

/// Where the groups of bits begin.
const LEAD2: u32 = 16;
const LEAD3: u32 = LEAD2 + COUNT as u32;
const FOLLOW: u32 = LEAD3 + COUNT as u32;
/// Whether the byte is E2, 80, or one of C2 and C3, in any reading.
const IS_E2: u64 = 1 << (FOLLOW + COUNT as u32);
const IS_80: u64 = IS_E2 << 1;
const IS_C2_C3: u64 = IS_E2 << 2;
const GROUP: u64 = (1 << COUNT) - 1;

impl Roles {
    /// Of a character that is in no sequence, such as all of ASCII.
    pub(in crate::decode) const NONE: Self = Self(0);

    /// From the bytes of `c`; [`scan`](crate::decode::scan) has them in a table.
    pub(in crate::decode) fn compute(c: char) -> Self {
        let mut bits = 0;
        if !c.is_ascii() {
            for (k, byte) in of(c).iter().enumerate() {
                let mut set = |group: u32, on: bool| bits |= u64::from(on) << (group + k as u32);
                set(LEAD2, (0xC2..=0xDF).contains(byte));
                set(LEAD3, (0xE0..=0xF4).contains(byte));
                set(FOLLOW, (0x80..=0xBF).contains(byte));
                bits |= if *byte == 0xE2 { IS_E2 } else { 0 };
                bits |= if *byte == 0x80 { IS_80 } else { 0 };
                bits |= if matches!(byte, 0xC2 | 0xC3) {
                    IS_C2_C3
                } else {
                    0
                };
            }
        }
        Self(bits)
    }

    /// The readings in which it begins a sequence of two bytes.
    #[inline]
    pub(in crate::decode) fn leads2(self) -> u64 {
        self.0 >> LEAD2 & GROUP
    }

    /// The readings in which it begins a longer one.
    #[inline]
    pub(in crate::decode) fn leads3(self) -> u64 {
        self.0 >> LEAD3 & GROUP
    }

    /// The readings in which it begins any.
    #[inline]
    pub(in crate::decode) fn leads(self) -> u64 {
        self.leads2() | self.leads3()
    }

    /// The readings in which it continues one.
    #[inline]
    pub(in crate::decode) fn follows(self) -> u64 {
        self.0 >> FOLLOW & GROUP
    }

    #[inline]
    pub(in crate::decode) fn is_e2(self) -> bool {
        self.0 & IS_E2 != 0
    }

    #[inline]
    pub(in crate::decode) fn is_80(self) -> bool {
        self.0 & IS_80 != 0
    }

    /// Whether a sequence of it can be known by its first byte alone: C2 and C3 begin nearly all of Europe's letters.
    #[inline]
    pub(in crate::decode) fn tells_alone(self) -> bool {
        self.0 & IS_C2_C3 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_what_the_bytes_can_do() {
        // `Ã©` in windows-1252 is a sequence of two, `â€™` one of three.
        let [a, b, c] = ['Ã', 'â', '€'].map(Roles::compute);
        assert!(a.leads2() & Roles::compute('©').follows() & 1 != 0);
        assert!(b.leads3() & c.follows() & Roles::compute('™').follows() & 1 != 0);
        assert!(a.tells_alone() && b.is_e2() && c.is_80());
        assert!(Roles::compute('x') == Roles(0) && Roles::compute('漢') == Roles(0));
    }
}
