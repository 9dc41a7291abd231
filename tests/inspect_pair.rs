//! `limpid inspect --pair`: two documents side by side, and clear words where that cannot be.

#![allow(clippy::unwrap_used)]

mod common;

use common::{run_to, text};

const A: &str = "The harbour board said on Monday that 14 ships were waiting outside the port of Almeria, and that the strike of the \
    crane drivers would go on until their demands were met. No talks are planned for this week.\n";

fn folder() -> (tempfile::TempDir, impl Fn(&str, &str) -> String) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_owned();
    let write = move |name: &str, content: &str| {
        std::fs::write(path.join(name), content).unwrap();
        text(&path.join(name))
    };
    (dir, write)
}

#[test]
fn two_documents_stand_side_by_side() {
    let (_dir, write) = folder();
    let a = write("a.txt", A);
    let b = write("b.txt", &A.replace("waiting outside", "queueing outside"));
    let arguments = [
        "inspect",
        "--pair",
        &a,
        &b,
        "--similarity",
        "0.5",
        "--width",
        "90",
    ];
    let (out, _) = run_to(0, &[&arguments[..], &["--color", "never"]].concat());
    assert!(
        out.starts_with("a.txt and b.txt\n  document: jaccard 0."),
        "{out}"
    );
    assert!(out.contains("numbers and dates 0 of 2"), "{out}");
    assert!(
        out.contains("[-waiting-]") && out.contains("{+queueing+}"),
        "{out}"
    );
    let lines: Vec<&str> = out.lines().skip_while(|l| !l.contains('│')).collect();
    assert!(
        lines.len() > 3 && lines.iter().all(|l| l.chars().count() <= 90),
        "{out}"
    );
    // The same words stand on the same lines.
    assert!(
        lines.iter().any(|l| l.matches("Almeria,").count() == 2),
        "{out}"
    );
    let (out, _) = run_to(0, &[&arguments[..], &["--color", "always"]].concat());
    assert!(out.contains("\u{1b}[9;31mwaiting\u{1b}[0m"), "{out}");
}

#[test]
fn kinds_and_spans_are_told_as_json() {
    let (_dir, write) = folder();
    let a = write("a.txt", A);
    let form = A
        .replace("Monday", "Friday")
        .replace("14", "9")
        .replace("Almeria", "Trieste");
    let record = |t: &str| serde_json::json!({"id": t[..3].to_owned(), "text": t}).to_string();
    let filler: Vec<String> = (0..150).map(|i| format!("word{i} ")).collect();
    let filler = filler.concat();
    let many = write(
        "m.jsonl",
        &format!("{}\n{}\n", record(&form), record(&format!("{filler}{A}"))),
    );
    let json = |b: &str| -> serde_json::Value {
        let (out, _) = run_to(
            0,
            &["inspect", "--pair", &a, b, "--similarity", "0.5", "--json"],
        );
        serde_json::from_str(&out).unwrap()
    };
    let form = json(&format!("{many}:1"));
    assert_eq!(form["matches"][0]["kind"], "template", "{form}");
    let within = json(&format!("{many}:2"));
    let row = &within["matches"][0];
    assert_eq!(
        (&row["kind"], &row["measure"]),
        (&"contained".into(), &"containment".into())
    );
    assert_eq!(row["b"]["start"], filler.chars().count());
    assert_eq!(json(&a)["matches"][0]["measure"], "exact");
    let other = write("other.txt", &filler);
    assert_eq!(json(&other)["matches"].as_array().unwrap().len(), 0);
}

#[test]
fn what_cannot_be_compared_is_named() {
    let (dir, write) = folder();
    let a = write("a.txt", A);
    let missing = text(&dir.path().join("b.txt"));
    let (_, err) = run_to(1, &["inspect", "--pair", &a, &missing]);
    assert!(
        err.contains("b.txt: no such file or folder") && err.contains("help: "),
        "{err}"
    );
    let empty = write("empty.txt", "");
    let (_, err) = run_to(1, &["inspect", "--pair", &empty, &a]);
    assert!(err.contains("empty.txt: empty"), "{err}");
    let (_, err) = run_to(1, &["inspect", "--pair", &a, &format!("{a}:7")]);
    assert!(err.contains("has no document 7, only 1"), "{err}");
    let (_, err) = run_to(1, &["inspect", "--pair", &a, &format!("{a}:x")]);
    assert!(err.contains("is no number of a document"), "{err}");
    run_to(2, &["inspect", "--pair", &a]);
    run_to(2, &["inspect"]);
}
