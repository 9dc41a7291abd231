//! The rules by name: what kinds of furniture there are, and what speaks for each.
//!
//! A rule proposes lines with a confidence; proposals at or above its bar stand, the surer one names the line. Rules
//! run in the order of [`RULES`] and see what the ones before them have marked. A new rule is one file, one line in
//! the table and one folder of cases in `tests/golden/strip/`.

mod advert;
pub(super) mod byline;
mod caption;
mod category;
mod comments;
mod cookie_notice;
mod copyright;
mod dateline;
mod furniture;
mod link_line;
mod navigation;
mod newsletter;
pub(super) mod page_info;
mod paywall;
mod print_version;
mod promo;
mod related_articles;
mod share_row;
pub(super) mod site_furniture;
mod site_name;
mod tag_cloud;

use std::ops::Range;

use super::dates;
use super::lexicon::{Lexicon, Topic};
use super::page::{End, Line, Page};
use super::verdict::Mark;
use crate::document::{Document, Element, Tag};
use crate::survey::Survey;

/// A rule's name and bar.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct RuleInfo {
    /// Stable code; never reused.
    pub code: &'static str,
    /// Name in kebab-case, as in `--keep` and in `edits.jsonl`.
    pub name: &'static str,
    /// What it removes, in a line.
    pub about: &'static str,
    /// Confidence from which on a proposal is carried out, 0 to 1.
    pub apply_at: f32,
}

/// One kind of furniture.
pub(super) trait Rule: Sync {
    fn info(&self) -> &'static RuleInfo;

    /// Proposes lines that should go.
    fn propose(&self, view: &View<'_>, out: &mut Proposals);
}

/// Order decides what a rule can see of others, and ties: the earlier rule names the edit.
pub(super) static RULES: &[&dyn Rule] = &[
    &site_furniture::SiteFurniture,
    &page_info::PageInfo,
    &dateline::Dateline,
    &site_name::SiteName,
    &byline::Byline,
    &category::Category,
    &caption::Caption,
    &cookie_notice::CookieNotice,
    &newsletter::Newsletter,
    &paywall::Paywall,
    &share_row::ShareRow,
    &comments::Comments,
    &print_version::PrintVersion,
    &copyright::Copyright,
    &link_line::LinkLine,
    &promo::Promo,
    &related_articles::RelatedArticles,
    &tag_cloud::TagCloud,
    &navigation::Navigation,
    &furniture::Furniture,
    &advert::Advert,
];

static INFOS: [RuleInfo; 21] = [
    site_furniture::INFO,
    page_info::INFO,
    dateline::INFO,
    site_name::INFO,
    byline::INFO,
    category::INFO,
    caption::INFO,
    cookie_notice::INFO,
    newsletter::INFO,
    paywall::INFO,
    share_row::INFO,
    comments::INFO,
    print_version::INFO,
    copyright::INFO,
    link_line::INFO,
    promo::INFO,
    related_articles::INFO,
    tag_cloud::INFO,
    navigation::INFO,
    furniture::INFO,
    advert::INFO,
];

/// All rules, in the order in which they run.
pub fn rules() -> &'static [RuleInfo] {
    &INFOS
}

/// What the rules propose, one rule at a time.
#[derive(Default)]
pub(super) struct Proposals {
    list: Vec<(Range<usize>, f32)>,
}

impl Proposals {
    pub(super) fn open(&mut self, _rule: usize) {
        self.list.clear();
    }

    pub(super) fn lines(&mut self, range: Range<usize>, confidence: f32) {
        if !range.is_empty() {
            self.list.push((range, confidence.clamp(0.0, 0.999)));
        }
    }

    pub(super) fn line(&mut self, at: usize, confidence: f32) {
        self.lines(at..at + 1, confidence);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Range<usize>, f32)> + '_ {
        self.list.iter().cloned()
    }
}

/// What a rule sees.
pub(super) struct View<'a> {
    pub doc: &'a Document,
    pub text: &'a str,
    pub page: &'a Page,
    pub survey: &'a Survey,
    pub lexicon: &'a Lexicon,
    pub scores: &'a [f32],
    pub furniture: &'a [bool],
    pub marks: &'a [Option<Mark>],
    pub headline: Option<usize>,
    /// First line of the main text.
    pub head: usize,
    /// One past its last line.
    pub tail: usize,
    /// Lines that only web pages have; see [`web_evidence`].
    pub web: f32,
}

impl View<'_> {
    pub(super) fn lines(&self) -> &[Line] {
        &self.page.lines
    }

    pub(super) fn line_text(&self, i: usize) -> &str {
        self.page.lines[i].text(self.text)
    }

    /// Whether line `i` ends with a full stop, in any script.
    pub(super) fn ends_with_stop(&self, i: usize) -> bool {
        self.page.lines[i].end_mark == End::Sentence
            && self
                .line_text(i)
                .trim_end()
                .ends_with(['.', '。', '।', '۔'])
    }

    /// Whether line `i` is the caption of a figure by the markup of a page, or called one; captions of tables are not meant.
    pub(super) fn is_figure_caption(&self, i: usize) -> bool {
        let Some(structure) = &self.doc.structure else {
            return false;
        };
        let Some(line) = structure.lines.get(i) else {
            return false;
        };
        let called = |e: &Element| e.marks & crate::document::Mark::Caption.bit() != 0;
        if structure.up(line.element).take(3).any(called) {
            return true;
        }
        let mut above = structure.up(line.element);
        above.by_ref().take(5).any(|e| e.tag == Tag::Caption)
            && above.take(5).any(|e| e.tag == Tag::Figure)
    }

    /// Whether line `i` stands before or after the main text.
    pub(super) fn is_outside(&self, i: usize) -> bool {
        i < self.head || i >= self.tail
    }

    /// Whether line `i` stands around the headline: before the main text or just after its beginning.
    pub(super) fn is_near_headline(&self, i: usize) -> bool {
        i < self.head || self.headline.is_some_and(|h| i.abs_diff(h) <= 5)
    }

    /// Whether line `i` is the headline, the line above it that may be the headline of which it is the summary, or a
    /// headline-like line or sentence between it and the text.
    pub(super) fn is_at_headline(&self, i: usize) -> bool {
        let Some(headline) = self.headline else {
            return false;
        };
        let line = &self.page.lines[i];
        i == headline
            || i + 1 == headline
                && (5..=30).contains(&line.words)
                && line.width >= 30.0
                && !line.hits.some()
                && line.like > 0.2
            || i > headline
                && i < self.head
                && i <= headline + 4
                && line.words >= 8
                && line.like > 0.2
                && line.hits.any == 0
    }

    /// Confidence that line `i` is furniture of `topic`, from its words, its place, its neighbours and the model.
    ///
    /// A logistic sum. The weights are set by hand so that a phrase that is the whole line suffices at the edge of the
    /// text, and inside the text only together with neighbours or the model.
    pub(super) fn evidence(&self, i: usize, topic: Topic) -> f32 {
        let line = &self.page.lines[i];
        let words = if line.hits.is(topic) {
            1.9
        } else if line.hits.has(topic) {
            1.4
        } else {
            return 0.0;
        };
        // Beginning with one phrase and holding another is as good as being one.
        let both = if line.hits.start & line.hits.any & topic.bit() != 0 {
            0.6
        } else {
            0.0
        };
        let words = words + both;
        let place = if self.is_outside(i) { 0.9 } else { -1.0 };
        let around = (i.saturating_sub(3)..(i + 4).min(self.page.lines.len()))
            .filter(|&j| j != i && self.page.lines[j].hits.some() && !self.page.lines[j].is_prose())
            .count()
            .min(3) as f32;
        let length = if line.width > 400.0 { -1.5 } else { 0.0 };
        let web = (self.web - 1.0).clamp(-1.0, 1.0);
        sigmoid(
            -1.6 + words
                + place
                + 0.45 * around
                + 0.5 * self.scores[i].clamp(-1.5, 3.0)
                + length
                + web,
        )
    }

    /// Proposes each line for which `fits` with the evidence of `topic`.
    pub(super) fn by_words(&self, topic: Topic, out: &mut Proposals, fits: impl Fn(&Line) -> bool) {
        for (i, line) in self.page.lines.iter().enumerate() {
            if line.hits.has(topic) && fits(line) {
                out.line(i, self.evidence(i, topic));
            }
        }
    }
}

pub(super) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// How many lines there are that only web pages have: share buttons, newsletter boxes, credits, bare dates, host names.
///
/// Below 1 a text is taken for a text.
pub(super) fn web_evidence(text: &str, page: &Page, lexicon: &Lexicon) -> f32 {
    let mut sum = 0.0;
    let mut seen = [0u8; Topic::COUNT];
    for line in &page.lines {
        let h = line.hits;
        let telling = h.is(Topic::Share)
            || h.is(Topic::Newsletter)
            || h.is(Topic::More)
            || h.is(Topic::Comments)
            || h.is(Topic::Print)
            || h.is(Topic::Promo)
            || h.has(Topic::Cookie)
            || h.has(Topic::Paywall)
            || (h.any
                & (Topic::Newsletter.bit()
                    | Topic::Comments.bit()
                    | Topic::Copyright.bit()
                    | Topic::Credit.bit()
                    | Topic::Promo.bit()))
                != 0
            || h.leads(Topic::Link)
            || h.leads(Topic::Credit);
        if telling && line.width < 400.0 {
            // Twice the same kind is enough: a list of networks is no page.
            let kind = (h.whole | h.start | h.any).trailing_zeros() as usize;
            if seen[kind] < 2 {
                seen[kind] += 1;
                sum += 1.0;
            }
        } else if h.whole != 0 {
            sum += 0.7;
        } else if line.width < 60.0
            && (is_host(line.text(text)) || is_bare_date(line, text, lexicon))
        {
            sum += 1.0;
        }
    }
    sum
}

/// Whether the line says when, and nothing else.
pub(super) fn is_bare_date(line: &Line, text: &str, lexicon: &Lexicon) -> bool {
    if line.digits == 0 || line.width > 90.0 || line.words > 16 {
        return false;
    }
    let (others, found) = dates::others(line.text(text), lexicon);
    others == 0 && found.is_some()
}

/// Whether `text` is a host name and nothing else.
pub(super) fn is_host(text: &str) -> bool {
    let text = text.trim();
    // Most lines are told by this, without a search for either scheme.
    if memchr::memchr(b'.', text.as_bytes()).is_none() || text.contains(' ') {
        return false;
    }
    let text = text
        .trim_start_matches("https://")
        .trim_start_matches("http://")
        .trim_end_matches('/');
    let mut labels = text.rsplit('.');
    let (Some(top), Some(second)) = (labels.next(), labels.next()) else {
        return false;
    };
    let label = |l: &str| {
        !l.is_empty()
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !l.starts_with('-')
    };
    (2..=10).contains(&top.len())
        && top.bytes().all(|b| b.is_ascii_lowercase())
        && second.len() >= 2
        && !is_file_suffix(top)
        && label(second)
        && labels.all(label)
}

/// Whether `suffix` ends file names more often than host names.
pub(super) fn is_file_suffix(suffix: &str) -> bool {
    const SUFFIXES: &str = include_str!("../../../data/strip/file_suffixes.tsv");
    SUFFIXES
        .lines()
        .any(|l| l.split('\t').next() == Some(suffix))
}

#[cfg(test)]
mod tests;
