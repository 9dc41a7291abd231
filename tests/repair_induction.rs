//! Pairs of words induced from the batch, from outside: what a crawl's clean documents say is used, and only in its spun ones.

#![allow(clippy::unwrap_used)]

mod common;

use std::fmt::Write as _;
use std::path::Path;

use common::{rows, run_to};

/// Spun text as of the museum among the golden cases, then sentences on a subject that only the batch knows.
fn spun() -> String {
    let golden = common::root().join("tests/golden/repair/spun/w-museum.txt");
    let museum = std::fs::read_to_string(golden).unwrap();
    format!(
        "{museum}\nThe most recent room presentations how the iron refinery used to be constructed. In the back of it \
         stands a mill for iron wagons, and the iron foundry of the closing century used to be moved thru the town.\n"
    )
}

const CLEAN: [&str; 4] = [
    "The steel refinery by the river was closed in 1974. Farmers had sent their steel wagons to it for ninety years, and \
     the steel foundry fed half of the valley.",
    "A guide to the valley: the old steel refinery is a school now. Nobody has seen steel wagons there for years.",
    // Ordinary prose: where a batch is small, much is chance.
    "The council met on Tuesday to hear what people think of the plan for the lower meadow. Most speakers asked for a path \
     along the water and for a bench or two, and nobody wanted another car park. A teacher read a letter from her class: the \
     children had counted nineteen kinds of birds there in one week, among them a pair of kingfishers. The mayor thanked \
     them and said that a decision would not be taken before the end of March. Two members of the council doubted whether \
     the money would be enough, since the bridge at the school has to be painted as well. In the second half of the evening \
     the new head of the library spoke about her first hundred days. She has put the old armchairs back beside the windows, \
     and on Fridays the reading room stays open until ten. The choir sang three songs, and there was soup.",
    "Every autumn the steel foundry began its work in the first week of October, when the ore was brought by hand.",
];

fn clean(dir: &Path, name: &str, options: &[&str], induction: bool) -> Vec<serde_json::Value> {
    let config = dir.join(format!("{name}.toml"));
    std::fs::write(&config, format!("[repair]\ninduction = {induction}\n")).unwrap();
    let (input, out) = (dir.join("in"), dir.join(name));
    let paths = [&input, &out, &config].map(|p| p.to_str().unwrap());
    let mut args = vec!["clean", paths[0], "--out", paths[1], "--config", paths[2]];
    args.extend(options);
    run_to(0, &args);
    rows(&out, "edits")
        .into_iter()
        .filter(|e| e["stage"] == "repair")
        .collect()
}

fn repairs_of<'e>(edits: &'e [serde_json::Value], before: &str) -> Vec<&'e serde_json::Value> {
    edits
        .iter()
        .filter(|e| e["before"] == before && e["applied"] == true)
        .collect()
}

#[test]
fn the_clean_documents_of_a_crawl_tell_what_was_meant_in_its_spun_one() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("in");
    std::fs::create_dir(&input).unwrap();
    std::fs::write(input.join("spun.txt"), spun()).unwrap();
    for (i, text) in CLEAN.iter().enumerate() {
        std::fs::write(input.join(format!("clean{i}.txt")), text).unwrap();
    }
    let without = clean(dir.path(), "without", &[], false);
    assert!(!without.is_empty(), "the document is called spun");
    assert!(repairs_of(&without, "iron").is_empty(), "{without:#?}");
    assert!(without.iter().all(|e| e["rule"] != "spun-batch"));

    let with = clean(dir.path(), "with", &["--threads", "1"], true);
    let found = repairs_of(&with, "iron");
    assert_eq!(found.len(), 3, "{with:#?}");
    // Where the other occurrences would have been enough, the rule is not that of the batch.
    assert!(
        found.iter().any(|e| e["rule"] == "spun-batch"),
        "{found:#?}"
    );
    for edit in found {
        assert_eq!(edit["after"], "steel", "{edit}");
        assert!(edit["confidence"].as_f64().unwrap() >= 0.7);
    }
    assert!(
        with.iter().all(|e| e["id"] == "spun.txt"),
        "only the spun document is touched"
    );
    assert_eq!(
        clean(dir.path(), "threads", &["--threads", "3"], true),
        with
    );
    // The clean documents by themselves.
    std::fs::remove_file(input.join("spun.txt")).unwrap();
    assert!(clean(dir.path(), "alone", &[], true).is_empty());
}

#[test]
fn spun_documents_of_a_site_share_what_they_tell() {
    let dir = tempfile::tempdir().unwrap();
    // Each says one phrase that the clean documents know, a different one; none alone induces anything.
    let museum = spun();
    let (museum, _) = museum.split_once("\nThe most recent").unwrap();
    let tails = [
        "Farmers moved the iron wagons thru the gate.",
        "The iron refinery used to be constructed later.",
        "The iron foundry used to be within the valley.",
        "In the back of it stands a mill, and the iron bridge used to be moved thru the town.",
    ];
    let last = |site: fn(usize) -> &'static str| {
        let mut lines = String::new();
        for (i, tail) in tails.iter().enumerate() {
            let url = format!("https://{}/{i}", site(i));
            let row = serde_json::json!({"id": format!("s{i}"), "url": url, "text": format!("{museum}\n{tail}\n")});
            writeln!(lines, "{row}").unwrap();
        }
        for (i, text) in CLEAN.iter().enumerate() {
            let row = serde_json::json!({"id": format!("c{i}"), "url": "https://clean.example/", "text": text});
            writeln!(lines, "{row}").unwrap();
        }
        std::fs::create_dir_all(dir.path().join("in")).unwrap();
        std::fs::write(dir.path().join("in/docs.jsonl"), lines).unwrap();
        let name = site(1).replace('.', "-");
        let edits = clean(dir.path(), &name, &[], true);
        edits
            .iter()
            .find(|e| e["id"] == "s3" && e["before"] == "iron" && e["after"] == "steel")
            .map_or(0.0, |e| e["confidence"].as_f64().unwrap())
    };
    let shared = last(|_| "spun.example");
    let apart = last(|i| ["a.example", "b.example", "c.example", "d.example"][i]);
    assert!(shared > apart + 0.1, "{shared} {apart}");
}
