//! The encoding of bytes that nothing names and that are not UTF-8.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};

use super::codec::Codec;
use super::{han, pairs};

/// Bytes around non-ASCII ones that are looked at in all.
const SAMPLE: usize = 8192;
/// ASCII bytes kept on either side of a stretch: the words that the stretch belongs to.
const MARGIN: usize = 16;

/// A guess.
pub(super) struct Guess {
    pub(super) codec: Codec,
    pub(super) confidence: f32,
    pub(super) runner_up: Option<Codec>,
}

/// The stretches around non-ASCII bytes, up to 8 kB in all.
pub(super) fn sample(bytes: &[u8]) -> Cow<'_, [u8]> {
    stretches(bytes, SAMPLE)
}

/// `bytes`, or the stretches around non-ASCII ones up to about `most` in all.
fn stretches(bytes: &[u8], most: usize) -> Cow<'_, [u8]> {
    if bytes.len() <= most {
        return Cow::Borrowed(bytes);
    }
    let mut out = Vec::with_capacity(most + 512);
    let mut at = 0;
    while out.len() < most
        && let Some(i) = bytes[at..].iter().position(|b| *b >= 0x80)
    {
        let start = (at + i).saturating_sub(MARGIN).max(at);
        let mut end = at + i + 1;
        let mut quiet = 0;
        while end < bytes.len() && quiet < MARGIN && end - start < most {
            quiet = if bytes[end] < 0x80 { quiet + 1 } else { 0 };
            end += 1;
        }
        out.extend_from_slice(&bytes[start..end]);
        at = end;
    }
    Cow::Owned(out)
}

/// ISO-2022-JP, when ASCII bytes hold its escapes and decode to Japanese.
pub(super) fn iso_2022_jp(bytes: &[u8]) -> Option<Codec> {
    let at = memchr::memmem::find(bytes, b"\x1B$")?;
    let codec = Codec::Web(encoding_rs::ISO_2022_JP);
    let (text, malformed) = codec.decode(&bytes[at..bytes.len().min(at + 65_536)]);
    let japanese = text
        .chars()
        .filter(|c| matches!(c, '\u{3000}'..='\u{9FFF}'))
        .count();
    (japanese > 1 && malformed.len() * 20 <= japanese).then_some(codec)
}

/// Single-byte encodings that are weighed against each other. ISO-8859-1 and -9 are read as their Windows supersets.
const SINGLE: [&str; 32] = [
    "windows-1252",
    "windows-1251",
    "windows-1250",
    "windows-1253",
    "windows-1254",
    "windows-1255",
    "windows-1256",
    "windows-1257",
    "iso-8859-2",
    "iso-8859-3",
    "iso-8859-4",
    "iso-8859-5",
    "iso-8859-6",
    "iso-8859-7",
    "iso-8859-15",
    "koi8-r",
    "koi8-u",
    "macintosh",
    "x-mac-cyrillic",
    "ibm866",
    "ibm855",
    "ibm850",
    "ibm852",
    "ibm857",
    "ibm775",
    "ibm737",
    "ibm869",
    "ibm862",
    "mac-latin2",
    "windows-1258",
    "kz1048",
    "ptcp154",
];
/// Bytes that the weighing of single-byte encodings reads.
const WEIGHED: usize = 1024;
/// Share of its surprise that the encoding of chardetng's choice is let off: it knows the Web's priors.
const TRUST: i32 = 20;
/// Quarter bits that this can be worth: in long texts the letters themselves say enough.
const MOST_TRUST: i32 = 32;

/// Encodings of several bytes a character.
const MULTI: [&str; 6] = ["gb18030", "big5", "shift_jis", "euc-jp", "euc-kr", "johab"];
/// Quarter bits of a malformed sequence.
const MALFORMED: i32 = 160;

/// The guess of the statistics.
///
/// Thai and visual Hebrew are chardetng's to name. Between the others the letter pairs of 36 languages
/// ([`pairs::surprise`]) and the characters of four ([`han::surprise`]) decide, and the confidence follows from the
/// runner-up's distance.
pub(super) fn guess(bytes: &[u8]) -> Guess {
    let sample = sample(bytes);
    let part = &*stretches(&sample, WEIGHED);
    let whole = sample.len() == bytes.len();
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    // A sample may end in the middle of a character.
    detector.feed(&sample, whole);
    let web = detector.guess(None, Utf8Detection::Deny);
    if [encoding_rs::WINDOWS_874, encoding_rs::ISO_8859_8].contains(&web) {
        return Guess {
            codec: Codec::Web(web),
            confidence: 0.9,
            runner_up: None,
        };
    }
    let mut ranked: Vec<(i32, String, Codec)> = Vec::with_capacity(SINGLE.len() + MULTI.len());
    let names = SINGLE.iter().chain(&MULTI);
    let codecs = names.filter_map(|name| Codec::for_label(name));
    for codec in std::iter::once(Codec::Web(web)).chain(codecs) {
        let (mut text, malformed) = codec.decode(part);
        // Encodings that read the bytes alike are one candidate, under the name that comes first.
        if ranked.iter().any(|r| r.1 == text) {
            continue;
        }
        let mut bits = if codec.is_single_byte() {
            if codec.name() == "windows-1258" {
                // Its tone marks stand behind the letters; the pairs know composed ones.
                text = icu_normalizer::ComposingNormalizerBorrowed::new_nfc()
                    .normalize(&text)
                    .into_owned();
            }
            pairs::surprise(&text)
        } else {
            let cut = usize::from(!whole || part.len() != sample.len());
            han::surprise(&text) + MALFORMED * malformed.len().saturating_sub(cut) as i32
        };
        bits += rarity(&codec.name());
        if codec == Codec::Web(web) {
            bits -= (bits / TRUST).min(MOST_TRUST);
        }
        ranked.push((bits, text, codec));
    }
    ranked.sort_by_key(|r| r.0);
    let distance = ranked.get(1).map_or(0, |second| second.0 - ranked[0].0);
    Guess {
        codec: ranked.first().map_or(Codec::Web(web), |r| r.2),
        confidence: 0.98 - 0.48 * (-distance as f32 / 64.0).exp2(),
        runner_up: ranked.get(1).map(|r| r.2),
    }
}

/// Quarter bits that an encoding must make good, by how seldom it is met: a byte or two decide nothing against that.
fn rarity(name: &str) -> i32 {
    match name {
        "x-mac-cyrillic" => 36,
        n if matches!(n, "iso-8859-3" | "iso-8859-4")
            || n.starts_with("ibm")
            || n.contains("mac") =>
        {
            56
        }
        "johab" | "kz1048" | "ptcp154" => 40,
        "windows-1252" | "gb18030" | "gbk" | "big5" | "shift_jis" | "euc-jp" | "euc-kr" => 0,
        n if n.starts_with("windows") => 8,
        _ => 24,
    }
}

/// An EBCDIC code page: its blank (40) is the commonest byte and that of ASCII (20) hardly stands there.
pub(super) fn ebcdic(bytes: &[u8]) -> Option<(Codec, f32)> {
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let count = |byte: u8| memchr::memchr_iter(byte, sample).count();
    let blanks = count(0x40);
    if blanks * 20 < sample.len() || count(0x20) * 20 > blanks {
        return None;
    }
    let best = ["ibm037", "ibm424", "ibm500", "ibm1026"]
        .into_iter()
        .filter_map(|name| {
            let codec = Codec::for_label(name)?;
            let (text, malformed) = codec.decode(sample);
            let good = text
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '.' | ','))
                .count();
            let beyond = text
                .chars()
                .filter(|c| c.is_alphabetic() && !c.is_ascii())
                .count();
            let rare = if name == "ibm424" { 0 } else { beyond / 2 };
            let share =
                good.saturating_sub(malformed.len() * 4 + rare) as f32 / sample.len() as f32;
            Some((share, codec))
        });
    let (share, codec) = best.reduce(|a, b| if b.0 > a.0 { b } else { a })?;
    (share > 0.85).then_some((codec, share.min(0.95)))
}
