//! Stage 1: bytes to text. Which encoding the bytes are in, what in the text is damage rather than text, and what must
//! be kept so that the bytes can be had back to the bit.
//!
//! [`Decode::read`] finds the encoding and decodes; [`encode`] is its inverse. [`Decode::normalise`] then pushes edits
//! onto the log of the decoded text: mojibake, entities, line ends, controls, normal form; [`RULES`] lists them all.
//! [`language()`] names the language of a text.
//!
//! Limits: one encoding a document; no UTF-7 and no HZ; visual Hebrew is not reordered.

mod binary;
mod codec;
mod detect;
mod language;
mod layers;
mod mojibake;
mod pages;
mod pairs;
mod prescan;
mod read;
mod record;
mod rules;
mod scan;
mod settings;
#[cfg(test)]
#[path = "snippets_tests.rs"]
mod snippets;
#[cfg(test)]
mod tests;
mod wide;
#[cfg(test)]
mod worst;

pub use language::language;
pub use read::{Decoded, Evidence, Unreadable};
pub use record::{ByteRecord, EncodeError, Patch, encode};
pub use rules::{RULES, RuleInfo};
pub use settings::Settings;

use crate::edit::EditLog;
use crate::stage::{Scratch, SetupError};
use codec::Codec;
use layers::Layers;

/// The decode stage.
#[derive(Debug)]
pub struct Decode {
    forced: Option<Codec>,
    declarations: bool,
    layers: Layers,
}

impl Decode {
    /// Checks the settings.
    ///
    /// # Errors
    /// When the forced encoding or a rule name is unknown.
    pub fn new(settings: &Settings) -> Result<Self, SetupError> {
        let (forced, mask) = settings.check()?;
        Ok(Self {
            forced,
            declarations: settings.declarations,
            layers: Layers::new(mask),
        })
    }

    /// Decodes `bytes`; nothing is normalised yet. `hint` is the charset label of the transport (HTTP, WARC), if any.
    ///
    /// The encoding is the forced one, else the first of: byte order mark; `hint`, unless the bytes contradict it;
    /// UTF-8, where the bytes are it but for a few; the document's own declaration, unless the bytes contradict it;
    /// UTF-16 and UTF-32 by their rhythm; statistics. [`encode`] of text, encoding and record gives back `bytes`.
    ///
    /// # Errors
    /// When the bytes are no text.
    pub fn read(&self, bytes: &[u8], hint: Option<&str>) -> Result<Decoded, Unreadable> {
        read::read(bytes, hint, self.forced, self.declarations)
    }

    /// Pushes the edits of this stage onto `log`, layer upon layer, until there is nothing left to change.
    ///
    /// Clean text costs one scan and no allocation. Applied twice it changes nothing more.
    pub fn normalise(&self, log: &mut EditLog, _scratch: &mut Scratch) {
        self.layers.run(log);
    }
}
