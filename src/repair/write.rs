//! From a chosen repair to an edit: case, articles, doubled words.

use super::table::{Table, rows};
use super::tokens::{Token, flag};
use crate::edit::ByteSpan;
use crate::stage::SetupError;

/// Knows which words begin with a vowel sound.
#[derive(Debug)]
pub(super) struct Articles {
    /// Prefixes written with a vowel but spoken with a consonant.
    consonant: Vec<&'static str>,
    /// Prefixes written with a consonant but spoken with a vowel.
    vowel: Vec<&'static str>,
}

impl Articles {
    pub(super) fn new() -> Result<Self, SetupError> {
        const TABLE: Table = Table {
            name: "data/repair/sounds.tsv",
            text: include_str!("../../data/repair/sounds.tsv"),
        };
        let mut out = Self {
            consonant: Vec::new(),
            vowel: Vec::new(),
        };
        for row in rows(&TABLE) {
            let [prefix, sound] = row.columns()?;
            match sound {
                "consonant" => out.consonant.push(prefix),
                "vowel" => out.vowel.push(prefix),
                _ => return Err(row.error("the sound is neither vowel nor consonant")),
            }
        }
        Ok(out)
    }

    /// Whether `word` asks for "an".
    fn wants_an(&self, word: &str) -> bool {
        let word = word.to_lowercase();
        if self.vowel.iter().any(|p| word.starts_with(p)) {
            return true;
        }
        word.starts_with(['a', 'e', 'i', 'o', 'u'])
            && !self.consonant.iter().any(|p| {
                p.strip_suffix('$')
                    .map_or_else(|| word.starts_with(p), |whole| word == whole)
            })
    }
}

/// The place and text of a repair: `meant` for the tokens `from..to`, in their case and with the article before
/// them agreeing. `None` when nothing would change.
pub(super) fn render(
    text: &str,
    tokens: &[Token],
    (from, to): (usize, usize),
    meant: &str,
    possessive: bool,
    articles: &Articles,
    start: usize,
) -> Option<(ByteSpan, String)> {
    let mut span = ByteSpan::new(tokens[from].span.start, tokens[to - 1].span.end);
    let mut after = cased(meant, &tokens[from..to]);
    if possessive {
        after.push_str(if span.of(text).contains('\u{2019}') {
            "\u{2019}s"
        } else {
            "'s"
        });
    } else if span.of(text).contains('\u{2019}')
        || (after.contains('\'') && text.contains('\u{2019}'))
    {
        after = after.replace('\'', "\u{2019}");
    }
    let word_before = from
        .checked_sub(1)
        .filter(|_| !tokens[from].has(flag::BREAK))
        .map(|i| tokens[i].span)
        .filter(|s| s.start >= start);
    if let Some(before) = word_before {
        let word = before.of(text);
        let (first, rest) = after.split_once(' ').unwrap_or((&after, ""));
        if word.eq_ignore_ascii_case(first) && !rest.is_empty() {
            after = rest.to_owned();
        } else if is_determiner(word) && is_article(first) && !rest.is_empty() {
            if is_article(word) {
                span.start = before.start;
                after = matched(first, word) + " " + rest;
            } else {
                after = rest.to_owned();
            }
        }
        if span.start != before.start
            && (word.eq_ignore_ascii_case("a") || word.eq_ignore_ascii_case("an"))
        {
            let first = after.split(' ').next().unwrap_or("");
            let an = articles.wants_an(first);
            if an != (word.len() == 2) {
                span.start = before.start;
                after = format!("{} {after}", matched(if an { "an" } else { "a" }, word));
            }
        }
    }
    if let Some(next) = tokens.get(to).filter(|t| !t.has(flag::BREAK)) {
        let word = next.span.of(text);
        let (head, last) = after.rsplit_once(' ').unwrap_or(("", &after));
        if word.eq_ignore_ascii_case(last) && !head.is_empty() {
            after.truncate(head.len());
        }
    }
    (span.of(text) != after).then_some((span, after))
}

fn is_article(word: &str) -> bool {
    ["a", "an", "the"]
        .iter()
        .any(|a| word.eq_ignore_ascii_case(a))
}

fn is_determiner(word: &str) -> bool {
    is_article(word)
        || [
            "this", "that", "these", "those", "my", "your", "his", "her", "its", "our", "their",
        ]
        .iter()
        .any(|d| word.eq_ignore_ascii_case(d))
}

/// `word` with the first letter in the case of `like`.
fn matched(word: &str, like: &str) -> String {
    if like.starts_with(char::is_uppercase) {
        capitalised(word)
    } else {
        word.to_owned()
    }
}

/// `meant` in the case of the phrase it replaces: lower, Capitalised, Title Case or UPPER CASE.
fn cased(meant: &str, tokens: &[Token]) -> String {
    let upper = tokens.iter().all(|t| t.has(flag::UPPER));
    if upper && (tokens.len() > 1 || tokens[0].span.len() > 1) {
        return meant.to_uppercase();
    }
    let own = meant.chars().any(char::is_uppercase);
    if !tokens[0].has(flag::CAP) || own && !tokens[0].has(flag::SENTENCE) {
        return meant.to_owned();
    }
    let all = tokens.iter().all(|t| t.has(flag::CAP) || t.span.len() <= 3)
        && (tokens.len() > 1 || tokens[0].has(flag::TITLE));
    if all
        && !own
        && (tokens.len() > 1 && tokens.iter().filter(|t| t.has(flag::CAP)).count() > 1
            || tokens[0].has(flag::TITLE))
    {
        let words: Vec<String> = meant
            .split(' ')
            .enumerate()
            .map(|(i, w)| {
                if i == 0 || w.len() > 3 {
                    capitalised(w)
                } else {
                    w.to_owned()
                }
            })
            .collect();
        return words.join(" ");
    }
    capitalised(meant)
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars
        .next()
        .map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repair::tokens::Tokeniser;

    fn rendered(text: &str, from: usize, to: usize, meant: &str) -> String {
        let mut tokens = Vec::new();
        Tokeniser::new().expect("table").cut(text, &mut tokens);
        crate::repair::protect::mark(
            text,
            &mut tokens,
            &mut crate::repair::protect::Buffers::default(),
        );
        let articles = Articles::new().expect("table");
        let (span, after) =
            render(text, &tokens, (from, to), meant, false, &articles, 0).expect("a change");
        format!("{}[{after}]{}", &text[..span.start], &text[span.end..])
    }

    #[test]
    fn case_is_carried_over() {
        assert_eq!(
            rendered("Safety promises came.", 0, 2, "security guarantees"),
            "[Security guarantees] came."
        );
        assert_eq!(
            rendered("THE SAFETY PROMISES", 1, 3, "security guarantees"),
            "THE [SECURITY GUARANTEES]"
        );
        assert_eq!(
            rendered(
                "The Phantom of Safety Promises",
                3,
                5,
                "security guarantees"
            ),
            "The Phantom of [Security Guarantees]"
        );
        assert_eq!(
            rendered("an eastern tv set", 1, 2, "Japanese"),
            "[a Japanese] tv set"
        );
    }

    #[test]
    fn the_article_agrees() {
        assert_eq!(
            rendered("it is an finish to war", 3, 4, "end"),
            "it is an [end] to war"
        );
        assert_eq!(
            rendered("it is a finish to war", 3, 4, "end"),
            "it is [an end] to war"
        );
        assert_eq!(
            rendered("An finish", 1, 2, "useful thing"),
            "[A useful thing]"
        );
        assert_eq!(rendered("a moment", 1, 2, "hour"), "[an hour]");
    }

    #[test]
    fn words_are_not_doubled() {
        assert_eq!(
            rendered("in the the usage", 2, 4, "the use"),
            "in the [use]"
        );
        assert_eq!(
            rendered("by means of of it", 0, 3, "by way of"),
            "[by way] of it"
        );
    }
}
