//! Settings of other tools, by name: bands and rows, shingles, what is folded, and the similarity that is asked for.
//!
//! Other tools stop where bands meet, or check in their own way; here every pair is verified on the shingles, as always. What a
//! preset fixes is therefore which pairs are looked at, and from which similarity on they count. Tokens of the sources
//! are those of their own tokenizers; ours are words ([`super::shape`]).

use super::banding::Banding;
use super::shape::Fold;

/// Settings of one tool or corpus.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Preset {
    /// Name, as in `dedup.preset`.
    pub name: &'static str,
    /// Whose settings they are.
    pub about: &'static str,
    /// Where they were read, and what was not found there.
    pub source: &'static str,
    /// Bands and rows.
    pub banding: Banding,
    /// Words of a shingle.
    pub shingle_words: usize,
    /// Characters of a shingle; 0 where it is made of words.
    pub shingle_chars: usize,
    /// What is folded.
    pub normalise: &'static [Fold],
    /// From which Jaccard similarity a pair counts.
    pub similarity: f32,
}

/// All presets, by name.
pub fn presets() -> &'static [Preset] {
    &PRESETS
}

/// The preset of this name.
pub(super) fn named(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|p| p.name == name)
}

static PRESETS: [Preset; 4] = [
    Preset {
        name: "curator",
        about: "NeMo Curator, fuzzy deduplication",
        source: "NVIDIA-NeMo/Curator, nemo_curator/stages/deduplication/fuzzy/workflow.py (char_ngrams 24, num_bands 20, \
                 minhashes_per_band 13). It verifies nothing now; 0.8 is jaccard_threshold of its releases up to 25.02. It folds not \
                 even case; here case and punctuation never count",
        banding: Banding {
            bands: 20,
            rows: 13,
        },
        shingle_words: 5,
        shingle_chars: 24,
        normalise: &[],
        similarity: 0.8,
    },
    Preset {
        name: "fineweb",
        about: "FineWeb, by datatrove",
        source: "huggingface/datatrove, examples/fineweb.py and pipeline/dedup/minhash.py (14 buckets of 8 hashes, 5-grams of words); \
                 utils/text.py folds case, punctuation, accents and digits. It verifies nothing; 0.72 is the threshold that its \
                 comment gives for the bands",
        banding: Banding { bands: 14, rows: 8 },
        shingle_words: 5,
        shingle_chars: 0,
        normalise: &[Fold::Digits, Fold::Accents],
        similarity: 0.72,
    },
    Preset {
        name: "marin",
        about: "Marin",
        source: "marin-community/marin, lib/marin/src/marin/processing/classification/deduplication/fuzzy_minhash.py (286 hashes in 26 \
                 bands, 5-grams of characters after case and punctuation are folded). Its fuzzy_verification.py asks for whole containment, not \
                 for a Jaccard similarity; 0.74 is where its bands turn, (1/26)^(1/11)",
        banding: Banding {
            bands: 26,
            rows: 11,
        },
        shingle_words: 5,
        shingle_chars: 5,
        normalise: &[],
        similarity: 0.74,
    },
    Preset {
        name: "olmo3",
        about: "OLMo 3 (Dolma 3), by duplodocus",
        source: "allenai/duplodocus, README.md (26 buckets of 11, 5-grams of tokens). The check at 0.8 is reported of OLMo 3, \
                 arXiv:2512.13961; its text was not at hand to confirm the figure",
        banding: Banding {
            bands: 26,
            rows: 11,
        },
        shingle_words: 5,
        shingle_chars: 0,
        normalise: &[],
        similarity: 0.8,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dedup::Settings;

    #[test]
    fn names_are_sorted_and_every_preset_is_a_valid_setting() {
        assert!(PRESETS.is_sorted_by(|a, b| a.name < b.name));
        for preset in presets() {
            let mut settings = Settings::default();
            settings.take_preset(preset.name);
            settings.check().unwrap();
            assert_eq!(settings.banding(), preset.banding);
        }
    }

    #[test]
    fn the_curves_are_those_the_sources_state() {
        // datatrove: "probability of inclusion for s=0.8: 1-(1-0.8^8)^14=0.924".
        let fineweb = named("fineweb").unwrap().banding;
        assert!((fineweb.detection(0.8) - 0.924).abs() < 0.0005);
        let olmo = named("olmo3").unwrap().banding;
        assert_eq!((olmo.slots(), olmo), (286, named("marin").unwrap().banding));
    }
}
