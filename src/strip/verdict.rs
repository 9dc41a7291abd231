//! From a page to what each line is: the model's path, the rules' proposals, and which of them stands.

use super::Strip;
use super::features::{COUNT, Rows, Sums};
use super::lexicon::Topic;
use super::markup;
use super::model::{Model, Row, WIDTH};
use super::page::{End, Line, Page};
use super::rules::{self, Proposals, RULES, View};
use crate::document::{Document, Structure};
use crate::forest::LANES;
use crate::survey::Survey;

/// Web evidence below which the model has no say: clean documents of any kind come out untouched.
const MODEL_NEEDS: f32 = 0.5;
/// As [`MODEL_NEEDS`], for texts of fewer than `SHORT` lines: a whole page has more of them, and a list of ten names or
/// a table of contents has too little around it to be told from a menu.
const SHORT_NEEDS: f32 = 3.0;
const SHORT: usize = 40;

/// A page whose prose goes by more than this share is more likely misread than empty: then the model must be surer.
///
/// With a model of 93 features this lifted character F1 of articles on hosts held out from 0.919 to 0.925; documentation
/// went from 0.883 to 0.882.
const DOUBT_SHARE: f32 = 0.7;
/// By how much, in log-odds; half of it for lines that are no prose.
const DOUBT: f32 = 2.0;
/// Width of the prose from which the share means something.
const DOUBT_FROM: f32 = 1500.0;

/// Classes whose phrases, anywhere in a line, make it a notice.
const NOTICES: u16 = Topic::Cookie.bit()
    | Topic::Newsletter.bit()
    | Topic::Comments.bit()
    | Topic::Copyright.bit()
    | Topic::Paywall.bit()
    | Topic::Promo.bit();

/// What is proposed for a line: a rule, as its place in [`RULES`], and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mark {
    pub rule: usize,
    pub confidence: f32,
}

/// What each line of a page is.
#[derive(Default)]
pub(super) struct Verdict {
    /// The model's log-odds that the line is furniture.
    pub scores: Vec<f32>,
    /// The model's smoothed answer.
    pub furniture: Vec<bool>,
    /// What goes.
    pub marks: Vec<Option<Mark>>,
    pub headline: Option<usize>,
    /// First line of the main text.
    pub head: usize,
    /// One past its last.
    pub tail: usize,
    pub(super) back: Vec<[bool; 2]>,
    /// Rows on their way through the trees.
    pub(super) lanes: Vec<Row>,
    pub(super) proposals: Proposals,
}

impl Verdict {
    pub(super) fn judge(
        &mut self,
        strip: &Strip,
        doc: &Document,
        page: &Page,
        sums: &mut Sums,
        survey: &Survey,
    ) {
        let n = page.lines.len();
        self.marks.clear();
        self.marks.resize(n, None);
        let web = rules::web_evidence(&doc.text, page, &strip.lexicon);
        let needed = if n < SHORT { SHORT_NEEDS } else { MODEL_NEEDS };
        // Lines that the markup does not know (none, unless a caller changed the text) leave the page plain text.
        let structure = doc.structure.as_ref().filter(|s| s.lines.len() == n);
        if structure.is_none() && web < needed {
            self.assume_text(page);
        } else {
            self.ask_model(strip, page, web, sums, structure);
        }
        self.find_main(page);
        self.headline = find_headline(page, self.head, &self.scores);
        for (at, rule) in RULES.iter().enumerate() {
            self.proposals.open(at);
            let view = View {
                doc,
                text: &doc.text,
                page,
                survey,
                lexicon: &strip.lexicon,
                scores: &self.scores,
                furniture: &self.furniture,
                marks: &self.marks,
                headline: self.headline,
                head: self.head,
                tail: self.tail,
                web,
            };
            rule.propose(&view, &mut self.proposals);
            let bar = rule.info().apply_at;
            for (range, confidence) in self.proposals.iter() {
                if confidence < bar {
                    continue;
                }
                for mark in &mut self.marks[range] {
                    if mark.is_none_or(|m| m.confidence < confidence) {
                        *mark = Some(Mark {
                            rule: at,
                            confidence,
                        });
                    }
                }
            }
        }
    }

    fn ask_model(
        &mut self,
        strip: &Strip,
        page: &Page,
        web: f32,
        sums: &mut Sums,
        structure: Option<&Structure>,
    ) {
        let n = page.lines.len();
        let model = match structure {
            Some(_) => &strip.pages,
            None => &strip.model,
        };
        model.wording.read(page, &mut sums.slots, &mut sums.wording);
        let mut rows = Rows::new(page, web, sums);
        let mut markup = structure.map(markup::Rows::new);
        self.lanes.resize(LANES, [0.0; WIDTH]);
        // As many as were just made room for.
        let Some(lanes) = self.lanes.first_chunk_mut::<LANES>() else {
            return;
        };
        self.scores.clear();
        for from in (0..n).step_by(LANES) {
            let count = LANES.min(n - from);
            for (i, row) in (from..n).zip(lanes.iter_mut()) {
                rows.fill(i, row);
                if let Some(markup) = &mut markup {
                    markup.fill(i, &mut row[COUNT..COUNT + markup::COUNT]);
                }
            }
            self.scores
                .extend_from_slice(&model.forest.score(lanes)[..count]);
        }
        self.smooth(model, strip.bar, page);
        let prose = || page.lines.iter().zip(&self.furniture);
        let lost: f32 = prose()
            .filter(|(l, gone)| **gone && l.is_prose())
            .map(|(l, _)| l.width)
            .sum();
        if page.prose > DOUBT_FROM && lost > DOUBT_SHARE * page.prose {
            for (score, line) in self.scores.iter_mut().zip(&page.lines) {
                *score -= if line.is_prose() { DOUBT } else { 0.5 * DOUBT };
            }
            self.smooth(model, strip.bar, page);
        }
    }

    fn smooth(&mut self, model: &Model, bar: f32, page: &Page) {
        model.smooth(
            &self.scores,
            bar,
            |i| page.lines[i].blanks > 0,
            &mut self.back,
            &mut self.furniture,
        );
    }

    /// Without signs of a web page: every line counts as text, prose for certain.
    fn assume_text(&mut self, page: &Page) {
        self.furniture.clear();
        self.furniture.resize(page.lines.len(), false);
        self.scores.clear();
        self.scores.extend(page.lines.iter().map(|line| {
            if line.is_prose() {
                -2.5
            } else if (line.hits.whole | line.hits.start) != 0 {
                0.0
            } else {
                -1.5
            }
        }));
    }

    /// The main text reaches from the first to the last prose line that the model keeps.
    fn find_main(&mut self, page: &Page) {
        // A notice may be a full sentence; it does not mark where the text begins or ends.
        let notice = |line: &Line| line.width < 450.0 && line.hits.any & NOTICES != 0;
        let kept =
            |&i: &usize| page.lines[i].is_prose() && !self.furniture[i] && !notice(&page.lines[i]);
        let n = page.lines.len();
        let first = (0..n).find(kept);
        let last = (0..n).rev().find(kept);
        (self.head, self.tail) = match (first, last) {
            (Some(a), Some(b)) => (a, b + 1),
            // No prose: a list, a table, code. Then everything is the main text.
            _ => (0, n),
        };
    }
}

/// What the first line of a text has in favour of being its headline, where a blank line follows.
const TOP: f32 = 0.35;

/// The headline: before the main text, shaped like one, and about what the text is about.
fn find_headline(page: &Page, head: usize, scores: &[f32]) -> Option<usize> {
    let from = head.saturating_sub(40);
    let mut best = None;
    let mut best_score = 0.9;
    for (i, (line, own)) in page
        .lines
        .iter()
        .zip(scores)
        .enumerate()
        .take(head)
        .skip(from)
    {
        if !line.is_headline() || line.hits.whole != 0 || line.url || line.email {
            continue;
        }
        let words = line.words.min(10) as f32;
        let short = if line.words < 4 { 0.8 } else { 0.0 };
        let sentence = if line.end_mark == End::Pause {
            0.5
        } else {
            0.0
        };
        // What stands above all else, alone, is a title more often than not.
        let alone = i == 0 && page.lines.get(1).is_some_and(|next| next.blanks > 0);
        let top = if alone { TOP } else { 0.0 };
        let score = top + 2.0 * line.like + 0.12 * words
            - 0.03 * (head - i) as f32
            - 0.1 * own.clamp(-4.0, 4.0)
            - short
            - sentence
            - 0.3 * line.hits.start.count_ones() as f32;
        // A later line must be clearly better: what follows the headline is a summary or a first heading.
        let margin = if best.is_some() { 0.25 } else { 0.0 };
        if score > best_score + margin {
            best_score = score;
            best = Some(i);
        }
    }
    best
}
