use super::{Proposals, Rule, RuleInfo, View};
use crate::strip::lexicon::Topic;

/// Menus, breadcrumbs, account links, footers: runs of short lines without sentences.
///
/// **Fires on** lines of `data/strip/navigation.tsv` outside the text, on rows of them between separators, and on runs of
/// three or more short lines that the line model takes for furniture.
/// **Leaves alone** tables of contents, lists, poems and headings: without signs of a web page the model keeps them.
/// **Score** `View::evidence` for words; the model's probability for runs.
/// **Source** shallow text features as in Kohlschütter et al. 2010, doi:10.1145/1718487.1718542.
pub(super) struct Navigation;

pub(super) const INFO: RuleInfo = RuleInfo {
    code: "S19",
    name: "navigation",
    about: "menus, breadcrumbs, account links, footers",
    apply_at: 0.75,
};

impl Rule for Navigation {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn propose(&self, view: &View<'_>, out: &mut Proposals) {
        let lines = view.lines();
        for (i, line) in lines.iter().enumerate() {
            if !view.is_outside(i) || line.width > 160.0 || line.is_prose() {
                continue;
            }
            // One word of a menu proves nothing by itself: "Health" is a heading, too.
            let said = line.hits.has(Topic::Navigation);
            if said && (view.scores[i] > 0.0 || line.hits.any & Topic::Navigation.bit() != 0) {
                out.line(i, view.evidence(i, Topic::Navigation));
            } else if line.separators >= 2 && is_menu_row(view, i) {
                out.line(i, 0.85);
            }
        }
        let mut from = 0;
        for i in 0..=lines.len() {
            if i == lines.len()
                || !view.furniture[i]
                || !lines[i].is_label()
                || view.is_at_headline(i)
            {
                if i - from >= 3 {
                    out.lines(from..i, 0.76);
                }
                from = i + 1;
            }
        }
    }
}

/// Whether at least half of the parts between separators are menu words.
fn is_menu_row(view: &View<'_>, i: usize) -> bool {
    let (mut known, mut parts) = (0, 0);
    for part in view
        .line_text(i)
        .split(['|', '·', '•', '›', '»', '/', '\t', '→', '▸', '►'])
    {
        let part = part.trim();
        if part.is_empty() {
            continue;
        }
        parts += 1;
        let hits = view.lexicon.hits(&part.to_lowercase());
        known += usize::from(hits.whole != 0);
    }
    parts >= 3 && known * 2 >= parts
}
