//! What a page tells of itself in its head: `meta` elements, Open Graph, linked data (JSON-LD, schema.org), canonical
//! address, language.

use serde_json::Value;

use crate::document::{Mark, Metadata};

/// Bytes of linked data that are read; pages that hold more repeat their text in it.
const MOST_DATA: usize = 1 << 20;
/// Bytes of a title or headline that are kept.
const MOST_TITLE: usize = 2000;
/// Steps into nested linked data.
const DEEPEST: usize = 6;

/// What was told, as far as read; the surest source of each fact wins in [`Facts::metadata`].
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// `title` of the head.
    title: String,
    /// The first `h1` that is shown.
    headline: String,
    headlines: usize,
    lang: String,
    canonical: String,
    times: Vec<String>,
    /// Names and contents of `meta` elements that are known.
    metas: Vec<(&'static str, String)>,
    data: Vec<String>,
}

/// Names of `meta` elements, each with the fact it tells; where a fact has several, the first found in this order wins.
const METAS: &[(&str, &str)] = &[
    ("og:title", "title"),
    ("twitter:title", "title"),
    ("dc.title", "title"),
    ("dcterms.title", "title"),
    ("citation_title", "title"),
    ("parsely-title", "title"),
    ("citation_author", "author"),
    ("author", "author"),
    ("article:author", "author"),
    ("og:article:author", "author"),
    ("parsely-author", "author"),
    ("sailthru.author", "author"),
    ("dc.creator", "author"),
    ("dcterms.creator", "author"),
    ("byl", "author"),
    ("article:published_time", "date"),
    ("og:article:published_time", "date"),
    ("datepublished", "date"),
    ("parsely-pub-date", "date"),
    ("sailthru.date", "date"),
    ("citation_publication_date", "date"),
    ("dc.date", "date"),
    ("dc.date.issued", "date"),
    ("dcterms.date", "date"),
    ("dcterms.created", "date"),
    ("pubdate", "date"),
    ("publishdate", "date"),
    ("date", "date"),
    ("og:site_name", "site"),
    ("application-name", "site"),
    ("dc.publisher", "site"),
    ("article:section", "category"),
    ("og:article:section", "category"),
    ("og:url", "url"),
    ("description", "description"),
    ("og:description", "description"),
    ("og:locale", "language"),
];

impl Facts {
    pub(super) fn language(&mut self, lang: &str) {
        if self.lang.is_empty() {
            lang.trim().clone_into(&mut self.lang);
        }
    }

    pub(super) fn meta(&mut self, name: &str, content: &str) {
        let known = METAS
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name.trim()));
        if let Some((name, _)) = known
            && !content.trim().is_empty()
            && self.metas.len() < 256
        {
            self.metas.push((name, plain(content)));
        }
    }

    pub(super) fn link(&mut self, rel: &str, address: &str) {
        if self.canonical.is_empty() && rel.trim().eq_ignore_ascii_case("canonical") {
            self.canonical = plain(address);
        }
    }

    pub(super) fn time(&mut self, datetime: &str, marks: u32) {
        // Times inside comments and teasers are those of other texts; only a few at the head of the page matter.
        let foreign = Mark::Comment.bit() | Mark::Related.bit();
        if !datetime.is_empty() && marks & foreign == 0 && self.times.len() < 4 {
            self.times.push(plain(datetime));
        }
    }

    pub(super) fn title(&mut self, text: &str) {
        if self.title.len() < MOST_TITLE {
            self.title.push_str(text);
        }
    }

    pub(super) fn headline(&mut self, text: &str) {
        if self.headline.len() < MOST_TITLE {
            self.headline.push_str(text);
        }
    }

    /// A headline is over; what comes is another.
    pub(super) fn headline_ends(&mut self) {
        if !self.headline.trim().is_empty() {
            self.headlines += 1;
            self.headline.push('\n');
        }
    }

    pub(super) fn data(&mut self, json: &str) {
        if self.data.iter().map(String::len).sum::<usize>() + json.len() <= MOST_DATA {
            self.data.push(json.to_owned());
        }
    }

    /// The facts, each from its surest source: linked data, then `meta`, then what is shown.
    pub(super) fn metadata(&self) -> Metadata {
        let linked = self.linked();
        let site = linked.site.clone().or_else(|| self.told("site"));
        let title = linked
            .title
            .clone()
            .or_else(|| self.told("title"))
            .or_else(|| self.shown_headline())
            .or_else(|| some(plain(&self.title)))
            .map(|t| without_site(&t, site.as_deref()));
        let url = [
            Some(self.canonical.clone()),
            self.told("url"),
            linked.url.clone(),
        ]
        .into_iter()
        .flatten()
        .find(|u| u.starts_with("http://") || u.starts_with("https://"));
        let date = linked
            .date
            .clone()
            .or_else(|| self.told("date"))
            .or_else(|| self.times.first().cloned())
            .map(|d| day(&d));
        let mut facts = Metadata {
            title,
            author: linked
                .author
                .clone()
                .or_else(|| self.told("author"))
                .filter(|a| !a.contains("://")),
            date,
            site,
            category: linked.category.clone().or_else(|| self.told("category")),
            url,
            ..Metadata::default()
        };
        let language = some(self.lang.clone())
            .or(linked.language)
            .or_else(|| self.told("language"));
        if let Some(language) = language {
            facts.extra.insert("language".to_owned(), language);
        }
        if let Some(description) = self.told("description") {
            facts.extra.insert("description".to_owned(), description);
        }
        facts
    }

    /// What the `meta` elements tell of `fact`.
    fn told(&self, fact: &str) -> Option<String> {
        let names = METAS.iter().filter(|(_, f)| *f == fact);
        names
            .filter_map(|(name, _)| self.metas.iter().find(|(n, _)| n == name))
            .map(|(_, content)| content.clone())
            .next()
    }

    /// The headline, where the page shows but one.
    fn shown_headline(&self) -> Option<String> {
        let mut all = self.headline.lines().map(plain).filter(|l| !l.is_empty());
        let first = all.next()?;
        let title = plain(&self.title);
        (self.headlines <= 1 || title.contains(&first)).then_some(first)
    }

    fn linked(&self) -> Linked {
        let mut out = Linked::default();
        for json in &self.data {
            // Pages wrap the data into comments or CDATA sections now and then.
            let from = json.find(['{', '[']).unwrap_or(0);
            let to = json.rfind(['}', ']']).map_or(json.len(), |i| i + 1);
            if from < to
                && let Ok(value) = serde_json::from_str::<Value>(&json[from..to])
            {
                out.read(&value, 0);
            }
        }
        out
    }
}

/// Facts from linked data.
#[derive(Default)]
struct Linked {
    title: Option<String>,
    author: Option<String>,
    date: Option<String>,
    site: Option<String>,
    category: Option<String>,
    url: Option<String>,
    language: Option<String>,
}

impl Linked {
    fn read(&mut self, value: &Value, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        match value {
            Value::Array(all) => all.iter().for_each(|v| self.read(v, depth + 1)),
            Value::Object(fields) => {
                if let Some(graph) = fields.get("@graph") {
                    self.read(graph, depth + 1);
                }
                if !is_work(fields.get("@type")) {
                    return;
                }
                let fill = |slot: &mut Option<String>, value: Option<String>| {
                    if slot.is_none() {
                        *slot = value;
                    }
                };
                let of = |key: &str| fields.get(key).and_then(name);
                fill(&mut self.title, of("headline").or_else(|| of("name")));
                fill(&mut self.author, of("author").or_else(|| of("creator")));
                fill(
                    &mut self.date,
                    of("datePublished").or_else(|| of("dateCreated")),
                );
                fill(&mut self.site, of("publisher"));
                fill(&mut self.category, of("articleSection"));
                fill(&mut self.language, of("inLanguage"));
                let page = fields.get("mainEntityOfPage");
                let address = page.and_then(|p| p.get("@id").unwrap_or(p).as_str());
                fill(&mut self.url, of("url").or(address.map(plain)));
            }
            _ => {}
        }
    }
}

/// Whether a type of schema.org is a text: articles of all kinds, posts, reports, recipes.
fn is_work(kind: Option<&Value>) -> bool {
    const WORKS: &[&str] = &[
        "Article",
        "BlogPosting",
        "SocialMediaPosting",
        "DiscussionForumPosting",
        "Report",
        "Recipe",
        "HowTo",
        "CreativeWork",
        "Review",
        "QAPage",
        "LiveBlogPosting",
    ];
    let one = |k: &Value| {
        k.as_str()
            .is_some_and(|k| WORKS.iter().any(|w| k.ends_with(w)))
    };
    match kind {
        Some(Value::Array(all)) => all.iter().any(one),
        Some(other) => one(other),
        None => false,
    }
}

/// A string, the name of a thing, or the names of several.
fn name(value: &Value) -> Option<String> {
    match value {
        Value::String(s) => some(plain(s)),
        Value::Object(o) => o.get("name").and_then(name),
        Value::Array(all) => {
            let names: Vec<String> = all.iter().filter_map(name).take(8).collect();
            some(names.join(", "))
        }
        _ => None,
    }
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// References read, tags taken out, white space runs made one space, ends trimmed.
fn plain(text: &str) -> String {
    let text = htmlize::unescape(text);
    let text = if text.contains("</") || text.contains("<br") || text.contains("<p>") {
        super::shown(&text).into()
    } else {
        text
    };
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// The day of an ISO 8601 time; anything else as it stands.
fn day(date: &str) -> String {
    let b = date.as_bytes();
    let iso = b.len() >= 10
        && b[4] == b'-'
        && b[7] == b'-'
        && [0, 1, 2, 3, 5, 6, 8, 9]
            .iter()
            .all(|&i| b[i].is_ascii_digit());
    if iso {
        date[..10].to_owned()
    } else {
        date.to_owned()
    }
}

/// A page's title without the site's name behind or before it.
fn without_site(title: &str, site: Option<&str>) -> String {
    let Some(site) = site.filter(|s| !s.is_empty()) else {
        return title.to_owned();
    };
    for mark in [" | ", " - ", " – ", " — ", " :: ", " · ", " • "] {
        if let Some((head, tail)) = title.rsplit_once(mark)
            && tail.eq_ignore_ascii_case(site)
        {
            return head.to_owned();
        }
        if let Some((head, tail)) = title.split_once(mark)
            && head.eq_ignore_ascii_case(site)
        {
            return tail.to_owned();
        }
    }
    title.to_owned()
}
