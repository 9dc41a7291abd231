//! The encoding of bytes that nothing names and that are not UTF-8.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};

use super::codec::Codec;
use super::letters::Letters;
use super::race::Race;
use crate::text::ascii;

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
    while out.len() < most {
        let high = ascii::next_beyond(bytes, at);
        if high == bytes.len() {
            break;
        }
        let start = high.saturating_sub(MARGIN).max(at);
        let mut end = high + 1;
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

/// Bytes that are weighed, and those of them that decide who stays in the race.
const WEIGHED: usize = 1024;
/// Bytes up to which chardetng is always asked: what it costs there is little.
const SHORT: usize = 512;

/// The guess of the statistics.
///
/// The [`Race`] between the encodings decides, by letter pairs of 36 languages and the characters of four. Where it is
/// not clear, or the text can be one of those that chardetng alone knows (Thai, visual Hebrew), chardetng's answer
/// counts too. The confidence follows from the runner-up's distance.
pub(super) fn guess(bytes: &[u8]) -> Guess {
    let sample = sample(bytes);
    let part = &*stretches(&sample, WEIGHED);
    let whole = sample.len() == bytes.len();
    let cut = !whole || part.len() != sample.len();
    let mut race = Race::run(part, cut);
    if sample.len() <= SHORT || !race.is_clear() {
        let web = chardetng(&sample, whole);
        if is_known_to_it_alone(web) {
            return Guess::of_chardetng(web);
        }
        race.favour(Codec::Web(web));
    }
    Guess::of(&race)
}

/// The same for bytes that may be letters of one script other than Latin, if they are that in any encoding; what they are as Latin ones is
/// only weighed beside. An answer of at least that confidence is not asked about again.
pub(super) fn guess_script(bytes: &[u8], sure: f32) -> Option<Guess> {
    let sample = sample(bytes);
    let part = &*stretches(&sample, WEIGHED);
    let whole = sample.len() == bytes.len();
    let race = Race::of_one_script(part, !whole || part.len() != sample.len());
    if !may_be_thai(part) {
        let guess = Guess::of(race.as_ref()?);
        if race.as_ref().is_some_and(Race::is_clear) && guess.confidence >= sure {
            return Some(guess);
        }
    }
    let web = chardetng(&sample, whole);
    if is_known_to_it_alone(web) {
        return Some(Guess::of_chardetng(web));
    }
    let mut race = race?;
    race.favour(Codec::Web(web));
    Some(Guess::of(&race))
}

/// Whether lines of `bytes` may be Thai. Its encoding lacks eight bytes, of which text of several bytes a character soon has some, while
/// the others are Thai letters to it.
fn may_be_thai(bytes: &[u8]) -> bool {
    if bytes.iter().any(|b| matches!(b, 0xDB..=0xDE | 0xFC..)) {
        return false;
    }
    let thai = Codec::Web(encoding_rs::WINDOWS_874).decode(bytes).0;
    Letters::of(&thai).may_be_one_script()
}

/// The answer of chardetng for a sample, which where it is not the whole may end in the middle of a character.
fn chardetng(sample: &[u8], whole: bool) -> &'static encoding_rs::Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(sample, whole);
    detector.guess(None, Utf8Detection::Deny)
}

/// Whether the race does not know this encoding.
fn is_known_to_it_alone(web: &'static encoding_rs::Encoding) -> bool {
    [encoding_rs::WINDOWS_874, encoding_rs::ISO_8859_8].contains(&web)
}

impl Guess {
    /// What a race ended with.
    fn of(race: &Race<'_>) -> Self {
        let (winner, second) = race.best();
        let distance = second.map_or(0, |second| second.bits - winner.bits);
        Self {
            codec: winner.codec,
            confidence: 0.98 - 0.48 * (-distance as f32 / 64.0).exp2(),
            runner_up: second.map(|s| s.codec),
        }
    }

    /// An answer that only chardetng could give.
    fn of_chardetng(web: &'static encoding_rs::Encoding) -> Self {
        Self {
            codec: Codec::Web(web),
            confidence: 0.9,
            runner_up: None,
        }
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
