//! The words of a document as the stage reads them: key, case, and what stands before each.

use rustc_hash::FxHashSet;

use super::table::{Table, rows};
use crate::edit::ByteSpan;
use crate::stage::SetupError;
use crate::text::ngrams::token_key;
use crate::text::words::words;

/// Properties of a [`Token`].
pub(super) mod flag {
    /// Begins with an upper-case letter.
    pub(crate) const CAP: u16 = 1;
    /// Two letters or more, all upper case.
    pub(crate) const UPPER: u16 = 1 << 1;
    /// First word of a sentence.
    pub(crate) const SENTENCE: u16 = 1 << 2;
    /// Part of a name: only entries that are names themselves may match.
    pub(crate) const NAME: u16 = 1 << 3;
    /// Quoted, code, verse, an address: nothing may match.
    pub(crate) const SHUT: u16 = 1 << 4;
    /// Something else than one blank stands before.
    pub(crate) const BREAK: u16 = 1 << 5;
    /// One of `. , ; : ? !` stands before.
    pub(crate) const STOP: u16 = 1 << 6;
    /// First word of a line.
    pub(crate) const LINE: u16 = 1 << 7;
    /// Holds a digit.
    pub(crate) const DIGIT: u16 = 1 << 8;
    /// Ends in 's.
    pub(crate) const POSSESSIVE: u16 = 1 << 9;
    /// Stands in a line whose words are capitalised throughout.
    pub(crate) const TITLE: u16 = 1 << 10;
    /// One of `. , ; : ? !` stands between this word and the end of the line, which follows.
    pub(crate) const LAST_STOP: u16 = 1 << 11;
}

/// A word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) span: ByteSpan,
    pub(super) key: u64,
    pub(super) flags: u16,
}

impl Token {
    pub(super) fn has(&self, flags: u16) -> bool {
        self.flags & flags != 0
    }
}

/// Cuts documents into [`Token`]s.
#[derive(Debug)]
pub(super) struct Tokeniser {
    abbreviations: FxHashSet<u64>,
}

impl Tokeniser {
    pub(super) fn new() -> Result<Self, SetupError> {
        const TABLE: Table = Table {
            name: "data/repair/abbreviations.tsv",
            text: include_str!("../../data/repair/abbreviations.tsv"),
        };
        let mut abbreviations = FxHashSet::default();
        for row in rows(&TABLE) {
            let [word] = row.columns()?;
            abbreviations.insert(token_key(word));
        }
        Ok(Self { abbreviations })
    }

    /// Overwrites `out` with the words of `text`. A number with inner commas or points is one word.
    pub(super) fn cut(&self, text: &str, out: &mut Vec<Token>) {
        out.clear();
        let mut end = 0;
        for span in words(text) {
            let word = span.of(text);
            let gap = &text[end..span.start];
            let digit = word.bytes().any(|b| b.is_ascii_digit());
            if let Some(last) = out.last_mut()
                && digit
                && last.has(flag::DIGIT)
                && matches!(gap, "," | ".")
            {
                last.span.end = span.end;
                end = span.end;
                continue;
            }
            let flags = self.flags_of(word, gap, digit, out.last().map(|t| (t, t.span.of(text))));
            if flags & flag::LINE != 0
                && let Some(last) = out.last_mut()
                && stops(gap.split('\n').next().unwrap_or(""))
            {
                last.flags |= flag::LAST_STOP;
            }
            out.push(Token {
                span,
                key: token_key(word),
                flags,
            });
            end = span.end;
        }
        if let Some(last) = out.last_mut()
            && stops(&text[end..])
        {
            last.flags |= flag::LAST_STOP;
        }
    }

    fn flags_of(&self, word: &str, gap: &str, digit: bool, last: Option<(&Token, &str)>) -> u16 {
        let mut flags = 0;
        let mut set = |on: bool, f: u16| {
            if on {
                flags |= f;
            }
        };
        set(digit, flag::DIGIT);
        let cap = word.chars().next().is_some_and(char::is_uppercase);
        set(cap, flag::CAP);
        set(
            cap && word.chars().nth(1).is_some() && !word.chars().any(char::is_lowercase),
            flag::UPPER,
        );
        set(
            word.ends_with("'s") || word.ends_with("\u{2019}s"),
            flag::POSSESSIVE,
        );
        let line = last.is_none() || gap.contains('\n');
        set(line, flag::LINE);
        set(line || gap != " ", flag::BREAK);
        set(!line && stops(gap), flag::STOP);
        let ends = gap.contains(['.', '!', '?', ':', '\u{2026}'])
            && last.is_none_or(|(t, w)| {
                let short = w.chars().nth(1).is_none() && t.has(flag::CAP) && w != "I";
                !(gap.contains('.') && (short || self.abbreviations.contains(&t.key)))
            });
        let opens = gap.contains(['\u{201C}', '"', '\u{2022}', '(']);
        set(line || ends || (opens && cap), flag::SENTENCE);
        flags
    }
}

fn stops(gap: &str) -> bool {
    gap.contains(['.', ',', ';', ':', '?', '!'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_begin_after_stops_but_not_after_abbreviations() {
        let t = Tokeniser::new().expect("table is well-formed");
        let text = "On Aug. 15,000 men left. Gen. Caine met U.S. leaders, too.\nYes";
        let mut out = Vec::new();
        t.cut(text, &mut out);
        let starts: Vec<&str> = out
            .iter()
            .filter(|t| t.has(flag::SENTENCE))
            .map(|t| t.span.of(text))
            .collect();
        assert_eq!(starts, ["On", "Gen", "Yes"]);
        assert!(out.iter().any(|t| t.span.of(text) == "15,000"));
    }
}
