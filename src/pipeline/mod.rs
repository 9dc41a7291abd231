//! The passes over a corpus: survey, clean, compare, publish.
//!
//! [`clean`] runs a [`CleanJob`]; the command line, Python and the tests all start there. Documents stream through in
//! bounded batches: a reader thread is one batch ahead, rayon works on one, and results are taken in reading order,
//! so the bytes that come out do not depend on the number of threads.
//!
//! - `survey` reads everything once and asks the stages what they must know of the whole corpus;
//! - `clean` decodes, strips, repairs and filters each document, writes its rows and sketches it for the comparison;
//! - [`compare`] finds what stands elsewhere too;
//! - publishing writes `duplicates.jsonl` and the manifest and moves all into place.
//!
//! A run that was interrupted is gone on with by the next one of the same job, from its last checkpoint.
//!
//! [`restore`](mod@restore) goes the other way; [`learning`] makes a lexicon of pairs of texts.

pub mod attributes;
mod batches;
pub mod bench;
mod checkpoint;
mod cleaning;
pub mod compare;
mod compared;
pub mod config;
pub mod inspect;
mod job;
pub mod learning;
pub mod manifest;
pub mod pair;
mod pool;
pub mod progress;
mod publishing;
pub mod restore;
pub mod rows;
mod sink;
mod stages;
mod staging;
mod surveying;

pub use job::{CleanJob, RunError, clean};
pub use stages::{RepairStage, Stages};
