//! Pages of HTML through the command: the text that stays, what the page tells of itself, the way back.

#![allow(clippy::unwrap_used)]

mod common;

use std::fmt::Write as _;

use common::{rows, run_to, text, tree};

/// A page as sites make them: menu, teasers of other articles, share row, comments, footer.
fn page() -> String {
    let mut out = String::from(
        "<!DOCTYPE html>\r\n<html lang=\"en\"><head><meta charset=utf-8>\
         <title>Old bridge opens again - The Valley Post</title>\
         <meta property=\"og:site_name\" content=\"The Valley Post\">\
         <meta name=author content=\"Ann Reed\"><meta property=\"article:published_time\" content=\"2021-05-04T08:00:00Z\">\
         <link rel=canonical href=\"https://valley.example/bridge\"><script>var x = '<p>never</p>';</script></head><body>\r\n\
         <nav class=\"main-menu\"><ul>",
    );
    for item in ["Home", "Sport", "Business", "Culture", "Weather"] {
        write!(out, "<li><a href=\"/{item}\">{item}</a></li>").unwrap();
    }
    out.push_str("</ul></nav>\r\n<main><article class=\"post\"><h1>Old bridge opens again</h1><div class=\"article-body\">");
    for paragraph in PROSE {
        write!(out, "<p>{paragraph}</p>\r\n").unwrap();
    }
    out.push_str("<figure><img src=a.jpg><figcaption>The middle arch seen from the mill</figcaption></figure>");
    out.push_str("</div><div class=\"share-buttons\"><a href=#>Share on Facebook</a> <a href=#>Tweet</a></div></article>\r\n");
    out.push_str("<aside class=\"related-posts\"><h3>More from the valley</h3><ul>");
    for teaser in [
        "Market hall gets a new roof",
        "School choir wins the regional cup",
        "Bus line 4 runs later at night",
    ] {
        write!(out, "<li><a href=\"/t\">{teaser}</a></li>").unwrap();
    }
    out.push_str(
        "</ul></aside></main><footer><p>&copy; 2021 The Valley Post. All rights reserved.</p>\
         <a href=/p>Privacy policy</a> <a href=/i>Imprint</a></footer></body></html>\r\n",
    );
    out
}

const PROSE: [&str; 4] = [
    "The stone bridge over the river has been opened to walkers &amp; riders again after two years of repair, the town council said on Tuesday.",
    "Masons had found deep cracks in the middle arch in the spring of 2019, and the council closed the bridge the same evening. Since then everybody who wanted to reach the mill had to go round by the new road.",
    "&ldquo;We have turned every stone in our hands,&rdquo; said the master mason, who led a team of twelve. The arch now rests on new oak piles, and the parapet was built again from the old blocks.",
    "Cars will have to wait until the autumn. The council wants to see how the arch bears the winter before it decides whether the bridge can carry them at all.",
];

#[test]
fn the_article_stays_and_the_rest_goes() {
    let dir = tempfile::tempdir().unwrap();
    let (input, out, back) = (
        dir.path().join("in"),
        dir.path().join("out"),
        dir.path().join("back"),
    );
    std::fs::create_dir(&input).unwrap();
    std::fs::write(input.join("bridge.html"), page()).unwrap();
    // The same page as a record, and a text that speaks of markup without being a page.
    let record =
        serde_json::json!({"id": "r1", "url": "https://valley.example/b2", "text": page()});
    let talk = "To begin a page, write <html> and then <body>; the rest follows from there, as the chapter shows.\n";
    let other = serde_json::json!({"id": "r2", "text": talk});
    std::fs::write(input.join("more.jsonl"), format!("{record}\n{other}\n")).unwrap();
    run_to(
        0,
        &["clean", &text(&input), "--quiet", "--out", &text(&out)],
    );

    let cleaned = std::fs::read_to_string(out.join("bridge.html")).unwrap();
    for wanted in [
        "walkers & riders again",
        "“We have turned every stone",
        "whether the bridge can carry them at all.",
    ] {
        assert!(cleaned.contains(wanted), "{wanted} in {cleaned}");
    }
    for unwanted in [
        "<p>",
        "never",
        "Business",
        "Facebook",
        "Market hall",
        "Privacy",
        "rights reserved",
        "&amp;",
    ] {
        assert!(!cleaned.contains(unwanted), "{unwanted} in {cleaned}");
    }
    assert!(!cleaned.contains("seen from the mill"));
    let captions: Vec<_> = rows(&out, "edits")
        .into_iter()
        .filter(|e| e["id"] == "bridge.html" && e["rule"] == "caption")
        .collect();
    assert_eq!(captions.len(), 1, "{captions:?}");
    let documents = rows(&out, "documents");
    let of = |id: &str| documents.iter().find(|d| d["id"] == id).unwrap();
    assert!(of("bridge.html")["words_in"].as_u64().unwrap() < 250);
    let facts = &of("bridge.html")["metadata"];
    assert_eq!(facts["title"], "Old bridge opens again");
    assert_eq!(facts["author"], "Ann Reed");
    assert_eq!(facts["date"], "2021-05-04");
    assert_eq!(facts["site"], "The Valley Post");
    assert_eq!(facts["url"], "https://valley.example/bridge");
    assert_eq!(of("r1")["metadata"]["url"], "https://valley.example/b2");
    let lines = std::fs::read_to_string(out.join("more.jsonl")).unwrap();
    let records: Vec<serde_json::Value> = lines
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert_eq!(records[0]["text"], cleaned.as_str());
    assert_eq!(records[1]["text"], talk);

    run_to(
        0,
        &["restore", &text(&out), "--quiet", "--out", &text(&back)],
    );
    assert_eq!(tree(&input), tree(&back));
}

#[test]
fn markup_can_be_left_as_it_is_and_fragments_read_as_pages() {
    let dir = tempfile::tempdir().unwrap();
    let (file, out) = (dir.path().join("a.html"), dir.path().join("out"));
    std::fs::write(&file, page()).unwrap();
    let clean = [
        "clean",
        &text(&file),
        "--quiet",
        "--stages",
        "decode",
        "--out",
        &text(&out),
    ];
    run_to(0, &[&clean[..], &["--html", "never"]].concat());
    assert!(
        std::fs::read_to_string(out.join("a.html"))
            .unwrap()
            .contains("<nav class=")
    );

    let fragment = dir.path().join("b.txt");
    std::fs::write(&fragment, "<p>One.</p><p>Two.</p>").unwrap();
    let clean = [
        "clean",
        &text(&fragment),
        "--quiet",
        "--stages",
        "decode",
        "--out",
        &text(&out),
    ];
    run_to(0, &clean);
    assert!(
        std::fs::read_to_string(out.join("b.txt"))
            .unwrap()
            .contains("<p>")
    );
    run_to(0, &[&clean[..], &["--html", "always"]].concat());
    assert_eq!(
        std::fs::read_to_string(out.join("b.txt")).unwrap(),
        "One.\n\nTwo.\n"
    );
}
