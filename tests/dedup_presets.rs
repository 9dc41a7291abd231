//! Presets and shingles of `limpid dedup`, through the command.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::path::Path;
use std::process::{Command, Output};

const STORY: &str = "The old mill at Ambrel will be opened to the public in spring, its owners said. The wheel of 1843 has been \
    repaired by volunteers, who found the 36 timbers sound after 120 years under water, and the miller's house next to it will \
    hold a small museum of rural life. Visitors can see how grain was ground and buy flour and bread on the premises. The road \
    to the mill is narrow and cars must be left at the station, from where 2 buses go every hour in summer.\n";

fn limpid(dir: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_limpid"))
        .args(arguments)
        .current_dir(dir)
        .output()
        .unwrap()
}

/// Two texts that differ in every figure and one accent.
fn corpus() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("in")).unwrap();
    let other = STORY
        .replace("1843", "1901")
        .replace("36", "28")
        .replace("120", "88")
        .replace("2 buses", "4 buses")
        .replace("museum", "muséum");
    std::fs::write(dir.path().join("in/a.txt"), STORY).unwrap();
    std::fs::write(dir.path().join("in/b.txt"), other).unwrap();
    dir
}

/// (measure, similarity) of the first row about whole documents.
fn found(dir: &Path, arguments: &[&str]) -> Option<(String, f64)> {
    let all = [&["dedup", "in", "--out", "out", "--no-passages"], arguments].concat();
    let output = limpid(dir, &all);
    assert!(output.status.success(), "{output:?}");
    let rows = std::fs::read_to_string(dir.join("out/_limpid/duplicates.jsonl")).unwrap();
    let row: serde_json::Value = serde_json::from_str(rows.lines().next()?).unwrap();
    Some((
        row["measure"].as_str()?.to_owned(),
        row["similarity"].as_f64()?,
    ))
}

#[test]
fn the_run_tells_bands_and_detection_unless_quiet() {
    let dir = corpus();
    let arguments = ["dedup", "in", "--out", "out", "--dedup-preset", "fineweb"];
    let told = String::from_utf8(limpid(dir.path(), &arguments).stderr).unwrap();
    assert!(told.contains("14 bands of 8 rows"), "{told}");
    assert!(told.contains("0.924"), "{told}");
    let quiet = limpid(dir.path(), &[&arguments[..], &["--quiet"]].concat());
    assert_eq!(String::from_utf8(quiet.stderr).unwrap(), "");
}

#[test]
fn an_unknown_preset_names_its_neighbour() {
    let dir = corpus();
    let output = limpid(
        dir.path(),
        &["dedup", "in", "--out", "out", "--dedup-preset", "finweb"],
    );
    assert!(!output.status.success());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("did you mean fineweb?"), "{told}");
}

#[test]
fn what_stands_beside_a_preset_wins() {
    let dir = corpus();
    let file = "[dedup]\npreset = \"olmo3\"\nsimilarity = 0.6\nrows = 9\n";
    std::fs::write(dir.path().join("limpid.toml"), file).unwrap();
    let output = limpid(dir.path(), &["config", "--config", "limpid.toml"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("similarity = 0.6"), "{told}");
    assert!(told.contains("# 26 bands of 9 rows"), "{told}");
    // The flag stands for all of the preset.
    let output = limpid(
        dir.path(),
        &[
            "dedup",
            "in",
            "--out",
            "out",
            "--config",
            "limpid.toml",
            "--dedup-preset",
            "curator",
        ],
    );
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("20 bands of 13 rows"), "{told}");
}

#[test]
fn folded_figures_and_accents_make_the_texts_alike() {
    let dir = corpus();
    assert_eq!(found(dir.path(), &[]), None);
    let jaccard = |similarity| Some(("jaccard".to_owned(), similarity));
    assert_eq!(
        found(dir.path(), &["--dedup-preset", "fineweb"]),
        jaccard(1.0)
    );
    let with = |lines: &str| {
        std::fs::write(dir.path().join("limpid.toml"), format!("[dedup]\n{lines}")).unwrap();
        found(dir.path(), &["--config", "limpid.toml"])
    };
    assert_eq!(
        with("normalise = [\"digits\", \"accents\"]\n"),
        jaccard(1.0)
    );
    let digits = with("normalise = [\"digits\"]\n").unwrap().1;
    assert!((0.8..1.0).contains(&digits), "{digits}");
}

#[test]
fn shingles_of_characters_are_verified_as_they_are_signed() {
    let dir = corpus();
    std::fs::write(
        dir.path().join("limpid.toml"),
        "[dedup]\nshingle_chars = 5\nsimilarity = 0.7\n",
    )
    .unwrap();
    let (measure, similarity) = found(dir.path(), &["--config", "limpid.toml"]).unwrap();
    let shingles = |text: &str| -> std::collections::BTreeSet<Vec<char>> {
        let words: Vec<String> = text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|w| !w.is_empty())
            .map(str::to_lowercase)
            .collect();
        let chars: Vec<char> = words.join(" ").chars().collect();
        chars.windows(5).map(<[char]>::to_vec).collect()
    };
    let [a, b] = ["a.txt", "b.txt"]
        .map(|f| shingles(&std::fs::read_to_string(dir.path().join("in").join(f)).unwrap()));
    let truth = a.intersection(&b).count() as f64 / a.union(&b).count() as f64;
    assert_eq!(measure, "jaccard");
    assert!((similarity - truth).abs() < 1e-3, "{similarity} {truth}");
}
