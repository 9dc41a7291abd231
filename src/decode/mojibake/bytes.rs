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
    /// Bits that a repair must gain more, by how seldom this is the culprit.
    prior: i32,
}

const fn windows(codec: &'static str, prior: i32) -> Reading {
    Reading {
        codec,
        controls: true,
        case: Case::Kept,
        prior,
    }
}

const fn seldom(codec: &'static str, case: Case, prior: i32) -> Reading {
    Reading {
        codec,
        controls: matches!(case, Case::Lowered | Case::Raised),
        case,
        prior,
    }
}

/// The readings, likelier ones first. Latin-1 is read by the first row, since a control is a byte there too.
static READINGS: [Reading; COUNT] = [
    windows("windows-1252", 0),
    windows("windows-1251", 0),
    windows("windows-1250", 1),
    windows("windows-1253", 2),
    windows("windows-1254", 2),
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

const TABLED: usize = 0x2600;

struct Bytes {
    low: Vec<[u8; COUNT]>,
    /// The few characters beyond the table.
    high: Vec<(char, [u8; COUNT])>,
    /// For each reading the continuation bytes without a character: the ones that get lost.
    unread: [Vec<u8>; COUNT],
}

static BYTES: LazyLock<Bytes> = LazyLock::new(|| {
    let mut bytes = Bytes {
        low: vec![[0; COUNT]; TABLED],
        high: Vec::new(),
        unread: std::array::from_fn(|_| Vec::new()),
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
            // Latin-1 and windows-1252 are one row; elsewhere the control stands only where there is no character.
            if c == byte as char && byte < 0xA0 {
                bytes.unread(k, reading, byte);
            } else if k == 0 && byte < 0xA0 {
                bytes.slot(byte as char)[k] = byte;
            }
            if let Some(c) = changed(c, byte, reading.case) {
                bytes.slot(c)[k] = byte;
            }
        }
    }
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
    fn slot(&mut self, c: char) -> &mut [u8; COUNT] {
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

/// The byte of `c` in each reading, 0 where it has none or is ASCII.
pub(in crate::decode) fn of(c: char) -> [u8; COUNT] {
    match BYTES.low.get(c as usize) {
        Some(row) => *row,
        None => BYTES
            .high
            .iter()
            .find(|h| h.0 == c)
            .map_or([0; COUNT], |h| h.1),
    }
}

/// The continuation bytes that reading `k` has no character for.
pub(super) fn unread(k: usize) -> &'static [u8] {
    &BYTES.unread[k]
}
