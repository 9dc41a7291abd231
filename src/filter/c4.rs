//! C4's rules for lines and pages, as datatrove carries them out.

use memchr::memmem;

use super::characters::{Breaks, is_space, length, lines, lower, split, strip};
use super::{Found, Preset, PresetInfo, RuleInfo, View};
use crate::edit::ByteSpan;

/// Lines must end in terminal punctuation and have three words; pages must have five sentences of such lines.
///
/// Differs from TFDS, the code that made C4: there a line needs five words and a page three sentences, words are counted
/// behind the removal of citations, an apostrophe ends no line, and sentences are NLTK's. Bad words are not looked for, as
/// in datatrove. An empty line is no finding here, though datatrove counts it among those without punctuation.
pub(super) struct C4;

const LONG_WORD: usize = 0;
const NO_PUNCTUATION: usize = 1;
const FEW_WORDS: usize = 2;
const LOREM_IPSUM: usize = 3;
const JAVASCRIPT: usize = 4;
const CURLY_BRACKET: usize = 5;
const POLICY: usize = 6;
const CITATION: usize = 7;
const SENTENCES: usize = 8;

static INFO: PresetInfo = PresetInfo {
    name: "c4",
    about: "C4's line and page rules",
    source: "datatrove 0.10 C4QualityFilter; Raffel et al. 2020, jmlr.org/papers/v21/20-074",
    rules: &[
        RuleInfo::line("long-word", "a word of more than 1000 characters"),
        RuleInfo::line(
            "no-terminal-punctuation",
            "does not end in . ? ! \" or ', or ends in ...",
        ),
        RuleInfo::line("few-words", "fewer than 3 words"),
        RuleInfo::at_most("lorem-ipsum", "lines that say lorem ipsum", 0.0),
        RuleInfo::line("javascript", "mentions javascript"),
        RuleInfo::at_most("curly-bracket", "lines with {", 0.0),
        RuleInfo::line("policy", "talks of cookies, privacy policy or terms of use"),
        RuleInfo::line("citation", "[1], [edit], [citation needed] inside a line"),
        RuleInfo::at_least("sentences", "sentences of the lines that stay", 5.0),
    ],
};

const POLICIES: [&str; 6] = [
    "terms of use",
    "privacy policy",
    "cookie policy",
    "uses cookies",
    "use of cookies",
    "use cookies",
];
const CITATIONS: [&str; 2] = ["[edit]", "[citation needed]"];

impl Preset for C4 {
    fn info(&self) -> &'static PresetInfo {
        &INFO
    }

    fn judge(&self, view: &View<'_>, out: &mut Found) {
        let (mut sentences, mut lorem, mut curly) = (0usize, 0usize, 0usize);
        let (mut text, mut lowered, mut tokens) = (String::new(), String::new(), Vec::new());
        let mut citations = Vec::new();
        for line in lines(view.text, Breaks::Python) {
            let stripped = strip(line.content.of(view.text));
            if stripped.is_empty() {
                continue;
            }
            let at = line.content.start
                + (line.content.of(view.text).len()
                    - line
                        .content
                        .of(view.text)
                        .trim_start_matches(is_space)
                        .len());
            without_citations(stripped, at, &mut text, &mut citations);
            let fault = if stripped.len() > 1000 && split(stripped).any(|w| length(w) > 1000) {
                Some(LONG_WORD)
            } else if !text.ends_with(['.', '?', '!', '"', '\'']) || text.ends_with("...") {
                Some(NO_PUNCTUATION)
            } else if split(stripped).nth(2).is_none() {
                Some(FEW_WORDS)
            } else {
                lower(&text, &mut lowered);
                let says = |phrase: &str| memmem::find(lowered.as_bytes(), phrase.as_bytes());
                // The original gives up a page at the first line of these two kinds; here the other lines still count.
                if says("lorem ipsum").is_some() {
                    lorem += 1;
                    continue;
                }
                if says("javascript").is_some() {
                    Some(JAVASCRIPT)
                } else if text.contains('{') {
                    curly += 1;
                    continue;
                } else if POLICIES.iter().any(|p| says(p).is_some()) {
                    Some(POLICY)
                } else {
                    None
                }
            };
            if let Some(rule) = fault {
                out.line(rule, line.whole);
                continue;
            }
            for span in &citations {
                out.line(CITATION, *span);
            }
            sentences += view.english.sentences(&text, &mut tokens);
        }
        out.value(LOREM_IPSUM, lorem as f64);
        out.value(CURLY_BRACKET, curly as f64);
        out.value(SENTENCES, sentences as f64);
    }
}

/// `line`, which begins at byte `at` of its text, without marks of citations; their places in `found`.
fn without_citations(line: &str, at: usize, out: &mut String, found: &mut Vec<ByteSpan>) {
    out.clear();
    found.clear();
    let mut kept = 0;
    let mut from = 0;
    while let Some(open) = memchr::memchr(b'[', &line.as_bytes()[from..]).map(|i| from + i) {
        let rest = &line[open..];
        let len = CITATIONS
            .iter()
            .find(|c| rest.starts_with(**c))
            .map(|c| c.len())
            .or_else(|| {
                // `\d` of Python is any script's digit; other scripts' are not looked for.
                let digits = rest[1..].bytes().take_while(u8::is_ascii_digit).count();
                (rest.as_bytes().get(1 + digits) == Some(&b']')).then_some(digits + 2)
            });
        let Some(len) = len else {
            from = open + 1;
            continue;
        };
        out.push_str(&line[kept..open]);
        found.push(ByteSpan::new(at + open, at + open + len));
        kept = open + len;
        from = kept;
    }
    out.push_str(&line[kept..]);
}

#[cfg(test)]
mod tests {
    use crate::filter::tests::{failed, removed};

    const GOOD: &str = "One is here. Two is here. Three is here. Four is here. Five is here.\n";

    fn rules(line: &str) -> Vec<&'static str> {
        let text = format!("{GOOD}{line}\n");
        removed("c4", &text).into_iter().map(|r| r.0).collect()
    }

    #[test]
    fn lines_go_at_both_sides_of_each_bound() {
        assert_eq!(rules("This one ends well."), [""; 0]);
        assert_eq!(rules("This one ends so"), ["no-terminal-punctuation"]);
        assert_eq!(rules("This one trails off..."), ["no-terminal-punctuation"]);
        assert_eq!(rules("This one quotes 'him'"), [""; 0]);
        assert_eq!(rules("Three short words."), [""; 0]);
        assert_eq!(rules("Two words."), ["few-words"]);
        assert_eq!(rules("Please enable JavaScript now."), ["javascript"]);
        assert_eq!(rules("Please enable Java script now."), [""; 0]);
        assert_eq!(rules("This site uses cookies, sorry."), ["policy"]);
        assert_eq!(rules("This site eats cookies, sorry."), [""; 0]);
        let long = |n| format!("A word {}.", "x".repeat(n));
        assert_eq!(rules(&long(999)), [""; 0]);
        assert_eq!(rules(&long(1000)), ["long-word"]);
        assert_eq!(rules(""), [""; 0]);
    }

    #[test]
    fn citations_go_out_of_lines_that_stay() {
        let text = format!("{GOOD}It is so[12] they say.[citation needed] [edit]\n[1] no\n");
        let told = removed("c4", &text);
        assert_eq!(told.len(), 2, "{told:?}");
        // Behind the removal a blank is left at the end, so no terminal punctuation.
        assert_eq!(told[0].0, "no-terminal-punctuation");
        let text = format!("{GOOD}It is so[12] they say.[]\n");
        assert_eq!(
            removed("c4", &text),
            [("citation", "[12]"), ("citation", "[]")]
        );
    }

    #[test]
    fn pages_need_five_sentences() {
        assert_eq!(failed("c4", "sentences", GOOD), None);
        let four = "One is here. Two is here. Three is here. Four is here.";
        assert_eq!(failed("c4", "sentences", four), Some(4.0));
        assert_eq!(failed("c4", "sentences", ""), Some(0.0));
    }

    #[test]
    fn pages_with_filler_or_code_fail() {
        let with = |line: &str| format!("{GOOD}{line}\n");
        assert_eq!(
            failed("c4", "lorem-ipsum", &with("Lorem Ipsum dolor sit.")),
            Some(1.0)
        );
        assert_eq!(
            failed("c4", "lorem-ipsum", &with("Lorem dolor ipsum sit.")),
            None
        );
        // A line that goes for another reason is not looked at.
        assert_eq!(
            failed("c4", "lorem-ipsum", &with("Lorem ipsum dolor")),
            None
        );
        assert_eq!(
            failed("c4", "curly-bracket", &with("He wrote { and so on.")),
            Some(1.0)
        );
        assert_eq!(
            failed("c4", "curly-bracket", &with("He wrote { and so on")),
            None
        );
    }
}
