//! Bytes to text: which encoding, how sure, and what the bytes hold beyond the text.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::codec::Codec;
use super::record::ByteRecord;
use super::wide::{self, Width};
use super::{binary, detect, prescan};
use binary::Makeup;

/// What the choice of an encoding rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Evidence {
    /// The user named it.
    Forced,
    /// A byte order mark.
    Bom,
    /// The transport (HTTP header, WARC record) named it.
    Transport,
    /// The document names it in itself.
    Declared,
    /// The bytes are UTF-8, but for at most a few.
    Utf8,
    /// The statistics of the bytes.
    Statistics,
}

/// A document as text, before anything is normalised.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Decoded {
    /// The decoded source text; each malformed sequence is one U+FFFD.
    pub text: String,
    /// Name of the encoding in lower case: the WHATWG's, or IANA's for those that browsers do not know.
    pub encoding: String,
    /// How sure the encoding is, 0 to 1.
    pub confidence: f32,
    /// What it rests on.
    pub evidence: Evidence,
    /// The second best encoding, where statistics decided.
    pub runner_up: Option<String>,
    /// A label of transport or document that the bytes contradict.
    pub overruled: Option<String>,
    /// What [`encode`](super::encode) needs besides.
    pub record: ByteRecord,
    /// Malformed sequences: byte offset of their U+FFFD in `text`, and the bytes.
    pub malformed: Vec<(usize, Vec<u8>)>,
}

/// Why bytes are not a text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// A file of a known format that is not text.
    #[error("not text: the file begins as {kind} does")]
    Format {
        /// Name of the format, in kebab-case.
        kind: &'static str,
    },
    /// Bytes that no text has.
    #[error("not text: {controls} of the first {of} bytes are NUL or control bytes")]
    Binary {
        /// Control bytes seen.
        controls: usize,
        /// Bytes looked at.
        of: usize,
    },
}

impl Unreadable {
    /// The reason as it stands in `rejects.jsonl`.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Format { .. } | Self::Binary { .. } => "binary",
        }
    }

    /// What the user can do about it.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Format { kind } => {
                format!("unpack or convert the {kind} file first, or leave it out of the input")
            }
            Self::Binary { .. } => "if it is text, name its encoding with --encoding".to_owned(),
        })
    }
}

/// An encoding and why.
struct Choice<'b> {
    codec: Codec,
    /// All the bytes, where they have been found to be UTF-8.
    valid: Option<&'b str>,
    confidence: f32,
    evidence: Evidence,
    bom: bool,
    runner_up: Option<Codec>,
    overruled: Option<String>,
}

impl<'b> Choice<'b> {
    /// Bytes that are UTF-8 as they stand.
    fn utf8(text: &'b str, confidence: f32, evidence: Evidence) -> Self {
        Self {
            valid: Some(text),
            ..Self::of(Codec::UTF_8, confidence, evidence)
        }
    }

    fn of(codec: Codec, confidence: f32, evidence: Evidence) -> Self {
        Self {
            codec,
            valid: None,
            confidence,
            evidence,
            bom: false,
            runner_up: None,
            overruled: None,
        }
    }
}

/// Reads `bytes`; see [`Decode::read`](super::Decode::read).
pub(super) fn read(
    bytes: &[u8],
    hint: Option<&str>,
    forced: Option<Codec>,
    declarations: bool,
) -> Result<Decoded, Unreadable> {
    let choice = choose(bytes, hint, forced, declarations)?;
    let body = if choice.bom {
        &bytes[choice.codec.bom().len()..]
    } else {
        bytes
    };
    let (text, malformed) = match choice.valid {
        Some(text) => (text.to_owned(), Vec::new()),
        None => choice.codec.decode(body),
    };
    let record = ByteRecord::make(choice.codec, choice.bom, body, &text, &malformed);
    Ok(Decoded {
        text,
        encoding: choice.codec.name(),
        confidence: choice.confidence,
        evidence: choice.evidence,
        runner_up: choice.runner_up.map(Codec::name),
        overruled: choice.overruled,
        record,
        malformed,
    })
}

fn choose<'b>(
    bytes: &'b [u8],
    hint: Option<&str>,
    forced: Option<Codec>,
    declarations: bool,
) -> Result<Choice<'b>, Unreadable> {
    if let Some(codec) = forced {
        let mut choice = Choice::of(codec, 1.0, Evidence::Forced);
        choice.bom = !codec.bom().is_empty() && bytes.starts_with(codec.bom());
        return Ok(choice);
    }
    if let Some(codec) = marked(bytes) {
        return Ok(Choice {
            bom: true,
            ..Choice::of(codec, 1.0, Evidence::Bom)
        });
    }
    let hinted = hint.and_then(Codec::for_label);
    if let Some(Codec::Wide(width)) = hinted
        && wide::guess(bytes).is_some_and(|g| g.0 == width)
    {
        return Ok(Choice::of(Codec::Wide(width), 0.99, Evidence::Transport));
    }
    let utf8 = Utf8::of(bytes);
    // Without NUL and control bytes, valid UTF-8 needs no further look: this is the way of nearly every document.
    if !utf8.makeup.controls
        && let Some(text) = utf8.text
    {
        return Ok(valid_utf8(text, &utf8, hinted, hint));
    }
    binary::known_format(bytes)?;
    if utf8.makeup.controls
        && let Some((width, confidence)) = wide::guess(bytes)
    {
        return Ok(Choice::of(
            Codec::Wide(width),
            confidence,
            Evidence::Statistics,
        ));
    }
    if (utf8.bad == 0 || !utf8.mostly())
        && let Some(codec) = detect::ebcdic(bytes)
    {
        return Ok(Choice::of(codec.0, codec.1, Evidence::Statistics));
    }
    if utf8.makeup.controls {
        binary::controls(bytes)?;
    }
    let mut overruled = None;
    if let Some(text) = utf8.text {
        return Ok(valid_utf8(text, &utf8, hinted, hint));
    }
    if let Some(codec) = hinted {
        if (codec == Codec::UTF_8 && utf8.mostly())
            || (codec != Codec::UTF_8 && !utf8.mostly() && fits(codec, bytes))
        {
            return Ok(Choice::of(codec, 0.95, Evidence::Transport));
        }
        overruled = hint.map(str::to_owned);
    }
    if utf8.mostly() {
        let confidence = utf8.valid as f32 / (utf8.valid + utf8.bad) as f32;
        return Ok(Choice {
            overruled,
            ..Choice::of(Codec::UTF_8, confidence, Evidence::Utf8)
        });
    }
    if declarations && let Some(codec) = prescan::declared(bytes) {
        if codec != Codec::UTF_8 && fits(codec, bytes) {
            return Ok(Choice {
                overruled,
                ..Choice::of(codec, 0.95, Evidence::Declared)
            });
        }
        overruled.get_or_insert(codec.name());
    }
    let found = detect::guess(bytes);
    Ok(Choice {
        runner_up: found.runner_up,
        overruled,
        ..Choice::of(found.codec, found.confidence, Evidence::Statistics)
    })
}

/// The encoding of bytes that are valid UTF-8: that, unless they are ASCII with the escapes of ISO-2022-JP, or the
/// transport names an encoding in which the few sequences beyond ASCII are as good.
fn valid_utf8<'b>(
    text: &'b str,
    utf8: &Utf8<'_>,
    hinted: Option<Codec>,
    hint: Option<&str>,
) -> Choice<'b> {
    if utf8.valid == 0 {
        if utf8.makeup.escape
            && let Some(codec) = detect::iso_2022_jp(text.as_bytes())
        {
            return Choice::of(codec, 0.99, Evidence::Statistics);
        }
        return Choice::utf8(text, 1.0, Evidence::Utf8);
    }
    let Some(codec) = hinted.filter(|c| *c != Codec::UTF_8) else {
        let evidence = if hinted.is_some() {
            Evidence::Transport
        } else {
            Evidence::Utf8
        };
        return Choice::utf8(text, 1.0, evidence);
    };
    // Two valid sequences by chance have odds of about one in a hundred in a single-byte text, far less in real words.
    let enough = if codec.is_single_byte() { 2 } else { 4 };
    if utf8.valid < enough && fits(codec, text.as_bytes()) {
        return Choice::of(codec, 0.6, Evidence::Transport);
    }
    Choice {
        overruled: hint.map(str::to_owned),
        ..Choice::utf8(text, 0.99, Evidence::Utf8)
    }
}

fn marked(bytes: &[u8]) -> Option<Codec> {
    // The mark of UTF-32 begins with that of UTF-16; a UTF-16 text does not begin with NUL.
    let order = [
        Width::Utf32Le,
        Width::Utf32Be,
        Width::Utf16Le,
        Width::Utf16Be,
    ]
    .map(Codec::Wide);
    std::iter::once(Codec::UTF_8)
        .chain(order)
        .find(|c| bytes.starts_with(c.bom()))
}

/// Whether the bytes can be a text in `codec`: hardly any malformed sequence, hardly any C1 control.
pub(super) fn fits(codec: Codec, bytes: &[u8]) -> bool {
    let sample = detect::sample(bytes);
    let sample: Cow<'_, [u8]> = if codec.is_single_byte() {
        sample
    } else {
        Cow::Borrowed(&bytes[..bytes.len().min(65_536)])
    };
    let (text, malformed) = codec.decode(&sample);
    let raw = text.as_bytes();
    let beyond = leads(raw).max(1);
    // C1 controls are C2 and a byte below A0.
    let controls = memchr::memchr_iter(0xC2, raw)
        .filter(|at| raw.get(at + 1).is_some_and(|b| *b < 0xA0))
        .count();
    // A cut at the end of the sample is no fault of the encoding.
    (malformed.len().saturating_sub(1) + controls) * 20 <= beyond
}

/// Malformed sequences after which bytes are not read on in the hope that they are UTF-8 after all, where well-formed ones
/// are this many times fewer.
const HOPELESS: usize = 300;
const HOPELESS_SHARE: usize = 8;

/// How much of some bytes is UTF-8.
struct Utf8<'b> {
    /// The bytes as text, where all of them are.
    text: Option<&'b str>,
    /// Well-formed sequences of two bytes and more.
    valid: usize,
    /// Malformed sequences.
    bad: usize,
    /// The text ends in the middle of a sequence.
    cut: bool,
    makeup: Makeup,
}

impl<'b> Utf8<'b> {
    fn of(bytes: &'b [u8]) -> Self {
        let makeup = Makeup::of(bytes);
        if let Ok(text) = simdutf8::basic::from_utf8(bytes) {
            return Self {
                text: Some(text),
                valid: if makeup.high { few_leads(bytes) } else { 0 },
                bad: 0,
                cut: false,
                makeup,
            };
        }
        let (mut valid, mut bad, mut cut) = (0, 0, false);
        for chunk in bytes.utf8_chunks() {
            // Between malformed sequences there is mostly little, and that of ASCII.
            valid += leads(chunk.valid().as_bytes());
            bad += usize::from(!chunk.invalid().is_empty());
            cut = !chunk.invalid().is_empty()
                && bytes.as_ptr_range().end == chunk.invalid().as_ptr_range().end
                && is_cut(chunk.invalid());
            // Bytes of another encoding are known as such long before their end.
            if bad >= HOPELESS && valid * HOPELESS_SHARE < bad {
                break;
            }
        }
        Self {
            text: None,
            valid,
            bad,
            cut,
            makeup,
        }
    }

    /// Whether the bytes are UTF-8 with a few bad ones. In text of other encodings well-formed sequences are rare:
    /// at most one for every three malformed ones on the files of the charset set.
    fn mostly(&self) -> bool {
        let bad = self.bad - usize::from(self.cut);
        self.valid > 0 && self.valid >= bad * 2
    }
}

/// Sequences of several bytes in valid UTF-8, counted until there are enough: whether there are none, few or many is
/// all that is asked.
fn few_leads(bytes: &[u8]) -> usize {
    let mut found = 0;
    for chunk in bytes.chunks(128) {
        found += leads(chunk);
        if found >= 8 {
            break;
        }
    }
    found
}

/// Bytes that begin sequences of several in valid UTF-8: how many characters are beyond ASCII.
fn leads(bytes: &[u8]) -> usize {
    // So few at a time that a byte holds their sum: that becomes vector code.
    let chunks = bytes.chunks(128);
    let sums = chunks.map(|chunk| chunk.iter().map(|b| u8::from(*b >= 0xC0)).sum::<u8>());
    sums.map(usize::from).sum()
}

/// Whether `tail` is the beginning of a sequence that would be longer.
fn is_cut(tail: &[u8]) -> bool {
    let needed = match tail.first() {
        Some(0xC2..=0xDF) => 2,
        Some(0xE0..=0xEF) => 3,
        Some(0xF0..=0xF4) => 4,
        _ => return false,
    };
    tail.len() < needed
}
