//! Scores on the gold data against the bars that the project has set. Skipped, loudly, where the gold data is missing.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod common;

use std::path::Path;
use std::process::Command;

use common::{root, rows, run_to, shared, text};
use serde_json::{Value, json};

/// What the scorer says, as JSON rows.
fn score(shared: &Path, args: &[&str]) -> Vec<Value> {
    let output = Command::new("python3")
        .arg(shared.join("tools/score_repair.py"))
        .args(args)
        .arg("--json")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect()
}

/// The applied repairs of one document, in characters of its source.
fn repairs(run: &Path, id: &str) -> Vec<Value> {
    rows(run, "edits")
        .into_iter()
        .filter(|e| e["id"] == id && e["stage"] == "repair" && e["applied"] == true)
        .map(|e| json!({"start": e["start"], "end": e["end"], "before": e["before"], "after": e["after"]}))
        .collect()
}

/// `source` with `edits` carried out.
fn apply(source: &str, edits: &[Value]) -> String {
    let source: Vec<char> = source.chars().collect();
    let mut out = String::new();
    let mut at = 0;
    for e in edits {
        let (start, end) = (
            e["start"].as_u64().unwrap() as usize,
            e["end"].as_u64().unwrap() as usize,
        );
        out.extend(&source[at..start]);
        out.push_str(e["after"].as_str().unwrap());
        at = end;
    }
    out.extend(&source[at..]);
    out
}

#[test]
fn the_spun_seed_gets_its_words_back_and_the_others_are_left_alone() {
    let Some(shared) = shared() else { return };
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    run_to(
        0,
        &[
            "clean",
            &text(&root().join("seeds")),
            "--quiet",
            "--out",
            &text(&out),
        ],
    );
    let spun = "002_29bf571dcb90a8f4.txt";
    for document in rows(&out, "documents") {
        let id = document["id"].as_str().unwrap();
        assert_eq!(document["spun_family"] == "W", id == spun, "{id}");
        assert_eq!(repairs(&out, id).is_empty(), id != spun, "{id}");
    }
    let original = root().join("seeds").join(spun);
    let edits = repairs(&out, spun);
    let repaired = apply(&std::fs::read_to_string(&original).unwrap(), &edits);
    let (repaired_path, edits_path) = (
        dir.path().join("repaired.txt"),
        dir.path().join("edits.jsonl"),
    );
    std::fs::write(&repaired_path, repaired).unwrap();
    let lines: Vec<String> = edits.iter().map(Value::to_string).collect();
    std::fs::write(&edits_path, lines.join("\n")).unwrap();
    let gold = shared.join("data/spun");
    let all = score(
        &shared,
        &[
            "--gold",
            &text(&gold.join("002.gold.jsonl")),
            "--original",
            &text(&original),
            "--repaired",
            &text(&repaired_path),
            "--edits",
            &text(&edits_path),
            "--protected",
            &text(&gold.join("002.protected.json")),
        ],
    );
    println!(
        "002: recall {} precision {}",
        all[0]["recall"], all[0]["precision"]
    );
    assert!(all[0]["recall"].as_f64().unwrap() >= 0.45, "{}", all[0]);
    assert!(all[0]["precision"].as_f64().unwrap() >= 0.90, "{}", all[0]);
    assert_eq!(all[0]["protected_hits"], 0);
}

/// Runs the command over the passages of `file` and scores what it made of them.
fn passages(shared: &Path, file: &str, kind: &str) -> Vec<Value> {
    let dir = tempfile::tempdir().unwrap();
    let (input, out) = (dir.path().join("in.jsonl"), dir.path().join("out"));
    let gold = shared.join("data/spun").join(file);
    let passages: Vec<Value> = std::fs::read_to_string(&gold)
        .unwrap()
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    let lines: Vec<String> = passages
        .iter()
        .map(|p| json!({"id": p["id"], "text": p["text"]}).to_string())
        .collect();
    std::fs::write(&input, lines.join("\n")).unwrap();
    run_to(
        0,
        &[
            "clean",
            &text(&input),
            "--stages",
            "repair",
            "--quiet",
            "--out",
            &text(&out),
        ],
    );
    let repaired: Vec<String> = passages
        .iter()
        .map(|p| {
            let edits = repairs(&out, p["id"].as_str().unwrap());
            let text = apply(p["text"].as_str().unwrap(), &edits);
            json!({"id": p["id"], "text": text, "edits": edits}).to_string()
        })
        .collect();
    let repaired_path = dir.path().join("repaired.jsonl");
    std::fs::write(&repaired_path, repaired.join("\n")).unwrap();
    score(
        shared,
        &[
            kind,
            &text(&gold),
            "--repaired-jsonl",
            &text(&repaired_path),
        ],
    )
}

#[test]
fn clean_passages_get_at_most_one_edit_in_all() {
    let Some(shared) = shared() else { return };
    let all = passages(&shared, "clean.dev.jsonl", "--clean");
    let total = all.last().unwrap();
    println!(
        "clean.dev: {} false edits in {} words",
        total["false_edits"], total["words"]
    );
    assert!(total["false_edits"].as_u64().unwrap() <= 1, "{total}");
}

#[test]
fn spun_passages_of_each_family_are_scored() {
    let Some(shared) = shared() else { return };
    let all = passages(&shared, "dev.jsonl", "--gold");
    for row in &all {
        println!(
            "dev {}: recall {} precision {}",
            row["name"], row["recall"], row["precision"]
        );
    }
    let w = all.iter().find(|r| r["name"] == "W").unwrap();
    assert!(
        w["precision"].as_f64().unwrap() >= 0.88 && w["recall"].as_f64().unwrap() >= 0.3,
        "{w}"
    );
}
