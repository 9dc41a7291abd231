//! What was seen: how often the phrases of the training passages were put in, for what, and how often they stood of
//! themselves.
//!
//! `data/repair/memory.tsv` holds the counts; `scripts/repair/train_judge.py` makes it from `data/repair/passages.tsv`.

use rustc_hash::FxHashMap;

use super::table::{Table, rows};
use crate::stage::SetupError;
use crate::text::hash::combine;
use crate::text::ngrams::phrase_key;

/// The counts.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// By phrase: how often it was put in, and how often it stood of itself.
    phrases: FxHashMap<u64, (u32, u32)>,
    /// By phrase and what was meant: how often.
    pairs: FxHashMap<u64, u32>,
}

/// What was seen of a phrase and a repair of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Seen {
    /// Times this was meant.
    pub(super) right: u32,
    /// Times something else was.
    pub(super) other: u32,
    /// Times the phrase stood of itself.
    pub(super) stood: u32,
}

impl Memory {
    /// The counts that are part of the program.
    pub(super) fn embedded() -> Result<Self, SetupError> {
        const TABLE: Table = Table {
            name: "data/repair/memory.tsv",
            text: include_str!("../../data/repair/memory.tsv"),
        };
        let mut out = Self::default();
        for row in rows(&TABLE) {
            let [phrase, stood, meant] = row.columns()?;
            let number = |s: &str| {
                s.parse::<u32>()
                    .map_err(|_| row.error(format!("{s:?} is no count")))
            };
            let phrase = phrase_key(phrase);
            let mut put_in = 0;
            for item in meant.split('|').filter(|m| !m.is_empty()) {
                let (meant, times) = item
                    .rsplit_once(':')
                    .ok_or_else(|| row.error("a repair without a count"))?;
                let times = number(times)?;
                put_in += times;
                *out.pairs
                    .entry(pair(phrase, phrase_key(meant)))
                    .or_default() += times;
            }
            let total = out.phrases.entry(phrase).or_default();
            total.0 += put_in;
            total.1 += number(stood)?;
        }
        Ok(out)
    }

    /// What was seen of the phrase `phrase` and the repair `meant`, both keys of
    /// [`text::ngrams`](crate::text::ngrams).
    pub(super) fn of(&self, phrase: u64, meant: u64) -> Seen {
        let Some(&(put_in, stood)) = self.phrases.get(&phrase) else {
            return Seen::default();
        };
        let right = self.pairs.get(&pair(phrase, meant)).copied().unwrap_or(0);
        Seen {
            right,
            other: put_in.saturating_sub(right),
            stood,
        }
    }
}

fn pair(phrase: u64, meant: u64) -> u64 {
    combine(phrase, meant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_is_remembered_with_what_was_meant() {
        let memory = Memory::embedded().expect("the file is whole");
        let seen = memory.of(phrase_key("utilize"), phrase_key("use"));
        assert!(seen.right > 5 && seen.right > seen.other, "{seen:?}");
        let strange = memory.of(phrase_key("zorbed"), phrase_key("use"));
        assert_eq!(strange, Seen::default());
    }
}
