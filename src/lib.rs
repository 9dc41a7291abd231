//! limpid turns a pile of messy web documents into a corpus that people can trust.
//!
//! Four stages: [`decode`] makes text of bytes, [`strip`] takes out the lines that are not the document, [`repair`]
//! gives text garbled by a synonym spinner its words back, [`dedup`] finds what stands elsewhere too; on demand
//! [`filter`] judges the cleaned text by the published rules of well-known corpora. A stage is
//! pure: it proposes [`Edit`](edit::Edit)s to one [`Document`](document::Document) and knows neither files nor
//! threads nor the other stages. The [`pipeline`] runs them over a corpus and writes the run folder; nothing that was
//! changed is lost, and [`pipeline::restore`] gives back the original bytes.
//!
//! Start with [`pipeline::clean`] for whole corpora, or with one stage for one text:
//!
//! ```
//! use limpid::document::Document;
//! use limpid::edit::apply;
//! use limpid::stage::{Scratch, Stage};
//! use limpid::strip::{Settings, Strip};
//! use limpid::survey::Survey;
//!
//! # fn main() -> Result<(), limpid::stage::SetupError> {
//! let strip = Strip::new(&Settings::default())?;
//! let document = Document::new("page.txt", 0, "The mayor opened the bridge on Monday.\n");
//! let mut edits = Vec::new();
//! strip.edit(&document, &Survey::default(), &mut Scratch::new(), &mut edits);
//! assert_eq!(apply(&document.text, &edits), document.text);
//! # Ok(())
//! # }
//! ```
//!
//! The library never prints and never reads a file outside [`corpus`], [`pipeline`] and [`report`].

pub mod corpus;
pub mod decode;
pub mod dedup;
pub mod document;
pub mod edit;
pub mod filter;
mod forest;
pub mod pipeline;
pub mod repair;
pub mod report;
pub mod stage;
pub mod strip;
pub mod survey;
pub mod text;

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
