//! The forward pass of a Llama over a tree of readings: embedding, blocks of attention and gated layers, logits.
//!
//! Every node attends to itself and to those before it in its own sequence, at the position that it has there; so the
//! readings of a place are read at once, and what they begin with only once.
//!
//! Sources: Touvron et al. 2023, arXiv:2302.13971 (the layers); Su et al. 2021, arXiv:2104.09864 (rotary positions); Ainslie et
//! al. 2023, arXiv:2305.13245 (queries that share keys).

use std::collections::BTreeSet;

use candle_core::{DType, Device, Result, Tensor};
use candle_nn::ops::{rms_norm, silu, softmax_last_dim};
use candle_nn::rotary_emb::rope_i;

use super::gguf::{ANOTHER, File};
use super::tree::Tree;
use crate::stage::SetupError;

/// Rows of logits held at a time.
const ROWS: usize = 64;

/// The weights and sizes of a model.
pub(super) struct Llama {
    embedding: Tensor,
    blocks: Vec<Block>,
    norm: Tensor,
    /// One row for each token; that of the embedding where the file has no other.
    output: Tensor,
    heads: usize,
    /// Heads of keys and values, each for several heads.
    key_heads: usize,
    head: usize,
    epsilon: f32,
    /// How fast each pair of numbers of a head turns with the position.
    turns: Vec<f32>,
    vocabulary: usize,
}

struct Block {
    attention_norm: Tensor,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attended: Tensor,
    layer_norm: Tensor,
    gate: Tensor,
    up: Tensor,
    down: Tensor,
}

impl Llama {
    pub(super) fn new(file: &File<'_>) -> std::result::Result<Self, SetupError> {
        let blocks = file.size("llama.block_count", 256)?;
        let width = file.size("llama.embedding_length", 1 << 16)?;
        let inner = file.size("llama.feed_forward_length", 1 << 18)?;
        let heads = file.size("llama.attention.head_count", 256)?;
        let key_heads = match file.optional_number("llama.attention.head_count_kv") {
            Some(n) => n as usize,
            None => heads,
        };
        let epsilon = file.positive("llama.attention.layer_norm_rms_epsilon")?;
        let base = if file.says("llama.rope.freq_base") {
            file.positive("llama.rope.freq_base")?
        } else {
            10_000.0
        };
        file.plain_rotation()?;
        if !width.is_multiple_of(heads)
            || key_heads == 0
            || !heads.is_multiple_of(key_heads)
            || !(width / heads).is_multiple_of(2)
        {
            return Err(file.error(
                &format!("{heads} heads of {width} numbers with {key_heads} heads of keys do not go together"),
                ANOTHER,
            ));
        }
        let head = width / heads;
        for key in [
            "llama.rope.dimension_count",
            "llama.attention.key_length",
            "llama.attention.value_length",
        ] {
            if let Some(n) = file.optional_number(key)
                && n as usize != head
            {
                return Err(file.error(
                    &format!(
                        "{key} is {n} where a head has {head} numbers, which is not known here"
                    ),
                    ANOTHER,
                ));
            }
        }
        let vocabulary = file.texts("tokenizer.ggml.tokens")?.len();
        let mut known = BTreeSet::new();
        let mut tensor = |name: String, shape: &[usize]| {
            let tensor = file.tensor(&name, shape);
            known.insert(name);
            tensor
        };
        let embedding = tensor("token_embd.weight".to_owned(), &[vocabulary, width])?;
        let norm = tensor("output_norm.weight".to_owned(), &[width])?;
        let output = if file.has("output.weight") {
            tensor("output.weight".to_owned(), &[vocabulary, width])?
        } else {
            embedding.clone()
        };
        let blocks = (0..blocks)
            .map(|i| {
                let mut of =
                    |name: &str, shape: &[usize]| tensor(format!("blk.{i}.{name}.weight"), shape);
                Ok(Block {
                    attention_norm: of("attn_norm", &[width])?,
                    query: of("attn_q", &[width, width])?,
                    key: of("attn_k", &[key_heads * head, width])?,
                    value: of("attn_v", &[key_heads * head, width])?,
                    attended: of("attn_output", &[width, width])?,
                    layer_norm: of("ffn_norm", &[width])?,
                    gate: of("ffn_gate", &[inner, width])?,
                    up: of("ffn_up", &[inner, width])?,
                    down: of("ffn_down", &[width, inner])?,
                })
            })
            .collect::<std::result::Result<Vec<_>, SetupError>>()?;
        file.no_others(&known)?;
        let turns = (0..head / 2)
            .map(|i| base.powf(-2.0 * i as f32 / head as f32))
            .collect();
        Ok(Self {
            embedding,
            blocks,
            norm,
            output,
            heads,
            key_heads,
            head,
            epsilon,
            turns,
            vocabulary,
        })
    }

    /// Log-probability of the token of each of the nodes `wanted` behind those before it. A node at a beginning has none.
    pub(super) fn probabilities(&self, tree: &Tree, wanted: &[u32]) -> Result<Vec<f32>> {
        let mut parents: Vec<u32> = wanted.iter().filter_map(|&n| tree.parent(n)).collect();
        parents.sort_unstable();
        parents.dedup();
        let mut order: Vec<(u32, usize)> = wanted
            .iter()
            .enumerate()
            .filter_map(|(i, &n)| tree.parent(n).map(|p| (p, i)))
            .collect();
        order.sort_unstable();
        let mut out = vec![0.0; wanted.len()];
        let mut at = 0;
        self.each_row(tree, &parents, |parent, logits| {
            let total = log_sum_exp(logits);
            while let Some(&(_, i)) = order.get(at).filter(|(p, _)| *p == parent) {
                let token = tree.tokens()[wanted[i] as usize] as usize;
                out[i] = (f64::from(logits[token]) - total) as f32;
                at += 1;
            }
        })?;
        Ok(out)
    }

    /// The logits behind each of `nodes`.
    pub(super) fn logits(&self, tree: &Tree, nodes: &[u32]) -> Result<Vec<Vec<f32>>> {
        let mut out = Vec::with_capacity(nodes.len());
        self.each_row(tree, nodes, |_, row| out.push(row.to_vec()))?;
        Ok(out)
    }

    /// Gives the logits behind each of `nodes`, in their order.
    fn each_row(
        &self,
        tree: &Tree,
        nodes: &[u32],
        mut take: impl FnMut(u32, &[f32]),
    ) -> Result<()> {
        if nodes.is_empty() {
            return Ok(());
        }
        let states = self.states(tree)?;
        for some in nodes.chunks(ROWS) {
            let at = Tensor::new(some, &Device::Cpu)?;
            let states = rms_norm(&states.index_select(&at, 0)?, &self.norm, self.epsilon)?;
            let logits = states
                .matmul(&self.output.t()?)?
                .flatten_all()?
                .to_vec1::<f32>()?;
            for (&node, row) in some.iter().zip(logits.chunks(self.vocabulary)) {
                take(node, row);
            }
        }
        Ok(())
    }

    /// What the last block makes of each node.
    fn states(&self, tree: &Tree) -> Result<Tensor> {
        let n = tree.len();
        let mask = Tensor::from_vec(tree.mask(), (1, n, n), &Device::Cpu)?;
        let angles: Vec<f32> = tree
            .depths()
            .iter()
            .flat_map(|&d| self.turns.iter().map(move |t| d as f32 * t))
            .collect();
        let angles = Tensor::from_vec(angles, (n, self.head / 2), &Device::Cpu)?;
        let turn = (angles.cos()?, angles.sin()?);
        let tokens = Tensor::new(tree.tokens(), &Device::Cpu)?;
        let mut x = self.embedding.index_select(&tokens, 0)?;
        for block in &self.blocks {
            let normed = rms_norm(&x, &block.attention_norm, self.epsilon)?;
            x = (x + self.attend(block, &normed, &mask, &turn)?)?;
            let normed = rms_norm(&x, &block.layer_norm, self.epsilon)?;
            let gate = silu(&normed.matmul(&block.gate.t()?)?)?;
            let up = normed.matmul(&block.up.t()?)?;
            x = (x + (gate * up)?.matmul(&block.down.t()?)?)?;
        }
        debug_assert_eq!(x.dtype(), DType::F32);
        Ok(x)
    }

    fn attend(
        &self,
        block: &Block,
        x: &Tensor,
        mask: &Tensor,
        (cos, sin): &(Tensor, Tensor),
    ) -> Result<Tensor> {
        let n = x.dim(0)?;
        let parted = |weights: &Tensor, heads: usize| {
            x.matmul(&weights.t()?)?
                .reshape((n, heads, self.head))?
                .transpose(0, 1)?
                .contiguous()
        };
        let turned = |x: Tensor| rope_i(&x.unsqueeze(0)?, cos, sin)?.squeeze(0);
        let query = turned(parted(&block.query, self.heads)?)?;
        let key = turned(parted(&block.key, self.key_heads)?)?;
        let value = parted(&block.value, self.key_heads)?;
        // The heads that share keys stand one after the other, so each set of keys meets them as one long matrix.
        let shared = self.heads / self.key_heads;
        let query = query.reshape((self.key_heads, shared * n, self.head))?;
        let weights = (query.matmul(&key.transpose(1, 2)?.contiguous()?)?
            * f64::from(self.head as u32).sqrt().recip())?
        .reshape((self.heads, n, n))?
        .broadcast_add(mask)?;
        softmax_last_dim(&weights)?
            .reshape((self.key_heads, shared * n, n))?
            .matmul(&value)?
            .reshape((self.heads, n, self.head))?
            .transpose(0, 1)?
            .reshape((n, self.heads * self.head))?
            .matmul(&block.attended.t()?)
    }
}

/// Logarithm of the sum of exponentials, in double precision and in the order of `row`.
fn log_sum_exp(row: &[f32]) -> f64 {
    let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = row.iter().map(|&x| f64::from((x - most).exp())).sum();
    f64::from(most) + sum.ln()
}
