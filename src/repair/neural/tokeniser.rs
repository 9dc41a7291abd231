//! From text to the tokens of a model: byte-level pair encoding, as its file describes it.

use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::digits::Digits;
use tokenizers::pre_tokenizers::sequence::Sequence;

use super::gguf::{ANOTHER, File};
use crate::stage::SetupError;

/// Models made for chats begin a text with a mark of a speaker; this one parts the documents that they were trained on.
const END_OF_TEXT: &str = "<|endoftext|>";

/// Cuts text into tokens.
pub(super) struct Tokeniser {
    inner: tokenizers::Tokenizer,
    begin: u32,
}

impl Tokeniser {
    pub(super) fn new(file: &File<'_>) -> Result<Self, SetupError> {
        let model = file.text("tokenizer.ggml.model")?;
        if model != "gpt2" {
            return Err(file.error(
                &format!("its tokenizer is of the kind {model:?}, and only gpt2 (byte-level pairs) is known here"),
                ANOTHER,
            ));
        }
        let pre = file
            .optional_text("tokenizer.ggml.pre")
            .unwrap_or("default");
        // SmolLM reads a number digit by digit.
        let digits = match pre {
            "smollm" => true,
            "default" | "gpt-2" => false,
            _ => {
                return Err(file.error(
                    &format!("its tokenizer cuts words as {pre:?} does, and only smollm and gpt-2 are known here"),
                    ANOTHER,
                ));
            }
        };
        let tokens = file.texts("tokenizer.ggml.tokens")?;
        let begin = tokens
            .iter()
            .position(|t| *t == END_OF_TEXT)
            .map(|at| at as u32)
            .or_else(|| file.optional_number("tokenizer.ggml.bos_token_id"))
            .filter(|&b| (b as usize) < tokens.len())
            .ok_or_else(|| {
                file.error(
                    "its vocabulary has no mark for the beginning of a text",
                    ANOTHER,
                )
            })?;
        let unknown = file
            .optional_number("tokenizer.ggml.unknown_token_id")
            .and_then(|at| tokens.get(at as usize))
            .unwrap_or(&tokens[begin as usize]);
        let merges = file
            .texts("tokenizer.ggml.merges")?
            .into_iter()
            .map(|m| {
                m.split_once(' ')
                    .map(|(a, b)| (a.to_owned(), b.to_owned()))
                    .ok_or_else(|| {
                        file.error(
                            &format!("tokenizer.ggml.merges: {m:?} is no pair"),
                            "get the file again",
                        )
                    })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let vocabulary: Vocab = tokens
            .iter()
            .enumerate()
            .map(|(i, t)| ((*t).to_owned(), i as u32))
            .collect();
        let model = BPE::builder()
            .vocab_and_merges(vocabulary, merges)
            .unk_token((*unknown).to_owned())
            .build()
            .map_err(|e| file.error(&format!("its tokenizer: {e}"), "get the file again"))?;
        let mut inner = tokenizers::Tokenizer::new(model);
        let bytes = ByteLevel::new(false, false, true);
        if digits {
            inner.with_pre_tokenizer(Some(Sequence::new(vec![
                Digits::new(true).into(),
                bytes.into(),
            ])));
        } else {
            inner.with_pre_tokenizer(Some(bytes));
        }
        Ok(Self { inner, begin })
    }

    /// The tokens of `text`. Marks that stand in it as text are text.
    pub(super) fn cut(&self, text: &str) -> Result<Vec<u32>, String> {
        match self.inner.encode_fast(text, false) {
            Ok(found) => Ok(found.get_ids().to_vec()),
            Err(e) => Err(e.to_string()),
        }
    }

    /// The mark for the beginning of a text.
    pub(super) fn begin(&self) -> u32 {
        self.begin
    }
}
