use proptest::prelude::*;

use super::*;

fn edit(start: usize, end: usize, after: &str) -> Edit {
    Edit::new(ByteSpan::new(start, end), after, "test", 1.0)
}

/// What the run folder's rows give back from the final `text`.
fn restored(text: &str, log: &EditLog, rows: &[Row]) -> String {
    let offsets = Offsets::new(log.source());
    let changes: Vec<Change<'_>> = rows
        .iter()
        .filter(|r| r.applied)
        .map(|r| Change {
            span: offsets.char_span(r.span),
            before: &r.before,
            after: &r.after,
        })
        .collect();
    restore_text(text, &changes).unwrap()
}

#[test]
fn a_later_edit_takes_in_the_earlier_one_it_cuts() {
    let mut log = EditLog::new("the ﬁnish of it".into());
    log.push(StageName::Decode, vec![edit(4, 7, "fi")]);
    assert_eq!(log.text(), "the finish of it");
    log.push(StageName::Repair, vec![edit(4, 10, "end")]);
    assert_eq!(log.text(), "the end of it");
    let rows = log.rows();
    assert_eq!(rows.len(), 2);
    assert_eq!(
        (
            rows[0].stage,
            rows[0].before.as_str(),
            rows[0].after.as_str()
        ),
        (StageName::Decode, "ﬁ", "fi")
    );
    assert_eq!(
        (
            rows[1].stage,
            rows[1].before.as_str(),
            rows[1].after.as_str()
        ),
        (StageName::Repair, "ﬁnish", "end")
    );
    assert_eq!(restored(log.text(), &log, &rows), log.source());
}

#[test]
fn a_cut_region_keeps_its_rest() {
    let mut log = EditLog::new("a X b".into());
    log.push(StageName::Decode, vec![edit(2, 3, "one two")]);
    log.push(StageName::Repair, vec![edit(6, 9, "2")]);
    assert_eq!(log.text(), "a one 2 b");
    let rows = log.rows();
    assert_eq!(
        (rows[1].before.as_str(), rows[1].after.as_str()),
        ("X", "one 2")
    );
    assert_eq!(restored(log.text(), &log, &rows), log.source());
}

#[test]
fn a_removal_beside_a_repair_stays_a_row_of_its_own() {
    let mut log = EditLog::new("Share\n\nPast it".into());
    log.push(StageName::Strip, vec![edit(0, 7, "")]);
    log.push(StageName::Repair, vec![edit(0, 4, "Beyond")]);
    let rows = log.rows();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1].before, "Past");
    assert_eq!(restored("Beyond it", &log, &rows), log.source());
}

#[test]
fn a_foreign_text_is_refused() {
    let mut log = EditLog::new("abc".into());
    log.push(StageName::Strip, vec![edit(1, 2, "XY")]);
    let rows = log.rows();
    let change = Change {
        span: CharSpan { start: 1, end: 2 },
        before: &rows[0].before,
        after: &rows[0].after,
    };
    assert_eq!(restore_text(log.text(), &[change]).as_deref(), Ok("abc"));
    assert_eq!(
        restore_text("aZZc", &[change]),
        Err(RestoreError::Mismatch { at: 1 })
    );
}

#[test]
fn offsets_count_scalar_values_and_lines() {
    let text = "é\n漢字\n".repeat(700);
    let offsets = Offsets::new(&text);
    for (n, (at, _)) in text.char_indices().enumerate() {
        assert_eq!(offsets.chars(at), n);
        assert_eq!(offsets.byte(n), Some(at));
        assert_eq!(offsets.line(at), text[..at].matches('\n').count() + 1);
    }
    assert_eq!(offsets.byte(text.chars().count()), Some(text.len()));
    assert_eq!(offsets.byte(text.chars().count() + 1), None);
}

/// Turns random numbers into sorted, disjoint edits of `text` on character boundaries.
fn edits_from(text: &str, picks: &[(u16, u8, String, bool)]) -> Vec<Edit> {
    let bounds: Vec<usize> = text
        .char_indices()
        .map(|(i, _)| i)
        .chain([text.len()])
        .collect();
    let mut cuts: Vec<(usize, usize, &str, bool)> = picks
        .iter()
        .map(|(at, len, after, applied)| {
            let i = *at as usize % bounds.len();
            let j = (i + (*len as usize % 6)).min(bounds.len() - 1);
            (bounds[i], bounds[j], after.as_str(), *applied)
        })
        .collect();
    cuts.sort_unstable();
    let mut out: Vec<Edit> = Vec::new();
    for (start, end, after, applied) in cuts {
        let free = out.last().is_none_or(|l: &Edit| {
            l.span.end < start || (l.span.end == start && !(l.span.is_empty() && start == end))
        });
        if free {
            let mut e = edit(start, end, after);
            e.applied = applied;
            out.push(e);
        }
    }
    out
}

fn picks() -> impl Strategy<Value = Vec<(u16, u8, String, bool)>> {
    prop::collection::vec(
        (
            any::<u16>(),
            any::<u8>(),
            "[a-zé漢 \n]{0,5}",
            prop::bool::weighted(0.8),
        ),
        0..12,
    )
}

proptest! {
    #[test]
    fn apply_then_invert_is_the_identity(text in "[a-zA-Zé漢\u{1F600} \n.]{0,60}", picks in picks()) {
        let edits = edits_from(&text, &picks);
        let changed = apply(&text, &edits);
        prop_assert_eq!(apply(&changed, &invert(&text, &edits)), text);
    }

    #[test]
    fn rows_of_any_number_of_stages_restore_the_source(
        text in "[a-zA-Zé漢\u{1F600} \n.]{0,60}",
        stages in prop::collection::vec(picks(), 0..5),
    ) {
        let mut log = EditLog::new(text.clone());
        for (i, p) in stages.iter().enumerate() {
            let edits = edits_from(log.text(), p);
            let expected = apply(log.text(), &edits);
            log.push(StageName::ALL[i.min(2)], edits);
            prop_assert_eq!(log.text(), expected);
        }
        let rows = log.rows();
        for row in &rows {
            prop_assert_eq!(row.span.of(&text), &row.before);
        }
        // The applied rows are plain edits of the source: whoever reads only `edits.jsonl` gets the final text too.
        let plain: Vec<Edit> = rows
            .iter()
            .filter(|r| r.applied)
            .map(|r| Edit::new(r.span, r.after.clone(), r.rule.clone(), r.confidence))
            .collect();
        prop_assert_eq!(apply(&text, &plain), log.text());
        prop_assert_eq!(restored(log.text(), &log, &rows), text);
    }

    #[test]
    fn mapped_spans_quote_what_they_claim(
        text in "[a-zA-Zé漢 \n.]{1,60}",
        stages in prop::collection::vec(picks(), 1..4),
        a in any::<u16>(), b in any::<u16>(),
    ) {
        let mut log = EditLog::new(text.clone());
        for p in &stages {
            let edits = edits_from(log.text(), p);
            log.push(StageName::Strip, edits);
        }
        let bounds: Vec<usize> =
            log.text().char_indices().map(|(i, _)| i).chain([log.text().len()]).collect();
        let (a, b) = (bounds[a as usize % bounds.len()], bounds[b as usize % bounds.len()]);
        let span = ByteSpan::new(a.min(b), a.max(b));
        let source = log.to_source(span);
        prop_assert!(source.start <= source.end && source.end <= text.len());
        prop_assert!(text.is_char_boundary(source.start) && text.is_char_boundary(source.end));
        // Where no edit meets the span, the source quotes it to the letter.
        if log.regions().all(|(_, current)| !current.overlaps(span)) {
            prop_assert_eq!(source.of(&text), span.of(log.text()));
        }
    }
}
