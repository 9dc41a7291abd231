use super::{Proposals, Rule, RuleInfo, View, is_file_suffix};
use crate::strip::lexicon::Topic;
use crate::strip::page::{End, Line};

/// Picture credits, captions that end in one, and names of image files.
///
/// **Fires on** lines that begin with a credit label of `data/strip/credit.tsv`, end in a photographer and an agency
/// ("Name/Agency", "via Agency"), are the name of an image file, or stand in a `figcaption`, or an element called
/// a caption, of a page of HTML.
/// **Leaves alone** sentences that mention photographs, and lists of files.
/// **Score** 0.85 for a credit of its own and for a `figcaption`, 0.8 for a caption with a credit, 0.85 for a file name beside other captions.
/// **Source** own.
pub(super) struct Caption;

pub(super) const INFO: RuleInfo = RuleInfo {
    code: "S17",
    name: "caption",
    about: "picture credits, captions with a credit, names of image files",
    apply_at: 0.75,
};

impl Rule for Caption {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn propose(&self, view: &View<'_>, out: &mut Proposals) {
        for (i, line) in view.lines().iter().enumerate() {
            if view.is_figure_caption(i) && view.page.prose > 400.0 {
                out.line(i, 0.85);
                continue;
            }
            let text = view.line_text(i);
            let label = line.hits.start & Topic::Credit.bit() != 0;
            let agency = line.hits.any & Topic::Credit.bit() != 0;
            let long = line.width > 420.0 || line.breaks > 4;
            if long && !label || line.width > 700.0 {
                continue;
            }
            if label
                && (line.width < 60.0 || colon_early(text) || agency)
                && view.page.prose > 200.0
            {
                out.line(i, 0.85);
            } else if agency
                && (line.width < 80.0 || ends_in_credit(text))
                && view.page.prose > 200.0
                || is_name_and_agency(line, text) && view.page.prose > 400.0
            {
                out.line(i, 0.8);
            } else if line.hits.is(Topic::Credit) {
                out.line(i, view.evidence(i, Topic::Credit));
            } else if is_file_name(line, text) && view.page.prose > 400.0 {
                let near = (i.saturating_sub(2)..(i + 3).min(view.lines().len()))
                    .any(|j| j != i && view.lines()[j].hits.has(Topic::Credit));
                out.line(
                    i,
                    if near || view.is_outside(i) && view.web >= 1.0 {
                        0.85
                    } else {
                        0.5
                    },
                );
            }
        }
    }
}

/// A label with its colon within the first 30 characters.
fn colon_early(text: &str) -> bool {
    text.char_indices()
        .take(30)
        .any(|(_, c)| matches!(c, ':' | '：' | '©'))
}

/// Whether the agency stands in the last 60 characters, where a caption's credit does.
fn ends_in_credit(text: &str) -> bool {
    let tail_from = text.char_indices().rev().nth(59).map_or(0, |(i, _)| i);
    let tail = &text[tail_from..];
    !tail.trim_end().ends_with('.')
        || tail.contains('/')
        || tail.contains('(')
        || tail.contains('©')
}

/// "First Last/Agency Name": a few capitalised words with a slash between two of them and no end mark.
fn is_name_and_agency(line: &Line, text: &str) -> bool {
    if line.separators == 0 || line.width >= 70.0 {
        return false;
    }
    let Some(slash) = text.find('/') else {
        return false;
    };
    let side = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    line.words >= 3
        && line.words <= 8
        && line.digits == 0
        && line.capital_words == line.words
        && line.separators <= 2
        && line.end_mark == End::Open
        && !line.url
        && side(text[..slash].chars().next_back())
        && side(text[slash + 1..].chars().next())
        && crate::text::words::count(&text[..slash]) >= 2
}

/// A single word without blanks that a camera or an editor named: a suffix of images, or many parts with digits.
fn is_file_name(line: &Line, text: &str) -> bool {
    if text.contains(char::is_whitespace) || text.len() < 8 || line.url || text.len() > 200 {
        return false;
    }
    if let Some((stem, suffix)) = text.rsplit_once('.')
        && !stem.is_empty()
        && suffix.len() <= 4
        && is_file_suffix(&suffix.to_ascii_lowercase())
    {
        return matches!(
            suffix.to_ascii_lowercase().as_str(),
            "jpg" | "jpeg" | "png" | "gif" | "webp" | "avif" | "bmp" | "svg" | "tiff"
        );
    }
    let parts = text.split(['-', '_']).filter(|p| !p.is_empty()).count();
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    plain && parts >= 4 && (line.digits >= 3 || text.ends_with("-scaled"))
}
