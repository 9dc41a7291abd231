//! Whatever comes in, in whatever encoding, `restore` gives the same bytes back.

#![allow(clippy::unwrap_used)]

mod common;

use std::io::Write;
use std::path::Path;

use common::{root, rows, run_to, text, tree};

fn there_and_back(input: &Path) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let (out, back) = (dir.path().join("out"), dir.path().join("back"));
    run_to(0, &["clean", &text(input), "--quiet", "--out", &text(&out)]);
    run_to(
        0,
        &["restore", &text(&out), "--quiet", "--out", &text(&back)],
    );
    let (original, restored) = (tree(input), tree(&back));
    assert_eq!(
        original.keys().collect::<Vec<_>>(),
        restored.keys().collect::<Vec<_>>()
    );
    for (name, bytes) in &original {
        assert!(restored[name] == *bytes, "{name} did not come back");
    }
    dir
}

#[test]
fn ten_encodings_two_of_them_malformed_come_back_bit_for_bit() {
    let samples = [
        (
            "windows-1252",
            "Der Bürgermeister sagte am Montag, die Brücke über den Fluss werde für zwei Wochen gesperrt – „das ist nötig“.\r\nFußgänger dürfen weiter hinüber.\r\n",
        ),
        (
            "iso-8859-2",
            "Žluťoučký kůň úpěl ďábelské ódy. Příliš mnoho lidí čekalo na nádraží, protože vlak přijel pozdě.\n",
        ),
        (
            "windows-1251",
            "Вчера в Москве открылась новая станция метро. На церемонии присутствовали жители района и журналисты.\n",
        ),
        (
            "koi8-r",
            "Вчера в Москве открылась новая станция метро. На церемонии присутствовали жители района и журналисты.\n",
        ),
        (
            "shift_jis",
            "昨日、東京で新しい駅が開業しました。式典には地元の人々と記者が出席しました。カタカナも使います。\n",
        ),
        (
            "euc-kr",
            "어제 서울에서 새로운 역이 문을 열었습니다. 행사에는 지역 주민과 기자들이 참석했습니다.\n",
        ),
        (
            "gb18030",
            "昨天北京新开了一个地铁站，当地居民和记者出席了仪式。天气很好，大家都很高兴。\n",
        ),
        (
            "big5",
            "昨天台北新開了一個捷運站，當地居民和記者出席了儀式。天氣很好，大家都很高興。\n",
        ),
        (
            "windows-1253",
            "Χθες άνοιξε ένας νέος σταθμός στην Αθήνα. Στην τελετή ήταν κάτοικοι και δημοσιογράφοι.\n",
        ),
        (
            "utf-16le",
            "\u{FEFF}A text in UTF-16 with a mark — and a snowman ☃.\r\n",
        ),
    ];
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("in");
    std::fs::create_dir(&input).unwrap();
    for (label, sample) in samples {
        let bytes = if label == "utf-16le" {
            sample.encode_utf16().flat_map(u16::to_le_bytes).collect()
        } else {
            let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap();
            let (bytes, _, unmappable) = encoding.encode(sample);
            assert!(!unmappable, "{label}");
            bytes.into_owned()
        };
        std::fs::write(input.join(format!("{label}.txt")), bytes).unwrap();
    }
    // UTF-8 cut in the middle of characters, and Shift_JIS with bytes that mean nothing.
    let mut broken = "Größe und naïve Café – ‘quoted’ text that goes on for a while, so that nobody doubts it.\n".repeat(3).into_bytes();
    broken.splice(20..20, *b"\xC3\x28\xF0\x9F");
    broken.extend(b"\xE2\x82");
    std::fs::write(input.join("broken-utf8.txt"), broken).unwrap();
    let (sjis, _, _) = encoding_rs::SHIFT_JIS
        .encode("昨日、東京で新しい駅が開業しました。式典には地元の人々と記者が出席しました。");
    let mut broken = sjis.into_owned();
    broken.extend(b"\xFF\x81\n");
    std::fs::write(input.join("broken-sjis.txt"), broken).unwrap();

    let done = there_and_back(&input);
    let documents = rows(&done.path().join("out"), "documents");
    assert_eq!(documents.len(), 12);
    for d in &documents {
        let path = d["path"].as_str().unwrap();
        let cleaned = std::fs::read_to_string(done.path().join("out").join(path)).unwrap();
        let stem = path.trim_end_matches(".txt");
        if let Some((_, sample)) = samples.iter().find(|(label, _)| *label == stem) {
            let expected: String = sample.replace("\r\n", "\n").replace('\u{FEFF}', "");
            assert_eq!(cleaned, expected, "{path} was read as {}", d["encoding"]);
        }
    }
    // What could not be read is named, with its bytes.
    let edits = rows(&done.path().join("out"), "edits");
    let kept: Vec<&str> = edits
        .iter()
        .filter(|e| e["rule"] == "malformed-bytes" && e["id"] == "broken-utf8.txt")
        .map(|e| e["bytes"].as_str().unwrap())
        .collect();
    assert_eq!(kept, ["c3", "f09f", "e282"]);
}

#[test]
fn every_kind_of_line_end_mark_and_space_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("in");
    std::fs::create_dir(&input).unwrap();
    let odd = [
        "no line end at all",
        "\n\n\nleading and trailing blanks \t \n\n\n",
        "cr\ronly\rlines\r",
        "mixed\r\nends\nhere\rand\u{85}there\u{2028}too",
        "\u{FEFF}mark\u{FEFF}inside\u{200b}zero\u{ad}soft",
        "e\u{301}cole A\u{30a} \u{212b} ﬁne ｆｕｌｌ &amp;amp; &quot;x&quot; caf\u{c3}\u{a9}",
        "\x1b[31mred\x1b[0m \x07 bell",
    ];
    for (i, sample) in odd.iter().enumerate() {
        std::fs::write(input.join(format!("{i}.txt")), sample).unwrap();
    }
    there_and_back(&input);
}

#[test]
fn records_come_back_with_their_other_fields_and_their_escapes() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("in");
    std::fs::create_dir(&input).unwrap();
    let seed = std::fs::read_to_string(root().join("seeds/003_6af6ef36a9e8a7eb.txt")).unwrap();
    let mut lines = String::new();
    lines.push_str(
        &serde_json::to_string(
            &serde_json::json!({"n": 1.50, "text": seed, "id": "a", "k": [1, {"x": null}]}),
        )
        .unwrap(),
    );
    lines.push_str("\r\n");
    lines
        .push_str("{ \"id\" : \"b\",\t\"text\":\"caf\\u00e9 \\ud83d\\ude00 &amp; more\\r\\n\" }\n");
    lines.push_str("{\"id\":\"a\",\"text\":\"odd \\/ escape \\u0041 and a lone \\ud800 half\"}");
    std::fs::write(input.join("shard.jsonl"), &lines).unwrap();
    let done = there_and_back(&input);
    let out = done.path().join("out");
    let ids: Vec<String> = rows(&out, "documents")
        .iter()
        .map(|d| d["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids, ["a", "b", "a@shard.jsonl:3"]);
    let shard = std::fs::read_to_string(out.join("shard.jsonl")).unwrap();
    let first: serde_json::Value = serde_json::from_str(shard.lines().next().unwrap()).unwrap();
    assert_eq!(first["k"], serde_json::json!([1, {"x": null}]));
    assert!(!first["text"].as_str().unwrap().contains("Newsletter"));
    assert!(
        shard.starts_with("{\"id\":\"a\",\"k\":[1,{\"x\":null}],\"n\":1.5,"),
        "{}",
        &shard[..60]
    );
}

#[test]
fn packed_files_come_back_with_the_same_bytes_inside() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("in");
    std::fs::create_dir(&input).unwrap();
    let seed = std::fs::read(root().join("seeds/001_82f99c685e714aa0.txt")).unwrap();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(&seed).unwrap();
    std::fs::write(input.join("a.txt.gz"), gz.finish().unwrap()).unwrap();
    std::fs::write(
        input.join("b.txt.zst"),
        zstd::encode_all(&seed[..], 1).unwrap(),
    )
    .unwrap();
    let (out, back) = (dir.path().join("out"), dir.path().join("back"));
    run_to(
        0,
        &["clean", &text(&input), "--quiet", "--out", &text(&out)],
    );
    run_to(
        0,
        &["restore", &text(&out), "--quiet", "--out", &text(&back)],
    );
    let mut unpacked = Vec::new();
    let gz = std::fs::read(back.join("a.txt.gz")).unwrap();
    std::io::Read::read_to_end(
        &mut flate2::read::MultiGzDecoder::new(&gz[..]),
        &mut unpacked,
    )
    .unwrap();
    assert!(unpacked == seed);
    assert!(zstd::decode_all(&std::fs::read(back.join("b.txt.zst")).unwrap()[..]).unwrap() == seed);
}

#[test]
fn dropped_documents_come_back_too() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("in");
    std::fs::create_dir(&input).unwrap();
    let seed = std::fs::read_to_string(root().join("seeds/000_1d4ade3df199abec.txt")).unwrap();
    std::fs::write(input.join("a.txt"), &seed).unwrap();
    std::fs::write(input.join("b.txt"), &seed).unwrap();
    let line = |id: &str| format!("{}\n", serde_json::json!({"id": id, "text": seed}));
    std::fs::write(
        input.join("c.jsonl"),
        line("x")
            + "{\"id\":\"y\",\"text\":\"Another text stands here, all alone.\"}\n"
            + &line("z"),
    )
    .unwrap();
    let (out, back) = (dir.path().join("out"), dir.path().join("back"));
    run_to(
        0,
        &[
            "clean",
            &text(&input),
            "--quiet",
            "--duplicates",
            "drop",
            "--out",
            &text(&out),
        ],
    );
    let dropped: Vec<bool> = rows(&out, "documents")
        .iter()
        .map(|d| d["dropped"] == true)
        .collect();
    assert_eq!(dropped.iter().filter(|d| **d).count(), 3, "{dropped:?}");
    assert!(!dropped[3], "the text that stands once stays");
    run_to(
        0,
        &["restore", &text(&out), "--quiet", "--out", &text(&back)],
    );
    assert_eq!(tree(&back), tree(&input));
    // Run again without dropping: nothing of the earlier run is left behind.
    run_to(
        0,
        &["clean", &text(&input), "--quiet", "--out", &text(&out)],
    );
    assert!(!out.join("_limpid/dropped").exists());
}

#[test]
fn a_changed_result_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    run_to(
        0,
        &[
            "clean",
            &text(&root().join("seeds")),
            "--quiet",
            "--out",
            &text(&out),
        ],
    );
    let file = out.join("001_82f99c685e714aa0.txt");
    let changed = std::fs::read_to_string(&file)
        .unwrap()
        .replace("Ten days", "Two days");
    std::fs::write(&file, changed).unwrap();
    let (_, err) = run_to(
        1,
        &[
            "restore",
            &text(&out),
            "--out",
            &text(&dir.path().join("back")),
        ],
    );
    assert!(
        err.contains("001_82f99c685e714aa0.txt") && err.contains("help:"),
        "{err}"
    );
}
