//! Texts made to keep the stage busy: each must pass in time that grows as the text does.

use std::time::{Duration, Instant};

use super::*;

/// Bytes of each text.
const SIZE: usize = 1_000_000;
/// Far above what a linear pass takes in a debug build on a busy machine, far below what a quadratic one takes.
const CEILING: Duration = Duration::from_secs(30);

fn timed<T>(name: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    let took = start.elapsed();
    assert!(took < CEILING, "{name:?} took {took:?}");
    result
}

fn normalise(text: String, name: &str) -> EditLog {
    let decode = Decode::new(&Settings::default()).unwrap();
    let mut log = EditLog::new(text);
    timed(name, || {
        decode.normalise(&mut log, &mut Scratch::new());
    });
    log
}

#[test]
fn one_thing_over_and_over_takes_linear_time() {
    let pieces = [
        "\u{85}",
        "\u{80}",
        "\r",
        "\u{B}",
        "\u{C}a",
        "\0",
        "\u{8}",
        "Ｎ\u{8}",
        "_\u{8}",
        "\u{200B}",
        "\u{200D}",
        "\u{200C}a",
        "\u{202A}",
        "\u{301}",
        "\u{301}\u{323}",
        "e\u{301}",
        "&",
        "&amp;",
        "&amp",
        "&lt;a ",
        "&#38;#38;",
        "\u{FFFD}",
        "\u{1B}",
        "\u{1B}[",
        "\u{1B}]",
        "\\ud83d\\ude00",
        "\\u",
        "Ã",
        "Ã©",
        "Ã ",
        "â€",
        "Ã© Größe ",
        "Ð¿Ñ€Ð¸",
        "Г©",
        "ГҐВ",
        "ðŸ˜€",
        "Ｈ",
        "ﬁ",
        "\u{A0}",
    ];
    for piece in pieces {
        normalise(piece.repeat(SIZE / piece.len()), piece);
    }
}

#[test]
fn damage_upon_damage_takes_linear_time() {
    let (mut garbled, mut escaped) = ("é".to_owned(), "&".to_owned());
    for _ in 0..6 {
        garbled = encoding_rs::WINDOWS_1252
            .decode(garbled.as_bytes())
            .0
            .into_owned();
        escaped = escaped.replace('&', "&amp;");
    }
    for (layers, clean) in [(garbled + " a ", "é a "), (escaped + " b ", "& b ")] {
        let times = SIZE / layers.len();
        let log = normalise(layers.repeat(times), &layers);
        assert!(
            log.text() == clean.repeat(times),
            "{layers:?} did not come clean"
        );
    }
}

#[test]
fn bytes_of_one_kind_are_read_and_restored_in_linear_time() {
    let pieces: [(&[u8], Option<&str>); 9] = [
        (b"\xFF", None),
        (b"\xC3\xA9\xC3\xA9\xFF", None),
        (b"\xEF\xBF\xBD", None),
        (b"\x1B$B", None),
        (b"\x1B(B\x1B$B0!", Some("iso-2022-jp")),
        (b"\x87\x40", Some("big5")),
        (b"\x87\x40abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", Some("big5")),
        (b"\xA1\xA1\x80", Some("gbk")),
        (b"\x00\xD8", Some("utf-16le")),
    ];
    for (piece, encoding) in pieces {
        let bytes = piece.repeat(SIZE / piece.len());
        let settings = Settings {
            encoding: encoding.map(str::to_owned),
            ..Settings::default()
        };
        let decode = Decode::new(&settings).unwrap();
        timed(&format!("{piece:?}"), || {
            if let Ok(d) = decode.read(&bytes, None) {
                assert!(encode(&d.text, &d.encoding, &d.record).unwrap() == bytes);
            }
        });
    }
}
