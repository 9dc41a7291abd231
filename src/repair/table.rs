//! Reading of the TSV files that are part of the program.

use crate::stage::SetupError;

/// An embedded file and its name for messages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) text: &'static str,
}

/// One line that is neither empty nor a comment.
#[derive(Clone, Copy, Debug)]
pub(super) struct TableRow {
    name: &'static str,
    line: usize,
    pub(super) text: &'static str,
}

impl TableRow {
    /// The `N` columns of the row.
    pub(super) fn columns<const N: usize>(&self) -> Result<[&'static str; N], SetupError> {
        let mut out = [""; N];
        let mut parts = self.text.split('\t');
        for slot in &mut out {
            *slot = parts
                .next()
                .ok_or_else(|| self.error(format!("fewer than {N} columns")))?;
        }
        match parts.next() {
            Some(_) => Err(self.error(format!("more than {N} columns"))),
            None => Ok(out),
        }
    }

    /// A complaint about this row.
    pub(super) fn error(&self, problem: impl Into<String>) -> SetupError {
        SetupError::Data {
            name: self.name.to_owned(),
            line: self.line,
            problem: problem.into(),
        }
    }
}

/// The rows of `table`.
pub(super) fn rows(table: &Table) -> impl Iterator<Item = TableRow> + use<> {
    let name = table.name;
    table
        .text
        .lines()
        .enumerate()
        .filter(|(_, l)| !l.is_empty() && !l.starts_with('#'))
        .map(move |(i, text)| TableRow {
            name,
            line: i + 1,
            text,
        })
}
