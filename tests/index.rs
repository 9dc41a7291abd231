//! The index of earlier runs: what was seen before is found, nothing is added twice, and no crash leaves half a run.

#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use common::{limpid, rows, run, run_to, text, tree};
use serde_json::Value;

/// A small generator of the same numbers everywhere (`SplitMix64`, Steele et al. 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }
}

/// Sentences of made-up words.
fn prose(random: &mut Random, words: usize) -> Vec<String> {
    const SYLLABLES: [&str; 14] = [
        "ba", "ko", "ri", "tem", "su", "lan", "po", "vik", "da", "mor", "ne", "zul", "gri", "hol",
    ];
    let mut word = || -> String {
        let n = 2 + random.below(3);
        (0..n)
            .map(|_| SYLLABLES[random.below(SYLLABLES.len())])
            .collect()
    };
    (0..words).map(|_| word()).collect()
}

fn written(words: &[String]) -> String {
    let mut out = String::new();
    for (i, word) in words.iter().enumerate() {
        out.push_str(word);
        out.push_str(if i % 13 == 12 { ". " } else { " " });
    }
    out.trim_end().to_owned() + "."
}

/// Two folders: documents, and later ones that copy, cut, widen or quote an earlier one, or are new.
fn corpora(dir: &Path, count: usize) -> (PathBuf, PathBuf) {
    let mut random = Random(7);
    let (first, second) = (dir.join("first"), dir.join("second"));
    std::fs::create_dir_all(&first).unwrap();
    std::fs::create_dir_all(&second).unwrap();
    for i in 0..count {
        let words = prose(&mut random, 220);
        std::fs::write(first.join(format!("a{i:03}.txt")), written(&words)).unwrap();
        let mut later = words.clone();
        match i % 5 {
            0 => {}
            1 => "changed".clone_into(&mut later[40]),
            2 => later = words[60..130].to_vec(),
            3 => {
                later = prose(&mut random, 300);
                later.splice(100..160, words[30..90].iter().cloned());
            }
            _ => later = prose(&mut random, 180),
        }
        std::fs::write(second.join(format!("b{i:03}.txt")), written(&later)).unwrap();
    }
    (first, second)
}

fn dedup(input: &Path, out: &Path, more: &[&str]) {
    let (input, out) = (text(input), text(out));
    let mut args = vec!["dedup", &input, "--out", &out, "--quiet"];
    args.extend(more);
    run_to(0, &args);
}

/// Kind, both sides and similarity of each row, the sides in the order of their names.
fn pairs(out: &Path) -> BTreeSet<String> {
    rows(out, "duplicates")
        .iter()
        .map(|row| {
            let side = |s: &Value| format!("{} {}..{}", s["id"], s["start"], s["end"]);
            let mut sides = [side(&row["a"]), side(&row["b"])];
            sides.sort();
            format!("{} {sides:?} {}", row["kind"], row["similarity"])
        })
        .collect()
}

fn info(index: &Path) -> Value {
    let (out, _) = run_to(0, &["index", "info", &text(index), "--json"]);
    serde_json::from_str(&out).unwrap()
}

#[test]
fn later_runs_find_what_one_run_over_all_would() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = corpora(dir.path(), 40);
    let together = dir.path().join("together");
    let (one, two) = (text(&first), text(&second));
    run_to(
        0,
        &["dedup", &one, &two, "--out", &text(&together), "--quiet"],
    );
    let index = dir.path().join("index");
    let with = ["--index", &text(&index)];
    dedup(&first, &dir.path().join("out1"), &with);
    let out = dir.path().join("out2");
    dedup(&second, &out, &with);
    // In one run over two folders the documents are named by their folders too.
    let expected: BTreeSet<String> = pairs(&together)
        .iter()
        .map(|p| p.replace("first/", "").replace("second/", ""))
        .collect();
    let found = pairs(&out);
    assert_eq!(found, expected);
    for kind in ["document", "contained", "passage"] {
        assert!(found.iter().any(|p| p.contains(kind)), "{kind}: {found:?}");
    }
    let rows = rows(&out, "duplicates");
    for row in &rows {
        let sides = [&row["a"], &row["b"]];
        for side in sides {
            let is_earlier = side["id"].as_str().unwrap().starts_with('a');
            assert_eq!(side["indexed"] == true, is_earlier, "{row}");
        }
    }
    // Nothing is decided about a document of an earlier run.
    let keep = |row: &Value, letter: &str| {
        let earlier_is_a = row["a"]["indexed"] == true;
        row["keep"] == "both" || (row["keep"] == letter) == (earlier_is_a == (letter == "a"))
    };
    assert!(
        rows.iter().all(|r| keep(r, "a") && keep(r, "b")),
        "{rows:?}"
    );
}

#[test]
fn the_same_input_again_gives_the_same_and_adds_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = corpora(dir.path(), 15);
    let index = dir.path().join("index");
    let with = ["--index", &text(&index)];
    dedup(&first, &dir.path().join("out1"), &with);
    let out = dir.path().join("out2");
    dedup(&second, &out, &with);
    let once = tree(&out)["_limpid/duplicates.jsonl"].clone();
    let before = tree(&index);
    dedup(&second, &out, &with);
    assert_eq!(tree(&out)["_limpid/duplicates.jsonl"], once);
    assert_eq!(tree(&index), before);
    assert_eq!(info(&index)["documents"], 30);
}

#[test]
fn what_is_left_out_is_not_indexed_and_merging_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = corpora(dir.path(), 15);
    let index = dir.path().join("index");
    let at = text(&index);
    let with = ["--index", &at, "--duplicates", "drop"];
    dedup(&first, &dir.path().join("out1"), &with);
    let out = dir.path().join("out2");
    dedup(&second, &out, &with);
    let dropped = rows(&out, "documents")
        .iter()
        .filter(|r| r["dropped"] == true)
        .count();
    // Copies, near-copies and those cut out of longer ones.
    assert_eq!(dropped, 9);
    let told = info(&index);
    assert_eq!(told["documents"], 21);
    assert_eq!(told["segments"][1]["left_out"], 9);

    let other = dir.path().join("merged");
    copy(&index, &other);
    run_to(0, &["index", "merge", &text(&other)]);
    let merged = info(&other);
    assert_eq!(merged["documents"], 21);
    assert_eq!(merged["segments"].as_array().unwrap().len(), 1);
    assert_eq!(merged["segments"][0]["left_out"], 0);
    run_to(0, &["index", "verify", &text(&other)]);

    // The same documents under other names meet those that stayed, in either index.
    let third = dir.path().join("third");
    std::fs::create_dir(&third).unwrap();
    for entry in std::fs::read_dir(&second).unwrap() {
        let path = entry.unwrap().path();
        let name = path
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .replace('b', "c");
        std::fs::copy(&path, third.join(name)).unwrap();
    }
    let (x, y) = (dir.path().join("x"), dir.path().join("y"));
    dedup(&third, &x, &with);
    dedup(
        &third,
        &y,
        &["--index", &text(&other), "--duplicates", "drop"],
    );
    assert_eq!(pairs(&x), pairs(&y));
    let met: BTreeSet<String> = rows(&x, "duplicates")
        .iter()
        .flat_map(|r| [&r["a"], &r["b"]].map(|s| s["id"].as_str().unwrap().to_owned()))
        .filter(|id| !id.starts_with('c'))
        .collect();
    assert!(
        met.contains("b004.txt") && met.contains("a000.txt"),
        "{met:?}"
    );
    assert!(
        !met.contains("b000.txt") && !met.contains("b001.txt"),
        "{met:?}"
    );
}

fn copy(from: &Path, to: &Path) {
    for (name, bytes) in tree(from) {
        let path = to.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

#[test]
fn damage_is_told_with_what_to_index_again() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = corpora(dir.path(), 10);
    let index = dir.path().join("index");
    let at = text(&index);
    dedup(&first, &dir.path().join("out1"), &["--index", &at]);
    dedup(&second, &dir.path().join("out2"), &["--index", &at]);
    let second_segment = info(&index)["segments"][1]["name"]
        .as_str()
        .unwrap()
        .to_owned();
    let texts = index.join(second_segment).join("texts");
    let mut bytes = std::fs::read(&texts).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&texts, &bytes).unwrap();
    let (code, out, err) = run(&["index", "verify", &at]);
    assert_eq!(code, 1);
    assert!(out.contains("texts: damaged"), "{out}");
    assert!(
        out.contains(&format!("index again: {}", text(&second))),
        "{out}"
    );
    assert!(err.contains("--drop-damaged"), "{err}");

    // A file cut short is noticed when the index is opened.
    std::fs::write(&texts, &bytes[..50]).unwrap();
    let out3 = text(&dir.path().join("out3"));
    let (code, _, err) = run(&["dedup", &text(&second), "--out", &out3, "--index", &at]);
    assert_eq!(code, 1);
    assert!(
        err.contains("damaged") && err.contains("index verify"),
        "{err}"
    );

    run_to(0, &["index", "verify", &at, "--drop-damaged"]);
    dedup(&second, &dir.path().join("out2"), &["--index", &at]);
    run_to(0, &["index", "verify", &at]);
    assert_eq!(info(&index)["documents"], 20);
}

#[test]
fn other_settings_and_other_folders_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (first, _) = corpora(dir.path(), 3);
    let index = dir.path().join("index");
    let at = text(&index);
    let out = dir.path().join("out");
    dedup(&first, &out, &["--index", &at]);
    let (input, out) = (text(&first), text(&out));
    let (code, _, err) = run(&[
        "dedup",
        &input,
        "--out",
        &out,
        "--index",
        &at,
        "--no-passages",
    ]);
    assert_eq!(code, 1);
    assert!(err.contains("passages = true"), "{err}");
    let (code, _, err) = run(&["dedup", &input, "--out", &out, "--index", &input]);
    assert_eq!(code, 1);
    assert!(err.contains("no index of limpid"), "{err}");
    let (code, _, err) = run(&["index", "info", &input]);
    assert_eq!(code, 1);
    assert!(
        err.contains("holds no index") && err.contains("--index DIR"),
        "{err}"
    );
}

/// Twenty runs killed at times spread over the length of one: the index always verifies and holds all of a run or nothing, and a run
/// that is let finish gives what it would have given at once.
#[test]
#[cfg(unix)]
fn killed_at_any_time_the_index_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = corpora(dir.path(), 60);
    let calm = dir.path().join("calm");
    let calm_out = dir.path().join("calm-out");
    dedup(&first, &calm_out, &["--index", &text(&calm)]);
    let begun = Instant::now();
    dedup(&second, &calm_out, &["--index", &text(&calm)]);
    let mut whole = begun.elapsed();

    let index = dir.path().join("index");
    let at = text(&index);
    let out = dir.path().join("out");
    dedup(&first, &out, &["--index", &at]);
    let before = dir.path().join("before");
    copy(&index, &before);
    let mut random = Random(11);
    let (mut killed, mut tries) = (0, 0);
    while killed < 20 {
        tries += 1;
        assert!(
            tries <= 200,
            "{killed} killed: too slow a clock to say anything"
        );
        // What earlier ones added goes: each has all of its work before it.
        std::fs::remove_dir_all(&index).unwrap();
        copy(&before, &index);
        let mut child = limpid()
            .args([
                "dedup",
                &text(&second),
                "--out",
                &text(&out),
                "--index",
                &at,
                "-q",
            ])
            .spawn()
            .unwrap();
        // Most of the writing is near the end.
        let share = 0.3 + 0.035 * f64::from(killed) + 0.001 * random.below(35) as f64;
        std::thread::sleep(whole.mul_f64(share));
        if child.try_wait().unwrap().is_some() {
            // The machine is faster than it was when the time was taken.
            whole = whole.mul_f64(0.9);
        } else {
            killed += 1;
        }
        let _ = child.kill();
        child.wait().unwrap();
        let (told, _) = run_to(0, &["index", "verify", &at]);
        let documents = info(&index)["documents"].as_u64().unwrap();
        assert!(documents == 60 || documents == 120, "{documents}: {told}");
        if documents == 60 && told.contains("interrupted") {
            let again = told.contains(&format!("run again: {}", text(&second)));
            assert!(again || told.contains("only begun"), "{told}");
        }
    }
    dedup(&second, &out, &["--index", &at]);
    let (told, _) = run_to(0, &["index", "verify", &at]);
    assert!(!told.contains("interrupted"), "{told}");
    assert_eq!(info(&index)["documents"], 120);
    assert_eq!(
        tree(&out)["_limpid/duplicates.jsonl"],
        tree(&calm_out)["_limpid/duplicates.jsonl"]
    );
}
