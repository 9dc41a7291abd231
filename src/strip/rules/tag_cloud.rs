use super::{Proposals, Rule, RuleInfo, View};
use crate::strip::lexicon::Topic;

/// Tags and categories of a page, in a row or under a heading.
///
/// **Fires on** a "Tags:" line with its tags at the edge of the text, and on the short lines under such a heading;
/// rows of hash tags.
/// **Leaves alone** lists inside the text and keywords of papers before it.
/// **Score** 0.85 with a heading; 0.8 for a row of at least three hash tags outside the text.
/// **Source** shallow text features as in Kohlschütter et al. 2010, doi:10.1145/1718487.1718542.
pub(super) struct TagCloud;

pub(super) const INFO: RuleInfo = RuleInfo {
    code: "S10",
    name: "tag-cloud",
    about: "tags and categories of a page",
    apply_at: 0.75,
};

impl Rule for TagCloud {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn propose(&self, view: &View<'_>, out: &mut Proposals) {
        let lines = view.lines();
        for (i, line) in lines.iter().enumerate() {
            if i < view.tail || line.is_prose() {
                continue;
            }
            let row = view.line_text(i);
            let hashes = if line.code_signs < 3 { "" } else { row }
                .split_whitespace()
                .filter(|w| w.len() > 2 && w.starts_with('#'))
                .count();
            if hashes >= 3 && hashes * 2 >= line.words as usize {
                out.line(i, 0.8);
            }
            if line.hits.leads(Topic::Navigation) && is_heading(row) {
                let end = (i + 1..lines.len().min(i + 31))
                    .find(|&j| !lines[j].is_label() || lines[j].words > 4 || lines[j].hits.some())
                    .unwrap_or(lines.len().min(i + 31));
                let alone = row.trim_end().ends_with(':') || line.words <= 2;
                out.lines(i..if alone { end } else { i + 1 }, 0.85);
            }
        }
    }
}

/// Whether the line begins with a word for tags or topics and a colon, or is that word.
fn is_heading(row: &str) -> bool {
    const WORDS: &str = include_str!("../../../data/strip/tag_heading.tsv");
    let lower = row.trim().to_lowercase();
    let head = lower.split(':').next().unwrap_or_default().trim();
    let only = !lower.contains(':');
    WORDS.lines().any(|l| {
        let word = l.split('\t').next().unwrap_or_default();
        head == word && (!only || head == lower)
    })
}
