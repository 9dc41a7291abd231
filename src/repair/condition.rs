//! Conditions of lexicon entries on the word before and the word after.

use rustc_hash::FxHashMap;

use super::table::{Table, rows};
use super::tokens::{Token, flag};
use crate::edit::ByteSpan;
use crate::stage::SetupError;
use crate::text::ngrams::token_key;

const CLASSES: [&str; 16] = [
    "det",
    "be",
    "have",
    "modal",
    "num",
    "prep",
    "pron",
    "to",
    "cap",
    "start",
    "end",
    "ing",
    "ed",
    "plural",
    "plural-verb",
    "singular-verb",
];
const NUM: u16 = 1 << 4;
const CAP: u16 = 1 << 8;
const START: u16 = 1 << 9;
const END: u16 = 1 << 10;
const ING: u16 = 1 << 11;
const ED: u16 = 1 << 12;
const PLURAL: u16 = 1 << 13;
const PLURAL_VERB: u16 = 1 << 14;
const SINGULAR_VERB: u16 = 1 << 15;
/// Classes of words that are no noun, whatever letter they end in.
const FUNCTION: u16 = 0xFF;

/// Word classes, as bit sets by word key.
#[derive(Debug)]
pub(super) struct Classes {
    words: FxHashMap<u64, u16>,
}

/// A word beside a phrase: its key and classes. No word means the sentence or line ends there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Beside {
    key: Option<u64>,
    classes: u16,
}

impl Classes {
    pub(super) fn new() -> Result<Self, SetupError> {
        const WORDS: Table = Table {
            name: "data/repair/classes.tsv",
            text: include_str!("../../data/repair/classes.tsv"),
        };
        const VERBS: Table = Table {
            name: "data/repair/verbs.tsv",
            text: include_str!("../../data/repair/verbs.tsv"),
        };
        let mut words = FxHashMap::default();
        for row in rows(&WORDS) {
            let [word, class] = row.columns()?;
            let bit = CLASSES
                .iter()
                .position(|c| *c == class)
                .ok_or_else(|| row.error(format!("no class {class}")))?;
            *words.entry(token_key(word)).or_default() |= 1 << bit;
        }
        for row in rows(&VERBS) {
            let [_, past, participle] = row.columns()?;
            for form in past.split('|').chain(participle.split('|')) {
                *words.entry(token_key(form)).or_default() |= ED;
            }
        }
        Ok(Self { words })
    }

    /// What stands before the token `at`.
    pub(super) fn before(&self, text: &str, tokens: &[Token], at: usize) -> Beside {
        let start = tokens[at].has(flag::SENTENCE | flag::LINE);
        let mut beside = match at.checked_sub(1) {
            Some(i) if !tokens[at].has(flag::STOP | flag::LINE) => self.beside(text, &tokens[i]),
            _ => Beside {
                key: None,
                classes: 0,
            },
        };
        if start {
            beside.classes |= START;
        }
        beside
    }

    /// What stands after the token `at`.
    pub(super) fn after(&self, text: &str, tokens: &[Token], at: usize) -> Beside {
        match tokens.get(at + 1) {
            Some(t) if !t.has(flag::STOP | flag::LINE) => self.beside(text, t),
            _ => Beside {
                key: None,
                classes: END,
            },
        }
    }

    /// Whether `key` is an article, preposition, pronoun, auxiliary or the like.
    pub(super) fn is_function(&self, key: u64) -> bool {
        self.words.get(&key).is_some_and(|c| c & FUNCTION != 0)
    }

    /// Whether the verb form `key` is a plural one; `None` when it shows no number.
    pub(super) fn number_of_verb(&self, key: u64) -> Option<bool> {
        let classes = self.words.get(&key).copied().unwrap_or(0);
        if classes & PLURAL_VERB != 0 {
            Some(true)
        } else {
            (classes & SINGULAR_VERB != 0).then_some(false)
        }
    }

    /// Whether the word `beside` a verb, taken for its subject, is plural; `None` when one cannot tell.
    pub(super) fn is_plural(beside: Beside) -> Option<bool> {
        beside.key?;
        if beside.classes & PLURAL != 0 {
            Some(true)
        } else {
            (beside.classes & FUNCTION == 0).then_some(false)
        }
    }

    /// Names of the classes of `word`, which is written as `flags` say.
    pub(super) fn names_of(&self, word: &str, flags: u16) -> impl Iterator<Item = &'static str> {
        let token = Token {
            span: ByteSpan::new(0, word.len()),
            key: token_key(word),
            flags,
        };
        let classes = self.beside(word, &token).classes;
        CLASSES
            .iter()
            .enumerate()
            .filter(move |(bit, _)| classes >> bit & 1 != 0)
            .map(|(_, name)| *name)
    }

    fn beside(&self, text: &str, token: &Token) -> Beside {
        let word = token.span.of(text);
        let mut classes = self.words.get(&token.key).copied().unwrap_or(0);
        if token.has(flag::DIGIT) {
            classes |= NUM;
        }
        if token.has(flag::CAP) {
            classes |= CAP;
        }
        if word.len() > 4 && word.ends_with("ing") {
            classes |= ING;
        }
        if word.len() > 3 && word.ends_with("ed") {
            classes |= ED;
        }
        let plural = word.len() > 3
            && word.ends_with('s')
            && !["ss", "us", "is", "'s", "\u{2019}s"]
                .iter()
                .any(|e| word.ends_with(e));
        if plural && classes & FUNCTION == 0 {
            classes |= PLURAL;
        }
        Beside {
            key: Some(token.key),
            classes,
        }
    }
}

/// A condition on one side: any of the wanted, none of the forbidden.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Condition {
    want: Vec<u64>,
    want_classes: u16,
    forbid: Vec<u64>,
    forbid_classes: u16,
}

impl Condition {
    /// Reads the alternatives, parted by blanks.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut out = Self::default();
        for item in text.split_whitespace() {
            let (forbid, name) = match item.strip_prefix('!') {
                Some(rest) => (true, rest),
                None => (false, item),
            };
            let (list, classes) = if forbid {
                (&mut out.forbid, &mut out.forbid_classes)
            } else {
                (&mut out.want, &mut out.want_classes)
            };
            match name.strip_prefix('<').and_then(|n| n.strip_suffix('>')) {
                Some(class) => {
                    let bit = CLASSES
                        .iter()
                        .position(|c| *c == class)
                        .ok_or_else(|| format!("no class {name}"))?;
                    *classes |= 1 << bit;
                }
                None if name.is_empty() || name.contains(['<', '>']) => {
                    return Err(format!("no condition {item:?}"));
                }
                None => list.push(token_key(name)),
            }
        }
        Ok(out)
    }

    /// Whether it asks for nothing.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it wants particular neighbours, not only forbids some.
    pub(super) fn is_strict(&self) -> bool {
        self.want_classes != 0 || !self.want.is_empty()
    }

    /// How `beside` meets it.
    pub(super) fn meets(&self, beside: Beside) -> Meets {
        let hit = |list: &[u64], classes: u16| {
            classes & beside.classes != 0 || beside.key.is_some_and(|k| list.contains(&k))
        };
        if hit(&self.forbid, self.forbid_classes) {
            return Meets::Not;
        }
        if !self.is_strict() || hit(&self.want, self.want_classes) {
            Meets::Fully
        } else {
            Meets::Half
        }
    }
}

/// How a neighbour meets a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meets {
    /// Nothing forbids it and what is wanted is there.
    Fully,
    /// Nothing forbids it, but what is wanted is not there.
    Half,
    /// It is forbidden.
    Not,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repair::tokens::Tokeniser;

    #[test]
    fn conditions_look_at_neighbours_and_stops() {
        let text = "The big dog, sleeping on 3 rugs.";
        let mut tokens = Vec::new();
        Tokeniser::new().expect("table").cut(text, &mut tokens);
        let classes = Classes::new().expect("table");
        let left = |c: &str, at| {
            Condition::parse(c)
                .expect("condition")
                .meets(classes.before(text, &tokens, at))
                == Meets::Fully
        };
        let right = |c: &str, at| {
            Condition::parse(c)
                .expect("condition")
                .meets(classes.after(text, &tokens, at))
                == Meets::Fully
        };
        assert!(left("<det>", 1) && !left("!<det>", 1) && !left("big", 1));
        assert!(right("<end>", 2) && !right("sleeping", 2), "the comma ends");
        assert!(right("<num>", 4) && right("!dog", 4) && right("<ing> dog", 1));
        assert!(left("<start>", 0) && !left("<start>", 2));
        assert!(Condition::parse("<nonsense>").is_err());
    }
}
