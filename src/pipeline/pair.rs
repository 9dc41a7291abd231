//! Two documents compared with each other, nothing written: what `limpid inspect --pair` shows.

use std::path::PathBuf;

use serde::Serialize;

use super::compare::{Compare, CompareError, Kind, Rank};
use super::config::Config;
use super::inspect::{Inspection, inspect};
use crate::corpus::Reject;
use crate::corpus::inputs::Input;
use crate::dedup::Dedup;
use crate::dedup::diff;
use crate::dedup::form::{self, Facts, Form};
use crate::dedup::verify::{Measure, Prepared, Tokens, same_but_for_space};
use crate::document::DocId;
use crate::edit::{ByteSpan, StageName};
use crate::stage::{Scratch, SetupError};
use crate::text::shingles::{self, Token};

/// What two documents have in common.
#[derive(Debug)]
#[non_exhaustive]
pub struct Pair {
    /// Their ids.
    pub ids: [String; 2],
    /// Their texts, decoded.
    pub texts: [String; 2],
    /// What a run over the two would say, in its order; empty when nothing resembles.
    pub matches: Vec<Shared>,
    /// Share of word shingles in common, of those of both.
    pub jaccard: f32,
    /// Share of the word shingles of the one with fewer that the other has.
    pub containment: f32,
    /// Their facts, compared.
    pub facts: Facts,
    /// Both texts, cut where they begin to differ and where they end.
    pub stretches: Vec<Piece>,
}

/// A match between two documents.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Shared {
    /// What kind of thing they share.
    pub kind: Kind,
    /// How alike, 0 to 1.
    pub similarity: f32,
    /// How that was measured.
    pub measure: &'static str,
    /// Whether one of the two quotes it.
    pub quoted: bool,
    /// Where, in the first.
    #[serde(skip)]
    pub a: ByteSpan,
    /// Where, in the second.
    #[serde(skip)]
    pub b: ByteSpan,
}

/// A stretch of either text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// In the first.
    pub a: ByteSpan,
    /// In the second.
    pub b: ByteSpan,
    /// Whether both hold the same words.
    pub equal: bool,
}

/// Why two documents cannot be compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PairError {
    /// A setting is out of range.
    #[error("the documents cannot be compared")]
    Setup(#[from] SetupError),
    /// A document cannot be read.
    #[error("{path}: {reason}: {detail}")]
    Reject {
        /// The file.
        path: String,
        /// Why, in kebab-case.
        reason: String,
        /// Why, in words.
        detail: String,
    },
    /// There is no such record.
    #[error("{}: has no document {number}, only {there}", path.display())]
    Number {
        /// The file.
        path: PathBuf,
        /// The number asked for, from 1.
        number: usize,
        /// How many there are.
        there: usize,
    },
    /// The comparison failed.
    #[error("the documents cannot be compared")]
    Compare(#[from] CompareError),
}

impl From<Reject> for PairError {
    fn from(reject: Reject) -> Self {
        Self::Reject {
            path: reject.path,
            reason: reject.reason,
            detail: reject.detail,
        }
    }
}

/// Compares document `number` (from 1) of one file with that of another, as decoded.
///
/// # Errors
/// A file without such a document, a document that cannot be read, a setting out of range.
pub fn compare(config: &Config, sides: [(&Input, usize); 2]) -> Result<Pair, PairError> {
    let mut config = config.clone();
    config.stages = vec![StageName::Decode];
    let [a, b] = sides;
    let (a, b) = (read(&config, a)?, read(&config, b)?);
    let dedup = Dedup::new(&config.dedup)?;
    let settings = dedup.settings();
    let (mut x, mut y) = (Prepared::default(), Prepared::default());
    x.read(&a.text, settings.shape());
    y.read(&b.text, settings.shape());
    let mut forms = [Form::default(), Form::default()];
    for (form, text) in forms.iter_mut().zip([&a.text, &b.text]) {
        form.read(text, dedup.fact_words(), dedup.function_words());
    }
    let facts = form::compare(
        (&forms[0], &a.text),
        (&forms[1], &b.text),
        &mut form::Buffers::default(),
    );
    let whole = |text: &str| ByteSpan::new(0, text.len());
    let is_form = settings.templates && facts.are_another_form();
    let of = |kind, (similarity, measure): (f32, Measure), a, b| Shared {
        kind: if is_form { Kind::Template } else { kind },
        similarity,
        measure: measure.as_str(),
        quoted: false,
        a,
        b,
    };
    let (in_a, in_b) = (whole(&a.text), whole(&b.text));
    let matches =
        if x.words() > 0 && same_but_for_space(&a.text, &b.text, &mut <[Tokens; 2]>::default()) {
            vec![of(Kind::Document, (1.0, Measure::Exact), in_a, in_b)]
        } else if let Some(found) = x.compare(&y, settings.similarity) {
            vec![of(Kind::Document, found, in_a, in_b)]
        } else if let Some(share) = x.contained(&y, settings.similarity, settings.passage_words) {
            let shape = settings.shape();
            let found = (share, Measure::Containment);
            let (in_a, in_b) = if x.is_smaller(&y) {
                (in_a, x.place_in(&b.text, shape))
            } else {
                (y.place_in(&a.text, shape), in_b)
            };
            vec![of(Kind::Contained, found, in_a, in_b)]
        } else {
            passages(&config, [&a.text, &b.text])?
        };
    Ok(Pair {
        matches,
        jaccard: x.jaccard(&y),
        containment: x.containment(&y),
        facts,
        stretches: pieces(&a.text, &b.text),
        ids: [a.row.id, b.row.id],
        texts: [a.text, b.text],
    })
}

fn read(config: &Config, (input, number): (&Input, usize)) -> Result<Inspection, PairError> {
    let mut documents = inspect(config, input, number)?;
    let there = documents.len();
    match documents.pop() {
        Some(document) if there == number => Ok(document?),
        Some(Err(reject)) => Err(reject.into()),
        _ => Err(PairError::Number {
            path: input.source.clone(),
            number,
            there,
        }),
    }
}

/// The passages that a run over the two texts would report.
fn passages(config: &Config, texts: [&str; 2]) -> Result<Vec<Shared>, PairError> {
    const MEMORY: u64 = 64 << 20;
    let mut run = Compare::new(&config.dedup, MEMORY, &std::env::temp_dir())?;
    let mut scratch = Scratch::new();
    for (n, text) in texts.into_iter().enumerate() {
        let sketch = run.dedup().sketch(text, &mut scratch);
        run.add(DocId(n as u64), Rank::default(), sketch)?;
    }
    let mut findings = run.finish(&texts.to_vec())?;
    let mut out = Vec::new();
    for found in findings.matches()? {
        let found = found?;
        out.push(Shared {
            kind: found.kind,
            similarity: found.similarity,
            measure: found.measure,
            quoted: found.quoted,
            a: found.a.1,
            b: found.b.1,
        });
    }
    Ok(out)
}

/// Cuts both texts along the words they share. The pieces cover both; what stands between words goes with the word before.
fn pieces(a: &str, b: &str) -> Vec<Piece> {
    let words = [a, b].map(|text| {
        let (mut keys, mut starts) = (Vec::new(), Vec::new());
        shingles::scan(text, &mut String::new(), |token| {
            if let Token::Word { key, start, .. } = token {
                keys.push(key);
                starts.push(start as usize);
            }
        });
        if let Some(first) = starts.first_mut() {
            *first = 0;
        }
        starts.push(text.len());
        (keys, starts)
    });
    let [(x, x_starts), (y, y_starts)] = &words;
    if x.is_empty() || y.is_empty() {
        return vec![Piece {
            a: ByteSpan::new(0, a.len()),
            b: ByteSpan::new(0, b.len()),
            equal: false,
        }];
    }
    diff::stretches(x, y, &mut diff::Buffers::default())
        .into_iter()
        .map(|s| Piece {
            a: ByteSpan::new(x_starts[s.a.start], x_starts[s.a.end]),
            b: ByteSpan::new(y_starts[s.b.start], y_starts[s.b.end]),
            equal: s.equal,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pieces_cover_both_texts(a in "[ab \n.é東]{0,40}", b in "[ab \n.é東]{0,40}") {
            let found = pieces(&a, &b);
            let join = |side: fn(&Piece) -> ByteSpan, text: &str| -> String {
                found.iter().map(|p| side(p).of(text)).collect()
            };
            prop_assert_eq!(join(|p| p.a, &a), a.clone());
            prop_assert_eq!(join(|p| p.b, &b), b.clone());
        }
    }
}
