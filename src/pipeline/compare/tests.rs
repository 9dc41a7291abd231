use super::*;
use crate::edit::ByteSpan;
use crate::stage::Scratch;

#[test]
fn days_are_read_from_iso_dates() {
    assert_eq!(Rank::day("2025-08-21T09:45:00Z"), Some(20_250_821));
    assert_eq!(Rank::day("2025-08-21"), Some(20_250_821));
    assert_eq!(Rank::day("21 August 2025"), None);
    assert_eq!(Rank::day("2025-13-01"), None);
    assert_eq!(Rank::day(""), None);
}

#[test]
fn keep_best_prefers_words_then_few_edits_then_early_dates_then_ids() {
    let text = "one two three four five six seven eight nine ten eleven twelve";
    let ranks = [
        (12, 5, None),
        (12, 1, Some(20_250_102)),
        (12, 1, Some(20_250_101)),
        (11, 0, None),
    ]
    .map(|(words, edits, date)| Rank {
        words,
        edits,
        date,
        spun: false,
    });
    for rotation in 0..4 {
        let settings = Settings {
            policy: Policy::KeepBest,
            ..Settings::default()
        };
        let mut compare = Compare::new(&settings, 1 << 20, &std::env::temp_dir()).unwrap();
        let dedup = Dedup::new(&settings).unwrap();
        let mut order = ranks;
        order.rotate_left(rotation);
        for (i, rank) in order.into_iter().enumerate() {
            let sketch = dedup.sketch(text, &mut Scratch::new());
            compare.add(DocId(i as u64), rank, sketch).unwrap();
        }
        let findings = compare.finish(&vec![text; 4]).unwrap();
        let kept: Vec<Rank> = (0..4)
            .filter(|&n| !findings.dropped(n))
            .map(|n| order[n as usize])
            .collect();
        assert_eq!(kept, [ranks[2]]);
    }
}

#[test]
fn a_match_names_kind_spans_measure_and_cluster() {
    let text = "one two three four five six seven eight nine ten eleven twelve";
    let mut compare = Compare::new(&Settings::default(), 1 << 20, &std::env::temp_dir()).unwrap();
    for id in [9, 4] {
        let sketch = compare.dedup().sketch(text, &mut Scratch::new());
        compare.add(DocId(id), Rank::default(), sketch).unwrap();
    }
    let mut findings = compare.finish(&vec![text; 2]).unwrap();
    let rows: Vec<Match> = findings.matches().unwrap().map(Result::unwrap).collect();
    let whole = ByteSpan::new(0, text.len());
    let expected = Match {
        kind: Kind::Document,
        a: (1, whole),
        b: (0, whole),
        similarity: 1.0,
        measure: "exact",
        cluster: Some(4),
        keep: Keep::A,
        documents: 2,
        quoted: false,
    };
    assert_eq!(rows, [expected]);
    assert!(!findings.dropped(0) && !findings.dropped(1));
    assert_eq!(
        serde_json::to_string(&(Kind::Passage, Keep::A)).unwrap(),
        r#"["passage","a"]"#
    );
}

/// What a run over `texts` finds.
fn found(texts: &[&str], settings: &Settings) -> Vec<Match> {
    let mut run = Compare::new(settings, 1 << 20, &std::env::temp_dir()).unwrap();
    for (n, text) in texts.iter().enumerate() {
        let sketch = run.dedup().sketch(text, &mut Scratch::new());
        run.add(DocId(n as u64), Rank::default(), sketch).unwrap();
    }
    let mut findings = run.finish(&texts.to_vec()).unwrap();
    findings.matches().unwrap().map(Result::unwrap).collect()
}

#[test]
fn the_same_form_with_other_numbers_is_no_passage() {
    let form = |n: [u32; 4], other: &str| {
        format!(
            "{other} Quarterly operating profit was {} million dollars against {} million last year, while total revenue reached {} \
             million dollars against {} million dollars before taxes and the usual charges. {other}",
            n[0], n[1], n[2], n[3]
        )
    };
    let a = form(
        [10, 20, 30, 40],
        "The mill closed early because the river froze over.",
    );
    let other = form(
        [50, 60, 70, 80],
        "Nobody bought rope at the harbour during the feast.",
    );
    let same = form(
        [10, 20, 30, 40],
        "Nobody bought rope at the harbour during the feast.",
    );
    let settings = Settings::default();
    assert!(found(&[&a, &other], &settings).is_empty());
    assert_eq!(found(&[&a, &same], &settings).len(), 1);
    // Where forms count as duplicates, they count as passages too.
    let settings = Settings {
        templates: false,
        ..settings
    };
    assert_eq!(found(&[&a, &other], &settings).len(), 1);
}

/// A sentence that says something else with the same words is no passage, and no duplicate.
#[test]
fn contrary_sentences_are_no_duplicates() {
    let settings = Settings::default();
    let kinds = |a: &str, b: &str| -> Vec<Kind> {
        found(&[a, b], &settings).iter().map(|m| m.kind).collect()
    };
    let sentence =
        "The express train from Munich to Vienna leaves the station before the local train.";
    let turned =
        "The express train from Vienna to Munich leaves the station before the local train.";
    let moved =
        "Before the local train the express train from Munich to Vienna leaves the station.";
    assert_eq!(kinds(sentence, turned), []);
    assert_eq!(kinds(sentence, moved), [Kind::Passage]);
    let longer = "The dog that the farmer had bought at the fair bit the man who came to mend the roof of the barn on the hill.";
    let denied = longer.replace("bit the man", "never bit the man");
    assert_eq!(kinds(longer, &denied), [Kind::Template]);
    // Within two texts it is a passage with a word put in.
    let around = |sentence: &str, other: &str| format!("{other}\n\n{sentence}\n\n{other}");
    assert_eq!(
        kinds(
            &around(
                longer,
                "Rain fell all week upon hay that lay unturned in the fields by the river."
            ),
            &around(
                &denied,
                "Nobody bought rope at the harbour during the feast of the guild of weavers."
            ),
        ),
        [Kind::Passage]
    );
}

/// A passage that one text quotes is marked; the same words without marks are not.
#[test]
fn a_quoted_passage_is_marked() {
    const WORDS: &str = "We will not sell the harbour to anyone, now or later, whatever they may offer, because ships have landed \
        here for nine hundred years and this town lives by what they bring";
    let around = |middle: &str, other: &str| format!("{other}\n\n{middle}\n\n{other}");
    let speech = around(
        &format!("{WORDS}."),
        "Roads and bridges come first in this budget. Schools follow.",
    );
    let report = around(
        &format!("\"{WORDS},\" the mayor said on Monday."),
        "A quarrel about fishing rights has split families. Nobody dares to speak.",
    );
    let copy = around(
        &format!("{WORDS}."),
        "Rain fell all week upon hay that lay unturned.",
    );
    for (other, quoted) in [(report, true), (copy, false)] {
        let texts = [speech.as_str(), other.as_str()];
        let rows = found(&texts, &Settings::default());
        assert_eq!(rows.len(), 1, "{rows:?}");
        assert_eq!((rows[0].kind, rows[0].quoted), (Kind::Passage, quoted));
    }
}
