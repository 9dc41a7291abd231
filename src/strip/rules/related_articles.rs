use std::ops::Range;

use super::{Proposals, Rule, RuleInfo, View};
use crate::strip::lexicon::Topic;
use crate::strip::page::Line;

/// Teasers of other articles: headings and lists of headlines, and blocks of picture, headline, section and a paragraph or
/// two of another article's prose, closed by "read more".
///
/// **Fires on** (1) lines that begin with a phrase such as "Read also:"; (2) a heading of `data/strip/related.tsv` behind
/// the text and the headline-like lines under it; (3) blocks closed by a line of `data/strip/more.tsv`, behind a main text
/// that is longer than any of them: two or more of like shape, or one whose words are not those of the main text.
/// **Leaves alone** pages that are lists of such blocks, "see also" lists of reference works, tables of contents.
/// **Score** (1) `View::evidence`; (2) 0.85 for the heading, 0.8 for lines that the model does not hold for text;
/// (3) 0.9 for a repeated shape, 0.8 for a single block.
/// **Source** repetition of shape as in record extraction (Liu, Grossman and Zhai 2003, doi:10.1145/956750.956826); break of
/// topic by shared words as in `TextTiling` (Hearst 1997).
pub(super) struct RelatedArticles;

pub(super) const INFO: RuleInfo = RuleInfo {
    code: "S18",
    name: "related-articles",
    about: "teasers of other articles, with their prose, and lists of headlines",
    apply_at: 0.75,
};

/// Longest teaser, in lines; most paragraphs of prose in one; widest prose of one.
const MAX_LINES: usize = 14;
const MAX_PROSE: usize = 4;
const MAX_WIDTH: f32 = 2400.0;
/// Share of content words known from the main text under which a block is about something else.
const OTHER_TOPIC: f32 = 0.30;

/// Web evidence without which nothing is proposed: one weak sign.
const WEB_NEEDED: f32 = 0.6;

impl Rule for RelatedArticles {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn propose(&self, view: &View<'_>, out: &mut Proposals) {
        // "See also" under a page of a manual looks the same: some other sign of a web page must be there.
        if view.web < WEB_NEEDED {
            return;
        }
        pointers(view, out);
        lists(view, out);
        blocks(view, out);
    }
}

/// "Read also: ..." wherever it stands, and bare "read more" behind the text.
fn pointers(view: &View<'_>, out: &mut Proposals) {
    let lines = view.lines();
    for (i, line) in lines.iter().enumerate() {
        let colon = line.hits.start & Topic::Related.bit() != 0 && behind_colon(view, i).is_some();
        if colon && line.width < 220.0 && line.breaks == 0 {
            let inside = if view.is_outside(i) { 0.0 } else { 0.25 };
            out.line(i, view.evidence(i, Topic::Related) + inside);
        } else if line.hits.is(Topic::More) && line.width < 60.0
            || line.hits.leads(Topic::More) && line.width < 120.0 && view.is_outside(i)
        {
            out.line(i, view.evidence(i, Topic::More));
        }
    }
}

/// A heading such as "Related articles" behind the text with what stands under it.
fn lists(view: &View<'_>, out: &mut Proposals) {
    let lines = view.lines();
    let mut i = view.tail.saturating_sub(3);
    while i < lines.len() {
        let line = &lines[i];
        // One that names an article behind its colon stands for itself.
        let heading = line.hits.leads(Topic::Related)
            && line.is_label()
            && line.words <= 8
            && behind_colon(view, i).is_none_or(str::is_empty);
        if !heading
            || view.web < 0.9 && view.scores[i] < 0.0
            || i < view.tail && view.scores[i] < 0.0
        {
            i += 1;
            continue;
        }
        let end = (i + 1..lines.len().min(i + 40))
            .find(|&j| {
                let l = &lines[j];
                l.is_prose() && l.width > 320.0
                    || view.scores[j] < -1.5
                    || goes_on(view, i, j)
                    || j < view.tail && view.scores[j] < 0.0
            })
            .unwrap_or(lines.len().min(i + 40));
        out.line(i, 0.85);
        out.lines(i + 1..end, 0.8);
        i = end.max(i + 1);
    }
}

/// What stands behind the colon, or the bracket, that ends the phrase of line `i`.
fn behind_colon<'v>(view: &'v View<'_>, i: usize) -> Option<&'v str> {
    let text = view.line_text(i);
    let colon = |(_, c): &(usize, char)| matches!(c, ':' | '：' | '】');
    let (at, c) = text.char_indices().take(40).find(colon)?;
    Some(text[at + c.len_utf8()..].trim())
}

/// Whether the text goes on with line `j` under a list of headlines that line `heading` opened: a sentence on its own, the first
/// one behind the heading, with no list going on behind it; unless the model is sure that it is none.
fn goes_on(view: &View<'_>, heading: usize, j: usize) -> bool {
    let lines = view.lines();
    let headline = |l: &&Line| l.is_headline() && l.hits.any == 0;
    let behind = &lines[j + 1..lines.len().min(j + 1 + AHEAD)];
    view.ends_with_stop(j)
        && lines[j].words >= LEAST_WORDS
        && lines[j].blanks > 0
        && view.scores[j] < SURE
        && !(heading + 1..j).any(|i| view.ends_with_stop(i))
        && behind.iter().filter(headline).count() < 2
}

/// Words of a sentence that a text may go on with.
const LEAST_WORDS: u32 = 5;
/// Lines behind it in which two headlines say that the list goes on.
const AHEAD: usize = 4;
/// Log-odds from which the model is sure that a line is no text.
const SURE: f32 = 2.0;

/// A block that a "read more" line closes.
struct Teaser {
    lines: Range<usize>,
    prose: usize,
    width: f32,
    shape: u32,
}

fn blocks(view: &View<'_>, out: &mut Proposals) {
    let lines = view.lines();
    let closers: Vec<usize> = (0..lines.len())
        .filter(|&i| lines[i].width < 60.0 && (lines[i].hits.is(Topic::More) || closes(lines, i)))
        .collect();
    if closers.is_empty() {
        return;
    }
    let mut teasers: Vec<Teaser> = Vec::new();
    let mut floor = 0;
    for &closer in &closers {
        if let Some(teaser) = teaser(lines, closer, floor) {
            teasers.push(teaser);
        }
        floor = closer + 1;
    }
    // Only what comes in an unbroken row to the end of the prose counts: a text may well go on behind one.
    let Some(first) = teasers.first().map(|t| t.lines.start) else {
        return;
    };
    let main: f32 = lines[..first]
        .iter()
        .filter(|l| l.is_prose())
        .map(|l| l.width)
        .sum();
    let widest = teasers.iter().map(|t| t.width).fold(0.0, f32::max);
    if main < 800.0 || main < 1.5 * widest {
        return;
    }
    let last = teasers.last().map_or(first, |t| t.lines.end);
    let prose_behind = lines[last..]
        .iter()
        .filter(|l| l.is_prose() && l.width > 200.0)
        .count();
    if prose_behind > 2 {
        return;
    }
    let row = teasers
        .windows(2)
        .all(|w| w[1].lines.start <= w[0].lines.end + 3);
    if teasers.len() >= 2 && row && alike(&teasers) {
        out.lines(first..last, 0.9);
        return;
    }
    let main_words = view.page.said(0..first);
    for t in &teasers {
        let like = view.page.likeness(t.lines.clone(), &main_words);
        if like.is_some_and(|l| l < OTHER_TOPIC) && t.prose > 0 {
            out.lines(t.lines.clone(), 0.8);
        }
    }
}

/// A "read more" line glued to "show less", as flattened pages have it.
fn closes(lines: &[Line], i: usize) -> bool {
    lines[i].hits.start & Topic::More.bit() != 0 && lines[i].words <= 4
}

/// The block before the "read more" at `closer`: prose, above it short lines and captions, above that no more.
fn teaser(lines: &[Line], closer: usize, floor: usize) -> Option<Teaser> {
    let mut from = closer;
    let (mut prose, mut short, mut width) = (0, 0, 0.0);
    let low = floor.max(closer.saturating_sub(MAX_LINES));
    while from > low {
        let line = &lines[from - 1];
        let caption = line.hits.has(Topic::Credit);
        if line.is_prose() && !caption {
            if short > 0 || prose == MAX_PROSE {
                break;
            }
            prose += 1;
            width += line.width;
        } else {
            short += 1;
        }
        from -= 1;
    }
    let shape = prose as u32 * 16 + (closer - from) as u32 / 2;
    (prose > 0 && short > 0 && width < MAX_WIDTH).then_some(Teaser {
        lines: from..closer + 1,
        prose,
        width,
        shape,
    })
}

/// Whether the blocks have about the same make-up.
fn alike(teasers: &[Teaser]) -> bool {
    let lengths = teasers.iter().map(|t| t.lines.len());
    let (min, max) = (
        lengths.clone().min().unwrap_or(0),
        lengths.max().unwrap_or(0),
    );
    let prose = teasers.iter().map(|t| t.prose);
    let (low, high) = (prose.clone().min().unwrap_or(0), prose.max().unwrap_or(0));
    max <= min + 4 && high <= low + 2 && teasers.iter().all(|t| t.shape > 0)
}
