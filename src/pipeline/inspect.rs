//! One document through the stages, nothing written: what `limpid inspect` shows.

use super::batches::Item;
use super::cleaning::{clean, rows_of};
use super::config::Config;
use super::job::no_survey;
use super::rows::{DocumentRow, EditRow, source_text};
use super::stages::Stages;
use crate::corpus::Reject;
use crate::corpus::inputs::Input;
use crate::corpus::read::Reader;
use crate::edit::RestoreError;
use crate::stage::{Scratch, SetupError};

/// What the stages make of one document.
#[derive(Debug)]
#[non_exhaustive]
pub struct Inspection {
    /// What is known about it.
    pub row: DocumentRow,
    /// Its edits and suggestions, in reading order.
    pub edits: Vec<EditRow>,
    /// The cleaned text.
    pub text: String,
}

impl Inspection {
    /// The decoded source text.
    ///
    /// # Errors
    /// Never for an inspection as [`inspect`] makes it.
    pub fn source(&self) -> Result<String, RestoreError> {
        source_text(&self.text, &self.edits)
    }
}

/// Inspects the documents of `input` one by one, at most `most` of them, as a run over each alone would see it: what
/// only a corpus tells (lines that recur, phrases of clean documents) is not known.
///
/// # Errors
/// When the stages cannot be set up.
pub fn inspect(
    config: &Config,
    input: &Input,
    most: usize,
) -> Result<Vec<Result<Inspection, Reject>>, SetupError> {
    let stages = Stages::new(config)?;
    let survey = no_survey();
    let mut scratch = Scratch::new();
    let reader = match Reader::open(input, &config.input) {
        Ok(reader) => reader,
        Err(reject) => return Ok(vec![Err(reject)]),
    };
    Ok(reader
        .take(most)
        .map(|raw| {
            let item = Item {
                input,
                raw: raw?,
                name: input.path.clone(),
            };
            let cleaned = clean(&stages, &survey, item, &mut scratch)?;
            let edits = rows_of(&cleaned);
            Ok(Inspection {
                row: cleaned.row,
                edits,
                text: cleaned.text,
            })
        })
        .collect())
}
