//! The files of `data/repair`: sorted, without doubles, well-formed, and at peace with themselves.

use std::collections::BTreeSet;

fn rows(name: &str) -> Vec<Vec<String>> {
    let path = format!("{}/data/repair/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path)
        .unwrap_or_else(|e| panic!("{path}: {e}"))
        .lines()
        .filter(|l| !l.starts_with('#'))
        .map(|l| l.split('\t').map(str::to_owned).collect())
        .collect()
}

#[test]
fn lexicons_are_sorted_well_formed_and_not_circular() {
    for file in ["w.tsv", "a.tsv", "b.tsv"] {
        let rows = rows(file);
        assert!(rows.len() >= 500, "{file}");
        let mut keys = Vec::new();
        for row in &rows {
            let [spun, repairs, form, prior, left, right, source] = row.as_slice() else {
                panic!("{file}: {row:?}: seven columns");
            };
            assert!(
                ["x", "n", "v", "a", "p"].contains(&form.as_str()),
                "{file}: {row:?}"
            );
            assert!(
                (1..=99).contains(&prior.parse::<u8>().expect("a number")),
                "{file}: {row:?}"
            );
            assert!(
                (1..=10).contains(&spun.split(' ').count()),
                "{file}: {row:?}"
            );
            assert!(
                form == "p" || *spun == spun.to_lowercase(),
                "{file}: {row:?}"
            );
            assert!(!source.is_empty(), "{file}: {row:?}");
            let repairs: Vec<&str> = repairs.split('|').collect();
            assert!(
                !repairs.contains(&spun.as_str()),
                "{file}: {row:?}: repairs itself"
            );
            assert_eq!(
                repairs.iter().collect::<BTreeSet<_>>().len(),
                repairs.len(),
                "{file}: {row:?}"
            );
            for text in repairs.iter().chain([&spun.as_str()]) {
                assert!(
                    !text.is_empty() && text.trim() == *text && !text.contains("  "),
                    "{file}: {row:?}"
                );
            }
            keys.push((
                spun.clone(),
                form.clone(),
                left.clone(),
                right.clone(),
                source.clone(),
            ));
        }
        assert!(keys.is_sorted(), "{file} is sorted");
        assert!(
            keys.windows(2).all(|w| w[0] != w[1]),
            "{file} has no doubles"
        );
        // A repair that is certainly spun itself would be repaired again.
        let certain: BTreeSet<&str> = rows
            .iter()
            .filter(|r| {
                r[2] != "p"
                    && r[3].parse::<u8>().is_ok_and(|p| p >= 90)
                    && r[4].is_empty()
                    && r[5].is_empty()
            })
            .map(|r| r[0].as_str())
            .collect();
        for row in &rows {
            for repair in row[1].split('|') {
                assert!(
                    !certain.contains(repair),
                    "{file}: {row:?}: {repair} is spun too"
                );
            }
        }
    }
}

#[test]
fn small_tables_are_sorted() {
    for (file, columns) in [
        ("markers.tsv", 4),
        ("verbs.tsv", 3),
        ("nouns.tsv", 2),
        ("doubling.tsv", 1),
        ("classes.tsv", 2),
        ("abbreviations.tsv", 1),
        ("sounds.tsv", 2),
        ("synonyms.tsv", 2),
    ] {
        let rows = rows(file);
        assert!(rows.iter().all(|r| r.len() == columns), "{file}");
        assert!(
            rows.windows(2).all(|w| w[0] < w[1]),
            "{file} is sorted, without doubles"
        );
    }
}

#[test]
fn the_thesaurus_and_the_terms_are_sorted_and_without_doubles() {
    for (file, columns) in [
        ("thesaurus.tsv", 4),
        ("terms.tsv", 2),
        ("wide_thesaurus.tsv", 4),
        ("wide_terms.tsv", 2),
    ] {
        let rows = rows(file);
        assert!(rows.len() >= 1000, "{file}");
        assert!(rows.is_sorted(), "{file}");
        let mut seen = BTreeSet::new();
        for row in &rows {
            assert_eq!(row.len(), columns, "{file}: {row:?}");
            assert!(seen.insert(row.clone()), "{file}: {row:?}: twice");
            for text in row.iter().flat_map(|c| c.split('|')) {
                assert!(
                    text.trim() == text && !text.contains("  "),
                    "{file}: {row:?}"
                );
                assert_eq!(text, text.to_lowercase(), "{file}: {row:?}");
            }
            let [meant, form, spun, source] = row.as_slice() else {
                continue;
            };
            assert!(["x", "n", "v", "a"].contains(&form.as_str()), "{row:?}");
            assert!(["general", "phrases"].contains(&source.as_str()), "{row:?}");
            let spun: Vec<&str> = spun.split('|').collect();
            assert!(!spun.contains(&meant.as_str()), "{row:?}: exchanges itself");
            assert_eq!(
                spun.iter().collect::<BTreeSet<_>>().len(),
                spun.len(),
                "{row:?}"
            );
        }
    }
}

#[test]
fn forward_tables_are_sorted_and_never_put_a_word_for_itself() {
    for file in ["forward_w.tsv", "forward_a.tsv", "forward_b.tsv"] {
        let rows = rows(file);
        assert!(rows.len() >= 3000, "{file}");
        let mut keys = Vec::new();
        for row in &rows {
            let [meant, form, spun, source] = row.as_slice() else {
                panic!("{file}: {row:?}: four columns");
            };
            assert!(
                ["x", "n", "v", "a"].contains(&form.as_str()),
                "{file}: {row:?}"
            );
            let phrases: Vec<&str> = spun.split('|').collect();
            let different: BTreeSet<&&str> = phrases.iter().collect();
            assert_eq!(different.len(), phrases.len(), "{file}: {row:?}");
            for phrase in phrases {
                assert!(
                    !phrase.is_empty() && phrase.trim() == phrase && phrase != meant,
                    "{file}: {row:?}"
                );
            }
            keys.push((meant.clone(), form.clone(), source.clone()));
        }
        assert!(keys.is_sorted(), "{file} is not sorted");
        keys.dedup();
        assert_eq!(keys.len(), rows.len(), "{file} has a row twice");
    }
}
