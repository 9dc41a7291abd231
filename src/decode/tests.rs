use proptest::prelude::*;

use super::*;
use crate::edit::{Change, Offsets, restore_text};

fn clean(text: &str) -> EditLog {
    let decode = Decode::new(&Settings::default()).unwrap();
    let mut log = EditLog::new(text.to_owned());
    decode.normalise(&mut log, &mut Scratch::new());
    log
}

fn assert_clean(from: &str, to: &str) {
    assert_eq!(clean(from).text(), to, "{from:?}");
}

#[test]
fn line_ends_become_line_feeds_and_form_feeds_do_not_double_them() {
    assert_clean(
        "a\r\nb\rc\u{85}d\u{2028}e\u{B}f\n\u{C}g\u{C}h\r\r\ni",
        "a\nb\nc…d\ne\nf\ng\nh\ni",
    );
    assert_clean("one\u{85}two\u{85}three", "one\ntwo\nthree");
}

#[test]
fn invisible_characters_go_where_they_do_nothing() {
    assert_clean("a\u{200B}b\u{FEFF}c\u{AD}d\u{2060}e\0f\x07g", "abcdefg");
    assert_clean("N\u{8}NA\u{8}AM\u{8}ME\u{8}E", "NAME");
    assert_clean("Auf\u{200C}lage", "Auflage");
    assert_clean("left\u{200E} to \u{202A}right\u{202C}", "left to right");
    for kept in [
        "می\u{200C}خواهم",
        "क्\u{200D}ष",
        "👨\u{200D}👩\u{200D}👧",
        "ภาษา\u{200B}ไทย",
        "שלום \u{200F}(a)\u{200E}",
        "1\u{FE0F}\u{20E3}",
    ] {
        assert_clean(kept, kept);
    }
}

#[test]
fn forms_and_spaces_become_plain() {
    assert_clean(
        "ﬁne ﬂow eﬀect oﬃce 10\u{A0}km\u{2009}/\u{202F}h",
        "fine flow effect office 10 km / h",
    );
    assert_clean("Ｈｅｌｌｏ plain！", "Hello plain!");
    assert_clean("全角ＡＢＣ！　です", "全角ＡＢＣ！　です");
    for kept in ["{'ﬁ': 'fi'}", "pattern [:：]\\ze"] {
        assert_clean(kept, kept);
    }
    assert_clean("Price：10 Ｎ\u{8}Ｎ１", "Price:10 N1");
    assert_clean("cafe\u{301}", "café");
    assert_clean("\x1B[1mbold\x1B[0m", "bold");
    assert_clean(r"smile \ud83d\ude00 now", "smile 😀 now");
    assert_clean("&acirc;&euro;&trade;", "’");
}

#[test]
fn rules_can_be_switched_off_and_on() {
    let settings: Settings =
        serde_json::from_str(r#"{"off":["nfc","entity"],"on":["quotes"]}"#).unwrap();
    let mut log = EditLog::new("“e\u{301}” &amp; ﬁn".into());
    Decode::new(&settings)
        .unwrap()
        .normalise(&mut log, &mut Scratch::new());
    assert_eq!(log.text(), "\"e\u{301}\" &amp; fin");
    let wrong: Settings = serde_json::from_str(r#"{"off":["nonsense"]}"#).unwrap();
    assert!(Decode::new(&wrong).is_err());
    assert!(serde_json::from_str::<Settings>(r#"{"unknown":1}"#).is_err());
}

fn golden(name: &str) -> Vec<Vec<String>> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/decode")
        .join(name);
    let text = std::fs::read_to_string(&path).unwrap();
    // Characters that a reader of the table could not see are escaped as \u{…}.
    let row = |line: &str| line.split('\t').map(unescape).collect();
    text.lines()
        .filter(|l| !l.is_empty() && !l.starts_with('#'))
        .map(row)
        .collect()
}

fn unescape(field: &str) -> String {
    let mut out = String::new();
    let mut rest = field;
    while let Some((head, tail)) = rest.split_once("\\u{") {
        out.push_str(head);
        let (hex, tail) = tail.split_once('}').unwrap();
        out.push(char::from_u32(u32::from_str_radix(hex, 16).unwrap()).unwrap());
        rest = tail;
    }
    out + rest
}

#[test]
fn the_table_of_mojibake_is_repaired() {
    let mut cases = golden("mojibake.tsv");
    cases.extend(golden("garbled.tsv"));
    assert!(cases.len() >= 300);
    let mut wrong = String::new();
    for case in &cases {
        let got = clean(&case[1]);
        if got.text() != case[2] {
            use std::fmt::Write;
            let _ = writeln!(
                wrong,
                "{}\n  from {:?}\n  want {:?}\n  got  {:?}\n",
                case[0],
                case[1],
                case[2],
                got.text()
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn lines_that_only_look_like_mojibake_stay() {
    let cases = golden("clean.tsv");
    assert!(cases.len() >= 100);
    let wrong: Vec<_> = cases
        .iter()
        .filter(|c| clean(&c[0]).text() != c[0])
        .map(|c| (&c[0], clean(&c[0]).text().to_owned()))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Texts of what the rules look at, mixed with plain letters.
fn messy() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-zA-Z0-9 .,\n]{0,6}",
        "[ÃÂâÅÄРСÐÑ├ΓΞΟ€™œ\u{80}-\u{9F}\u{A0}-ÿ]{0,4}",
        "[\r\u{B}\u{C}\u{85}\u{2028}\u{200B}-\u{200F}\u{202A}-\u{202E}\u{FEFF}\u{AD}\u{8}\u{1B}\0]{0,3}",
        "[e\u{300}-\u{303}\u{323}\u{212B}\u{1112}\u{1161}\u{11AB}\u{3099}か\u{93C}क]{0,4}",
        "(&amp;|&lt;|&quot;|&eacute;|&#146;|&#x2019;|&amp;amp;|amp;|&|\\\\ud83d\\\\ude00|\u{1B}\\[3m|ﬁ|Ａ|漢|ش|ש|👨){0,3}",
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..10).prop_map(|p| p.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn twice_is_once_and_rows_restore(text in messy()) {
        let log = clean(&text);
        let rows = log.rows();
        let offsets = Offsets::new(log.source());
        let changes: Vec<Change<'_>> = rows
            .iter()
            .filter(|r| r.applied)
            .map(|r| Change { span: offsets.char_span(r.span), before: &r.before, after: &r.after })
            .collect();
        prop_assert_eq!(restore_text(log.text(), &changes).unwrap(), text);
        let again = clean(log.text());
        prop_assert_eq!(again.text(), log.text());
    }

    #[test]
    fn any_bytes_come_back(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let decode = Decode::new(&Settings::default()).unwrap();
        if let Ok(d) = decode.read(&bytes, None) {
            prop_assert_eq!(encode(&d.text, &d.encoding, &d.record).unwrap(), bytes);
        }
    }

    #[test]
    fn any_bytes_come_back_from_every_encoding(bytes in prop::collection::vec(any::<u8>(), 0..120), which in 0..ENCODINGS.len()) {
        let settings = Settings { encoding: Some(ENCODINGS[which].to_owned()), ..Settings::default() };
        let decode = Decode::new(&settings).unwrap();
        let d = decode.read(&bytes, None).unwrap();
        let record: ByteRecord = serde_json::from_str(&serde_json::to_string(&d.record).unwrap()).unwrap();
        prop_assert_eq!(encode(&d.text, &d.encoding, &record).unwrap(), bytes);
    }
}

const ENCODINGS: [&str; 53] = [
    "utf-8",
    "utf-16le",
    "utf-16be",
    "utf-32le",
    "utf-32be",
    "ibm866",
    "iso-8859-2",
    "iso-8859-3",
    "iso-8859-4",
    "iso-8859-5",
    "iso-8859-6",
    "iso-8859-7",
    "iso-8859-8",
    "iso-8859-8-i",
    "iso-8859-10",
    "iso-8859-13",
    "iso-8859-14",
    "iso-8859-15",
    "iso-8859-16",
    "koi8-r",
    "koi8-u",
    "macintosh",
    "windows-874",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "windows-1253",
    "windows-1254",
    "windows-1255",
    "windows-1256",
    "windows-1257",
    "windows-1258",
    "x-mac-cyrillic",
    "gbk",
    "gb18030",
    "big5",
    "euc-jp",
    "iso-2022-jp",
    "shift_jis",
    "euc-kr",
    "x-user-defined",
    "cp437",
    "cp850",
    "cp852",
    "cp855",
    "cp857",
    "cp037",
    "cp424",
    "cp869",
    "kz1048",
    "ptcp154",
    "mac-latin2",
    "johab",
];
