//! Garbled text that is spoken of: in an article about encodings, between quotation marks, as a string of a program.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

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
    /// One bit for the [`key`](Self::key) of what stands at the first and the second byte of a word.
    openings: Box<[u64; 1 << (KEY_BITS - 6)]>,
    /// The words with such a key, and which of the two bytes it is of; what is of the second comes first.
    by_key: FxHashMap<usize, Vec<(usize, &'static str)>>,
}

/// Bits of a key: so many that keys hardly meet, so few that the table stays near the processor.
const KEY_BITS: u32 = 15;

impl Words {
    fn of(words: impl Iterator<Item = &'static str>) -> Self {
        let words: Vec<&str> = words.collect();
        let mut openings = Box::new([0; 1 << (KEY_BITS - 6)]);
        let mut by_key: FxHashMap<usize, Vec<_>> = FxHashMap::default();
        for at in [1, 0] {
            for &word in &words {
                if let Some(three) = word.as_bytes()[at..].first_chunk() {
                    let key = Self::key(*three);
                    openings[key >> 6] |= 1 << (key & 63);
                    by_key.entry(key).or_default().push((at, word));
                }
            }
        }
        Self { openings, by_key }
    }

    /// [`KEY_BITS`] of three bytes, the same for either case.
    #[inline]
    fn key([a, b, c]: [u8; 3]) -> usize {
        let three = u32::from_le_bytes([a, b, c, 0]) | 0x20_2020;
        (three.wrapping_mul(0x9E37_79B1) >> (32 - KEY_BITS)) as usize
    }

    /// Calls `see` with the places of all words in `line`, in order.
    fn find(&self, line: &[u8], mut see: impl FnMut(ByteSpan)) {
        let mut at = 0;
        while let Some(three) = line.get(at..).and_then(<[u8]>::first_chunk::<3>) {
            let key = Self::key(*three);
            if self.openings[key >> 6] >> (key & 63) & 1 != 0 {
                self.words_at(key, line, at, &mut see);
            }
            at += 2;
        }
    }

    /// The word that begins at `at` or right before, by the key of what stands at `at`.
    #[cold]
    fn words_at(&self, key: usize, line: &[u8], at: usize, see: &mut impl FnMut(ByteSpan)) {
        let words = self.by_key.get(&key).into_iter().flatten();
        let found = words.filter_map(|(offset, word)| {
            let start = at.checked_sub(*offset)?;
            let here = line.get(start..start + word.len())?;
            here.eq_ignore_ascii_case(word.as_bytes())
                .then(|| ByteSpan::new(start, start + word.len()))
        });
        for word in found {
            see(word);
        }
    }
}

/// What a text says about the runs in it. It reads each line once.
pub(super) struct Talk<'t> {
    text: &'t str,
    /// The lines that were read, sorted, and the one that was asked about last.
    lines: Vec<ByteSpan>,
    last_line: usize,
    /// Where they speak of encodings, sorted.
    words: Vec<ByteSpan>,
    /// What was asked about last, and the answer: several readings stand at one place.
    last: (ByteSpan, bool),
}

impl<'t> Talk<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self {
            text,
            lines: Vec::new(),
            last_line: 0,
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
        let quoted = before.is_some_and(is_quote) && after.is_some_and(is_quote);
        let bracketed = before.is_some_and(is_bracket) && after.is_some_and(is_bracket);
        quoted || (bracketed && is_example(span.of(self.text))) || self.line_speaks(span)
    }

    fn line_speaks(&mut self, span: ByteSpan) -> bool {
        let line = self.line(span);
        if self.words.is_empty() {
            return false;
        }
        let from = span.start.saturating_sub(AROUND).max(line.start);
        let to = (span.end + AROUND).min(line.end);
        let first = self.words.partition_point(|w| w.start < from);
        self.words.get(first).is_some_and(|w| w.end <= to)
    }

    /// The line around `span`, whose words are known then.
    fn line(&mut self, span: ByteSpan) -> ByteSpan {
        let holds = |line: &ByteSpan| line.start <= span.start && span.end <= line.end;
        // Runs are mostly asked about in their order.
        for i in self.last_line..(self.last_line + 2).min(self.lines.len()) {
            if holds(&self.lines[i]) {
                self.last_line = i;
                return self.lines[i];
            }
        }
        let next = self.lines.partition_point(|l| l.start <= span.start);
        self.last_line = next.saturating_sub(1);
        if let Some(line) = self.lines.get(self.last_line).filter(|l| holds(l)) {
            return *line;
        }
        let raw = self.text.as_bytes();
        let start = memchr::memrchr(b'\n', &raw[..span.start]).map_or(0, |i| i + 1);
        let end = memchr::memchr(b'\n', &raw[span.end..]).map_or(raw.len(), |i| span.end + i);
        let line = ByteSpan::new(start, end);
        let before = self.words.partition_point(|w| w.start < start);
        let mut words = self.words.split_off(before);
        let known = &mut self.words;
        WORDS.find(&raw[start..end], |w| {
            known.push(ByteSpan::new(start + w.start, start + w.end));
        });
        // A run over more than one line has these read again.
        words.retain(|w| w.start >= end);
        self.words.append(&mut words);
        self.lines.insert(next, line);
        self.last_line = next;
        line
    }
}

fn is_quote(c: char) -> bool {
    matches!(
        c,
        '"' | '\'' | '`' | '“' | '”' | '‘' | '’' | '„' | '«' | '»'
    )
}

fn is_bracket(c: char) -> bool {
    matches!(c, '(' | ')' | '[' | ']') || is_quote(c)
}

/// Whether this may be shown as it is: one garbled character, all of which can be seen. Names of other alphabets stand in
/// brackets too.
fn is_example(run: &str) -> bool {
    run.chars().count() <= 3 && !run.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_about_encodings_are_found_wherever_they_stand() {
        for (_, word) in WORDS.by_key.values().flatten() {
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
