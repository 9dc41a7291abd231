//! The counts of a run as Prometheus reads them, for its text file collector.
//!
//! Format: Prometheus text exposition format 0.0.4. Names end in their unit, counts in `_total`
//! (<https://prometheus.io/docs/practices/naming/>).

use std::fmt::{Display, Write as _};
use std::fs;
use std::io;
use std::path::Path;

use crate::pipeline::manifest::Manifest;

/// Collects metrics as text.
struct Text(String);

impl Text {
    /// One metric with its samples: labels as `name="value"` pairs, and the value.
    fn metric<V: Display>(
        &mut self,
        name: &str,
        kind: &str,
        help: &str,
        samples: impl IntoIterator<Item = (Vec<(&'static str, String)>, V)>,
    ) {
        let mut samples = samples.into_iter().peekable();
        if samples.peek().is_none() {
            return;
        }
        // Writing to a string cannot fail.
        let _ = writeln!(
            self.0,
            "# HELP limpid_{name} {help}\n# TYPE limpid_{name} {kind}"
        );
        for (labels, value) in samples {
            let labels: Vec<String> = labels
                .into_iter()
                .map(|(label, value)| format!("{label}=\"{}\"", escaped(&value)))
                .collect();
            let labels = if labels.is_empty() {
                String::new()
            } else {
                format!("{{{}}}", labels.join(","))
            };
            let _ = writeln!(self.0, "limpid_{name}{labels} {value}");
        }
    }

    fn count(&mut self, name: &str, help: &str, value: u64) {
        self.metric(name, "gauge", help, [(Vec::new(), value)]);
    }
}

/// A label's value: backslash, quote and line end are escaped.
fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

/// The metrics of a finished run: gauges, since each file tells of one run.
pub fn prometheus(manifest: &Manifest) -> String {
    let (c, run) = (&manifest.counts, &manifest.run);
    let mut text = Text(String::new());
    text.metric(
        "run_info",
        "gauge",
        "Version and job of the run.",
        [(
            vec![
                ("version", manifest.version.clone()),
                ("job", run.job.clone()),
            ],
            1,
        )],
    );
    text.count(
        "run_start_timestamp_seconds",
        "When the run began.",
        run.started,
    );
    text.metric(
        "run_duration_seconds",
        "gauge",
        "What the run took.",
        [(Vec::new(), run.seconds)],
    );
    text.metric(
        "pass_duration_seconds",
        "gauge",
        "What a pass over the corpus took.",
        run.pass_seconds
            .iter()
            .map(|(pass, s)| (vec![("pass", pass.clone())], *s)),
    );
    text.metric(
        "stage_cpu_seconds",
        "gauge",
        "Computing of a stage, summed over threads.",
        run.stages
            .iter()
            .map(|(stage, time)| (vec![("stage", stage.clone())], time.seconds)),
    );
    text.count("documents_in", "Documents found.", c.documents_in);
    text.count("documents_out", "Documents written.", c.documents_out);
    text.count("documents_rejected", "What could not be read.", c.rejects);
    text.metric(
        "documents_rejected_by_reason",
        "gauge",
        "What could not be read, by reason.",
        c.reject_reasons
            .iter()
            .map(|(reason, n)| (vec![("reason", reason.clone())], *n)),
    );
    text.metric(
        "documents_dropped",
        "gauge",
        "Documents set aside.",
        [
            ("filter", c.filtered),
            ("duplicate", c.dropped - c.filtered),
        ]
        .map(|(by, n)| (vec![("by", by.to_owned())], n)),
    );
    text.count("documents_spun", "Documents judged spun.", c.spun);
    text.count("bytes_in", "Bytes of documents read, unpacked.", c.bytes_in);
    text.count("bytes_out", "Bytes of cleaned text.", c.bytes_out);
    text.count("words_in", "Words of the source texts.", c.words_in);
    text.count("words_out", "Words of the cleaned texts.", c.words_out);
    let by_rule = |counts: &std::collections::BTreeMap<String, u64>| {
        counts
            .iter()
            .map(|(name, n)| {
                let (stage, rule) = name.split_once('/').unwrap_or((name, ""));
                let labels = vec![("stage", stage.to_owned()), ("rule", rule.to_owned())];
                (labels, *n)
            })
            .collect::<Vec<_>>()
    };
    text.metric(
        "edits",
        "gauge",
        "Edits that stand in the results.",
        by_rule(&c.edits),
    );
    text.metric(
        "suggestions",
        "gauge",
        "Edits proposed but not carried out.",
        by_rule(&c.suggestions),
    );
    text.metric(
        "duplicates",
        "gauge",
        "Rows of duplicates.jsonl by kind.",
        [
            ("document", c.duplicate_documents),
            ("passage", c.duplicate_passages),
            ("template", c.duplicate_templates),
            ("contained", c.duplicate_contained),
            ("spun_copy", c.duplicate_spun),
        ]
        .map(|(kind, n)| (vec![("kind", kind.to_owned())], n)),
    );
    text.0
}

/// Writes [`prometheus`] to `path`, whole or not at all, as the text file collector asks.
///
/// # Errors
/// When it cannot be written.
pub fn write_prometheus(manifest: &Manifest, path: &Path) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let beside = path.with_file_name(name);
    fs::write(&beside, prometheus(manifest))?;
    fs::rename(beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped() {
        assert_eq!(escaped("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
    }

    #[test]
    fn a_metric_has_help_type_and_samples_and_none_without_them() {
        let mut text = Text(String::new());
        text.metric::<u64>("none", "gauge", "Nothing.", []);
        text.metric("x", "gauge", "Things.", [(vec![("k", "v".to_owned())], 2)]);
        text.count("y", "More.", 3);
        assert_eq!(
            text.0,
            "# HELP limpid_x Things.\n# TYPE limpid_x gauge\nlimpid_x{k=\"v\"} 2\n\
             # HELP limpid_y More.\n# TYPE limpid_y gauge\nlimpid_y 3\n"
        );
    }
}
