use super::{Proposals, Rule, RuleInfo, View};

/// The section that a page names beside its headline, and where it repeats that.
///
/// **Fires on** a short line of capitalised words with a separator ("World | Politics") within four lines of the headline.
/// **Leaves alone** table heads and everything where there is no headline and no other sign of a web page.
/// **Score** 0.8.
/// **Source** own.
pub(super) struct Category;

pub(super) const INFO: RuleInfo = RuleInfo {
    code: "S16",
    name: "category",
    about: "the section named beside the headline",
    apply_at: 0.75,
};

impl Rule for Category {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn propose(&self, view: &View<'_>, out: &mut Proposals) {
        let Some(headline) = view.headline else {
            return;
        };
        if view.web < 1.0 {
            return;
        }
        let to = view.head.min(headline + 5);
        for i in headline.saturating_sub(3)..to {
            let line = &view.lines()[i];
            if i != headline
                && line.is_label()
                && line.separators >= 1
                && line.separators <= 3
                && line.words <= 6
                && line.digits == 0
                && line.capital_words + line.stop_words >= line.words
            {
                out.line(i, 0.8);
            }
        }
    }
}
