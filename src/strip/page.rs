//! The view the rules and the model look at: lines with their shape, computed once.
//!
//! Only lines with something in them are lines here; blank ones are counted at the line they stand before.
//! [`Page::read`] makes one pass over the characters and one over the lines. Nothing is allocated per line.

use super::lexicon::{At, Hits, KEY_START, Lexicon, finish_key, step_key};
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

    /// A paragraph or sentence of running text, by its shape alone.
    pub(super) fn is_prose(&self) -> bool {
        let sentence = self.end_mark >= End::Colon;
        (self.width >= 80.0
            && sentence
            && self.separators < 3
            && (self.stop_share() >= 0.12 || self.words < 4))
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
    /// Content words of all lines, as slots.
    words: Vec<u16>,
    /// Prose lines by slot.
    counts: Vec<u32>,
    stamps: Vec<u32>,
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
        self.counts.clear();
        self.counts.resize(SLOTS, 0);
        self.stamps.clear();
        self.stamps.resize(SLOTS, u32::MAX);
        for (i, line) in self.lines.iter().enumerate().filter(|(_, l)| l.is_prose()) {
            for &slot in &self.words[line.words_from as usize..line.words_to as usize] {
                if self.stamps[slot as usize] != i as u32 {
                    self.stamps[slot as usize] = i as u32;
                    self.counts[slot as usize] += 1;
                }
            }
        }
        for line in &mut self.lines {
            let own = u32::from(line.is_prose());
            let words = &self.words[line.words_from as usize..line.words_to as usize];
            let known = words
                .iter()
                .filter(|&&s| self.counts[s as usize] > own)
                .count();
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
    let mut word = Word::default();
    let mut previous = ' ';
    let mut pending_break = false;
    let mut wide = 0u32;
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if c.is_ascii_alphanumeric() {
            // A run of plain letters and digits goes at once: that is most of most texts.
            let from = at;
            let (mut uppers, mut digits) = (0, 0);
            while let Some(b) = bytes.get(at).filter(|b| b.is_ascii_alphanumeric()) {
                uppers += u32::from(b.is_ascii_uppercase());
                digits += u32::from(b.is_ascii_digit());
                at += 1;
            }
            let count = (at - from) as u32;
            line.chars += count;
            line.letters += count - digits;
            line.uppers += uppers;
            line.digits += digits;
            let upper = c.is_ascii_uppercase();
            if pending_break && previous == ' ' && c.is_ascii_alphabetic() {
                line.breaks += u32::from(upper);
                pending_break = false;
            }
            pending_break &= digits == 0;
            let start = folded.len();
            folded.push_str(&text[from..at]);
            folded[start..].make_ascii_lowercase();
            word.push(&folded.as_bytes()[start..], count, upper, start);
            word.digit |= digits > 0;
            previous = char::from(bytes[at - 1]);
            continue;
        }
        at += c.len_utf8();
        line.chars += 1;
        if c.is_alphanumeric() {
            line.letters += 1;
            let upper = c.is_uppercase();
            line.uppers += u32::from(upper);
            if pending_break && previous == ' ' {
                line.breaks += u32::from(!c.is_lowercase());
                pending_break = false;
            }
            let mut buffer = [0u8; 4];
            if is_wide(c) {
                wide += 1;
                word.close(lexicon, line, words, places);
                let start = folded.len();
                word.push(
                    previous.encode_utf8(&mut buffer).as_bytes(),
                    1,
                    false,
                    start,
                );
                word.push(c.encode_utf8(&mut buffer).as_bytes(), 1, false, start);
                word.letters = 4;
                folded.push(c);
            } else {
                let mut lower = c;
                if upper {
                    lower = c.to_lowercase().next().unwrap_or(c);
                }
                let start = folded.len();
                word.push(lower.encode_utf8(&mut buffer).as_bytes(), 1, upper, start);
                folded.push(lower);
            }
            previous = c;
            continue;
        }
        let plain = match c {
            '\u{2018}' | '\u{2019}' | '\u{02bc}' => '\'',
            '\u{201c}' | '\u{201d}' | '\u{201e}' => '"',
            _ => c,
        };
        let joins = matches!(plain, '\'' | '-') && previous.is_alphanumeric();
        if !joins {
            word.close(lexicon, line, words, places);
        }
        if c.is_whitespace() {
            if c == '\t' {
                line.separators += 1;
            }
            if !folded.is_empty() && !folded.ends_with(' ') {
                folded.push(' ');
            }
            previous = ' ';
            continue;
        }
        line.signs += 1;
        match plain {
            '.' | '!' | '?' => pending_break = true,
            '。' | '！' | '？' | '।' | '؟' | '۔' => line.breaks += 1,
            ',' | '、' | '，' | '،' => line.commas += 1,
            '|' | '·' | '•' | '›' | '»' | '→' | '/' | '∙' | '‹' | '«' | '◆' | '▸' | '►' | '¦'
            | '⋅' => {
                line.separators += 1;
            }
            '"' => line.quote = true,
            '{' | '}' | '=' | ';' | '<' | '>' | '_' | '\\' | '$' | '#' | '[' | ']' | '+' | '*'
            | '^' | '~' => {
                line.code_signs += 1;
            }
            '@' => line.email |= previous.is_alphanumeric(),
            _ => {}
        }
        if !folded.is_empty() || matches!(c, '©' | '(' | '[' | '@' | '#') {
            folded.push(plain);
        }
        previous = c;
    }
    word.close(lexicon, line, words, places);
    let trimmed = folded.trim_end().len();
    folded.truncate(trimmed);
    line.width = line.chars as f32 + 1.5 * wide as f32;
    line.url = has_url(text, folded);
    line.end_mark = end_of(text);
    line.first = first_of(text);
}

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
    fn push(&mut self, bytes: &[u8], letters: u32, upper: bool, at: usize) {
        if !self.open {
            self.open = true;
            self.key = KEY_START;
            self.start = at as u32;
            self.capital = upper;
            self.letters = 0;
            self.digit = false;
        }
        self.letters += letters;
        for &b in bytes {
            self.key = step_key(self.key, b);
        }
    }

    fn close(
        &mut self,
        lexicon: &Lexicon,
        line: &mut Line,
        words: &mut Vec<u16>,
        places: &mut Vec<At>,
    ) {
        if !self.open {
            return;
        }
        self.open = false;
        let key = finish_key(self.key);
        places.push(At {
            key,
            start: self.start,
        });
        line.words += 1;
        line.capital_words += u32::from(self.capital);
        if lexicon.is_stop(key) {
            line.stop_words += 1;
        } else if self.letters >= 4 && !self.digit {
            words.push((key >> 20) as u16 % SLOTS as u16);
        }
    }
}

fn is_wide(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

fn has_url(text: &str, folded: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), b"://").is_some() || folded.contains("www.")
}

fn end_of(text: &str) -> End {
    let mut rest = text.trim_end_matches(|c: char| {
        matches!(
            c,
            '"' | '\'' | '”' | '’' | '»' | '“' | ')' | ']' | '」' | '』' | '）' | '›'
        ) || c.is_whitespace()
    });
    // Footnote marks behind the full stop: "...the war.[3"
    if let Some(at) = rest.rfind('[')
        && at > 0
        && rest.len() - at <= 4
    {
        rest = &rest[..at];
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
