//! Candidates: every place of a document where a lexicon entry matches and its conditions allow it.

use super::compose::Compose;
use super::condition::{Classes, Meets};
use super::judge::Evidence;
use super::lattice::{Arc, Context, NOTHING, TRUST};
use super::tokens::{Token, flag};
use crate::text::ngrams::{key, token_key};

/// What is left of a prior where the neighbours are not those that the entry wants: the list of an entry is never
/// complete, and the language model may know better.
pub(super) const UNASKED: f32 = 0.3;
/// Share of articles, prepositions, pronouns and the like below which a text is not English.
const FEWEST_SMALL: f32 = 0.14;
/// What a repair in the wrong number for the word before it loses, in nats.
const WRONG_NUMBER: f32 = 1.5;

impl Context<'_> {
    /// Overwrites `arcs` with all repairs whose phrase and conditions match, sorted by place.
    pub(super) fn find(&self, arcs: &mut Vec<Arc>) {
        arcs.clear();
        let mut keys: Vec<u64> = Vec::with_capacity(super::lexicon::MAX_WORDS);
        for at in 0..self.tokens.len() {
            let longest = self.longest(at);
            keys.clear();
            for n in 1..=longest {
                let Some(token) = self.tokens.get(at + n - 1) else {
                    break;
                };
                if token.has(flag::SHUT) || (n > 1 && token.has(flag::BREAK)) {
                    break;
                }
                keys.push(token.key);
                self.match_at(at, n, key(&keys), false, arcs);
                if token.has(flag::POSSESSIVE) {
                    let word = token.span.of(self.text);
                    let stem = word.trim_end_matches(['s', '\'', '\u{2019}']);
                    keys[n - 1] = token_key(stem);
                    self.match_at(at, n, key(&keys), true, arcs);
                    keys[n - 1] = token.key;
                }
            }
        }
        if self.compose > Compose::Off {
            self.compose(arcs);
        }
        if self.compose == Compose::All {
            self.link(arcs);
            self.induce(arcs);
            self.judge(arcs);
        }
    }

    /// Whether as many of the words are articles, prepositions, pronouns and the like as English has. About two in
    /// five are; other languages share a few of their spellings.
    pub(super) fn is_english(&self) -> bool {
        let small = self
            .tokens
            .iter()
            .filter(|t| self.lexicon.classes.is_function(t.key))
            .count();
        small as f32 >= FEWEST_SMALL * self.tokens.len() as f32
    }

    /// Most words worth looking at from the token `at`.
    fn longest(&self, at: usize) -> usize {
        let token = &self.tokens[at];
        let plain = self.lexicon.longest(token.key);
        if token.has(flag::POSSESSIVE) && plain == 0 {
            1
        } else {
            plain
        }
    }

    fn match_at(&self, at: usize, n: usize, key: u64, possessive: bool, arcs: &mut Vec<Arc>) {
        let forms = self.lexicon.forms_of(key);
        if forms.is_empty() {
            return;
        }
        let tokens = &self.tokens[at..at + n];
        let named = tokens.iter().any(|t| t.has(flag::NAME));
        let phrase = &self.text[tokens[0].span.start..tokens[n - 1].span.end];
        let phrase = if possessive {
            phrase.trim_end_matches(['s', '\'', '\u{2019}'])
        } else {
            phrase
        };
        let left = self.lexicon.classes.before(self.text, self.tokens, at);
        let right = self
            .lexicon
            .classes
            .after(self.text, self.tokens, at + n - 1);
        let first = arcs.len();
        for &f in forms {
            let form = &self.lexicon.forms[f as usize];
            let fits = if form.name {
                same_case(phrase, &form.spun)
            } else {
                !named && same(phrase, &form.spun)
            };
            if !fits {
                continue;
            }
            let sides = (
                self.lexicon.condition_at(form.left).meets(left),
                self.lexicon.condition_at(form.right).meets(right),
            );
            let half = match sides {
                (Meets::Not, _) | (_, Meets::Not) => continue,
                (Meets::Fully, Meets::Fully) => 0,
                _ if form.name || !self.soft => continue,
                (Meets::Half, Meets::Half) => 2,
                _ => 1,
            };
            let soft = UNASKED.powi(half);
            let p = form.prior * self.trust_in(form.family) * soft;
            let own = TRUST * self.inner_of(tokens);
            for m in form.repairs.clone() {
                let meant = &self.lexicon.meant[m as usize];
                let base = (p / (1.0 - p)).ln() + meant.share.ln() + own + self.shift
                    - self.disagreement(at, self.lexicon.keys_of(meant)[0]);
                let evidence = Evidence {
                    entry: form.prior,
                    half: half as u8,
                    share: meant.share,
                    family: form.family,
                    ..Evidence::default()
                };
                // The same repair through two entries (of two families, or with and without conditions): the surer one.
                let twin = arcs[first..]
                    .iter_mut()
                    .find(|a| self.lexicon.meant[a.meant as usize].text == meant.text);
                match twin {
                    Some(old) if old.base >= base => {}
                    Some(old) => {
                        old.base = base;
                        old.evidence = evidence;
                        old.form = f;
                        old.meant = m;
                        old.harmless = meant.harmless;
                    }
                    None => arcs.push(Arc {
                        from: at as u32,
                        to: (at + n) as u32,
                        form: f,
                        meant: m,
                        also: [NOTHING; 3],
                        possessive,
                        base,
                        own,
                        evidence,
                        shared: 0.0,
                        inner: TRUST * self.stats.inner(self.lexicon.keys_of(meant)),
                        harmless: meant.harmless,
                    }),
                }
            }
        }
    }

    /// Trust in the entries of a family; the user's own are trusted in any text.
    pub(super) fn trust_in(&self, family: u8) -> f32 {
        self.trust.get(family as usize).copied().unwrap_or(1.0)
    }

    /// What a repair that begins with the verb `verb` loses because of the number of the word before it.
    pub(super) fn disagreement(&self, at: usize, verb: u64) -> f32 {
        let Some(plural_verb) = self.lexicon.classes.number_of_verb(verb) else {
            return 0.0;
        };
        let subject = self.lexicon.classes.before(self.text, self.tokens, at);
        match Classes::is_plural(subject) {
            Some(plural) if plural != plural_verb => WRONG_NUMBER,
            _ => 0.0,
        }
    }

    /// What the words of `tokens` say for one another.
    pub(super) fn inner_of(&self, tokens: &[Token]) -> f32 {
        let mut keys = [0u64; super::lexicon::MAX_WORDS];
        for (slot, t) in keys.iter_mut().zip(tokens) {
            *slot = t.key;
        }
        self.stats.inner(&keys[..tokens.len()])
    }
}

/// Whether `phrase` is `spun` in any case, with either apostrophe.
fn same(phrase: &str, spun: &str) -> bool {
    let fold = |c: char| if c == '\u{2019}' { '\'' } else { c };
    let mut a = phrase.chars().map(fold).flat_map(char::to_lowercase);
    let mut b = spun.chars();
    loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some(x), Some(y)) if x == y => {}
            _ => return false,
        }
    }
}

/// Whether `phrase` is `spun` to the letter, with either apostrophe.
fn same_case(phrase: &str, spun: &str) -> bool {
    phrase == spun || (phrase.contains('\u{2019}') && phrase.replace('\u{2019}', "'") == spun)
}

#[cfg(test)]
mod tests {
    use crate::repair::{Repair, Settings};
    use crate::stage::Scratch;

    #[test]
    fn only_english_is_looked_at_closely() {
        let repair = Repair::new(&Settings::default()).expect("settings are in range");
        let spun = "It used to be one of the crucial usage of the gadget. The usage of it used to be gradual, and in \
                    spite of the whole thing it used to be now not bought in that position. ";
        // The same phrases in a text of another language: titles, quotations, a list of phrases.
        let around = "Der Bericht beschreibt ausf\u{fc}hrlich zahlreiche Formulierungen englischer Werbetexte, welche \
                      Leserinnen verwirren: \u{201a}used to be\u{2018}, \u{201a}the usage of\u{2018}. Beispiele folgen \
                      weiter unten, geordnet nach Herkunft, Alter, Verbreitung, jeweils samt \
                      deutscher Umschreibung, Quelle, Kommentar, erarbeitet durch unsere Redaktion. ";
        let mut scratch = Scratch::new();
        let english = repair.assess(&spun.repeat(2), &mut scratch);
        let other = repair.assess(&around.repeat(6), &mut scratch);
        assert!(english.density > 0.0, "{english:?}");
        assert!(!other.spun && other.density == 0.0, "{other:?}");
    }
}
