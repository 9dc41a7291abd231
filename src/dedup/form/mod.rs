//! The same form filled in with other facts, told from a copy: market reports, bond issues, weather, results, terms of another company.
//!
//! The words of both texts are aligned. Where either has other words than the other between words they share is a slot. A copy
//! has slots too (a word corrected, a sentence reworded or put in), but keeps its facts; a form changes its facts and keeps
//! its words. So facts decide: numbers, dates and names that stand in a slot on one side and nowhere in the other text, against
//! those that both texts have in the same place. [`Facts::are_another_form`] holds the two thresholds.
//!
//! Names are known by their capital, so scripts without case have numbers and dates alone. Facts that a form states in common
//! words (`rose` for `fell`, `sunny` for `cloudy`) are seen in a sentence or two alone.

mod contrary;
mod words;

pub use words::{FactWords, Form};

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::diff::{self, Stretch};
use super::verify::shared;
use crate::text::hash::combine;
use words::Kind;

/// Share of differing facts from which a text is another form. Chosen on the tuning half of `examples/dedup_score --templates`,
/// which prints the F1 of other choices: 0.10 to 0.12 are best, 0.15 takes more forms for duplicates.
const SHARE: f32 = 0.12;
/// How much likelier a fact must be to differ than any other word. A text reworded word by word changes both alike.
const LEAD: f32 = 1.25;
/// What a number tells, where a name tells one: capitals mark many words that are no facts.
const NUMBER: u32 = 2;
/// Most words of a slot on either side; more on both sides are other sentences, not another filling.
const SLOT: usize = 40;
/// Words of a slot, as many on both sides, in which a number differs even if the other text has it elsewhere.
const TIGHT: usize = 3;
/// How often one name must stand for another, always, to make another form of a text by itself.
const RENAMED: u32 = 3;
/// Words of a text to one such name, at most.
const PER_NAME: usize = 150;
/// Share of other words that may differ where one name stands for another.
const REWORDED: f32 = 0.1;

/// Numbers on either side below which they say nothing, even if all differ.
const FEW_NUMBERS: usize = 3;

/// Whether two stretches are the same form filled with other numbers: of three and more on either side fewer than half stand on
/// both. `O(n)` in the numbers.
pub fn have_other_numbers(a: &Form, b: &Form) -> bool {
    let (a, b) = (a.numbers(), b.numbers());
    a.len().min(b.len()) >= FEW_NUMBERS && 4 * shared(a, b) < a.len() + b.len()
}

/// The facts of two texts, compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Facts {
    /// Numbers and dates that both have in the same place.
    pub numbers_kept: u32,
    /// Numbers and dates in place of which the other text has others.
    pub numbers_changed: u32,
    /// Names that both have in the same place.
    pub names_kept: u32,
    /// Names in place of which the other text has others.
    pub names_changed: u32,
    /// Other content words in the same place.
    pub words_kept: u32,
    /// Other content words in place of which the other text has others.
    pub words_changed: u32,
    /// How often one name stands where the other text always has one other, for the pair of names that does so most often.
    pub renamed: u32,
    /// Words of the longer text.
    pub words: u32,
    /// Whether, in a text of a sentence or two, words have changed places, or one side denies what the other says.
    pub contrary: bool,
}

impl Facts {
    /// Share of facts that differ, numbers counted twice; 0 when there are none.
    pub fn changed(&self) -> f32 {
        let changed = NUMBER * self.numbers_changed + self.names_changed;
        share(changed, NUMBER * self.numbers_kept + self.names_kept)
    }

    /// Whether the texts are one form with different facts, rather than one text.
    pub fn are_another_form(&self) -> bool {
        let reworded = share(self.words_changed, self.words_kept);
        let changed = self.changed();
        let filled = changed > SHARE && changed >= LEAD * reworded;
        let renamed = self.renamed >= RENAMED
            && self.renamed as usize * PER_NAME >= self.words as usize
            && reworded <= REWORDED;
        filled || renamed || self.contrary
    }
}

fn share(changed: u32, kept: u32) -> f32 {
    changed as f32 / ((changed + kept) as f32).max(1.0)
}

/// Buffers of [`compare`].
#[derive(Debug, Default)]
pub struct Buffers {
    diff: diff::Buffers,
    /// By what stands for what: how often, and where it stands first.
    renamed: FxHashMap<u64, Renamed>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Renamed {
    count: u32,
    a: usize,
    b: usize,
}

/// Aligns two texts and compares their facts. `O(n log n)` in the words.
pub fn compare(a: (&Form, &str), b: (&Form, &str), buffers: &mut Buffers) -> Facts {
    let ((a, a_text), (b, b_text)) = (a, b);
    let mut facts = Facts {
        words: a.keys.len().max(b.keys.len()) as u32,
        ..Facts::default()
    };
    buffers.renamed.clear();
    let stretches = diff::stretches(&a.keys, &b.keys, &mut buffers.diff);
    for stretch in &stretches {
        if stretch.equal {
            for word in &a.words[stretch.a.clone()] {
                match word.kind {
                    Kind::Number => facts.numbers_kept += 1,
                    Kind::Name => facts.names_kept += 1,
                    Kind::Plain => facts.words_kept += 1,
                    Kind::Function => {}
                }
            }
        } else {
            slot(a, b, stretch, &mut facts, &mut buffers.renamed);
        }
    }
    if facts.words as usize <= contrary::SHORT {
        facts.contrary = contrary::is_exchanged(a, b, &stretches)
            || contrary::is_denied((a, a_text), (b, b_text), &stretches);
    }
    let most = buffers
        .renamed
        .values()
        .copied()
        .max_by_key(|r| (r.count, std::cmp::Reverse((r.a, r.b))));
    if let Some(r) = most.filter(|r| r.count >= RENAMED) {
        // A name put right everywhere is a correction.
        let (x, y) = (a.word(r.a, a_text), b.word(r.b, b_text));
        if contrary::are_other_names(x, y) {
            facts.renamed = r.count;
        }
    }
    facts
}

/// Counts what differs in one slot.
fn slot(
    a: &Form,
    b: &Form,
    Stretch { a: x, b: y, .. }: &Stretch,
    facts: &mut Facts,
    renamed: &mut FxHashMap<u64, Renamed>,
) {
    let (least, most) = (x.len().min(y.len()), x.len().max(y.len()));
    if least == 0 || most > SLOT || most > 6 * least + 4 {
        return;
    }
    let tight = least == most && most <= TIGHT;
    let new = |form: &Form, other: &Form, range: &std::ops::Range<usize>, kind: Kind| {
        let mut count = 0;
        let mut key = None;
        for word in &form.words[range.clone()] {
            if word.kind == kind && (tight && kind == Kind::Number || !other.has(word.key)) {
                count += 1;
                key = Some(combine(key.unwrap_or(0), word.key));
            }
        }
        (count, key)
    };
    let both = |kind| (new(a, b, x, kind), new(b, a, y, kind));
    let ((m, _), (n, _)) = both(Kind::Number);
    facts.numbers_changed += u32::min(m, n);
    let ((m, _), (n, _)) = both(Kind::Plain);
    facts.words_changed += u32::min(m, n);
    let ((m, one), (n, other)) = both(Kind::Name);
    facts.names_changed += u32::min(m, n);
    if let (Some(one), Some(other)) = (one, other) {
        let first = |form: &Form, range: &std::ops::Range<usize>, other: &Form| {
            range
                .clone()
                .find(|&i| form.words[i].kind == Kind::Name && !other.has(form.words[i].key))
                .unwrap_or(range.start)
        };
        let entry = renamed.entry(combine(one, other)).or_insert(Renamed {
            count: 0,
            a: first(a, x, b),
            b: first(b, y, a),
        });
        entry.count += 1;
    }
}

#[cfg(test)]
mod tests;
