//! Passes over a corpus.
pub mod compare;
