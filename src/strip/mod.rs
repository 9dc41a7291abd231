//! Stage 2: removes from plain text the lines and blocks that are not the document.
//!
//! No DOM: what a line is shows in its own shape and words, in what stands around it, and in what the corpus knows
//! (lines that many documents of a site carry). [`page`](self) reads the lines once; a trained model over lines
//! (`features`, `model`) and named rules (`rules`) propose lines; `resolve` turns what wins into edits of whole
//! lines. Facts that go with a removed line (title, author, date, site) are lifted into [`Metadata`].
//!
//! Limits: it removes whole lines only, so furniture inside a paragraph stays; a text without any sign of being a web
//! page is left alone, even where a reader would cut; words are known in nine languages, shape in any.
//!
//! Start reading at [`Strip::read`].

mod chars;
mod dates;
pub mod features;
mod fold;
mod lexicon;
mod markup;
mod metadata;
mod model;
mod page;
mod resolve;
mod rules;
mod verdict;
mod wording;

use serde::{Deserialize, Serialize};

use crate::document::{Document, Metadata, Structure};
use crate::edit::{Edit, StageName};
use crate::stage::{Scratch, SetupError, Stage};
use crate::survey::{Questions, Survey};
use lexicon::Lexicon;
use model::Model;
use page::Page;
pub use rules::{RuleInfo, rules};
use verdict::Verdict;

/// Settings of the stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Settings {
    /// Names of rules that must not remove anything, such as `caption` or `byline`. Default none.
    pub keep: Vec<String>,
    /// How sure the line model must be, 0.05 to 0.95: lower removes more. Default 0.5, see `docs`.
    pub threshold: f32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            keep: Vec::new(),
            threshold: 0.5,
        }
    }
}

/// The stage: lexicons and model, loaded once.
pub struct Strip {
    lexicon: Lexicon,
    model: Model,
    /// The model of pages of HTML.
    pages: Model,
    /// By rule: whether the user keeps what it would remove.
    kept: Vec<bool>,
    /// The model's bar, in log-odds.
    bar: f32,
}

impl std::fmt::Debug for Strip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Strip(bar {})", self.bar)
    }
}

/// What one worker reuses from document to document.
#[derive(Default)]
struct Buffers {
    page: Page,
    sums: features::Sums,
    verdict: Verdict,
    /// A line, folded, for the survey.
    folded: String,
}

impl Strip {
    /// Loads lexicons and model.
    ///
    /// # Errors
    /// When embedded data is malformed, `keep` names no rule, or `threshold` is out of range.
    pub fn new(settings: &Settings) -> Result<Self, SetupError> {
        Self::with_models(settings, model::EMBEDDED, model::EMBEDDED_PAGES)
    }

    /// As [`new`](Self::new), with the line model of this text instead of the embedded one; for reports on models that
    /// have not seen some hosts.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    #[doc(hidden)]
    pub fn with_model(settings: &Settings, model: &str) -> Result<Self, SetupError> {
        Self::with_models(settings, model, model::EMBEDDED_PAGES)
    }

    /// As [`with_model`](Self::with_model), for the model of pages of HTML.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    #[doc(hidden)]
    pub fn with_page_model(settings: &Settings, model: &str) -> Result<Self, SetupError> {
        Self::with_models(settings, model::EMBEDDED, model)
    }

    fn with_models(settings: &Settings, model: &str, pages: &str) -> Result<Self, SetupError> {
        if !(0.05..=0.95).contains(&settings.threshold) {
            return Err(SetupError::Setting {
                key: "threshold",
                value: settings.threshold.to_string(),
                allowed: "must be from 0.05 to 0.95",
            });
        }
        let mut kept = vec![false; rules().len()];
        for name in &settings.keep {
            let Some(at) = rules().iter().position(|r| r.name == name) else {
                return Err(SetupError::Setting {
                    key: "keep",
                    value: name.clone(),
                    allowed: "must name rules of strip, as in `--help`",
                });
            };
            kept[at] = true;
        }
        Ok(Self {
            lexicon: Lexicon::load()?,
            model: Model::parse(model, features::NAMES)?,
            pages: Model::parse(pages, &page_columns())?,
            kept,
            bar: (settings.threshold / (1.0 - settings.threshold)).ln(),
        })
    }

    /// Appends the edits to `out`, as [`Stage::edit`], and returns the facts that the document's furniture tells.
    pub fn read(
        &self,
        doc: &Document,
        survey: &Survey,
        scratch: &mut Scratch,
        out: &mut Vec<Edit>,
    ) -> Metadata {
        let buffers = scratch.of::<Buffers>();
        let Buffers {
            page,
            sums,
            verdict,
            ..
        } = buffers;
        page.read(&doc.text, &self.lexicon);
        verdict.judge(self, doc, page, sums, survey);
        let facts = metadata::lift(doc, page, verdict, &self.lexicon);
        resolve::edits(&doc.text, page, verdict, &self.kept, out);
        facts
    }

    /// Calls `f` with the 0-based number, the slots of words and the [`features`] of each line of `text` that is not
    /// blank; for training.
    ///
    /// `wording` is what weights of words that are still to be written say of each line; without it the model's own
    /// weights speak.
    #[doc(hidden)]
    pub fn rows(
        &self,
        text: &str,
        wording: Option<&[f32]>,
        mut f: impl FnMut(usize, &[u16], &[f32]),
    ) {
        let mut page = Page::default();
        let mut sums = features::Sums::default();
        page.read(text, &self.lexicon);
        let web = rules::web_evidence(text, &page, &self.lexicon);
        if let Some(wording) = wording {
            sums.wording.extend(wording);
        } else {
            let known = &self.model.wording;
            known.read(&page, &mut sums.slots, &mut sums.wording);
        }
        let mut rows = features::Rows::new(&page, web, &mut sums);
        let mut row = [0.0; model::WIDTH];
        let mut slots = Vec::new();
        let mut number = 0;
        for (i, line) in page.lines.iter().enumerate() {
            number += line.blanks as usize + usize::from(i > 0);
            rows.fill(i, &mut row);
            wording::slots(&page, i, &mut slots);
            f(number, &slots, &row[..features::COUNT]);
        }
    }

    /// As [`rows`](Self::rows), with the features of the markup behind: those named by [`page_columns`].
    #[doc(hidden)]
    pub fn page_rows(&self, text: &str, structure: &Structure, mut f: impl FnMut(usize, &[f32])) {
        let mut markup = markup::Rows::new(structure);
        let mut all = [0.0; features::COUNT + markup::COUNT];
        let mut i = 0;
        self.rows(text, None, |number, _, row| {
            if i < structure.lines.len() {
                let (plain, tags) = all.split_at_mut(features::COUNT);
                plain.copy_from_slice(row);
                markup.fill(i, tags);
                f(number, &all);
            }
            i += 1;
        });
    }
}

/// Names of the features that the model for pages of HTML has: those of plain text, then those of the markup.
#[doc(hidden)]
pub fn page_columns() -> Vec<&'static str> {
    features::NAMES[..features::COUNT]
        .iter()
        .copied()
        .chain(markup::names())
        .collect()
}

impl Stage for Strip {
    fn name(&self) -> StageName {
        StageName::Strip
    }

    fn ask(&self, doc: &Document, scratch: &mut Scratch, questions: &mut Questions) {
        let folded = &mut scratch.of::<Buffers>().folded;
        rules::site_furniture::ask(doc, folded, questions);
    }

    fn edit(&self, doc: &Document, survey: &Survey, scratch: &mut Scratch, out: &mut Vec<Edit>) {
        self.read(doc, survey, scratch, out);
    }
}
