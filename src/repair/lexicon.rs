//! The inverse lexicon: which phrases a spinner leaves behind, and what was meant.
//!
//! The files in `data/repair` (see the README there for the columns) are unfolded at set-up: every inflected form of
//! an entry becomes a [`Form`], found by the key of its words.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

use rustc_hash::{FxHashMap, FxHashSet};

use super::compose::{MOST_PATTERNS, Terms};
use super::condition::{Classes, Condition};
use super::forward::Forward;
use super::inflect::Inflector;
use super::table::{Table, TableRow, rows};
use super::user::{Row, UserLexicon};
use crate::stage::SetupError;
use crate::text::ngrams::{key, token_key};

/// Longest phrase on either side, in words.
pub(super) const MAX_WORDS: usize = 10;

/// The families of spinners that have a lexicon, in the order of the arrays indexed by family.
pub(super) const FILES: [(usize, Table); 3] = [
    (
        0,
        Table {
            name: "data/repair/w.tsv",
            text: include_str!("../../data/repair/w.tsv"),
        },
    ),
    (
        1,
        Table {
            name: "data/repair/a.tsv",
            text: include_str!("../../data/repair/a.tsv"),
        },
    ),
    (
        2,
        Table {
            name: "data/repair/b.tsv",
            text: include_str!("../../data/repair/b.tsv"),
        },
    ),
];

/// In place of a family: the entry is the user's own and holds in text of any spinner.
pub(super) const OWN: u8 = 4;

/// One inflected form of one entry.
#[derive(Debug)]
pub(super) struct Form {
    /// The phrase as the spinner leaves it: lower case, or as capitalised for names.
    pub(super) spun: Box<str>,
    pub(super) words: u8,
    /// Index of the family, or [`OWN`].
    pub(super) family: u8,
    /// Matches names, with exactly this capitalisation.
    pub(super) name: bool,
    /// Share of cases, seen in spun text of this family, in which a repair is meant.
    pub(super) prior: f32,
    pub(super) left: u32,
    pub(super) right: u32,
    pub(super) repairs: Range<u32>,
}

/// What a form may have stood for.
#[derive(Debug)]
pub(super) struct Meant {
    pub(super) text: Box<str>,
    pub(super) keys: Range<u32>,
    /// Share among the repairs of its form.
    pub(super) share: f32,
    /// Near synonym of the phrase, by an entry that looks at no neighbour: leaving it garbles nothing.
    pub(super) harmless: bool,
    /// Log-probability by the embedded counts alone, once it was asked for: bits of an [`f32`], not a number before.
    phrase: AtomicU32,
}

impl Meant {
    fn new(text: &str, keys: Range<u32>, share: f32, harmless: bool) -> Self {
        Self {
            text: text.into(),
            keys,
            share,
            harmless,
            phrase: AtomicU32::new(f32::NAN.to_bits()),
        }
    }

    /// Its log-probability, counted by `count` at the first call.
    pub(super) fn phrase(&self, count: impl FnOnce() -> f32) -> f32 {
        let known = f32::from_bits(self.phrase.load(Ordering::Relaxed));
        if !known.is_nan() {
            return known;
        }
        let counted = count();
        self.phrase.store(counted.to_bits(), Ordering::Relaxed);
        counted
    }
}

/// All forms of all families.
#[derive(Debug)]
pub(super) struct Lexicon {
    pub(super) forms: Vec<Form>,
    pub(super) meant: Vec<Meant>,
    keys: Vec<u64>,
    conditions: Vec<Condition>,
    by_key: FxHashMap<u64, Vec<u32>>,
    longest: FxHashMap<u64, u8>,
    /// What the forward tables link to a phrase.
    pub(super) forward: Forward,
    pub(super) terms: Terms,
    pub(super) classes: Classes,
}

/// Shares of the first, second, … repair of an entry before normalising: what stands first is meant most often.
const SHARES: [f32; 5] = [1.0, 0.45, 0.25, 0.15, 0.1];

impl Lexicon {
    /// Unfolds the embedded files, entries whose source is in `without` left out, and the lexicons of the user; with
    /// `wide`, also the lists for documents that are repaired though they are not called spun.
    pub(super) fn new(
        without: &[String],
        own: &[UserLexicon],
        wide: bool,
    ) -> Result<Self, SetupError> {
        let mut lexicon = Self {
            forms: Vec::new(),
            meant: Vec::new(),
            keys: Vec::new(),
            conditions: vec![Condition::default()],
            by_key: FxHashMap::default(),
            longest: FxHashMap::default(),
            forward: Forward::default(),
            terms: Terms::default(),
            classes: Classes::new()?,
        };
        let inflector = Inflector::new()?;
        let synonyms = synonyms()?;
        for (family, table) in &FILES {
            for row in rows(table) {
                lexicon.add_row(*family as u8, &row, &inflector, &synonyms, without)?;
            }
        }
        for file in own {
            for row in file.rows()? {
                if without.contains(&row.source) {
                    continue;
                }
                lexicon
                    .add_own(&row, &inflector)
                    .map_err(|problem| file.error(row.line, (problem, UNFOLDED)))?;
            }
        }
        for (i, form) in lexicon.forms.iter().enumerate() {
            let keys: Vec<u64> = form.spun.split(' ').map(token_key).collect();
            lexicon.by_key.entry(key(&keys)).or_default().push(i as u32);
            let longest = lexicon.longest.entry(keys[0]).or_default();
            *longest = (*longest).max(form.words);
        }
        lexicon.forward = Forward::new(&inflector, without, wide, |text| {
            add_meant(&mut lexicon.meant, &mut lexicon.keys, text)
        })?;
        lexicon.add_terms(&inflector)?;
        if wide {
            lexicon.add_wide_terms(&inflector)?;
        }
        Ok(lexicon)
    }

    /// Reads the terms that are looked for, with the plural of each.
    fn add_terms(&mut self, inflector: &Inflector) -> Result<(), SetupError> {
        const TABLE: Table = Table {
            name: "data/repair/terms.tsv",
            text: include_str!("../../data/repair/terms.tsv"),
        };
        let keys = |text: &str| text.split(' ').map(token_key).collect::<Vec<u64>>();
        let mut patterns = 0;
        for row in rows(&TABLE) {
            let [before, head] = row.columns()?;
            let pattern = if before.is_empty() {
                None
            } else {
                patterns += 1;
                Some(patterns - 1)
            };
            if patterns > MOST_PATTERNS {
                return Err(row.error("too many patterns"));
            }
            for word in before.split('|').filter(|w| !w.is_empty()) {
                self.terms.insert_beginning(&keys(word), patterns - 1);
            }
            for head in head.split('|') {
                self.terms.insert(&keys(head), pattern);
                // The heads of a pattern come in every number in which they are said.
                if pattern.is_none() {
                    for plural in last_word(head, |w| inflector.plural(w)) {
                        self.terms.insert(&keys(&plural), pattern);
                    }
                }
            }
        }
        Ok(())
    }

    /// Reads the terms that are looked for only in documents that are not called spun, with the plural of each.
    fn add_wide_terms(&mut self, inflector: &Inflector) -> Result<(), SetupError> {
        const TABLE: Table = Table {
            name: "data/repair/wide_terms.tsv",
            text: include_str!("../../data/repair/wide_terms.tsv"),
        };
        let mut plurals = FxHashMap::default();
        for row in rows(&TABLE) {
            let [before, heads] = row.columns()?;
            let mut words: Vec<u64> = before.split(' ').map(token_key).collect();
            for head in heads.split('|') {
                let plurals = plurals.entry(head).or_insert_with(|| {
                    let plurals = last_word(head, |w| inflector.plural(w));
                    let all = plurals.iter().map(String::as_str).chain([head]);
                    all.map(token_key).collect::<Vec<u64>>()
                });
                for &mut last in plurals {
                    words.push(last);
                    self.terms.insert_wide(&words);
                    words.pop();
                }
            }
        }
        Ok(())
    }

    fn add_row(
        &mut self,
        family: u8,
        row: &TableRow,
        inflector: &Inflector,
        synonyms: &FxHashSet<(&str, &str)>,
        without: &[String],
    ) -> Result<(), SetupError> {
        let [spun, repairs, form, prior, left, right, source] = row.columns()?;
        if without.iter().any(|s| s == source) {
            return Ok(());
        }
        let prior = prior
            .parse::<u8>()
            .ok()
            .filter(|p| (1..=99).contains(p))
            .ok_or_else(|| row.error("the prior is no number from 1 to 99"))?;
        if repairs.split('|').any(|r| r.is_empty() || r == spun) {
            return Err(row.error("a repair is empty or equals the phrase"));
        }
        let entry = Entry {
            family,
            spun,
            repairs,
            form,
            prior,
            left,
            right,
        };
        self.add_entry(&entry, inflector, synonyms)
            .map_err(|problem| row.error(problem))
    }

    /// Adds a row of the user's, unless it is switched off.
    fn add_own(&mut self, row: &Row, inflector: &Inflector) -> Result<(), String> {
        if row.prior == 0 {
            return Ok(());
        }
        let entry = Entry {
            family: row.family.map_or(OWN, |f| f as u8),
            spun: &row.spun,
            repairs: &row.repairs.join("|"),
            form: &row.form,
            prior: row.prior,
            left: &row.left,
            right: &row.right,
        };
        // What somebody counted in texts of the spinner is meant to be undone, near synonym or not.
        self.add_entry(&entry, inflector, &FxHashSet::default())
    }

    fn add_entry(
        &mut self,
        entry: &Entry<'_>,
        inflector: &Inflector,
        synonyms: &FxHashSet<(&str, &str)>,
    ) -> Result<(), String> {
        let Entry {
            family,
            spun: base,
            repairs,
            form,
            prior,
            left,
            right,
        } = *entry;
        let bare = family > 0 && left.is_empty() && right.is_empty();
        let left = self.condition(left)?;
        let right = self.condition(right)?;
        for (spun, meant) in
            unfold(base, repairs, form, inflector).ok_or("the form is none of x n v a p")?
        {
            let words = spun.split(' ').count();
            if words > MAX_WORDS {
                return Err("the phrase is too long".to_owned());
            }
            let from = self.meant.len() as u32;
            let total: f32 = meant.iter().map(|m| m.1).sum();
            for (text, weight) in meant {
                let first = self.keys.len() as u32;
                self.keys.extend(text.split(' ').map(token_key));
                let near = synonyms.contains(&(spun.as_str(), text.as_str()))
                    || form != "x" && repairs.split('|').any(|r| synonyms.contains(&(base, r)));
                let keys = first..self.keys.len() as u32;
                self.meant
                    .push(Meant::new(&text, keys, weight / total, bare && near));
            }
            self.forms.push(Form {
                spun: spun.into(),
                words: words as u8,
                family,
                name: form == "p",
                prior: f32::from(prior) / 100.0,
                left,
                right,
                repairs: from..self.meant.len() as u32,
            });
        }
        Ok(())
    }

    fn condition(&mut self, text: &str) -> Result<u32, String> {
        let condition = Condition::parse(text)?;
        if condition.is_empty() {
            return Ok(0);
        }
        self.conditions.push(condition);
        Ok(self.conditions.len() as u32 - 1)
    }

    /// The condition of index `at`.
    pub(super) fn condition_at(&self, at: u32) -> &Condition {
        &self.conditions[at as usize]
    }

    /// Most words in a form that begins with the word `first`; 0 when none does.
    pub(super) fn longest(&self, first: u64) -> usize {
        self.longest.get(&first).map_or(0, |&n| n as usize)
    }

    /// The forms whose words have the n-gram key `key`.
    pub(super) fn forms_of(&self, key: u64) -> &[u32] {
        self.by_key.get(&key).map_or(&[], Vec::as_slice)
    }

    /// The word keys of a repair.
    pub(super) fn keys_of(&self, meant: &Meant) -> &[u64] {
        &self.keys[meant.keys.start as usize..meant.keys.end as usize]
    }
}

/// An entry as its row says it.
#[derive(Clone, Copy, Debug)]
struct Entry<'r> {
    family: u8,
    spun: &'r str,
    repairs: &'r str,
    form: &'r str,
    prior: u8,
    left: &'r str,
    right: &'r str,
}

/// What to do about a row of the user's that cannot be unfolded.
const UNFOLDED: &str = "give the row the form x, so that nothing is inflected";

/// Pairs of near synonyms, both ways.
fn synonyms() -> Result<FxHashSet<(&'static str, &'static str)>, SetupError> {
    const TABLE: Table = Table {
        name: "data/repair/synonyms.tsv",
        text: include_str!("../../data/repair/synonyms.tsv"),
    };
    let mut out = FxHashSet::default();
    for row in rows(&TABLE) {
        let [a, b] = row.columns()?;
        out.insert((a, b));
        out.insert((b, a));
    }
    Ok(out)
}

/// A form and its weighted repairs.
type Unfolded = (String, Vec<(String, f32)>);

/// The forms of an entry, each with its weighted repairs; `None` when `form` is unknown.
fn unfold(spun: &str, repairs: &str, form: &str, inflector: &Inflector) -> Option<Vec<Unfolded>> {
    let mut out: BTreeMap<String, Vec<(String, f32)>> = BTreeMap::new();
    let mut add = |spun: String, meant: String, weight: f32| {
        if spun == meant {
            return;
        }
        let list = out.entry(spun).or_default();
        match list.iter_mut().find(|(m, _)| *m == meant) {
            Some(old) => old.1 += weight,
            None => list.push((meant, weight)),
        }
    };
    for (i, repair) in repairs.split('|').enumerate() {
        let weight = SHARES.get(i).copied().unwrap_or(0.1);
        match form {
            "x" | "a" | "p" => {
                add(spun.to_owned(), repair.to_owned(), weight);
                if let Some(other) = other_number(repair)
                    && !repairs.split('|').any(|r| r == other)
                {
                    add(spun.to_owned(), other, weight * 0.2);
                }
            }
            "n" => {
                add(spun.to_owned(), repair.to_owned(), weight);
                for s in last_word(spun, |w| inflector.plural(w)) {
                    for r in last_word(repair, |w| inflector.plural(w)) {
                        add(s.clone(), r, weight);
                    }
                }
            }
            "v" => {
                let (verb, tail) = split_first(spun);
                let (meant, meant_tail) = split_first(repair);
                let (a, b) = (inflector.verb(verb), inflector.verb(meant));
                add(spun.to_owned(), repair.to_owned(), weight);
                for (from, to) in [
                    (&a.third, &b.third),
                    (&a.past, &b.past),
                    (&a.participle, &b.participle),
                    (&a.ing, &b.ing),
                ] {
                    for s in from.split('|') {
                        for r in to.split('|') {
                            add(format!("{s}{tail}"), format!("{r}{meant_tail}"), weight);
                        }
                    }
                }
            }
            _ => return None,
        }
    }
    Some(out.into_iter().collect())
}

/// Adds a repair that belongs to no form; its index.
fn add_meant(meant: &mut Vec<Meant>, keys: &mut Vec<u64>, text: &str) -> u32 {
    let first = keys.len() as u32;
    keys.extend(text.split(' ').map(token_key));
    meant.push(Meant::new(text, first..keys.len() as u32, 1.0, false));
    meant.len() as u32 - 1
}

/// `repair` with its verb in the other number: the language model decides which one the subject asks for.
fn other_number(repair: &str) -> Option<String> {
    let (verb, tail) = split_first(repair);
    let other = match verb {
        "was" => "were",
        "wasn't" => "weren't",
        "is" => "are",
        "isn't" => "aren't",
        "has" => "have",
        _ => return None,
    };
    Some(format!("{other}{tail}"))
}

/// The first word of `phrase`, and the rest with its blank.
pub(super) fn split_first(phrase: &str) -> (&str, &str) {
    phrase.split_at(phrase.find(' ').unwrap_or(phrase.len()))
}

/// `phrase` with its last word inflected by `f`, in every spelling.
pub(super) fn last_word(phrase: &str, f: impl Fn(&str) -> String) -> Vec<String> {
    let at = phrase.rfind(' ').map_or(0, |i| i + 1);
    f(&phrase[at..])
        .split('|')
        .map(|w| format!("{}{w}", &phrase[..at]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(spun: &str, repairs: &str, form: &str) -> Vec<String> {
        let inflector = Inflector::new().expect("tables are well-formed");
        unfold(spun, repairs, form, &inflector)
            .expect("the form is known")
            .into_iter()
            .map(|(s, m)| {
                let m: Vec<_> = m.into_iter().map(|m| m.0).collect();
                format!("{s}={}", m.join("|"))
            })
            .collect()
    }

    #[test]
    fn entries_unfold_by_paradigm() {
        assert_eq!(
            forms("international location", "country", "n"),
            [
                "international location=country",
                "international locations=countries"
            ]
        );
        assert_eq!(
            forms("lend a hand", "help", "v"),
            [
                "lend a hand=help",
                "lending a hand=helping",
                "lends a hand=helps",
                "lent a hand=helped"
            ]
        );
        assert_eq!(forms("used to be", "was", "x"), ["used to be=was|were"]);
        assert_eq!(
            forms("destroy", "break", "v")[1],
            "destroyed=broke|broken",
            "one spun form, two meant ones"
        );
    }

    #[test]
    fn the_embedded_files_are_well_formed() {
        let lexicon = Lexicon::new(&[], &[], true).expect("the files are well-formed");
        assert!(lexicon.forms.len() > 1000);
        assert!(lexicon.longest(token_key("used")) >= 3);
    }
}
