use super::{Proposals, Rule, RuleInfo, View, is_host};

/// A line that is only the name of the site, as a host.
///
/// **Fires on** a line that is a host name, first or last in the document or outside the text.
/// **Leaves alone** lists of hosts and file names.
/// **Score** 0.9 at the very edge, 0.8 outside the text.
/// **Source** own.
pub(super) struct SiteName;

pub(super) const INFO: RuleInfo = RuleInfo {
    code: "S14",
    name: "site-name",
    about: "a line that is only the site's host name",
    apply_at: 0.75,
};

impl Rule for SiteName {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn propose(&self, view: &View<'_>, out: &mut Proposals) {
        let n = view.lines().len();
        let hosts =
            || (0..n).filter(|&i| view.lines()[i].width < 60.0 && is_host(view.line_text(i)));
        if hosts().count() > 3 || view.page.prose < 400.0 {
            return;
        }
        for i in hosts().filter(|&i| view.is_outside(i)) {
            out.line(i, if i == 0 || i + 1 == n { 0.9 } else { 0.8 });
        }
    }
}
