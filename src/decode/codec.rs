//! Encodings by name, both ways: those of the WHATWG (through `encoding_rs`), UTF-16 and UTF-32, and the DOS, Mac
//! and EBCDIC code pages of `data/decode/codepages.tsv`.

use encoding_rs::{DecoderResult, EncoderResult, Encoding};

use super::johab;
use super::pages::{self, CodePage};
use super::wide::{self, Width};

/// One encoding.
#[derive(Clone, Copy, Debug)]
pub(super) enum Codec {
    /// One that browsers know, UTF-8 among them.
    Web(&'static Encoding),
    /// UTF-16 or UTF-32 in a byte order.
    Wide(Width),
    /// A single-byte code page.
    Page(&'static CodePage),
    /// Johab, Korean of DOS.
    Johab,
}

impl PartialEq for Codec {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Web(a), Self::Web(b)) => a == b,
            (Self::Wide(a), Self::Wide(b)) => a == b,
            (Self::Page(a), Self::Page(b)) => std::ptr::eq(*a, *b),
            (Self::Johab, Self::Johab) => true,
            _ => false,
        }
    }
}

/// Text with the malformed sequences that became U+FFFD: byte offset in the text, and the bytes.
pub(super) type Read = (String, Vec<(usize, Vec<u8>)>);

impl Codec {
    pub(super) const UTF_8: Self = Self::Web(encoding_rs::UTF_8);

    /// The encoding that a label means: any WHATWG label, `utf-32` and its orders, the code pages by IBM, Windows or
    /// Mac name. `None` for labels that nobody can honour.
    pub(super) fn for_label(label: &str) -> Option<Self> {
        let label =
            label.trim_matches(|c: char| c.is_ascii_whitespace() || matches!(c, '"' | '\''));
        let mut lower = label.to_ascii_lowercase();
        if let Some(web) = Encoding::for_label_no_replacement(lower.as_bytes()) {
            return Some(match web.name() {
                "UTF-16LE" => Self::Wide(Width::Utf16Le),
                "UTF-16BE" => Self::Wide(Width::Utf16Be),
                _ => Self::Web(web),
            });
        }
        lower = lower.replace('_', "-");
        if let Some(width) = Width::for_label(&lower) {
            return Some(Self::Wide(width));
        }
        if matches!(
            &*lower,
            "johab" | "x-johab" | "ms1361" | "cp1361" | "windows-1361"
        ) {
            return Some(Self::Johab);
        }
        if let Some(page) = pages::by_name(&lower) {
            return Some(Self::Page(page));
        }
        Encoding::for_label_no_replacement(lower.as_bytes()).map(Self::Web)
    }

    /// The name as it is written to `documents.jsonl`: the WHATWG's or IANA's, in lower case.
    pub(super) fn name(self) -> String {
        match self {
            Self::Web(e) => e.name().to_ascii_lowercase(),
            Self::Wide(w) => w.name().to_owned(),
            Self::Page(p) => p.name.clone(),
            Self::Johab => "johab".to_owned(),
        }
    }

    /// The byte order mark of the encoding; empty where it has none.
    pub(super) fn bom(self) -> &'static [u8] {
        match self {
            Self::Web(e) if e == encoding_rs::UTF_8 => b"\xEF\xBB\xBF",
            Self::Wide(w) => w.bom(),
            _ => b"",
        }
    }

    /// Whether each byte is one character.
    pub(super) fn is_single_byte(self) -> bool {
        match self {
            Self::Web(e) => e.is_single_byte(),
            Self::Wide(_) | Self::Johab => false,
            Self::Page(_) => true,
        }
    }

    /// Whether no two bytes are read as the same character, so that text always leads back to its bytes.
    pub(super) fn is_one_to_one(self) -> bool {
        match self {
            Self::Web(e) => e.is_single_byte(),
            Self::Page(page) => page.is_one_to_one(),
            Self::Wide(_) | Self::Johab => false,
        }
    }

    /// Decodes without looking for a byte order mark; each malformed sequence becomes one U+FFFD and is reported.
    pub(super) fn decode(self, bytes: &[u8]) -> Read {
        match self {
            Self::Web(encoding) => decode_web(encoding, bytes),
            Self::Wide(width) => wide::decode(width, bytes),
            Self::Page(page) => page.decode(bytes),
            Self::Johab => johab::decode(bytes),
        }
    }

    /// Appends `text` to `out`. A character that the encoding lacks is written as `?`; its place in `out` goes to
    /// `missing`.
    pub(super) fn encoder(self) -> Writer {
        Writer {
            codec: self,
            web: match self {
                Self::Web(e) => Some(e.new_encoder()),
                _ => None,
            },
            most_missing: usize::MAX,
        }
    }
}

/// An encoder that keeps its shift state between stretches of text.
pub(super) struct Writer {
    codec: Codec,
    web: Option<encoding_rs::Encoder>,
    /// Missing characters after which writing stops: looking for them in vain is slow.
    pub(super) most_missing: usize,
}

impl Writer {
    /// Appends `text` to `out`; `last` ends the stream. What the encoding lacks is written as `?` and reported in
    /// `missing` as (place in `out`, character).
    pub(super) fn write(
        &mut self,
        mut text: &str,
        last: bool,
        out: &mut Vec<u8>,
        missing: &mut Vec<(usize, char)>,
    ) {
        match self.codec {
            Codec::Wide(width) => return wide::encode(width, text, out),
            Codec::Page(page) => return page.encode(text, out, missing),
            Codec::Johab => return johab::encode(text, out, missing),
            Codec::Web(e) if e == encoding_rs::UTF_8 => {
                return out.extend_from_slice(text.as_bytes());
            }
            Codec::Web(_) => {}
        }
        let Some(encoder) = &mut self.web else { return };
        out.reserve(text.len() + 16);
        loop {
            let (result, read) =
                encoder.encode_from_utf8_to_vec_without_replacement(text, out, last);
            text = &text[read..];
            match result {
                EncoderResult::InputEmpty => return,
                EncoderResult::OutputFull => out.reserve(text.len() * 2 + 32),
                EncoderResult::Unmappable(c) => {
                    missing.push((out.len(), c));
                    out.push(b'?');
                    if missing.len() > self.most_missing {
                        return;
                    }
                }
            }
        }
    }
}

fn decode_web(encoding: &'static Encoding, bytes: &[u8]) -> Read {
    if encoding == encoding_rs::UTF_8
        && let Ok(text) = simdutf8::basic::from_utf8(bytes)
    {
        return (text.to_owned(), Vec::new());
    }
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8 + 16);
    let mut malformed = Vec::new();
    let mut at = 0;
    loop {
        let (result, read) =
            decoder.decode_to_string_without_replacement(&bytes[at..], &mut text, true);
        at += read;
        match result {
            DecoderResult::InputEmpty => return (text, malformed),
            DecoderResult::OutputFull => text.reserve((bytes.len() - at) * 3 / 2 + 32),
            DecoderResult::Malformed(length, extra) => {
                let end = at - extra as usize;
                let start = end.saturating_sub(length as usize);
                malformed.push((text.len(), bytes[start..end].to_vec()));
                text.push('\u{FFFD}');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_one_to_one_leads_back_to_its_bytes() {
        let labels = [
            "windows-1252",
            "koi8-u",
            "macintosh",
            "x-user-defined",
            "iso-8859-8-i",
        ];
        let pages = [
            "ibm437",
            "ibm850",
            "ibm037",
            "ibm424",
            "mac-latin2",
            "kz1048",
        ];
        for label in labels.into_iter().chain(pages) {
            let codec = Codec::for_label(label).unwrap();
            let all: Vec<u8> = (0..=255)
                .filter(|b| codec.decode(&[*b]).1.is_empty())
                .collect();
            let mut again = Vec::new();
            let mut missing = Vec::new();
            let text = codec.decode(&all).0;
            codec.encoder().write(&text, true, &mut again, &mut missing);
            let equal = again == all && missing.is_empty();
            assert!(equal || !codec.is_one_to_one(), "{label}");
        }
        for encoding in [
            encoding_rs::WINDOWS_1258,
            encoding_rs::IBM866,
            encoding_rs::ISO_8859_16,
        ] {
            assert!(Codec::Web(encoding).is_one_to_one());
        }
    }
}
