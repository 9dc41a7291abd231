//! Garbled text that is spoken of: in an article about encodings, between quotation marks, as a string of a program.

use std::sync::LazyLock;

use crate::edit::ByteSpan;

/// Bytes of a line that are looked at on either side.
const AROUND: usize = 400;

/// Words of a line that speaks of encodings.
static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let words = include_str!("../../../data/decode/encoding_talk.tsv")
        .lines()
        .filter(|l| !l.is_empty() && !l.starts_with('#'));
    Words::of(words)
});

/// Finds words of four bytes and more, whatever the case of their ASCII letters. Every line with garbled text is read for them, and
/// hardly any holds one: three bytes at every second place say so.
struct Words {
    words: Vec<&'static str>,
    /// One bit for the [`key`](Self::key) of what stands at the first and the second byte of a word.
    openings: Box<[u64; 1 << (KEY_BITS - 6)]>,
}

/// Bits of a key: so many that keys hardly meet, so few that the table stays near the processor.
const KEY_BITS: u32 = 15;

impl Words {
    fn of(words: impl Iterator<Item = &'static str>) -> Self {
        let words: Vec<&str> = words.collect();
        let mut openings = Box::new([0; 1 << (KEY_BITS - 6)]);
        for word in &words {
            for at in 0..2 {
                if let Some(three) = word.as_bytes()[at..].first_chunk() {
                    let key = Self::key(*three);
                    openings[key >> 6] |= 1 << (key & 63);
                }
            }
        }
        Self { words, openings }
    }

    /// [`KEY_BITS`] of three bytes, the same for either case.
    #[inline]
    fn key([a, b, c]: [u8; 3]) -> usize {
        let three = u32::from_le_bytes([a, b, c, 0]) | 0x20_2020;
        (three.wrapping_mul(0x9E37_79B1) >> (32 - KEY_BITS)) as usize
    }

    /// Calls `see` with the places of all words in `line`, in order.
    fn find(&self, line: &[u8], mut see: impl FnMut(ByteSpan)) {
        for (i, three) in line.windows(3).step_by(2).enumerate() {
            let key = Self::key([three[0], three[1], three[2]]);
            if self.openings[key >> 6] >> (key & 63) & 1 != 0 {
                self.words_at(line, 2 * i, &mut see);
            }
        }
    }

    /// The words that begin at `at` or right before.
    #[cold]
    fn words_at(&self, line: &[u8], at: usize, see: &mut impl FnMut(ByteSpan)) {
        for start in at.saturating_sub(1)..=at {
            let begins = |word: &&&str| {
                let here = line.get(start..start + word.len());
                here.is_some_and(|h| h.eq_ignore_ascii_case(word.as_bytes()))
            };
            if let Some(word) = self.words.iter().find(begins) {
                see(ByteSpan::new(start, start + word.len()));
            }
        }
    }
}

/// What a text says about the runs in it. Asked about runs in their order, it reads each line once.
pub(super) struct Talk<'t> {
    text: &'t str,
    /// Where the line that was asked about last begins and ends.
    line: ByteSpan,
    /// Where it speaks of encodings.
    words: Vec<ByteSpan>,
    /// What was asked about last, and the answer: several readings stand at one place.
    last: (ByteSpan, bool),
}

impl<'t> Talk<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self {
            text,
            line: ByteSpan::new(0, 0),
            words: Vec::new(),
            last: (ByteSpan::new(0, 0), false),
        }
    }

    /// Whether the run at `span` is quoted as it stands, or its line speaks of encodings not far from it.
    pub(super) fn is_cited(&mut self, span: ByteSpan) -> bool {
        if self.last.0 != span {
            self.last = (span, self.look(span));
        }
        self.last.1
    }

    fn look(&mut self, span: ByteSpan) -> bool {
        let before = self.text[..span.start].chars().next_back();
        let after = self.text[span.end..].chars().next();
        (before.is_some_and(is_quote) && after.is_some_and(is_quote)) || self.line_speaks(span)
    }

    fn line_speaks(&mut self, span: ByteSpan) -> bool {
        if span.start < self.line.start || span.end > self.line.end || self.line.is_empty() {
            let raw = self.text.as_bytes();
            let start = memchr::memrchr(b'\n', &raw[..span.start]).map_or(0, |i| i + 1);
            let end = memchr::memchr(b'\n', &raw[span.end..]).map_or(raw.len(), |i| span.end + i);
            self.line = ByteSpan::new(start, end);
            self.words.clear();
            let words = &mut self.words;
            WORDS.find(&raw[start..end], |w| {
                words.push(ByteSpan::new(start + w.start, start + w.end));
            });
        }
        if self.words.is_empty() {
            return false;
        }
        let (from, to) = (span.start.saturating_sub(AROUND), span.end + AROUND);
        let first = self.words.partition_point(|w| w.start < from);
        self.words.get(first).is_some_and(|w| w.end <= to)
    }
}

fn is_quote(c: char) -> bool {
    matches!(
        c,
        '"' | '\'' | '`' | '“' | '”' | '‘' | '’' | '„' | '«' | '»' | '(' | ')' | '[' | ']'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_about_encodings_are_found_wherever_they_stand() {
        for word in &WORDS.words {
            assert!(word.len() >= 4, "{word}");
            for pad in 0..3 {
                for text in [(*word).to_owned(), word.to_ascii_uppercase()] {
                    let line = format!("{}{text} and more", &"  x"[..pad]);
                    let mut found = Vec::new();
                    WORDS.find(line.as_bytes(), |w| found.push(w.start));
                    assert!(found.contains(&pad), "{line}");
                }
            }
        }
        for line in [
            "",
            "u",
            "ut",
            "utf",
            "Straße, naïve café, кодекс",
            "latinate charm",
        ] {
            WORDS.find(line.as_bytes(), |_| panic!("{line}"));
        }
    }
}
