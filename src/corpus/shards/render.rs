//! What can be made of one document without knowing the others of its file.

use std::sync::Arc;

use crate::corpus::Format;
use crate::corpus::format::csv::Header;
use crate::corpus::format::warc::write as warc;
use crate::corpus::json_text::Escapes;
use crate::corpus::read::{Body, Carrier, Raw, Settings};
use crate::corpus::row::{Names, Row};

/// A document, as far as it can be written by itself.
#[derive(Clone, Debug)]
pub(crate) enum Rendered {
    /// Its text is all there is to write.
    Text,
    /// Its bytes in the file, and the header they stand under.
    Line(Vec<u8>, Option<Arc<Header>>),
    /// Its fields, for a format that gives them columns.
    Row(Row),
    /// The number of its row in its source, from 1, which is read again for its other columns.
    Step(u64),
}

/// What is written of the document `raw` called `name`, read as `from`, with its cleaned `text`; and how the literal of its
/// source text was escaped, where that is not by rule.
pub(crate) fn render(
    raw: &Raw,
    (name, path): (&str, &str),
    text: &str,
    (from, to): (Format, Format),
    settings: &Settings,
) -> (Rendered, Option<Escapes>) {
    if to == Format::Text {
        return (Rendered::Text, None);
    }
    let row = match &raw.body {
        Body::Text(_) => Row::of_file(&Names::of(settings), name, path),
        Body::Record(record) => match &record.carrier {
            Carrier::Line(line) if from == to => {
                let source = record.content.text().unwrap_or_default();
                let habit = line.habit(source);
                let written = if text == source {
                    line.raw.clone()
                } else {
                    // A literal that follows no rule stands for its own text only.
                    match &habit {
                        Escapes::Literal(_) => line.with(text, &Escapes::Minimal),
                        rule => line.with(text, rule),
                    }
                };
                let rendered = Rendered::Line(written.into_bytes(), line.header.clone());
                return (rendered, (habit != Escapes::Minimal).then_some(habit));
            }
            Carrier::Line(line) => Row::of_line(line, &settings.text_field),
            Carrier::Warc(head) if to == Format::Warc => {
                return (Rendered::Line(warc::of_warc(head, text), None), None);
            }
            Carrier::Warc(head) => head.row(&Names::of(settings)),
            Carrier::Row => return (Rendered::Step(record.number), None),
        },
    };
    (of_row(row, name, text, to, settings), None)
}

/// What is written of the document called `name` with the fields `row` and its cleaned `text`.
pub(super) fn of_row(
    row: Row,
    name: &str,
    text: &str,
    to: Format,
    settings: &Settings,
) -> Rendered {
    match to {
        Format::Warc => {
            let record = warc::of_row(&row, name, &Names::of(settings), text);
            Rendered::Line(record, None)
        }
        Format::Jsonl => Rendered::Line(row.json_line(text).into_bytes(), None),
        _ => Rendered::Row(row),
    }
}

/// The fields of a record that is to be written in another format.
pub(super) fn row(raw: &Raw, settings: &Settings) -> Option<Row> {
    match &raw.body {
        Body::Text(_) => None,
        Body::Record(record) => match &record.carrier {
            Carrier::Line(line) => Some(Row::of_line(line, &settings.text_field)),
            Carrier::Warc(head) => Some(head.row(&Names::of(settings))),
            Carrier::Row => None,
        },
    }
}
