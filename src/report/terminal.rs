//! A document and its edits for the terminal.

use std::io::{self, Write};

use super::segments::{is_page, segments};
use crate::decode;
use crate::edit::MARKUP;
use crate::pipeline::rows::{DocumentRow, EditRow};

/// How the terminal is written to.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// ANSI colours; otherwise marks as `wdiff` sets them.
    pub color: bool,
}

pub(super) const RED_STRUCK: &str = "\x1b[9;31m";
pub(super) const GREEN: &str = "\x1b[32m";
const YELLOW: &str = "\x1b[33m";
const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const PLAIN: &str = "\x1b[0m";

impl Style {
    fn paint(self, ansi: &'static str) -> (&'static str, &'static str) {
        if self.color { (ansi, PLAIN) } else { ("", "") }
    }

    pub(super) fn mark(
        self,
        ansi: &'static str,
        open: &'static str,
        close: &'static str,
    ) -> (&'static str, &'static str) {
        if self.color {
            (ansi, PLAIN)
        } else {
            (open, close)
        }
    }
}

/// Writes what is known about the document.
///
/// # Errors
/// When `out` cannot be written.
pub fn head(out: &mut impl Write, row: &DocumentRow, style: Style) -> io::Result<()> {
    let (bold, plain) = style.paint(BOLD);
    writeln!(out, "{bold}{}{plain}", printable(&row.id))?;
    let language = row.language.as_deref().unwrap_or("unknown");
    writeln!(
        out,
        "  encoding {} ({:.2}, {}), language {language}, {} words, {} after cleaning",
        row.encoding, row.encoding_confidence, row.encoding_evidence, row.words_in, row.words_out
    )?;
    if let Some(score) = row.spun_score {
        let family = row
            .spun_family
            .map(|f| format!(", family {f:?}"))
            .unwrap_or_default();
        writeln!(out, "  spun score {score:.2}{family}")?;
    }
    let m = &row.metadata;
    let named = [
        ("title", &m.title),
        ("author", &m.author),
        ("date", &m.date),
        ("site", &m.site),
        ("category", &m.category),
        ("url", &m.url),
    ];
    let named = named
        .into_iter()
        .filter_map(|(k, v)| Some((k, v.as_deref()?)));
    for (key, value) in named.chain(m.extra.iter().map(|(k, v)| (k.as_str(), v.as_str()))) {
        writeln!(out, "  {key}: {}", printable(value))?;
    }
    writeln!(out)
}

/// Writes `source` with its edits marked: removed text struck, new text green, suggestions yellow.
///
/// # Errors
/// When `out` cannot be written.
pub fn marked(
    out: &mut impl Write,
    source: &str,
    edits: &[EditRow],
    style: Style,
) -> io::Result<()> {
    let (gone, gone_end) = style.mark(RED_STRUCK, "[-", "-]");
    let (new, new_end) = style.mark(GREEN, "{+", "+}");
    let (maybe, maybe_end) = style.mark(YELLOW, "[?", "?]");
    for segment in segments(source, edits) {
        match segment.edit {
            None => out.write_all(printable(&segment.before).as_bytes())?,
            Some(e) if !e.applied => {
                write!(
                    out,
                    "{maybe}{} -> {}{maybe_end}",
                    printable(&segment.before),
                    printable(segment.after)
                )?;
            }
            // White space alone: striking it would show nothing.
            Some(_) if segment.before.trim().is_empty() && segment.after.trim().is_empty() => {
                out.write_all(segment.after.as_bytes())?;
            }
            Some(_) => {
                if !segment.before.is_empty() {
                    // A line at a time, so that a pager that repaints lines keeps the strike.
                    for line in segment.before.split_inclusive('\n') {
                        let (text, end) = line.strip_suffix('\n').map_or((line, ""), |t| (t, "\n"));
                        if !text.is_empty() {
                            write!(out, "{gone}{}{gone_end}", printable(text))?;
                        }
                        out.write_all(end.as_bytes())?;
                    }
                }
                if segment.after.trim().is_empty() {
                    out.write_all(segment.after.as_bytes())?;
                } else {
                    write!(out, "{new}{}{new_end}", printable(segment.after))?;
                }
            }
        }
    }
    if !source.ends_with('\n') {
        writeln!(out)?;
    }
    writeln!(out)
}

/// Lists `edits`: line, stage and rule, confidence, before and after.
///
/// # Errors
/// When `out` cannot be written.
pub fn edits(out: &mut impl Write, edits: &[EditRow], style: Style) -> io::Result<()> {
    let (dim, plain) = style.paint(DIM);
    if edits.is_empty() {
        return writeln!(out, "no edits");
    }
    let is_page = is_page(edits);
    let markup = edits.iter().filter(|e| e.rule == MARKUP).count();
    if markup > 0 {
        writeln!(
            out,
            "{dim}{markup} stretches of markup became text (--json lists them){plain}"
        )?;
    }
    for e in edits.iter().filter(|e| !e.superseded && e.rule != MARKUP) {
        let before = if is_page {
            decode::shown(&e.before)
        } else {
            e.before.clone()
        };
        let rule = format!("{}/{}", e.stage, e.rule);
        let what = match (
            before.is_empty(),
            e.after.trim().is_empty() && (is_page || e.after.is_empty()),
        ) {
            (_, true) => format!("removes {}", quoted(&before)),
            (true, false) => format!("inserts {}", quoted(&e.after)),
            (false, false) if e.before == e.after => match &e.bytes {
                Some(bytes) => format!("keeps bytes {bytes}"),
                None => "keeps it".to_owned(),
            },
            (false, false) => format!("{} -> {}", quoted(&before), quoted(&e.after)),
        };
        let doubt = if e.applied || e.bytes.is_some() {
            ""
        } else {
            " (suggestion)"
        };
        writeln!(
            out,
            "{:>5}  {rule:28} {:.2}  {what}{dim}{doubt}{plain}",
            e.line, e.confidence
        )?;
    }
    Ok(())
}

/// `text` in quotes on one line, its middle left out when it is long.
fn quoted(text: &str) -> String {
    const MOST: usize = 90;
    let flat: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let flat = if flat.is_empty() {
        text.escape_debug().to_string()
    } else {
        printable(&flat)
    };
    let n = flat.chars().count();
    if n <= MOST {
        return format!("\"{flat}\"");
    }
    let head: String = flat.chars().take(MOST / 2).collect();
    let tail: String = flat.chars().skip(n - MOST / 3).collect();
    format!("\"{head} … {tail}\"")
}

/// `text` without what a terminal would obey: controls show as their pictures.
pub(super) fn printable(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => c,
            '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + c as u32).unwrap_or('\u{FFFD}'),
            '\u{7f}' => '\u{2421}',
            '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{FFFD}',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_document_reaches_the_terminal_as_a_command() {
        let mut out = Vec::new();
        marked(&mut out, "a\x1b[2Jb\u{9b}c", &[], Style { color: true }).unwrap();
        assert!(!out.contains(&0x1b));
        assert!(String::from_utf8(out).unwrap().contains('␛'));
    }
}
