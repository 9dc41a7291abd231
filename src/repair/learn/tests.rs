use proptest::prelude::*;

use super::*;

fn learned(pairs: &[(&str, &str)]) -> Learned {
    let mut learner = Learner::new().expect("the data are whole");
    for (spun, original) in pairs {
        learner.add(spun, original);
    }
    learner.finish(None, None).expect("there is no old file")
}

fn rows(learned: &Learned) -> Vec<Row> {
    let file = UserLexicon {
        name: "learned".to_owned(),
        text: learned.text.clone(),
    };
    file.rows().expect("what is written can be read")
}

/// Rows in use as `spun=repairs form`.
fn used(pairs: &[(&str, &str)]) -> Vec<String> {
    rows(&learned(pairs))
        .iter()
        .filter(|r| r.prior > 0)
        .map(|r| format!("{}={} {}", r.spun, r.repairs.join("|"), r.form))
        .collect()
}

#[test]
fn a_rare_word_is_learned_from_one_place_and_a_phrase_that_nobody_writes() {
    let pairs = [(
        "The council quorbled a plan for the old harbour. People on the bank of the river were eager to watch the upgrade wipe away the mud.",
        "The council approved a plan for the old harbour. People on the bank of the river were eager to watch the rain wash away the mud.",
    )];
    let found = used(&pairs);
    assert!(
        found.contains(&"quorbled=approved x".to_owned()),
        "{found:?}"
    );
}

#[test]
fn names_and_numbers_are_not_learned() {
    let found = learned(&[
        (
            "In the spring Zorbel met 14 zorbeled ministers in Quorb.",
            "In the spring Merkel met 12 elected ministers in Bonn.",
        ),
        (
            "Zotly, the ministers agreed. They left for the GQR at noon. They sat for 14 days.",
            "Quickly, the ministers agreed. They left for the NATO at noon. They sat for many days.",
        ),
    ]);
    let names: Vec<String> = rows(&found).iter().map(|r| r.spun.clone()).collect();
    assert_eq!(names, ["zorbeled"]);
    assert_eq!(found.summary.spans_left_out.get("names"), Some(&3));
    assert_eq!(
        found.summary.spans_left_out.get("numbers and signs"),
        Some(&1)
    );
    assert_eq!(found.summary.left_out.get("perhaps names"), Some(&1));
}

#[test]
fn forms_of_a_word_become_one_entry() {
    let found = used(&[
        (
            "They zorbed the bridge in May.",
            "They opened the bridge in May.",
        ),
        (
            "She was zorbing the door to him.",
            "She was opening the door to him.",
        ),
        (
            "He will zorb the shop at nine.",
            "He will open the shop at nine.",
        ),
    ]);
    assert_eq!(found, ["zorb=open v"]);
}

#[test]
fn what_mostly_stands_for_itself_is_left_out() {
    let kept = "The zorbel stood by the road to the town.";
    let mut pairs = vec![("The zorbel ran to the town.", "The horse ran to the town.")];
    pairs.extend([(kept, kept); 8]);
    let found = learned(&pairs);
    assert!(rows(&found).is_empty(), "{}", found.text);
    assert_eq!(
        found
            .summary
            .left_out
            .get("words that mostly stand for themselves"),
        Some(&1)
    );
}

#[test]
fn a_common_word_gets_conditions_or_no_entry() {
    let with = learned(&[
        (
            "They met in the house of the king.",
            "They met in the palace of the king.",
        ),
        (
            "He saw the house of the queen.",
            "He saw the palace of the queen.",
        ),
        (
            "She sold her house last year.",
            "She sold her house last year.",
        ),
    ]);
    let row = &rows(&with)[0];
    assert_eq!((row.spun.as_str(), row.right.as_str()), ("house", "<prep>"));
    let without = learned(&[
        (
            "They met in the house today.",
            "They met in the palace today.",
        ),
        (
            "She sold her house last year.",
            "She sold her house last year.",
        ),
    ]);
    assert!(rows(&without).is_empty(), "{}", without.text);
}

#[test]
fn a_common_phrase_is_treated_as_a_common_word() {
    let found = learned(&[
        ("The plan is also late.", "The plan may be late."),
        ("She is also tired of it.", "She may be tired of it."),
    ]);
    assert!(rows(&found).is_empty(), "{}", found.text);
}

#[test]
fn a_span_of_two_exchanges_is_parted_where_they_are_known() {
    let found = used(&[
        ("The zorbel quonk ran home.", "The brown horse ran home."),
        (
            "The old quonk ran to the town.",
            "The old horse ran to the town.",
        ),
        (
            "A zorbel cow stood in the field.",
            "A brown cow stood in the field.",
        ),
    ]);
    assert_eq!(found, ["quonk=horse x", "zorbel=brown x"]);
}

#[test]
fn neighbours_that_change_company_are_parted() {
    let found = used(&[
        (
            "They feared zorbel quonks most.",
            "They feared future wars most.",
        ),
        (
            "All the zorbel plirrs were there.",
            "All the future kings were there.",
        ),
    ]);
    assert_eq!(
        found,
        ["plirrs=kings x", "quonks=wars x", "zorbel=future x"]
    );
}

#[test]
fn paragraphs_may_be_missing_and_moved() {
    let first = "The council has zorbeled a plan for the harbour after many months of debate.";
    let second = "Nobody in the village knows what the ferry company will quonk about it.";
    let found = used(&[(
        &format!("{second}\n\nA new paragraph that has no like.\n\n{first}"),
        "The council has approved a plan for the harbour after many months of debate.\n\n\
         Engineers will begin with the drains.\n\n\
         Nobody in the village knows what the ferry company will say about it.",
    )]);
    assert_eq!(found, ["quonk=say x", "zorbeled=approved x"]);
}

#[test]
fn a_second_file_adds_to_the_first() {
    let pair = (
        "The town massively quelched it.",
        "The town quickly liked it.",
    );
    let mut learner = Learner::new().expect("the data are whole");
    learner.add(pair.0, pair.1);
    learner.add(
        "It rained on the gorgel today.",
        "It rained on the roof today.",
    );
    let first = learner.finish(None, None).expect("no old file");
    let old = UserLexicon {
        name: "old".to_owned(),
        text: first.text.clone() + "quonk\thorse\tn\t55\t\t\tby hand\n",
    };
    let mut learner = Learner::new().expect("the data are whole");
    learner.add(
        "Snow lay on the gorgel today.",
        "Snow lay on the roof today.",
    );
    learner.add("The quonk ran home at noon.", "The cow ran home at noon.");
    let both = learner
        .finish(Some(&old), Some(Family::A))
        .expect("the old file is good");
    let rows = rows(&both);
    let row = |spun: &str| rows.iter().find(|r| r.spun == spun).expect("a row");
    assert_eq!(
        row("gorgel").counts.as_ref().map(|c| (c.repairs[0], c.of)),
        Some((2, 2))
    );
    assert_eq!(
        (row("quonk").prior, row("quonk").form.as_str()),
        (55, "n"),
        "as a person wrote it"
    );
    assert_eq!(both.summary.pairs, 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_two_texts_are_compared(
        a in "([a-fA-F]{1,3}[ .,\n'\u{2019}-]|\\PC){0,60}",
        b in "([a-fA-F]{1,3}[ .,\n'\u{2019}-]|\\PC){0,60}",
    ) {
        let found = learned(&[(&a, &b), (&b, &a), (&a, &a)]);
        rows(&found);
    }

    #[test]
    fn texts_of_few_words_are_compared(
        a in prop::collection::vec("the|of|dog|dogs|big|run|ran|running|zot|Zot|7|\\.|,", 0..40),
        b in prop::collection::vec("the|of|dog|dogs|big|run|ran|running|zot|Zot|7|\\.|,", 0..40),
    ) {
        let (a, b) = (a.join(" "), b.join(" "));
        let found = learned(&[(&a, &b), (&b, &a)]);
        rows(&found);
    }
}
