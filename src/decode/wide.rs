//! UTF-16 and UTF-32 in both byte orders: decode, encode, and recognise without a byte order mark.

use super::codec::Read;

/// Unit size and byte order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    Utf16Le,
    Utf16Be,
    Utf32Le,
    Utf32Be,
}

/// Bytes that [`guess`] looks at.
const SAMPLE: usize = 8192;

impl Width {
    const ALL: [Self; 4] = [Self::Utf32Le, Self::Utf32Be, Self::Utf16Le, Self::Utf16Be];

    /// By lower-case label; UTF-16 and UTF-32 without an order are little-endian, as in the WHATWG standard.
    pub(super) fn for_label(label: &str) -> Option<Self> {
        match label {
            "utf-16" | "utf-16le" | "utf16" | "ucs-2" => Some(Self::Utf16Le),
            "utf-16be" => Some(Self::Utf16Be),
            "utf-32" | "utf-32le" | "utf32" | "ucs-4" | "ucs-4le" => Some(Self::Utf32Le),
            "utf-32be" | "ucs-4be" => Some(Self::Utf32Be),
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Utf32Le => "utf-32le",
            Self::Utf32Be => "utf-32be",
        }
    }

    pub(super) fn bom(self) -> &'static [u8] {
        match self {
            Self::Utf16Le => b"\xFF\xFE",
            Self::Utf16Be => b"\xFE\xFF",
            Self::Utf32Le => b"\xFF\xFE\0\0",
            Self::Utf32Be => b"\0\0\xFE\xFF",
        }
    }

    fn unit(self) -> usize {
        match self {
            Self::Utf16Le | Self::Utf16Be => 2,
            Self::Utf32Le | Self::Utf32Be => 4,
        }
    }

    /// The value of one whole unit.
    fn value(self, unit: &[u8]) -> u32 {
        let fold = |acc: u32, b: &u8| acc << 8 | u32::from(*b);
        match self {
            Self::Utf16Be | Self::Utf32Be => unit.iter().fold(0, fold),
            Self::Utf16Le | Self::Utf32Le => unit.iter().rev().fold(0, fold),
        }
    }

    fn put(self, value: u32, out: &mut Vec<u8>) {
        let bytes = value.to_be_bytes();
        match self {
            Self::Utf16Be => out.extend_from_slice(&bytes[2..]),
            Self::Utf32Be => out.extend_from_slice(&bytes),
            Self::Utf16Le => out.extend([bytes[3], bytes[2]]),
            Self::Utf32Le => out.extend([bytes[3], bytes[2], bytes[1], bytes[0]]),
        }
    }
}

/// Decodes; a lone surrogate, a value beyond Unicode and a cut unit at the end are malformed.
pub(super) fn decode(width: Width, bytes: &[u8]) -> Read {
    let unit = width.unit();
    let mut text = String::with_capacity(bytes.len() / unit * 2);
    let mut malformed = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let end = (at + unit).min(bytes.len());
        let here = &bytes[at..end];
        let (found, used) = if here.len() < unit {
            (None, here.len())
        } else {
            scalar(width, here, bytes.get(end..end + unit))
        };
        if let Some(c) = found {
            text.push(c);
        } else {
            malformed.push((text.len(), bytes[at..at + used].to_vec()));
            text.push('\u{FFFD}');
        }
        at += used;
    }
    (text, malformed)
}

/// The character that begins with the unit `here`, and the bytes it takes.
fn scalar(width: Width, here: &[u8], next: Option<&[u8]>) -> (Option<char>, usize) {
    let value = width.value(here);
    if width.unit() == 2
        && (0xD800..0xDC00).contains(&value)
        && let Some(low) = next.map(|n| width.value(n))
        && (0xDC00..0xE000).contains(&low)
    {
        let c = char::from_u32(0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00));
        return (c, 4);
    }
    (char::from_u32(value), width.unit())
}

/// Appends `text` in the given form.
pub(super) fn encode(width: Width, text: &str, out: &mut Vec<u8>) {
    out.reserve(text.len() * width.unit());
    for c in text.chars() {
        if width.unit() == 4 {
            width.put(c as u32, out);
        } else {
            let mut units = [0u16; 2];
            for unit in c.encode_utf16(&mut units) {
                width.put(u32::from(*unit), out);
            }
        }
    }
}

/// The form that bytes without a byte order mark are in, with a confidence, when their statistics say so.
///
/// A form is believed when a sample of up to 8 kB has hardly any malformed unit or control character in it and its
/// characters come from few blocks of 256, as those of a text do; the bytes of a file in another encoding, taken in
/// pairs, spread over dozens.
pub(super) fn guess(bytes: &[u8]) -> Option<(Width, f32)> {
    let sample = &bytes[..bytes.len().min(SAMPLE) & !3];
    let sample = if bytes.len() < 4 { bytes } else { sample };
    if sample.len() < 2 {
        return None;
    }
    let odd = |b: u8| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r' | 0x0C | 0x1B);
    let controls = sample.iter().filter(|b| odd(**b)).count();
    // In either form at least the high bytes of one script are NUL or control bytes, in an eighth of all bytes and more.
    if controls * 8 < sample.len() && !has_cjk_rhythm(sample) {
        return None;
    }
    let mut best: Option<(Width, f32)> = None;
    for width in Width::ALL {
        if sample.len() < width.unit() {
            continue;
        }
        let score = plausibility(width, sample);
        if score > 0.6 && best.is_none_or(|(_, s)| score > s) {
            best = Some((width, score));
        }
    }
    best
}

/// Whether line feeds and blanks come as NUL-padded units: UTF-16 of scripts whose own high byte is no control byte.
fn has_cjk_rhythm(sample: &[u8]) -> bool {
    let padded = sample
        .chunks_exact(2)
        .filter(|p| {
            matches!(
                p,
                [0, 0x0A | 0x0D | 0x20..=0x7E] | [0x0A | 0x0D | 0x20..=0x7E, 0]
            )
        })
        .count();
    padded > 0 && padded * 100 >= sample.len() / 2
}

/// 0 to 1: how much the units look like the characters of a text.
fn plausibility(width: Width, sample: &[u8]) -> f32 {
    let mut blocks = [0u32; 256];
    let (mut good, mut all, mut ascii) = (0u32, 0u32, 0u32);
    let (text, malformed) = decode(width, sample);
    for c in text.chars() {
        all += 1;
        let value = c as u32;
        let bad = (value < 0x20 && !matches!(c, '\t' | '\n' | '\r' | '\u{C}'))
            || (0x7F..0xA0).contains(&value)
            || (0xE000..0xF900).contains(&value)
            || c == '\u{FFFD}'
            || value >= 0x3_0000
            || !(c.is_alphanumeric() || value < 0x3100 || value > 0xFA00);
        if bad {
            continue;
        }
        good += 1;
        ascii += u32::from(value < 0x80);
        // CJK ideographs and Hangul spread over many blocks by nature: one bucket each.
        let block = match value {
            0x3400..0xA000 => 0x4E,
            0xAC00..0xD7B0 => 0xAC,
            0x10000.. => 0xF0,
            _ => value >> 8,
        };
        blocks[block as usize & 0xFF] += 1;
    }
    if all == 0 || malformed.len() * 50 > all as usize {
        return 0.0;
    }
    blocks.sort_unstable_by(|a, b| b.cmp(a));
    let top: u32 = blocks[..4].iter().sum();
    let clean = good as f32 / all as f32;
    let narrow = top as f32 / good.max(1) as f32;
    // Two ideograph-like values out of one ASCII pair are what a wrong guess yields: ask for blanks or digits too.
    let anchored = if ascii * 50 >= all { 1.0 } else { 0.75 };
    clean * clean * narrow * anchored
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_reads_what_it_writes_and_is_recognised() {
        let texts = [
            "Plain English text, a line or two of it.\nAnd more.",
            "Всё хорошо, что хорошо кончается.\nИ ещё строка.",
            "吾輩は猫である。名前はまだ無い。\nどこで生れたか頓と見当がつかぬ。 12",
            "Ελληνικά και English 😀 together",
        ];
        for text in texts {
            for width in Width::ALL {
                let mut bytes = Vec::new();
                encode(width, text, &mut bytes);
                assert_eq!(decode(width, &bytes), (text.to_owned(), vec![]));
                assert_eq!(guess(&bytes).map(|g| g.0), Some(width), "{text}");
            }
        }
    }

    #[test]
    fn other_bytes_are_not_taken_for_wide_text() {
        assert_eq!(guess(b"Plain ASCII text, nothing else in it"), None);
        assert_eq!(guess("Größe und Maß, für alle Fälle".as_bytes()), None);
        let noise: Vec<u8> = (0..4000u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
            .collect();
        assert_eq!(guess(&noise), None);
    }

    #[test]
    fn lone_surrogates_and_cut_units_are_kept_aside() {
        let (text, malformed) = decode(Width::Utf16Le, b"a\0\x3D\xD8b\0c");
        assert_eq!(text, "a\u{FFFD}b\u{FFFD}");
        assert_eq!(malformed, vec![(1, vec![0x3D, 0xD8]), (5, vec![b'c'])]);
    }
}
