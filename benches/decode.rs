//! Speed of the decode stage in input bytes: reading, normalising and naming the language of clean and damaged text,
//! beside the bare validation of the same bytes as UTF-8.

use divan::Bencher;
use divan::counter::BytesCount;
use limpid::decode::{Decode, Settings, language};
use limpid::edit::EditLog;
use limpid::stage::Scratch;

fn main() {
    divan::main();
}

const SIZE: usize = 10_000_000;
const ASCII: &str = "It was a bright cold day in April, and the clocks were striking thirteen.\n";
const GERMAN: &str = "Größe und Maß für alle Straßen – über „schöne“ Städte und Flüsse.\n";
const RUSSIAN: &str = "Все счастливые семьи похожи друг на друга, каждая несчастлива по-своему.\n";
const JAPANESE: &str = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。\n";
const GARBLED: &str = "Lâ€™Ã©tÃ© dernier, jâ€™ai reÃ§u une trÃ¨s belle lettre de mon frÃ¨re.\n";
const CLEAN: [&str; 4] = ["ascii", "german", "russian", "japanese"];

fn text(name: &str) -> String {
    let line = match name {
        "german" => GERMAN,
        "russian" => RUSSIAN,
        "japanese" => JAPANESE,
        "garbled" => GARBLED,
        _ => ASCII,
    };
    line.repeat(SIZE / line.len())
}

fn decode() -> Decode {
    Decode::new(&Settings::default()).expect("the defaults are valid")
}

/// What cannot be done without: the yardstick.
#[divan::bench(args = CLEAN)]
fn validate(bencher: Bencher<'_, '_>, name: &str) {
    let text = text(name);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench_local(|| simdutf8::basic::from_utf8(text.as_bytes()).is_ok());
}

/// What every reader of a text does: a copy.
#[divan::bench(args = ["ascii"])]
fn copy(bencher: Bencher<'_, '_>, name: &str) {
    let text = text(name);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench_local(|| text.clone());
}

#[divan::bench(args = CLEAN)]
fn read(bencher: Bencher<'_, '_>, name: &str) {
    let text = text(name);
    let decode = decode();
    assert_eq!(
        decode.read(text.as_bytes(), None).expect("it is text").text,
        text
    );
    bencher
        .counter(BytesCount::of_str(&text))
        .bench_local(|| decode.read(text.as_bytes(), None));
}

#[divan::bench(args = ["windows-1252", "koi8-r", "shift_jis"])]
fn read_legacy(bencher: Bencher<'_, '_>, encoding: &str) {
    let text = text(match encoding {
        "koi8-r" => "russian",
        "shift_jis" => "japanese",
        _ => "german",
    });
    let codec =
        encoding_rs::Encoding::for_label(encoding.as_bytes()).expect("a label of the standard");
    let bytes = codec.encode(&text).0.into_owned();
    let decode = decode();
    let read = decode.read(&bytes, None).expect("it is text");
    assert_eq!(read.text, text);
    bencher
        .counter(BytesCount::of_slice(&bytes))
        .bench_local(|| decode.read(&bytes, None));
}

#[divan::bench(args = ["ascii", "german", "russian", "japanese", "garbled"])]
fn normalise(bencher: Bencher<'_, '_>, name: &str) {
    let text = text(name);
    let decode = decode();
    let mut scratch = Scratch::new();
    let mut log = EditLog::new(text.clone());
    decode.normalise(&mut log, &mut scratch);
    assert_eq!(log.text() != text, name == "garbled");
    bencher
        .counter(BytesCount::of_str(&text))
        .with_inputs(|| EditLog::new(text.clone()))
        .bench_local_values(|mut log| {
            decode.normalise(&mut log, &mut scratch);
            log
        });
}

/// A document, whatever its length: a sample is looked at.
#[divan::bench(args = CLEAN)]
fn language_of_a_document(bencher: Bencher<'_, '_>, name: &str) {
    let text = text(name);
    bencher.bench_local(|| language(&text));
}
