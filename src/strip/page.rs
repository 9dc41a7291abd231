//! The view the rules and the model look at: lines with their shape, computed once.
//!
//! Only lines with something in them are lines here; blank ones are counted at the line they stand before.
//! [`Page::read`] makes one pass over the characters and one over the lines. Nothing is allocated per line.

use super::chars::{self, ADDRESS, CLASS, HIGH, JOINER, OPENER, SPACE, STOP, WORD};
use super::fold::blank;
use super::lexicon::{At, Hits, KEY_START, Lexicon, step_key};
use super::wording::Ends;
use crate::text::hash::{hash, seed};
use crate::text::lines::lines;

/// How a line ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum End {
    /// A letter, digit or other sign.
    #[default]
    Open,
    /// Comma, semicolon, dash.
    Pause,
    /// Colon.
    Colon,
    /// Ellipsis.
    Dots,
    /// Full stop, question or exclamation mark, also of other scripts, before closing quotes and brackets or not.
    Sentence,
}

/// What begins a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum First {
    #[default]
    Other,
    Lower,
    Upper,
    Digit,
    Quote,
    Bullet,
}

/// A line with something in it. Counts are of characters unless named otherwise.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Line {
    /// First byte that is no white space.
    pub start: usize,
    /// One past the last byte that is none.
    pub end: usize,
    /// First byte of the line itself.
    pub from: usize,
    /// One past its line feed, or the end of the text.
    pub to: usize,
    /// Blank lines before it.
    pub blanks: u32,
    /// Length: ideographs, kana and hangul count two and a half.
    pub width: f32,
    pub chars: u32,
    pub letters: u32,
    pub uppers: u32,
    pub digits: u32,
    pub signs: u32,
    pub words: u32,
    /// Words that begin with a capital.
    pub capital_words: u32,
    pub stop_words: u32,
    pub commas: u32,
    /// Full stops and the like followed by a blank and no lower-case letter.
    pub breaks: u32,
    /// Signs such as `|`, `·`, `›`, `»`, tab.
    pub separators: u32,
    /// Signs that code and tables are made of.
    pub code_signs: u32,
    pub end_mark: End,
    pub first: First,
    pub url: bool,
    pub email: bool,
    pub quote: bool,
    pub indent: u32,
    pub hits: Hits,
    /// Hash of the folded line.
    pub key: u64,
    /// Lines of this document with the same key, itself included.
    pub repeats: u32,
    /// Content words, as a range of the page's list.
    pub words_from: u32,
    pub words_to: u32,
    /// Share of its content words that stand in other prose lines of the document.
    pub like: f32,
}

impl Line {
    /// Share of stop words among the words.
    pub(super) fn stop_share(&self) -> f32 {
        self.stop_words as f32 / self.words.max(1) as f32
    }

    /// Whether most of it is written in a script without blanks between words, of whose small words nothing is known.
    fn is_unspaced(&self) -> bool {
        self.width > 1.75 * self.chars as f32
    }

    /// A paragraph or sentence of running text, by its shape alone.
    pub(super) fn is_prose(&self) -> bool {
        let sentence = self.end_mark >= End::Colon;
        (self.width >= 80.0
            && sentence
            && self.separators < 3
            && (self.stop_share() >= 0.12 || self.words < 4 || self.is_unspaced()))
            || (self.width >= 220.0 && self.separators < 4 && self.stop_share() >= 0.2)
    }

    /// Short and without a sentence's end: a heading, menu entry, name, cell.
    pub(super) fn is_label(&self) -> bool {
        self.width < 80.0 && self.end_mark < End::Sentence && self.words <= 12
    }

    /// The shape of a headline.
    pub(super) fn is_headline(&self) -> bool {
        self.end_mark < End::Colon
            && (2..=30).contains(&self.words)
            && (12.0..220.0).contains(&self.width)
            && self.separators < 2
    }

    pub(super) fn text<'t>(&self, text: &'t str) -> &'t str {
        &text[self.start..self.end]
    }
}

/// A set of content words.
pub(super) struct Said([u64; SLOTS / 64]);

/// What is known of a content word.
#[derive(Clone, Copy, Default)]
struct Slot {
    /// The prose line that had it last, by [`Page::now`]: what is older than the page counts for nothing, so that no page
    /// has to clear the table.
    seen: u32,
    /// Prose lines of the page that have it.
    lines: u32,
}

/// Slots of the table that counts in how many prose lines a content word stands.
const SLOTS: usize = 1 << 13;

/// A line in lower case, straight apostrophes and quotes, single blanks, from the first character that says something on.
#[derive(Default)]
struct Folded {
    text: String,
    words: Vec<At>,
}

/// One document, read.
#[derive(Default)]
pub(super) struct Page {
    pub lines: Vec<Line>,
    /// By line: the words at its ends.
    pub ends: Vec<Ends>,
    /// Content words of all lines, as slots.
    words: Vec<u16>,
    slots: Vec<Slot>,
    /// Prose lines counted so far, of this page and of those before.
    now: u32,
    keys: Vec<u64>,
    folded: Folded,
    /// Width of all lines together.
    pub width: f32,
    /// Width of the prose lines.
    pub prose: f32,
    /// Lines with a phrase of the lexicon.
    pub hits: u32,
}

impl Page {
    /// Reads `text` in place of what was there before.
    pub(super) fn read(&mut self, text: &str, lexicon: &Lexicon) {
        self.lines.clear();
        self.ends.clear();
        self.words.clear();
        self.keys.clear();
        self.width = 0.0;
        self.prose = 0.0;
        self.hits = 0;
        let mut blanks = 0;
        for raw in lines(text) {
            let trimmed = raw.text.trim();
            if trimmed.is_empty() {
                blanks += 1;
                continue;
            }
            let start = raw.span.start + (raw.text.len() - raw.text.trim_start().len());
            let mut line = Line {
                start,
                end: start + trimmed.len(),
                from: raw.span.start,
                to: (raw.span.end + 1).min(text.len()),
                blanks,
                indent: (start - raw.span.start) as u32,
                words_from: self.words.len() as u32,
                ..Line::default()
            };
            blanks = 0;
            measure(
                trimmed,
                lexicon,
                &mut self.folded,
                &mut self.words,
                &mut line,
            );
            line.words_to = self.words.len() as u32;
            let Folded {
                text: folded,
                words,
            } = &self.folded;
            line.hits = lexicon.hits_at(folded, words, folded.is_ascii());
            self.ends.push(Ends::of(words));
            line.key = hash(folded.as_bytes(), seed::LINE);
            self.keys.push(line.key);
            self.width += line.width;
            if line.is_prose() {
                self.prose += line.width;
            }
            self.hits += u32::from(line.hits.some());
            self.lines.push(line);
        }
        self.count_repeats();
        self.liken();
    }

    fn count_repeats(&mut self) {
        self.keys.sort_unstable();
        for line in &mut self.lines {
            let from = self.keys.partition_point(|&k| k < line.key);
            let to = self.keys[from..].partition_point(|&k| k == line.key);
            line.repeats = to as u32;
        }
    }

    /// Fills [`Line::like`].
    fn liken(&mut self) {
        if self.slots.is_empty() || self.now > u32::MAX / 2 {
            self.slots.clear();
            self.slots.resize(SLOTS, Slot::default());
            self.now = 0;
        }
        // As an array no place needs a check.
        let Some(slots) = self.slots.first_chunk_mut::<SLOTS>() else {
            return;
        };
        let before = self.now;
        for line in self.lines.iter().filter(|l| l.is_prose()) {
            self.now += 1;
            for &slot in &self.words[line.words_from as usize..line.words_to as usize] {
                let slot = &mut slots[usize::from(slot) % SLOTS];
                let lines = if slot.seen > before { slot.lines } else { 0 };
                slot.lines = lines + u32::from(slot.seen != self.now);
                slot.seen = self.now;
            }
        }
        for line in &mut self.lines {
            let own = u32::from(line.is_prose());
            let words = &self.words[line.words_from as usize..line.words_to as usize];
            let known: u32 = words
                .iter()
                .map(|&s| slots[usize::from(s) % SLOTS])
                .map(|s| u32::from(s.seen > before && s.lines > own))
                .sum();
            line.like = known as f32 / words.len().max(1) as f32;
        }
    }

    /// Content words of line `i`, as slots.
    fn content(&self, i: usize) -> &[u16] {
        let line = &self.lines[i];
        &self.words[line.words_from as usize..line.words_to as usize]
    }

    /// The content words of the prose lines among `lines`.
    pub(super) fn said(&self, lines: std::ops::Range<usize>) -> Said {
        let mut seen = [0u64; SLOTS / 64];
        for i in lines.filter(|&i| self.lines[i].is_prose()) {
            for &slot in self.content(i) {
                seen[usize::from(slot >> 6)] |= 1 << (slot & 63);
            }
        }
        Said(seen)
    }

    /// Share of the content words of lines `some` that are among those `said`; `None` without such words.
    pub(super) fn likeness(&self, some: std::ops::Range<usize>, said: &Said) -> Option<f32> {
        let Said(seen) = said;
        let (mut known, mut all) = (0, 0);
        for &slot in some.flat_map(|i| self.content(i)) {
            all += 1;
            known += seen[usize::from(slot >> 6)] >> (slot & 63) & 1;
        }
        (all > 0).then(|| known as f32 / all as f32)
    }
}

/// Lower case, straight apostrophes and quotes, single blanks, from the first character that says something on.
#[cfg(test)]
pub(super) fn fold(text: &str, lexicon: &Lexicon) -> String {
    let mut folded = Folded::default();
    measure(
        text,
        lexicon,
        &mut folded,
        &mut Vec::new(),
        &mut Line::default(),
    );
    folded.text
}

/// Fills the counts of `line` from its text, and `folded` and `words` with what comparisons need.
///
/// Counts of ASCII come from one table, a byte each; the loop below is for words and for what is not ASCII. Stretches
/// that need no change are copied to the folded text at once and lower-cased at the end.
fn measure(
    text: &str,
    lexicon: &Lexicon,
    folded: &mut Folded,
    words: &mut Vec<u16>,
    line: &mut Line,
) {
    folded.text.clear();
    folded.words.clear();
    let Folded {
        text: folded,
        words: places,
    } = folded;
    let sorts = chars::sorts();
    let bytes = text.as_bytes();
    let mut word = Word::default();
    let mut before = Before::Space;
    let mut pending_break = false;
    let mut wide = 0u32;
    // What is not ASCII: bytes, characters, letters.
    let (mut high_bytes, mut high_chars, mut high_letters) = (0, 0, 0);
    // Where the stretch begins that is not copied yet.
    let mut run = NONE;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let class = CLASS[usize::from(byte)];
        if class & WORD != 0 {
            if run == NONE {
                run = at;
            }
            // Where this stretch stands in the folded text.
            let shift = folded.len().wrapping_sub(run);
            // Words with single blanks between stay in this loop: that is most of most texts.
            loop {
                let from = at;
                if !word.open {
                    word.begin(at.wrapping_add(shift), bytes[at].is_ascii_uppercase());
                }
                let mut digit = false;
                loop {
                    let run = chars::run(bytes, at);
                    if run.length > 0 {
                        word.key = step_key(word.key, run.bytes);
                    }
                    digit |= run.digit;
                    at += run.length;
                    if run.length < 8 {
                        break;
                    }
                }
                word.letters += (at - from) as u32;
                word.digit |= digit;
                if pending_break {
                    let first = bytes[from];
                    if before == Before::Space && first.is_ascii_alphabetic() {
                        line.breaks += u32::from(first.is_ascii_uppercase());
                        pending_break = false;
                    }
                    pending_break &= !digit;
                }
                let Some(&[b' ', next]) = bytes.get(at..).and_then(|rest| rest.first_chunk())
                else {
                    break;
                };
                if CLASS[usize::from(next)] & WORD == 0 {
                    break;
                }
                word.close(places);
                before = Before::Space;
                at += 1;
            }
            before = Before::Word;
            continue;
        }
        if byte == b' ' {
            word.close(places);
            before = Before::Space;
            let next = bytes.get(at + 1).map_or(0, |&b| CLASS[usize::from(b)]);
            if next & SPACE == 0 && run < at {
                at += 1;
                continue;
            }
        }
        if class & SPACE != 0 {
            word.close(places);
            before = Before::Space;
            copy(text, &mut run, at, folded);
            blank(folded);
            at += 1;
            continue;
        }
        if class & HIGH == 0 {
            let joins = class & JOINER != 0 && before == Before::Word;
            if !joins {
                word.close(places);
            }
            if class & STOP != 0 {
                pending_break = true;
                line.url |=
                    byte == b'.' && at >= 3 && bytes[at - 3..at].eq_ignore_ascii_case(b"www");
            } else if class & ADDRESS != 0 {
                line.email |= byte == b'@' && before == Before::Word;
                line.url |= bytes[at..].starts_with(b"://");
            }
            if run == NONE && (!folded.is_empty() || class & OPENER != 0) {
                run = at;
            }
            before = Before::Sign;
            at += 1;
            continue;
        }
        let Some(c) = text[at..].chars().next() else {
            break;
        };
        copy(text, &mut run, at, folded);
        high_bytes += c.len_utf8();
        high_chars += 1;
        let sort = chars::sort(c, sorts);
        if sort.alphanumeric {
            high_letters += 1;
            line.uppers += u32::from(sort.upper);
            if pending_break && before == Before::Space {
                line.breaks += u32::from(!c.is_lowercase());
                pending_break = false;
            }
            if is_wide(c) {
                wide += 1;
                word.close(places);
                word.begin(folded.len(), false);
                let previous = text[..at].chars().next_back().unwrap_or(' ');
                let previous = if previous.is_whitespace() {
                    ' '
                } else {
                    previous
                };
                word.push(previous);
                word.push(c);
                word.letters = 4;
                folded.push(c);
            } else {
                if !word.open {
                    word.begin(folded.len(), sort.upper);
                }
                word.push(sort.lower);
                word.letters += 1;
                folded.push(sort.lower);
            }
            before = Before::Word;
            at += c.len_utf8();
            continue;
        }
        at += c.len_utf8();
        let plain = chars::straight(c);
        if plain != '\'' || before != Before::Word {
            word.close(places);
        }
        if sort.space {
            blank(folded);
            before = Before::Space;
            high_chars -= 1;
            line.chars += 1;
            continue;
        }
        match plain {
            '。' | '！' | '？' | '।' | '؟' | '۔' => line.breaks += 1,
            '、' | '，' | '،' => line.commas += 1,
            '·' | '•' | '›' | '»' | '→' | '∙' | '‹' | '«' | '◆' | '▸' | '►' | '¦' | '⋅' =>
            {
                line.separators += 1;
            }
            '"' => line.quote = true,
            _ => {}
        }
        if !folded.is_empty() || c == '©' {
            folded.push(plain);
        }
        before = Before::Sign;
    }
    copy(text, &mut run, bytes.len(), folded);
    word.close(places);
    weigh(places, lexicon, line, words);
    folded.make_ascii_lowercase();
    let trimmed = folded.trim_end().len();
    folded.truncate(trimmed);
    let counts = chars::count(bytes);
    let plain = (bytes.len() - high_bytes) as u32;
    line.chars += plain + high_chars;
    line.uppers += counts[chars::UPPERS];
    line.digits = counts[chars::DIGITS];
    line.signs = counts[chars::SIGNS] + high_chars - high_letters;
    line.letters =
        plain - counts[chars::SPACES] - counts[chars::SIGNS] - counts[chars::DIGITS] + high_letters;
    line.commas += counts[chars::COMMAS];
    line.separators += counts[chars::SEPARATORS];
    line.code_signs = counts[chars::CODE];
    line.quote |= counts[chars::QUOTES] > 0;
    line.width = line.chars as f32 + 1.5 * wide as f32;
    line.end_mark = end_of(text);
    line.first = first_of(text);
}

/// What stands before the byte at hand.
#[derive(Clone, Copy, PartialEq)]
enum Before {
    Space,
    Word,
    Sign,
}

/// Copies the open stretch, which ends before byte `to`.
fn copy(text: &str, run: &mut usize, to: usize, folded: &mut String) {
    if *run != NONE {
        folded.push_str(&text[*run..to]);
        *run = NONE;
    }
}

/// No stretch is open; behind every place.
const NONE: usize = usize::MAX;

/// The word being read.
#[derive(Default)]
struct Word {
    key: u64,
    start: u32,
    letters: u32,
    open: bool,
    capital: bool,
    digit: bool,
}

impl Word {
    fn begin(&mut self, at: usize, upper: bool) {
        self.open = true;
        self.key = KEY_START;
        self.start = at as u32;
        self.capital = upper;
        self.letters = 0;
        self.digit = false;
    }

    fn push(&mut self, c: char) {
        self.key = step_key(self.key, u64::from(c));
    }

    fn close(&mut self, places: &mut Vec<At>) {
        if self.open {
            self.open = false;
            places.push(At {
                key: self.key,
                start: self.start,
                capital: self.capital,
                tells: self.letters >= 4 && !self.digit,
                numeric: if self.digit {
                    self.letters.min(255) as u8
                } else {
                    0
                },
            });
        }
    }
}

/// Counts the words of a line and appends the content words among them to `words`; nothing here branches on a word.
fn weigh(places: &[At], lexicon: &Lexicon, line: &mut Line, words: &mut Vec<u16>) {
    let mut end = words.len();
    words.resize(end + places.len(), 0);
    for place in places {
        let stop = lexicon.is_stop(place.key);
        line.stop_words += u32::from(stop);
        line.capital_words += u32::from(place.capital);
        words[end] = (place.key >> 20) as u16 % SLOTS as u16;
        end += usize::from(place.tells && !stop);
    }
    words.truncate(end);
    line.words = places.len() as u32;
}

fn is_wide(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

fn end_of(text: &str) -> End {
    let mut rest = text.trim_end_matches(|c: char| {
        matches!(
            c,
            '"' | '\'' | '”' | '’' | '»' | '“' | ')' | ']' | '」' | '』' | '）' | '›'
        ) || c.is_whitespace()
    });
    // Footnote marks behind the full stop: "...the war.[3"
    let bytes = rest.as_bytes();
    if let Some(behind) = bytes.iter().rev().take(4).position(|&b| b == b'[')
        && behind + 1 < bytes.len()
    {
        rest = &rest[..bytes.len() - behind - 1];
    }
    if rest.ends_with("...") || rest.ends_with('…') {
        return End::Dots;
    }
    match rest.chars().next_back() {
        Some('.' | '!' | '?' | '。' | '！' | '？' | '।' | '؟' | '۔') => End::Sentence,
        Some(':' | '：') => End::Colon,
        Some(',' | ';' | '-' | '–' | '—' | '，' | '、') => End::Pause,
        _ => End::Open,
    }
}

fn first_of(text: &str) -> First {
    match text.chars().next() {
        Some(c) if c.is_lowercase() => First::Lower,
        Some(c) if c.is_alphabetic() => First::Upper,
        Some(c) if c.is_numeric() => First::Digit,
        Some('"' | '\'' | '“' | '‘' | '«' | '„' | '「') => First::Quote,
        Some('-' | '*' | '•' | '·' | '–' | '—' | '‣' | '▪' | '●') => First::Bullet,
        _ => First::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Page {
        let mut page = Page::default();
        page.read(text, &Lexicon::load().expect("embedded data is sound"));
        page
    }

    #[test]
    fn lines_know_their_place_and_shape() {
        let text = "Home | News | Sport\n\n\n  She said: “It was over.” The rest is known, and it ended well for them all, as I told you before.\n";
        let page = read(text);
        assert_eq!(page.lines.len(), 2);
        assert_eq!(page.lines[0].separators, 2);
        assert_eq!(page.lines[1].blanks, 2);
        assert_eq!(page.lines[1].indent, 2);
        assert!(page.lines[1].is_prose() && !page.lines[0].is_prose());
        assert_eq!(page.lines[1].to, text.len());
    }

    #[test]
    fn folding_evens_out_case_blanks_and_leading_signs() {
        let lexicon = Lexicon::load().expect("embedded data is sound");
        assert_eq!(fold("» Don’t  MISS\u{a0}it ", &lexicon), "don't miss it");
        assert_eq!(fold("(Photo: ÉCOLE)", &lexicon), "(photo: école)");
    }

    #[test]
    fn scripts_without_blanks_have_width_and_words() {
        let page = read("今日は天気がいいですね。明日も晴れるでしょう。");
        assert!(page.lines[0].width > 45.0);
        assert_eq!(page.lines[0].end_mark, End::Sentence);
        assert!(page.lines[0].words > 10);
    }
}
