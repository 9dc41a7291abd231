//! What a person looks at: marked-up text in the terminal, and a self-contained HTML page of a run.
//!
//! Both read the same rows as everybody else ([`pipeline::rows`](crate::pipeline::rows)); [`segments`] cuts a source
//! text along its edits once for both.

mod html;
mod prometheus;
pub mod segments;
mod side_by_side;
pub mod terminal;

pub use html::{ReportError, write};
pub use prometheus::{prometheus, write_prometheus};
pub use side_by_side::side_by_side;
