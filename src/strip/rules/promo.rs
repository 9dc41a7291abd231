use super::{Proposals, Rule, RuleInfo, View};
use crate::strip::lexicon::Topic;

/// A site's own advertising: its app, its channels, "for the latest news", markers of advertisements.
///
/// **Fires on** lines of up to 300 characters with a phrase of `data/strip/promo.tsv`; markers such as
/// "Story continues below" also inside the text.
/// **Leaves alone** prose about apps, sales and channels inside the text.
/// **Score** `View::evidence`; a line that is nothing but a marker of several words needs no neighbours.
/// **Source** shallow text features as in Kohlschütter et al. 2010, doi:10.1145/1718487.1718542.
pub(super) struct Promo;

pub(super) const INFO: RuleInfo = RuleInfo {
    code: "S07",
    name: "promo",
    about: "a site's own advertising and markers of advertisements",
    apply_at: 0.75,
};

impl Rule for Promo {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn propose(&self, view: &View<'_>, out: &mut Proposals) {
        for (i, line) in view.lines().iter().enumerate() {
            if !line.hits.has(Topic::Promo) || line.width > 300.0 {
                continue;
            }
            let marker = line.hits.is(Topic::Promo) && line.words >= 3;
            let near_end =
                i + 5 >= view.tail && !view.is_outside(i) && line.hits.leads(Topic::Promo);
            let lifted = if marker || (near_end && view.web > 1.5) {
                0.4
            } else {
                0.0
            };
            out.line(i, view.evidence(i, Topic::Promo) + lifted);
        }
    }
}
