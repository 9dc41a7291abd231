//! Archives, packed streams, lists of files and limits, as the command takes them.

#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use common::{limpid, run_to};

const TEXT: &str = "The harbour office opened at seven, and nobody came before nine.\n";

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn tar_of(path: &Path, members: &[(&str, &[u8])]) {
    let mut tar = tar::Builder::new(File::create(path).unwrap());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        // As it stands, which `set_path` would not let through.
        let field = &mut header.as_old_mut().name;
        field[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        tar.append(&header, *bytes).unwrap();
    }
    tar.finish().unwrap();
}

fn zip_of(path: &Path, members: &[(&str, &[u8])]) {
    let mut archive = zip::ZipWriter::new(File::create(path).unwrap());
    for (name, bytes) in members {
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file(*name, options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap();
}

#[test]
fn members_are_inputs_and_stay_below_the_output_folder() {
    let dir = tempfile::tempdir().unwrap();
    let record = b"{\"id\":\"r\",\"text\":\"one two three\"}\n";
    let members: [(&str, &[u8]); 4] = [
        ("a/x.txt", TEXT.as_bytes()),
        ("b.jsonl", record),
        ("../../evil.txt", TEXT.as_bytes()),
        ("/etc/rooted.txt", TEXT.as_bytes()),
    ];
    tar_of(&dir.path().join("t.tar"), &members);
    zip_of(&dir.path().join("z.zip"), &members);
    let inputs = ["t.tar", "z.zip"].map(|n| text(&dir.path().join(n)));
    let out = dir.path().join("deep/down/out");
    run_to(3, &["clean", &inputs[0], &inputs[1], "--out", &text(&out)]);
    for archive in ["t.tar", "z.zip"] {
        assert_eq!(
            fs::read_to_string(out.join(archive).join("a/x.txt")).unwrap(),
            TEXT
        );
        assert_eq!(fs::read(out.join(archive).join("b.jsonl")).unwrap(), record);
        assert!(out.join(archive).join("etc/rooted.txt").exists());
    }
    let rejects = fs::read_to_string(out.join("_limpid/rejects.jsonl")).unwrap();
    assert_eq!(rejects.matches("unsafe-name").count(), 2, "{rejects}");
    let rows = fs::read_to_string(out.join("_limpid/documents.jsonl")).unwrap();
    assert!(!rows.contains("unfinished"), "{rows}");
    assert!(!out.join("_limpid/unfinished").exists());
    assert!(!dir.path().join("evil.txt").exists() && !dir.path().join("deep/evil.txt").exists());
    let original = dir.path().join("original");
    run_to(0, &["restore", &text(&out), "--out", &text(&original)]);
    let restored = fs::read_to_string(original.join("z.zip/a/x.txt"));
    assert_eq!(restored.unwrap(), TEXT);
}

#[test]
fn bombs_are_rejects_and_the_limit_can_be_raised() {
    let dir = tempfile::tempdir().unwrap();
    let bomb = dir.path().join("bomb.txt.zst");
    let line = TEXT.repeat(1 << 14);
    let mut packed = zstd::Encoder::new(File::create(&bomb).unwrap(), 1).unwrap();
    for _ in 0..80 {
        packed.write_all(line.as_bytes()).unwrap();
    }
    packed.finish().unwrap();
    let out = text(&dir.path().join("out"));
    let input = text(&bomb);
    let clean = ["clean", &input, "--stages", "decode", "--out", &out];
    run_to(3, &clean);
    let rejects = dir.path().join("out/_limpid/rejects.jsonl");
    let told = fs::read_to_string(&rejects).unwrap();
    assert!(told.contains("\"reason\":\"bomb\""), "{told}");
    run_to(0, &[&clean[..], &["--max-ratio", "1000000"]].concat());
    run_to(
        3,
        &[
            &clean[..],
            &["--max-ratio", "1000000", "--max-document", "1MB"],
        ]
        .concat(),
    );
    let told = fs::read_to_string(&rejects).unwrap();
    assert!(told.contains("too-large"), "{told}");
}

#[test]
fn packed_standard_input_and_lists_of_files_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let listed = dir.path().join("listed.txt");
    fs::write(&listed, TEXT).unwrap();
    let list = dir.path().join("list");
    fs::write(&list, format!("{}\n\n", text(&listed))).unwrap();
    let mut child = limpid()
        .args(["clean", "-", "--out", &text(&out), "--files-from"])
        .arg(&list)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let packed = zstd::encode_all(&b"{\"text\":\"one two three\"}\n"[..], 1).unwrap();
    child.stdin.take().unwrap().write_all(&packed).unwrap();
    let (code, _, told) = common::told(&child.wait_with_output().unwrap());
    assert_eq!(code, 0, "{told}");
    assert_eq!(fs::read_to_string(out.join("listed.txt")).unwrap(), TEXT);
    let unpacked = zstd::decode_all(File::open(out.join("stdin.jsonl.zst")).unwrap()).unwrap();
    assert_eq!(unpacked, b"{\"text\":\"one two three\"}\n");
    let (_, told) = run_to(1, &["clean", "--files-from", "nowhere", "--out", "x"]);
    assert!(told.contains("nowhere: cannot be read"), "{told}");
}

#[test]
fn settings_tell_where_they_come_from() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("limpid.toml");
    fs::write(
        &file,
        "[dedup]\nsimilarity = 0.6\n[input]\nmax_ratio = 1000\n",
    )
    .unwrap();
    let (told, _) = run_to(0, &["config", "--config", &text(&file), "--repair", "off"]);
    for line in [
        format!("similarity = 0.6  # {}", text(&file)),
        // Named there, though it is the default.
        format!("max_ratio = 1000  # {}", text(&file)),
        "mode = \"off\"  # flag".to_owned(),
        "max_seconds = 0  # default".to_owned(),
    ] {
        assert!(told.contains(&line), "{line}\n{told}");
    }
    // What is printed can be used.
    let printed = dir.path().join("printed.toml");
    fs::write(&printed, &told).unwrap();
    run_to(0, &["config", "--config", &text(&printed)]);
}

#[test]
fn metrics_are_written_for_prometheus() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("a.txt");
    fs::write(&input, TEXT).unwrap();
    let metrics = dir.path().join("limpid.prom");
    let out = text(&dir.path().join("out"));
    let (_, told) = run_to(
        0,
        &[
            "clean",
            &text(&input),
            "--out",
            &out,
            "-v",
            "--metrics",
            &text(&metrics),
        ],
    );
    assert!(told.contains("pass done"), "{told}");
    let written = fs::read_to_string(&metrics).unwrap();
    assert!(written.contains("limpid_documents_out 1\n"), "{written}");
    assert!(
        written.contains("limpid_pass_duration_seconds{pass=\"clean\"}"),
        "{written}"
    );
}
