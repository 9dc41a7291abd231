//! A Llama of random weights: its GGUF file, and what it computes, in plain loops and double precision.

/// How the numbers of a tensor stand in the file.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    F32 = 0,
    F16 = 1,
    Q4_1 = 3,
    Q8_0 = 8,
}

enum Meta {
    Number(u32),
    Real(f32),
    Text(String),
    Texts(Vec<String>),
}

struct Tensor {
    name: String,
    shape: Vec<usize>,
    kind: u32,
    bytes: Vec<u8>,
    values: Vec<f64>,
}

/// The model.
pub(crate) struct Tiny {
    meta: Vec<(String, Meta)>,
    tensors: Vec<Tensor>,
    pub(crate) tokens: Vec<String>,
    width: usize,
    inner: usize,
    heads: usize,
    key_heads: usize,
    random: u64,
}

const EPSILON: f32 = 1e-5;
const BASE: f32 = 1000.0;
const BLOCKS: usize = 2;

impl Tiny {
    pub(crate) fn new(seed: u64) -> Self {
        Self::of(
            (32, 64, 4, 2),
            seed,
            &[Kind::Q8_0, Kind::Q4_1, Kind::F16, Kind::F32],
        )
    }

    /// Large enough for the matrices to be shared out among threads.
    pub(crate) fn wide() -> Self {
        Self::of((256, 1024, 8, 4), 1, &[Kind::F32])
    }

    fn of(
        (width, inner, heads, key_heads): (usize, usize, usize, usize),
        seed: u64,
        kinds: &[Kind],
    ) -> Self {
        let mut tokens = byte_letters();
        let merges = [("\u{120}", "t"), ("h", "e"), ("\u{120}t", "he")];
        tokens.extend(merges.iter().map(|(a, b)| format!("{a}{b}")));
        tokens.push("<|endoftext|>".to_owned());
        let text = |s: &str| Meta::Text(s.to_owned());
        let number = |n: usize| Meta::Number(n as u32);
        let meta = [
            ("general.architecture", text("llama")),
            ("llama.block_count", number(BLOCKS)),
            ("llama.embedding_length", number(width)),
            ("llama.feed_forward_length", number(inner)),
            ("llama.attention.head_count", number(heads)),
            ("llama.attention.head_count_kv", number(key_heads)),
            (
                "llama.attention.layer_norm_rms_epsilon",
                Meta::Real(EPSILON),
            ),
            ("llama.rope.freq_base", Meta::Real(BASE)),
            ("llama.rope.dimension_count", number(width / heads)),
            ("tokenizer.ggml.model", text("gpt2")),
            ("tokenizer.ggml.pre", text("smollm")),
            ("tokenizer.ggml.tokens", Meta::Texts(tokens.clone())),
            (
                "tokenizer.ggml.merges",
                Meta::Texts(merges.iter().map(|(a, b)| format!("{a} {b}")).collect()),
            ),
        ];
        let mut tiny = Self {
            meta: meta.into_iter().map(|(k, v)| (k.to_owned(), v)).collect(),
            tensors: Vec::new(),
            width,
            inner,
            heads,
            key_heads,
            random: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
            tokens,
        };
        let keys = key_heads * width / heads;
        let mut next = 0;
        let mut kind = || {
            next += 1;
            kinds[next % kinds.len()]
        };
        tiny.add("token_embd.weight", &[tiny.tokens.len(), width], kind());
        tiny.add("output_norm.weight", &[width], Kind::F32);
        for i in 0..BLOCKS {
            for (name, shape) in [
                ("attn_q", [width, width]),
                ("attn_k", [keys, width]),
                ("attn_v", [keys, width]),
                ("attn_output", [width, width]),
                ("ffn_gate", [inner, width]),
                ("ffn_up", [inner, width]),
                ("ffn_down", [width, inner]),
            ] {
                tiny.add(&format!("blk.{i}.{name}.weight"), &shape, kind());
            }
            tiny.add(&format!("blk.{i}.attn_norm.weight"), &[width], Kind::F32);
            tiny.add(&format!("blk.{i}.ffn_norm.weight"), &[width], Kind::F32);
        }
        tiny
    }

    pub(crate) fn vocabulary(&self) -> usize {
        self.tokens.len()
    }

    /// Gives it rows of its own for the logits.
    pub(crate) fn untie(&mut self) {
        self.add(
            "output.weight",
            &[self.tokens.len(), self.width],
            Kind::Q8_0,
        );
    }

    fn draw(&mut self) -> u32 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 32) as u32
    }

    fn add(&mut self, name: &str, shape: &[usize], kind: Kind) {
        let n: usize = shape.iter().product();
        let (mut bytes, mut values) = (Vec::new(), Vec::new());
        // A number of 16 bits between 2^exponent and its double.
        let half = |r: u32, exponent: i32, negative: bool| {
            let bits = ((15 + exponent) as u16) << 10 | (r & 1023) as u16;
            let value = 2f64.powi(exponent) * (1.0 + f64::from(r & 1023) / 1024.0);
            if negative {
                (bits | 0x8000, -value)
            } else {
                (bits, value)
            }
        };
        match kind {
            Kind::F32 => {
                // Norms are about 1.
                let middle = if shape.len() == 1 { 1.0 } else { 0.0 };
                for _ in 0..n {
                    let x = middle + (self.draw() % 2001) as f32 / 5000.0 - 0.2;
                    bytes.extend(x.to_le_bytes());
                    values.push(f64::from(x));
                }
            }
            Kind::F16 => {
                for _ in 0..n {
                    let r = self.draw();
                    let (bits, value) = half(r >> 8, -4, r & 1 == 0);
                    bytes.extend(bits.to_le_bytes());
                    values.push(value);
                }
            }
            Kind::Q8_0 => {
                for _ in 0..n / 32 {
                    let (bits, scale) = half(self.draw(), -9, false);
                    bytes.extend(bits.to_le_bytes());
                    for _ in 0..32 {
                        let q = (self.draw() % 255) as i32 - 127;
                        bytes.push(q as i8 as u8);
                        values.push(scale * f64::from(q));
                    }
                }
            }
            Kind::Q4_1 => {
                for _ in 0..n / 32 {
                    let (scale_bits, scale) = half(self.draw(), -6, false);
                    let (least_bits, least) = half(self.draw(), -3, true);
                    bytes.extend(scale_bits.to_le_bytes());
                    bytes.extend(least_bits.to_le_bytes());
                    let q: Vec<u8> = (0..32).map(|_| (self.draw() & 15) as u8).collect();
                    bytes.extend((0..16).map(|i| q[i] | q[i + 16] << 4));
                    values.extend(q.iter().map(|&q| scale * f64::from(q) + least));
                }
            }
        }
        self.tensors.push(Tensor {
            name: name.to_owned(),
            shape: shape.to_vec(),
            kind: kind as u32,
            bytes,
            values,
        });
    }

    fn set(&mut self, key: &str, value: Meta) {
        self.forget(key);
        self.meta.push((key.to_owned(), value));
    }

    pub(crate) fn set_text(&mut self, key: &str, value: &str) {
        self.set(key, Meta::Text(value.to_owned()));
    }

    pub(crate) fn set_number(&mut self, key: &str, value: u32) {
        self.set(key, Meta::Number(value));
    }

    pub(crate) fn forget(&mut self, key: &str) {
        self.meta.retain(|(k, _)| k != key);
    }

    pub(crate) fn drop_tensor(&mut self, name: &str) {
        self.tensors.retain(|t| t.name != name);
    }

    fn change(&mut self, name: &str) -> &mut Tensor {
        self.tensors
            .iter_mut()
            .find(|t| t.name == name)
            .expect("a tensor")
    }

    pub(crate) fn reshape(&mut self, name: &str, shape: &[usize]) {
        self.change(name).shape = shape.to_vec();
    }

    pub(crate) fn retype(&mut self, name: &str, kind: u32) {
        self.change(name).kind = kind;
    }

    /// Makes all its numbers none.
    pub(crate) fn spoil(&mut self, name: &str) {
        for four in self.change(name).bytes.chunks_mut(4) {
            four.copy_from_slice(&f32::NAN.to_le_bytes());
        }
    }

    fn values(&self, name: &str) -> &[f64] {
        let tensor = self.tensors.iter().find(|t| t.name == name);
        &tensor.expect("a tensor").values
    }
}

/// The letters that stand for the 256 bytes in the tokens of GPT-2.
fn byte_letters() -> Vec<String> {
    let plain =
        |b: u32| (33..=126).contains(&b) || (161..=172).contains(&b) || (174..=255).contains(&b);
    let mut others = 256..;
    (0..256)
        .map(|b| {
            let code = if plain(b) {
                b
            } else {
                others.next().expect("endless")
            };
            char::from_u32(code).expect("a letter").to_string()
        })
        .collect()
}

/// The file, version 3, aligned to 32 bytes.
pub(crate) fn bytes_of(tiny: &Tiny) -> Vec<u8> {
    let mut out = b"GGUF".to_vec();
    let long = |out: &mut Vec<u8>, n: usize| out.extend((n as u64).to_le_bytes());
    let text = |out: &mut Vec<u8>, s: &str| {
        out.extend((s.len() as u64).to_le_bytes());
        out.extend(s.as_bytes());
    };
    out.extend(3u32.to_le_bytes());
    long(&mut out, tiny.tensors.len());
    long(&mut out, tiny.meta.len());
    for (key, value) in &tiny.meta {
        text(&mut out, key);
        match value {
            Meta::Number(n) => {
                out.extend(4u32.to_le_bytes());
                out.extend(n.to_le_bytes());
            }
            Meta::Real(x) => {
                out.extend(6u32.to_le_bytes());
                out.extend(x.to_le_bytes());
            }
            Meta::Text(s) => {
                out.extend(8u32.to_le_bytes());
                text(&mut out, s);
            }
            Meta::Texts(all) => {
                out.extend(9u32.to_le_bytes());
                out.extend(8u32.to_le_bytes());
                long(&mut out, all.len());
                for s in all {
                    text(&mut out, s);
                }
            }
        }
    }
    let mut offset = 0;
    for t in &tiny.tensors {
        text(&mut out, &t.name);
        out.extend((t.shape.len() as u32).to_le_bytes());
        // The file counts dimensions from the innermost one.
        for &d in t.shape.iter().rev() {
            long(&mut out, d);
        }
        out.extend(t.kind.to_le_bytes());
        long(&mut out, offset);
        offset += t.bytes.len().next_multiple_of(32);
    }
    for t in &tiny.tensors {
        out.resize(out.len().next_multiple_of(32), 0);
        out.extend(&t.bytes);
    }
    out
}

/// The product of a matrix of rows as long as `x` with `x`.
fn times(matrix: &[f64], x: &[f64]) -> Vec<f64> {
    matrix
        .chunks(x.len())
        .map(|row| row.iter().zip(x).map(|(a, b)| a * b).sum())
        .collect()
}

fn normed(x: &[f64], weights: &[f64]) -> Vec<f64> {
    let mean = x.iter().map(|v| v * v).sum::<f64>() / x.len() as f64;
    let scale = 1.0 / (mean + f64::from(EPSILON)).sqrt();
    x.iter().zip(weights).map(|(v, w)| v * scale * w).collect()
}

/// Turns each pair of neighbours by an angle that grows with the position.
fn turn(head: &mut [f64], position: usize) {
    let n = head.len();
    for i in 0..n / 2 {
        let angle = position as f64 * f64::from(BASE).powf(-2.0 * i as f64 / n as f64);
        let (a, b) = (head[2 * i], head[2 * i + 1]);
        head[2 * i] = a * angle.cos() - b * angle.sin();
        head[2 * i + 1] = a * angle.sin() + b * angle.cos();
    }
}

/// The logits behind each of `tokens`.
pub(crate) fn reference(tiny: &Tiny, tokens: &[u32]) -> Vec<Vec<f64>> {
    let (width, head) = (tiny.width, tiny.width / tiny.heads);
    let embedding = tiny.values("token_embd.weight");
    let mut xs: Vec<Vec<f64>> = tokens
        .iter()
        .map(|&t| embedding[t as usize * width..][..width].to_vec())
        .collect();
    for block in 0..BLOCKS {
        let w = |name: &str| tiny.values(&format!("blk.{block}.{name}.weight"));
        let (mut keys, mut values) = (Vec::new(), Vec::new());
        for (position, x) in xs.iter_mut().enumerate() {
            let h = normed(x, w("attn_norm"));
            let mut query = times(w("attn_q"), &h);
            let mut key = times(w("attn_k"), &h);
            query.chunks_mut(head).for_each(|q| turn(q, position));
            key.chunks_mut(head).for_each(|k| turn(k, position));
            keys.push(key);
            values.push(times(w("attn_v"), &h));
            let mut attended = vec![0.0; width];
            for i in 0..tiny.heads {
                let shared = i * tiny.key_heads / tiny.heads * head;
                let q = &query[i * head..][..head];
                let weights: Vec<f64> = keys
                    .iter()
                    .map(|k| {
                        let dot: f64 = q.iter().zip(&k[shared..]).map(|(a, b)| a * b).sum();
                        (dot / (head as f64).sqrt()).exp()
                    })
                    .collect();
                let sum: f64 = weights.iter().sum();
                for (weight, value) in weights.iter().zip(&values) {
                    for j in 0..head {
                        attended[i * head + j] += weight / sum * value[shared + j];
                    }
                }
            }
            let attended = times(w("attn_output"), &attended);
            x.iter_mut().zip(attended).for_each(|(a, b)| *a += b);
            let h = normed(x, w("ffn_norm"));
            let gate = times(w("ffn_gate"), &h);
            let up = times(w("ffn_up"), &h);
            let inner: Vec<f64> = gate
                .iter()
                .zip(&up)
                .map(|(g, u)| g / (1.0 + (-g).exp()) * u)
                .collect();
            debug_assert_eq!(inner.len(), tiny.inner);
            let down = times(w("ffn_down"), &inner);
            x.iter_mut().zip(down).for_each(|(a, b)| *a += b);
        }
    }
    let own = tiny.tensors.iter().any(|t| t.name == "output.weight");
    let output = if own {
        tiny.values("output.weight")
    } else {
        embedding
    };
    xs.iter()
        .map(|x| times(output, &normed(x, tiny.values("output_norm.weight"))))
        .collect()
}
