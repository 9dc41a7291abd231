//! The examples of `docs/formats/` run as they stand, and every step of them succeeds.

#![allow(clippy::unwrap_used)]

mod common;

use std::path::Path;
use std::process::Command;

use common::root;

/// The blocks of `sh` in a page.
fn blocks(page: &str) -> Vec<String> {
    page.split("```sh\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}

#[test]
fn every_example_runs() {
    let command = Path::new(env!("CARGO_BIN_EXE_limpid"));
    let path = format!(
        "{}:{}",
        command.parent().unwrap().display(),
        std::env::var("PATH").unwrap()
    );
    let mut ran = 0;
    for entry in std::fs::read_dir(root().join("docs/formats")).unwrap() {
        let page = entry.unwrap().path();
        let blocks = blocks(&std::fs::read_to_string(&page).unwrap());
        // What needs a service elsewhere is shown as `sh no-run`, and tested by itself.
        let text = std::fs::read_to_string(&page).unwrap();
        let shown = text.contains("```sh no-run\n");
        assert!(
            shown || !blocks.is_empty(),
            "{}: no example",
            page.display()
        );
        for block in blocks {
            let dir = tempfile::tempdir().unwrap();
            let output = Command::new("sh")
                .args(["-e", "-c", &block])
                .current_dir(dir.path())
                .env("PATH", &path)
                .output()
                .unwrap();
            let (code, out, err) = common::told(&output);
            assert_eq!(code, 0, "{}\n{block}\n{out}\n{err}", page.display());
            ran += 1;
        }
    }
    assert!(ran >= 6, "{ran} examples");
}
