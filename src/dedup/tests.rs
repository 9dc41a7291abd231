use super::*;
use proptest::prelude::*;

fn sketch(text: &str) -> Sketch {
    Dedup::new(&Settings::default())
        .unwrap()
        .sketch(text, &mut Scratch::new())
}

#[test]
fn space_and_case_do_not_count() {
    let (a, b) = (
        sketch("The  quick brown\nfox jumps over it."),
        sketch("the quick BROWN fox jumps over it ."),
    );
    assert_eq!(
        (a.digest, &a.bands, &a.fingerprints),
        (b.digest, &b.bands, &b.fingerprints)
    );
    assert_ne!(
        a.digest,
        sketch("the quick brown fox jumps over it!").digest
    );
}

#[test]
fn a_text_without_words_resembles_nothing() {
    for text in ["", " \n\t", "— … !"] {
        let s = sketch(text);
        assert!(
            s.bands.is_empty() && s.fingerprints.is_empty() && s.words == 0,
            "{text:?}"
        );
    }
    assert_eq!(sketch(" \n").digest, 0);
}

#[test]
fn settings_are_read_by_name_and_unknown_ones_refused() {
    let settings: Settings = toml::from_str("similarity = 0.7\npolicy = \"keep-best\"").unwrap();
    assert!((settings.similarity - 0.7).abs() < 1e-6);
    assert_eq!(settings.policy, Policy::KeepBest);
    assert_eq!(settings.shingle_words, 5);
    assert!(toml::from_str::<Settings>("similarty = 0.7").is_err());
}

proptest! {
    #[test]
    fn every_text_has_a_sketch(text in "\\PC*") {
        let s = sketch(&text);
        prop_assert!(s.fingerprints.is_sorted_by_key(|f| f.word));
        prop_assert!(s.words > 0 || s.bands.is_empty());
        prop_assert_eq!(&s, &sketch(&text));
    }
}
