//! Candidates from the forward tables: every place of a document where a phrase stands that spinners put in for another.

use super::forward::Link;
use super::judge::Evidence;
use super::lattice::{Arc, Context, NOTHING, TRUST};
use super::tokens::flag;
use crate::text::ngrams::{key, token_key};

/// Most words in a link.
const LINK: usize = 5;

impl Context<'_> {
    /// Adds what the forward tables offer to `arcs`, sorted by place.
    pub(super) fn link(&self, arcs: &mut Vec<Arc>) {
        let mut keys: Vec<u64> = Vec::with_capacity(LINK);
        let mut added: Vec<Arc> = Vec::new();
        for at in 0..self.tokens.len() {
            let first = &self.tokens[at];
            let longest = self.lexicon.forward.longest(first.key).min(LINK);
            keys.clear();
            for n in 1..=longest.max(usize::from(first.has(flag::POSSESSIVE))) {
                let Some(token) = self.tokens.get(at + n - 1) else {
                    break;
                };
                if token.has(flag::SHUT | flag::NAME) || (n > 1 && token.has(flag::BREAK)) {
                    break;
                }
                keys.push(token.key);
                let mut links = self.lexicon.forward.of(key(&keys));
                let mut possessive = false;
                if links.is_empty() && token.has(flag::POSSESSIVE) {
                    let word = token.span.of(self.text);
                    keys[n - 1] = token_key(word.trim_end_matches(['s', '\'', '\u{2019}']));
                    links = self.lexicon.forward.of(key(&keys));
                    keys[n - 1] = token.key;
                    possessive = true;
                }
                if !links.is_empty() {
                    self.link_at((at, at + n), links, possessive, arcs, &mut added);
                }
            }
        }
        arcs.append(&mut added);
        arcs.sort_by_key(|a| a.from);
    }

    fn link_at(
        &self,
        (from, to): (usize, usize),
        links: &[Link],
        possessive: bool,
        arcs: &mut [Arc],
        added: &mut Vec<Arc>,
    ) {
        let tokens = &self.tokens[from..to];
        let inner = self.inner_of(tokens);
        let start = arcs.partition_point(|a| (a.from as usize) < from);
        let end = start
            + arcs[start..]
                .iter()
                .take_while(|a| a.from as usize == from)
                .count();
        for link in links.iter().filter(|l| l.is_general()) {
            let keys = self
                .lexicon
                .keys_of(&self.lexicon.meant[link.meant as usize]);
            let twin = arcs[start..end].iter().position(|a| {
                a.to as usize == to
                    && a.possessive == possessive
                    && self.words_of(a).eq(keys.iter().copied())
            });
            if let Some(t) = twin {
                let ranks = &mut arcs[start + t].evidence.ranks;
                for (r, new) in ranks.iter_mut().zip(link.ranks) {
                    *r = (*r).min(new);
                }
                continue;
            }
            added.push(Arc {
                from: from as u32,
                to: to as u32,
                form: NOTHING,
                meant: link.meant,
                also: [NOTHING; 3],
                possessive,
                base: 0.0,
                own: TRUST * inner,
                evidence: Evidence {
                    ranks: link.ranks,
                    ..Evidence::default()
                },
                shared: 0.0,
                inner: 0.0,
                harmless: false,
            });
        }
    }
}
