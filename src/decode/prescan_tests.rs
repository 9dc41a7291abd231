use std::path::PathBuf;

use super::*;

fn name(html: &str) -> Option<String> {
    declared(html.as_bytes()).map(Codec::name)
}

/// Page, and the encoding that a browser takes from its first bytes.
const CASES: [(&str, Option<&str>); 35] = [
    ("<meta charset=koi8-r>", Some("koi8-r")),
    ("<META\tCharSet = 'Shift_JIS'/>", Some("shift_jis")),
    ("<meta/charset=euc-kr>", Some("euc-kr")),
    ("<meta charset=\" windows-1251 \">", Some("windows-1251")),
    ("<metal charset=koi8-r>", None),
    ("<metacharset=koi8-r>", None),
    ("plain text about charset=koi8-r", None),
    // What stands in comments, attributes and other tags is not a declaration.
    (
        "<!-- <meta charset=big5> --><meta charset=gbk>",
        Some("gbk"),
    ),
    ("<!--><meta charset=gbk>", Some("gbk")),
    ("<!---><meta charset=gbk>", Some("gbk")),
    ("<!-- <meta charset=gbk>", None),
    (
        "<p title='<meta charset=big5>'><meta charset=gbk>",
        Some("gbk"),
    ),
    (
        "<p title='>' class=\"<meta charset=big5>\"><meta charset=gbk>",
        Some("gbk"),
    ),
    (
        "</p title='<meta charset=big5>'><meta charset=gbk>",
        Some("gbk"),
    ),
    ("<!doctype html><?php x?><meta charset=gbk>", Some("gbk")),
    ("<1 <meta charset=gbk>", Some("gbk")),
    // The pragma needs both its halves, in either order; a charset attribute needs neither.
    (
        "<meta http-equiv=Content-Type content='text/html; charset=\"gbk\"'>",
        Some("gbk"),
    ),
    (
        "<meta content='text/html;charset=gbk;x=y' http-equiv=\"content-type\">",
        Some("gbk"),
    ),
    ("<meta content='text/html; charset=gbk'>", None),
    ("<meta http-equiv=refresh content='0; charset=gbk'>", None),
    (
        "<meta http-equiv=Content-Type content='charset gbk charset = gbk'>",
        Some("gbk"),
    ),
    (
        "<meta http-equiv=Content-Type content='charset=\"gbk'>",
        None,
    ),
    (
        "<meta http-equiv=Content-Type charset=big5 content='charset=gbk'>",
        Some("big5"),
    ),
    (
        "<meta http-equiv=Content-Type content='charset=gbk' charset=big5>",
        Some("big5"),
    ),
    (
        "<meta content='x' content='charset=gbk' http-equiv=Content-Type>",
        None,
    ),
    // An unknown label is passed over, UTF-16 means UTF-8, x-user-defined means windows-1252.
    (
        "<meta charset=nonsense><meta charset=euc-kr>",
        Some("euc-kr"),
    ),
    (
        "<meta charset=nonsense http-equiv=Content-Type content='charset=gbk'>",
        None,
    ),
    ("<meta charset=utf-16>", Some("utf-8")),
    ("<meta charset=x-user-defined>", Some("windows-1252")),
    // A tag without end declares nothing.
    ("<meta charset=gbk", None),
    ("<meta charset='gbk>", None),
    ("<meta charset=gbk\"><p>\"</p>", None),
    // XML.
    (
        "<?xml version='1.0' encoding = \"iso-8859-2\"?><a/>",
        Some("iso-8859-2"),
    ),
    ("<?xml version='1.0'?><meta charset=gbk>", Some("gbk")),
    (" <?xml version='1.0' encoding='iso-8859-2'?>", None),
];

#[test]
fn declarations_are_read_as_browsers_read_them() {
    for (page, want) in CASES {
        assert_eq!(name(page).as_deref(), want, "{page}");
    }
    let far = format!("{}<meta charset=gbk>", " ".repeat(REACH));
    assert_eq!(name(&far), None);
}

/// The cases of html5lib: pages and the encoding that a browser must choose before any script runs, windows-1252 where
/// nothing is declared.
#[test]
fn the_cases_of_html5lib_pass() {
    let shared =
        std::env::var_os("LIMPID_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let folder = shared.join("data/encoding_html5lib");
    let mut wrong = Vec::new();
    let mut total = 0;
    for file in ["tests1.dat", "tests2.dat", "test-yahoo-jp.dat"] {
        let Ok(bytes) = std::fs::read(folder.join(file)) else {
            eprintln!(
                "SKIPPED: no {} (LIMPID_SHARED names its folder)",
                folder.join(file).display()
            );
            return;
        };
        for (page, want) in cases(&bytes) {
            total += 1;
            let marked = page.starts_with(Codec::UTF_8.bom()).then_some(Codec::UTF_8);
            let found = marked
                .or_else(|| declared(page))
                .map_or_else(|| "windows-1252".to_owned(), Codec::name);
            let want = Codec::for_label(&want).map_or(want, Codec::name);
            if found != want {
                wrong.push(format!(
                    "{file}: {:?}: {found}, not {want}",
                    String::from_utf8_lossy(&page[page.len().saturating_sub(200)..])
                ));
            }
        }
    }
    assert!(total > 70, "{total} cases");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Pages and labels of a file in html5lib's format.
fn cases(bytes: &[u8]) -> Vec<(&[u8], String)> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while let Some(at) = memchr::memmem::find(rest, b"#data\n") {
        rest = &rest[at + 6..];
        let Some(end) = memchr::memmem::find(rest, b"\n#encoding\n") else {
            break;
        };
        let label = &rest[end + 11..];
        let length = memchr::memchr(b'\n', label).unwrap_or(label.len());
        out.push((
            &rest[..end],
            String::from_utf8_lossy(&label[..length]).into_owned(),
        ));
        rest = &label[length..];
    }
    out
}
