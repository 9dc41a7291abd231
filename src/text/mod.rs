//! Lines, words, sentences, n-grams and hashes of text: shared by the stages, knows none of them.

pub mod ascii;
pub mod chars;
pub mod cut;
pub mod hash;
pub mod lines;
pub mod ngrams;
pub mod sentences;
pub mod shingles;
pub mod window;
pub mod words;
