//! Kinds of duplicates, through the command: forms with other facts stay, whatever the policy, and of a short copy inside a
//! long document the short one goes.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::path::Path;
use std::process::{Command, Output};

/// A report as it comes every day: the words of the form are the same, the facts are not.
fn report(day: &str, rate: &str, first: u32, second: u32, bank: &str) -> String {
    format!(
        "The central bank said it gave the money market {first} mln in the late round of help on {day}. It bought bank bills \
         outright, of which {second} mln were in band one at {rate} pct and the rest in band two at the same rate, and the dealers \
         of {bank} said that the shortage of the day was thereby relieved. The bank had put the shortage at about {} mln in \
         the morning, and it will not be in the market again before the end of the session, as is its custom.\n",
        first + second
    )
}

/// A story that came twice, the second time with a word put right.
const STORY: &str = "The old mill at Ambrel will be opened to the public in spring, its owners said. The wheel has been \
    repaired by volunteers, who found the timbers sound after a century under water, and the miller's house next to it will \
    hold a small museum of rural life. Visitors can see how grain was ground and buy flour and bread on the premises. The road \
    to the mill is narrow and cars must be left at the station, from where a bus goes every half hour in summer.\n";

fn limpid(dir: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_limpid"))
        .args(arguments)
        .current_dir(dir)
        .output()
        .unwrap()
}

fn rows(dir: &Path) -> Vec<serde_json::Value> {
    std::fs::read_to_string(dir.join("out/_limpid/duplicates.jsonl"))
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn corpus() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let texts = dir.path().join("in");
    std::fs::create_dir(&texts).unwrap();
    let write = |name: &str, text: &str| std::fs::write(texts.join(name), text).unwrap();
    write("monday.txt", &report("Monday", "9-7/8", 224, 27, "Harrow"));
    write("tuesday.txt", &report("Tuesday", "9-3/4", 85, 14, "Colne"));
    write("friday.txt", &report("Friday", "10-1/8", 310, 52, "Marsh"));
    write("story.txt", STORY);
    write("story2.txt", &STORY.replace("spring", "summer"));
    dir
}

#[test]
fn forms_with_other_facts_stay_under_every_policy() {
    let dir = corpus();
    for policy in ["flag", "drop", "keep-best"] {
        let arguments = [
            "dedup",
            "in",
            "--out",
            "out",
            "--similarity",
            "0.4",
            "--duplicates",
            policy,
        ];
        let output = limpid(dir.path(), &arguments);
        assert!(output.status.success(), "{output:?}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(
            told.contains("1 document pairs, 3 template pairs, 0 contained"),
            "{told}"
        );
        let rows = rows(dir.path());
        let of = |kind: &str| {
            rows.iter()
                .filter(|r| r["kind"] == kind)
                .collect::<Vec<_>>()
        };
        assert_eq!((of("template").len(), of("document").len()), (3, 1));
        for row in of("template") {
            assert_eq!(
                (row["keep"].as_str(), row["cluster"].is_null()),
                (Some("both"), true)
            );
            assert_eq!(row["measure"], "jaccard");
        }
        let kept = |name: &str| dir.path().join("out").join(name).exists();
        assert!(
            ["monday.txt", "tuesday.txt", "friday.txt"]
                .into_iter()
                .all(kept)
        );
        let stories = ["story.txt", "story2.txt"]
            .into_iter()
            .filter(|s| kept(s))
            .count();
        assert_eq!(stories, if policy == "flag" { 2 } else { 1 }, "{policy}");
        let report = std::fs::read_to_string(dir.path().join("out/_limpid/report.html")).unwrap();
        assert!(report.contains("<b>3</b><span>forms with other facts"));
    }
}

#[test]
fn forms_count_as_duplicates_where_that_is_asked_for() {
    let dir = corpus();
    std::fs::write(
        dir.path().join("limpid.toml"),
        "[dedup]\ntemplates = false\nsimilarity = 0.4\npolicy = \"drop\"\n",
    )
    .unwrap();
    let output = limpid(
        dir.path(),
        &["dedup", "in", "--out", "out", "--config", "limpid.toml"],
    );
    assert!(output.status.success(), "{output:?}");
    assert!(rows(dir.path()).iter().all(|r| r["kind"] != "template"));
    let kept = ["monday.txt", "tuesday.txt", "friday.txt"]
        .into_iter()
        .filter(|name| dir.path().join("out").join(name).exists())
        .count();
    assert_eq!(kept, 1);
}

/// Sentences that no other document has.
fn filler(seed: usize, sentences: usize) -> String {
    (0..sentences)
        .map(|i| {
            let word = |k: usize| {
                format!(
                    "{}{}",
                    ["ba", "ko", "ri", "tem", "su"][k % 5],
                    (seed + i) * 31 + k
                )
            };
            let words: Vec<String> = (0..11).map(word).collect();
            words.join(" ") + ".\n"
        })
        .collect()
}

#[test]
fn a_short_copy_inside_a_long_document_is_contained() {
    let dir = tempfile::tempdir().unwrap();
    let texts = dir.path().join("in");
    std::fs::create_dir(&texts).unwrap();
    let write = |name: &str, text: &str| std::fs::write(texts.join(name), text).unwrap();
    // The names sort the short one first, which is what `drop` would keep of two alike.
    write("a-short.txt", STORY);
    let before = filler(1, 60);
    write(
        "b-long.txt",
        &format!(
            "{before}{}{}",
            STORY.replace("spring", "summer"),
            filler(90, 60)
        ),
    );
    write("c-other.txt", &filler(500, 40));
    for (policy, stays) in [("flag", true), ("drop", false), ("keep-best", false)] {
        let output = limpid(
            dir.path(),
            &["dedup", "in", "--out", "out", "--duplicates", policy],
        );
        assert!(output.status.success(), "{output:?}");
        let rows = rows(dir.path());
        assert_eq!(rows.len(), 1, "{rows:?}");
        let row = &rows[0];
        assert_eq!(
            (row["kind"].as_str(), row["measure"].as_str()),
            (Some("contained"), Some("containment"))
        );
        assert!(row["similarity"].as_f64().unwrap() >= 0.8);
        let side = |id: &str| {
            [&row["a"], &row["b"]]
                .into_iter()
                .find(|s| s["id"] == id)
                .unwrap()
                .clone()
        };
        let (short, long) = (side("a-short.txt"), side("b-long.txt"));
        assert_eq!(short["start"], 0);
        let at = before.chars().count() as i64;
        assert!((long["start"].as_i64().unwrap() - at).abs() < 10, "{row}");
        assert!(
            (long["end"].as_i64().unwrap() - at - STORY.len() as i64).abs() < 10,
            "{row}"
        );
        assert_ne!(row["keep"], "both");
        assert_eq!(
            dir.path().join("out/a-short.txt").exists(),
            stays,
            "{policy}"
        );
        assert!(dir.path().join("out/b-long.txt").exists());
    }
}
