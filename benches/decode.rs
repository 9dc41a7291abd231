//! Speed of the decode stage on input bytes: clean ASCII, clean text beyond ASCII, garbled text, legacy bytes.

use divan::Bencher;
use divan::counter::BytesCount;
use limpid::decode::{Decode, Settings};
use limpid::edit::EditLog;
use limpid::stage::Scratch;

fn main() {
    divan::main();
}

const ASCII: &str = "It was a bright cold day in April, and the clocks were striking thirteen.\n";
const GERMAN: &str = "Größe und Maß für alle Straßen – über „schöne“ Städte und Flüsse.\n";
const RUSSIAN: &str = "Все счастливые семьи похожи друг на друга, каждая несчастлива по-своему.\n";
const GARBLED: &str = "Lâ€™Ã©tÃ© dernier, jâ€™ai reÃ§u une trÃ¨s belle lettre de mon frÃ¨re.\n";

fn normalise(bencher: Bencher<'_, '_>, line: &str, changes: bool) {
    let text = line.repeat(4_000_000 / line.len());
    let decode = Decode::new(&Settings::default()).expect("the defaults are valid");
    let mut scratch = Scratch::new();
    let mut log = EditLog::new(text.clone());
    decode.normalise(&mut log, &mut scratch);
    assert_eq!(log.text() != text, changes);
    bencher
        .counter(BytesCount::of_str(&text))
        .with_inputs(|| EditLog::new(text.clone()))
        .bench_local_values(|mut log| {
            decode.normalise(&mut log, &mut scratch);
            log
        });
}

#[divan::bench]
fn clean_ascii(bencher: Bencher<'_, '_>) {
    normalise(bencher, ASCII, false);
}

#[divan::bench]
fn clean_german(bencher: Bencher<'_, '_>) {
    normalise(bencher, GERMAN, false);
}

#[divan::bench]
fn clean_russian(bencher: Bencher<'_, '_>) {
    normalise(bencher, RUSSIAN, false);
}

#[divan::bench]
fn garbled(bencher: Bencher<'_, '_>) {
    normalise(bencher, GARBLED, true);
}

#[divan::bench(args = ["utf-8", "koi8-r"])]
fn read(bencher: Bencher<'_, '_>, encoding: &str) {
    let text = RUSSIAN.repeat(1_000_000 / RUSSIAN.len());
    let codec =
        encoding_rs::Encoding::for_label(encoding.as_bytes()).expect("a label of the standard");
    let bytes = codec.encode(&text).0.into_owned();
    let decode = Decode::new(&Settings::default()).expect("the defaults are valid");
    assert_eq!(
        decode.read(&bytes, None).expect("it is text").encoding,
        encoding
    );
    bencher
        .counter(BytesCount::of_slice(&bytes))
        .bench_local(|| decode.read(&bytes, None));
}
