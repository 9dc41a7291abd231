use super::{Proposals, Rule, RuleInfo, View};
use crate::strip::lexicon::Topic;

/// Consent banners.
///
/// **Fires on** lines with a phrase about using cookies (`data/strip/cookie.tsv`), and on buttons within four lines of one.
/// **Leaves alone** recipes, manuals of web software, prose about consent inside the text.
/// **Score** `View::evidence`.
/// **Source** shallow text features as in Kohlschütter et al. 2010, doi:10.1145/1718487.1718542.
pub(super) struct CookieNotice;

pub(super) const INFO: RuleInfo = RuleInfo {
    code: "S04",
    name: "cookie-notice",
    about: "consent banners and their buttons",
    apply_at: 0.75,
};

impl Rule for CookieNotice {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn propose(&self, view: &View<'_>, out: &mut Proposals) {
        let lines = view.lines();
        let notice = |j: usize| lines[j].hits.any & Topic::Cookie.bit() != 0;
        for (i, line) in lines.iter().enumerate() {
            let button = || {
                line.hits.is(Topic::Cookie)
                    && (i.saturating_sub(4)..(i + 5).min(lines.len())).any(notice)
            };
            if notice(i) && line.width < 700.0 || button() {
                out.line(i, view.evidence(i, Topic::Cookie));
            }
        }
    }
}
