//! Sentences of a text, with their places, by punctuation, spacing and the form of the next word.
//!
//! Good enough to put the ends of a passage where a reader would; not a linguistic segmenter.

use crate::edit::ByteSpan;

/// The sentences of `text`, in order, without the white space between them.
///
/// A sentence ends behind `.`, `!`, `?`, `…` or their full-width forms, with the quotes and brackets that follow,
/// when white space and no lower-case letter comes next; ideographic full stops need no white space. A full stop
/// behind a single letter (`U.S.`, `J. Smith`) or a short capitalised word (`Mr.`, `Gen.`) with a capital next ends none.
/// A blank line ends every sentence; so does a line end behind which the next line is indented or begins a list item.
/// `O(bytes)`, no allocation.
pub fn sentences(text: &str) -> Sentences<'_> {
    Sentences { text, at: 0 }
}

/// See [`sentences`].
#[derive(Clone, Debug)]
pub struct Sentences<'t> {
    text: &'t str,
    at: usize,
}

impl Iterator for Sentences<'_> {
    type Item = ByteSpan;

    fn next(&mut self) -> Option<ByteSpan> {
        let rest = &self.text[self.at..];
        let start = self.at + (rest.len() - rest.trim_start().len());
        if start == self.text.len() {
            self.at = start;
            return None;
        }
        let mut chars = self.text[start..].char_indices();
        let end = loop {
            let Some((i, c)) = chars.next() else {
                break self.text.len();
            };
            let behind = start + i + c.len_utf8();
            if c == '\n' && is_break(&self.text[behind..]) {
                break start + i;
            }
            if is_stop(c) {
                let closed = behind + closing_len(&self.text[behind..]);
                if ends_sentence(&self.text[start..start + i], c, &self.text[closed..]) {
                    break closed;
                }
            }
        };
        self.at = end;
        let trimmed = self.text[start..end].trim_end();
        Some(ByteSpan::new(start, start + trimmed.len()))
    }
}

/// Characters that may end a sentence.
fn is_stop(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…') || is_wide_stop(c)
}

/// Stops of scripts that put no space behind them.
fn is_wide_stop(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '｡')
}

/// Bytes of stops, quotes and brackets at the head of `text`.
fn closing_len(text: &str) -> usize {
    // Bounded, so that a wall of stops and quotes is not read again from each of them.
    text.chars()
        .take(8)
        .take_while(|&c| {
            is_stop(c) || matches!(c, '"' | '\'' | '”' | '’' | '»' | ')' | ']' | '」' | '』')
        })
        .map(char::len_utf8)
        .sum()
}

/// Whether what follows a line feed starts afresh: a blank line, an indent or a list item.
fn is_break(text: &str) -> bool {
    text.starts_with(['\n', '\r', ' ', '\t', '*', '•', '-'])
}

/// Whether the stop `c` behind `before` ends a sentence, with `after` following its quotes.
fn ends_sentence(before: &str, c: char, after: &str) -> bool {
    let Some(next) = after.chars().next() else {
        return true;
    };
    if is_wide_stop(c) {
        return true;
    }
    if !next.is_whitespace() {
        return false;
    }
    let Some(first) = after.chars().find(|c| !c.is_whitespace()) else {
        return true;
    };
    if first.is_lowercase() {
        return false;
    }
    c != '.' || !is_abbreviation(before, first)
}

/// Whether the word at the end of `before` looks shortened, given the first character of the next one.
fn is_abbreviation(before: &str, next: char) -> bool {
    let mut letters = 0;
    let mut first = None;
    for c in before
        .chars()
        .rev()
        .take_while(|c| c.is_alphabetic())
        .take(4)
    {
        letters += 1;
        first = Some(c);
    }
    let capital = first.is_some_and(char::is_uppercase);
    match letters {
        1 => capital,
        2 | 3 => {
            capital
                && next.is_uppercase()
                && !before.trim_end_matches(char::is_alphabetic).is_empty()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(text: &str) -> Vec<&str> {
        sentences(text).map(|s| s.of(text)).collect()
    }

    #[test]
    fn sentences_end_at_stops_and_blank_lines() {
        assert_eq!(
            cut("He came. “He saw!” Then what?\n\nA title\n\nThe end"),
            ["He came.", "“He saw!”", "Then what?", "A title", "The end"]
        );
        assert_eq!(cut(" \n "), Vec::<&str>::new());
    }

    #[test]
    fn abbreviations_numbers_and_hard_wraps_end_none() {
        assert_eq!(
            cut("The U.S. and Mr. Smith\npaid 3.5 mln."),
            ["The U.S. and Mr. Smith\npaid 3.5 mln."]
        );
        assert_eq!(
            cut("He met J. Smith. She left."),
            ["He met J. Smith.", "She left."]
        );
    }

    #[test]
    fn ideographic_stops_need_no_space() {
        assert_eq!(cut("東京。京都。"), ["東京。", "京都。"]);
    }

    proptest! {
        #[test]
        fn sentences_are_disjoint_and_hold_all_but_space(text in "[A-Za-z .!?\n”’。-]{0,80}|\\PC*") {
            let mut at = 0;
            for s in sentences(&text) {
                prop_assert!(text[at..s.start].trim().is_empty());
                prop_assert!(!s.is_empty());
                at = s.end;
            }
            prop_assert!(text[at..].trim().is_empty());
        }
    }
}
