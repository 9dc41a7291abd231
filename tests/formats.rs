//! The same documents in every format: read, cleaned, written in that format and in every other, and given back.

#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/tables.rs"]
#[allow(unreachable_pub, missing_docs)]
mod tables;

use std::fmt::Write as _;
use std::path::Path;

use common::{rows, run, run_to, text, tree};
use serde_json::{Value, json};
use tables::Held;

/// Texts that are clean, with what formats trip over: quotes, delimiters, line ends, emoji, letters beyond ASCII.
const TEXTS: [(&str, &str); 4] = [
    (
        "a-1",
        "The mayor said \"we open it on Monday\", and the town council agreed; nobody voted against it.\nA second line, with a comma, follows.\n",
    ),
    (
        "b-2",
        "Žluťoučký kůň pěl ďábelské ódy 🐎 – and a tab\there.\n\nA paragraph stands below the blank line.\n",
    ),
    (
        "c-3",
        "One plain line about the harbour and its boats, with no line end",
    ),
    (
        "d-4",
        "昨日、東京で新しい駅が開業しました。式典には地元の人々と記者が出席しました。\n",
    ),
];

fn json_lines() -> String {
    let mut out = String::new();
    for (i, (id, text)) in TEXTS.iter().enumerate() {
        let record = json!({"id": id, "n": i, "share": 0.5, "ok": true, "text": text, "note": "x;y,\"z\"", "nested": {"k": [i, null]}});
        writeln!(out, "{record}").unwrap();
    }
    out
}

fn csv(delimiter: char, end: &str) -> String {
    let quoted = |t: &str| format!("\"{}\"", t.replace('"', "\"\""));
    let mut out = format!("id{delimiter}text{delimiter}n{delimiter}note{end}");
    for (i, (id, text)) in TEXTS.iter().enumerate() {
        let text = quoted(text);
        let note = quoted("x;y,\"z\"");
        write!(
            out,
            "{id}{delimiter}{text}{delimiter}{i}{delimiter}{note}{end}"
        )
        .unwrap();
    }
    out
}

/// The texts as answers of a server, one of them chunked and packed, among records that are no documents.
fn warc() -> Vec<u8> {
    let mut out = Vec::new();
    record(
        &mut out,
        "warcinfo",
        "",
        "application/warc-fields",
        b"software: a test\r\n",
    );
    for (i, (id, text)) in TEXTS.iter().enumerate() {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n";
        let body = if i == 1 {
            use std::io::Write as _;
            let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gz.write_all(text.as_bytes()).unwrap();
            let packed = gz.finish().unwrap();
            let mut body = b"Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n".to_vec();
            for chunk in packed.chunks(20) {
                write!(body, "{:x}\r\n", chunk.len()).unwrap();
                body.extend(chunk);
                body.extend(b"\r\n");
            }
            body.extend(b"0\r\n\r\n");
            body
        } else {
            [b"\r\n", text.as_bytes()].concat()
        };
        record(
            &mut out,
            "request",
            id,
            "application/http; msgtype=request",
            b"GET / HTTP/1.1\r\n\r\n",
        );
        let block = [head.as_bytes(), &body].concat();
        record(
            &mut out,
            "response",
            id,
            "application/http; msgtype=response",
            &block,
        );
    }
    out
}

fn record(out: &mut Vec<u8>, kind: &str, id: &str, content: &str, block: &[u8]) {
    let header = format!(
        "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:test:{id}>\r\nWARC-Date: 2024-05-01T10:00:00Z\r\nWARC-Target-URI: https://example.org/{id}\r\nContent-Type: {content}\r\nContent-Length: {}\r\n\r\n",
        block.len()
    );
    out.extend(header.as_bytes());
    out.extend(block);
    out.extend(b"\r\n\r\n");
}

/// A folder `in` with the sample in each format that can be written by hand, and the names of its files.
fn samples(dir: &Path) -> Vec<&'static str> {
    let input = dir.join("in");
    std::fs::create_dir_all(&input).unwrap();
    std::fs::write(input.join("j.jsonl"), json_lines()).unwrap();
    std::fs::write(input.join("c.csv"), csv(',', "\n")).unwrap();
    std::fs::write(input.join("t.tsv"), csv('\t', "\r\n")).unwrap();
    std::fs::write(input.join("w.warc"), warc()).unwrap();
    let (first, second) = TEXTS.split_at(3);
    for (name, held) in [
        ("p.parquet", Held::LargeUtf8),
        ("a.arrow", Held::Utf8),
        ("s.arrows", Held::Utf8View),
    ] {
        let batches = [tables::batch(first, held), tables::batch(second, held)];
        tables::write(&input.join(name), &batches);
    }
    vec![
        "j.jsonl",
        "c.csv",
        "t.tsv",
        "w.warc",
        "p.parquet",
        "a.arrow",
        "s.arrows",
    ]
}

/// The cleaned texts of the run in `dir`, sorted, by converting its results to JSON lines.
fn texts(dir: &Path) -> Vec<String> {
    let again = dir.join("_limpid").with_file_name("as-jsonl");
    run_to(
        0,
        &[
            "dedup",
            &text(dir),
            "--format",
            "jsonl",
            "--quiet",
            "--out",
            &text(&again),
        ],
    );
    let mut texts = Vec::new();
    for (name, bytes) in tree(&again) {
        if name.starts_with("_limpid") {
            continue;
        }
        for line in String::from_utf8(bytes).unwrap().lines() {
            let record: Value = serde_json::from_str(line).unwrap();
            texts.push(record["text"].as_str().unwrap().to_owned());
        }
    }
    std::fs::remove_dir_all(&again).unwrap();
    texts.sort();
    texts
}

fn expected() -> Vec<String> {
    let mut texts: Vec<String> = TEXTS.iter().map(|(_, text)| (*text).to_owned()).collect();
    texts.sort();
    texts
}

/// Formats of records, by their endings.
const FORMATS: [&str; 6] = ["jsonl", "csv", "tsv", "parquet", "arrow", "warc"];

#[test]
fn every_format_becomes_every_other_with_the_same_texts() {
    let dir = tempfile::tempdir().unwrap();
    for name in samples(dir.path()) {
        for format in FORMATS {
            let out = dir.path().join(format!("{name}-to-{format}"));
            let input = dir.path().join("in").join(name);
            run_to(
                0,
                &[
                    "clean",
                    &text(&input),
                    "--stages",
                    "decode",
                    "--format",
                    format,
                    "--quiet",
                    "--out",
                    &text(&out),
                ],
            );
            assert_eq!(texts(&out), expected(), "{name} to {format}");
            let back = dir.path().join(format!("{name}-from-{format}"));
            run_to(
                0,
                &["restore", &text(&out), "--quiet", "--out", &text(&back)],
            );
            let (_, own) = name.rsplit_once('.').unwrap();
            let own = own.trim_end_matches('s');
            if own == format && own != "warc" {
                if ["parquet", "arrow"].contains(&own) {
                    assert_eq!(
                        tables::read(&back.join(name)),
                        tables::read(&input),
                        "{name}"
                    );
                } else {
                    let restored = std::fs::read(back.join(name)).unwrap();
                    assert!(restored == std::fs::read(&input).unwrap(), "{name}");
                }
            } else {
                let mut restored: Vec<String> = tree(&back)
                    .into_iter()
                    .filter(|(path, _)| path.starts_with(&format!("{name}/")))
                    .map(|(_, bytes)| String::from_utf8(bytes).unwrap())
                    .collect();
                restored.sort();
                assert_eq!(restored, expected(), "{name} through {format}");
            }
        }
    }
}

#[test]
fn files_of_text_become_records_and_records_files_of_text() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("in");
    std::fs::create_dir_all(input.join("sub")).unwrap();
    for (id, text) in TEXTS {
        std::fs::write(input.join("sub").join(format!("{id}.txt")), text).unwrap();
    }
    for format in FORMATS {
        let out = dir.path().join(format!("to-{format}"));
        run_to(
            0,
            &[
                "clean",
                &text(&input),
                "--stages",
                "decode",
                "--format",
                format,
                "--quiet",
                "--out",
                &text(&out),
            ],
        );
        assert!(out.join(format!("documents.{format}")).exists());
        assert_eq!(texts(&out), expected(), "text to {format}");
        let back = dir.path().join(format!("back-{format}"));
        run_to(
            0,
            &["restore", &text(&out), "--quiet", "--out", &text(&back)],
        );
        assert!(tree(&back) == tree(&input), "text through {format}");
    }
    std::fs::remove_dir_all(&input).unwrap();
    for name in samples(dir.path()) {
        let out = dir.path().join(format!("{name}-to-text"));
        run_to(
            0,
            &[
                "clean",
                &text(&input.join(name)),
                "--format",
                "text",
                "--quiet",
                "--out",
                &text(&out),
            ],
        );
        let folder = out.join(name.rsplit_once('.').unwrap().0);
        let mut written: Vec<String> = tree(&folder)
            .into_values()
            .map(|bytes| String::from_utf8(bytes).unwrap())
            .collect();
        written.sort();
        assert_eq!(written, expected(), "{name} to text");
        let back = dir.path().join(format!("{name}-from-text"));
        run_to(
            0,
            &["restore", &text(&out), "--quiet", "--out", &text(&back)],
        );
        assert_eq!(tree(&back).len(), TEXTS.len());
    }
}

#[test]
fn fields_keep_their_values_through_other_formats() {
    let dir = tempfile::tempdir().unwrap();
    samples(dir.path());
    let out = dir.path().join("csv");
    let input = text(&dir.path().join("in/j.jsonl"));
    run_to(
        0,
        &[
            "clean",
            &input,
            "--format",
            "csv",
            "--quiet",
            "--out",
            &text(&out),
        ],
    );
    let written = std::fs::read_to_string(out.join("j.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(written.as_bytes());
    assert_eq!(
        reader.headers().unwrap().iter().collect::<Vec<_>>(),
        ["id", "n", "nested", "note", "ok", "share", "text"]
    );
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    for (i, record) in records.iter().enumerate() {
        assert_eq!(record[1], i.to_string());
        assert_eq!(record[2], format!("{{\"k\":[{i},null]}}"));
        assert_eq!(&record[3], "x;y,\"z\"");
        assert_eq!((&record[4], &record[5]), ("true", "0.5"));
        assert_eq!(&record[6], TEXTS[i].1);
    }
}

#[test]
fn shards_are_cut_packed_and_come_back_as_one_file() {
    let dir = tempfile::tempdir().unwrap();
    samples(dir.path());
    let input = dir.path().join("in");
    let (out, back) = (dir.path().join("out"), dir.path().join("back"));
    run_to(
        0,
        &[
            "clean",
            &text(&input),
            "--shard-size",
            "300",
            "--compression",
            "gzip",
            "--quiet",
            "--out",
            &text(&out),
        ],
    );
    for name in ["j-00000.jsonl.gz", "j-00001.jsonl.gz", "c-00001.csv.gz"] {
        assert!(out.join(name).exists(), "{name}: {:?}", tree(&out).keys());
    }
    run_to(
        0,
        &["restore", &text(&out), "--quiet", "--out", &text(&back)],
    );
    for (name, bytes) in tree(&input) {
        match name.rsplit_once('.').unwrap().1 {
            "parquet" | "arrow" | "arrows" => {
                let (a, b) = (back.join(&name), input.join(&name));
                assert_eq!(tables::read(&a), tables::read(&b), "{name}");
            }
            "warc" => {}
            _ => assert!(std::fs::read(back.join(&name)).unwrap() == bytes, "{name}"),
        }
    }
}

#[test]
fn duplicates_are_dropped_from_every_format_and_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("in");
    for name in samples(dir.path()) {
        for format in FORMATS {
            let out = dir.path().join(format!("{name}-dropped-{format}"));
            let back = dir.path().join(format!("{name}-back-{format}"));
            // The same file twice: every document of the second is a duplicate.
            std::fs::create_dir_all(dir.path().join("two")).unwrap();
            let second = dir.path().join("two").join(name);
            std::fs::copy(input.join(name), &second).unwrap();
            run_to(
                0,
                &[
                    "clean",
                    &text(&input.join(name)),
                    &text(&second),
                    "--stages",
                    "decode,dedup",
                    "--duplicates",
                    "drop",
                    "--format",
                    format,
                    "--quiet",
                    "--out",
                    &text(&out),
                ],
            );
            let dropped = rows(&out, "documents")
                .iter()
                .filter(|d| d["dropped"] == true)
                .count();
            assert_eq!(dropped, TEXTS.len(), "{name} to {format}");
            run_to(
                0,
                &["restore", &text(&out), "--quiet", "--out", &text(&back)],
            );
        }
    }
}

#[test]
fn standard_input_and_unknown_endings_are_told_by_their_first_bytes() {
    use std::io::Write;
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let send = |args: &[&str], sent: &str| {
        let mut child = common::limpid()
            .args(["clean", "-", "--quiet", "--out", &text(&out)])
            .args(args)
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
    };
    send(&[], &json_lines());
    assert!(out.join("stdin.jsonl").exists());
    send(&["--format", "csv"], &csv(',', "\n"));
    assert_eq!(
        std::fs::read_to_string(out.join("stdin.csv")).unwrap(),
        csv(',', "\n")
    );
    send(
        &["--input-format", "csv", "--format", "jsonl"],
        &csv(',', "\n"),
    );
    assert!(out.join("stdin.jsonl").exists());
    let input = dir.path().join("in");
    std::fs::create_dir(&input).unwrap();
    std::fs::write(input.join("records"), json_lines()).unwrap();
    std::fs::write(input.join("one.json"), "{\n \"text\": \"a\"\n}\n").unwrap();
    run_to(
        0,
        &["clean", &text(&input), "--quiet", "--out", &text(&out)],
    );
    assert_eq!(rows(&out, "documents").len(), TEXTS.len() + 1);
}

#[test]
fn bad_files_are_one_reject_that_says_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("in");
    std::fs::create_dir(&input).unwrap();
    std::fs::write(input.join("open.csv"), "id,text\n1,\"never closed\n").unwrap();
    std::fs::write(input.join("names.csv"), "id,body\n1,a\n2,b\n").unwrap();
    std::fs::write(input.join("empty.csv"), "").unwrap();
    let out = dir.path().join("out");
    let (code, _, _) = run(&["clean", &text(&input), "--quiet", "--out", &text(&out)]);
    assert_eq!(code, 3);
    let rejects = rows(&out, "rejects");
    let told: Vec<(&str, &str)> = rejects
        .iter()
        .map(|r| (r["path"].as_str().unwrap(), r["reason"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ("empty.csv", "empty"),
            ("names.csv", "no-text"),
            ("open.csv", "open-quote")
        ]
    );
    assert!(rejects[1]["detail"].as_str().unwrap().contains("body"));
}

#[test]
fn columns_of_any_text_are_cleaned_and_all_others_kept() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("in");
    std::fs::create_dir(&input).unwrap();
    let kinds = [
        Held::Utf8,
        Held::LargeUtf8,
        Held::Utf8View,
        Held::Dictionary,
        Held::Binary,
    ];
    // The entity is mended, so that something is changed and must come back.
    let mut documents = TEXTS.to_vec();
    documents.push((
        "e-5",
        "Fish &amp;amp; chips were served to the whole town council.\n",
    ));
    for held in kinds {
        for ending in ["parquet", "arrow", "arrows"] {
            let path = input.join(format!("{held:?}.{ending}"));
            tables::write(&path, &[tables::batch(&documents, held)]);
        }
    }
    let (out, back) = (dir.path().join("out"), dir.path().join("back"));
    run_to(
        0,
        &["clean", &text(&input), "--quiet", "--out", &text(&out)],
    );
    run_to(
        0,
        &["restore", &text(&out), "--quiet", "--out", &text(&back)],
    );
    for name in tree(&input).keys() {
        let source = tables::read(&input.join(name));
        let (cleaned, restored) = (
            tables::read(&out.join(name)),
            tables::read(&back.join(name)),
        );
        for table in [&cleaned, &restored] {
            assert_eq!(tables::others(table), tables::others(&source), "{name}");
            assert_eq!(table.schema().metadata(), source.schema().metadata());
        }
        let mut texts: Vec<String> = documents.iter().map(|(_, t)| (*t).to_owned()).collect();
        assert_eq!(tables::texts(&restored), texts, "{name}");
        texts[4] = "Fish & chips were served to the whole town council.\n".to_owned();
        assert_eq!(tables::texts(&cleaned), texts, "{name}");
    }
    let documents = rows(&out, "documents");
    assert!(documents.iter().all(|d| {
        d["metadata"]["url"]
            .as_str()
            .unwrap()
            .starts_with("https://example.org/")
    }));
}

#[test]
fn damaged_tables_and_archives_are_rejects_and_the_rest_is_cleaned() {
    let dir = tempfile::tempdir().unwrap();
    samples(dir.path());
    let input = dir.path().join("in");
    for name in ["p.parquet", "a.arrow", "w.warc"] {
        let bytes = std::fs::read(input.join(name)).unwrap();
        std::fs::write(input.join(format!("cut-{name}")), &bytes[..bytes.len() / 2]).unwrap();
    }
    let out = dir.path().join("out");
    let (json, err) = run_to(3, &["clean", &text(&input), "--json", "--out", &text(&out)]);
    assert!(!err.contains("panicked"), "{err}");
    let manifest: Value = serde_json::from_str(&json).unwrap();
    let counts = |key: &str| manifest["counts"][key].as_u64().unwrap();
    assert_eq!(
        counts("documents_in"),
        counts("documents_out") + counts("rejects")
    );
    assert_eq!(counts("skipped"), 5 + 3, "warcinfo and requests");
    let rejects = rows(&out, "rejects");
    let told: Vec<(&str, &str)> = rejects
        .iter()
        .map(|r| (r["path"].as_str().unwrap(), r["reason"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ("cut-a.arrow", "corrupt"),
            ("cut-p.parquet", "corrupt"),
            ("cut-w.warc", "truncated")
        ]
    );
}

#[test]
fn decisions_stand_in_columns_of_their_own_and_leave_with_restoring() {
    let dir = tempfile::tempdir().unwrap();
    samples(dir.path());
    let input = dir.path().join("in/p.parquet");
    let step = |name: &str| text(&dir.path().join(name));
    let clean = |from: &str, to: &str| {
        run_to(
            0,
            &["clean", from, "--decisions", "--quiet", "--out", &step(to)],
        );
    };
    clean(&text(&input), "once");
    clean(&step("once"), "twice");
    let once = tables::read(&dir.path().join("once/p.parquet"));
    let twice = tables::read(&dir.path().join("twice/p.parquet"));
    let own = tables::read(&input).num_columns();
    assert_eq!(
        (once.num_columns(), twice.num_columns()),
        (own + 5, own + 10)
    );
    assert!(once.column_by_name("limpid_words_out").is_some());
    assert!(twice.column_by_name("limpid_words_out_2").is_some());
    for (from, original) in [
        ("once", &input),
        ("twice", &dir.path().join("once/p.parquet")),
    ] {
        let back = dir.path().join(format!("{from}-back"));
        run_to(
            0,
            &["restore", &step(from), "--quiet", "--out", &text(&back)],
        );
        assert_eq!(
            tables::read(&back.join("p.parquet")),
            tables::read(original)
        );
    }
}

#[test]
fn layouts_of_dolma_and_datatrove_are_read_as_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("in");
    std::fs::create_dir(&input).unwrap();
    let dolma = json!({"id": "d", "text": "The first text stands here.", "source": "web", "added": "2024-05-01T00:00:00Z", "created": "2024-04-01T00:00:00Z", "metadata": {"url": "https://example.org/d", "n": 1}});
    let datatrove = json!({"text": "The second text stands there.", "id": "t", "metadata": {"url": "https://example.org/t", "date": "2024-04-01"}});
    std::fs::write(input.join("x.jsonl"), format!("{dolma}\n{datatrove}\n")).unwrap();
    let (out, tables) = (dir.path().join("out"), dir.path().join("tables"));
    for (to, format) in [(&out, "jsonl"), (&tables, "parquet")] {
        run_to(
            0,
            &[
                "clean",
                &text(&input),
                "--format",
                format,
                "--quiet",
                "--out",
                &text(to),
            ],
        );
        let documents = rows(to, "documents");
        let urls: Vec<&str> = documents
            .iter()
            .map(|d| d["metadata"]["url"].as_str().unwrap())
            .collect();
        assert_eq!(urls, ["https://example.org/d", "https://example.org/t"]);
    }
    assert_eq!(
        std::fs::read(out.join("x.jsonl")).unwrap(),
        std::fs::read(input.join("x.jsonl")).unwrap()
    );
}

/// So many words that stand nowhere else.
fn words(of: &str, n: usize) -> String {
    (0..n)
        .map(|i| format!("{of}{}", (i * i * 7919 + i * 31) % 99991))
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn attributes_mark_one_of_two_places_of_a_text() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("x.jsonl");
    let (shared, whole) = (words("s", 120), words("w", 200));
    let texts = [
        (
            "first",
            format!("{}. {shared}. {}.", words("ä", 150), words("b", 150)),
        ),
        ("kept", whole.clone()),
        ("copy", whole.clone()),
        (
            "second",
            format!("{}. {shared}. {}.", words("ĉ", 170), words("d", 150)),
        ),
    ];
    let lines: String = texts
        .iter()
        .map(|(id, text)| json!({"id": id, "text": text}).to_string() + "\n")
        .collect();
    std::fs::write(&input, lines).unwrap();
    let (out, attributes) = (dir.path().join("out"), dir.path().join("attributes"));
    run_to(
        0,
        &["dedup", &text(&input), "--quiet", "--out", &text(&out)],
    );
    run_to(
        0,
        &[
            "attributes",
            &text(&out),
            "--quiet",
            "--out",
            &text(&attributes),
        ],
    );
    let packed = std::fs::File::open(attributes.join("x.jsonl.gz")).unwrap();
    let lines = std::io::read_to_string(flate2::read::MultiGzDecoder::new(packed)).unwrap();
    let lines: Vec<Value> = lines
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    let ids: Vec<&str> = lines.iter().map(|l| l["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["first", "kept", "copy", "second"]);
    // Which of the two is marked follows from `duplicates.jsonl`; the other is not.
    let duplicates = rows(&out, "duplicates");
    let marked = |kind: &str| {
        let row = duplicates.iter().find(|r| r["kind"] == kind).unwrap();
        let goes = match (kind, row["keep"].as_str().unwrap()) {
            ("passage", _) | (_, "a") => &row["b"]["id"],
            _ => &row["a"]["id"],
        };
        let at = ids.iter().position(|id| goes == id).unwrap();
        let name = format!("limpid__duplicate_{kind}");
        let attributes = lines[at]["attributes"].as_object().unwrap();
        assert!(attributes.keys().eq([&name]), "{attributes:?}");
        (at, attributes[&name].clone())
    };
    let (copy, spans) = marked("document");
    assert_eq!(spans, json!([[0, whole.chars().count(), 1.0]]));
    let (second, spans) = marked("passage");
    for (i, line) in lines.iter().enumerate() {
        let none = line["attributes"].as_object().unwrap().is_empty();
        assert_eq!(none, i != copy && i != second, "{line}");
    }
    assert!([1, 2].contains(&copy) && [0, 3].contains(&second));
    assert_eq!(spans.as_array().unwrap().len(), 1);
    // In characters, though the words before it have letters of two bytes.
    let at = |i: usize| spans[0][i].as_u64().unwrap() as usize;
    let stretch: String = texts[second].1.chars().take(at(1)).skip(at(0)).collect();
    assert_eq!(stretch.trim_end_matches('.'), shared);
}
