use super::{Proposals, Rule, RuleInfo, View};
use crate::strip::lexicon::Topic;

/// Lines that ask the reader to pay, register or donate before reading on.
///
/// **Fires on** lines of up to 300 characters with a phrase of `data/strip/paywall.tsv`.
/// **Leaves alone** prose about subscriptions inside the text.
/// **Score** `View::evidence`.
/// **Source** shallow text features as in Kohlschütter et al. 2010, doi:10.1145/1718487.1718542.
pub(super) struct Paywall;

pub(super) const INFO: RuleInfo = RuleInfo {
    code: "S03",
    name: "paywall",
    about: "lines that ask the reader to pay, register or donate",
    apply_at: 0.75,
};

impl Rule for Paywall {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn propose(&self, view: &View<'_>, out: &mut Proposals) {
        view.by_words(Topic::Paywall, out, |l| l.width < 300.0);
    }
}
