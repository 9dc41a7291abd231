//! The seeds of the fuzz targets hold what the targets demand. `cargo fuzz run decode` (or `normalise`, `page`, `record`, `csv`, `warc`)
//! with a nightly compiler looks for more.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../fuzz/src/targets.rs"]
mod targets;

fn run(target: &str, demand: fn(&[u8])) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let mut seeds = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        demand(&bytes);
        // What a fuzzer would try first: cut short, a byte lost, a bit turned.
        for at in 0..bytes.len().min(64) {
            demand(&bytes[..at]);
            let mut changed = bytes.clone();
            changed[at] ^= 0x80;
            demand(&changed);
            changed.remove(at);
            demand(&changed);
        }
        seeds += 1;
    }
    assert!(seeds >= 8, "{target} has {seeds} seeds");
}

#[test]
fn what_was_read_can_be_written() {
    run("decode", targets::decode);
}

#[test]
fn normalised_text_comes_back() {
    run("normalise", targets::normalise);
}

#[test]
fn pages_come_back() {
    run("page", targets::page);
}

#[test]
fn json_strings_come_back() {
    run("record", targets::record);
}

#[test]
fn records_of_csv_come_back() {
    run("csv", targets::csv);
}

#[test]
fn web_archives_are_read_in_order() {
    run("warc", targets::warc);
}
