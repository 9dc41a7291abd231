use super::{Proposals, Rule, RuleInfo, View};
use crate::strip::lexicon::Topic;

/// What the line model takes for furniture and no other rule has a name for; and labels above the headline.
///
/// **Fires on** lines on the drop side of the model's path, when the text shows signs of a web page; on short labels above
/// a headline when something else there is furniture.
/// **Leaves alone** the headline and the sentence under it, sentences that the model is not sure of, texts without signs of a web page, lines that the user keeps
/// by a rule that names them.
/// **Score** the model's probability.
/// **Source** see `model`.
pub(super) struct Furniture;

pub(super) const INFO: RuleInfo = RuleInfo {
    code: "S20",
    name: "furniture",
    about: "what the line model takes for furniture and no other rule names",
    apply_at: 0.5,
};

/// Log-odds below which a sentence on its own stays: a short paragraph between notices looks like one of them.
const SENTENCE: f32 = 1.1;
/// Fewest words of such a sentence, and its greatest width: of longer ones the model knows more.
const WORDS: u32 = 4;
const WIDTH: f32 = 80.0;

/// How far above the headline its labels stand, in lines.
const LABELS_ABOVE: usize = 30;

impl Rule for Furniture {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn propose(&self, view: &View<'_>, out: &mut Proposals) {
        let lines = view.lines();
        for (i, line) in lines.iter().enumerate() {
            if !view.furniture[i] || view.marks[i].is_some() || view.is_at_headline(i) {
                continue;
            }
            // A caption that the caption rule left is the reader's to judge.
            if line.hits.has(Topic::Credit) && view.scores[i] < 1.0 {
                continue;
            }
            if view.scores[i] < SENTENCE && is_sentence(view, i) {
                continue;
            }
            out.line(i, super::sigmoid(view.scores[i]).max(0.5));
        }
        let Some(headline) = view.headline else {
            return;
        };
        let marked = (0..headline).filter(|&i| view.marks[i].is_some()).count();
        if marked == 0 || view.web < 1.0 {
            return;
        }
        for (i, line) in lines.iter().enumerate().take(headline) {
            let label = line.is_label() && line.words <= 4 && line.width < 40.0;
            // Signs of code or of a table: then what looks like a headline is none.
            let plain = line.code_signs == 0 && line.letters * 2 > line.chars;
            if view.marks[i].is_none() && label && plain && headline - i <= LABELS_ABOVE {
                out.line(i, 0.6);
            }
        }
    }
}

/// Whether line `i` is one or more whole sentences with nothing about them that a notice has.
fn is_sentence(view: &View<'_>, i: usize) -> bool {
    let line = &view.lines()[i];
    let text = view.line_text(i).trim();
    let begins = text
        .chars()
        .next()
        .is_some_and(|c| !c.is_lowercase() && c.is_alphabetic());
    begins
        && view.ends_with_stop(i)
        && (line.words >= WORDS || !text.contains(' '))
        && line.width < WIDTH
        && !line.hits.some()
        && line.separators == 0
        && !line.url
        && !line.email
}
