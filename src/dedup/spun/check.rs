//! Whether one of two texts is the other, spun.

use super::super::diff;
use super::super::form::Facts;
use super::Synonyms;
use crate::text::shingles::{self, Token};

/// Share of content words in place, synonyms too, from which a pair is a spun copy. Stories spun to three fifths keep 0.53 and more.
const ALIGNED: f32 = 0.5;
/// Share of exchanged content words that are synonyms. Of the pairs of `dup_reuters` (sent again, updated, filled in anew) none
/// that has three synonyms has more than 0.14 and [`SPUN`] too; copies by a spinner that the groups do not know have a median of 0.4.
const SYNONYMS: f32 = 0.25;
/// Fewest exchanges by a synonym: the same pairs have three at most.
const LEAST: u32 = 5;
/// Share of all content words in place that are exchanged by a synonym.
const SPUN: f32 = 0.06;
/// Largest share of facts that differ, as [`Facts::changed`] counts them. Spinners break some names.
const FACTS: f32 = 0.25;
/// Most words of a slot on either side; more are other sentences.
const SLOT: usize = 12;

/// The content words of a text.
#[derive(Clone, Debug, Default)]
pub struct Content {
    /// As they stand.
    words: Vec<u64>,
    /// Synonyms as one.
    folded: Vec<u64>,
    fold: String,
}

impl Content {
    /// Reads `text` into the buffers of this one.
    pub fn read(&mut self, text: &str, synonyms: &Synonyms) {
        let Self {
            words,
            folded,
            fold,
        } = self;
        words.clear();
        folded.clear();
        shingles::scan(text, fold, |token| {
            if let Token::Word { key, .. } = token
                && let Some(group) = synonyms.fold(key)
            {
                words.push(key);
                folded.push(group);
            }
        });
    }
}

/// What two texts have in common, synonyms counted as one word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Likeness {
    /// Content words in the same place.
    pub same: u32,
    /// Synonyms in the same place.
    pub synonyms: u32,
    /// Other content words in place of others.
    pub exchanged: u32,
    /// Content words of both texts.
    pub words: u32,
}

impl Likeness {
    /// Share of the content words of both that are in place, 0 to 1.
    pub fn aligned(&self) -> f32 {
        2.0 * (self.same + self.synonyms) as f32 / (self.words as f32).max(1.0)
    }

    /// Share of the exchanged content words that are synonyms.
    pub fn by_synonyms(&self) -> f32 {
        self.synonyms as f32 / ((self.synonyms + self.exchanged) as f32).max(1.0)
    }

    /// Whether one text is the other, spun, as far as the words tell; [`keeps_facts`] has to agree.
    pub fn is_spun(&self) -> bool {
        self.synonyms >= LEAST
            && self.aligned() >= ALIGNED
            && self.by_synonyms() >= SYNONYMS
            && self.synonyms as f32 >= SPUN * (self.same + self.synonyms) as f32
    }
}

/// Whether two texts that look spun tell the same facts.
pub fn keeps_facts(facts: &Facts) -> bool {
    facts.changed() <= FACTS && facts.renamed == 0
}

/// Aligns two texts. `O(n log n)` in the content words.
pub fn compare(a: &Content, b: &Content, buffers: &mut diff::Buffers) -> Likeness {
    let mut found = Likeness {
        words: (a.words.len() + b.words.len()) as u32,
        ..Likeness::default()
    };
    if a.words.is_empty() || b.words.is_empty() {
        return found;
    }
    for stretch in diff::stretches(&a.folded, &b.folded, buffers) {
        if stretch.equal {
            let pairs = a.words[stretch.a].iter().zip(&b.words[stretch.b]);
            let same = pairs.clone().filter(|(x, y)| x == y).count();
            found.same += same as u32;
            found.synonyms += (pairs.len() - same) as u32;
        } else if stretch.a.len().max(stretch.b.len()) <= SLOT {
            found.exchanged += stretch.a.len().min(stretch.b.len()) as u32;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::super::FunctionWords;
    use super::*;

    fn likeness(a: &str, b: &str) -> Likeness {
        let grammar = FunctionWords::embedded().unwrap();
        let synonyms = Synonyms::read("big\thuge\nfast\tquick", "test", &grammar).unwrap();
        let [mut x, mut y] = <[Content; 2]>::default();
        x.read(a, &synonyms);
        y.read(b, &synonyms);
        compare(&x, &y, &mut diff::Buffers::default())
    }

    #[test]
    fn synonyms_count_as_exchanged_and_in_place() {
        let found = likeness("A big red fast wagon", "the huge blue quick wagon");
        let expected = Likeness {
            same: 1,
            synonyms: 2,
            exchanged: 1,
            words: 8,
        };
        assert_eq!(found, expected);
        assert!((found.aligned() - 0.75).abs() < 1e-6);
    }

    #[test]
    fn nothing_and_grammar_alone_are_alike_in_nothing() {
        let found = likeness("", "big wagon");
        assert_eq!((found.same, found.synonyms, found.words), (0, 0, 2));
        assert!(likeness("the of", "and").aligned() < 1e-6);
        assert!(!likeness("", "").is_spun());
    }

    #[test]
    fn a_text_is_no_spun_copy_of_itself() {
        let text = "big fast wagon ".repeat(20);
        assert!(!likeness(&text, &text).is_spun());
        assert!(likeness(&text, &text.replace("big", "huge")).is_spun());
    }
}
