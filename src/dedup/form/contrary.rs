//! The same words saying something else: two that have changed places (`from Munich to Vienna`, `from Vienna to Munich`), a
//! `not` put in, `safe` for `unsafe`, `fell` for `rose`, one name for another.
//!
//! Asked of a sentence or two alone. In a longer text two words that changed places are a slip, and make no other text of it.

use std::ops::Range;

use super::words::{Form, Kind, Role, Word};
use crate::dedup::diff::Stretch;

/// Words of the longer text up to which it is asked.
pub(super) const SHORT: usize = 50;
/// Words in all slots, at most, where a denial makes the contrary of a text: among more changes it may be told by another word
/// (`did not accept`, `rejected`).
const BESIDE: usize = 4;
/// Letters of a word at least that a prefix denies.
const DENIED: usize = 4;
/// What makes a word its contrary, in the languages that share such words.
const PREFIXES: [&str; 6] = ["un", "in", "im", "ir", "dis", "non"];

/// Whether words have changed places, as far as the slots of the alignment tell.
///
/// A phrase that moved leaves a gap and fills another, in its own order. Words that changed places stand where the others stood: all
/// that one slot holds on either side another has on the opposite one. Where the alignment kept one of them, they moved together with
/// what stood between and are in another order now. What `and` or `or` joins may change places, and so may phrases that take the
/// word with them that says what they are: `from 1.8 to 2.1`, `to 2.1 from 1.8`.
pub(super) fn is_exchanged(a: &Form, b: &Form, stretches: &[Stretch]) -> bool {
    let slots = || (0..stretches.len()).filter(|&i| !stretches[i].equal);
    let sides = |i: usize| (words(a, &stretches[i].a), words(b, &stretches[i].b));
    slots().any(|i| {
        let (x, y) = sides(i);
        slots().filter(|&j| j != i).any(|j| {
            let (other_x, other_y) = sides(j);
            if y.is_empty() && other_x.is_empty() {
                return is_turned((a, &stretches[i].a), (b, &stretches[j].b));
            }
            is_part(x, other_y)
                && is_part(y, other_x)
                && !says_what_it_is(x, y)
                && !says_what_it_is(y, x)
                && !joined(a, stretches, i.min(j), i.max(j))
        })
    })
}

fn words<'f>(form: &'f Form, range: &Range<usize>) -> &'f [Word] {
    &form.words[range.clone()]
}

/// Whether some words carry content, and all that do stand among others.
fn is_part(words: &[Word], others: &[Word]) -> bool {
    let mut content = content(words).peekable();
    content.peek().is_some() && content.all(|key| others.iter().any(|w| w.key == key))
}

/// Whether some words begin with one of grammar, an article aside, that others do not have.
fn says_what_it_is(words: &[Word], others: &[Word]) -> bool {
    let first = words.iter().find(|w| w.role != Some(Role::Article));
    first.is_some_and(|first| {
        first.kind == Kind::Function
            && first.role != Some(Role::Joins)
            && others.iter().all(|w| w.key != first.key)
    })
}

/// The keys of the words that carry content.
fn content(words: &[Word]) -> impl Iterator<Item = u64> {
    words
        .iter()
        .filter(|w| w.kind != Kind::Function)
        .map(|w| w.key)
}

/// Whether nothing but `and` or `or` stands between two stretches.
fn joined(form: &Form, stretches: &[Stretch], from: usize, to: usize) -> bool {
    stretches[from + 1..to].iter().all(|s| {
        words(form, &s.a)
            .iter()
            .all(|w| w.role == Some(Role::Joins))
    })
}

/// Whether two runs, each in a gap of the other text, are the same words in another order, what joins them aside.
///
/// Where a run begins with the word that follows it, the gap may as well lie one word farther (`from [8 percent to 9] percent`).
fn is_turned((a, x): (&Form, &Range<usize>), (b, y): (&Form, &Range<usize>)) -> bool {
    let keys = |words: &[Word]| -> Vec<u64> {
        let rest = words.iter().filter(|w| w.role != Some(Role::Joins));
        rest.map(|w| w.key).collect()
    };
    let (runs, others) = (placings(a, x), placings(b, y));
    let same = |x: &[Word]| others.iter().any(|y| keys(x) == keys(y));
    if runs.iter().any(|x| same(x)) {
        return false;
    }
    let sorted = |words: &[Word]| {
        let mut keys = keys(words);
        keys.sort_unstable();
        keys
    };
    sorted(words(a, x)) == sorted(words(b, y))
}

/// A run that fills a gap, in all places where the gap may lie: as far forward and back as the words around it repeat it.
fn placings<'f>(form: &'f Form, range: &Range<usize>) -> Vec<&'f [Word]> {
    let (from, to) = (range.start, range.end);
    let same = |i: usize, j: usize| {
        let word = |at: usize| form.words.get(at).map(|w| w.key);
        word(i).is_some() && word(i) == word(j)
    };
    let forward = (0..to - from).take_while(|&k| same(from + k, to + k));
    let back = (1..=from.min(to - from)).take_while(|&k| same(from - k, to - k));
    let mut out = vec![words(form, range)];
    out.extend(forward.map(|k| words(form, &(from + k + 1..to + k + 1))));
    out.extend(back.map(|k| words(form, &(from - k..to - k))));
    out
}

/// Whether one of two texts that share nearly all other words denies what the other says, says the opposite, or says
/// it of somebody else.
pub(super) fn is_denied(
    (a, a_text): (&Form, &str),
    (b, b_text): (&Form, &str),
    stretches: &[Stretch],
) -> bool {
    let denials = |words: &[Word]| {
        let denying = words.iter().filter(|w| w.role == Some(Role::Denies));
        denying.count()
    };
    let slots = || stretches.iter().filter(|s| !s.equal);
    if slots().map(|s| s.a.len().max(s.b.len())).sum::<usize>() > BESIDE {
        return false;
    }
    denials(&a.words) != denials(&b.words)
        || slots().any(|s| are_opposite(words(a, &s.a), words(b, &s.b)))
        || slots().any(|s| {
            let (&[x], &[y]) = (words(a, &s.a), words(b, &s.b)) else {
                return false;
            };
            let names = x.kind == Kind::Name && y.kind == Kind::Name;
            let (x, y) = (a.word(s.a.start, a_text), b.word(s.b.start, b_text));
            are_contrary(x, y) || names && are_other_names(x, y)
        })
}

/// Whether two names are those of two, not one name in two spellings.
pub(super) fn are_other_names(x: &str, y: &str) -> bool {
    strsim::normalized_levenshtein(&x.to_lowercase(), &y.to_lowercase()) < 0.5
}

/// Whether one of the words on either side is the opposite of one on the other, and no word on its own side is.
fn are_opposite(x: &[Word], y: &[Word]) -> bool {
    let has = |words: &[Word], of, first| {
        words
            .iter()
            .any(|w| w.role == Some(Role::Opposite(of, first)))
    };
    x.iter().any(|w| match w.role {
        Some(Role::Opposite(of, first)) => {
            has(y, of, !first) && !has(y, of, first) && !has(x, of, !first)
        }
        _ => false,
    })
}

/// Whether one word is the other with a prefix that denies it.
fn are_contrary(x: &str, y: &str) -> bool {
    let (x, y) = (x.to_lowercase(), y.to_lowercase());
    let (long, short) = if x.len() > y.len() { (x, y) } else { (y, x) };
    short.len() >= DENIED
        && long
            .strip_suffix(short.as_str())
            .is_some_and(|prefix| PREFIXES.contains(&prefix))
}
