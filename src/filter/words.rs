//! English words and sentences as spaCy's rules cut them, on which datatrove's filters count.
//!
//! A rule such as "at least 50 words" means nothing without its tokenizer. datatrove takes `spacy.blank("en")` and its
//! `sentencizer`: white space parts chunks; special cases, prefixes and suffixes are split off a chunk until none is
//! left; what remains is one token where it looks like a web address, and else is parted at infixes; at last special
//! cases made of several tokens ("`:)`") are put together. This module does the same by hand-written matchers over
//! tables (`data/filter/english.tsv`); `tests/python` compares it with spaCy itself.
//!
//! Source: spaCy 3.8 (MIT), `spacy/tokenizer.pyx`, `spacy/lang/{punctuation,char_classes,tokenizer_exceptions}.py`,
//! `spacy/lang/en/`, `spacy/pipeline/sentencizer.pyx`.

use rustc_hash::{FxHashMap, FxHashSet};

use super::characters::{Classes, class, is_space, malformed};
use crate::edit::ByteSpan;
use crate::stage::SetupError;

static DATA: &str = include_str!("../../data/filter/english.tsv");

/// The tokenizer's tables.
pub(super) struct English {
    pub(super) classes: Classes,
    /// Beginnings of several characters: `US$`.
    prefixes: Vec<&'static str>,
    /// Ends of several characters.
    suffixes: Vec<&'static str>,
    currencies: Vec<&'static str>,
    units: Vec<&'static str>,
    /// Special cases: byte lengths of their tokens.
    cases: FxHashMap<&'static str, Vec<usize>>,
    /// Special cases that the other rules would part, by the first token they would give: all tokens.
    joined: FxHashMap<&'static str, Vec<Vec<&'static str>>>,
    /// First bytes of the keys of `joined`.
    begins: FxHashSet<u8>,
}

impl English {
    /// Reads the embedded tables.
    ///
    /// # Errors
    /// When they are malformed.
    pub(super) fn load() -> Result<Self, SetupError> {
        let mut english = Self {
            classes: Classes::new(),
            prefixes: Vec::new(),
            suffixes: Vec::new(),
            currencies: Vec::new(),
            units: Vec::new(),
            cases: FxHashMap::default(),
            joined: FxHashMap::default(),
            begins: FxHashSet::default(),
        };
        for (number, line) in (1..).zip(DATA.lines()) {
            let wrong = |problem| malformed("english.tsv", number, problem);
            let mut fields = line.split('\t');
            let (Some(kind), Some(name), Some(value)) =
                (fields.next(), fields.next(), fields.next())
            else {
                return Err(wrong("not three fields"));
            };
            match kind {
                "set" => english.classes.add(name, value).map_err(wrong)?,
                "word" => match name {
                    "prefix" => english.prefixes.push(value),
                    "suffix" => english.suffixes.push(value),
                    "currency" => english.currencies.push(value),
                    "unit" => english.units.push(value),
                    _ => return Err(wrong("not the name of a list")),
                },
                "case" => {
                    let parts = value.split(' ').map(str::len).collect();
                    english.cases.insert(name, parts);
                }
                _ if kind.starts_with('#') => {}
                _ => return Err(wrong("not a kind of row")),
            }
        }
        if !english.classes.complete() {
            return Err(malformed("english.tsv", 0, "a class is missing"));
        }
        english.find_joined();
        Ok(english)
    }

    /// Finds the special cases that must be put together again.
    fn find_joined(&mut self) {
        let mut keys: Vec<&'static str> = self.cases.keys().copied().collect();
        keys.sort_unstable();
        for key in keys {
            if self.prefix(key) == 0 && self.suffix(key) == 0 && self.infixes(key).is_empty() {
                continue;
            }
            let mut tokens = Vec::new();
            self.chunk(key, ByteSpan::new(0, key.len()), Cases::Off, &mut tokens);
            let tokens: Vec<&'static str> = tokens.iter().map(|t| t.of(key)).collect();
            self.begins.insert(tokens[0].as_bytes()[0]);
            self.joined.entry(tokens[0]).or_default().push(tokens);
        }
    }

    /// The words of `text`: all tokens but white space.
    pub(super) fn words(&self, text: &str) -> Vec<ByteSpan> {
        let mut tokens = Vec::with_capacity(text.len() / 5);
        self.tokens(text, &mut tokens);
        // A token of white space is nothing else.
        tokens.retain(|t| !text[t.start..].starts_with(is_space));
        tokens
    }

    /// Number of sentences of `text`, as spaCy's sentencizer cuts them; `tokens` is a buffer.
    pub(super) fn sentences(&self, text: &str, tokens: &mut Vec<ByteSpan>) -> usize {
        tokens.clear();
        self.tokens(text, tokens);
        let mut count = usize::from(!tokens.is_empty());
        let mut ended = false;
        for token in tokens.iter() {
            let token = token.of(text);
            let mut chars = token.chars();
            let ends = match (chars.next(), chars.next()) {
                (Some(c), None) => self.classes.is(c, class::SENTENCE_END),
                _ => false,
            };
            if ends {
                ended = true;
            } else if ended
                && !token
                    .chars()
                    .all(|c| self.classes.is(c, class::PUNCTUATION))
            {
                count += 1;
                ended = false;
            }
        }
        count
    }

    /// Appends the tokens of `text`, runs of white space beyond single blanks among them.
    pub(super) fn tokens(&self, text: &str, out: &mut Vec<ByteSpan>) {
        let from = out.len();
        let mut start = 0;
        let mut in_space = text.starts_with(is_space);
        let mut push = |start: usize, end: usize, space: bool| {
            if start == end {
                return;
            }
            let span = ByteSpan::new(start, end);
            if space {
                out.push(span);
            } else {
                self.chunk(text, span, Cases::On, out);
            }
        };
        for (at, c) in text.char_indices() {
            if is_space(c) == in_space {
                continue;
            }
            push(start, at, in_space);
            // One blank behind a word belongs to no token.
            start = at + usize::from(c == ' ');
            in_space = !in_space;
        }
        push(start, text.len(), in_space);
        self.join(text, from, out);
    }

    /// Appends the tokens of a chunk without white space.
    fn chunk(&self, text: &str, span: ByteSpan, cases: Cases, out: &mut Vec<ByteSpan>) {
        let is_case = |s: &str| cases == Cases::On && self.cases.contains_key(s);
        if is_case(span.of(text)) {
            self.push_case(text, span, out);
            return;
        }
        if span.of(text).bytes().all(|b| b.is_ascii_alphabetic()) {
            out.push(span);
            return;
        }
        let ByteSpan { mut start, mut end } = span;
        let mut behind: Vec<ByteSpan> = Vec::new();
        let mut last = usize::MAX;
        while start < end && end - start != last && !is_case(&text[start..end]) {
            last = end - start;
            let prefix = self.prefix(&text[start..end]);
            if prefix > 0 && is_case(&text[start + prefix..end]) {
                out.push(ByteSpan::new(start, start + prefix));
                start += prefix;
                break;
            }
            let suffix = self.suffix(&text[start + prefix..end]);
            if suffix > 0 && is_case(&text[start..end - suffix]) {
                behind.push(ByteSpan::new(end - suffix, end));
                end -= suffix;
                break;
            }
            if prefix > 0 {
                out.push(ByteSpan::new(start, start + prefix));
                start += prefix;
            }
            if suffix > 0 {
                behind.push(ByteSpan::new(end - suffix, end));
                end -= suffix;
            }
        }
        if start < end {
            let rest = ByteSpan::new(start, end);
            if is_case(rest.of(text)) {
                self.push_case(text, rest, out);
            } else if self.is_address(rest.of(text)) {
                out.push(rest);
            } else {
                self.part(text, rest, out);
            }
        }
        out.extend(behind.into_iter().rev());
    }

    fn push_case(&self, text: &str, span: ByteSpan, out: &mut Vec<ByteSpan>) {
        let mut at = span.start;
        for len in self.cases.get(span.of(text)).into_iter().flatten() {
            out.push(ByteSpan::new(at, at + len));
            at += len;
        }
    }

    /// Appends what `span` gives parted at its infixes.
    fn part(&self, text: &str, span: ByteSpan, out: &mut Vec<ByteSpan>) {
        let mut at = span.start;
        for infix in self.infixes(span.of(text)) {
            // One at the head stays with what follows it.
            if infix.start == 0 {
                continue;
            }
            let (start, end) = (span.start + infix.start, span.start + infix.end);
            if start > at {
                out.push(ByteSpan::new(at, start));
            }
            out.push(ByteSpan::new(start, end));
            at = end;
        }
        if at < span.end {
            out.push(ByteSpan::new(at, span.end));
        }
    }

    /// Bytes of the prefix of `s`, 0 where it has none.
    fn prefix(&self, s: &str) -> usize {
        let mut chars = s.chars();
        let Some(c) = chars.next() else {
            return 0;
        };
        if c.is_ascii_alphanumeric() {
            return self
                .prefixes
                .iter()
                .find(|p| s.starts_with(**p))
                .map_or(0, |p| p.len());
        }
        if self.classes.is(c, class::PREFIX) {
            return c.len_utf8();
        }
        let next = chars.next();
        match c {
            '+' if !next.is_some_and(|c| c.is_ascii_digit()) => 1,
            '.' => dots(s, 0),
            _ => 0,
        }
    }

    /// Bytes of the longest suffix of `s`, 0 where it has none.
    fn suffix(&self, s: &str) -> usize {
        let mut before = s.chars();
        let Some(c) = before.next_back() else {
            return 0;
        };
        let (prev, prev2) = (before.next_back(), before.next_back());
        let bits = self.classes.of(c);
        let mut best = 0;
        if bits & class::SUFFIX != 0 {
            best = c.len_utf8();
        }
        if matches!(c, 's' | 'S')
            && let Some(quote) = prev.filter(|p| matches!(p, '\'' | '’'))
        {
            best = 1 + quote.len_utf8();
        }
        match c {
            '.' => {
                let run = s.len() - s.trim_end_matches('.').len();
                let is = |c: Option<char>, classes| c.is_some_and(|c| self.classes.is(c, classes));
                if run > 1 {
                    best = run;
                } else if is(prev, class::DOT_BEFORE)
                    || (is(prev, class::UPPER) && is(prev2, class::UPPER))
                    || (prev2 == Some('°')
                        && prev.is_some_and(|p| matches!(p, 'F' | 'f' | 'C' | 'c' | 'K' | 'k')))
                {
                    best = 1;
                }
            }
            '+' if prev.is_some_and(|p| p.is_ascii_digit()) => best = 1,
            '…' => best = best.max(longest(s, &self.suffixes, |_| true)),
            _ => {}
        }
        if s.bytes().any(|b| b.is_ascii_digit()) {
            let digit = |before: &str| before.ends_with(|c: char| c.is_ascii_digit());
            if bits & class::CURRENCY != 0 && prev.is_some_and(|p| p.is_ascii_digit()) {
                best = best.max(c.len_utf8());
            }
            best =
                best.max(longest(s, &self.currencies, digit))
                    .max(longest(s, &self.units, digit));
        }
        best
    }

    /// The places where `s` is parted inside.
    fn infixes(&self, s: &str) -> Vec<ByteSpan> {
        let mut out = Vec::new();
        let mut prev: Option<char> = None;
        let mut at = 0;
        while let Some(c) = s[at..].chars().next() {
            let len = match c {
                'a'..='z' | 'A'..='Z' | '0'..='9' => 0,
                _ => self.infix(s, at, c, prev),
            };
            if len > 0 {
                out.push(ByteSpan::new(at, at + len));
                prev = s[..at + len].chars().next_back();
                at += len;
            } else {
                prev = Some(c);
                at += c.len_utf8();
            }
        }
        out
    }

    /// Bytes of the infix that begins with `c` at byte `at` of `s`, behind `prev`; 0 where there is none.
    fn infix(&self, s: &str, at: usize, c: char, prev: Option<char>) -> usize {
        const HYPHENS: [&str; 7] = ["-", "–", "—", "--", "---", "——", "~"];
        let run = dots(s, at);
        if run > 0 {
            return run;
        }
        if self.classes.is(c, class::INFIX) {
            return c.len_utf8();
        }
        let Some(prev) = prev else {
            return 0;
        };
        let before = self.classes.of(prev);
        let after = |len: usize, classes: u32| {
            s[at + len..]
                .chars()
                .next()
                .is_some_and(|c| self.classes.is(c, classes))
        };
        let word = before & class::ALPHA != 0 || prev.is_ascii_digit();
        match c {
            '+' | '-' | '*' | '^'
                if prev.is_ascii_digit()
                    && s[at + 1..].starts_with(|c: char| c.is_ascii_digit() || c == '-') =>
            {
                1
            }
            '.' if before & class::INNER_DOT_BEFORE != 0 && after(1, class::INNER_DOT_AFTER) => 1,
            ',' if before & class::ALPHA != 0 && after(1, class::ALPHA) => 1,
            ':' | '<' | '>' | '=' | '/' if word && after(1, class::ALPHA) => 1,
            '-' | '–' | '—' | '~' if word => HYPHENS
                .iter()
                .find(|h| s[at..].starts_with(**h) && after(h.len(), class::ALPHA))
                .map_or(0, |h| h.len()),
            _ => 0,
        }
    }

    /// Whether `s` is a web or mail address by spaCy's pattern: `[scheme://][user@]host[:port][/path]`.
    fn is_address(&self, s: &str) -> bool {
        if !s.contains('.') {
            return false;
        }
        let scheme = s.split_once("://").filter(|(scheme, _)| {
            let known =
                |c| matches!(c, '+' | '-' | '.' | '_') || self.classes.is(c, class::ALPHANUMERIC);
            scheme.chars().nth(1).is_some() && scheme.chars().all(known)
        });
        [Some(s), scheme.map(|(_, rest)| rest)]
            .into_iter()
            .flatten()
            .any(|rest| {
                let behind_user = rest.char_indices().filter(|(at, c)| *c == '@' && *at > 0);
                std::iter::once(0)
                    .chain(behind_user.map(|(at, _)| at + 1))
                    .any(|at| self.is_host(&rest[at..]))
            })
    }

    /// Whether `s` is a host with what may follow it.
    fn is_host(&self, s: &str) -> bool {
        is_ip(s) || {
            let mut rest = s;
            loop {
                let Some(label) = rest.split_once('.').filter(|(l, _)| is_label(l)) else {
                    return false;
                };
                rest = label.1;
                let top: usize = rest
                    .chars()
                    .take_while(|c| self.classes.is(*c, class::LOWER))
                    .map(char::len_utf8)
                    .sum();
                if (2..=63).contains(&rest[..top].chars().count()) && is_path(&rest[top..]) {
                    return true;
                }
            }
        }
    }

    /// Puts special cases together that the rules have parted, among the tokens from `from` on.
    fn join(&self, text: &str, from: usize, out: &mut Vec<ByteSpan>) {
        let mut found: Vec<(usize, usize)> = Vec::new();
        for i in from..out.len() {
            if !self.begins.contains(&text.as_bytes()[out[i].start]) {
                continue;
            }
            for pattern in self.joined.get(out[i].of(text)).into_iter().flatten() {
                let here = out[i..].iter().map(|t| t.of(text));
                if out.len() - i >= pattern.len() && here.zip(pattern).all(|(a, b)| a == *b) {
                    found.push((i, i + pattern.len()));
                }
            }
        }
        if found.is_empty() {
            return;
        }
        // The longest first, the earliest of equally long ones; what meets one already seen is dropped, whether or
        // not that one was taken.
        found.sort_by_key(|(start, end)| (std::cmp::Reverse(end - start), *start));
        let mut seen: FxHashSet<usize> = FxHashSet::default();
        let mut taken: Vec<(usize, usize)> = Vec::new();
        for (start, end) in found {
            if !seen.contains(&start) && !seen.contains(&(end - 1)) {
                taken.push((start, end));
            }
            seen.extend(start..end);
        }
        taken.sort_unstable();
        let old = out.split_off(from);
        let mut at = 0;
        for (start, end) in taken {
            let (start, end) = (start - from, end - from);
            let span = ByteSpan::new(old[start].start, old[end - 1].end);
            out.extend_from_slice(&old[at..start]);
            if self.cases.contains_key(span.of(text)) {
                self.push_case(text, span, out);
            } else {
                out.extend_from_slice(&old[start..end]);
            }
            at = end;
        }
        out.extend_from_slice(&old[at..]);
    }
}

impl std::fmt::Debug for English {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "English({} special cases)", self.cases.len())
    }
}

/// Whether special cases count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cases {
    On,
    Off,
}

/// Length of the run of two or more full stops at byte `at`; else 0.
fn dots(s: &str, at: usize) -> usize {
    let run = s[at..].bytes().take_while(|b| *b == b'.').count();
    if run > 1 { run } else { 0 }
}

/// Bytes of the longest of `ends` that `s` ends in, with something before it that `allowed` likes.
fn longest(s: &str, ends: &[&str], allowed: impl Fn(&str) -> bool) -> usize {
    ends.iter()
        .filter(|end| s.strip_suffix(**end).is_some_and(&allowed))
        .map(|end| end.len())
        .max()
        .unwrap_or(0)
}

/// Whether `s` may follow a host: nothing, a port, a path.
fn is_path(s: &str) -> bool {
    let begins = |s: &str| s.is_empty() || s.starts_with(['/', '?', '#']);
    if begins(s) {
        return true;
    }
    let Some(port) = s.strip_prefix(':') else {
        return false;
    };
    let digits = port.bytes().take_while(u8::is_ascii_digit).count();
    (2..=5).contains(&digits) && begins(&port[digits..])
}

/// Whether `label` may stand before a full stop of a host's name.
fn is_label(label: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || ('\u{a1}'..='\u{ffff}').contains(&c);
    let len = label.chars().count();
    (1..=64).contains(&len)
        && label.starts_with(inner)
        && label.ends_with(inner)
        && label.chars().all(|c| inner(c) || c == '_' || c == '-')
}

/// Whether `s` begins with a public IPv4 address, and what follows may follow one.
fn is_ip(s: &str) -> bool {
    let end = s
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(s.len());
    let parts: Vec<&str> = s[..end].split('.').collect();
    let [a, b, c, d] = parts[..] else {
        return false;
    };
    let number = |s: &str, zero: bool| {
        let fits = (1..=3).contains(&s.len()) && (zero || !s.starts_with('0'));
        s.parse::<u16>().ok().filter(|_| fits)
    };
    let (Some(a), Some(b), Some(c), Some(d)) = (
        number(a, false),
        number(b, true),
        number(c, true),
        number(d, false),
    ) else {
        return false;
    };
    let private = a == 10
        || a == 127
        || (a, b) == (169, 254)
        || (a, b) == (192, 168)
        || (a == 172 && (16..=31).contains(&b));
    !private && a <= 223 && b <= 255 && c <= 255 && d <= 254 && is_path(&s[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        let english = English::load().unwrap();
        english.words(text).iter().map(|w| w.of(text)).collect()
    }

    #[test]
    fn affixes_infixes_and_cases_are_those_of_spacy() {
        assert_eq!(
            cut("Don't (really) pay US$10.50/month, it's 20km..."),
            [
                "Do", "n't", "(", "really", ")", "pay", "US$", "10.50", "/", "month", ",", "it",
                "'s", "20", "km", "..."
            ]
        );
        assert_eq!(
            cut("See http://example.org:80/a?b. Smile :) x-ray,well-known U.S. a.Bc"),
            [
                "See",
                "http://example.org:80/a?b",
                ".",
                "Smile",
                ":)",
                "x",
                "-",
                "ray",
                ",",
                "well",
                "-",
                "known",
                "U.S.",
                "a.",
                "Bc"
            ]
        );
        assert_eq!(cut(" \n\t "), Vec::<&str>::new());
    }

    #[test]
    fn sentences_begin_behind_stops_and_closing_marks() {
        let english = English::load().unwrap();
        let count = |text| english.sentences(text, &mut Vec::new());
        assert_eq!(count("One. Two! Three?"), 3);
        assert_eq!(count("\"One.\" Two"), 2);
        assert_eq!(count("No stop"), 1);
        assert_eq!(count(""), 0);
    }
}
