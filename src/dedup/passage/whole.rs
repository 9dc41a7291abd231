//! Short documents: a passage of one is the whole of it.
//!
//! A document of a sentence or two has fewer words than a passage must have, but its ends are given, so chance has less to
//! choose from. Two such documents are aligned from end to end. One that stands in a longer document must do so as a whole.

use super::Block;
use super::align::{self, Side};
use super::diagonals;
use super::words::{Key, Words, tells};
use crate::dedup::Settings;

/// Aligned weight below which two texts share too little to say anything: four content words.
const LEAST: u32 = 12;
/// The same where only one of the texts is short, and the other has many places where it could stand: five content words.
const LEAST_IN_LONG: u32 = 15;
/// Words below which a text is not looked for in longer ones.
const LEAST_WORDS: u32 = 8;

/// Most words of a short document, whatever the settings: two are aligned in the square of that.
const MOST_WORDS: u32 = 128;

/// Whether a document is so short that two of the kind are compared as wholes.
pub(in crate::dedup) fn is_short(words: u32, settings: &Settings) -> bool {
    words < (2 * settings.passage_words).min(MOST_WORDS)
}

/// How alike two short texts are from end to end; `None` when one is not short, or they are not alike enough. `O(words²)`, of a hundred words at most by default.
pub(super) fn similarity(
    a: Words<'_>,
    b: Words<'_>,
    settings: &Settings,
    buffers: &mut diagonals::Buffers,
    common: &mut Vec<Key>,
) -> Option<f32> {
    if !is_short(a.len(), settings) || !is_short(b.len(), settings) {
        return None;
    }
    let side = |words: Words<'_>| words.weight(0, words.len());
    let both = (side(a) + side(b)) as f32;
    let bound = settings.passage_similarity;
    let in_any_order = in_common(a, b, common);
    if in_any_order < LEAST || 2.0 * (in_any_order as f32) < bound * both {
        return None;
    }
    let whole = |words| Side {
        words,
        from: 0,
        to: words.len(),
    };
    let matched = align::between(whole(a), whole(b), buffers);
    let similarity = 2.0 * matched as f32 / both;
    if matched < LEAST || similarity < bound {
        return None;
    }
    Some(similarity)
}

/// Weight of the words that both short texts have, in any order, each as often as both have it.
fn in_common(a: Words<'_>, b: Words<'_>, rest: &mut Vec<Key>) -> u32 {
    rest.clear();
    rest.extend(b.keys);
    rest.sort_unstable();
    // One bit a word: a short text has fewer than MOST_WORDS.
    let mut taken = 0u128;
    let mut weight = 0;
    for key in a.keys {
        let first = rest.partition_point(|k| k < key);
        let free = (first..rest.len())
            .take_while(|&i| rest[i] == *key)
            .find(|&i| taken >> i & 1 == 0);
        if let Some(i) = free {
            taken |= 1 << i;
            weight += if tells(*key) { 3 } else { 1 };
        }
    }
    weight
}

/// `block` as wide as those of the two documents that are shorter than a passage; `None` when one is too short for that, or
/// too little of it is aligned.
pub(super) fn widened(
    block: &Block,
    a: Words<'_>,
    b: Words<'_>,
    settings: &Settings,
) -> Option<Block> {
    let mut out = *block;
    for (range, words) in [(&mut out.a, a), (&mut out.b, b)] {
        if words.len() >= settings.passage_words {
            continue;
        }
        if words.len() < LEAST_WORDS || block.matched < LEAST_IN_LONG {
            return None;
        }
        *range = (0, words.len());
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dedup::Dedup;
    use crate::stage::Scratch;

    fn alike(a: &str, b: &str) -> Option<f32> {
        let settings = Settings::default();
        let dedup = Dedup::new(&settings).unwrap();
        let sketch = |text| dedup.sketch(text, &mut Scratch::new());
        let (x, y) = (sketch(a), sketch(b));
        similarity(
            Words::of(&x.column),
            Words::of(&y.column),
            &settings,
            &mut diagonals::Buffers::default(),
            &mut Vec::new(),
        )
    }

    const SENTENCE: &str = "The miller carried three sacks of barley across the frozen river.";

    #[test]
    fn a_reworded_sentence_is_alike() {
        let reworded = "Three bags of barley were carried by the miller over the frozen river.";
        assert!(alike(SENTENCE, SENTENCE).is_some_and(|s| s > 0.999));
        assert!(
            alike(
                SENTENCE,
                "The miller hauled three sacks of barley over the frozen stream."
            )
            .is_some()
        );
        // Turned round, so that its halves have changed places: too little stands in order.
        assert!(alike(SENTENCE, reworded).is_none_or(|s| s < 0.7));
    }

    #[test]
    fn other_sentences_on_the_same_things_are_not() {
        assert_eq!(
            alike(SENTENCE, "A frozen river is no place for a miller."),
            None
        );
        assert_eq!(alike(SENTENCE, ""), None);
        assert_eq!(alike("Three sacks.", "Three sacks."), None);
    }

    #[test]
    fn no_setting_makes_a_long_document_short() {
        let settings = Settings {
            passage_words: 10_000,
            ..Settings::default()
        };
        assert!(is_short(127, &settings) && !is_short(128, &settings));
    }

    #[test]
    fn long_documents_are_not_aligned_as_wholes() {
        let long = SENTENCE.repeat(5);
        assert_eq!(alike(&long, &long), None);
    }
}
