//! Runs that are interrupted: what is done is kept, the same command goes on, and what comes out is what would have come
//! out at once. `scripts/faults/kill.py` does the same over a gigabyte.

#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use common::{limpid, root, run, run_to};
use serde_json::Value;

/// With so little memory there is a checkpoint every 256 kB.
const FLAGS: [&str; 3] = ["--memory", "64MiB", "--compress-rows"];

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// A shard, a packed shard and text files; some lines are no records.
fn corpus(dir: &Path, rounds: usize) -> PathBuf {
    let folder = dir.join("corpus");
    fs::create_dir_all(folder.join("texts")).unwrap();
    let mut seeds: Vec<PathBuf> = fs::read_dir(root().join("seeds"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    seeds.sort();
    let mut lines = String::new();
    for round in 0..rounds {
        for seed in &seeds {
            let bytes = fs::read(seed).unwrap();
            let body = String::from_utf8_lossy(&bytes);
            let record = serde_json::json!({"text": format!("Round {round} begins.\n{body}")});
            lines += &record.to_string();
            lines.push('\n');
        }
        lines += "not a record\n";
    }
    fs::write(folder.join("a.jsonl"), &lines).unwrap();
    let packed = fs::File::create(folder.join("b.jsonl.zst")).unwrap();
    zstd::stream::copy_encode(lines.as_bytes(), packed, 1).unwrap();
    for seed in &seeds {
        let to = folder.join("texts").join(seed.file_name().unwrap());
        fs::copy(seed, to).unwrap();
    }
    folder
}

/// Every file below `folder`; of the manifest all but what the run took.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in walk(folder) {
        let name = text(entry.strip_prefix(folder).unwrap());
        let mut bytes = fs::read(&entry).unwrap();
        if name == "_limpid/manifest.json" {
            let mut manifest: Value = serde_json::from_slice(&bytes).unwrap();
            manifest.as_object_mut().unwrap().remove("run");
            bytes = serde_json::to_vec(&manifest).unwrap();
        }
        files.insert(name, bytes);
    }
    files
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(walk(&path));
        } else {
            files.push(path);
        }
    }
    files
}

fn clean(input: &Path, out: &Path, more: &[&str]) -> (String, String) {
    let (input, out) = (text(input), text(out));
    let mut args = vec!["clean", &input, "--out", &out];
    args.extend(FLAGS);
    args.extend(more);
    run_to(3, &args)
}

/// Starts the run and kills it as soon as `when` says so.
fn killed(input: &Path, out: &Path, more: &[&str], when: impl Fn() -> bool) {
    let mut child = limpid()
        .args(["clean", &text(input), "--out", &text(out)])
        .args(FLAGS)
        .args(more)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while !when() {
        assert!(
            child.try_wait().unwrap().is_none(),
            "the run ended before it could be killed"
        );
        assert!(begun.elapsed() < Duration::from_secs(120));
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

fn checkpoint(out: &Path) -> Option<Value> {
    let path = out.join("_limpid/unfinished/checkpoint.json");
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

#[test]
fn a_killed_run_goes_on_inside_a_file_and_ends_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let input = corpus(dir.path(), 25);
    for (policy, stops) in [("flag", [1, 2, 3].as_slice()), ("drop", &[3])] {
        let more = ["--duplicates", policy];
        let whole = dir.path().join(format!("whole-{policy}"));
        clean(&input, &whole, &more);
        let expected = tree(&whole);
        let out = dir.path().join(format!("out-{policy}"));
        // Twice in the clean pass, each time further, then when it was done.
        let mut last = 0;
        for &stop in stops {
            let further = || {
                checkpoint(&out).is_some_and(|c| {
                    let items = c["mark"]["items"].as_u64().unwrap();
                    items > last && (stop < 3 || c["all"] == true)
                })
            };
            killed(&input, &out, &more, further);
            last = checkpoint(&out).unwrap()["mark"]["items"].as_u64().unwrap();
            assert!(!out.join("a.jsonl").exists() && !out.join("_limpid/manifest.json").exists());
        }
        let (_, told) = clean(&input, &out, &more);
        assert!(
            told.contains(&format!("interrupted after {last} documents")),
            "{told}"
        );
        let found = tree(&out);
        assert!(expected.keys().eq(found.keys()));
        for (name, bytes) in &expected {
            assert!(found[name] == *bytes, "{policy}: {name} differs");
        }
        assert!(!out.join("_limpid/unfinished").exists());
    }
}

#[test]
fn a_survey_that_was_killed_goes_on_and_ends_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let input = corpus(dir.path(), 25);
    let whole = dir.path().join("whole");
    clean(&input, &whole, &[]);
    let expected = tree(&whole);
    let out = dir.path().join("out");
    let unfinished = out.join("_limpid/unfinished");
    // Twice while documents are asked, each time further, then while phrases are counted.
    let mut last = 0;
    for stop in 1..=3 {
        let further = || {
            let survey: Option<Value> = fs::read(unfinished.join("survey.json"))
                .ok()
                .and_then(|text| serde_json::from_slice(&text).ok());
            survey.is_some_and(|s| {
                let counting = s["all"] == true && unfinished.join("survey.phrases").exists();
                s["mark"]["items"].as_u64().unwrap() > last && (stop < 3 || counting)
            })
        };
        killed(&input, &out, &[], further);
        assert!(checkpoint(&out).is_none());
        let survey: Value =
            serde_json::from_slice(&fs::read(unfinished.join("survey.json")).unwrap()).unwrap();
        last = survey["mark"]["items"].as_u64().unwrap();
    }
    // What was not told of before the run died does not count.
    let log = unfinished.join("survey.log");
    let mut bytes = fs::read(&log).unwrap();
    bytes.extend([1; 20]);
    fs::write(&log, bytes).unwrap();
    let (_, told) = clean(&input, &out, &[]);
    assert!(
        told.contains(&format!(
            "survey that was interrupted after {last} documents"
        )),
        "{told}"
    );
    assert!(tree(&out) == expected);

    // A log that was damaged is made again.
    let out = dir.path().join("damaged");
    let log = out.join("_limpid/unfinished/survey.log");
    let reached = out.join("_limpid/unfinished/survey.json");
    killed(&input, &out, &[], || reached.exists());
    let mut bytes = fs::read(&log).unwrap();
    bytes[40] ^= 1;
    fs::write(&log, bytes).unwrap();
    let (_, told) = clean(&input, &out, &[]);
    assert!(!told.contains("going on"), "{told}");
    assert!(tree(&out) == expected);
}

/// Readers that take the first frame of Zstandard for the whole file read all of it.
#[test]
fn packed_results_do_not_depend_on_threads_or_interruptions() {
    let dir = tempfile::tempdir().unwrap();
    let input = corpus(dir.path(), 25);
    for kind in ["zstd", "gzip", "bzip2", "xz", "lz4"] {
        let more = ["--stages", "decode,strip", "--compression", kind];
        let with = |threads| [more.as_slice(), &["--threads", threads]].concat();
        let whole = dir.path().join(format!("whole-{kind}"));
        clean(&input, &whole, &with("1"));
        let expected = tree(&whole);
        let out = dir.path().join(format!("out-{kind}"));
        let mut last = 0;
        for threads in ["2", "1", "2"] {
            let items = || checkpoint(&out)?["mark"]["items"].as_u64();
            killed(&input, &out, &with(threads), || {
                items().is_some_and(|n| n > last)
            });
            last = items().unwrap();
        }
        clean(&input, &out, &with("2"));
        let found = tree(&out);
        assert!(expected.keys().eq(found.keys()));
        for (name, bytes) in &expected {
            assert!(found[name] == *bytes, "{kind}: {name} differs");
            if Path::new(name).extension().is_some_and(|e| e == "zst") {
                let mut first = Vec::new();
                let decoder = zstd::Decoder::new(&bytes[..]).unwrap();
                decoder.single_frame().read_to_end(&mut first).unwrap();
                assert!(first == zstd::decode_all(&bytes[..]).unwrap(), "{name}");
            }
        }
    }
}

/// A file of rows that is as long as it was, but holds something else.
#[test]
fn what_is_packed_already_is_looked_at() {
    let dir = tempfile::tempdir().unwrap();
    let input = corpus(dir.path(), 12);
    let out = dir.path().join("out");
    killed(&input, &out, &[], || checkpoint(&out).is_some());
    let rows = out.join("_limpid/unfinished/meta/documents.jsonl.zst");
    let mut bytes = fs::read(&rows).unwrap();
    bytes[1000] ^= 0x10;
    fs::write(&rows, bytes).unwrap();
    let (_, told) = clean(&input, &out, &[]);
    assert!(told.contains("changed; beginning anew"), "{told}");
}

#[test]
fn what_changed_meanwhile_is_told_and_begun_anew() {
    let dir = tempfile::tempdir().unwrap();
    let input = corpus(dir.path(), 12);
    let out = dir.path().join("out");
    let begun = || checkpoint(&out).is_some();
    killed(&input, &out, &[], begun);
    let (_, told) = clean(&input, &out, &["--similarity", "0.7"]);
    assert!(
        told.contains("beginning anew: settings differ: dedup.similarity"),
        "{told}"
    );

    fs::remove_dir_all(&out).unwrap();
    killed(&input, &out, &[], begun);
    let shard = input.join("a.jsonl");
    let lines = fs::read_to_string(&shard).unwrap();
    fs::write(&shard, lines.replace("Round 0 begins", "Round 0 ends")).unwrap();
    let (_, told) = clean(&input, &out, &[]);
    assert!(told.contains("a.jsonl has changed"), "{told}");
    assert!(
        fs::read_to_string(out.join("a.jsonl"))
            .unwrap()
            .contains("Round 0 ends")
    );

    // The same size and time, other bytes: the hash tells.
    fs::remove_dir_all(&out).unwrap();
    killed(&input, &out, &[], begun);
    let time = shard.metadata().unwrap().modified().unwrap();
    fs::write(&shard, lines.replace("Round 0 begins", "Round 0 came")).unwrap();
    let grown = fs::read_to_string(&shard).unwrap();
    fs::write(&shard, grown + &"\n".repeat(40)).unwrap();
    let before = lines.replace("Round 0 begins", "Round 0 ends").len() as u64;
    let file = fs::File::options().write(true).open(&shard).unwrap();
    file.set_len(before).unwrap();
    file.set_modified(time).unwrap();
    let (code, _, told) = run(&[
        "clean",
        &text(&input),
        "--out",
        &text(&out),
        FLAGS[0],
        FLAGS[1],
        FLAGS[2],
    ]);
    assert_eq!(code, 3, "{told}");
    assert!(told.contains("changed; beginning anew"), "{told}");

    // What lies in the folder was damaged.
    fs::remove_dir_all(&out).unwrap();
    killed(&input, &out, &[], begun);
    fs::write(out.join("_limpid/unfinished/meta/edits.jsonl.zst"), "").unwrap();
    let (_, told) = clean(&input, &out, &[]);
    assert!(told.contains("changed; beginning anew"), "{told}");
}

/// A run that died while its results were moved into place is completed by the next one, which has nothing else to do; but
/// what comes through standard input is not what came then.
#[test]
fn standard_input_is_read_also_where_a_run_is_completed() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let piped = |text: &str| {
        let mut child = limpid()
            .args(["clean", "-", "--out"])
            .arg(&out)
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(text.as_bytes()).unwrap();
        drop(stdin);
        let (code, _, told) = common::told(&child.wait_with_output().unwrap());
        assert_eq!(code, 0, "{told}");
        told
    };
    piped("The first text came through the pipe.\n");
    // As the last of the moves leaves it.
    let moving = out.join("_limpid/moving.json");
    fs::write(&moving, r#"{"remove":[],"rename":[]}"#).unwrap();
    // Of the same length, so that nothing but the text tells.
    let second = "The other text came through the pipe.\n";
    let told = piped(second);
    assert!(told.contains("moved the results"), "{told}");
    assert_eq!(fs::read_to_string(out.join("stdin.txt")).unwrap(), second);
    assert!(!moving.exists());
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_within_a_second_and_the_same_command_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let input = corpus(dir.path(), 12);
    let out = dir.path().join("out");
    let mut child = limpid()
        .args(["clean", &text(&input), "--out", &text(&out)])
        .args(FLAGS)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while checkpoint(&out).is_none() {
        assert!(child.try_wait().unwrap().is_none());
        std::thread::sleep(Duration::from_millis(2));
    }
    let asked = Instant::now();
    let kill = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(kill.success());
    let output = child.wait_with_output().unwrap();
    assert!(asked.elapsed() < Duration::from_secs(1));
    let (code, _, told) = common::told(&output);
    assert_eq!(code, 130, "{told}");
    assert!(told.contains("The same command goes on"), "{told}");
    let (_, told) = clean(&input, &out, &[]);
    assert!(told.contains("going on with the run"), "{told}");
}

/// While it is read, one input grows.
#[cfg(unix)]
#[test]
fn an_input_that_changes_during_the_run_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let input = corpus(dir.path(), 12);
    let out = dir.path().join("out");
    let child = limpid()
        .args(["clean", &text(&input), "--out", &text(&out)])
        .args(FLAGS)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begun = out.join("_limpid/unfinished/job.json");
    while !begun.exists() {
        std::thread::sleep(Duration::from_millis(1));
    }
    let shard = input.join("a.jsonl");
    let lines = fs::read_to_string(&shard).unwrap();
    fs::write(&shard, lines + "{\"text\": \"one more\"}\n").unwrap();
    let (code, _, told) = common::told(&child.wait_with_output().unwrap());
    assert_eq!(code, 1, "{told}");
    assert!(
        told.contains("a.jsonl: changed while it was read")
            && told.contains("help: nothing was put"),
        "{told}"
    );
    assert!(!out.join("a.jsonl").exists());
}
