use super::*;
use crate::document::{Mark, Tag};
use crate::edit::{Change, Offsets, restore_text};

fn read(page: &str) -> (EditLog, Markup) {
    let mut log = EditLog::new(page.to_owned());
    let markup = Reader::new()
        .unwrap()
        .read(&mut log, crate::edit::MARKUP)
        .unwrap();
    (log, markup)
}

/// The page again, from the text and its rows.
fn restored(log: &EditLog) -> String {
    let (rows, offsets) = (log.rows(), Offsets::new(log.source()));
    let changes: Vec<Change<'_>> = rows
        .iter()
        .map(|r| Change {
            span: offsets.char_span(r.span),
            before: &r.before,
            after: &r.after,
        })
        .collect();
    restore_text(log.text(), &changes).unwrap()
}

fn text(page: &str) -> String {
    read(page).0.text().to_owned()
}

#[test]
fn blocks_stand_on_lines_of_their_own() {
    assert_eq!(
        text("<h1>Head</h1><p>One  two\nthree</p><div>a</div><div>b<br>c</div>"),
        "Head\n\nOne two three\n\na\nb\nc\n"
    );
    assert_eq!(text("<ul><li>a<li>b</ul>tail"), "a\nb\n\ntail\n");
    assert_eq!(
        text("<table><tr><td>a<td>b<tr><td>c<td>d</table>"),
        "a\tb\nc\td\n"
    );
    assert_eq!(text("<p>a<p>b"), "a\n\nb\n");
    assert_eq!(text("x<b>y</b> <i>z</i>"), "xy z\n");
}

#[test]
fn what_is_not_shown_goes() {
    assert_eq!(
        text(
            "<head><title>T</title><style>p{}</style></head><body><script>var a='<p>no</p>';</script>\
             <p hidden>no</p><p style='color:red; DISPLAY : none'>no</p><noscript><p>no</p></noscript>\
             <select><option>no</select><template><p>no</template><!-- no -->yes</body>"
        ),
        "yes\n"
    );
    assert_eq!(
        text("<p>a<span style='display:none'>no</span>b</p>"),
        "ab\n"
    );
}

#[test]
fn a_page_that_hides_nearly_all_of_itself_is_shown() {
    assert_eq!(
        text(
            "<body style='visibility:hidden'><p>Shown once a script has run.</p><script>var x</script></body>"
        ),
        "Shown once a script has run.\n"
    );
    assert_eq!(
        text(
            "<p>Shown, and longer than a third of the rest.</p><p hidden>Not shown, though long enough.</p>"
        ),
        "Shown, and longer than a third of the rest.\n"
    );
}

#[test]
fn references_become_characters_and_blanks_one_space() {
    assert_eq!(
        text("a &amp; b &lt;c&gt; &#233;&#xE9; x&nbsp;&nbsp;y"),
        "a & b <c> éé x y\n"
    );
    assert_eq!(text("AT&T &unknown; 5 &copy 6"), "AT&T &unknown; 5 © 6\n");
    assert_eq!(text("&amp;amp;"), "&amp;\n");
}

#[test]
fn preformatted_text_keeps_its_lines() {
    assert_eq!(
        text("<p>x</p><pre>fn a() {\n    b\n\n}\n</pre>y"),
        "x\n\nfn a() {\n    b\n\n}\n\ny\n"
    );
    assert_eq!(
        text("<pre><b>fn</b> <i>a</i>() {\n    <b>let</b>\t<i>b</i>;  \n}</pre>"),
        "fn a() {\n    let    b;  \n}\n"
    );
}

#[test]
fn the_markup_can_be_had_back() {
    for page in [
        "<!doctype html>\r\n<html><body>\r\n<p>a&nbsp;b</p>\r\n<p>c</body></html>\r\n",
        "no tags at all",
        "",
        "   ",
        "<<p>< a &",
        "<p>é<b>ü</p></b>&#x1F600;\u{0}",
    ] {
        let (log, _) = read(page);
        assert_eq!(restored(&log), page, "{page:?}");
    }
}

#[test]
fn lines_know_their_elements() {
    let (log, markup) = read(
        "<nav class='main-menu'><a href=/a>Home</a></nav><article><p>Long <b>text</b> of it.</p></article>",
    );
    assert_eq!(log.text(), "Home\n\nLong text of it.\n");
    let structure = markup.structure;
    assert_eq!(structure.lines.len(), 2);
    let [menu, prose] = [structure.lines[0], structure.lines[1]];
    assert_eq!((menu.text, menu.linked), (4, 4));
    assert_eq!(prose.linked, 0);
    let tags: Vec<Tag> = structure.up(prose.element).map(|e| e.tag).collect();
    assert_eq!(tags[..2], [Tag::Paragraph, Tag::Article]);
    assert!(
        structure
            .up(menu.element)
            .any(|e| e.marks & Mark::Navigation.bit() != 0)
    );
    assert_eq!(structure.common(menu.element, prose.element), 0);
}

#[test]
fn lines_follow_the_text_that_later_rules_leave() {
    let (mut log, markup) = read("<p>\u{200B}</p><p>one</p><p>two</p>");
    let mut structure = markup.structure;
    assert_eq!(structure.lines.len(), 3);
    let edits = vec![crate::edit::Edit::new(
        ByteSpan::new(0, 3),
        "",
        "zero-width",
        1.0,
    )];
    log.push(StageName::Decode, edits);
    structure.follow(&log);
    assert_eq!(structure.lines.len(), 2);
    assert!(structure.lines[0].source < structure.lines[1].source);
}

#[test]
fn pages_are_told_by_their_beginning() {
    for page in [
        "<!DOCTYPE html><p>",
        "\u{FEFF}\n<!-- saved --><?xml version='1.0'?>\n<html lang=en>",
        "<HEAD>",
        "<body class=x>",
    ] {
        assert!(is_page(page), "{page}");
    }
    for text in [
        "<p>a paragraph",
        "if a <html then",
        "<htmlx>",
        "",
        "<!-- only",
        "html",
    ] {
        assert!(!is_page(text), "{text}");
    }
}

#[test]
fn facts_come_from_the_surest_source() {
    let (_, markup) = read(
        r#"<html lang="de"><head><title>Die Brücke | Blatt</title>
        <meta property="og:site_name" content="Blatt"><meta property="og:title" content="Die Br&uuml;cke | Blatt">
        <meta name="author" content="A. Muster"><meta name="description" content="&lt;p&gt;Offen.&lt;/p&gt;"><link rel="canonical" href="https://blatt.example/bruecke">
        <meta property="article:published_time" content="2020-02-03T10:00:00+01:00">
        <script type="application/ld+json">{"@context":"x","@graph":[{"@type":"Organization","name":"no"},
        {"@type":"NewsArticle","publisher":{"@id":"https://blatt.example/#org"},"author":[{"name":"Anna Muster"},{"name":"B"}],"articleSection":"Stadt"}]}</script>
        </head><body><h1>Brücke</h1></body></html>"#,
    );
    let m = markup.metadata;
    assert_eq!(m.title.as_deref(), Some("Die Brücke"));
    assert_eq!(m.author.as_deref(), Some("Anna Muster, B"));
    assert_eq!(m.date.as_deref(), Some("2020-02-03"));
    assert_eq!(m.site.as_deref(), Some("Blatt"));
    assert_eq!(m.category.as_deref(), Some("Stadt"));
    assert_eq!(m.url.as_deref(), Some("https://blatt.example/bruecke"));
    assert_eq!(
        m.extra.get("description").map(String::as_str),
        Some("Offen.")
    );
    assert_eq!(m.extra.get("language").map(String::as_str), Some("de"));
}

#[test]
fn deep_and_broken_nesting_ends() {
    let deep = "<div>".repeat(20_000) + "x" + &"</div>".repeat(20_000);
    assert_eq!(text(&deep), "x\n");
    let many = "<p><b><a href=x>".repeat(2_000) + "x";
    assert_eq!(text(&many), "x\n");
    assert_eq!(text("</p></div></table>a<td>b</li>c"), "abc\n");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(400))]

    /// Whatever stands in a page, it can be had back, and every line of its text that is not blank knows its element.
    #[test]
    fn any_tag_soup_can_be_had_back(
        parts in proptest::collection::vec(
            proptest::sample::select(vec![
                "<p>", "</p>", "<div class='a b'>", "</div>", "<b>", "</b>", "<a href=x>", "</a>", "<br>", "<ul><li>",
                "</ul>", "<table><tr><td>", "</table>", "<td>", "<pre>", "</pre>", "<script>", "</script>", "<title>",
                "</title>", "<!--", "-->", "<svg>", "</svg>", "<p hidden>", "<span style=display:none>", "</span>",
                "<", ">", "&", "&amp;", "&nbsp;", "&#xe9", "&#0;", " ", "\n", "\r\n", "\t", "word", "Ünï", "日本",
                "\u{A0}", "\u{FEFF}", "\u{0}", "<![CDATA[", "]]>", "<?x", "</", "<template>", "<select><option>",
            ]),
            0..60,
        )
    ) {
        let page: String = parts.concat();
        let (log, markup) = read(&page);
        proptest::prop_assert_eq!(restored(&log), page);
        let mut structure = markup.structure;
        structure.follow(&log);
        let lines = log.text().lines().filter(|l| !l.trim().is_empty()).count();
        proptest::prop_assert_eq!(structure.lines.len(), lines);
        for line in &structure.lines {
            proptest::prop_assert!((line.element as usize) < structure.elements.len());
        }
    }
}
