//! The encoding of bytes that nothing names and that are not UTF-8.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};

use super::codec::Codec;
use super::pairs;

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
    if bytes.len() <= SAMPLE {
        return Cow::Borrowed(bytes);
    }
    let mut out = Vec::with_capacity(SAMPLE + 512);
    let mut at = 0;
    while out.len() < SAMPLE
        && let Some(i) = bytes[at..].iter().position(|b| *b >= 0x80)
    {
        let start = (at + i).saturating_sub(MARGIN).max(at);
        let mut end = at + i + 1;
        let mut quiet = 0;
        while end < bytes.len() && quiet < MARGIN && end - start < SAMPLE {
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
const SINGLE: [&str; 29] = [
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
];
/// Bytes that the weighing of single-byte encodings reads.
const WEIGHED: usize = 1024;
/// Share of its surprise that the encoding of chardetng's choice is let off: it knows the Web's priors.
const TRUST: i32 = 20;

/// The guess of the statistics.
///
/// Multi-byte encodings, Thai, Vietnamese and visual Hebrew are chardetng's to name. Between the single-byte ones the
/// letter pairs of 32 languages decide ([`pairs::surprise`]), and the confidence follows from the runner-up's distance.
pub(super) fn guess(bytes: &[u8]) -> Guess {
    let sample = sample(bytes);
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(&sample, true);
    let web = detector.guess(None, Utf8Detection::Deny);
    let own = [
        encoding_rs::WINDOWS_874,
        encoding_rs::WINDOWS_1258,
        encoding_rs::ISO_8859_8,
    ];
    let sure = |web| Guess {
        codec: Codec::Web(web),
        confidence: 0.9,
        runner_up: None,
    };
    if !web.is_single_byte() || own.contains(&web) {
        return sure(web);
    }
    if let Some(japanese) = kana(&sample) {
        return sure(japanese);
    }
    let part = &sample[..sample.len().min(WEIGHED)];
    let mut ranked: Vec<(i32, String, Codec)> = Vec::with_capacity(SINGLE.len());
    let names = SINGLE.iter().filter_map(|name| Codec::for_label(name));
    for codec in std::iter::once(Codec::Web(web)).chain(names) {
        let text = codec.decode(part).0;
        // Encodings that read the bytes alike are one candidate, under the name that comes first.
        if ranked.iter().any(|r| r.1 == text) {
            continue;
        }
        let mut bits = pairs::surprise(&text) + rarity(&codec.name());
        if codec == Codec::Web(web) {
            bits -= bits / TRUST;
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

/// The Japanese encoding in which the bytes are well-formed and mostly kana, as few other bytes are by chance: short
/// sentences that are taken for single-byte text.
fn kana(sample: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    [encoding_rs::SHIFT_JIS, encoding_rs::EUC_JP]
        .into_iter()
        .find(|web| {
            let (text, malformed) = Codec::Web(web).decode(sample);
            let kana = text.chars().filter(|c| matches!(c, 'ぁ'..='ヺ')).count();
            let beyond = text.chars().filter(|c| !c.is_ascii()).count();
            malformed.is_empty() && kana >= 4 && kana * 5 >= beyond * 2
        })
}

/// Quarter bits that an encoding must make good, by how seldom it is met: a byte or two decide nothing against that.
fn rarity(name: &str) -> i32 {
    match name {
        n if matches!(n, "iso-8859-3" | "iso-8859-4")
            || n.starts_with("ibm")
            || n.contains("mac") =>
        {
            56
        }
        "windows-1252" => 0,
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
