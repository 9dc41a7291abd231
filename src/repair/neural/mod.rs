//! A language model of the user's choice: how likely are the readings of a doubtful place?
//!
//! Feature `neural`. A small Llama in the GGUF format (SmolLM2-135M is the one that was measured) reads the words around a
//! place with each of its repairs, and what it finds joins the judge's log-odds with fitted weights
//! (`data/repair/neural.tsv`). It reads some hundred tokens a second: never a whole corpus, only what the judge doubts, in documents
//! called spun.
//!
//! Start reading at [`LanguageModel`]; `gguf` reads the file, `llama` computes, `tree` holds readings that begin alike,
//! `hear` asks about the places of a document.

mod gguf;
mod hear;
mod llama;
mod tokeniser;
mod tree;

pub(super) use hear::{Doubt, Join, Odds};

use std::fmt;

use crate::stage::SetupError;
use crate::text::hash::{hash, seed};
use tree::Tree;

/// Most tokens read at a time: what is computed beside the weights grows with them.
const MOST_TOKENS: usize = 1024;

/// A language model as its file gives it, ready to read.
pub struct LanguageModel {
    name: String,
    bytes: u64,
    digest: String,
    tokeniser: tokeniser::Tokeniser,
    llama: llama::Llama,
}

impl fmt::Debug for LanguageModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LanguageModel({}, {})", self.name, self.digest)
    }
}

impl LanguageModel {
    /// Reads a model from the `bytes` of its GGUF file; `name` is for messages. The weights are unpacked, which takes
    /// four bytes for each, whatever the file holds.
    ///
    /// # Errors
    /// When the file is no GGUF, is damaged, or holds a model of a kind that this cannot compute.
    pub fn read(name: &str, bytes: &[u8]) -> Result<Self, SetupError> {
        let file = gguf::File::open(name, bytes)?;
        let model = Self {
            name: name.to_owned(),
            bytes: bytes.len() as u64,
            digest: format!("{:016x}", hash(bytes, seed::TEXT)),
            tokeniser: tokeniser::Tokeniser::new(&file)?,
            llama: llama::Llama::new(&file)?,
        };
        // What the shapes let through shows here, and not in the middle of a run.
        let trial = model.score("It was", &[" a", " the"], " test.")?;
        if trial.iter().any(|p| !p.is_finite()) {
            return Err(file.error(
                "its probabilities are no numbers",
                "the weights are damaged: get the file again",
            ));
        }
        Ok(model)
    }

    /// What the file is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Bytes of the file.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// XXH3 of the file, 64 bits, hexadecimal.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The tokens of `text`, without a mark for its beginning.
    ///
    /// # Errors
    /// When the tokeniser fails, which no text is known to bring about.
    pub fn tokens(&self, text: &str) -> Result<Vec<u32>, SetupError> {
        self.tokeniser.cut(text).map_err(|e| self.failed(&e))
    }

    /// The mark that stands before every text.
    pub fn begin(&self) -> u32 {
        self.tokeniser.begin()
    }

    /// Log-probabilities, in nats and not normalised, of every token of the vocabulary behind each of `tokens`.
    ///
    /// # Errors
    /// When a token is none of the vocabulary.
    pub fn logits(&self, tokens: &[u32]) -> Result<Vec<Vec<f32>>, SetupError> {
        let mut tree = Tree::default();
        tree.insert(tokens);
        let all: Vec<u32> = (0..tree.len() as u32).collect();
        self.llama
            .logits(&tree, &all)
            .map_err(|e| self.failed(&e.to_string()))
    }

    /// Log-probability of `text`, in nats, and how many tokens it has.
    ///
    /// # Errors
    /// As [`score`](Self::score).
    pub fn log_probability(&self, text: &str) -> Result<(f64, usize), SetupError> {
        let tokens = self.tokens(text)?;
        let mut sum = 0.0;
        // Each piece hears the second half of the one before it.
        let (mut done, step) = (0, MOST_TOKENS / 2);
        while done < tokens.len() {
            let end = (done + step).min(tokens.len());
            let mut piece = vec![self.begin()];
            piece.extend(&tokens[done.saturating_sub(step - 1)..end]);
            let fresh = piece.len() - (end - done);
            let mut tree = Tree::default();
            let path = tree.insert(&piece);
            let wanted: Vec<u32> = path[fresh..].to_vec();
            sum += self
                .probabilities(&tree, &wanted)?
                .iter()
                .map(|&p| f64::from(p))
                .sum::<f64>();
            done = end;
        }
        Ok((sum, tokens.len()))
    }

    /// Log-probability of each of `readings` and of `right` behind it, both behind `left`, in nats; up to what all have in
    /// common at their beginning.
    ///
    /// # Errors
    /// When the computation fails, which [`read`](Self::read) has tried.
    pub fn score(
        &self,
        left: &str,
        readings: &[&str],
        right: &str,
    ) -> Result<Vec<f32>, SetupError> {
        let whole: Vec<String> = readings
            .iter()
            .map(|r| format!("{left}{r}{right}"))
            .collect();
        let places = [whole];
        Ok(self.score_places(&places)?.into_iter().flatten().collect())
    }

    /// For each place, the log-probability of each of its texts, up to what these have in common at their beginning.
    /// What the texts of all places begin with alike is read once.
    fn score_places(&self, places: &[Vec<String>]) -> Result<Vec<Vec<f32>>, SetupError> {
        let mut tree = Tree::default();
        let mut paths: Vec<Vec<Vec<u32>>> = Vec::with_capacity(places.len());
        for texts in places {
            let mut of_place = Vec::with_capacity(texts.len());
            for text in texts {
                let mut tokens = vec![self.begin()];
                tokens.extend(self.tokens(text)?);
                of_place.push(tree.insert(&tokens));
            }
            paths.push(of_place);
        }
        let common: Vec<usize> = paths.iter().map(|p| common_start(p)).collect();
        let mut wanted = vec![false; tree.len()];
        for (of_place, &from) in paths.iter().zip(&common) {
            for path in of_place {
                for &node in &path[from..] {
                    wanted[node as usize] = true;
                }
            }
        }
        let list: Vec<u32> = (0..tree.len() as u32)
            .filter(|&n| wanted[n as usize])
            .collect();
        let found = self.probabilities(&tree, &list)?;
        let mut of_node = vec![0.0f32; tree.len()];
        for (&node, p) in list.iter().zip(found) {
            of_node[node as usize] = p;
        }
        Ok(paths
            .iter()
            .zip(&common)
            .map(|(of_place, &from)| {
                of_place
                    .iter()
                    .map(|path| path[from..].iter().map(|&n| of_node[n as usize]).sum())
                    .collect()
            })
            .collect())
    }

    fn probabilities(&self, tree: &Tree, wanted: &[u32]) -> Result<Vec<f32>, SetupError> {
        self.llama
            .probabilities(tree, wanted)
            .map_err(|e| self.failed(&e.to_string()))
    }

    fn failed(&self, problem: &str) -> SetupError {
        SetupError::Model {
            name: self.name.clone(),
            problem: format!("the model cannot be run: {problem}"),
            remedy: gguf::ANOTHER,
        }
    }
}

/// How many nodes all `paths` begin with.
fn common_start(paths: &[Vec<u32>]) -> usize {
    let Some((first, rest)) = paths.split_first() else {
        return 0;
    };
    rest.iter()
        .map(|p| first.iter().zip(p).take_while(|(a, b)| a == b).count())
        .min()
        // One reading alone: all behind the mark of the beginning.
        .unwrap_or(1)
        .min(first.len())
}
