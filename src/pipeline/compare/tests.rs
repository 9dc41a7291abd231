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
        let mut run = Compare::new(&Settings::default(), 1 << 20, &std::env::temp_dir()).unwrap();
        for (n, text) in texts.iter().enumerate() {
            let sketch = run.dedup().sketch(text, &mut Scratch::new());
            run.add(DocId(n as u64), Rank::default(), sketch).unwrap();
        }
        let mut findings = run.finish(&texts.to_vec()).unwrap();
        let rows: Vec<Match> = findings.matches().unwrap().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 1, "{rows:?}");
        assert_eq!((rows[0].kind, rows[0].quoted), (Kind::Passage, quoted));
    }
}
