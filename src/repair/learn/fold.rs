//! Pairs of phrases that differ only in inflection, folded into entries that are inflected on both sides.
//!
//! Safe means seen: a noun is folded where its singular and its plural were, a verb where two of its forms were, one of
//! them in -ed or -ing; and both sides must be in the same form.

use std::collections::{BTreeMap, BTreeSet};

use super::super::inflect::Inflector;

/// An entry to be: one or more pairs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) form: &'static str,
    pub(super) spun: String,
    pub(super) meant: String,
    /// Indices of the pairs that it stands for.
    pub(super) members: Vec<usize>,
}

/// Form, spun phrase and meant phrase of an entry that inflects.
type Paradigm = (&'static str, String, String);

/// Folds `pairs` of spun and meant phrases; `known` says how common the first word of a meant phrase is in English.
///
/// Every pair is in one group, those that fold with nothing in one of their own of form `x`.
pub(super) fn fold(
    pairs: &[(&str, &str)],
    inflector: &Inflector,
    known: impl Fn(&str) -> f32,
) -> Vec<Group> {
    let mut paradigms: BTreeMap<Paradigm, BTreeSet<(usize, usize)>> = BTreeMap::new();
    for (n, (spun, meant)) in pairs.iter().enumerate() {
        for (paradigm, place) in readings(spun, meant, inflector) {
            paradigms.entry(paradigm).or_default().insert((n, place));
        }
    }
    let mut candidates: Vec<(Paradigm, BTreeSet<(usize, usize)>)> = paradigms
        .into_iter()
        .filter(|((form, ..), seen)| folds(form, seen.iter()))
        .collect();
    // The paradigm that explains most; then the one whose base was seen; then the one whose base is a word.
    candidates.sort_by_cached_key(|((form, spun, meant), seen)| {
        let members: BTreeSet<usize> = seen.iter().map(|s| s.0).collect();
        let rate = known(meant.split(' ').next().unwrap_or(meant));
        (
            std::cmp::Reverse(members.len()),
            !seen.iter().any(|s| s.1 == 0),
            std::cmp::Reverse((rate * 1e3) as u64),
            (spun.len(), *form, spun.clone(), meant.clone()),
        )
    });
    let mut taken = vec![false; pairs.len()];
    let mut out = Vec::new();
    for ((form, spun, meant), seen) in candidates {
        let free = || seen.iter().filter(|s| !taken[s.0]);
        if !folds(form, free()) {
            continue;
        }
        let members: BTreeSet<usize> = free().map(|s| s.0).collect();
        for &n in &members {
            taken[n] = true;
        }
        out.push(Group {
            form,
            spun,
            meant,
            members: members.into_iter().collect(),
        });
    }
    for (n, (spun, meant)) in pairs.iter().enumerate().filter(|(n, _)| !taken[*n]) {
        out.push(Group {
            form: "x",
            spun: (*spun).to_owned(),
            meant: (*meant).to_owned(),
            members: vec![n],
        });
    }
    out
}

/// Whether what was seen of a paradigm, as pair and form, is enough to believe in it.
fn folds<'s>(form: &str, seen: impl Iterator<Item = &'s (usize, usize)>) -> bool {
    let mut pairs = BTreeSet::new();
    let mut verbal = false;
    for &(n, place) in seen {
        pairs.insert(n);
        verbal |= place > 1;
    }
    pairs.len() > 1 && (form == "n" || verbal)
}

/// Paradigms that the pair fits, and which of their forms it is.
fn readings(spun: &str, meant: &str, inflector: &Inflector) -> Vec<(Paradigm, usize)> {
    let mut out = Vec::new();
    // A noun inflects its last word, a verb its first: as the lexicon unfolds them.
    let last = |p: &str| p.rfind(' ').map_or(0, |i| i + 1);
    let first = |p: &str| p.find(' ').unwrap_or(p.len());
    let (s, m) = (last(spun), last(meant));
    for (base, place) in inflector.nouns_with(&spun[s..]) {
        for (other, its) in inflector.nouns_with(&meant[m..]) {
            if its == place {
                let phrases = (
                    format!("{}{base}", &spun[..s]),
                    format!("{}{other}", &meant[..m]),
                );
                out.push((("n", phrases.0, phrases.1), place));
            }
        }
    }
    let (s, m) = (first(spun), first(meant));
    let others = inflector.verbs_with(&meant[..m]);
    for (base, place) in inflector.verbs_with(&spun[..s]) {
        for (other, its) in &others {
            if *its == place {
                let phrases = (
                    format!("{base}{}", &spun[s..]),
                    format!("{other}{}", &meant[m..]),
                );
                out.push((("v", phrases.0, phrases.1), place));
            }
        }
    }
    out.retain(|((_, spun, meant), _)| spun != meant);
    out
}

/// Whether the two words are forms of one.
pub(super) fn are_one(a: &str, b: &str, inflector: &Inflector) -> bool {
    let share = |a: Vec<(String, usize)>, b: Vec<(String, usize)>| {
        a.iter().any(|x| b.iter().any(|y| x.0 == y.0))
    };
    share(inflector.verbs_with(a), inflector.verbs_with(b))
        || share(inflector.nouns_with(a), inflector.nouns_with(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(pairs: &[(&str, &str)]) -> Vec<String> {
        let inflector = Inflector::new().expect("tables are well-formed");
        let mut out: Vec<String> = fold(pairs, &inflector, |w| f32::from(w == "use"))
            .iter()
            .map(|g| format!("{}={} {} {:?}", g.spun, g.meant, g.form, g.members))
            .collect();
        out.sort();
        out
    }

    #[test]
    fn forms_that_were_seen_are_folded() {
        assert_eq!(
            folded(&[("zorbed", "used"), ("zorbing", "using"), ("hound", "dog")]),
            ["hound=dog x [2]", "zorb=use v [0, 1]"]
        );
        assert_eq!(
            folded(&[("big hounds", "large dogs"), ("big hound", "large dog")]),
            ["big hound=large dog n [0, 1]"]
        );
        assert_eq!(
            folded(&[
                ("zorbs", "breaks"),
                ("zorbed", "broke"),
                ("zorbed", "broken")
            ]),
            ["zorb=break v [0, 1, 2]"]
        );
    }

    #[test]
    fn a_form_seen_alone_and_forms_that_do_not_fit_stay_as_they_are() {
        assert_eq!(folded(&[("zorbed", "used")]), ["zorbed=used x [0]"]);
        assert_eq!(
            folded(&[("zorbed", "used"), ("zorbing", "employing")]),
            ["zorbed=used x [0]", "zorbing=employing x [1]"]
        );
    }

    #[test]
    fn forms_of_one_word_are_known() {
        let inflector = Inflector::new().expect("tables are well-formed");
        assert!(are_one("went", "goes", &inflector));
        assert!(are_one("city", "cities", &inflector));
        assert!(!are_one("city", "town", &inflector));
    }
}
