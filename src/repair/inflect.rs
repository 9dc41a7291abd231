//! English inflection by paradigm: the plural of a noun, the forms of a verb.
//!
//! Irregular words stand in `data/repair/verbs.tsv`, `nouns.tsv` and `doubling.tsv`; all others follow the spelling
//! rules. It is used once, at set-up, to unfold the lexicon's entries.

use rustc_hash::{FxHashMap, FxHashSet};

use super::table::{Table, rows};
use crate::stage::SetupError;

/// The forms of one verb; several spellings are parted by `|`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verb {
    pub(super) third: String,
    pub(super) past: String,
    pub(super) participle: String,
    pub(super) ing: String,
}

/// Knows irregular words and the rules for the others.
#[derive(Debug)]
pub(super) struct Inflector {
    verbs: FxHashMap<&'static str, (&'static str, &'static str)>,
    nouns: FxHashMap<&'static str, &'static str>,
    doubling: FxHashSet<&'static str>,
}

impl Inflector {
    pub(super) fn new() -> Result<Self, SetupError> {
        const VERBS: Table = Table {
            name: "data/repair/verbs.tsv",
            text: include_str!("../../data/repair/verbs.tsv"),
        };
        const NOUNS: Table = Table {
            name: "data/repair/nouns.tsv",
            text: include_str!("../../data/repair/nouns.tsv"),
        };
        const DOUBLING: Table = Table {
            name: "data/repair/doubling.tsv",
            text: include_str!("../../data/repair/doubling.tsv"),
        };
        let mut verbs = FxHashMap::default();
        for row in rows(&VERBS) {
            let [base, past, participle] = row.columns()?;
            verbs.insert(base, (past, participle));
        }
        let mut nouns = FxHashMap::default();
        for row in rows(&NOUNS) {
            let [one, many] = row.columns()?;
            nouns.insert(one, many);
        }
        let mut doubling = FxHashSet::default();
        for row in rows(&DOUBLING) {
            let [verb] = row.columns()?;
            doubling.insert(verb);
        }
        Ok(Self {
            verbs,
            nouns,
            doubling,
        })
    }

    /// The plural of `noun`, or several parted by `|`.
    pub(super) fn plural(&self, noun: &str) -> String {
        if let Some(&many) = self.nouns.get(noun) {
            return many.to_owned();
        }
        // "summer house" -> "summer-house" and the like inflect as their last part does.
        if let Some((head, last)) = noun.rsplit_once('-')
            && let Some(&many) = self.nouns.get(last)
        {
            return format!("{head}-{many}");
        }
        add_s(noun)
    }

    /// The forms of the verb `base`.
    pub(super) fn verb(&self, base: &str) -> Verb {
        let third = match base {
            "be" => "is".to_owned(),
            "have" => "has".to_owned(),
            _ => add_s(base),
        };
        let ing = self.ing(base);
        if let Some(&(past, participle)) = self.verbs.get(base) {
            return Verb {
                third,
                past: past.to_owned(),
                participle: participle.to_owned(),
                ing,
            };
        }
        let past = self.ed(base);
        Verb {
            third,
            participle: past.clone(),
            past,
            ing,
        }
    }

    /// Verbs of which `word` is a form, each with the places of that form: 0 the base, 1 the third person, 2 the past,
    /// 3 the participle, 4 the form in -ing.
    pub(super) fn verbs_with(&self, word: &str) -> Vec<(String, usize)> {
        let mut bases = Vec::new();
        for ending in ["", "s", "es", "ed", "d", "ing"] {
            if let Some(stem) = word.strip_suffix(ending) {
                bases.push(stem.to_owned());
                if ending == "ing" {
                    bases.push(format!("{stem}e"));
                }
                if let Some(shorter) = undoubled(stem).filter(|_| ending.len() > 1) {
                    bases.push(shorter.to_owned());
                }
            }
        }
        for (ending, base) in [("ies", "y"), ("ied", "y"), ("ying", "ie")] {
            bases.extend(word.strip_suffix(ending).map(|s| format!("{s}{base}")));
        }
        for ending in ["ked", "king"] {
            bases.extend(word.strip_suffix(ending).map(str::to_owned));
        }
        bases.extend(
            self.verbs
                .iter()
                .filter(|(_, (past, participle))| has(past, word) || has(participle, word))
                .map(|(base, _)| (*base).to_owned()),
        );
        bases.sort_unstable();
        bases.dedup();
        let mut out = Vec::new();
        for base in bases.into_iter().filter(|b| b.len() >= 2) {
            let v = self.verb(&base);
            for (place, forms) in [&base, &v.third, &v.past, &v.participle, &v.ing]
                .into_iter()
                .enumerate()
            {
                if has(forms, word) {
                    out.push((base.clone(), place));
                }
            }
        }
        out
    }

    /// Nouns of which `word` is a form: 0 the singular, 1 the plural.
    pub(super) fn nouns_with(&self, word: &str) -> Vec<(String, usize)> {
        let mut bases: Vec<String> = ["s", "es"]
            .iter()
            .filter_map(|e| word.strip_suffix(e))
            .map(str::to_owned)
            .collect();
        bases.extend(word.strip_suffix("ies").map(|s| format!("{s}y")));
        bases.extend(
            self.nouns
                .iter()
                .filter(|(_, many)| has(many, word))
                .map(|(one, _)| (*one).to_owned()),
        );
        bases.sort_unstable();
        bases.dedup();
        let mut out = vec![(word.to_owned(), 0)];
        for base in bases.into_iter().filter(|b| b.len() >= 2 && b != word) {
            if has(&self.plural(&base), word) {
                out.push((base, 1));
            }
        }
        out
    }

    fn ed(&self, base: &str) -> String {
        if base.ends_with('e') {
            return format!("{base}d");
        }
        if let Some(stem) = consonant_y(base) {
            return format!("{stem}ied");
        }
        if base.ends_with('c') {
            return format!("{base}ked");
        }
        match self.doubled(base) {
            Some(c) => format!("{base}{c}ed"),
            None => format!("{base}ed"),
        }
    }

    fn ing(&self, base: &str) -> String {
        if let Some(stem) = base.strip_suffix("ie") {
            return format!("{stem}ying");
        }
        if let Some(stem) = base.strip_suffix('e')
            && base.len() > 2
            && !base.ends_with("ee")
            && !base.ends_with("oe")
            && !base.ends_with("ye")
        {
            return format!("{stem}ing");
        }
        if base.ends_with('c') {
            return format!("{base}king");
        }
        match self.doubled(base) {
            Some(c) => format!("{base}{c}ing"),
            None => format!("{base}ing"),
        }
    }

    /// The last consonant of `base` when it doubles: one syllable of consonant, one vowel, consonant; or listed.
    fn doubled(&self, base: &str) -> Option<char> {
        let mut back = base.chars().rev();
        let (last, vowel, before) = (back.next()?, back.next()?, back.next());
        if "aeiouwxyh".contains(last) || !"aeiou".contains(vowel) {
            return None;
        }
        if self.doubling.contains(base) {
            return Some(last);
        }
        let simple = match before {
            None => false,
            Some('u') => base.contains("qu"),
            Some(c) => !"aeio".contains(c),
        };
        let vowels = base
            .strip_prefix("qu")
            .or_else(|| base.strip_prefix("squ"))
            .unwrap_or(base)
            .chars()
            .filter(|c| "aeiouy".contains(*c))
            .count();
        (simple && vowels == 1).then_some(last)
    }
}

/// Whether `word` is one of the spellings, which are parted by `|`.
fn has(spellings: &str, word: &str) -> bool {
    spellings.split('|').any(|s| s == word)
}

/// `stem` without the last of two equal letters.
fn undoubled(stem: &str) -> Option<&str> {
    let mut back = stem.chars().rev();
    let last = back.next()?;
    (back.next() == Some(last)).then(|| &stem[..stem.len() - last.len_utf8()])
}

/// `word` with -s, -es or -ies.
fn add_s(word: &str) -> String {
    if let Some(stem) = consonant_y(word) {
        return format!("{stem}ies");
    }
    let hiss = ["s", "x", "z", "ch", "sh"]
        .iter()
        .any(|e| word.ends_with(e));
    let o = matches!(
        word,
        "go" | "do" | "undergo" | "undo" | "redo" | "forgo" | "outdo" | "overdo"
    );
    if hiss || o {
        format!("{word}es")
    } else {
        format!("{word}s")
    }
}

/// What stands before the y of a word in consonant + y.
fn consonant_y(word: &str) -> Option<&str> {
    let stem = word.strip_suffix('y')?;
    let before = stem.chars().next_back()?;
    (!"aeiou".contains(before)).then_some(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_lead_back_to_their_words() {
        let i = Inflector::new().expect("tables are well-formed");
        let verbs = |word: &str| i.verbs_with(word);
        assert!(verbs("stopped").contains(&("stop".to_owned(), 2)));
        assert!(verbs("carries").contains(&("carry".to_owned(), 1)));
        assert!(verbs("using").contains(&("use".to_owned(), 4)));
        assert!(verbs("broken").contains(&("break".to_owned(), 3)));
        assert!(verbs("lying").contains(&("lie".to_owned(), 4)));
        assert!(!verbs("stoped").iter().any(|(base, _)| base == "stop"));
        assert!(
            i.nouns_with("countries")
                .contains(&("country".to_owned(), 1))
        );
        assert!(
            i.nouns_with("analyses")
                .contains(&("analysis".to_owned(), 1))
        );
        assert_eq!(i.nouns_with("dog"), [("dog".to_owned(), 0)]);
    }

    #[test]
    fn verbs_follow_their_paradigm() {
        let i = Inflector::new().expect("tables are well-formed");
        let forms = |base: &str| {
            let v = i.verb(base);
            format!("{} {} {} {}", v.third, v.past, v.participle, v.ing)
        };
        assert_eq!(forms("stop"), "stops stopped stopped stopping");
        assert_eq!(forms("carry"), "carries carried carried carrying");
        assert_eq!(forms("visit"), "visits visited visited visiting");
        assert_eq!(forms("refer"), "refers referred referred referring");
        assert_eq!(forms("agree"), "agrees agreed agreed agreeing");
        assert_eq!(forms("write"), "writes wrote written writing");
        assert_eq!(forms("lie"), "lies lay lain lying");
        assert_eq!(forms("equip"), "equips equipped equipped equipping");
        assert_eq!(forms("explain"), "explains explained explained explaining");
        assert_eq!(forms("watch"), "watches watched watched watching");
        assert_eq!(forms("panic"), "panics panicked panicked panicking");
        assert_eq!(forms("see"), "sees saw seen seeing");
    }

    #[test]
    fn nouns_have_their_plural() {
        let i = Inflector::new().expect("tables are well-formed");
        for (one, many) in [
            ("country", "countries"),
            ("day", "days"),
            ("child", "children"),
            ("church", "churches"),
            ("bus", "buses"),
            ("hero", "heroes"),
            ("photo", "photos"),
        ] {
            assert_eq!(i.plural(one), many);
        }
    }
}
