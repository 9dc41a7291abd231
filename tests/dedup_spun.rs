//! Spun copies: found, told from other texts about the same thing, and dropped only where it is known which is the copy.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use limpid::dedup::{Dedup, Policy, Settings};
use limpid::document::DocId;
use limpid::pipeline::compare::{Compare, Findings, Keep, Kind, Match, Rank};
use limpid::stage::Scratch;

const STORY: &str = "Engineers in the port of Varnholm have started to repair the old lighthouse that was damaged by a severe \
    storm in January 1998. The council decided to preserve the building after residents gathered 14,200 signatures, and Mayor Ingrid Solheim \
    promised that the work would be completed before the summer season begins. The project will cost 3.7 million crowns. Experts \
    from the University of Trondheim examined the stone walls and found that the foundation remained strong, although several stairs must \
    be replaced. Visitors will be allowed to climb the tower again, and a small museum about the dangerous coast will open in the \
    house of the former keeper, Olaf Brekke, who rescued 31 sailors. Local shops hope that more tourists will help the quiet town, \
    which lost many jobs when the fish factory closed.";

/// What a spinner writes; the last column is no synonym, as an editor would change the story.
const EXCHANGES: [(&str, &str, &str); 28] = [
    ("started", "began", "refused"),
    ("repair", "fix", "paint"),
    ("damaged", "harmed", "struck"),
    ("severe", "serious", "northern"),
    ("decided", "determined", "voted"),
    ("preserve", "protect", "buy"),
    ("building", "structure", "site"),
    ("residents", "citizens", "teachers"),
    ("gathered", "collected", "submitted"),
    ("promised", "vowed", "wrote"),
    ("completed", "finished", "paid"),
    ("begins", "starts", "ends"),
    ("examined", "inspected", "photographed"),
    ("strong", "sturdy", "dry"),
    ("several", "numerous", "wooden"),
    ("replaced", "substituted", "painted"),
    ("allowed", "permitted", "charged"),
    ("climb", "ascend", "photograph"),
    ("small", "little", "maritime"),
    ("dangerous", "hazardous", "northern"),
    ("house", "home", "garden"),
    ("former", "previous", "Danish"),
    ("rescued", "saved", "taught"),
    ("shops", "stores", "hotels"),
    ("help", "assist", "wake"),
    ("quiet", "calm", "coastal"),
    ("jobs", "positions", "families"),
    ("closed", "shut", "burned"),
];

/// Another writer on the same event: the same names and numbers.
const OTHER: &str = "A lighthouse at Varnholm is being restored, Mayor Ingrid Solheim said. A petition signed by 14,200 people saved it \
    from demolition. The storm of January 1998 broke its windows and tore off part of the roof. Builders expect to spend 3.7 million \
    crowns and hope to be ready in June. The University of Trondheim says the walls can stand for another century. A museum for Olaf \
    Brekke, the last keeper, who pulled 31 sailors out of the sea, is planned next to the tower.";

fn exchanged(new: impl Fn(&(&'static str, &'static str, &'static str)) -> &'static str) -> String {
    EXCHANGES.iter().fold(STORY.to_owned(), |text, row| {
        assert!(text.contains(row.0), "{row:?}");
        text.replacen(row.0, new(row), 1)
    })
}

fn spun() -> String {
    exchanged(|row| row.1)
}

fn settings(policy: Policy) -> Settings {
    let mut settings = Settings::default();
    settings.policy = policy;
    settings
}

/// Compares texts; the second is whether each was called spun.
fn compare(texts: &[(&str, bool)], settings: &Settings) -> (Vec<Match>, Findings) {
    let dir = tempfile::tempdir().unwrap();
    let dedup = Dedup::new(settings).unwrap();
    let mut pass = Compare::new(settings, 64 << 20, dir.path()).unwrap();
    let mut scratch = Scratch::new();
    for (n, (text, spun)) in texts.iter().enumerate() {
        let rank = Rank {
            spun: *spun,
            ..Rank::default()
        };
        pass.add(DocId(n as u64), rank, dedup.sketch(text, &mut scratch))
            .unwrap();
    }
    let only: Vec<&str> = texts.iter().map(|t| t.0).collect();
    let mut findings = pass.finish(&only).unwrap();
    let matches = findings.matches().unwrap().map(Result::unwrap).collect();
    (matches, findings)
}

fn kinds(texts: &[&str]) -> Vec<Kind> {
    let texts: Vec<(&str, bool)> = texts.iter().map(|t| (*t, false)).collect();
    let (matches, _) = compare(&texts, &settings(Policy::Flag));
    matches.iter().map(|m| m.kind).collect()
}

#[test]
fn a_spun_copy_finds_its_original() {
    let text = spun();
    let (matches, findings) = compare(&[(STORY, false), (&text, false)], &settings(Policy::Flag));
    let [found] = &matches[..] else {
        panic!("{matches:?}")
    };
    assert_eq!(
        (found.kind, found.measure, found.keep, found.cluster),
        (Kind::SpunCopy, "synonym-alignment", Keep::Both, None)
    );
    assert!((0.8..0.95).contains(&found.similarity), "{found:?}");
    assert_eq!((found.a.1.start, found.a.1.end), (0, STORY.len()));
    assert_eq!(findings.counts().spun_matches, 1);
}

#[test]
fn other_writers_and_editors_are_no_spinners() {
    assert!(!kinds(&[STORY, OTHER]).contains(&Kind::SpunCopy));
    let edited = exchanged(|row| row.2);
    assert!(!kinds(&[STORY, &edited]).contains(&Kind::SpunCopy));
    // A form filled in anew in other words tells other facts.
    let facts = spun()
        .replace("Varnholm", "Aarsund")
        .replace("1998", "2004")
        .replace("14,200", "9,150")
        .replace("Ingrid Solheim", "Per Lund")
        .replace("3.7", "12")
        .replace("Trondheim", "Bergen")
        .replace("Olaf Brekke", "Nils Vik")
        .replace("31", "7");
    assert!(!kinds(&[STORY, &facts]).contains(&Kind::SpunCopy));
}

#[test]
fn nothing_is_dropped_unless_it_is_known_which_is_the_copy() {
    let text = spun();
    for policy in [Policy::Drop, Policy::KeepBest] {
        for (a, b) in [(false, false), (true, true)] {
            let (_, findings) = compare(&[(STORY, a), (&text, b)], &settings(policy));
            assert!(!findings.dropped(0) && !findings.dropped(1));
        }
        let (_, findings) = compare(&[(STORY, false), (&text, true)], &settings(policy));
        assert_eq!((findings.dropped(0), findings.dropped(1)), (false, true));
        let (matches, findings) = compare(&[(&text, true), (STORY, false)], &settings(policy));
        assert_eq!((findings.dropped(0), findings.dropped(1)), (true, false));
        assert_eq!(matches[0].keep, Keep::B);
    }
}

/// A farm of copies: each has other words exchanged, so that one key stands in many of them, and more than any bucket takes whole.
#[test]
fn of_many_copies_each_is_found() {
    let copies: Vec<String> = (0..60u64)
        .map(|n| {
            exchanged(|row| {
                let drawn = (n + 1)
                    .wrapping_mul(0x9e37_79b9)
                    .wrapping_add(row.0.len() as u64 * 77 + row.1.len() as u64);
                let word = drawn.wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 62;
                if word == 0 { row.0 } else { row.1 }
            })
        })
        .collect();
    let texts: Vec<(&str, bool)> = std::iter::once((STORY, false))
        .chain(copies.iter().map(|text| (text.as_str(), false)))
        .collect();
    let (matches, _) = compare(&texts, &settings(Policy::Flag));
    // Some copies are so like one another that they are found as that.
    let found: std::collections::BTreeSet<u64> = matches
        .iter()
        .filter(|m| [Kind::SpunCopy, Kind::Document].contains(&m.kind))
        .flat_map(|m| [u64::from(m.a.0), u64::from(m.b.0)])
        .collect();
    assert!(found.len() > 55, "{} of 61", found.len());
    assert!(matches.iter().any(|m| m.kind == Kind::SpunCopy));
}

#[test]
fn the_setting_turns_it_off() {
    let text = spun();
    let mut off = settings(Policy::Flag);
    off.spun_copies = false;
    let (matches, _) = compare(&[(STORY, false), (&text, false)], &off);
    assert!(matches.iter().all(|m| m.kind != Kind::SpunCopy));
    let bands = |settings: &Settings| {
        let dedup = Dedup::new(settings).unwrap();
        dedup.sketch(STORY, &mut Scratch::new()).bands.len()
    };
    assert_eq!(bands(&settings(Policy::Flag)), bands(&off) + 32);
}
