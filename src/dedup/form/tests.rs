use super::super::FunctionWords;
use super::*;

fn facts(a: &str, b: &str) -> Facts {
    let (facts, function_words) = (
        FactWords::embedded().unwrap(),
        FunctionWords::embedded().unwrap(),
    );
    let mut forms = [Form::default(), Form::default()];
    for (form, text) in forms.iter_mut().zip([a, b]) {
        form.read(text, &facts, &function_words);
    }
    let [x, y] = &forms;
    let mut buffers = Buffers::default();
    let found = compare((x, a), (y, b), &mut buffers);
    let turned = compare((y, b), (x, a), &mut buffers);
    assert_eq!(
        found.are_another_form(),
        turned.are_another_form(),
        "{found:?} {turned:?}"
    );
    found
}

/// Forms as they are filled in anew: weather, results, products, terms, bonds, vacancies, a recipe of numbers in German.
const FORMS: [(&str, &str); 7] = [
    (
        "Tonight: mostly clear with a low around 41. Northwest wind between 5 and 10 mph. Tuesday: sunny, with a high near 68. \
         Calm wind becoming southwest around 6 mph in the afternoon. Chance of rain is 10 percent.",
        "Tonight: mostly clear with a low around 37. Northwest wind between 8 and 15 mph. Friday: sunny, with a high near 59. \
         Calm wind becoming southwest around 9 mph in the afternoon. Chance of rain is 30 percent.",
    ),
    (
        "The Falcons beat the Bears 24 to 17 on Sunday at Lincoln Field. Quarterback John Marsh threw for 254 yards and two \
         touchdowns, and the defence held the visitors to 80 yards in the second half. The home side is now 6-2.",
        "The Wolves beat the Giants 31 to 10 on Sunday at Harbour Park. Quarterback Luis Ortega threw for 310 yards and three \
         touchdowns, and the defence held the visitors to 95 yards in the second half. The home side is now 4-4.",
    ),
    (
        "The Brewmaster K200 is a compact coffee maker with a capacity of 1.2 litres and 900 watts of power. It comes in \
         black and weighs 2.4 kg. Free delivery within two days. Price: 49.99 including tax. Item number BM-20017.",
        "The Brewmaster K400 is a compact coffee maker with a capacity of 1.8 litres and 1400 watts of power. It comes in \
         black and weighs 3.1 kg. Free delivery within two days. Price: 79.99 including tax. Item number BM-20431.",
    ),
    (
        "This policy explains how Acme collects and uses your data. When you visit our site, Acme may store cookies on your \
         device. You may ask Acme to delete your data at any time by writing to us. We share data with our partners only where \
         the law allows it, and Acme never sells it. Changes to this policy are published on this page.",
        "This policy explains how Borealis collects and uses your data. When you visit our site, Borealis may store cookies on \
         your device. You may ask Borealis to delete your data at any time by writing to us. We share data with our partners \
         only where the law allows it, and Borealis never sells it. Changes to this policy are published on this page.",
    ),
    (
        "Northern Rail is issuing a 100 mln dlr bond due April 15, 1992 paying 7-1/4 pct and priced at 101-1/8 pct, lead manager \
         City Bank said. The non-callable bond is available in denominations of 5,000 dlrs and will be listed in Luxembourg.",
        "Delta Gas is issuing a 75 mln dlr bond due May 30, 1994 paying 8-1/2 pct and priced at 100-3/8 pct, lead manager \
         Harbour Trust said. The non-callable bond is available in denominations of 1,000 dlrs and will be listed in Luxembourg.",
    ),
    (
        "We are looking for a nurse to join our team in Leeds from 1 March. The post is for 30 hours a week and pays 28,400 a \
         year. Please send your letter to Mrs Hill by 12 February. Interviews take place on 20 February.",
        "We are looking for a nurse to join our team in Derby from 1 June. The post is for 37 hours a week and pays 31,200 a \
         year. Please send your letter to Mr Okafor by 4 May. Interviews take place on 15 May.",
    ),
    (
        "Der Index schloss am Montag bei 15.203 Punkten und damit 0,8 Prozent höher. Zu den Gewinnern zählten Siemens und Bayer. \
         Der Umsatz betrug 3,2 Milliarden Euro, der Euro stand bei 1,0712 Dollar.",
        "Der Index schloss am Freitag bei 14.871 Punkten und damit 0,3 Prozent höher. Zu den Gewinnern zählten Allianz und Linde. \
         Der Umsatz betrug 2,7 Milliarden Euro, der Euro stand bei 1,0845 Dollar.",
    ),
];

#[test]
fn a_form_with_other_facts_is_another_form() {
    for (a, b) in FORMS {
        let found = facts(a, b);
        assert!(found.are_another_form(), "{a}\n{found:?}");
        assert!(!facts(a, a).are_another_form(), "{a}");
    }
}

const STORY: &str = "The city of Marlow will rebuild the bridge over the Wend that burned down in 2019, Mayor Anna Feld said on \
    Tuesday. The work will cost 12.4 million and take two years. Feld said the old oak piles had been tested by engineers of \
    the University of Kent and could be used again. Some 8,000 people crossed the bridge every day before the fire, and most \
    of them now drive 11 miles by way of Colford. Shopkeepers in Bridge Street, who lost a third of their trade, welcomed the plan.";

#[test]
fn a_text_corrected_cut_or_widened_is_no_other_form() {
    let corrected = STORY
        .replace("12.4 million", "12.8 million")
        .replace("burned down", "burnt down");
    let widened = STORY.to_owned()
        + " The council will vote on 3 May. Its leader, Peter Holt, said he expected 20 of 31 members to agree.";
    let cut = &STORY[..STORY.find("Some 8,000").unwrap()];
    let misspelt = STORY.replace("Feld", "Felt");
    let reworded = STORY
        .replace("rebuild", "restore")
        .replace("work", "job")
        .replace("tested", "examined")
        .replace("crossed", "used")
        .replace("welcomed the plan", "praised the scheme");
    let written_out = STORY
        .replace("two years", "2 years")
        .replace("8,000", "8000");
    for other in [
        &corrected,
        &widened,
        cut,
        &misspelt,
        &reworded,
        &written_out,
    ] {
        let found = facts(STORY, other);
        assert!(!found.are_another_form(), "{other}\n{found:?}");
    }
}

#[test]
fn words_changed_at_random_make_no_other_form() {
    // Every seventh word, whatever it is. One choice of seven hits mostly names.
    let others = (0..7)
        .filter(|offset| {
            let words: Vec<String> = STORY
                .split_whitespace()
                .enumerate()
                .map(|(i, w)| match i % 7 == *offset {
                    true if w.starts_with(char::is_uppercase) => format!("Zorn{}", "z".repeat(i)),
                    true => format!("zorn{}", "z".repeat(i)),
                    false => w.to_owned(),
                })
                .collect();
            let found = facts(STORY, &words.join(" "));
            assert!(found.words_changed > 0);
            found.are_another_form()
        })
        .count();
    assert!(others <= 1, "{others} of 7");
}

#[test]
fn texts_without_words_have_no_facts() {
    assert_eq!(facts("", "— !"), Facts::default());
    assert!(!facts("", STORY).are_another_form());
}

/// Sentences of the same words, or nearly, that say something else.
const CONTRARY: [(&str, &str); 13] = [
    (
        "The express train from Munich to Vienna leaves the station before the local train.",
        "The express train from Vienna to Munich leaves the station before the local train.",
    ),
    (
        "The old dog chased a cat over the wall.",
        "The old cat chased a dog over the wall.",
    ),
    (
        "The heavy iron gate faces the narrow wooden door across the yard.",
        "The narrow wooden door faces the heavy iron gate across the yard.",
    ),
    (
        "Brown rice grows in the valley while white rice grows on the slopes of the mountain.",
        "White rice grows in the valley while brown rice grows on the slopes of the mountain.",
    ),
    (
        "The king who feared the bishop was praised by the monks in every letter.",
        "The bishop who feared the king was praised by the monks in every letter.",
    ),
    (
        "The board found that the captain had ignored the warning of the pilot.",
        "The board found that the captain had not ignored the warning of the pilot.",
    ),
    (
        "All of the windows in the tower were broken by the storm.",
        "None of the windows in the tower were broken by the storm.",
    ),
    (
        "Engineers called the old bridge safe after the tests in spring.",
        "Engineers called the old bridge unsafe after the tests in spring.",
    ),
    (
        "The rent for a stall at the fair rose in spring, the council said.",
        "The rent for a stall at the fair fell in spring, the council said.",
    ),
    (
        "The guild voted by 23 to 18 for a new gate in the wall.",
        "The guild voted by 23 to 18 against a new gate in the wall.",
    ),
    (
        "Travellers who took the road came after six days, and some who took a boat came after nine.",
        "Some who took a boat came after six days, and travellers who took the road came after nine.",
    ),
    (
        "In the play that Anna Feld wrote in Leeds for the fair, the widow was Judith Crane.",
        "In the play that Anna Feld wrote in Leeds for the fair, the widow was Judith Moss.",
    ),
    (
        "Der Zug von Bern nach Basel hält auch am Sonntag in jedem Dorf.",
        "Der Zug von Bern nach Basel hält auch am Sonntag nicht in jedem Dorf.",
    ),
];

#[test]
fn the_same_words_may_say_something_else() {
    for (a, b) in CONTRARY {
        let found = facts(a, b);
        assert!(
            found.contrary && found.are_another_form(),
            "{a}\n{b}\n{found:?}"
        );
        assert!(!facts(a, a).contrary, "{a}");
    }
}

#[test]
fn a_phrase_that_moved_says_the_same() {
    for (a, b) in [
        (
            "After the harvest the farmers mended the roof of the old barn in two days.",
            "The farmers mended the roof of the old barn in two days after the harvest.",
        ),
        (
            "The library raised its budget for new books from 1.8 percent to 2.1 percent.",
            "The library raised its budget for new books to 2.1 percent from 1.8 percent.",
        ),
        (
            "She bought bread and butter at the shop behind the church.",
            "She bought butter and bread at the shop behind the church.",
        ),
        (
            "The council has decided to plant a hundred trees by the spring of next year.",
            "By the spring of next year a hundred trees will be planted, the council has decided.",
        ),
        (
            "The inspector did not accept the report of the mill about the broken wheel and the flood in March.",
            "The inspector rejected the mill's account of the wheel that broke and of the flood in March.",
        ),
        (
            "The rent for a stall at the fair rose in spring, the council said.",
            "The rent for a stall at the fair increased in spring, the council said.",
        ),
        (
            "In the play that Anna Feld wrote in Leeds for the fair, the widow was Judith Crane.",
            "In the play that Anna Feldt wrote in Leeds for the fair, the widow was Judith Crane.",
        ),
        (
            "Nobody had ever seen such a storm. The old bridge over the river was gone.",
            "The old bridge over the river was gone. Nobody had ever seen such a storm.",
        ),
    ] {
        let found = facts(a, b);
        assert!(!found.contrary, "{a}\n{b}\n{found:?}");
    }
}

#[test]
fn two_words_that_changed_places_are_a_slip_in_a_longer_text() {
    let other = STORY.replace(
        "Mayor Anna Feld said on Tuesday",
        "Mayor Feld Anna said on Tuesday",
    );
    assert!(!facts(STORY, &other).contrary);
}

#[test]
fn numbers_count_whatever_their_unit_and_notation() {
    let (words, function_words) = (
        FactWords::embedded().unwrap(),
        FunctionWords::embedded().unwrap(),
    );
    let differ = |a: &str, b: &str| {
        let mut forms = [Form::default(), Form::default()];
        for (form, text) in forms.iter_mut().zip([a, b]) {
            form.read(text, &words, &function_words);
        }
        have_other_numbers(&forms[0], &forms[1])
    };
    let wire = "a budget of 96 billion euros, 240 million for dairies, 7 percent for roads, three percent less for farms";
    assert!(!differ(
        wire,
        "a €96bn budget, €240m for dairies, 7pc for roads, 3% less for farms"
    ));
    assert!(differ(
        wire,
        "a €92bn budget, €210m for dairies, 4pc for roads, 5% less for farms"
    ));
    assert!(differ(
        "coupon 7, price 101, due 1993",
        "coupon 8, price 99, due 1993"
    ));
    // Two say too little, and `one` is no number.
    assert!(!differ(
        "1993 and 1994, one by one",
        "1995 and 1996, one more"
    ));
}
