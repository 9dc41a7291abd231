use super::{Proposals, Rule, RuleInfo, View};
use crate::strip::lexicon::Topic;

/// Lines that only point elsewhere: "Click here for ...", "Original article link: URL", press contacts.
///
/// **Fires on** short lines that begin with a phrase of `data/strip/link.tsv` or are one, at the edge of the text; inside
/// it only as a label before an address.
/// **Leaves alone** references, bibliographies and instructions inside the text.
/// **Score** `View::evidence`, raised when an address follows the label.
/// **Source** link density as in Kohlschütter et al. 2010, doi:10.1145/1718487.1718542, on what is left of links in text.
pub(super) struct LinkLine;

pub(super) const INFO: RuleInfo = RuleInfo {
    code: "S08",
    name: "link-line",
    about: "lines that only point elsewhere: click here, source, original article",
    apply_at: 0.75,
};

impl Rule for LinkLine {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn propose(&self, view: &View<'_>, out: &mut Proposals) {
        for (i, line) in view.lines().iter().enumerate() {
            if !line.hits.leads(Topic::Link) || line.width > 320.0 || line.is_prose() && !line.url {
                continue;
            }
            let address = if line.url && line.words < 30 && view.is_outside(i) {
                0.15
            } else {
                0.0
            };
            out.line(i, view.evidence(i, Topic::Link) + address);
        }
    }
}
