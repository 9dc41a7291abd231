//! `limpid config`: the effective settings.

use clap::Args;
use limpid::dedup;
use limpid::filter::{self, RuleInfo, Scope};
use limpid::strip;

use super::common::{Outcome, ReadArgs};

/// Print the effective settings as a limpid.toml
#[derive(Debug, Args)]
#[command(after_help = "Example:
  limpid config > limpid.toml")]
pub(crate) struct ConfigArgs {
    #[command(flatten)]
    read: ReadArgs,
    /// List the strip rules instead, with what they remove
    #[arg(long)]
    rules: bool,
    /// List the presets of filters instead, with their rules and bounds
    #[arg(long, conflicts_with = "rules")]
    filters: bool,
    /// List the presets of dedup instead, with their bands, shingles and sources
    #[arg(long, conflicts_with_all = ["rules", "filters"])]
    dedup_presets: bool,
}

impl ConfigArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        if self.rules {
            for rule in strip::rules() {
                println!("{:24} {}", rule.name, rule.about);
            }
        } else if self.filters {
            list_filters();
        } else if self.dedup_presets {
            list_dedup_presets();
        } else {
            let config = self.read.config()?;
            print!("{}", toml::to_string(&config)?);
            println!("\n# What these settings of dedup find, by similarity:");
            for line in config.dedup.banding().to_string().lines() {
                println!("# {line}");
            }
        }
        Ok(Outcome::Done)
    }
}

fn list_filters() {
    for preset in filter::presets() {
        println!("{}: {}", preset.name, preset.about);
        println!("    {}", preset.source);
        for rule in preset.rules {
            println!("  {:24} {:9} {}", rule.name, bounds(rule), rule.about);
        }
    }
}

fn list_dedup_presets() {
    for preset in dedup::preset::presets() {
        println!("{}: {}", preset.name, preset.about);
        println!("    {}", preset.source);
        let shingle = match preset.shingle_chars {
            0 => format!("{} words", preset.shingle_words),
            n => format!("{n} characters"),
        };
        println!("  shingles of {shingle}, similarity {}", preset.similarity);
        for line in preset.banding.to_string().lines() {
            println!("  {line}");
        }
    }
}

/// What the rule allows.
fn bounds(rule: &RuleInfo) -> String {
    // Bounds of 32 bits are told as they were written.
    let number = |n: f64| (n as f32).to_string();
    match (rule.scope, rule.min, rule.max) {
        (Scope::Line, ..) | (_, None, None) => "lines".to_owned(),
        (_, Some(min), None) => format!(">= {}", number(min)),
        (_, None, Some(max)) => format!("<= {}", number(max)),
        (_, Some(min), Some(max)) => format!("{}-{}", number(min), number(max)),
    }
}
