//! Cases by rule, `tests/golden/strip/<rule>/*.txt`: lines that begin with `- ` must go, the others must stand.
//!
//! The two characters before each line are the mark, not part of the text; an empty line is an empty line. In a case
//! that fires, an edit bears the rule's name; in one that must not fire, nothing is removed by any rule.

use std::path::Path;

use limpid::document::Document;
use limpid::stage::Scratch;
use limpid::stage::Stage;
use limpid::strip::{Settings, Strip, rules};
use limpid::survey::{Questions, Survey};

struct Case {
    name: String,
    text: String,
    /// By line: whether it must go; `None` for blank lines.
    goes: Vec<Option<bool>>,
}

fn cases(rule: &str) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/strip")
        .join(rule);
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("a rule has cases")
        .map(|e| e.expect("readable").path())
        .collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let marked = std::fs::read_to_string(&path).expect("readable");
            let mut goes = Vec::new();
            let mut text = String::new();
            for line in marked.lines() {
                let body = line.get(2..).unwrap_or_default();
                goes.push((!body.trim().is_empty()).then(|| line.starts_with("- ")));
                text.push_str(body);
                text.push('\n');
            }
            Case {
                name: format!(
                    "{rule}/{}",
                    path.file_name().expect("a file").to_string_lossy()
                ),
                text,
                goes,
            }
        })
        .collect()
}

#[test]
fn rules_fire_and_leave_alone_as_the_cases_say() {
    let strip = Strip::new(&Settings::default()).expect("embedded data is sound");
    let mut scratch = Scratch::new();
    let mut wrong = Vec::new();
    for rule in rules().iter().filter(|r| r.name != "site-furniture") {
        for case in cases(rule.name) {
            let doc = Document::new(case.name.as_str(), 0, case.text);
            let mut edits = Vec::new();
            strip.read(&doc, &Survey::default(), &mut scratch, &mut edits);
            let mut at = 0;
            for (i, goes) in case.goes.iter().enumerate() {
                let end = doc.text[at..].find('\n').map_or(doc.text.len(), |n| at + n);
                let gone = edits
                    .iter()
                    .find(|e| e.span.start <= at && end <= e.span.end && at < e.span.end);
                if goes.is_some_and(|g| g != gone.is_some()) {
                    let by = gone.map_or("nothing", |e| e.rule.as_ref());
                    wrong.push(format!(
                        "{}:{}: {} removes {:?}",
                        case.name,
                        i + 1,
                        by,
                        &doc.text[at..end]
                    ));
                }
                at = end + 1;
            }
            if case.goes.contains(&Some(true)) && !edits.iter().any(|e| e.rule == rule.name) {
                wrong.push(format!("{}: no edit bears the rule's name", case.name));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn kept_rules_remove_nothing() {
    let settings: Settings =
        serde_json::from_str(r#"{"keep":["caption","byline"]}"#).expect("valid");
    let strip = Strip::new(&settings).expect("rules of these names exist");
    let mut scratch = Scratch::new();
    for name in ["caption", "byline"] {
        for case in cases(name) {
            let doc = Document::new("kept", 0, case.text);
            let mut edits = Vec::new();
            strip.edit(&doc, &Survey::default(), &mut scratch, &mut edits);
            assert!(edits.iter().all(|e| e.rule != name), "{}", case.name);
        }
    }
    let unknown: Settings = serde_json::from_str(r#"{"keep":["no-such-rule"]}"#).expect("valid");
    assert!(Strip::new(&unknown).is_err());
    assert!(
        serde_json::from_str::<Settings>(r#"{"kept":[]}"#).is_err(),
        "unknown keys are errors"
    );
    let mut questions = Questions::default();
    strip.ask(
        &Document::new("a", 0, "One line\nAnother line\n"),
        &mut scratch,
        &mut questions,
    );
}
