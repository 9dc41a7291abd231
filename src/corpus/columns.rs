//! Which columns the records of an input need, where they are written in a format that fixes them beforehand.
//!
//! One look at the whole input names every field once, in the order in which they first appear, with the narrowest type
//! that holds all its values, so that nothing is left out or rounded: whole numbers of 64 bits, floating-point numbers,
//! truth values, strings; anything else, and any mixture, is kept as JSON text.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::json_text::unescape;
use super::row::Row;

/// What a column holds; any value may be missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Nothing but `null` so far.
    #[default]
    Null,
    /// Truth values.
    Bool,
    /// Whole numbers of 64 bits.
    Int,
    /// Floating-point numbers.
    Float,
    /// Strings.
    Text,
    /// Strings where the value is one, JSON text for all else.
    Json,
}

impl Kind {
    /// The narrowest for one JSON value.
    fn of(value: &str) -> Self {
        match value.as_bytes().first() {
            Some(b'n') | None => Self::Null,
            Some(b't' | b'f') => Self::Bool,
            Some(b'"') => Self::Text,
            Some(b'{' | b'[') => Self::Json,
            _ if value.parse::<i64>().is_ok() => Self::Int,
            // A number that a float does not hold as it stands is kept as text.
            _ => match value.parse::<f64>() {
                Ok(n) if n.is_finite() && digits(value) <= 15 => Self::Float,
                _ => Self::Json,
            },
        }
    }

    /// The narrowest for this and `other`.
    fn with(self, other: Self, wide: bool) -> Self {
        match (self, other) {
            (a, b) if a == b => a,
            (Self::Null, a) | (a, Self::Null) => a,
            (Self::Int, Self::Float) | (Self::Float, Self::Int) if !wide => Self::Float,
            _ => Self::Json,
        }
    }
}

/// Decimal digits of a number's literal before its exponent.
fn digits(literal: &str) -> usize {
    literal
        .split(['e', 'E'])
        .next()
        .unwrap_or_default()
        .bytes()
        .filter(u8::is_ascii_digit)
        .count()
}

/// Columns at most; the fields of inputs with more share one column, [`MORE`].
const MOST: usize = 1000;
/// Name of the column for what has none of its own: an object of JSON.
pub const MORE: &str = "limpid_more";

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// Whether a whole number in it has more digits than a float holds.
    wide: bool,
}

/// The columns of an input.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Columns {
    /// In the order in which they first appear.
    pub columns: Vec<Column>,
    by_name: BTreeMap<String, usize>,
    /// Which of them is the text.
    pub text: usize,
    /// Whether some fields have no column of their own.
    pub more: bool,
}

impl Columns {
    /// Takes what `row` holds into account.
    pub fn look(&mut self, row: &Row) {
        for (i, (name, value)) in row.fields.iter().enumerate() {
            let (kind, wide) = if i == row.text {
                (Kind::Text, false)
            } else {
                (Kind::of(value), digits(value) > 15)
            };
            let at = match self.by_name.get(name) {
                Some(&at) => at,
                None if self.columns.len() >= MOST && i != row.text => {
                    self.more = true;
                    continue;
                }
                None => {
                    self.by_name.insert(name.clone(), self.columns.len());
                    self.columns.push(Column {
                        name: name.clone(),
                        kind: Kind::Null,
                        wide: false,
                    });
                    self.columns.len() - 1
                }
            };
            let column = &mut self.columns[at];
            column.wide |= wide;
            column.kind = column.kind.with(kind, column.wide);
            if i == row.text {
                self.text = at;
            }
        }
    }

    /// Takes columns of any type, of which that called `text` is the text.
    pub fn look_at_names<'n>(&mut self, names: impl Iterator<Item = &'n str>, text: &str) {
        let fields: Vec<(String, String)> = names.map(|n| (n.to_owned(), String::new())).collect();
        let text = fields.iter().position(|(n, _)| n == text);
        self.look(&Row {
            fields,
            text: text.unwrap_or(usize::MAX),
        });
    }

    /// The values of `row` in the order of the columns, and an object of those that have none.
    pub fn values<'r>(&self, row: &'r Row) -> (Vec<Option<&'r str>>, Option<String>) {
        let mut values = vec![None; self.columns.len()];
        let mut more = String::new();
        for (name, value) in &row.fields {
            if let Some(&at) = self.by_name.get(name) {
                values[at] = Some(value.as_str()).filter(|v| *v != "null");
                continue;
            }
            more.push(if more.is_empty() { '{' } else { ',' });
            more.push_str(&super::json_text::escape(name, false));
            more.push(':');
            more.push_str(value);
        }
        if !more.is_empty() {
            more.push('}');
        }
        (values, Some(more).filter(|m| !m.is_empty()))
    }
}

/// A JSON value as plain text: a string's own, JSON for all else.
pub fn plain(value: &str) -> String {
    unescape(value).unwrap_or_else(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_widen_until_everything_fits() {
        let rows = [
            r#"{"i":1,"f":1,"b":true,"s":"x","m":1,"n":null,"o":{},"w":9007199254740993}"#,
            r#"{"i":-2,"f":0.5,"b":null,"s":"y","m":"z","n":null,"o":[],"w":0.5,"late":18446744073709551615}"#,
        ];
        let mut columns = Columns::default();
        for row in rows {
            let fields: super::super::format::jsonl::Fields = serde_json::from_str(row).unwrap();
            columns.look(&Row {
                fields: fields.0,
                text: usize::MAX,
            });
        }
        let kinds: Vec<(&str, Kind)> = columns
            .columns
            .iter()
            .map(|c| (c.name.as_str(), c.kind))
            .collect();
        assert_eq!(
            kinds,
            [
                ("i", Kind::Int),
                ("f", Kind::Float),
                ("b", Kind::Bool),
                ("s", Kind::Text),
                ("m", Kind::Json),
                ("n", Kind::Null),
                ("o", Kind::Json),
                ("w", Kind::Json),
                ("late", Kind::Json),
            ]
        );
    }
}
