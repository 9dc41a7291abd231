//! What the stage must not touch: quoted speech, names, code, addresses, verse.

use rustc_hash::FxHashSet;

use super::tokens::{Token, flag};
use crate::edit::ByteSpan;
use crate::text::lines::lines;

/// Longest quotation, in bytes; beyond it the mark is taken for a stray one.
const LONGEST_QUOTE: usize = 3000;

/// Buffers of [`mark`].
#[derive(Debug, Default)]
pub(super) struct Buffers {
    shut: Vec<ByteSpan>,
    names: FxHashSet<u64>,
    plain: FxHashSet<u64>,
}

/// Sets [`flag::SHUT`], [`flag::NAME`] and [`flag::TITLE`] on the tokens of `text`.
pub(super) fn mark(text: &str, tokens: &mut [Token], buffers: &mut Buffers) {
    let shut = &mut buffers.shut;
    shut.clear();
    for line in lines(text) {
        quotes(line.text, line.span.start, shut);
        chunks(line.text, line.span.start, shut);
        if is_code(line.text) {
            shut.push(line.span);
        }
    }
    verse(text, shut);
    shut.sort_unstable();
    let mut next = 0;
    let mut reach = 0;
    for token in tokens.iter_mut() {
        while next < shut.len() && shut[next].start <= token.span.start {
            reach = reach.max(shut[next].end);
            next += 1;
        }
        if token.span.start < reach {
            token.flags |= flag::SHUT;
        }
    }
    names(tokens, buffers);
}

/// Capitalised words that no sentence start and no heading explains, and their repetitions at sentence starts.
fn names(tokens: &mut [Token], buffers: &mut Buffers) {
    let (names, plain) = (&mut buffers.names, &mut buffers.plain);
    names.clear();
    plain.clear();
    let mut from = 0;
    while from < tokens.len() {
        let to = tokens[from + 1..]
            .iter()
            .position(|t| t.has(flag::LINE))
            .map_or(tokens.len(), |n| from + 1 + n);
        let line = &mut tokens[from..to];
        let small = line
            .iter()
            .filter(|t| !t.has(flag::CAP) && !t.has(flag::DIGIT))
            .count();
        let upper = line.iter().all(|t| t.has(flag::UPPER | flag::DIGIT));
        let title = line.len() >= 3 && line.len() <= 16 && (small * 3 <= line.len() || upper);
        for t in line {
            if title {
                t.flags |= flag::TITLE;
            } else if !t.has(flag::CAP) {
                plain.insert(t.key);
            } else if !t.has(flag::SENTENCE) {
                t.flags |= flag::NAME;
                names.insert(t.key);
            }
        }
        from = to;
    }
    for t in tokens.iter_mut() {
        if t.has(flag::CAP) && names.contains(&t.key) && !plain.contains(&t.key) {
            t.flags |= flag::NAME;
        }
    }
}

/// Quotations inside one line: “…”, "…", «…», ‘…’, `…`. A curly one that is not closed runs to the end of the line.
fn quotes(line: &str, base: usize, out: &mut Vec<ByteSpan>) {
    let mut open: Option<(usize, char)> = None;
    let mut before = ' ';
    let mut all = line.char_indices().peekable();
    while let Some((at, c)) = all.next() {
        let after = all.peek().map_or(' ', |&(_, c)| c);
        match open {
            None => {
                let opens = match c {
                    '\u{201C}' | '\u{201E}' | '\u{00AB}' | '`' => true,
                    '"' | '\u{2018}' => !before.is_alphanumeric() && !after.is_whitespace(),
                    _ => false,
                };
                if opens {
                    open = Some((at, c));
                }
            }
            Some((start, mark)) => {
                let closes = match mark {
                    '\u{201C}' => c == '\u{201D}',
                    '\u{201E}' => matches!(c, '\u{201C}' | '\u{201D}'),
                    '\u{00AB}' => c == '\u{00BB}',
                    '\u{2018}' => c == '\u{2019}' && !after.is_alphanumeric(),
                    _ => c == mark,
                };
                if closes {
                    out.push(ByteSpan::new(base + start, base + at + c.len_utf8()));
                    open = None;
                } else if at - start > LONGEST_QUOTE {
                    open = None;
                }
            }
        }
        before = c;
    }
    if let Some((start, '\u{201C}')) = open
        && line.len() - start <= LONGEST_QUOTE
    {
        out.push(ByteSpan::new(base + start, base + line.len()));
    }
}

/// Addresses: stretches without white space that hold `://`, `www.`, `@` or a file's ending.
fn chunks(line: &str, base: usize, out: &mut Vec<ByteSpan>) {
    if !line.contains(['@', '_', '\\', '<', '#', '/', '.']) {
        return;
    }
    let mut at = 0;
    for chunk in line.split([' ', '\t']) {
        let inner = chunk.trim_end_matches(['.', ',', ')', ';', ':', '!', '?']);
        let address = inner.contains("://")
            || inner.starts_with("www.")
            || inner.contains(['@', '_', '\\', '<', '>', '#'])
            || inner.split('.').nth(1).is_some_and(|s| {
                s.len() >= 2
                    && s.bytes()
                        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            });
        if address {
            out.push(ByteSpan::new(base + at, base + at + chunk.len()));
        }
        at += chunk.len() + 1;
    }
}

/// Whether many of the characters of `line` are such as prose does not use.
fn is_code(line: &str) -> bool {
    let odd = line
        .bytes()
        .filter(|b| b"{}[]();=<>_|\\+*$#~^&".contains(b))
        .count();
    let start = line.trim_start();
    [">>>", "$ ", "#!", "//", "/*"]
        .iter()
        .any(|p| start.starts_with(p))
        || (line.len() >= 4 && odd * 12 > line.len())
}

/// Blocks of four or more short lines that begin with capitals and mostly do not end sentences.
fn verse(text: &str, out: &mut Vec<ByteSpan>) {
    let mut block: Option<(ByteSpan, usize, usize, usize)> = None;
    let mut close = |block: &mut Option<(ByteSpan, usize, usize, usize)>| {
        if let Some((span, count, capital, full)) = block.take()
            && count >= 4
            && capital * 4 >= count * 3
            && full * 2 <= count
        {
            out.push(span);
        }
    };
    for line in lines(text) {
        let trimmed = line.text.trim();
        if trimmed.is_empty() {
            continue;
        }
        let short = trimmed.len() <= 60 && trimmed.split_whitespace().nth(2).is_some();
        if !short {
            close(&mut block);
            continue;
        }
        let capital = usize::from(
            trimmed.chars().any(char::is_alphabetic)
                && trimmed
                    .trim_start_matches(|c: char| !c.is_alphanumeric())
                    .starts_with(char::is_uppercase),
        );
        let full = usize::from(trimmed.ends_with(['.', ':']));
        let entry = block.get_or_insert((line.span, 0, 0, 0));
        entry.0.end = line.span.end;
        entry.1 += 1;
        entry.2 += capital;
        entry.3 += full;
    }
    close(&mut block);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repair::tokens::Tokeniser;

    fn marked(text: &str, flags: u16) -> Vec<&str> {
        let mut tokens = Vec::new();
        Tokeniser::new()
            .expect("table is well-formed")
            .cut(text, &mut tokens);
        mark(text, &mut tokens, &mut Buffers::default());
        tokens
            .iter()
            .filter(|t| t.has(flags))
            .map(|t| t.span.of(text))
            .collect()
    }

    #[test]
    fn quotations_and_addresses_are_shut() {
        assert_eq!(
            marked("He said “no way” and \"fine then\" to it.", flag::SHUT),
            ["no", "way", "fine", "then"]
        );
        assert_eq!(
            marked("It’s ‘nyet’ for the workers’ union", flag::SHUT),
            ["nyet"]
        );
        assert_eq!(
            marked("A 5\" disk and the rest", flag::SHUT),
            Vec::<&str>::new()
        );
        assert_eq!(
            marked("see www.example.org now", flag::SHUT),
            ["www", "example", "org"]
        );
    }

    #[test]
    fn names_are_known_at_sentence_starts_when_seen_elsewhere() {
        assert_eq!(
            marked(
                "Today Bush left. Bush and others stay. Others go.",
                flag::NAME
            ),
            ["Bush", "Bush"]
        );
    }

    #[test]
    fn a_stanza_is_shut() {
        let verse = "The curfew tolls the knell of parting day,\nThe lowing herd wind slowly o'er the lea,\n\
            The plowman homeward plods his weary way,\nAnd leaves the world to darkness and to me.\n";
        assert_eq!(
            marked(verse, flag::SHUT).len(),
            crate::text::words::count(verse)
        );
    }
}
