//! `limpid clean --filter`: what is flagged, what is dropped, what is told, and that all of it can be undone.

#![allow(clippy::unwrap_used)]

mod common;

use std::path::Path;

use common::{rows, run, run_to, text, tree};
use serde_json::{Value, json};

/// Plain prose of several paragraphs, which every preset leaves alone.
fn prose(n: usize) -> String {
    const NOUNS: [&str; 12] = [
        "bridge", "harbour", "school", "market", "garden", "museum", "station", "library",
        "theatre", "castle", "forest", "river",
    ];
    const DEEDS: [&str; 7] = [
        "was opened by the mayor in the spring of that year",
        "has been closed to visitors since the end of the war",
        "will be moved to the other side of the town before long",
        "had to be built again after the fire of the second winter",
        "is one of the places that people like to go to with their children",
        "could not be sold because nobody knew to whom it had been left",
        "belongs to the same family that gave the land to the parish",
    ];
    (0..3)
        .map(|p| {
            let sentences: Vec<String> = (0..2)
                .map(|s| {
                    let at = n * 6 + p * 2 + s;
                    format!("The {} number {at} {}.", NOUNS[at % 12], DEEDS[at % 7])
                })
                .collect();
            sentences.join(" ") + "\n"
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// A folder of three documents: one clean, one with lines that go, one that goes as a whole; and two as JSONL.
fn corpus(dir: &Path) {
    std::fs::write(dir.join("clean.txt"), prose(1)).unwrap();
    let furniture = format!(
        "{}\n12 likes\nShare this\nIt is so[3] they say.\n",
        prose(2)
    );
    std::fs::write(dir.join("lines.txt"), furniture).unwrap();
    std::fs::write(dir.join("short.txt"), "Too short a text\n").unwrap();
    let record = |id: &str, text: &str| json!({"id": id, "text": text, "n": 1}).to_string();
    let shard = [
        record("a", "Too short a record"),
        record("b", &prose(3)),
        record("c", "Short, too."),
    ];
    std::fs::write(dir.join("shard.jsonl"), shard.join("\n") + "\n").unwrap();
}

fn clean(input: &Path, out: &Path, how: &[&str]) -> Value {
    let (input, out) = (text(input), text(out));
    let mut args = vec!["clean", &input, "--out", &out, "--json"];
    args.extend_from_slice(how);
    let (summary, _) = run_to(0, &args);
    let summary: Value = serde_json::from_str(&summary).unwrap();
    let manifest = std::fs::read(Path::new(&out).join("_limpid/manifest.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!(manifest["counts"], summary["counts"]);
    summary["counts"].clone()
}

fn row(out: &Path, id: &str) -> Value {
    let found = rows(out, "documents").into_iter().find(|r| r["id"] == id);
    found.unwrap()
}

fn restores(input: &Path, out: &Path) {
    let dir = tempfile::tempdir().unwrap();
    let back = dir.path().join("back");
    run_to(0, &["restore", &text(out), "--out", &text(&back)]);
    assert_eq!(tree(input), tree(&back));
}

#[test]
fn flagged_texts_stay_and_rows_say_what_fired() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("in");
    std::fs::create_dir(&input).unwrap();
    corpus(&input);
    let out = dir.path().join("out");
    let counts = clean(
        &input,
        &out,
        &["--stages", "dedup", "--filter", "c4,gopher"],
    );
    let mut written = tree(&out);
    written.retain(|name, _| !name.starts_with("_limpid"));
    assert_eq!(written, tree(&input));
    assert_eq!(counts["documents_out"], 6);
    assert_eq!(
        counts["filters"]["gopher/word-count"],
        json!({"documents": 3, "lines": 0})
    );
    assert_eq!(
        counts["filters"]["c4/no-terminal-punctuation"],
        json!({"documents": 3, "lines": 4})
    );
    assert_eq!(
        counts["filters"]["c4/citation"],
        json!({"documents": 1, "lines": 1})
    );
    assert_eq!(
        counts["suggestions"]["filter/c4/no-terminal-punctuation"],
        4
    );
    assert_eq!(row(&out, "clean.txt").get("filters"), None);
    assert_eq!(row(&out, "lines.txt").get("filters"), None);
    let short = row(&out, "short.txt");
    assert_eq!(short["filters"]["gopher/word-count"], 4.0);
    assert_eq!(short["filters"]["c4/sentences"], 0.0);
    assert_eq!(short.get("dropped"), None);
    let lines: Vec<Value> = rows(&out, "edits")
        .into_iter()
        .filter(|e| e["id"] == "lines.txt")
        .collect();
    let told: Vec<(&str, &str, bool)> = lines
        .iter()
        .map(|e| {
            assert_eq!(e["stage"], "filter");
            (
                e["rule"].as_str().unwrap(),
                e["before"].as_str().unwrap(),
                e["applied"] == true,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("c4/no-terminal-punctuation", "12 likes\n", false),
            ("c4/no-terminal-punctuation", "Share this\n", false),
            ("c4/citation", "[3]", false)
        ]
    );
    restores(&input, &out);
    let page = std::fs::read_to_string(out.join("_limpid/report.html")).unwrap();
    assert!(page.contains("<h2>Filters</h2>") && page.contains("c4/no-terminal-punctuation"));
}

#[test]
fn the_terminal_says_what_each_rule_found_and_what_was_dropped() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("in");
    std::fs::create_dir(&input).unwrap();
    corpus(&input);
    let (input, out) = (text(&input), text(&dir.path().join("out")));
    let filter = ["--filter", "c4,gopher", "--stages", "dedup"];
    let told = |action: &str| {
        let mut args = vec!["clean", &input, "--out", &out, "--filter-action", action];
        args.extend(filter);
        run_to(0, &args).1
    };
    let err = told("flag");
    assert!(
        err.contains("  filter gopher/word-count: 3 documents\n"),
        "{err}"
    );
    assert!(
        err.contains("  filter c4/no-terminal-punctuation: 4 lines in 3 documents\n"),
        "{err}"
    );
    assert!(!err.contains("dropped"), "{err}");
    let err = told("drop");
    assert!(
        err.contains("6 documents in, 3 out, 0 rejected, 3 dropped by filters\n"),
        "{err}"
    );
}

#[test]
fn dropped_lines_and_documents_can_be_restored() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("in");
    std::fs::create_dir(&input).unwrap();
    corpus(&input);
    let mut trees = Vec::new();
    for (name, threads) in [("one", "1"), ("two", "2")] {
        let out = dir.path().join(name);
        let how = [
            "--stages",
            "dedup",
            "--filter",
            "c4,gopher",
            "--filter-action",
            "drop",
            "--threads",
            threads,
        ];
        let counts = clean(&input, &out, &how);
        assert_eq!(counts["documents_in"], 6);
        assert_eq!(
            (
                &counts["documents_out"],
                &counts["dropped"],
                &counts["filtered"]
            ),
            (&json!(3), &json!(3), &json!(3))
        );
        assert_eq!(counts["edits"]["filter/c4/no-terminal-punctuation"], 2);
        let expected = format!("{}\nIt is so they say.\n", prose(2));
        assert_eq!(
            std::fs::read_to_string(out.join("lines.txt")).unwrap(),
            expected
        );
        assert!(!out.join("short.txt").exists());
        assert!(out.join("_limpid/dropped/short.txt").exists());
        let shard = std::fs::read_to_string(out.join("shard.jsonl")).unwrap();
        assert_eq!(shard.lines().count(), 1);
        assert_eq!(row(&out, "short.txt")["dropped"], true);
        restores(&input, &out);
        let mut files = tree(&out);
        files.remove("_limpid/manifest.json");
        trees.push(files);
    }
    assert!(trees[0] == trees[1], "threads change the results");
}

#[test]
fn what_filters_drop_does_not_stand_for_its_duplicates() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("in");
    std::fs::create_dir(&input).unwrap();
    // The same text thrice, the first with a line that takes it out.
    let body = prose(4) + &prose(5) + &prose(6) + &prose(7);
    std::fs::write(
        input.join("a.txt"),
        format!("{body}\nHe wrote {{ and no more of it.\n"),
    )
    .unwrap();
    std::fs::write(input.join("b.txt"), &body).unwrap();
    std::fs::write(input.join("c.txt"), format!("{body}One more line it is.\n")).unwrap();
    let out = dir.path().join("out");
    let how = [
        "--stages",
        "dedup",
        "--duplicates",
        "drop",
        "--filter",
        "c4",
        "--filter-action",
        "drop",
    ];
    let counts = clean(&input, &out, &how);
    assert_eq!(
        (&counts["dropped"], &counts["filtered"]),
        (&json!(2), &json!(1))
    );
    assert!(
        !out.join("a.txt").exists() && out.join("b.txt").exists() && !out.join("c.txt").exists()
    );
    assert!(
        rows(&out, "duplicates")
            .iter()
            .all(|d| d["a"]["id"] != "a.txt" && d["b"]["id"] != "a.txt")
    );
    restores(&input, &out);
}

#[test]
fn filters_see_what_strip_has_left() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let seeds = common::root().join("seeds");
    let how = [
        "--filter",
        "c4,fineweb-lines,gopher,gopher-datamap,dclm-lines,justext",
        "--filter-action",
        "drop",
    ];
    clean(&seeds, &out, &how);
    restores(&seeds, &out);
    let edits = rows(&out, "edits");
    assert!(
        edits
            .iter()
            .any(|e| e["stage"] == "filter" && e["applied"] == true)
    );
    assert!(
        edits
            .iter()
            .any(|e| e["stage"] == "strip" && e["applied"] == true)
    );
}

#[test]
fn settings_come_from_the_file_and_unknown_names_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("limpid.toml");
    let input = dir.path().join("a.txt");
    std::fs::write(&input, "Too short a text\n").unwrap();
    let out = dir.path().join("out");
    std::fs::write(
        &config,
        "[filter]\npresets = [\"gopher\"]\naction = \"drop\"\n",
    )
    .unwrap();
    let counts = clean(&input, &out, &["--config", &text(&config)]);
    assert_eq!(counts["filtered"], 1);
    for (toml, wanted) in [
        (
            "[filter]\npresets = [\"gofer\"]\n",
            "help: did you mean gopher?",
        ),
        (
            "[filter]\npreset = [\"gopher\"]\n",
            "help: did you mean presets?",
        ),
        ("stages = [\"filter\"]\n", "filter.presets"),
    ] {
        std::fs::write(&config, toml).unwrap();
        let (code, _, err) = run(&[
            "clean",
            &text(&input),
            "--out",
            &text(&out),
            "--config",
            &text(&config),
        ]);
        assert_eq!(code, 1, "{err}");
        assert!(err.contains(wanted), "{err}");
    }
    let (code, _, err) = run(&[
        "clean",
        &text(&input),
        "--out",
        &text(&out),
        "--filter",
        "c4,dclm-line",
    ]);
    assert_eq!(code, 1);
    assert!(
        err.contains("no \"dclm-line\"") && err.contains("help: did you mean dclm-lines?"),
        "{err}"
    );
}

#[test]
fn the_list_of_filters_names_every_preset() {
    let (list, _) = run_to(0, &["config", "--filters"]);
    for name in [
        "c4",
        "fineweb-lines",
        "gopher",
        "gopher-datamap",
        "dclm-lines",
        "justext",
    ] {
        assert!(
            list.lines().any(|l| l.starts_with(&format!("{name}: "))),
            "{name}"
        );
    }
    assert!(list.contains("50-100000"));
}
