//! The words of a text and what they are: numbers and dates, names, words of grammar, all others.

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::FunctionWords;
use crate::stage::SetupError;
use crate::text::shingles::{self, Token};

/// Share of words with a capital within sentences above which capitals mark no names: headlines, lines in capitals.
const HEADLINE: f32 = 0.5;

/// Words that are facts though they have no digit (numbers written out, months, days of the week), and words that say what becomes of
/// others: that deny, join, or stand for one of two opposites.
#[derive(Clone, Debug)]
pub struct FactWords {
    /// By key of the word.
    says: FxHashMap<u64, Says>,
}

/// What a word of the list says.
#[derive(Clone, Copy, Debug)]
enum Says {
    /// A number: its key, the same for `two` and `2`.
    Number(u64),
    /// A month or a day of the week.
    Date(u64),
    /// Nothing by itself.
    Role(Role),
}

/// What a word does to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// `not`, `none`, `without`.
    Denies,
    /// `and`, `or`: what stands on its sides may change places.
    Joins,
    /// `the`, `a`.
    Article,
    /// One of two opposites (`rose`, `fell`): which two, and whether the first.
    Opposite(u8, bool),
}

impl Says {
    /// What is meant by `value`; `opposites` are the names of those known so far.
    fn of<'t>(value: &'t str, opposites: &mut Vec<&'t str>) -> Self {
        let mut opposite = |name: &'t str, first| {
            let known = opposites.iter().position(|&o| o == name);
            let number = known.unwrap_or_else(|| {
                opposites.push(name);
                opposites.len() - 1
            });
            Self::Role(Role::Opposite(number as u8, first))
        };
        match value {
            "denies" => Self::Role(Role::Denies),
            "joins" => Self::Role(Role::Joins),
            "article" => Self::Role(Role::Article),
            _ if let Some(name) = value.strip_prefix('+') => opposite(name, true),
            _ if let Some(name) = value.strip_prefix('-') => opposite(name, false),
            _ if value.starts_with(|c: char| c.is_ascii_digit()) => Self::Number(number(value)),
            _ => Self::Date(shingles::key(value.as_bytes())),
        }
    }
}

impl FactWords {
    const NAME: &str = "data/dedup/fact_words.tsv";
    pub(super) const TSV: &str = include_str!("../../../data/dedup/fact_words.tsv");

    /// The embedded list.
    ///
    /// # Errors
    /// A line without a word, what it says and languages.
    pub fn embedded() -> Result<Self, SetupError> {
        let mut says = FxHashMap::default();
        let mut opposites = Vec::new();
        for (i, line) in Self::TSV.lines().enumerate() {
            let fields: Vec<&str> = line.split('\t').collect();
            match fields[..] {
                [word, value, languages] if ![word, value, languages].contains(&"") => {
                    says.insert(
                        shingles::key(word.as_bytes()),
                        Says::of(value, &mut opposites),
                    );
                }
                _ => {
                    return Err(SetupError::Data {
                        name: Self::NAME.to_owned(),
                        line: i + 1,
                        problem: "expected a word, what it says and languages, with tabs between"
                            .to_owned(),
                    });
                }
            }
        }
        Ok(Self { says })
    }
}

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// With a digit, or a number, month or day in letters.
    Number,
    /// With a capital that no start of a sentence explains.
    Name,
    /// Any other that carries content.
    Plain,
    /// Grammar.
    Function,
}

/// A word, or a number with its marks (`6-3/8`, `1,234.5`, `2025-08-21`).
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    /// Key of what it says.
    pub key: u64,
    pub kind: Kind,
    pub role: Option<Role>,
    start: u32,
    end: u32,
}

/// The words of a text, read for [`compare`](super::compare).
#[derive(Clone, Debug, Default)]
pub struct Form {
    pub(super) words: Vec<Word>,
    /// Their keys, for the alignment.
    pub(super) keys: Vec<u64>,
    /// The same, sorted.
    sorted: Vec<u64>,
    /// The numbers among them, sorted, without months, days, and 1, which is more often a word than a number.
    numbers: Vec<u64>,
    /// Words that start a sentence with a capital.
    initial: Vec<usize>,
    names: FxHashSet<u64>,
    fold: String,
}

impl Form {
    /// Reads `text` into the buffers of this one. `O(n log n)` in the words.
    pub fn read(&mut self, text: &str, facts: &FactWords, function_words: &FunctionWords) {
        let Self {
            words,
            keys,
            sorted,
            numbers,
            initial,
            names,
            fold,
        } = self;
        words.clear();
        numbers.clear();
        initial.clear();
        names.clear();
        let mut within = 0u32;
        let mut capitals = 0u32;
        shingles::scan(text, fold, |token| {
            let Token::Word { key, start, end } = token else {
                return;
            };
            let before = words.last().map_or(0, |w| w.end) as usize;
            let gap = &text[before..start as usize];
            let word = &text[start as usize..end as usize];
            if let Some(last) = words.last_mut()
                && last.kind == Kind::Number
                && joins(gap)
                && text[..before].ends_with(char::is_numeric)
                && word.starts_with(char::is_numeric)
            {
                last.end = end;
                last.key = number(&text[last.start as usize..end as usize]);
                return;
            }
            let first = words.is_empty() || (gap != " " && starts_sentence(gap));
            let capital = word.starts_with(char::is_uppercase);
            if !first {
                within += u32::from(capital || word.starts_with(char::is_lowercase));
                capitals += u32::from(capital);
            }
            let says = facts.says.get(&key).copied();
            let role = match says {
                Some(Says::Role(role)) => Some(role),
                _ => None,
            };
            let (key, kind) = if has_digit(word) {
                (number(word), Kind::Number)
            } else if let Some(Says::Number(key)) = says {
                numbers.push(key);
                (key, Kind::Number)
            } else if let Some(Says::Date(key)) = says {
                (key, Kind::Number)
            } else if function_words.contains(key) {
                (key, Kind::Function)
            } else {
                if capital && first {
                    initial.push(words.len());
                }
                let kind = if capital && !first {
                    Kind::Name
                } else {
                    Kind::Plain
                };
                (key, kind)
            };
            words.push(Word {
                key,
                kind,
                role,
                start,
                end,
            });
        });
        let is_written = |w: &&Word| has_digit(&text[w.start as usize..w.end as usize]);
        numbers.extend(
            words
                .iter()
                .filter(|w| w.kind == Kind::Number)
                .filter(is_written)
                .map(|w| w.key),
        );
        let one = number("1");
        numbers.retain(|&n| n != one);
        numbers.sort_unstable();
        if capitals as f32 > HEADLINE * within as f32 {
            for word in words.iter_mut().filter(|w| w.kind == Kind::Name) {
                word.kind = Kind::Plain;
            }
        }
        names.extend(words.iter().filter(|w| w.kind == Kind::Name).map(|w| w.key));
        for &i in initial.iter() {
            let next_is_name = words
                .get(i + 1)
                .is_some_and(|next| next.kind == Kind::Name && next.start == words[i].end + 1);
            if next_is_name || names.contains(&words[i].key) {
                words[i].kind = Kind::Name;
            }
        }
        keys.clear();
        keys.extend(words.iter().map(|w| w.key));
        sorted.clear();
        sorted.extend_from_slice(keys);
        sorted.sort_unstable();
        sorted.dedup();
    }

    /// Whether the text has a word that says this, anywhere.
    pub(super) fn has(&self, key: u64) -> bool {
        self.sorted.binary_search(&key).is_ok()
    }

    /// The numbers, sorted: in digits or letters, the same however they are written, repeats as often as they stand.
    pub(super) fn numbers(&self) -> &[u64] {
        &self.numbers
    }

    /// Word `i` as it stands in `text`.
    pub(super) fn word<'t>(&self, i: usize, text: &'t str) -> &'t str {
        self.words
            .get(i)
            .and_then(|w| text.get(w.start as usize..w.end as usize))
            .unwrap_or("")
    }
}

/// Whether one of the characters is a digit or another number.
fn has_digit(word: &str) -> bool {
    if word.is_ascii() {
        return word.bytes().any(|b| b.is_ascii_digit());
    }
    word.contains(char::is_numeric)
}

/// Whether what stands between two groups of digits makes them one number.
fn joins(gap: &str) -> bool {
    matches!(gap, "." | "," | "/" | ":" | "-" | "–" | "'" | "’")
}

/// Whether a capital after `gap` says nothing: the end of a sentence, a quotation mark, an empty line.
fn starts_sentence(gap: &str) -> bool {
    gap.contains(['.', '!', '?', ':', '"', '“', '„', '«', '…', '•', '*', '|'])
        || gap.bytes().filter(|&b| b == b'\n').count() > 1
}

/// Letters behind a number that are its unit or ending, at most: `96bn`, `412p`, `38pc`, `7.40am`, `5th`, `1990s`.
const UNIT: usize = 3;

/// The key of a number: its digits and marks without commas and without a unit, so that `1,000` is `1000`, and `96bn` is `96`. What
/// begins with a letter (`A5`) is no number with a unit.
fn number(text: &str) -> u64 {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let is_unit = text.len() - digits.len() <= UNIT
        && digits.starts_with(char::is_numeric)
        && digits.ends_with(char::is_numeric);
    let text = if is_unit { digits } else { text };
    if text.bytes().any(|b| b == b',' || b.is_ascii_uppercase()) {
        let plain: String = text
            .chars()
            .filter(|&c| c != ',')
            .map(|c| c.to_ascii_lowercase())
            .collect();
        return shingles::key(plain.as_bytes());
    }
    shingles::key(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn kinds(text: &str) -> String {
        let mut form = Form::default();
        form.read(
            text,
            &FactWords::embedded().unwrap(),
            &FunctionWords::embedded().unwrap(),
        );
        form.words
            .iter()
            .map(|w| match w.kind {
                Kind::Number => '#',
                Kind::Name => 'N',
                Kind::Plain => 'w',
                Kind::Function => '.',
            })
            .collect()
    }

    #[test]
    fn words_are_what_they_are() {
        assert_eq!(
            kinds("Rain fell in Paris on 3 June and in Rome."),
            "ww.N.##..N"
        );
        assert_eq!(kinds("at 6-3/8 pct, 1,234.5 tonnes by 10:30"), ".#w#w.#");
        assert_eq!(kinds("two weeks, next monday"), "#ww#");
        assert_eq!(kinds("Morgan Stanley sold. Stanley bought."), "NNwNw");
        assert_eq!(kinds("ALL LINES SHOUT LOUDLY"), ".www");
        assert_eq!(kinds(""), "");
    }

    #[test]
    fn numbers_are_the_same_however_they_are_written() {
        let key = |text: &str| {
            let mut form = Form::default();
            form.read(
                text,
                &FactWords::embedded().unwrap(),
                &FunctionWords::embedded().unwrap(),
            );
            form.keys.clone()
        };
        assert_eq!(key("two"), key("2"));
        assert_eq!(key("1,000"), key("1000"));
        assert_eq!(key("Jan"), key("january"));
        assert_ne!(key("6-3/8"), key("6-3/16"));
        for (written, number) in [
            ("96bn", "96"),
            ("412p", "412"),
            ("38pc", "38"),
            ("1,200kg", "1200"),
            ("7.40am", "7.40"),
            ("5th", "five"),
        ] {
            assert_eq!(key(written), key(number), "{written}");
        }
        assert_ne!(key("A5"), key("5"));
        assert_ne!(key("5 B"), key("5"));
        assert_ne!(key("2nd"), key("3rd"));
    }

    #[test]
    fn the_word_list_is_sorted_and_lower_case() {
        let words: Vec<&str> = FactWords::TSV
            .lines()
            .filter_map(|l| l.split('\t').next())
            .collect();
        assert!(words.is_sorted_by(|a, b| a < b));
        assert!(words.iter().all(|w| *w == w.to_lowercase()));
        // Both sides of every pair of opposites, and no more pairs than a byte counts.
        let says = |sign: char| -> BTreeSet<&str> {
            let value = |l: &'static str| l.split('\t').nth(1)?.strip_prefix(sign);
            FactWords::TSV.lines().filter_map(value).collect()
        };
        assert!(says('+') == says('-') && (2..256).contains(&says('+').len()));
    }
}
