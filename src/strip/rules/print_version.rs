use super::{Proposals, Rule, RuleInfo, View};
use crate::strip::lexicon::Topic;

/// Tools of a page: print, save, listen, text size.
///
/// **Fires on** lines that are a phrase of `data/strip/print.tsv`, at the edge of the text or among others of the kind.
/// **Leaves alone** the same words as headings or steps inside a text.
/// **Score** `View::evidence`.
/// **Source** shallow text features as in Kohlschütter et al. 2010, doi:10.1145/1718487.1718542.
pub(super) struct PrintVersion;

pub(super) const INFO: RuleInfo = RuleInfo {
    code: "S05",
    name: "print-version",
    about: "tools of a page: print, save, listen, text size",
    apply_at: 0.75,
};

impl Rule for PrintVersion {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn propose(&self, view: &View<'_>, out: &mut Proposals) {
        view.by_words(Topic::Print, out, |l| {
            l.width < 60.0 && l.hits.is(Topic::Print)
        });
    }
}
