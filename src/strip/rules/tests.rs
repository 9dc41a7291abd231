use std::sync::Arc;

use super::*;

#[test]
fn the_table_is_sound() {
    let mut codes = std::collections::BTreeSet::new();
    assert_eq!(RULES.len(), rules().len());
    for (rule, info) in RULES.iter().zip(rules()) {
        assert_eq!(rule.info(), info, "the two tables have the same order");
        assert!(codes.insert(info.code), "{} twice", info.code);
        assert!(
            info.name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b == b'-'),
            "{} is not kebab-case",
            info.name
        );
        assert!((0.0..1.0).contains(&info.apply_at));
    }
}

#[test]
fn every_rule_is_documented_and_has_cases() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for info in rules() {
        let file = root.join(format!(
            "src/strip/rules/{}.rs",
            info.name.replace('-', "_")
        ));
        let text = std::fs::read_to_string(&file).expect("a rule is one file");
        for heading in [
            "**Fires on**",
            "**Leaves alone**",
            "**Score**",
            "**Source**",
        ] {
            assert!(text.contains(heading), "{}: no {heading}", info.name);
        }
        let cases = root.join(format!("tests/golden/strip/{}", info.name));
        let (mut fires, mut leaves) = (0, 0);
        for entry in std::fs::read_dir(&cases).expect("a rule has cases") {
            let text = std::fs::read_to_string(entry.expect("readable").path()).expect("readable");
            if text.lines().any(|l| l.starts_with("- ")) {
                fires += 1;
            } else {
                leaves += 1;
            }
        }
        assert!(fires >= 3, "{}: {fires} firing cases", info.name);
        assert!(
            leaves >= 3,
            "{}: {leaves} cases that must not fire",
            info.name
        );
    }
}

#[test]
fn hosts_are_told_from_files_and_words() {
    for host in [
        "example.org",
        "news.example.co.uk",
        "https://www.example.com/",
    ] {
        assert!(is_host(host), "{host}");
    }
    for other in [
        "readme.txt",
        "e.g",
        "Mr.Smith",
        "end.",
        "a.b",
        "main.rs",
        "3.14",
        "Example",
    ] {
        assert!(!is_host(other), "{other}");
    }
}

/// Cases of `site-furniture`: the first line says in how many documents of how many the marked lines stand; `- ` goes
/// and `~ ` stays though it recurs.
#[test]
fn recurring_lines_go_as_the_cases_say() {
    use crate::stage::{Scratch, Stage};
    let root =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/strip/site-furniture");
    let strip = crate::strip::Strip::new(&crate::strip::Settings::default())
        .expect("embedded data is sound");
    for entry in std::fs::read_dir(root).expect("cases") {
        let path = entry.expect("readable").path();
        let case = std::fs::read_to_string(&path).expect("readable");
        let (head, body) = case.split_once('\n').expect("a directive");
        let numbers: Vec<u32> = head.split(' ').filter_map(|w| w.parse().ok()).collect();
        let mut text = String::new();
        let mut recurring = String::new();
        let mut gone = Vec::new();
        for line in body.lines() {
            let (mark, rest) = line.split_at_checked(2).unwrap_or(("  ", ""));
            text.push_str(rest);
            text.push('\n');
            if mark != "  " {
                recurring.push_str(rest);
                recurring.push('\n');
            }
            if mark == "- " {
                gone.push(rest.to_owned());
            }
        }
        let mut questions = crate::survey::Questions::default();
        let mut scratch = Scratch::new();
        strip.ask(
            &Document::new("r", 0, recurring),
            &mut scratch,
            &mut questions,
        );
        let lines = questions.lines.into_iter().map(|key| (key, numbers[0]));
        let survey = Survey {
            documents: u64::from(numbers[1]),
            lines: Arc::new(lines.collect()),
            ..Survey::default()
        };
        let doc = Document::new("d", 0, text);
        let mut edits = Vec::new();
        strip.edit(&doc, &survey, &mut scratch, &mut edits);
        let removed: Vec<&str> = edits.iter().map(|e| e.span.of(&doc.text).trim()).collect();
        assert_eq!(removed, gone, "{}", path.display());
    }
}
