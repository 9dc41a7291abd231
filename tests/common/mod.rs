//! What the end-to-end tests share: the command, folders, rows.

#![allow(dead_code)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The gold data, or `None` with a loud line where it is not there.
pub fn shared() -> Option<PathBuf> {
    let path =
        std::env::var_os("LIMPID_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    if path.join("data").is_dir() {
        return Some(path);
    }
    eprintln!(
        "SKIPPED: no gold data at {} (set LIMPID_SHARED)",
        path.display()
    );
    None
}

/// The command, to be given arguments.
pub fn limpid() -> Command {
    Command::new(env!("CARGO_BIN_EXE_limpid"))
}

/// Runs the command and gives its exit code, standard output and standard error.
pub fn run(args: &[&str]) -> (i32, String, String) {
    told(&limpid().args(args).output().unwrap())
}

pub fn told(output: &Output) -> (i32, String, String) {
    (
        output.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

/// Runs the command and fails the test when it does not end with `code`.
pub fn run_to(code: i32, args: &[&str]) -> (String, String) {
    let (got, out, err) = run(args);
    assert_eq!(got, code, "limpid {args:?}\nstdout: {out}\nstderr: {err}");
    (out, err)
}

/// The rows of one of the run folder's files.
pub fn rows(dir: &Path, name: &str) -> Vec<Value> {
    let path = dir.join("_limpid").join(format!("{name}.jsonl"));
    std::fs::read_to_string(&path)
        .unwrap_or_else(|e| panic!("{}: {e}", path.display()))
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect()
}

/// All files below `dir` with their bytes, by relative path.
pub fn tree(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(dir).unwrap().display().to_string();
                files.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

pub fn text(path: &Path) -> String {
    path.display().to_string()
}
