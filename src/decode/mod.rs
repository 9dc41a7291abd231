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
mod han;
mod html;
mod johab;
mod language;
mod layers;
mod letters;
mod mojibake;
mod pages;
mod pairs;
mod prescan;
mod race;
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

pub use html::{Markup, is_page, shown};
pub use language::language;
pub use read::{Decoded, Evidence, Unreadable};
pub use record::{ByteRecord, EncodeError, Patch, encode};
pub use rules::{RULES, RuleInfo};
pub use settings::{Html, Settings};

use crate::edit::{EditLog, MARKUP};
use crate::stage::{Scratch, SetupError};
use codec::Codec;
use layers::Layers;

/// The decode stage.
#[derive(Debug)]
pub struct Decode {
    forced: Option<Codec>,
    declarations: bool,
    layers: Layers,
    html: Html,
    pages: html::Reader,
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
            html: if mask & rules::bit::MARKUP == 0 {
                Html::Never
            } else {
                settings.html
            },
            pages: html::Reader::new()?,
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

    /// Makes text of the page of HTML in `log`, where it is one: by the settings, by how it begins, or because the file
    /// is called one (`called`) and holds a tag. Pushes the edits and returns what the markup says beside the text; `None`
    /// for anything else, which is left as it is.
    ///
    /// Comes before [`normalise`](Self::normalise); [`Structure::follow`](crate::document::Structure::follow) afterwards, since lines may have gone.
    pub fn markup(&self, log: &mut EditLog, called: bool) -> Option<Markup> {
        let is_page = match self.html {
            Html::Always => true,
            Html::Never => false,
            Html::Auto => is_page(log.text()) || (called && html::has_tag(log.text())),
        };
        if !is_page {
            return None;
        }
        self.pages.read(log, MARKUP)
    }

    /// Pushes the edits of this stage onto `log`, layer upon layer, until there is nothing left to change.
    ///
    /// Clean text costs one scan and no allocation. Applied twice it changes nothing more.
    pub fn normalise(&self, log: &mut EditLog, _scratch: &mut Scratch) {
        self.layers.run(log);
    }
}
