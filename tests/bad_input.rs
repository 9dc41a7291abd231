//! Bad input of every kind gets a clear message, eats nothing else, and never breaks the count.

#![allow(clippy::unwrap_used)]

mod common;

use std::path::Path;

use common::{limpid, root, rows, run, run_to, text, told};

/// Runs `clean` over `input`, expects rejects, and checks that documents in = out + rejects.
fn clean_with_rejects(input: &Path, out: &Path) -> Vec<(String, String, String)> {
    let (json, _) = run_to(3, &["clean", &text(input), "--json", "--out", &text(out)]);
    let manifest: serde_json::Value = serde_json::from_str(&json).unwrap();
    let n = |key: &str| manifest["counts"][key].as_u64().unwrap();
    assert_eq!(n("documents_in"), n("documents_out") + n("rejects"));
    assert_eq!(rows(out, "documents").len() as u64, n("documents_out"));
    let rejects: Vec<(String, String, String)> = rows(out, "rejects")
        .iter()
        .map(|r| {
            let s = |key: &str| r[key].as_str().unwrap().to_owned();
            (s("path"), s("reason"), s("detail"))
        })
        .collect();
    assert_eq!(rejects.len() as u64, n("rejects"));
    rejects
}

fn folder() -> (tempfile::TempDir, std::path::PathBuf, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("in");
    std::fs::create_dir(&input).unwrap();
    std::fs::write(
        input.join("good.txt"),
        "A good document stands here and is cleaned.\n",
    )
    .unwrap();
    let out = dir.path().join("out");
    (dir, input, out)
}

#[test]
fn an_empty_file_is_rejected_by_name() {
    let (_dir, input, out) = folder();
    std::fs::write(input.join("empty.txt"), "").unwrap();
    let rejects = clean_with_rejects(&input, &out);
    assert_eq!(
        (rejects[0].0.as_str(), rejects[0].1.as_str()),
        ("empty.txt", "empty")
    );
    assert!(out.join("good.txt").exists());
}

#[test]
fn a_binary_file_is_rejected_by_name() {
    let (_dir, input, out) = folder();
    let noise: Vec<u8> = (0..4096u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    std::fs::write(
        input.join("noise.bin"),
        [b"\x7fELF\x02\x01\x01\0\0\0\0\0".as_slice(), &noise].concat(),
    )
    .unwrap();
    let rejects = clean_with_rejects(&input, &out);
    assert_eq!(
        (rejects[0].0.as_str(), rejects[0].1.as_str()),
        ("noise.bin", "binary")
    );
    assert!(out.join("good.txt").exists());
}

#[test]
fn a_truncated_gzip_is_rejected_and_its_whole_lines_are_kept() {
    use std::io::Write;
    let (_dir, input, out) = folder();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    for i in 0..4000u32 {
        let number = i.wrapping_mul(2_654_435_761);
        writeln!(
            gz,
            "{{\"id\":\"r{i}\",\"text\":\"The record number {number} says something of its own.\"}}"
        )
        .unwrap();
    }
    let packed = gz.finish().unwrap();
    std::fs::write(input.join("cut.jsonl.gz"), &packed[..packed.len() / 2]).unwrap();
    std::fs::write(input.join("cut.txt.gz"), &packed[..packed.len() / 3]).unwrap();
    let rejects = clean_with_rejects(&input, &out);
    let names: Vec<_> = rejects
        .iter()
        .map(|r| (r.0.as_str(), r.1.as_str()))
        .collect();
    assert_eq!(
        names,
        [("cut.jsonl.gz", "truncated"), ("cut.txt.gz", "truncated")]
    );
    assert!(rejects[0].2.contains("fetch it again"));
    assert!(rows(&out, "documents").len() > 1000);
}

#[test]
fn a_line_that_is_not_json_is_rejected_with_its_place() {
    let (_dir, input, out) = folder();
    std::fs::write(
        input.join("mixed.jsonl"),
        "{\"text\":\"The first record is fine.\"}\n{\"text\": oops}\n{\"body\":\"no text here\"}\n{\"text\":\"The last record is fine.\"}\n",
    )
    .unwrap();
    let rejects = clean_with_rejects(&input, &out);
    assert_eq!(
        rejects.iter().map(|r| r.1.as_str()).collect::<Vec<_>>(),
        ["not-json", "no-text"]
    );
    assert!(rejects[0].2.contains("line 2"), "{}", rejects[0].2);
    assert!(
        rejects[1].2.contains("body") && rejects[1].2.contains("--text-field"),
        "{}",
        rejects[1].2
    );
    assert_eq!(
        std::fs::read_to_string(out.join("mixed.jsonl"))
            .unwrap()
            .lines()
            .count(),
        2
    );
}

#[cfg(unix)]
#[test]
fn a_loop_of_folders_is_rejected_and_the_rest_read() {
    let (_dir, input, out) = folder();
    std::fs::create_dir(input.join("sub")).unwrap();
    std::fs::write(
        input.join("sub/more.txt"),
        "Another document lies deeper.\n",
    )
    .unwrap();
    std::os::unix::fs::symlink(&input, input.join("sub/loop")).unwrap();
    std::os::unix::fs::symlink(input.join("nowhere"), input.join("dangling.txt")).unwrap();
    let rejects = clean_with_rejects(&input, &out);
    let names: Vec<_> = rejects
        .iter()
        .map(|r| (r.0.as_str(), r.1.as_str()))
        .collect();
    assert_eq!(
        names,
        [
            ("dangling.txt", "broken-link"),
            ("sub/loop", "symlink-loop")
        ]
    );
    assert!(out.join("sub/more.txt").exists());
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_is_rejected_and_the_rest_read() {
    use std::os::unix::fs::PermissionsExt;
    let (dir, input, out) = folder();
    let locked = input.join("locked.txt");
    std::fs::write(&locked, "secret").unwrap();
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o000)).unwrap();
    let mut command = if std::fs::File::open(&locked).is_ok() {
        // The superuser may read everything: run as nobody instead.
        for path in [dir.path(), &input] {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777)).unwrap();
        }
        let program = dir.path().join("limpid");
        std::fs::copy(limpid().get_program(), &program).unwrap();
        let mut command = std::process::Command::new("setpriv");
        command
            .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .arg(program);
        command
    } else {
        limpid()
    };
    let output = command
        .args(["clean", &text(&input), "--out", &text(&out)])
        .output()
        .unwrap();
    let (code, _, err) = told(&output);
    assert_eq!(code, 3, "{err}");
    assert!(err.contains("permission-denied"), "{err}");
    let rejects = rows(&out, "rejects");
    assert_eq!(rejects[0]["path"], "locked.txt");
    assert!(out.join("good.txt").exists());
}

#[test]
fn wrong_usage_is_told_apart_from_failure() {
    let (code, _, err) = run(&["clean", "x", "--out", "y", "--frobnicate"]);
    assert_eq!(code, 2);
    assert!(err.contains("--frobnicate"), "{err}");
    let (code, _, err) = run(&["clean", "x", "--out", "y", "--memory", "lots"]);
    assert_eq!(code, 2, "{err}");
    let (code, out, _) = run(&["--help"]);
    assert_eq!(code, 0);
    assert!(out.contains("Exit codes"));
    let (code, _, err) = run(&["clean", "/no/such/place", "--out", "y"]);
    assert_eq!(code, 1);
    assert!(
        err.starts_with("error: /no/such/place: no such file or folder"),
        "{err}"
    );
    assert!(err.contains("help:"), "{err}");
}

#[test]
fn settings_out_of_range_and_unknown_keys_are_refused_before_anything_is_written() {
    let (dir, input, out) = folder();
    let (_, err) = run_to(
        1,
        &[
            "clean",
            &text(&input),
            "--out",
            &text(&out),
            "--similarity",
            "1.5",
        ],
    );
    assert!(err.contains("similarity") && err.contains("1.5"), "{err}");
    let config = dir.path().join("limpid.toml");
    std::fs::write(&config, "[repair]\nconfidnce = 0.5\n").unwrap();
    let (_, err) = run_to(
        1,
        &[
            "clean",
            &text(&input),
            "--out",
            &text(&out),
            "--config",
            &text(&config),
        ],
    );
    assert!(err.contains("did you mean confidence?"), "{err}");
    assert!(!out.exists());
}

#[test]
#[cfg(not(feature = "neural"))]
fn a_language_model_where_none_can_be_asked_is_refused_with_the_way_to_build() {
    let (dir, input, out) = folder();
    let file = text(&input.join("good.txt"));
    let (input, out) = (text(&input), text(&out));
    for args in [
        &["clean", &input, "--out", &out, "--lm", "model.gguf"][..],
        &["inspect", &file, "--lm", "model.gguf"],
    ] {
        let (_, err) = run_to(1, args);
        assert!(
            err.contains("model.gguf") && err.contains("--features neural"),
            "{err}"
        );
    }
    assert!(!dir.path().join("out").exists());
}

#[test]
fn a_folder_that_is_not_limpids_is_left_alone() {
    let (_dir, input, out) = folder();
    std::fs::create_dir(&out).unwrap();
    std::fs::write(out.join("thesis.doc"), "years of work").unwrap();
    let (_, err) = run_to(1, &["clean", &text(&input), "--out", &text(&out)]);
    assert!(err.contains("not empty") && err.contains("help:"), "{err}");
    assert_eq!(common::tree(&out).len(), 1);
}

#[test]
fn standard_input_is_a_document_or_records() {
    use std::io::Write;
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    for (format, sent, file) in [
        ("text", "A text comes through the pipe.\n", "stdin.txt"),
        (
            "jsonl",
            "{\"text\":\"A record comes through the pipe.\"}\n",
            "stdin.jsonl",
        ),
    ] {
        let mut child = limpid()
            .args([
                "clean",
                "-",
                "--format",
                format,
                "--quiet",
                "--out",
                &text(&out),
            ])
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(sent.as_bytes())
            .unwrap();
        assert!(child.wait().unwrap().success());
        assert_eq!(std::fs::read_to_string(out.join(file)).unwrap(), sent);
    }
    assert!(
        !out.join("stdin.txt").exists(),
        "the earlier run's result is gone"
    );
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let seed = root().join("seeds/002_29bf571dcb90a8f4.txt");
    let status = std::process::Command::new("sh")
        .arg("-c")
        .arg(format!(
            "{} inspect {} | head -n 1 > /dev/null; exit ${{PIPESTATUS:-0}}",
            limpid().get_program().display(),
            seed.display()
        ))
        .status()
        .unwrap();
    assert!(status.success());
}
