use super::*;
use crate::dedup::Dedup;
use crate::stage::Scratch;

fn passages(a: &str, b: &str, hits: &[Hit]) -> Vec<Passage> {
    let settings = Settings {
        passage_words: 8,
        ..Settings::default()
    };
    let dedup = Dedup::new(&settings).unwrap();
    let sketch = |text| dedup.sketch(text, &mut Scratch::new());
    let (x, y) = (sketch(a), sketch(b));
    let mut out = Vec::new();
    find(
        (Words::of(&x.column), Words::of(&y.column)),
        hits,
        || (a, b),
        &settings,
        &mut Buffers::default(),
        &mut out,
    );
    out
}

const COPIED: &str = "Ancient rivers carved deep valleys through soft limestone plateaus.";

#[test]
fn a_copied_sentence_is_found_whole() {
    let a = format!("Nothing here matters much. {COPIED} Other words follow now.");
    let b = format!("{COPIED} Entirely different endings stand below it.");
    let found = passages(&a, &b, &[(5, 1)]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].a.of(&a), COPIED);
    assert_eq!(found[0].b.of(&b), COPIED);
    assert!(found[0].exact && found[0].similarity > 0.999);
}

#[test]
fn a_changed_word_lowers_the_similarity() {
    let b = COPIED.replace("soft", "brittle");
    let found = passages(COPIED, &b, &[(0, 0)]);
    assert_eq!(found.len(), 1);
    assert!(!found[0].exact);
    assert!((0.8..0.95).contains(&found[0].similarity));
}

#[test]
fn hits_without_equal_words_around_them_give_nothing() {
    let b = "Ancient rivers carved a name for the band that toured all of Europe twice in its last good year.";
    assert!(passages(COPIED, b, &[(0, 0)]).is_empty());
    assert!(passages(COPIED, "quite other words stand here", &[(0, 0), (3, 2)]).is_empty());
}

#[test]
fn hits_are_promising_when_rare_or_near_each_other() {
    let rare = |rare| Rarities { rare, known: 0 };
    let known = |known| Rarities { rare: 0, known };
    for few in [
        &[][..],
        &[(1, 1)],
        &[(1, 1), (1, 9)],
        &[(1, 1), (2, 500)],
        &[(1, 1), (500, 2)],
        &[(1, 1), (2, 2), (3, 3)],
    ] {
        assert!(!is_promising(few, known(few.len())));
    }
    assert!(is_promising(&[(1, 1)], rare(1)));
    // Common hits must be more, and reach farther than a stock phrase.
    let few = [(1, 1), (5, 4), (12, 11)];
    assert!(is_promising(&few, known(3)) && !is_promising(&few, known(0)));
    assert!(is_promising(
        &[(1, 1), (5, 5), (8, 8), (12, 12), (16, 16)],
        known(0)
    ));
}
