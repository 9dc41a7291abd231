//! The byte that a character stands for in each of the single-byte encodings that UTF-8 is wrongly read in.

use std::sync::LazyLock;

use crate::decode::codec::Codec;

/// The encodings, likelier ones first. In the Windows ones a byte without a character stands for the C1 control of the
/// same number, and so does that control for the byte: latin-1 is read by the first row.
pub(super) const NAMES: [&str; 9] = [
    "windows-1252",
    "windows-1251",
    "windows-1250",
    "windows-1253",
    "windows-1254",
    "windows-1257",
    "iso-8859-2",
    "macintosh",
    "ibm437",
];
/// How many there are.
pub(in crate::decode) const COUNT: usize = NAMES.len();

const TABLED: usize = 0x2600;

struct Bytes {
    low: Vec<[u8; COUNT]>,
    /// The few characters beyond the table.
    high: Vec<(char, [u8; COUNT])>,
}

static BYTES: LazyLock<Bytes> = LazyLock::new(|| {
    let mut bytes = Bytes {
        low: vec![[0; COUNT]; TABLED],
        high: Vec::new(),
    };
    for (k, name) in NAMES.iter().enumerate() {
        let Some(codec) = Codec::for_label(name) else {
            continue;
        };
        for byte in 0x80..=0xFFu8 {
            let (text, malformed) = codec.decode(&[byte]);
            if malformed.is_empty()
                && let Some(c) = text.chars().next()
            {
                bytes.slot(c)[k] = byte;
            }
            // The fourth to sixth rows leave bytes out too; DOS and Mac have a character for each.
            if byte < 0xA0 && k < 7 {
                bytes.slot(byte as char)[k] = byte;
            }
        }
    }
    bytes
});

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
}

/// The byte of `c` in each encoding, 0 where it has none or is ASCII.
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
