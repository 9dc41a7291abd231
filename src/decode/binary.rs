//! Bytes that are no text: known formats by their first bytes, and control bytes.

use std::sync::LazyLock;

use super::read::Unreadable;
use crate::text::window;

/// Bytes that [`controls`] looks at.
const SAMPLE: usize = 65_536;

struct Magic {
    offset: usize,
    /// `None` stands for any byte.
    bytes: Vec<Option<u8>>,
    name: &'static str,
}

static MAGIC: LazyLock<Vec<Magic>> = LazyLock::new(|| {
    include_str!("../../data/decode/magic.tsv")
        .lines()
        .filter_map(parse)
        .collect()
});

fn parse(row: &'static str) -> Option<Magic> {
    let mut fields = row.split('\t');
    let offset = fields.next()?.parse().ok()?;
    let hex = fields.next()?;
    let bytes = (0..hex.len() / 2)
        .map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).ok())
        .collect();
    Some(Magic {
        offset,
        bytes,
        name: fields.next()?,
    })
}

/// An error when the bytes begin as a file of a known format does.
///
/// To be asked only about bytes that are not plain UTF-8: some of the marks are letters.
pub(super) fn known_format(bytes: &[u8]) -> Result<(), Unreadable> {
    let found = MAGIC.iter().find(|m| {
        bytes
            .get(m.offset..m.offset + m.bytes.len())
            .is_some_and(|here| {
                here.iter()
                    .zip(&m.bytes)
                    .all(|(b, want)| want.is_none_or(|w| w == *b))
            })
    });
    found.map_or(Ok(()), |m| Err(Unreadable::Format { kind: m.name }))
}

/// Control bytes that texts do not hold: all but tab, line feed, carriage return, form feed, escape, backspace,
/// end-of-file.
#[expect(
    clippy::needless_bitwise_bool,
    reason = "without branches the loops over it become vector code"
)]
pub(super) const fn is_foreign(b: u8) -> bool {
    let layout = (b == 0x08) | (b == b'\t') | (b == b'\n') | (b == 0x0C) | (b == b'\r');
    (b < 0x20) & !layout & (b != 0x1A) & (b != 0x1B)
}

/// What stands in some bytes, from one pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Makeup {
    /// Control bytes that texts do not hold.
    pub(super) controls: bool,
    /// Bytes beyond ASCII.
    pub(super) high: bool,
    /// The escape byte.
    pub(super) escape: bool,
}

impl Makeup {
    #[cfg_attr(
        target_arch = "x86_64",
        expect(unsafe_code, reason = "compiled for processors that are asked first")
    )]
    pub(super) fn of(bytes: &[u8]) -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
            fn wide(bytes: &[u8]) -> Makeup {
                Makeup::look(bytes)
            }
            if window::has_wide_registers() {
                // SAFETY: the processor has what the function is compiled for.
                return unsafe { wide(bytes) };
            }
        }
        Self::look(bytes)
    }

    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "becomes part of code for wide registers"
    )]
    fn look(bytes: &[u8]) -> Self {
        let mut found = Self::default();
        for chunk in bytes.chunks(1024) {
            // Most text has no other control than the end of a line, and much of it nothing beyond ASCII.
            if !found.high {
                if !window::any(chunk, window::is_control_or_beyond) {
                    continue;
                }
                found.high = window::any(chunk, |b| b >= 0x80);
            }
            if window::any(chunk, window::is_control) {
                found.controls |= window::any(chunk, is_foreign);
                found.escape |= window::any(chunk, |b| b == 0x1B);
            }
        }
        found
    }
}

/// An error when more than one byte in a hundred of the first 64 kB is a control byte that texts do not hold.
pub(super) fn controls(bytes: &[u8]) -> Result<(), Unreadable> {
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let controls = sample.iter().filter(|b| is_foreign(**b)).count();
    if controls > 1 + sample.len() / 100 {
        return Err(Unreadable::Binary {
            controls,
            of: sample.len(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_their_first_bytes() {
        let rows = include_str!("../../data/decode/magic.tsv").lines().count();
        assert_eq!(MAGIC.len(), rows);
        assert_eq!(
            known_format(b"%PDF-1.7\n\xE2\xE3"),
            Err(Unreadable::Format { kind: "pdf" })
        );
        assert_eq!(
            known_format(b"RIFFabcdWEBPVP8 "),
            Err(Unreadable::Format { kind: "webp-image" })
        );
        assert_eq!(known_format(b"Plain text"), Ok(()));
        assert_eq!(Makeup::of(b"plain\n\ttext"), Makeup::default());
        let all = Makeup::of(b"\x00\xC3\xA9\x1B[");
        assert!(all.controls && all.high && all.escape);
        assert!(controls(&[7; 40]).is_err());
        assert!(controls(b"one bell\x07 and text").is_ok());
    }
}
