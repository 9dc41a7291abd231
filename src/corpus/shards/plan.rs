//! Where the documents of each input go: names of files and folders, settled before the first is written.

use std::collections::{BTreeMap, BTreeSet};

use super::Settings;
use crate::corpus::Format;
use crate::corpus::compression::Compression;
use crate::corpus::inputs::{Input, is_free};

/// Where the documents of an input go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// How they are read.
    pub from: Format,
    /// How they are written.
    pub to: Format,
    /// How the file is packed as a whole.
    pub packing: Compression,
    /// Path of the file without its endings; of records that become files of their own, their folder.
    stem: String,
    /// The endings, each with its dot.
    tail: String,
    /// Whether the file is cut into numbered shards.
    sharded: bool,
}

impl Target {
    /// Path of shard `n`.
    pub(crate) fn shard(&self, n: u32) -> String {
        let Self { stem, tail, .. } = self;
        if self.sharded {
            format!("{stem}-{n:05}{tail}")
        } else {
            format!("{stem}{tail}")
        }
    }

    /// Path of the document called `name`, where each gets a file of its own.
    pub(crate) fn file(&self, name: &str) -> String {
        let Self { stem, tail, .. } = self;
        if self.from == Format::Text {
            return format!("{stem}{tail}");
        }
        format!("{stem}/{}{tail}", crate::corpus::names::file_name(name))
    }
}

/// Where the documents of all inputs go, by the inputs' paths.
pub(crate) fn plan(inputs: &[Input], settings: &Settings) -> BTreeMap<String, Target> {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut documents: Option<Target> = None;
    let mut plan = BTreeMap::new();
    for input in inputs {
        let to = settings.format_of(input.format);
        if input.format == Format::Text && to != Format::Text {
            let target = documents.get_or_insert_with(|| {
                free(&mut taken, settings, input, to, "documents", "documents")
            });
            plan.insert(input.path.clone(), target.clone());
            continue;
        }
        let (_, bare) = Compression::of_name(&input.path);
        let stem = Format::stem(bare);
        let target = free(&mut taken, settings, input, to, stem, bare);
        plan.insert(input.path.clone(), target);
    }
    plan
}

/// A target below `stem`, or where that is taken below `other` or one like it, which is then taken.
fn free(
    taken: &mut BTreeSet<String>,
    settings: &Settings,
    input: &Input,
    to: Format,
    stem: &str,
    other: &str,
) -> Target {
    let mut n = 1u64;
    let mut candidate = stem.to_owned();
    loop {
        let target = target(settings, input, to, &candidate);
        let path = if input.format != Format::Text && to == Format::Text {
            target.stem.clone()
        } else {
            target.shard(0)
        };
        if is_free(taken, &path) {
            taken.insert(path);
            return target;
        }
        candidate = match n {
            1 => other.to_owned(),
            n => format!("{other}-{n}"),
        };
        n += 1;
    }
}

fn target(settings: &Settings, input: &Input, to: Format, stem: &str) -> Target {
    let collected = input.format == Format::Text && to != Format::Text;
    let sharded = settings.shard_size.is_some() && to.holds_records();
    let as_read = if collected {
        Compression::None
    } else {
        input.compression
    };
    let packing = match settings.compression {
        // Tables are packed inside, column by column.
        Some(kind) if !to.packs_itself(kind) => kind,
        Some(_) => Compression::None,
        None if to.is_table() && input.format != to => Compression::None,
        None => as_read,
    };
    let ending = if packing == input.compression && packing != Compression::None {
        let (_, bare) = Compression::of_name(&input.path);
        &input.path[bare.len()..]
    } else {
        packing.ending()
    };
    let own = if input.format == to {
        let (_, bare) = Compression::of_name(&input.path);
        bare[Format::stem(bare).len()..].to_owned()
    } else {
        format!(".{}", to.ending())
    };
    Target {
        from: input.format,
        to,
        packing,
        // Numbers of shards come before the ending.
        stem: stem.to_owned(),
        tail: own + ending,
        sharded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(paths: &[&str]) -> Vec<Input> {
        paths
            .iter()
            .map(|path| {
                let (compression, bare) = Compression::of_name(path);
                Input {
                    source: path.into(),
                    path: (*path).to_owned(),
                    format: Format::of_name(bare).unwrap_or(Format::Text),
                    compression,
                    bytes: 0,
                    named: None,
                }
            })
            .collect()
    }

    fn paths(settings: &Settings, of: &[&str]) -> Vec<String> {
        let plan = plan(&inputs(of), settings);
        of.iter().map(|p| plan[*p].shard(0)).collect()
    }

    #[test]
    fn names_stay_where_nothing_is_asked_for() {
        let of = ["a/x.txt", "b.jsonl.gz", "c.tsv", "odd"];
        assert_eq!(paths(&Settings::default(), &of), of);
    }

    #[test]
    fn names_follow_format_and_packing_and_never_clash() {
        let settings = Settings {
            format: Some(Format::Jsonl),
            compression: Some(Compression::Zstd),
            ..Settings::default()
        };
        assert_eq!(
            paths(
                &settings,
                &[
                    "a.txt",
                    "b.txt",
                    "c.csv.gz",
                    "c.jsonl",
                    "c.tsv",
                    "documents.csv"
                ]
            ),
            [
                "documents.jsonl.zst",
                "documents.jsonl.zst",
                "c.jsonl.zst",
                "c.jsonl.jsonl.zst",
                "c.tsv.jsonl.zst",
                "documents.csv.jsonl.zst"
            ]
        );
    }

    #[test]
    fn shards_are_numbered_before_the_endings() {
        let settings = Settings {
            shard_size: Some(1),
            ..Settings::default()
        };
        let plan = plan(&inputs(&["a.jsonl.gz", "b.txt"]), &settings);
        assert_eq!(plan["a.jsonl.gz"].shard(12), "a-00012.jsonl.gz");
        assert_eq!(plan["b.txt"].file("b.txt"), "b.txt");
    }
}
