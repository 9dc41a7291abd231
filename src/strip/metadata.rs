//! Facts that the furniture tells: title, writer, date, site, section, counts, captions.
//!
//! Only marked lines and the headline are read, so nothing is lifted from running prose.

use super::dates;
use super::lexicon::{Lexicon, Topic};
use super::page::Page;
use super::rules::byline::names;
use super::rules::page_info::fields;
use super::rules::{is_host, rules};
use super::verdict::Verdict;
use crate::document::{Document, Metadata};

/// Captions kept in `extra.caption`, at most this many, one a line.
const MAX_CAPTIONS: usize = 20;

/// The facts of the document.
pub(super) fn lift(doc: &Document, page: &Page, verdict: &Verdict, lexicon: &Lexicon) -> Metadata {
    let mut facts = Metadata::default();
    let text = doc.text.as_str();
    let mut captions: Vec<&str> = Vec::new();
    if let Some(headline) = verdict.headline {
        let title = above_subtitle(headline, page, verdict).unwrap_or(headline);
        facts.title = Some(page.lines[title].text(text).to_owned());
    }
    for (i, mark) in verdict.marks.iter().enumerate() {
        let Some(mark) = mark else { continue };
        let line = page.lines[i].text(text);
        match rules()[mark.rule].name {
            "byline" => byline(line, i, page, verdict, lexicon, &mut facts),
            "dateline" => date(line, lexicon, &mut facts.date),
            "page-info" => info(line, lexicon, &mut facts),
            "site-name" => site(line, &mut facts),
            "category" if facts.category.is_none() => facts.category = Some(line.to_owned()),
            "caption" if i < verdict.tail && captions.len() < MAX_CAPTIONS => captions.push(line),
            "link-line" => link(line, page.lines[i].hits.leads(Topic::Link), &mut facts),
            _ => {}
        }
    }
    if !captions.is_empty() {
        facts
            .extra
            .insert("caption".to_owned(), captions.join("\n"));
    }
    facts
}

/// The line above `headline` where that is a subtitle: longer than what stands above it, which stays in the text too and
/// has a headline's shape.
fn above_subtitle(headline: usize, page: &Page, verdict: &Verdict) -> Option<usize> {
    const LEAST_WORDS: u32 = 4;
    let above = headline.checked_sub(1)?;
    let (line, below) = (&page.lines[above], &page.lines[headline]);
    let stays = verdict.marks[above].is_none();
    (stays && line.is_headline() && line.words >= LEAST_WORDS && line.width < below.width)
        .then_some(above)
}

fn date(line: &str, lexicon: &Lexicon, slot: &mut Option<String>) {
    if slot.is_none() {
        *slot = dates::find(line, lexicon).map(|f| f.iso);
    }
}

fn byline(
    line: &str,
    i: usize,
    page: &Page,
    verdict: &Verdict,
    lexicon: &Lexicon,
    facts: &mut Metadata,
) {
    date(line, lexicon, &mut facts.date);
    match names(line, lexicon) {
        Some(who) if facts.author.is_none() => facts.author = Some(who.to_owned()),
        None => {
            // The line after a byline names the outlet.
            let follows = i > 0 && page.lines[i].blanks == 0 && verdict.marks[i - 1].is_some();
            if follows && facts.author.is_some() {
                facts
                    .extra
                    .entry("outlet".to_owned())
                    .or_insert_with(|| line.to_owned());
                if facts.site.is_none() {
                    facts.site = Some(line.to_owned());
                }
            }
        }
        Some(_) => {}
    }
}

/// A row of facts: labelled fields, or a date, a host and counts.
fn info(line: &str, lexicon: &Lexicon, facts: &mut Metadata) {
    for (label, value) in fields(line, lexicon) {
        if value.is_empty() {
            continue;
        }
        let label = label.to_lowercase();
        let hits = lexicon.hits(&format!("{label}:"));
        if hits.start & Topic::Byline.bit() != 0 {
            facts.author.get_or_insert_with(|| value.to_owned());
        } else if hits.start & Topic::Navigation.bit() != 0 && label.len() > 4 {
            facts.category.get_or_insert_with(|| value.to_owned());
        } else {
            facts.extra.entry(label).or_insert_with(|| value.to_owned());
        }
    }
    date(line, lexicon, &mut facts.date);
    if let Some(host) = line.split_whitespace().find(|w| is_host(w)) {
        site(host, facts);
    }
}

fn site(line: &str, facts: &mut Metadata) {
    let host = line
        .trim()
        .trim_start_matches("https://")
        .trim_start_matches("http://")
        .trim_end_matches('/');
    // A host says more than an outlet's name.
    if is_host(host) && !facts.site.as_deref().is_some_and(is_host) {
        facts.site = Some(host.to_lowercase());
    }
}

/// "Original article link: URL": the page's address; "Website: URL": the site.
fn link(line: &str, labelled: bool, facts: &mut Metadata) {
    let Some(at) = line.find("://") else { return };
    let from = line[..at]
        .rfind(|c: char| !c.is_ascii_alphabetic())
        .map_or(0, |i| i + 1);
    let url = line[from..].split_whitespace().next().unwrap_or_default();
    if !labelled || line[..from].trim().is_empty() {
        return;
    }
    let path = url.splitn(4, '/').nth(3).unwrap_or_default();
    if path.len() > 8 {
        facts.url.get_or_insert_with(|| url.to_owned());
    }
    if let Some(host) = crate::document::host_of(url) {
        site(host, facts);
    }
}
