use super::{Proposals, Rule, RuleInfo, View};

/// Lines among the furniture behind the text that have nothing to do with it.
///
/// **Fires on** lines behind the first furniture after the main text, when at least two lines there are furniture already
/// and the line is no prose about the same things.
/// **Leaves alone** references, notes and lists behind a text without furniture, and lines that the model holds for text.
/// **Score** 0.8 for a line among marked ones, less where its words are those of the text.
/// **Source** break of topic by shared words as in `TextTiling` (Hearst 1997).
pub(super) struct Advert;

pub(super) const INFO: RuleInfo = RuleInfo {
    code: "S21",
    name: "advert",
    about: "lines among the furniture behind the text that have nothing to do with it",
    apply_at: 0.6,
};

impl Rule for Advert {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn propose(&self, view: &View<'_>, out: &mut Proposals) {
        let lines = view.lines();
        let n = lines.len();
        let marked = (view.tail..n).filter(|&i| view.marks[i].is_some()).count();
        let Some(first) = (view.tail..n).find(|&i| view.marks[i].is_some()) else {
            return;
        };
        if marked < 2 || view.page.prose < 600.0 {
            return;
        }
        let unmarked = (first..n).filter(|&j| view.marks[j].is_none()).count();
        for (i, line) in lines.iter().enumerate().skip(first) {
            if view.marks[i].is_some()
                || line.is_prose() && line.width > 260.0
                || view.scores[i] < -2.0
            {
                continue;
            }
            // Between or after marked lines only: a list that follows one lone "share" stays.
            let run = (first..i).rev().take(3).any(|j| view.marks[j].is_some());
            if (run || unmarked <= 2) && marked * 2 >= unmarked {
                out.line(i, 0.8 - 0.3 * line.like);
            }
        }
    }
}
