//! Texts as a spinner would leave them, from the tables of the repair stage read the other way.

use std::collections::BTreeMap;

use super::corpus::Random;

/// What each of three families of spinners writes for a word: forward tables (`meant`, form, `spun`), and what was seen
/// (`spun`, `repairs`).
const TABLES: [[&str; 2]; 3] = [
    [
        include_str!("../../data/repair/forward_w.tsv"),
        include_str!("../../data/repair/w.tsv"),
    ],
    [
        include_str!("../../data/repair/forward_a.tsv"),
        include_str!("../../data/repair/a.tsv"),
    ],
    [
        include_str!("../../data/repair/forward_b.tsv"),
        include_str!("../../data/repair/b.tsv"),
    ],
];

/// Share of the phrases with an entry that are exchanged.
const SHARE: f64 = 0.7;
/// Most words of a phrase that is exchanged.
const LONGEST: usize = 3;

/// The tables by family, what is meant in lower case.
pub(crate) struct Spinner {
    families: Vec<BTreeMap<String, Vec<&'static str>>>,
}

impl Spinner {
    pub(crate) fn new() -> Self {
        let rows = |text: &'static str| text.lines().filter(|l| !l.starts_with('#'));
        let families = TABLES.iter().map(|[forward, seen]| {
            let mut family: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
            for row in rows(forward) {
                let mut columns = row.split('\t');
                if let (Some(meant), Some(_), Some(spun)) =
                    (columns.next(), columns.next(), columns.next())
                {
                    let list = family.entry(meant.to_lowercase()).or_default();
                    list.extend(spun.split('|').take(3));
                }
            }
            for row in rows(seen) {
                if let Some((spun, rest)) = row.split_once('\t') {
                    let meant = rest.split(['|', '\t']).next().unwrap_or_default();
                    family.entry(meant.to_lowercase()).or_default().push(spun);
                }
            }
            family
        });
        Self {
            families: families.collect(),
        }
    }

    /// `text` spun by a family by chance, longest phrases first.
    pub(crate) fn spin(&self, text: &str, random: &mut Random) -> String {
        let family = &self.families[random.below(self.families.len())];
        let words: Vec<&str> = text.split_whitespace().collect();
        let mut out: Vec<String> = Vec::new();
        let mut at = 0;
        while at < words.len() {
            let found = (1..=LONGEST.min(words.len() - at)).rev().find_map(|n| {
                let phrase = words[at..at + n].join(" ");
                let bare = phrase.trim_end_matches(|c: char| !c.is_alphanumeric());
                let options = family.get(&bare.to_lowercase())?;
                Some((n, phrase[bare.len()..].to_owned(), options))
            });
            match found {
                Some((n, tail, options)) if random.chance(SHARE) => {
                    out.push(format!("{}{tail}", options[random.below(options.len())]));
                    at += n;
                }
                _ => {
                    out.push(words[at].to_owned());
                    at += 1;
                }
            }
        }
        out.join(" ")
    }
}
