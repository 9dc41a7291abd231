//! A record as named fields: what passes from one format to another.

use super::format::csv;
use super::format::jsonl::Fields;
use super::json_text::escape;
use super::line::Line;

/// The fields of a record in their order, their values as JSON, and which of them holds the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Name and value of each; the value of the text is left empty, since its cleaned form takes its place.
    pub fields: Vec<(String, String)>,
    /// Which of them is the text.
    pub text: usize,
}

impl Row {
    /// The fields of `line`, whose text stands in the field `text_field`.
    pub fn of_line(line: &Line, text_field: &str) -> Self {
        let mut fields = match &line.header {
            // It was parsed once already.
            None => serde_json::from_str::<Fields>(&line.raw).map_or_else(|_| Vec::new(), |f| f.0),
            Some(header) => csv::fields(line, header)
                .into_iter()
                .map(|(name, value)| (name, escape(&value, false)))
                .collect(),
        };
        let text = match &line.header {
            Some(header) => header.text,
            None => fields
                .iter()
                .position(|(name, _)| name == text_field)
                .unwrap_or_default(),
        };
        if let Some((_, value)) = fields.get_mut(text) {
            value.clear();
        }
        Self { fields, text }
    }

    /// The fields of a file that is one document: its name, its path and its text.
    pub fn of_file(names: &Names, id: &str, path: &str) -> Self {
        Self {
            fields: vec![
                (names.id.clone(), escape(id, false)),
                ("path".to_owned(), escape(path, false)),
                (names.text.clone(), String::new()),
            ],
            text: 2,
        }
    }

    /// One JSON object with `text`, on a line of its own.
    pub fn json_line(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + 256);
        for (i, (name, value)) in self.fields.iter().enumerate() {
            out.push(if i == 0 { '{' } else { ',' });
            out.push_str(&escape(name, false));
            out.push(':');
            if i == self.text {
                out.push_str(&escape(text, false));
            } else {
                out.push_str(value);
            }
        }
        out.push_str("}\n");
        out
    }

    /// Bytes of all but the text.
    pub fn bytes(&self) -> usize {
        self.fields.iter().map(|(n, v)| n.len() + v.len()).sum()
    }
}

/// What fields are called that limpid itself must give a name.
#[derive(Clone, Debug)]
pub struct Names {
    /// The text.
    pub text: String,
    /// The document's name.
    pub id: String,
    /// The page's address.
    pub url: String,
}

impl Names {
    /// As the inputs call them, so that what is written can be read by the same settings.
    pub fn of(settings: &super::read::Settings) -> Self {
        Self {
            text: settings.text_field.clone(),
            id: settings.id_field.clone(),
            url: settings.url_field.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_pass_as_they_stand() {
        let raw = "{\"n\": 1.50, \"text\":\"a\", \"k\":{\"x\": null}}\n".to_owned();
        let line = Line {
            raw,
            literal: 18..21,
            header: None,
        };
        let row = Row::of_line(&line, "text");
        assert_eq!(row.text, 1);
        assert_eq!(
            row.json_line("b\""),
            "{\"n\":1.50,\"text\":\"b\\\"\",\"k\":{\"x\": null}}\n"
        );
    }
}
