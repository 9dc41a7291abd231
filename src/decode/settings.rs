//! What a user can set about decoding.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::codec::Codec;
use super::rules::RULES;
use crate::stage::SetupError;

/// Settings of the decode stage, as in `limpid.toml` under `[decode]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Settings {
    /// Encoding of every document, by any label; nothing is detected then. Default: none.
    pub encoding: Option<String>,
    /// Whether an encoding that a document declares in itself (HTML `meta`, XML declaration) is considered. Default: true.
    pub declarations: bool,
    /// Whether texts are read as pages of HTML: `auto` (those that begin like one, and files called `.html`, `.htm` or
    /// `.xhtml`), `always` or `never`. Default: auto.
    pub html: Html,
    /// Rules to leave out, by name (`limpid config` lists them). Default: none.
    pub off: BTreeSet<String>,
    /// Rules to add that are not on by themselves: `quotes` (curly quotes to straight ones) and `nfkc`
    /// (compatibility forms to plain ones; changes meaning in formulas and layout in CJK). Default: none.
    pub on: BTreeSet<String>,
}

/// Which texts are read as pages of HTML.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Html {
    /// Those that look or are called like one.
    #[default]
    Auto,
    /// All.
    Always,
    /// None.
    Never,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            encoding: None,
            declarations: true,
            html: Html::Auto,
            off: BTreeSet::new(),
            on: BTreeSet::new(),
        }
    }
}

impl Settings {
    /// The forced encoding, and the rules that run as a mask over [`RULES`].
    pub(super) fn check(&self) -> Result<(Option<Codec>, u32), SetupError> {
        let forced = match &self.encoding {
            None => None,
            Some(label) => Some(Codec::for_label(label).ok_or_else(|| SetupError::Setting {
                key: "decode.encoding",
                value: label.clone(),
                allowed: "a label of the WHATWG Encoding Standard, utf-32, or an IBM, Windows or Mac code page",
            })?),
        };
        let mut mask = 0;
        for (i, rule) in RULES.iter().enumerate() {
            let on = (rule.default && !self.off.contains(rule.name)) || self.on.contains(rule.name);
            mask |= u32::from(on) << i;
        }
        for (key, names) in [("decode.off", &self.off), ("decode.on", &self.on)] {
            if let Some(name) = names.iter().find(|n| RULES.iter().all(|r| r.name != **n)) {
                return Err(SetupError::Setting {
                    key,
                    value: name.clone(),
                    allowed: "names of decode rules",
                });
            }
        }
        Ok((forced, mask))
    }
}
