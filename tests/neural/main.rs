//! The language model of feature `neural`: a small one made here, computed beside plain loops, broken in every way, and
//! asked from the command; and `SmolLM2`, where `LIMPID_LM` names its file.

#![cfg(feature = "neural")]
#![allow(clippy::unwrap_used, clippy::print_stderr)]

#[path = "../common/mod.rs"]
mod common;
mod tiny;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

use limpid::repair::LanguageModel;
use limpid::stage::SetupError;
use tiny::{Tiny, bytes_of, reference};

fn read(bytes: &[u8]) -> Result<LanguageModel, SetupError> {
    LanguageModel::read("tiny.gguf", bytes)
}

fn log_softmax(row: &[f64], at: u32) -> f64 {
    let most = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    row[at as usize] - most - row.iter().map(|x| (x - most).exp()).sum::<f64>().ln()
}

/// Log-probability of `tokens[from..]` by the plain loops.
fn plainly(tiny: &Tiny, tokens: &[u32], from: usize) -> f64 {
    let logits = reference(tiny, tokens);
    (from..tokens.len())
        .map(|i| log_softmax(&logits[i - 1], tokens[i]))
        .sum()
}

#[test]
fn all_positions_are_as_plain_loops_compute_them() {
    for (seed, untied) in [(1, false), (2, true)] {
        let mut tiny = Tiny::new(seed);
        if untied {
            tiny.untie();
        }
        let model = read(&bytes_of(&tiny)).unwrap();
        let tokens: Vec<u32> = (0..40)
            .map(|i| (i * 37 + 11) % tiny.vocabulary() as u32)
            .collect();
        let ours = model.logits(&tokens).unwrap();
        let theirs = reference(&tiny, &tokens);
        let mut spread = 0.0f64;
        for (a, b) in ours.iter().zip(&theirs) {
            assert_eq!(a.len(), b.len());
            for (&x, &y) in a.iter().zip(b) {
                assert!((f64::from(x) - y).abs() < 2e-4, "{x} {y}");
                spread = spread.max(y.abs());
            }
        }
        assert!(spread > 0.5, "the logits say something: {spread}");
    }
}

#[test]
fn readings_that_share_what_is_around_are_scored_as_each_alone() {
    let tiny = Tiny::new(3);
    let model = read(&bytes_of(&tiny)).unwrap();
    let (left, right) = ("The talks in the ", " were long, they said.");
    let readings = ["town", "city hall", "t", ""];
    let together = model.score(left, &readings, right).unwrap();
    let sequences: Vec<Vec<u32>> = readings
        .iter()
        .map(|r| {
            let mut tokens = vec![model.begin()];
            tokens.extend(model.tokens(&format!("{left}{r}{right}")).unwrap());
            tokens
        })
        .collect();
    let common = sequences
        .iter()
        .map(|s| {
            s.iter()
                .zip(&sequences[0])
                .take_while(|(a, b)| a == b)
                .count()
        })
        .min()
        .unwrap();
    assert!(common > 3, "the beginning is shared");
    for (tokens, &score) in sequences.iter().zip(&together) {
        let plain = plainly(&tiny, tokens, common);
        assert!((plain - f64::from(score)).abs() < 1e-2, "{plain} {score}");
    }
    assert_eq!(together, model.score(left, &readings, right).unwrap());
}

#[test]
fn a_text_is_as_likely_as_its_tokens() {
    let tiny = Tiny::new(4);
    let model = read(&bytes_of(&tiny)).unwrap();
    let text = "A short text of 1984 words; \u{fc}ber alles\n";
    let (sum, n) = model.log_probability(text).unwrap();
    let mut tokens = vec![model.begin()];
    tokens.extend(model.tokens(text).unwrap());
    assert_eq!(n, tokens.len() - 1);
    assert!((sum - plainly(&tiny, &tokens, 1)).abs() < 1e-2);
    // A long text is read in pieces; every token counts once.
    let (long, n) = model.log_probability(&text.repeat(60)).unwrap();
    assert!(n > 1200 && long.is_finite() && long < 40.0 * sum / 2.0);
    assert_eq!(model.log_probability("").unwrap(), (0.0, 0));
}

#[test]
fn tokens_are_those_of_byte_pairs() {
    let tiny = Tiny::new(5);
    let model = read(&bytes_of(&tiny)).unwrap();
    let shown: Vec<&str> = model
        .tokens(" the theme, 42")
        .unwrap()
        .iter()
        .map(|&t| tiny.tokens[t as usize].as_str())
        .collect();
    assert_eq!(
        shown,
        [
            "\u{120}the",
            "\u{120}the",
            "m",
            "e",
            ",",
            "\u{120}",
            "4",
            "2"
        ]
    );
    // A mark that stands in a text is text.
    assert!(
        !model
            .tokens("<|endoftext|>")
            .unwrap()
            .contains(&model.begin())
    );
}

/// Not a test by itself: what the next one runs with other numbers of threads.
#[test]
#[ignore = "run by another test"]
fn print_scores() {
    let model = read(&bytes_of(&Tiny::wide())).unwrap();
    let left =
        "They met on the eve of it, and there was much to be said for all that they had put by. "
            .repeat(3);
    let scores = model
        .score(
            &left,
            &["was", "used to be", "had been", "is"],
            " better than the rest of them.",
        )
        .unwrap();
    let mut line = String::new();
    for s in scores {
        write!(line, " {:08x}", s.to_bits()).unwrap();
    }
    eprintln!("scores{line}");
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let run = |threads: &str| {
        let out = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "print_scores", "--ignored", "--nocapture"])
            .env("RAYON_NUM_THREADS", threads)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&out.stderr).into_owned();
        text.lines()
            .find(|l| l.starts_with("scores"))
            .unwrap_or_else(|| panic!("no scores: {text}"))
            .to_owned()
    };
    let one = run("1");
    assert!(one.len() > 30, "{one}");
    for threads in ["2", "3", "8"] {
        assert_eq!(one, run(threads), "{threads} threads");
    }
}

/// The complaint about a file: it names the file, and has a remedy.
fn complaint(bytes: &[u8]) -> String {
    let error = read(bytes).expect_err("the file is no good");
    let text = error.to_string();
    assert!(text.starts_with("tiny.gguf: "), "{text}");
    assert!(!text.contains('\n'), "{text}");
    let help = error.help().expect("a remedy");
    assert!(help.contains("SmolLM2") || help.contains("again"), "{help}");
    text
}

#[test]
fn files_that_cannot_be_used_are_told_what_is_wrong() {
    let good = Tiny::new(6);
    let with = |change: &dyn Fn(&mut Tiny)| {
        let mut tiny = Tiny::new(6);
        change(&mut tiny);
        complaint(&bytes_of(&tiny))
    };
    let says = |text: String, what: &str| assert!(text.contains(what), "{text}");
    says(complaint(b""), "no GGUF");
    says(complaint(b"PK\x03\x04 a zip"), "no GGUF");
    says(complaint(b"GGUF"), "cannot be read as GGUF");
    says(
        complaint(b"GGUF\x09\0\0\0 rest of it"),
        "cannot be read as GGUF",
    );
    let set = |key: &str, value: &str| {
        let (key, value) = (key.to_owned(), value.to_owned());
        move |t: &mut Tiny| t.set_text(&key, &value)
    };
    says(with(&set("general.architecture", "qwen3")), "qwen3");
    says(with(&set("tokenizer.ggml.model", "llama")), "only gpt2");
    says(with(&set("tokenizer.ggml.pre", "deepseek")), "deepseek");
    says(with(&set("llama.rope.scaling.type", "yarn")), "yarn");
    says(
        with(&|t| t.set_number("llama.attention.head_count", 3)),
        "do not go together",
    );
    says(with(&|t| t.set_number("llama.block_count", 0)), "from 1 to");
    says(
        with(&|t| t.set_number("llama.block_count", 3)),
        "no tensor blk.2.",
    );
    says(
        with(&|t| t.set_number("llama.block_count", 1)),
        "which a plain Llama does not have",
    );
    says(
        with(&|t| t.set_number("llama.rope.dimension_count", 4)),
        "rope.dimension_count",
    );
    says(
        with(&|t| t.forget("llama.embedding_length")),
        "llama.embedding_length",
    );
    says(
        with(&|t| t.forget("tokenizer.ggml.tokens")),
        "tokenizer.ggml.tokens",
    );
    says(
        with(&|t| t.drop_tensor("blk.1.ffn_up.weight")),
        "no tensor blk.1.ffn_up.weight",
    );
    says(
        with(&|t| t.reshape("output_norm.weight", &[16])),
        "output_norm.weight has the shape",
    );
    says(
        with(&|t| t.retype("blk.0.attn_q.weight", 77)),
        "cannot be read as GGUF",
    );
    says(with(&|t| t.spoil("blk.0.attn_norm.weight")), "no numbers");
    assert!(read(&bytes_of(&good)).is_ok());
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let bytes = bytes_of(&Tiny::new(7));
    for part in 0..60 {
        complaint(&bytes[..bytes.len() * part / 60]);
    }
    complaint(&bytes[..bytes.len() - 1]);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]
    /// Whatever a byte of the head becomes, the file is used or refused.
    #[test]
    fn a_wrong_byte_does_no_more_than_be_refused(at in 0.0..1.0f64, value: u8) {
        let mut bytes = bytes_of(&Tiny::new(8));
        let head = bytes.len() / 2;
        bytes[(at * head as f64) as usize] = value;
        let _ = read(&bytes);
    }
}

fn run(args: &[&str], threads: &str) -> (bool, String) {
    let out = Command::new(env!("CARGO_BIN_EXE_limpid"))
        .args(args)
        .env("RAYON_NUM_THREADS", threads)
        .output()
        .unwrap();
    (
        out.status.success(),
        String::from_utf8_lossy(&out.stderr).into_owned(),
    )
}

fn spun_seed() -> String {
    common::root()
        .join("seeds/002_29bf571dcb90a8f4.txt")
        .display()
        .to_string()
}

fn texts(folder: &std::path::Path) -> BTreeMap<String, String> {
    ["edits.jsonl", "documents.jsonl"]
        .iter()
        .map(|n| {
            let path = folder.join("_limpid").join(n);
            ((*n).to_owned(), std::fs::read_to_string(path).unwrap())
        })
        .collect()
}

#[test]
fn the_command_asks_the_model_and_says_which_one_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let model = dir.path().join("tiny.gguf");
    std::fs::write(&model, bytes_of(&Tiny::new(9))).unwrap();
    let model = model.display().to_string();
    let out = |n: &str| dir.path().join(n);
    let seed = spun_seed();
    let clean = |to: &str, threads: &str, more: &[&str]| {
        let to = out(to).display().to_string();
        let mut args = vec!["clean", seed.as_str(), "--out", &to, "--threads", threads];
        args.extend(more);
        let (ok, err) = run(&args, threads);
        assert!(ok, "{err}");
    };
    clean("with", "1", &["--lm", &model]);
    clean("again", "3", &["--lm", &model]);
    clean("without", "2", &[]);
    assert_eq!(texts(&out("with")), texts(&out("again")));
    assert_ne!(
        texts(&out("with"))["edits.jsonl"],
        texts(&out("without"))["edits.jsonl"]
    );
    let manifest = |n: &str| -> serde_json::Value {
        let path = out(n).join("_limpid/manifest.json");
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    };
    let told = &manifest("with")["language_model"];
    assert_eq!(told["path"], model.as_str());
    assert_eq!(told["digest"].as_str().unwrap().len(), 16);
    assert!(told["bytes"].as_u64().unwrap() > 10_000);
    assert!(manifest("without")["language_model"].is_null());
}

#[test]
fn the_command_complains_about_a_model_that_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let bad = dir.path().join("bad.gguf");
    std::fs::write(&bad, b"GGUF\x03\0\0\0").unwrap();
    for (path, what) in [
        (bad, "GGUF"),
        (dir.path().join("none.gguf"), "cannot be read"),
    ] {
        let path: PathBuf = path;
        let (ok, err) = run(
            &["inspect", &spun_seed(), "--lm", &path.display().to_string()],
            "2",
        );
        assert!(!ok);
        assert!(
            err.contains(what) && err.contains(&path.display().to_string()),
            "{err}"
        );
        assert!(err.contains("help: "), "{err}");
        assert!(!err.contains("panicked"), "{err}");
    }
}

/// `SmolLM2`, where `LIMPID_LM` names its file.
fn real() -> Option<LanguageModel> {
    let Some(path) = std::env::var_os("LIMPID_LM") else {
        eprintln!("skipped: LIMPID_LM names no SmolLM2-135M-Instruct.Q4_1.gguf");
        return None;
    };
    let bytes = std::fs::read(&path).unwrap();
    Some(LanguageModel::read(&path.to_string_lossy(), &bytes).unwrap())
}

#[test]
fn smollm2_tells_original_from_spun() {
    let Some(model) = real() else { return };
    let per_token = |text: &str| {
        let (sum, n) = model.log_probability(text).unwrap();
        -sum / n as f64
    };
    for (original, spun) in [
        (
            "Machine learning has made great progress",
            "Contraption learning has made extraordinary advance",
        ),
        ("breast cancer detection", "bosom malignancy recognition"),
    ] {
        let (a, b) = (per_token(original), per_token(spun));
        assert!(a + 0.5 < b, "{original}: {a}, {spun}: {b}");
    }
    // As a forward pass written apart from this one, in numpy, has it for the same file.
    for (text, sum, tokens) in [
        ("Machine learning has made great progress", -27.8128, 6),
        (
            "Contraption learning has made extraordinary advance",
            -65.8402,
            8,
        ),
    ] {
        let (ours, n) = model.log_probability(text).unwrap();
        assert_eq!(n, tokens, "{text}");
        assert!((ours - sum).abs() < 0.02, "{text}: {ours}");
    }
    let scores = model
        .score(
            "The meeting took place in ",
            &["the White House", "the White Space"],
            ", said the Secretary of State.",
        )
        .unwrap();
    assert!(scores[0] > scores[1] + 3.0, "{scores:?}");
}
