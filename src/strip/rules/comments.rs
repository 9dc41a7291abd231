use super::{Proposals, Rule, RuleInfo, View};
use crate::strip::lexicon::Topic;

/// Comment sections: invitations, forms, and the comments between them.
///
/// **Fires on** lines with a phrase of `data/strip/comments.tsv`; after a heading of the kind behind the text also on what
/// lies between it and the last "reply" or form, when there are at least two of those.
/// **Leaves alone** forum threads without an article before them, and prose about comments.
/// **Score** `View::evidence`; lines taken in between get 0.8.
/// **Source** shallow text features as in Kohlschütter et al. 2010, doi:10.1145/1718487.1718542.
pub(super) struct Comments;

pub(super) const INFO: RuleInfo = RuleInfo {
    code: "S09",
    name: "comments",
    about: "comment sections: invitations, forms, and the comments between them",
    apply_at: 0.75,
};

impl Rule for Comments {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn propose(&self, view: &View<'_>, out: &mut Proposals) {
        view.by_words(Topic::Comments, out, |l| l.width < 400.0);
        let lines = view.lines();
        let n = lines.len();
        let Some(heading) = (0..n).find(|&i| {
            lines[i].hits.is(Topic::Comments)
                && lines[i].is_label()
                && main_before(view, i) > 600.0
                && i * 5 >= n
                && (i >= view.tail || view.scores[i] > 0.0)
        }) else {
            return;
        };
        let marks: Vec<usize> = (heading + 1..n)
            .filter(|&i| {
                lines[i].hits.is(Topic::Comments) || lines[i].hits.any & Topic::Comments.bit() != 0
            })
            .collect();
        // Replies come again and again, with little between them; a lone form far below is another thing.
        let mut end = heading + 1;
        for &mark in &marks {
            if mark - end > 14 {
                break;
            }
            end = mark + 1;
        }
        if marks.iter().filter(|&&m| m < end).count() >= 2 {
            out.lines(heading..end, 0.8);
        }
    }
}

/// Width of the kept prose before line `i`.
fn main_before(view: &View<'_>, i: usize) -> f32 {
    (0..i)
        .filter(|&j| view.lines()[j].is_prose() && !view.furniture[j])
        .map(|j| view.lines()[j].width)
        .sum()
}
