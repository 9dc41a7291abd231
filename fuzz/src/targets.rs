//! What must hold for any bytes: each function panics where it does not. The programs in `fuzz_targets/` run them under
//! libFuzzer, `tests/fuzz_corpora.rs` over the seeds in `corpus/`.

use std::time::{Duration, Instant};

use limpid::corpus::Format;
use limpid::corpus::compression::Compression;
use limpid::corpus::inputs::Input;
use limpid::corpus::read::{self, Body, Carrier, Raw, Reader};
use limpid::decode::{Decode, Html, Settings, encode};
use limpid::edit::{Change, EditLog, Offsets, restore_text};
use limpid::stage::Scratch;

/// Time that a text may take: a fixed part for slow machines, and some for each byte.
fn bound(bytes: usize) -> Duration {
    Duration::from_secs(5) + Duration::from_micros(200) * bytes as u32
}

/// Labels of the transport that the first byte of the input chooses among.
const HINTS: [Option<&str>; 8] = [
    None,
    Some("utf-8"),
    Some("windows-1252"),
    Some("shift_jis"),
    Some("utf-16le"),
    Some("johab"),
    Some("gb18030"),
    Some("iso-2022-jp"),
];

/// Reading: the bytes come back from text, encoding and record.
pub(crate) fn decode(bytes: &[u8]) {
    let Some((first, bytes)) = bytes.split_first() else {
        return;
    };
    let stage = Decode::new(&Settings::default()).expect("the defaults are valid");
    let begun = Instant::now();
    let Ok(read) = stage.read(bytes, HINTS[usize::from(first % 8)]) else {
        return;
    };
    let record = serde_json::to_string(&read.record).expect("a record is JSON");
    let record = serde_json::from_str(&record).expect("and comes back");
    let back = encode(&read.text, &read.encoding, &record).expect("what was read can be written");
    assert!(back == bytes, "{} does not come back", read.encoding);
    assert!(begun.elapsed() < bound(bytes.len()), "slow");
}

/// The rules of the text level: the text comes back, and a second time nothing changes.
pub(crate) fn normalise(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let stage = Decode::new(&Settings::default()).expect("the defaults are valid");
    let begun = Instant::now();
    let mut log = EditLog::new(text.clone().into_owned());
    stage.normalise(&mut log, &mut Scratch::new());
    assert!(begun.elapsed() < bound(bytes.len()), "slow");
    comes_back(&log, &text);
}

/// Pages of HTML: the source comes back from the lines that a reader sees.
pub(crate) fn page(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut settings = Settings::default();
    settings.html = Html::Always;
    let stage = Decode::new(&settings).expect("the settings are valid");
    let begun = Instant::now();
    let mut log = EditLog::new(text.clone().into_owned());
    let _ = stage.markup(&mut log, true);
    stage.normalise(&mut log, &mut Scratch::new());
    assert!(begun.elapsed() < bound(bytes.len()), "slow");
    comes_back(&log, &text);
}

/// JSON strings: the literal comes back from its text and its writer's habit.
pub(crate) fn record(bytes: &[u8]) {
    use limpid::corpus::json_text::{Escapes, unescape};
    let Ok(literal) = std::str::from_utf8(bytes) else {
        return;
    };
    // What no parser accepts must do no harm either.
    let text = unescape(literal);
    if serde_json::from_str::<&serde_json::value::RawValue>(literal).is_err()
        || literal.trim() != literal
        || !literal.starts_with('"')
    {
        return;
    }
    let text = text.expect("what a parser accepts as a string is one");
    assert!(
        Escapes::of(literal, &text).write(&text) == literal,
        "{literal}"
    );
}

fn comes_back(log: &EditLog, source: &str) {
    let rows = log.rows();
    let offsets = Offsets::new(log.source());
    let changes: Vec<Change<'_>> = rows
        .iter()
        .filter(|r| r.applied)
        .map(|r| Change {
            span: offsets.char_span(r.span),
            before: &r.before,
            after: &r.after,
        })
        .collect();
    let back = restore_text(log.text(), &changes).expect("rows restore");
    assert!(back == source, "the text does not come back");
}

/// The documents of a file of `format` that holds `bytes`.
fn documents(bytes: &[u8], format: Format) -> Vec<Raw> {
    let input = Input {
        source: "memory".into(),
        path: "memory".into(),
        format,
        compression: Compression::None,
        bytes: 0,
        named: None,
    };
    let stream = Box::new(std::io::Cursor::new(bytes.to_vec()));
    let reader = Reader::over(&input, &read::Settings::default(), stream);
    reader.into_iter().flatten().flatten().collect()
}

/// Records of CSV stand in the file as they are, one behind the other, and the text's literal is written as it was.
pub(crate) fn csv(bytes: &[u8]) {
    let mut from = 0;
    for raw in documents(bytes, Format::Csv) {
        let Body::Record(record) = raw.body else {
            panic!("a file of records is no document");
        };
        let Carrier::Line(line) = &record.carrier else {
            panic!("a record of CSV is a stretch of text");
        };
        let at = raw.offset as usize;
        assert!(at >= from, "records do not overlap");
        from = at + line.raw.len();
        assert_eq!(&bytes[at..from], line.raw.as_bytes());
        let text = record.content.text().expect("a record of CSV is text");
        assert_eq!(line.with(text, &line.habit(text)), line.raw);
    }
}

/// Documents of a web archive come in the order of the file, each out of bytes of its own.
pub(crate) fn warc(bytes: &[u8]) {
    let begun = Instant::now();
    let mut from = 0;
    for raw in documents(bytes, Format::Warc) {
        assert!(raw.offset >= from, "records do not overlap");
        from = raw.offset + 1;
        assert!(bytes[raw.offset as usize..].starts_with(b"WARC/"));
    }
    assert!(begun.elapsed() < bound(bytes.len()));
}
