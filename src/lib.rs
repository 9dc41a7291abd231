//! limpid turns a pile of messy web documents into a corpus that people can trust.
pub mod corpus;
pub mod decode;
pub mod dedup;
pub mod document;
pub mod edit;
pub mod pipeline;
pub mod repair;
pub mod report;
pub mod stage;
pub mod strip;
pub mod survey;
pub mod text;
