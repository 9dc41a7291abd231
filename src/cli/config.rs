//! `limpid config`: the effective settings.

use clap::Args;
use limpid::dedup;
use limpid::filter::{self, RuleInfo, Scope};
use limpid::pipeline::config::Config;
use limpid::strip;

use super::clean::SettingArgs;
use super::common::Outcome;

/// Print the effective settings as a limpid.toml
///
/// Takes the flags of `limpid clean`, and says of each setting where its value comes from: default, the settings file, or a flag.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  limpid config > limpid.toml
  limpid config --config limpid.toml --similarity 0.7")]
pub(crate) struct ConfigArgs {
    #[command(flatten)]
    settings: SettingArgs,
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
            let config = self.settings.config()?;
            print!("{}", self.with_origins(&config)?);
            println!("\n# What these settings of dedup find, by similarity:");
            for line in config.dedup.banding().to_string().lines() {
                println!("# {line}");
            }
        }
        Ok(Outcome::Done)
    }
}

impl ConfigArgs {
    /// `config` as TOML, each value with where it comes from.
    fn with_origins(&self, config: &Config) -> anyhow::Result<String> {
        let (in_file, from_file) = match self.settings.file() {
            Some(path) => {
                let text = std::fs::read_to_string(path)?;
                (text.parse::<toml::Table>()?, Config::load(path)?)
            }
            None => (toml::Table::new(), Config::default()),
        };
        let file = self.settings.file().map(|p| p.display().to_string());
        let before = toml::Table::try_from(&from_file)?;
        let now = toml::Table::try_from(config)?;
        let mut out = String::new();
        let mut table: Vec<String> = Vec::new();
        for line in toml::to_string(config)?.lines() {
            out += line;
            if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                table = name.split('.').map(str::to_owned).collect();
            } else if let Some((key, _)) = line.split_once(" = ") {
                let path: Vec<&str> = table.iter().map(String::as_str).chain([key]).collect();
                let origin = if at(&before, &path) != at(&now, &path) {
                    "flag"
                } else if let (Some(file), Some(_)) = (&file, at(&in_file, &path)) {
                    file
                } else {
                    "default"
                };
                out += "  # ";
                out += origin;
            }
            out.push('\n');
        }
        Ok(out)
    }
}

/// The value at `path` of a table of tables.
fn at<'t>(table: &'t toml::Table, path: &[&str]) -> Option<&'t toml::Value> {
    let (first, rest) = path.split_first()?;
    let value = table.get(*first)?;
    if rest.is_empty() {
        return Some(value);
    }
    at(value.as_table()?, rest)
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
