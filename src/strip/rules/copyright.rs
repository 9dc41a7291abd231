use super::{Proposals, Rule, RuleInfo, View};
use crate::strip::lexicon::Topic;

/// Copyright lines, wire notices, disclaimers of publishers.
///
/// **Fires on** lines at the edge of the text with a phrase of `data/strip/copyright.tsv` or a copyright sign before a year.
/// **Leaves alone** licences and legal texts (no other sign of a web page), and such words inside the text.
/// **Score** `View::evidence`; a sign without further words counts half.
/// **Source** shallow text features as in Kohlschütter et al. 2010, doi:10.1145/1718487.1718542.
pub(super) struct Copyright;

pub(super) const INFO: RuleInfo = RuleInfo {
    code: "S06",
    name: "copyright",
    about: "copyright lines, wire notices, disclaimers of publishers",
    apply_at: 0.75,
};

impl Rule for Copyright {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn propose(&self, view: &View<'_>, out: &mut Proposals) {
        for (i, line) in view.lines().iter().enumerate() {
            if !line.hits.has(Topic::Copyright) || line.width > 450.0 {
                continue;
            }
            let said = line.hits.any & Topic::Copyright.bit() != 0;
            // The last paragraph may be the notice itself: then the main text ends before it.
            let last = i + 6 >= view.tail && said;
            let confidence = view.evidence(i, Topic::Copyright);
            let lifted = if last && !view.is_outside(i) && view.web > 1.5 {
                0.35
            } else {
                0.0
            };
            let sign = if said || line.digits >= 4 { 0.0 } else { -0.3 };
            out.line(i, confidence + lifted + sign);
        }
    }
}
