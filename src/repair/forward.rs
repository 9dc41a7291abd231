//! What spinners put in place of words: the forward tables, turned round.
//!
//! A row of `data/repair/forward_*.tsv` says what a family of spinners writes for a word, likeliest first; the
//! thesaurus says the same of no family in particular. Unfolded by paradigm, they link every form of every phrase that
//! a spinner leaves behind to the forms of what may have been meant. Nothing here knows the context: most links of a
//! common word are wrong at any place, and the judge decides.

use rustc_hash::FxHashMap;

use super::inflect::Inflector;
use super::table::{Table, TableRow, rows};
use crate::stage::SetupError;
use crate::text::ngrams::{phrase_key, token_key};

/// The tables: those of families W, A and B, the thesaurus, and more of it for documents that are not called spun.
pub(super) const SLOTS: usize = 5;
/// The slot of the thesaurus.
pub(super) const THESAURUS: usize = 3;
/// The slot of what only documents that are not called spun need.
const WIDE: usize = 4;

const TABLES: [Table; SLOTS] = [
    Table {
        name: "data/repair/forward_w.tsv",
        text: include_str!("../../data/repair/forward_w.tsv"),
    },
    Table {
        name: "data/repair/forward_a.tsv",
        text: include_str!("../../data/repair/forward_a.tsv"),
    },
    Table {
        name: "data/repair/forward_b.tsv",
        text: include_str!("../../data/repair/forward_b.tsv"),
    },
    Table {
        name: "data/repair/thesaurus.tsv",
        text: include_str!("../../data/repair/thesaurus.tsv"),
    },
    Table {
        name: "data/repair/wide_thesaurus.tsv",
        text: include_str!("../../data/repair/wide_thesaurus.tsv"),
    },
];

/// A table does not list it.
pub(super) const UNLISTED: u8 = u8::MAX;

/// What a phrase may stand for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    /// Index of the repair.
    pub(super) meant: u32,
    /// Its place in the row of what is meant, by table; [`UNLISTED`] where the table lacks it.
    pub(super) ranks: [u8; SLOTS],
}

impl Link {
    /// Whether a document that is called spun should look at it.
    pub(super) fn is_general(&self) -> bool {
        self.ranks[..WIDE].iter().any(|&r| r != UNLISTED)
    }

    /// Its place in the tables from which terms are composed, with `wide` in all of them; `None` where they lack it.
    pub(super) fn for_terms(&self, wide: bool) -> Option<u8> {
        let rank = if wide {
            self.ranks[THESAURUS].min(self.ranks[WIDE])
        } else {
            self.ranks[THESAURUS]
        };
        (rank != UNLISTED).then_some(rank)
    }
}

/// A link while the tables are read: the phrase's key, the repair, the table, the place in its row.
type Entry = (u64, u32, u8, u8);

/// All links, by the key of the phrase that stands in the text.
#[derive(Debug, Default)]
pub(super) struct Forward {
    places: FxHashMap<u64, (u32, u32)>,
    links: Vec<Link>,
    /// Most words of a phrase, by its first word.
    longest: FxHashMap<u64, u8>,
}

impl Forward {
    /// Unfolds the embedded tables, rows whose source is in `without` left out; that for documents that are not called
    /// spun with `wide` only. `add` takes in a repair and returns its index.
    pub(super) fn new(
        inflector: &Inflector,
        without: &[String],
        wide: bool,
        mut add: impl FnMut(&str) -> u32,
    ) -> Result<Self, SetupError> {
        let mut known: FxHashMap<String, u32> = FxHashMap::default();
        let mut intern = |text: &str| {
            if let Some(&id) = known.get(text) {
                return id;
            }
            let id = add(text);
            known.insert(text.to_owned(), id);
            id
        };
        let mut all: Vec<Entry> = Vec::new();
        let mut out = Self::default();
        for (slot, table) in TABLES.iter().enumerate() {
            if slot == WIDE && !wide {
                continue;
            }
            for row in rows(table) {
                out.read_row(&row, slot as u8, inflector, without, &mut intern, &mut all)?;
            }
        }
        all.sort_unstable();
        for &(key, meant, slot, place) in &all {
            let range = out
                .places
                .entry(key)
                .or_insert((out.links.len() as u32, out.links.len() as u32));
            let last = out.links[range.0 as usize..range.1 as usize].last_mut();
            match last {
                Some(link) if link.meant == meant => {
                    let rank = &mut link.ranks[usize::from(slot)];
                    *rank = (*rank).min(place);
                }
                _ => {
                    let mut ranks = [UNLISTED; SLOTS];
                    ranks[usize::from(slot)] = place;
                    out.links.push(Link { meant, ranks });
                    range.1 += 1;
                }
            }
        }
        Ok(out)
    }

    /// Appends the links of one row to `all`.
    fn read_row(
        &mut self,
        row: &TableRow,
        slot: u8,
        inflector: &Inflector,
        without: &[String],
        intern: &mut impl FnMut(&str) -> u32,
        all: &mut Vec<Entry>,
    ) -> Result<(), SetupError> {
        let [meant, form, spun, source] = row.columns()?;
        if without.iter().any(|s| s == source) {
            return Ok(());
        }
        let forms: Vec<Vec<u32>> = forms_of(meant, form, inflector)
            .ok_or_else(|| row.error("the form is none of x n v a"))?
            .iter()
            .map(|spellings| spellings.split('|').map(&mut *intern).collect())
            .collect();
        for (place, phrase) in spun.split('|').enumerate() {
            if phrase.is_empty() || phrase == meant {
                return Err(row.error("a phrase is empty or what is meant"));
            }
            let place = place.min(usize::from(UNLISTED - 1)) as u8;
            let phrases = forms_of(phrase, form, inflector).unwrap_or_default();
            for (spellings, forms) in phrases.iter().zip(&forms) {
                for spelling in spellings.split('|') {
                    let key = phrase_key(spelling);
                    let words = spelling.split(' ').count().min(255) as u8;
                    let first = token_key(spelling.split(' ').next().unwrap_or(""));
                    let longest = self.longest.entry(first).or_default();
                    *longest = (*longest).max(words);
                    all.extend(forms.iter().map(|&m| (key, m, slot, place)));
                }
            }
        }
        Ok(())
    }

    /// What the phrase with the key `key` may stand for.
    pub(super) fn of(&self, key: u64) -> &[Link] {
        self.places
            .get(&key)
            .map_or(&[], |&(from, to)| &self.links[from as usize..to as usize])
    }

    /// Most words in a linked phrase that begins with the word `first`; 0 when none does.
    pub(super) fn longest(&self, first: u64) -> usize {
        self.longest.get(&first).map_or(0, |&n| n.into())
    }
}

/// The forms of `phrase` in a fixed order, each with its spellings parted by `|`; `None` when `form` is unknown.
fn forms_of(phrase: &str, form: &str, inflector: &Inflector) -> Option<Vec<String>> {
    use super::lexicon::{last_word, split_first};
    Some(match form {
        "x" | "a" => vec![phrase.to_owned()],
        "n" => vec![
            phrase.to_owned(),
            last_word(phrase, |w| inflector.plural(w)).join("|"),
        ],
        "v" => {
            let (verb, tail) = split_first(phrase);
            let forms = inflector.verb(verb);
            let with = |spellings: &str| {
                spellings
                    .split('|')
                    .map(|s| format!("{s}{tail}"))
                    .collect::<Vec<_>>()
                    .join("|")
            };
            vec![
                phrase.to_owned(),
                with(&forms.third),
                with(&forms.past),
                with(&forms.participle),
                with(&forms.ing),
            ]
        }
        _ => return None,
    })
}
