//! The repair stage from outside: what it repairs, what it leaves alone, and that repairing again changes nothing.

use std::path::PathBuf;

use limpid::document::Document;
use limpid::edit::{Edit, apply};
use limpid::repair::{Family, Gate, Mode, Repair, Settings};
use limpid::stage::{Scratch, Stage};
use limpid::survey::Survey;
use proptest::prelude::*;

fn edits(repair: &Repair, text: &str, survey: &Survey) -> Vec<Edit> {
    let mut out = Vec::new();
    repair.edit(
        &Document::new("t", 0, text),
        survey,
        &mut Scratch::new(),
        &mut out,
    );
    let mut reach = 0;
    for e in &out {
        assert_eq!(
            e.span.of(text).len(),
            e.span.len(),
            "on character boundaries"
        );
        assert!((0.0..=1.0).contains(&e.confidence));
        if e.applied {
            assert!(reach <= e.span.start, "applied edits are disjoint");
            assert_ne!(e.span.of(text), e.after, "an edit changes something");
            reach = e.span.end;
        }
    }
    assert!(out.is_sorted_by_key(|e| e.span));
    out
}

fn repaired(repair: &Repair, text: &str) -> String {
    apply(text, &edits(repair, text, &Survey::default()))
}

fn golden(kind: &str) -> Vec<(PathBuf, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/repair")
        .join(kind);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("the folder of cases")
        .map(|e| e.expect("an entry").path())
        .filter(|p| p.extension().is_some_and(|e| e == "txt"))
        .collect();
    files.sort();
    assert!(files.len() >= 3, "{kind} has cases");
    files
        .into_iter()
        .map(|p| {
            let text = std::fs::read_to_string(&p).expect("a text");
            (p, text)
        })
        .collect()
}

/// `text` with applied edits as `[before => after]` and suggestions as `{before => after}`.
fn marked(text: &str, edits: &[Edit]) -> String {
    let mut out = String::new();
    let mut at = 0;
    for e in edits {
        if e.span.start < at {
            continue;
        }
        let (open, close) = if e.applied { ('[', ']') } else { ('{', '}') };
        out.push_str(&text[at..e.span.start]);
        out.push_str(&format!("{open}{} => {}{close}", e.span.of(text), e.after));
        at = e.span.end;
    }
    out.push_str(&text[at..]);
    out
}

#[test]
fn spun_cases_are_repaired_as_reviewed() {
    let repair = Repair::new(&Settings::default()).expect("the data are whole");
    for (path, text) in golden("spun") {
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let mut scratch = Scratch::new();
        let assessed = repair.assess(&text, &mut scratch);
        let want = match name.as_bytes()[0] {
            b'w' => Family::W,
            b'a' => Family::A,
            _ => Family::B,
        };
        assert_eq!(assessed.family, Some(want), "{name}: {assessed:?}");
        let found = edits(&repair, &text, &Survey::default());
        assert!(found.iter().filter(|e| e.applied).count() >= 5, "{name}");
        insta::with_settings!({ snapshot_path => "golden/repair/spun", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(name, marked(&text, &found));
        });
    }
}

#[test]
fn repairing_the_repaired_text_changes_nothing() {
    let repair = Repair::new(&Settings::default()).expect("the data are whole");
    for (path, text) in golden("spun") {
        let once = repaired(&repair, &text);
        assert_ne!(once, text);
        assert_eq!(repaired(&repair, &once), once, "{}", path.display());
    }
}

#[test]
fn clean_cases_are_left_alone() {
    let repair = Repair::new(&Settings::default()).expect("the data are whole");
    for (path, text) in golden("clean") {
        let found = edits(&repair, &text, &Survey::default());
        assert!(
            found.is_empty(),
            "{}: {}",
            path.display(),
            marked(&text, &found)
        );
    }
}

#[test]
fn an_edit_lies_where_it_lay_when_text_is_put_around() {
    let repair = Repair::new(&Settings {
        gate: Gate::Off,
        ..Settings::default()
    })
    .expect("the data are whole");
    for (_, text) in golden("spun") {
        let before = "Plain words stand here first.\n\n";
        let padded = format!("{before}{text}\nAnd here is how it ends.\n");
        let show = |t: &str, at: usize| -> Vec<(usize, String)> {
            edits(&repair, t, &Survey::default())
                .into_iter()
                .filter(|e| e.applied)
                .map(|e| (e.span.start - at, e.after))
                .collect()
        };
        assert_eq!(show(&text, 0), show(&padded, before.len()));
    }
}

#[test]
fn quotations_names_and_addresses_stay() {
    let repair = Repair::new(&Settings::default()).expect("the data are whole");
    let (_, text) = golden("spun").pop().expect("a case");
    let kept = "“It used to be now not the usage of it, in an effort to lend a hand”";
    let text =
        format!("{text}\nShe said {kept} to http://used.to.be/the-usage-of and left.\n{text}");
    assert!(repaired(&repair, &text).contains(kept));
    assert!(repaired(&repair, &text).contains("http://used.to.be/the-usage-of"));
}

#[test]
fn the_bar_and_the_modes_rule_what_is_applied() {
    let (_, text) = golden("spun").swap_remove(0);
    let count = |settings: Settings| {
        let repair = Repair::new(&settings).expect("the data are whole");
        let all = edits(&repair, &text, &Survey::default());
        (all.iter().filter(|e| e.applied).count(), all.len())
    };
    let (applied, all) = count(Settings::default());
    assert!(applied > 0);
    let (none, suggested) = count(Settings {
        mode: Mode::Suggest,
        ..Settings::default()
    });
    assert!(none == 0 && suggested > 0);
    assert_eq!(
        count(Settings {
            mode: Mode::Off,
            ..Settings::default()
        }),
        (0, 0)
    );
    let (strict, _) = count(Settings {
        confidence: 0.99,
        ..Settings::default()
    });
    assert!(strict < applied && applied <= all);
    assert!(
        Repair::new(&Settings {
            confidence: 2.0,
            ..Settings::default()
        })
        .is_err()
    );
}

#[test]
fn clean_documents_of_the_batch_tell_what_was_meant() {
    let repair = Repair::new(&Settings::default()).expect("the data are whole");
    let spun = golden("spun").swap_remove(1).1;
    let doc = Document::new("spun", 0, spun.as_str());
    let clean = Document::new(
        "clean",
        0,
        "Plain words about the new system, before the end of the year.",
    );
    let survey = repair.survey(&[doc, clean]);
    assert_eq!((survey.documents(), survey.spun()), (2, 1));
    assert!(survey.clean_words() > 0);
    let key = limpid::text::ngrams::phrase_key("before the end");
    assert_eq!(
        survey.ngram_count(key),
        1,
        "asked for because a candidate would form it"
    );
}

#[test]
fn a_long_line_takes_linear_time() {
    let repair = Repair::new(&Settings {
        gate: Gate::Off,
        ..Settings::default()
    })
    .expect("the data are whole");
    let unit = "it used to be now not the usage of the safety promises by way of that ";
    let time = |n: usize| {
        let text = unit.repeat(n);
        let start = std::time::Instant::now();
        assert!(!edits(&repair, &text, &Survey::default()).is_empty());
        start.elapsed().as_secs_f64()
    };
    time(10);
    let (short, long) = (time(300), time(2400));
    assert!(long < short * 30.0 + 0.5, "{short} {long}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_text_has_an_answer(parts in proptest::collection::vec(
        prop_oneof![
            Just("used to be"), Just("The usage of"), Just("thru"), Just(" "), Just("\n"), Just("“"), Just("”"), Just("\""),
            Just("’s"), Just("White Space"), Just(","), Just(". "), Just("an"), Just("1,000"), Just("é"), Just("within the"),
            Just("U.S. "), Just("'"), Just("-"), Just("in an effort to"), Just("\u{200b}"), Just("`x`"), Just("𝔘"), Just("\u{2026}"),
        ], 0..40)) {
        thread_local! {
            static REPAIR: Repair = Repair::new(&Settings { gate: Gate::Off, ..Settings::default() }).expect("the data are whole");
        }
        let spaced: String = parts.iter().flat_map(|p| [*p, " "]).collect();
        let tight: String = parts.concat();
        REPAIR.with(|r| {
            edits(r, &spaced, &Survey::default());
            edits(r, &tight, &Survey::default());
        });
    }
}
