//! Text of an encoding without Latin letters beyond ASCII that was read as windows-1252: `Ïðèâåò` for `Привет`, `ÐÂÎÅ` for `新闻`.
//!
//! No language writes whole words in the letters and signs of Latin-1 beyond ASCII. Lines made of such words are led back to
//! their bytes, the [`detect`] statistics say which encoding these are in, and a line is put right where it then is text of one
//! script, far less surprising than what stands there.

use super::bytes::Roles;
use super::place::roles_of;
use super::talk::Talk;
use super::{bytes, cost};
use crate::decode::codec::Codec;
use crate::decode::layers::append;
use crate::decode::letters::Letters;
use crate::decode::scan::walk;
use crate::decode::{detect, han, pairs};
use crate::edit::{ByteSpan, Edit};

/// Characters of windows-1252 beyond ASCII behind one another from which a line is looked at.
pub(in crate::decode) const RUN: u32 = 6;
/// Those that a line must have to be put right.
const LEAST: usize = 8;
/// Different ones there must be in a line: ornaments have few.
const KINDS: usize = 5;
/// Bytes that the encoding is guessed from.
const SAMPLE: usize = 4096;
/// Bits that a line must become less surprising by.
const GAIN: i32 = 12;
/// How sure an encoding must be.
const SURE: f32 = 0.75;
const CONFIDENCE: f32 = 0.9;

/// Adds the repairs of the lines of `text` to `out`, in which those of UTF-8 stand, sorted. Of a line of such words in which these explain
/// little, they are chance and go, whether or not another encoding is found for it. `runs` is where lines have [`Runs`].
pub(in crate::decode) fn edits(text: &str, runs: &Runs, rule: &'static str, out: &mut Vec<Edit>) {
    let mut lines: Vec<Line<'_>> = Vec::new();
    let raw = text.as_bytes();
    let mut at = 0;
    for &start in &runs.begins {
        if start < at {
            // The line was looked at.
            continue;
        }
        let begin = memchr::memrchr(b'\n', &raw[..start]).map_or(0, |i| i + 1);
        let end = memchr::memchr(b'\n', &raw[start..]).map_or(raw.len(), |i| start + i);
        lines.extend(Line::of(text, ByteSpan::new(begin, end), start));
        at = end;
    }
    if lines.is_empty() {
        return;
    }
    let codec = encoding(&lines, out);
    let mut others = std::mem::take(out).into_iter().peekable();
    let mut talk = Talk::of(text);
    for line in lines {
        let span = ByteSpan::new(line.start, line.start + line.text.len());
        out.extend(std::iter::from_fn(|| {
            others.next_if(|e| e.span.start < span.start)
        }));
        let inside: Vec<Edit> =
            std::iter::from_fn(|| others.next_if(|e| e.span.start < span.end)).collect();
        let explained = explained(&inside);
        let codec = codec.filter(|codec| {
            !line.is_explained(explained) && line.is_better(text, *codec) && !talk.is_cited(span)
        });
        if let Some(codec) = codec {
            line.repair(codec, rule, out);
        } else if explained * 2 >= line.beyond() {
            out.extend(inside);
        }
    }
    out.extend(others);
}

/// The encoding that those of the lines are in which `repairs`, sorted, do not explain, if that is clear.
fn encoding(lines: &[Line<'_>], repairs: &[Edit]) -> Option<Codec> {
    let mut sample = Vec::new();
    for line in lines {
        let end = line.start + line.text.len();
        let [first, last] =
            [line.start, end].map(|at| repairs.partition_point(|e| e.span.start < at));
        if sample.len() < SAMPLE && !line.is_explained(explained(&repairs[first..last])) {
            sample.extend_from_slice(&line.bytes);
            sample.push(b'\n');
        }
    }
    let guess = detect::guess_script(&sample, SURE)?;
    (guess.confidence >= SURE).then_some(guess.codec)
}

/// Bytes that repairs explain.
fn explained(repairs: &[Edit]) -> usize {
    let applied = repairs.iter().filter(|e| e.applied);
    applied.map(|e| e.span.len()).sum()
}

/// Where [`RUN`] characters of windows-1252 beyond ASCII stand behind one another, the first of each line.
#[derive(Debug, Default)]
pub(in crate::decode) struct Runs {
    begins: Vec<usize>,
    /// Where the line of the last of these ends: until there nothing more is looked for.
    free: usize,
    /// The ones seen last: where they stand, and how many they are.
    last: ByteSpan,
    count: u32,
}

impl Runs {
    /// Those of a text.
    pub(in crate::decode) fn of(text: &str) -> Self {
        let mut runs = Self::default();
        walk(text, |at, c, entry| {
            if !c.is_ascii() {
                runs.see(text, at, c, Roles(entry));
            }
        });
        runs
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.begins.clear();
        (self.free, self.count) = (0, 0);
    }

    /// Notes the characters from `from` to `to`, where a garbled run stands.
    #[inline]
    pub(super) fn pass(&mut self, text: &str, from: usize, to: usize) {
        if from.max(self.free) >= to {
            return;
        }
        let mut at = from;
        for c in text.get(from..to).unwrap_or_default().chars() {
            if !c.is_ascii() {
                self.see(text, at, c, roles_of(c));
            }
            at += c.len_utf8();
        }
    }

    /// Notes the character `c` beyond ASCII at byte `at` of `text`, of those `roles`; characters come in their order.
    #[inline]
    pub(super) fn see(&mut self, text: &str, at: usize, c: char, roles: Roles) {
        if at < self.free {
            return;
        }
        // The controls are bytes too, and all others that windows-1252 has continue sequences.
        let is_byte = c < '\u{100}' || roles.follows() & 1 != 0;
        if !is_byte {
            self.count = 0;
            return;
        }
        if self.count == 0 || at != self.last.end {
            (self.count, self.last.start) = (0, at);
        }
        self.count += 1;
        self.last.end = at + c.len_utf8();
        if self.count == RUN {
            self.begins.push(self.last.start);
            let rest = &text.as_bytes()[at..];
            self.free = memchr::memchr(b'\n', rest).map_or(text.len(), |i| at + i);
        }
    }
}

/// Whether `c` is of Latin-1 beyond ASCII, and no control.
#[inline]
pub(in crate::decode) fn is_latin(c: char) -> bool {
    (c as u32).wrapping_sub(0xA0) < 0x60
}

/// A line in which nearly all is beyond ASCII.
struct Line<'t> {
    /// Where it begins in the text.
    start: usize,
    text: &'t str,
    /// Its characters as bytes of windows-1252.
    bytes: Vec<u8>,
    /// Those beyond ASCII.
    high: usize,
}

impl<'t> Line<'t> {
    /// The line at `span`, in which a run begins at `run`; `None` where it is something else.
    fn of(text: &'t str, span: ByteSpan, run: usize) -> Option<Self> {
        // UTF-8 that was read wrongly is told by its first characters.
        let mut begin = [0; 4 * RUN as usize];
        let first = text[run..].chars().take(begin.len());
        let mut known = 0;
        for (c, byte) in first.zip(&mut begin) {
            *byte = byte_of(c)?;
            known += 1;
        }
        if is_utf8(&begin[..known]) {
            return None;
        }
        let line = span.of(text);
        let bytes: Vec<u8> = line.chars().map(byte_of).collect::<Option<_>>()?;
        let high = bytes.iter().filter(|b| !b.is_ascii()).count();
        let letters = bytes.iter().filter(|b| b.is_ascii_alphabetic()).count();
        // A line of Latin letters has more of ASCII's. Encodings of two bytes have them as second bytes.
        let dense = high >= LEAST && high * 2 >= letters * 3 && kinds(&bytes) >= KINDS;
        (dense && !is_utf8(&bytes) && !is_table(&bytes)).then_some(Self {
            start: span.start,
            text: line,
            bytes,
            high,
        })
    }

    /// Bytes of the text that are beyond ASCII.
    fn beyond(&self) -> usize {
        self.text.bytes().filter(|b| !b.is_ascii()).count()
    }

    /// Whether repairs that explain so many bytes explain the line.
    fn is_explained(&self, bytes: usize) -> bool {
        bytes * 5 >= self.beyond() * 4
    }

    /// Whether the line is likelier when it is read as `codec`.
    fn is_better(&self, text: &str, codec: Codec) -> bool {
        let (read, malformed) = codec.decode(&self.bytes);
        if !malformed.is_empty() || !Letters::of(&read).are_one_script() {
            return false;
        }
        let beyond = read.chars().filter(|c| !c.is_ascii()).count();
        let is_usual = if !codec.is_single_byte() {
            han::surprise(&read) <= USUAL * beyond as i32
        } else if codec == Codec::Web(encoding_rs::WINDOWS_874) {
            // Thai is not among the languages whose pairs are known: a longer line must do.
            self.high >= 2 * LEAST
        } else {
            pairs::surprise(&read) <= USUAL_PAIR * beyond as i32
        };
        if !is_usual || (codec.is_single_byte() && (!self.is_apart() || self.is_list())) {
            return false;
        }
        let before = text[..self.start].chars().next_back();
        let gain = cost::of(self.text.chars(), before, None) - cost::of(read.chars(), before, None);
        gain >= GAIN
    }

    /// Whether words are of ASCII or beyond it, but not both: in Latin script they are.
    fn is_apart(&self) -> bool {
        let mixed = self.bytes.windows(2).filter(|pair| {
            let [a, b] = [pair[0], pair[1]];
            (a.is_ascii_alphabetic() && b >= 0xC0) || (b.is_ascii_alphabetic() && a >= 0xC0)
        });
        mixed.count() * 20 <= self.high
    }

    /// Whether hardly any character comes again, as in a list of letters with accents.
    fn is_list(&self) -> bool {
        kinds(&self.bytes) * 10 >= self.high * 9
    }

    /// Appends the edits of what lies between blanks, digits and signs below `@`: these are no parts of characters in any encoding.
    fn repair(&self, codec: Codec, rule: &'static str, out: &mut Vec<Edit>) {
        let mut at = self.start;
        let mut chars = self.text.chars();
        for part in self.bytes.split_inclusive(|b| *b < b'@') {
            let length = |c: Option<char>| c.map_or(0, char::len_utf8);
            let end = at + (0..part.len()).map(|_| length(chars.next())).sum::<usize>();
            let (word, sign) = match part.split_last() {
                Some((last, word)) if *last < b'@' => (word, 1),
                _ => (part, 0),
            };
            if !word.is_ascii() {
                let (read, _) = codec.decode(word);
                append(out, ByteSpan::new(at, end - sign), &read, rule, CONFIDENCE);
            }
            at = end;
        }
    }
}

/// Quarter bits that the characters of a text in an encoding of several bytes have at most, for each; real text has some 36, and no more than 43 in lines.
const USUAL: i32 = 48;

/// Quarter bits that the pairs of letters of a text have at most, for each letter; real text has some 17 to 20.
const USUAL_PAIR: i32 = 28;

fn byte_of(c: char) -> Option<u8> {
    match c {
        '\0'..='\x7F' => Some(c as u8),
        // No reading of UTF-8 has them, since no sequence holds them.
        '\u{A0}'..='\u{FF}' => Some(c as u32 as u8),
        _ => Some(bytes::of(c)[0]).filter(|b| *b != 0),
    }
}

/// Whether at least three quarters of what is beyond ASCII are sequences of UTF-8; of other encodings some are by chance.
fn is_utf8(bytes: &[u8]) -> bool {
    let (mut valid, mut high) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        let inside = chunk.valid().bytes().filter(|b| !b.is_ascii()).count();
        valid += inside;
        high += inside + chunk.invalid().len();
    }
    valid * 4 >= high * 3
}

/// Different bytes beyond ASCII.
fn kinds(bytes: &[u8]) -> usize {
    let mut seen = [false; 256];
    for b in bytes.iter().filter(|b| !b.is_ascii()) {
        seen[usize::from(*b)] = true;
    }
    seen.iter().filter(|s| **s).count()
}

/// Whether the bytes beyond ASCII mostly count upwards, as in a list of characters.
fn is_table(bytes: &[u8]) -> bool {
    let high: Vec<u8> = bytes.iter().copied().filter(|b| !b.is_ascii()).collect();
    let upwards = high.windows(2).filter(|p| p[1] == p[0].wrapping_add(1));
    upwards.count() * 3 >= high.len()
}
