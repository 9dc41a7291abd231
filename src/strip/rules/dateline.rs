use super::{Proposals, Rule, RuleInfo, View};
use crate::strip::dates;
use crate::strip::lexicon::Topic;

/// Lines that say when the document was published, and nothing else.
///
/// **Fires on** a line of date, time and the words around them, near the headline or behind the text.
/// **Leaves alone** dates inside the text, datelines that begin a paragraph, and diaries (several bare dates).
/// **Score** 0.85; 0.6 without any sign of a web page or a headline beside it.
/// **Source** own.
pub(super) struct Dateline;

pub(super) const INFO: RuleInfo = RuleInfo {
    code: "S13",
    name: "dateline",
    about: "lines that say when the document was published",
    apply_at: 0.75,
};

impl Rule for Dateline {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn propose(&self, view: &View<'_>, out: &mut Proposals) {
        for (i, line) in view.lines().iter().enumerate() {
            if line.digits == 0 || line.width > 90.0 || line.words > 16 {
                continue;
            }
            if !view.is_near_headline(i) && i < view.tail
                || i > view.tail + 3 && view.scores[i] < 0.0
            {
                continue;
            }
            let (others, found) = dates::others(view.line_text(i), view.lexicon);
            let labelled = line.hits.leads(Topic::Label) && others <= 1;
            if found.is_some() && (others == 0 || labelled) {
                let sure = view.web >= 1.9 || view.headline.is_some() && view.web >= 1.0;
                out.line(i, if sure { 0.85 } else { 0.6 });
            }
        }
    }
}
