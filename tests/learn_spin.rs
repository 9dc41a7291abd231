//! `limpid learn-spin` and `--lexicon`, end to end.

#![allow(clippy::unwrap_used)]

mod common;

use std::fmt::Write;
use std::path::{Path, PathBuf};

use common::{root, run_to, text};

/// A spinner that nobody has seen: invented words, and real ones that no lexicon has for these.
const TABLE: [(&str, &str); 40] = [
    ("aggression", "belligerence"),
    ("agreed", "zoncurred"),
    ("allies", "yokefellows"),
    ("ceasefire", "hushfire"),
    ("coalition", "leaguery"),
    ("commitments", "pledgeries"),
    ("concessions", "yieldances"),
    ("countries", "landsteads"),
    ("country", "landstead"),
    ("diplomacy", "parleycraft"),
    ("draft", "forewrit"),
    ("forces", "mightlings"),
    ("foreign", "outlandish"),
    ("future", "hereafter"),
    ("guarantees", "surelings"),
    ("guarantee", "sureling"),
    ("include", "encompile"),
    ("included", "encompiled"),
    ("including", "encompiling"),
    ("invasion", "inroading"),
    ("leaders", "headmen"),
    ("meeting", "confab"),
    ("membership", "joinedness"),
    ("military", "soldierly"),
    ("nations", "folkdoms"),
    ("negotiations", "hagglings"),
    ("officials", "functionaries"),
    ("peace deal", "calm bargain"),
    ("position", "standpoint"),
    ("progress", "headway"),
    ("sanctions", "forbiddances"),
    ("said", "uttered"),
    ("statement", "avowal"),
    ("support", "succour"),
    ("talks", "parleys"),
    ("treaty", "covenant"),
    ("troops", "soldiery"),
    ("war", "strife"),
    ("week", "sennight"),
    ("willing", "ready and fain"),
];

/// Puts the right-hand side of [`TABLE`] for the left-hand side, in words of lower case; says how often.
fn spin(clean: &str) -> (String, usize) {
    let mut out = clean.to_owned();
    let mut times = 0;
    for (word, put) in TABLE {
        let mut next = String::new();
        let mut rest = out.as_str();
        while let Some(at) = rest.find(word) {
            let (before, behind) = (&rest[..at], &rest[at + word.len()..]);
            let apart = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '-');
            next.push_str(before);
            if apart(next.chars().next_back()) && apart(behind.chars().next()) {
                next.push_str(put);
                times += 1;
            } else {
                next.push_str(word);
            }
            rest = behind;
        }
        next.push_str(rest);
        out = next;
    }
    (out, times)
}

/// Four clean articles, cut in two: every other paragraph is for learning. What is quoted is never repaired, so the
/// marks go.
fn halves() -> Vec<(String, String)> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(root().join("cleaned"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "txt"))
        // This one was spun itself.
        .filter(|p| !text(p).contains("/002_"))
        .collect();
    files.sort();
    files
        .iter()
        .map(|path| {
            let text = std::fs::read_to_string(path)
                .unwrap()
                .replace(['\u{201c}', '\u{201d}', '\u{2018}', '"'], "");
            let mut halves = (String::new(), String::new());
            for (n, line) in text.lines().filter(|l| !l.trim().is_empty()).enumerate() {
                let half = if n % 2 == 0 {
                    &mut halves.0
                } else {
                    &mut halves.1
                };
                let _ = writeln!(half, "{line}\n");
            }
            halves
        })
        .collect()
}

/// How many of the words that were put in still stand there.
fn left(text: &str) -> usize {
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    TABLE
        .iter()
        .map(|(_, put)| {
            text.match_indices(put)
                .filter(|(at, _)| {
                    !is_letter(text[..*at].chars().next_back())
                        && !is_letter(text[at + put.len()..].chars().next())
                })
                .count()
        })
        .sum()
}

fn write(dir: &Path, name: &str, content: &str) -> String {
    let path = dir.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, content).unwrap();
    text(&path)
}

#[test]
fn what_is_learned_from_one_half_repairs_the_other() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let lexicon = text(&dir.join("mine.tsv"));
    let mut args = vec!["learn-spin".to_owned(), "--out".to_owned(), lexicon.clone()];
    let (mut spun, mut times) = (String::new(), 0);
    for (n, (learn, test)) in halves().iter().enumerate() {
        args.push(write(dir, &format!("s{n}.txt"), &spin(learn).0));
        args.push(write(dir, &format!("o{n}.txt"), learn));
        let (text, n_times) = spin(test);
        write(dir, &format!("in/{n}.txt"), &text);
        spun += &text;
        times += n_times;
    }
    assert!(times > 100, "{times}");
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let (_, told) = run_to(0, &args);
    assert!(
        told.contains("4 pairs read, 0 unlike, 0 rejected"),
        "{told}"
    );

    let input = text(&dir.join("in"));
    let clean = |out: &str, more: &[&str]| {
        let out = dir.join(out);
        let to = text(&out);
        let args = [
            &[
                "clean", &input, "--out", &to, "--stages", "repair", "--quiet",
            ],
            more,
        ];
        run_to(0, &args.concat());
        (0..4)
            .map(|n| std::fs::read_to_string(out.join(format!("{n}.txt"))).unwrap())
            .collect::<String>()
    };
    let before = left(&spun);
    let without = left(&clean("without", &[]));
    let with = left(&clean("with", &["--lexicon", &lexicon]));
    assert!(without * 20 >= before * 19, "{without} of {before}");
    println!("{before} put in; left without the lexicon {without}, with it {with}");
    assert!(with * 4 <= before, "{with} of {before} are left");
    // The same from the settings file, and the manifest says so.
    let config = write(
        dir,
        "limpid.toml",
        &format!("[repair]\nlexicons = [{lexicon:?}]\n"),
    );
    assert_eq!(left(&clean("config", &["--config", &config])), with);
    let manifest = std::fs::read_to_string(dir.join("with/_limpid/manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(manifest["lexicons"][0]["path"], lexicon.as_str());
    let rows = common::rows(&dir.join("with"), "edits");
    let applied = || rows.iter().filter(|r| r["applied"] == true);
    let (mut own, mut right) = (0, 0);
    for row in applied().filter(|r| r["rule"] == "spun-own") {
        own += 1;
        let (before, after) = (
            row["before"].as_str().unwrap(),
            row["after"].as_str().unwrap(),
        );
        right += usize::from(spin(after).0 == before);
    }
    let other = applied().count() - own;
    println!("{own} repairs by the lexicon, {right} right; {other} by others, all wrong");
    assert!(
        right * 20 >= own * 19 && other <= 3,
        "{right} of {own}, {other} by others"
    );
}

#[test]
fn records_and_folders_teach_as_files_do() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let mut jsonl = String::new();
    for (n, (learn, _)) in halves().iter().enumerate() {
        let spun = spin(learn).0;
        write(dir, &format!("spun/{n}.txt"), &spun);
        write(dir, &format!("originals/{n}.txt"), learn);
        let record = serde_json::json!({"bad": spun, "original": learn});
        let _ = writeln!(jsonl, "{record}");
    }
    let records = write(dir, "pairs.jsonl", &jsonl);
    let learned = |name: &str, args: &[&str]| {
        let out = dir.join(name);
        let to = text(&out);
        let (said, _) = run_to(0, &[&["learn-spin", "--json", "--out", &to], args].concat());
        (std::fs::read_to_string(out).unwrap(), said)
    };
    let (spun, originals) = (text(&dir.join("spun")), text(&dir.join("originals")));
    let (by_folders, said) = learned("folders.tsv", &[&spun, &originals]);
    let (by_records, also) = learned("records.tsv", &["--pairs", &records, "--spun-field", "bad"]);
    assert!(by_folders.contains("\nuttered\tsaid\tx\t"), "{by_folders}");
    assert_eq!(by_folders, by_records);
    assert_eq!(said, also);
    let summary: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(summary["pairs"], 4);
    assert_eq!(summary["rejects"], serde_json::json!([]));
}

#[test]
fn a_lexicon_that_is_there_is_added_to() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let out = text(&dir.join("mine.tsv"));
    let spun = write(
        dir,
        "s.txt",
        "Snow lay on the gorgel of the house all day.\n",
    );
    let original = write(dir, "o.txt", "Snow lay on the roof of the house all day.\n");
    for times in ["1 of 1", "2 of 2"] {
        run_to(0, &["learn-spin", &spun, &original, "--out", &out]);
        let lexicon = std::fs::read_to_string(&out).unwrap();
        assert!(
            lexicon.contains("gorgel\troof\tx\t") && lexicon.contains(times),
            "{lexicon}"
        );
    }
    assert!(!dir.join("mine.tsv.part").exists());
}

/// Runs to the end with `code`; standard error must hold all of `says`.
fn fails(code: i32, args: &[&str], says: &[&str]) {
    let (_, err) = run_to(code, args);
    for what in says {
        assert!(err.contains(what), "limpid {args:?}: no {what:?} in {err}");
    }
}

#[test]
fn wrong_usage_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let one = write(dir, "one.txt", "The town has a bridge.\n");
    let out = text(&dir.join("mine.tsv"));
    fails(
        2,
        &["learn-spin", &one, "--out", &out],
        &["error: 1 texts", "ORIGINAL"],
    );
    fails(
        2,
        &["learn-spin", "--out", &out],
        &["nothing to learn from", "--pairs"],
    );
    fails(2, &["learn-spin", &one, &one], &["--out"]);
    fails(
        2,
        &["learn-spin", &one, &one, "--out", &out, "--family", "r"],
        &["--family"],
    );
    let missing = text(&dir.join("on.txt"));
    fails(
        1,
        &["learn-spin", &one, &missing, "--out", &out],
        &["on.txt: no such file", "help: there is"],
    );
    let nowhere = text(&dir.join("no/such/mine.tsv"));
    fails(
        1,
        &["learn-spin", &one, &one, "--out", &nowhere],
        &[
            "mine.tsv: cannot be written",
            "there is no folder",
            "help: ",
        ],
    );
    assert!(!Path::new(&out).exists());
}

#[test]
fn a_file_that_is_no_lexicon_is_not_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let one = write(dir, "one.txt", "The town has a bridge.\n");
    fails(
        1,
        &["learn-spin", &one, &one, "--out", &one],
        &["one.txt: line 1: 1 columns", "help: ", "not touched"],
    );
    std::fs::write(dir.join("bytes.tsv"), b"\xff\xfe\x00\x01").unwrap();
    let bytes = text(&dir.join("bytes.tsv"));
    fails(
        1,
        &["learn-spin", &one, &one, "--out", &bytes],
        &["bytes.tsv: is there, but", "caused by: ", "help: "],
    );
    assert_eq!(
        std::fs::read_to_string(&one).unwrap(),
        "The town has a bridge.\n"
    );
}

#[test]
fn what_cannot_be_read_is_rejected_and_the_rest_is_learned() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let out = text(&dir.join("mine.tsv"));
    let records = write(
        dir,
        "pairs.jsonl",
        "{\"spun\":\"Snow lay on the gorgel all day.\",\"original\":\"Snow lay on the roof all day.\"}\n\
         no record\n\
         {\"spun\":\"Snow lay here.\"}\n\
         {\"original\":\"Snow lay here.\"}\n\
         {\"spun\":\"Snow lay here.\",\"original\":7}\n",
    );
    fails(
        3,
        &["learn-spin", "--pairs", &records, "--out", &out],
        &[
            "not-json: line 2",
            "line 3: field \"original\" is not there; name it with --original-field",
            "line 4: no field \"spun\"",
            "name it with --spun-field",
            "line 5: field \"original\" is not a string",
            "1 pairs read, 0 unlike, 4 rejected",
        ],
    );
    assert!(
        std::fs::read_to_string(&out)
            .unwrap()
            .contains("gorgel\troof")
    );

    let (a, b) = (dir.join("a"), dir.join("b"));
    write(&a, "1.txt", "Snow lay on the gorgel all day.\n");
    write(&a, "2.txt", "Snow lay here.\n");
    write(&b, "1.txt", "Snow lay on the roof all day.\n");
    write(&b, "3.txt", "Snow lay here.\n");
    fails(
        3,
        &["learn-spin", &text(&a), &text(&b), "--out", &out],
        &[
            "2.txt: no-counterpart",
            "3.txt: no-counterpart",
            "1 pairs read",
        ],
    );
    let shorter = write(dir, "short.jsonl", "{\"text\":\"Snow lay here.\"}\n");
    let longer = write(
        dir,
        "long.jsonl",
        &"{\"text\":\"Snow lay here.\"}\n".repeat(2),
    );
    fails(
        3,
        &["learn-spin", &longer, &shorter, "--out", &out],
        &[
            "long.jsonl: no-counterpart",
            "fewer documents",
            "1 pairs read",
        ],
    );
}

#[test]
fn a_lexicon_that_cannot_be_used_stops_the_run_before_it_begins() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let input = write(dir, "in/one.txt", "The town has a bridge.\n");
    let out = text(&dir.join("out"));
    let bad = write(dir, "bad.tsv", "# mine\ngorgel\troof\tx\t100\t\t\tmine\n");
    let missing = text(&dir.join("missing.tsv"));
    let config = write(
        dir,
        "limpid.toml",
        &format!("[repair]\nlexicons = [{bad:?}]\n"),
    );
    let complaint = [
        "bad.tsv: line 2: the prior \"100\"",
        "help: it is the percentage",
    ];
    fails(
        1,
        &["clean", &input, "--out", &out, "--lexicon", &bad],
        &complaint,
    );
    fails(
        1,
        &["clean", &input, "--out", &out, "--config", &config],
        &complaint,
    );
    fails(1, &["inspect", &input, "--lexicon", &bad], &complaint);
    fails(1, &["bench", &input, "--lexicon", &bad], &complaint);
    fails(
        1,
        &["clean", &input, "--out", &out, "--lexicon", &missing],
        &[
            "missing.tsv: cannot be read",
            "caused by: ",
            "help: name a lexicon",
        ],
    );
    assert!(!Path::new(&out).exists());
    // Where nothing is repaired, nothing is read.
    run_to(
        0,
        &[
            "clean",
            &input,
            "--out",
            &out,
            "--lexicon",
            &missing,
            "--stages",
            "strip",
        ],
    );
}
