use super::{Proposals, Rule, RuleInfo, View};
use crate::strip::lexicon::Topic;

/// Buttons and invitations to share the page or to follow its makers.
///
/// **Fires on** short lines that are or begin with a phrase of `data/strip/share.tsv`, beside the main text or among
/// others of the kind; rows of network names.
/// **Leaves alone** sentences about sharing, and names of networks inside the text.
/// **Score** `View::evidence`.
/// **Source** shallow text features as in Kohlschütter et al. 2010, doi:10.1145/1718487.1718542.
pub(super) struct ShareRow;

pub(super) const INFO: RuleInfo = RuleInfo {
    code: "S01",
    name: "share-row",
    about: "buttons and invitations to share the page or to follow its makers",
    apply_at: 0.75,
};

impl Rule for ShareRow {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn propose(&self, view: &View<'_>, out: &mut Proposals) {
        view.by_words(Topic::Share, out, |l| l.width < 120.0 && !l.is_prose());
        // Follow-us lines often carry the addresses of the networks.
        for (i, line) in view.lines().iter().enumerate() {
            if line.hits.start & Topic::Share.bit() != 0 && view.is_outside(i) && line.width < 200.0
            {
                out.line(i, view.evidence(i, Topic::Share));
            }
        }
    }
}
