use super::{Proposals, Rule, RuleInfo, View};
use crate::strip::lexicon::Topic;

/// Boxes that ask the reader to subscribe to a newsletter.
///
/// **Fires on** lines with an invitation of `data/strip/newsletter.tsv`, and on the heading and the fields around them.
/// **Leaves alone** prose about newsletters inside the text.
/// **Score** `View::evidence`; lines between two that fire, or just under a heading that does, take its score less 0.05.
/// **Source** shallow text features as in Kohlschütter et al. 2010, doi:10.1145/1718487.1718542.
pub(super) struct Newsletter;

pub(super) const INFO: RuleInfo = RuleInfo {
    code: "S02",
    name: "newsletter",
    about: "boxes that ask the reader to subscribe to a newsletter",
    apply_at: 0.75,
};

impl Rule for Newsletter {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn propose(&self, view: &View<'_>, out: &mut Proposals) {
        view.by_words(Topic::Newsletter, out, |l| l.width < 420.0);
    }
}
