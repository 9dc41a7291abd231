//! `seeds/` makes `cleaned/`, byte for byte, whatever the number of threads and the size of batches.

#![allow(clippy::unwrap_used)]

mod common;

use common::{root, rows, run_to, text, tree};

/// Only the manifest tells of the run itself.
fn results(dir: &std::path::Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    let mut files = tree(dir);
    files.remove("_limpid/manifest.json");
    files
}

#[test]
fn seeds_reproduce_cleaned_at_one_and_two_threads_and_little_memory() {
    let committed = results(&root().join("cleaned"));
    assert!(
        committed.len() >= 9,
        "cleaned/ is not complete: {:?}",
        committed.keys()
    );
    for how in [
        &["--threads", "1"][..],
        &["--threads", "2"],
        &["--threads", "2", "--memory", "1MiB"],
    ] {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("cleaned");
        // From the repository's root, so that `source` reads as in the committed run.
        let output = common::limpid()
            .current_dir(root())
            .args(["clean", "seeds", "--quiet", "--out", &text(&out)])
            .args(how)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let made = results(&out);
        assert_eq!(
            made.keys().collect::<Vec<_>>(),
            committed.keys().collect::<Vec<_>>()
        );
        for (name, bytes) in &committed {
            assert!(
                made[name] == *bytes,
                "{name} differs from the committed one with {how:?}"
            );
        }
    }
}

#[test]
fn applied_rows_carried_out_on_the_source_give_the_cleaned_text() {
    let cleaned = root().join("cleaned");
    let edits = rows(&cleaned, "edits");
    for document in rows(&cleaned, "documents") {
        let path = document["path"].as_str().unwrap();
        let source: Vec<char> = std::fs::read_to_string(root().join("seeds").join(path))
            .unwrap()
            .chars()
            .collect();
        let mut out = String::new();
        let mut at = 0;
        for e in edits.iter().filter(|e| e["id"] == document["id"]) {
            let (start, end) = (
                e["start"].as_u64().unwrap() as usize,
                e["end"].as_u64().unwrap() as usize,
            );
            let before: String = source[start..end].iter().collect();
            assert_eq!(before, e["before"].as_str().unwrap(), "{path}: {e}");
            assert_eq!(
                e["line"].as_u64().unwrap() as usize,
                source[..start].iter().filter(|c| **c == '\n').count() + 1
            );
            if e["applied"] == true {
                out.extend(&source[at..start]);
                out.push_str(e["after"].as_str().unwrap());
                at = end;
            }
        }
        out.extend(&source[at..]);
        assert_eq!(
            out,
            std::fs::read_to_string(cleaned.join(path)).unwrap(),
            "{path}"
        );
    }
}

#[test]
fn restore_gives_back_the_seeds() {
    let dir = tempfile::tempdir().unwrap();
    run_to(
        0,
        &[
            "restore",
            &text(&root().join("cleaned")),
            "--quiet",
            "--out",
            &text(&dir.path().join("r")),
        ],
    );
    assert_eq!(tree(&dir.path().join("r")), tree(&root().join("seeds")));
}

#[test]
fn cleaning_the_cleaned_changes_nothing_more() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("again");
    run_to(
        0,
        &[
            "clean",
            &text(&root().join("cleaned")),
            "--quiet",
            "--out",
            &text(&out),
        ],
    );
    for document in rows(&out, "documents") {
        let path = document["path"].as_str().unwrap();
        assert_eq!(
            std::fs::read_to_string(out.join(path)).unwrap(),
            std::fs::read_to_string(root().join("cleaned").join(path)).unwrap(),
            "{path}"
        );
    }
}
