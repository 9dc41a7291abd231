//! Filters: the published rules of well-known corpora, by name, with the semantics of their code.
//!
//! A preset is a set of rules as one project applies them: [`presets`] lists them with thresholds and sources. A rule
//! is about the whole document (a number that must lie within bounds) or about lines (stretches that should go).
//! [`Filters::judge`] is a pure function from a text to a [`Verdict`]; what becomes of it is the pipeline's affair: by
//! default rows say what fired, with [`Action::Drop`] lines go as [`Edit`]s and documents are set aside.
//!
//! All presets judge the same text, whatever the others say of it, and all rules are evaluated where the original
//! stops at the first that fails; so the rows tell of each rule how much it would take. `docs/filters.md` says where
//! implementations of the same name differ and which one is meant here.
//!
//! Start reading at [`Filters::judge`].

mod c4;
mod characters;
mod dclm;
mod fineweb;
mod gopher_datamap;
mod gopher_quality;
mod gopher_repetition;
mod justext;
mod words;

use std::cell::OnceCell;

use serde::{Deserialize, Serialize};

use crate::edit::{ByteSpan, Edit};
use crate::stage::SetupError;
use justext::StopWords;
use words::English;

/// What becomes of what a filter finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Texts stay, rows say what fired.
    #[default]
    Flag,
    /// Lines are removed, documents set aside.
    Drop,
}

/// Settings of the filters. In `limpid.toml` the table `[filter]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Settings {
    /// Names of presets, such as `c4` or `gopher`. Default none: no filter runs.
    pub presets: Vec<String>,
    /// What becomes of what they find. Default `flag`.
    pub action: Action,
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The whole document.
    Document,
    /// A line, or a stretch of one.
    Line,
}

/// What a rule is.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RuleInfo {
    /// Name in kebab-case, unique in its preset.
    pub name: &'static str,
    /// What it measures, in a few words.
    pub about: &'static str,
    /// What it looks at.
    pub scope: Scope,
    /// A document fails below this.
    pub min: Option<f64>,
    /// A document fails above this.
    pub max: Option<f64>,
}

impl RuleInfo {
    /// A document fails below `min`.
    const fn at_least(name: &'static str, about: &'static str, min: f64) -> Self {
        Self::document(name, about, Some(min), None)
    }

    /// A document fails above `max`.
    const fn at_most(name: &'static str, about: &'static str, max: f64) -> Self {
        Self::document(name, about, None, Some(max))
    }

    /// A document fails outside of `min` to `max`.
    const fn within(name: &'static str, about: &'static str, min: f64, max: f64) -> Self {
        Self::document(name, about, Some(min), Some(max))
    }

    const fn document(
        name: &'static str,
        about: &'static str,
        min: Option<f64>,
        max: Option<f64>,
    ) -> Self {
        Self {
            name,
            about,
            scope: Scope::Document,
            min,
            max,
        }
    }

    /// About lines.
    const fn line(name: &'static str, about: &'static str) -> Self {
        Self {
            name,
            about,
            scope: Scope::Line,
            min: None,
            max: None,
        }
    }

    /// The bound that `value` breaks.
    fn broken(&self, value: f64) -> Option<f64> {
        let below = self.min.filter(|min| value < *min);
        below.or(self.max.filter(|max| value > *max))
    }
}

/// What a preset is.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PresetInfo {
    /// Name as in `--filter`.
    pub name: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    /// The code whose semantics it has, and the paper.
    pub source: &'static str,
    /// Its rules, in the order of the original.
    pub rules: &'static [RuleInfo],
}

/// Rules of one project.
trait Preset: Sync {
    fn info(&self) -> &'static PresetInfo;

    /// Appends what the rules find in `view`; rules are named by their place in [`PresetInfo::rules`].
    fn judge(&self, view: &View<'_>, out: &mut Found);
}

/// Order is that of the documentation.
static PRESETS: &[&dyn Preset] = &[
    &c4::C4,
    &fineweb::FineWeb,
    &gopher_quality::Gopher,
    &gopher_datamap::GopherDatamap,
    &dclm::Dclm,
    &justext::JusText,
];

/// All presets.
pub fn presets() -> impl Iterator<Item = &'static PresetInfo> {
    PRESETS.iter().map(|p| p.info())
}

/// A text with what several presets need of it.
struct View<'t> {
    text: &'t str,
    /// ISO 639 code, where known.
    language: Option<&'t str>,
    english: &'t English,
    stop_words: &'t StopWords,
    words: OnceCell<Vec<ByteSpan>>,
    length: OnceCell<usize>,
}

impl View<'_> {
    /// Words as datatrove cuts English.
    fn words(&self) -> &[ByteSpan] {
        self.words.get_or_init(|| self.english.words(self.text))
    }

    /// Scalar values.
    fn length(&self) -> usize {
        *self.length.get_or_init(|| characters::length(self.text))
    }
}

/// What one preset found: places in its table of rules, with values or spans.
#[derive(Default)]
struct Found {
    values: Vec<(usize, f64)>,
    lines: Vec<(usize, ByteSpan)>,
}

impl Found {
    /// Notes the `value` of a document rule; whether it fails is told by the rule's bounds.
    fn value(&mut self, rule: usize, value: f64) {
        self.values.push((rule, value));
    }

    /// Notes a stretch that a line rule removes.
    fn line(&mut self, rule: usize, span: ByteSpan) {
        self.lines.push((rule, span));
    }
}

/// A document rule that a text fails.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct DocumentFinding {
    /// The preset.
    pub preset: &'static str,
    /// The rule.
    pub rule: &'static str,
    /// What was measured.
    pub value: f64,
    /// The bound that it breaks.
    pub threshold: f64,
}

/// A stretch of text that a line rule removes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LineFinding {
    /// The preset.
    pub preset: &'static str,
    /// The rule.
    pub rule: &'static str,
    /// Where: a line with the mark that ends it, or a part of a line.
    pub span: ByteSpan,
}

/// What filters say of one text.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Verdict {
    /// Document rules that it fails, in the order of presets and rules.
    pub documents: Vec<DocumentFinding>,
    /// What line rules remove: by preset, in reading order.
    pub lines: Vec<LineFinding>,
}

/// The filters of a run.
pub struct Filters {
    presets: Vec<&'static dyn Preset>,
    action: Action,
    english: English,
    stop_words: StopWords,
}

impl std::fmt::Debug for Filters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.presets.iter().map(|p| p.info().name).collect();
        write!(f, "Filters({names:?}, {:?})", self.action)
    }
}

impl Filters {
    /// Sets up the presets of `settings`, in their order, each once; `None` where there are none.
    ///
    /// # Errors
    /// When a name is unknown or embedded data is malformed.
    pub fn new(settings: &Settings) -> Result<Option<Self>, SetupError> {
        let mut presets: Vec<&'static dyn Preset> = Vec::new();
        for name in &settings.presets {
            let preset = PRESETS
                .iter()
                .find(|p| p.info().name == name)
                .ok_or_else(|| SetupError::Unknown {
                    key: "filter",
                    value: name.clone(),
                    known: self::presets().map(|p| p.name).collect(),
                })?;
            if presets.iter().all(|p| p.info().name != name) {
                presets.push(*preset);
            }
        }
        if presets.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self {
            presets,
            action: settings.action,
            english: English::load()?,
            stop_words: StopWords::load()?,
        }))
    }

    /// What the run does with what they find.
    pub fn action(&self) -> Action {
        self.action
    }

    /// What the presets say of `text`, whose language is `language` (ISO 639), where known.
    ///
    /// `O(bytes)`, except that repetition sorts nothing but hashes each n-gram of eleven sizes.
    pub fn judge(&self, text: &str, language: Option<&str>) -> Verdict {
        let view = View {
            text,
            language,
            english: &self.english,
            stop_words: &self.stop_words,
            words: OnceCell::new(),
            length: OnceCell::new(),
        };
        let mut verdict = Verdict::default();
        for preset in &self.presets {
            let info = preset.info();
            let mut found = Found::default();
            preset.judge(&view, &mut found);
            found.values.sort_by_key(|(rule, _)| *rule);
            verdict
                .documents
                .extend(found.values.into_iter().filter_map(|(rule, value)| {
                    let rule = &info.rules[rule];
                    debug_assert_eq!(rule.scope, Scope::Document);
                    Some(DocumentFinding {
                        preset: info.name,
                        rule: rule.name,
                        value,
                        threshold: rule.broken(value)?,
                    })
                }));
            verdict
                .lines
                .extend(found.lines.into_iter().map(|(rule, span)| {
                    debug_assert_eq!(info.rules[rule].scope, Scope::Line);
                    LineFinding {
                        preset: info.name,
                        rule: info.rules[rule].name,
                        span,
                    }
                }));
        }
        verdict
    }

    /// The words of `text` as datatrove's filters count them in English, and its number of sentences; for comparison with
    /// spaCy.
    #[doc(hidden)]
    pub fn words(&self, text: &str) -> (Vec<ByteSpan>, usize) {
        let sentences = self.english.sentences(text, &mut Vec::new());
        (self.english.words(text), sentences)
    }

    /// Whether `verdict` takes the document out of the corpus.
    pub fn drops(&self, verdict: &Verdict) -> bool {
        self.action == Action::Drop && !verdict.documents.is_empty()
    }

    /// The edits of `verdict`: removals where lines are dropped, else suggestions.
    ///
    /// A document that is taken out keeps its lines, so that it can be looked at as it was judged. Where two presets
    /// remove the same line, the one named first does, and the other's edit is a suggestion.
    pub fn edits(&self, verdict: &Verdict) -> Vec<Edit> {
        let apply = self.action == Action::Drop && !self.drops(verdict);
        let mut lines: Vec<&LineFinding> = verdict.lines.iter().collect();
        // Stable: presets stay in their order. A whole line comes before a part of it.
        lines.sort_by_key(|l| (l.span.start, std::cmp::Reverse(l.span.end)));
        let mut done = 0;
        lines
            .into_iter()
            .map(|line| {
                let rule = format!("{}/{}", line.preset, line.rule);
                let edit = Edit::new(line.span, "", rule, 1.0);
                if !apply || line.span.start < done {
                    return edit.suggested();
                }
                done = line.span.end;
                edit
            })
            .collect()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The verdict of one preset.
    pub(crate) fn judge(preset: &str, text: &str) -> Verdict {
        filters(&[preset], Action::Flag).judge(text, Some("en"))
    }

    pub(crate) fn filters(presets: &[&str], action: Action) -> Filters {
        let settings = Settings {
            presets: presets.iter().map(|p| (*p).to_owned()).collect(),
            action,
        };
        Filters::new(&settings).unwrap().unwrap()
    }

    /// The value of `rule`, where the text fails it.
    pub(crate) fn failed(preset: &str, rule: &str, text: &str) -> Option<f64> {
        let verdict = judge(preset, text);
        let finding = verdict.documents.iter().find(|f| f.rule == rule)?;
        Some(finding.value)
    }

    /// The stretches that the line rules of `preset` remove, with the rules' names.
    pub(crate) fn removed<'t>(preset: &str, text: &'t str) -> Vec<(&'static str, &'t str)> {
        let lines = judge(preset, text).lines;
        lines.iter().map(|l| (l.rule, l.span.of(text))).collect()
    }

    #[test]
    fn names_are_unique_and_in_kebab_case() {
        let kebab = |n: &str| {
            n.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        let mut names: Vec<&str> = presets().map(|p| p.name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|w| w[0] != w[1]) && names.iter().all(|n| kebab(n)));
        for preset in presets() {
            let mut rules: Vec<&str> = preset.rules.iter().map(|r| r.name).collect();
            rules.sort_unstable();
            assert!(rules.windows(2).all(|w| w[0] != w[1]), "{}", preset.name);
            assert!(rules.iter().all(|n| kebab(n)), "{}", preset.name);
            for rule in preset.rules {
                let bounded = rule.min.is_some() || rule.max.is_some();
                assert_eq!(bounded, rule.scope == Scope::Document, "{}", rule.name);
            }
        }
    }

    #[test]
    fn an_unknown_preset_names_its_neighbour() {
        let settings = Settings {
            presets: vec!["gofer".into()],
            action: Action::Flag,
        };
        let error = Filters::new(&settings).unwrap_err();
        assert_eq!(error.help().as_deref(), Some("did you mean gopher?"));
        assert!(Filters::new(&Settings::default()).unwrap().is_none());
    }

    #[test]
    fn two_presets_remove_a_line_once_and_a_document_taken_out_keeps_its_lines() {
        let text = "12 likes\nNothing to see here at all, as was said many times before today.\n";
        let filters = filters(&["dclm-lines", "c4"], Action::Drop);
        let mut verdict = filters.judge(text, Some("en"));
        assert!(filters.drops(&verdict));
        assert!(filters.edits(&verdict).iter().all(|e| !e.applied));
        verdict.documents.clear();
        let edits = filters.edits(&verdict);
        let told: Vec<(&str, bool)> = edits.iter().map(|e| (&*e.rule, e.applied)).collect();
        assert_eq!(
            told,
            [
                ("dclm-lines/counter", true),
                ("c4/no-terminal-punctuation", false)
            ]
        );
    }
}
