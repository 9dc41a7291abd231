use super::{Proposals, Rule, RuleInfo, View, is_host};
use crate::strip::dates;
use crate::strip::lexicon::{Lexicon, Topic};
use crate::strip::page::Line;

/// Rows of facts about the page: date, host, reading time, views, category.
///
/// **Fires on** lines of at least two labelled fields ("Views: 12 Category: news"), labels filled or not, and on lines
/// outside the text made of date, host, counts and reading time only.
/// **Leaves alone** form letters and records inside the text: there the labels are not those of a page.
/// **Score** 0.9 for labelled fields, 0.85 for a date with host or reading time.
/// **Source** own.
pub(super) struct PageInfo;

pub(super) const INFO: RuleInfo = RuleInfo {
    code: "S12",
    name: "page-info",
    about: "rows of facts about the page: date, host, reading time, views",
    apply_at: 0.75,
};

impl Rule for PageInfo {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn propose(&self, view: &View<'_>, out: &mut Proposals) {
        for (i, line) in view.lines().iter().enumerate() {
            if line.width > 200.0 || line.words > 30 || !view.is_outside(i) {
                continue;
            }
            let text = view.line_text(i);
            let fields = fields(text, view.lexicon).count();
            if fields >= 2 && (fields * 5) as u32 >= line.words {
                out.line(
                    i,
                    if fields >= 3 || view.web >= 1.0 {
                        0.9
                    } else {
                        0.7
                    },
                );
            } else if is_row(line, text, view.lexicon) {
                out.line(i, 0.85);
            } else if line.hits.any & Topic::Label.bit() != 0
                && line.digits > 0
                && line.words <= 8
                && dates::others(text, view.lexicon).0 == 0
                && view.web >= 1.0
            {
                out.line(i, 0.8);
            }
        }
    }
}

/// A date and a host, or either with a reading time, and no other words.
fn is_row(line: &Line, text: &str, lexicon: &Lexicon) -> bool {
    if line.digits < 2 || line.words < 3 {
        return false;
    }
    let host = text.split_whitespace().find(|w| is_host(w));
    let timed = line.hits.any & Topic::Label.bit() != 0;
    if host.is_none() && !timed {
        return false;
    }
    let (others, found) = dates::others(text, lexicon);
    let host_words = host.map_or(0, crate::text::words::count);
    // A sign or two of other kinds (a flag, a number with a hash) belongs to such rows.
    others <= host_words + 1 && found.is_some()
}

/// Labelled fields of the line: label in lower case, value as it stands; only labels that pages have.
pub(in crate::strip) fn fields<'t>(
    text: &'t str,
    lexicon: &'t Lexicon,
) -> impl Iterator<Item = (&'t str, &'t str)> + 't {
    let mut colons = text
        .match_indices([':', '：'])
        .map(|(i, c)| (i, i + c.len()))
        .peekable();
    std::iter::from_fn(move || {
        loop {
            let (at, value_from) = colons.next()?;
            let label_from = text[..at]
                .rfind([' ', '\t', '|', ',', '\u{a0}'])
                .map_or(0, |i| {
                    i + text[i..].chars().next().map_or(1, char::len_utf8)
                });
            let label = &text[label_from..at];
            if label.is_empty() || label.len() > 30 || !label.chars().all(char::is_alphabetic) {
                continue;
            }
            let folded = format!("{}:", label.to_lowercase());
            let hits = lexicon.hits(&folded);
            if hits.start & (Topic::Label.bit() | Topic::Byline.bit() | Topic::Navigation.bit())
                == 0
            {
                continue;
            }
            let value_to = match colons.peek() {
                Some(&(next, _)) => text[value_from..next]
                    .rfind([' ', '\t', '|', ','])
                    .map_or(value_from, |i| value_from + i),
                None => text.len(),
            };
            let value = text[value_from..value_to.max(value_from)]
                .trim_matches(|c: char| c.is_whitespace() || matches!(c, '|' | ','));
            return Some((label, value));
        }
    })
}
