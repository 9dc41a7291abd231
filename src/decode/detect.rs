//! The encoding of bytes that nothing names and that are not UTF-8.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};

use super::codec::Codec;

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

/// The guess of the statistics.
pub(super) fn guess(bytes: &[u8]) -> Guess {
    let sample = sample(bytes);
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(&sample, true);
    let web = detector.guess(None, Utf8Detection::Deny);
    Guess {
        codec: Codec::Web(web),
        confidence: 0.7,
        runner_up: None,
    }
}

/// An EBCDIC code page.
pub(super) fn ebcdic(_bytes: &[u8]) -> Option<(Codec, f32)> {
    None
}
