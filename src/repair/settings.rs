//! Settings of the repair stage.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What the stage does with its findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Sure repairs are carried out, doubtful ones are suggested.
    #[default]
    Apply,
    /// All repairs are suggested.
    Suggest,
    /// Nothing is looked for.
    Off,
}

/// Whether only documents called spun are repaired.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Gate {
    /// A document that is not called spun is never touched.
    #[default]
    On,
    /// Every document is treated as spun: for measuring.
    Off,
}

/// Settings of the stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// `apply`, `suggest` or `off`; default `apply`.
    pub mode: Mode,
    /// Confidence from which a repair is carried out, 0 to 1; default 0.75. Higher is safer and repairs less.
    pub confidence: f32,
    /// Confidence from which a repair is suggested, 0 to 1; default 0.3.
    pub suggest: f32,
    /// `on`: only documents called spun are repaired (default); `off`: all are, for measuring.
    pub gate: Gate,
    /// Spun score from which a document is called spun, 0 to 1; default 0.5.
    pub spun_at: f32,
    /// What one word in the batch's clean documents counts in the language model, in words of the embedded corpus;
    /// default 20. 0 leaves the batch out.
    pub batch_weight: f32,
    /// Whether pairs of words are induced from the batch: what rare phrases of a spun document stand for by the phrases
    /// of the clean ones; default true.
    pub induction: bool,
    /// Sources of lexicon entries to leave out (the last column of the files in `data/repair`); default none.
    pub without_sources: Vec<String>,
    /// Lexicons of your own to use beside the embedded ones, as `limpid learn-spin` writes them; default none.
    /// Relative paths start at the working directory. A row costs up to 12 µs at set-up and 2 kB (a verb with all its forms).
    pub lexicons: Vec<PathBuf>,
    /// Language model (GGUF) that is asked about doubtful repairs in documents called spun; default none. Needs a limpid built
    /// with the feature `neural`; takes four bytes of memory a weight beside `memory`, and
    /// about a minute of computing for each thousand spun words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lm: Option<PathBuf>,
    /// Most places of a document that the language model is asked about, the most doubtful first; default 400, about as many as a thousand
    /// spun words have.
    pub lm_spots: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            mode: Mode::Apply,
            confidence: 0.75,
            suggest: 0.3,
            gate: Gate::On,
            spun_at: 0.5,
            batch_weight: 20.0,
            induction: true,
            without_sources: Vec::new(),
            lexicons: Vec::new(),
            lm: None,
            lm_spots: 400,
        }
    }
}
