//! Stage 3: text garbled by synonym spinners, back to what was meant.
//!
//! A spinner replaces words by wrong synonyms ("safety promises" for "security guarantees", "used to be" for
//! "was"). The stage first decides whether a document has been through one ([`Repair::assess`]); a document that has
//! not is left alone. In one that has, every phrase of the inverse lexicon and of the forward tables is a candidate;
//! a trained judge weighs the evidence for each, and the best reading of each line is found with a trigram model of
//! English and of the batch's own clean documents.
//!
//! It does not repair round-trip translations (family R): those are fluent, and only named. It does not touch quoted
//! speech, names, numbers, code, addresses and verse.
//!
//! Start reading at [`Repair`]; then `detect` (is it spun?), `judge` and `lattice` (what was meant?), `write` (how is it put?).

mod candidates;
mod compose;
mod condition;
mod detect;
mod forward;
mod induce;
mod inflect;
mod judge;
mod lattice;
pub mod learn;
mod lexicon;
mod links;
mod lm;
mod memory;
#[cfg(feature = "neural")]
mod neural;
mod protect;
mod questions;
mod rerank;
mod settings;
mod table;
mod tokens;
mod user;
mod vectors;
mod write;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

#[cfg(feature = "neural")]
pub use neural::LanguageModel;
pub use settings::{Gate, Mode, Settings};
pub use user::UserLexicon;

use crate::document::Document;
use crate::edit::{ByteSpan, Edit, StageName};
use crate::stage::{Scratch, SetupError, Stage};
use crate::survey::{Calm, Questions, Survey};
use crate::text::hash::{hash, seed};
use crate::text::ngrams;

/// The layout of `data/ngrams/en.lm`, for the program that builds it.
pub mod lm_format {
    pub use super::lm::{HEADER, MAGIC, STEPS};
}

/// A family of spinners.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Family {
    /// Pivot-translation tables: "used to be", "the usage of", "by way of".
    W,
    /// Article spinners of the 2010s: "keeping in mind the end goal to".
    A,
    /// Later paraphrasers: "Joined together States", "some time recently".
    B,
    /// Round trips through another language; named, not repaired.
    R,
    /// None of these: what the user's own lexicons hold.
    Own,
}

impl Family {
    const ALL: [Self; detect::FAMILIES] = [Self::W, Self::A, Self::B, Self::R, Self::Own];
}

/// What [`Repair::assess`] says of a document.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Assessment {
    /// Probability that the document, or a stretch of it, is spun: 0 to 1.
    pub score: f32,
    /// The family whose markers it shows most; `None` when it is not called spun.
    pub family: Option<Family>,
    /// Whether it is called spun.
    pub spun: bool,
    /// Different markers seen.
    pub markers: u32,
    /// What the markers of the best stretch bring, in nats, its words taken off.
    pub evidence: f32,
    /// Words read.
    pub words: u32,
    /// Repairs per 100 words that the stage would believe in, in the most suspicious stretch; 0 where nothing asked
    /// for the closest look.
    pub density: f32,
    /// Trust in the lexicons of W, A and B.
    trust: [f32; 3],
}

/// What a document is called.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Verdict {
    /// Probability that the document, or a stretch of it, is spun: 0 to 1.
    pub score: f32,
    /// The family whose markers it shows most; `None` when it is not called spun.
    pub family: Option<Family>,
    /// Whether it is called spun.
    pub spun: bool,
}

/// A repair that some source offers, see [`Repair::candidates`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Candidate {
    /// The phrase that stands in the text.
    pub span: ByteSpan,
    /// What would be put in its place, in lower case unless it is a name.
    pub meant: String,
    /// The evidence by name, in a fixed order.
    pub evidence: Vec<(&'static str, f32)>,
    /// Probability that it is right, against leaving the phrase and its other repairs.
    pub probability: f32,
    /// It is part of the best reading.
    pub chosen: bool,
    /// What a language model says for it, against what stands there, in nats. `None` without one (feature `neural`,
    /// `Repair::with_model`), and where it is not asked.
    pub heard: Option<f32>,
}

/// How the first pass of the detector sums up.
const TUNING: detect::Tuning = detect::Tuning { per_word: 0.06 };

/// Evidence of the first pass from which the second one looks at the most suspicious stretch. Some 4 in 100 clean
/// documents get there. A short text has less room for evidence and costs less to look at: there less will do.
const LOOK_CLOSER: f32 = 4.6;
/// Words of a short text that must bring one nat of evidence for the closer look.
const WORDS_PER_NAT: f32 = 80.0;

/// Evidence from which a text of so many words gets a closer look.
fn bar(words: u32) -> f32 {
    LOOK_CLOSER.min(words as f32 / WORDS_PER_NAT)
}

/// Whether a text of which the survey said `calm`, now `bytes` long, would still get no closer look.
///
/// Exact where nothing was taken out. Where something was, the stretches around it are worth more by what its words
/// took away, and a marker may be the first of its kind that was the second; bytes stand for words, on the safe side.
fn is_still(calm: Calm, bytes: u64) -> bool {
    const SHORTEST_WORD: f32 = 4.0;
    const LONGEST_WORD: f32 = 9.0;
    const REPETITION: f32 = 0.7;
    if bytes == calm.bytes {
        return true;
    }
    let removed = calm.bytes.saturating_sub(bytes) as f32 / SHORTEST_WORD;
    let most = calm.evidence + removed * TUNING.per_word + REPETITION;
    most < bar((bytes as f32 / LONGEST_WORD) as u32)
}

/// The longest stretch that the second pass reads, in bytes, and how much it reads around a short one.
const CLOSE_UP: usize = 1600;
const MARGIN: usize = 250;

/// Log-odds of "spun" from both passes: evidence and density, each with its weight, and the bar.
const EVIDENCE_WEIGHT: f32 = 0.35;
const DENSITY_WEIGHT: f32 = 1.6;
const BAR: f32 = 6.6;
/// Log-odds from both passes below which there is no third, in long texts and in short ones; and the words of a short one.
/// A short text has room for few markers, and costs little to read.
const DOUBT: f32 = -2.5;
const DOUBT_SHORT: f32 = -5.5;
const SHORT: u32 = 200;
/// Most log-odds of a text that the third pass has not seen.
const UNSPUN: f32 = -1.0;
/// Log-odds from the third pass: what the first two say and the most that counts of it, repairs that the judge believes in,
/// per 100 words, what a text loses for each factor of e in length, and the bar for a text of 100 words.
const LOOKS_WEIGHT: f32 = 0.45;
const MOST_LOOKS: f32 = 8.0;
const JUDGED_WEIGHT: f32 = 1.1;
const CHANCES: f32 = 1.3;
const JUDGED_BAR: f32 = 5.2;
/// Evidence beyond this adds nothing: a long document gathers some by chance.
const MOST_EVIDENCE: f32 = 20.0;
/// Score from which a document that is not called spun does not serve as an example of clean text.
const DOUBTFUL: f32 = 0.1;
/// Evidence for even odds that a document is a round-trip translation.
const ROUND_TRIP_BAR: f32 = 10.0;

/// The repair stage.
#[derive(Debug)]
pub struct Repair {
    settings: Settings,
    model: lm::Model,
    marks: lm::Marks,
    vectors: vectors::Vectors,
    weights: judge::Weights,
    reranker: rerank::Reranker,
    lexicon: lexicon::Lexicon,
    detector: detect::Detector,
    tokeniser: tokens::Tokeniser,
    articles: write::Articles,
    #[cfg(feature = "neural")]
    neural: Option<(std::sync::Arc<LanguageModel>, neural::Join)>,
}

/// Buffers of the stage.
#[derive(Debug, Default)]
struct Buffers {
    seen: detect::Seen,
    tokens: Vec<tokens::Token>,
    protect: protect::Buffers,
    lattice: lattice::Buffers,
    ranked: Vec<rerank::Ranked>,
    memo: lm::Memo,
}

impl Repair {
    /// Reads the lexicons and the language model, all part of the program.
    ///
    /// # Errors
    /// When a setting is out of range, an embedded file is malformed, or the settings name lexicons: a stage reads no
    /// files, so whoever has read them calls [`with_lexicons`](Self::with_lexicons).
    pub fn new(settings: &Settings) -> Result<Self, SetupError> {
        if let Some(file) = settings.lexicons.first() {
            return Err(SetupError::Setting {
                key: "repair.lexicons",
                value: file.display().to_string(),
                allowed: "none where no file is read; use `Repair::with_lexicons`",
            });
        }
        if let Some(file) = &settings.lm {
            return Err(SetupError::Setting {
                key: "repair.lm",
                value: file.display().to_string(),
                allowed: "none where no file is read; use `Repair::with_model` (feature `neural`)",
            });
        }
        Self::with_lexicons(settings, &[])
    }

    /// As [`new`](Self::new), with the entries of `own` beside those of the program. What the settings call
    /// `lexicons` has no meaning here.
    ///
    /// # Errors
    /// When a setting is out of range, or a file is malformed.
    pub fn with_lexicons(settings: &Settings, own: &[UserLexicon]) -> Result<Self, SetupError> {
        for (key, value) in [
            ("repair.confidence", settings.confidence),
            ("repair.suggest", settings.suggest),
            ("repair.spun_at", settings.spun_at),
        ] {
            if !(0.0..=1.0).contains(&value) {
                return Err(SetupError::Setting {
                    key,
                    value: value.to_string(),
                    allowed: "a number from 0 to 1",
                });
            }
        }
        if !(0.0..=1e6).contains(&settings.batch_weight) {
            return Err(SetupError::Setting {
                key: "repair.batch_weight",
                value: settings.batch_weight.to_string(),
                allowed: "a number from 0 to 1000000",
            });
        }
        let model = lm::Model::embedded().ok_or_else(|| SetupError::Data {
            name: "data/ngrams/en.lm".to_owned(),
            line: 0,
            problem: "the file is damaged".to_owned(),
        })?;
        let vectors = vectors::Vectors::embedded().ok_or_else(|| SetupError::Data {
            name: "data/vectors/en.vec".to_owned(),
            line: 0,
            problem: "the file is damaged".to_owned(),
        })?;
        let lexicon =
            lexicon::Lexicon::new(&settings.without_sources, own, settings.gate == Gate::Off)?;
        let detector = detect::Detector::new(&lexicon, &lm::Stats::new(&model, None, 0.0))?;
        Ok(Self {
            settings: settings.clone(),
            model,
            marks: lm::Marks::new(),
            vectors,
            weights: judge::Weights::embedded()?,
            reranker: rerank::Reranker::embedded()?,
            lexicon,
            detector,
            tokeniser: tokens::Tokeniser::new()?,
            articles: write::Articles::new()?,
            #[cfg(feature = "neural")]
            neural: None,
        })
    }

    /// Asks `model` about the repairs that the judge doubts, in documents called spun. What the settings call `lm` has no
    /// meaning here.
    ///
    /// # Errors
    /// When an embedded file is malformed.
    #[cfg(feature = "neural")]
    pub fn with_model(self, model: std::sync::Arc<LanguageModel>) -> Result<Self, SetupError> {
        Ok(Self {
            neural: Some((model, neural::Join::embedded()?)),
            ..self
        })
    }

    /// How likely `text` is spun, and by which family. One pass, no allocation once `scratch` is warm.
    pub fn assess(&self, text: &str, scratch: &mut Scratch) -> Assessment {
        self.assess_with(text, scratch.of())
    }

    fn assess_with(&self, text: &str, buffers: &mut Buffers) -> Assessment {
        let found = self.detector.scan(text, TUNING, &mut buffers.seen);
        let mut best = 0;
        for (i, &sum) in found.by_family.iter().enumerate() {
            if sum > found.by_family[best] {
                best = i;
            }
        }
        let top = found.by_family[best].max(1.0);
        let own = Family::ALL[best] == Family::Own;
        let mut trust = [1.0; 3];
        for (t, &sum) in trust.iter_mut().zip(&found.by_family) {
            let share = (sum / top).clamp(0.0, 1.0);
            *t = if own {
                // A spinner that only the user knows need not share any of it.
                (share * share).max(0.002)
            } else {
                // The families share much of their vocabulary: the lexicon of the weaker one is doubted, not shut.
                share * 0.75 + 0.25
            };
        }
        let mut out = Assessment {
            score: 0.0,
            family: None,
            spun: false,
            markers: found.markers,
            evidence: found.best,
            words: found.words,
            density: 0.0,
            trust,
        };
        let family = Family::ALL[best];
        // Round trips leave nothing that the lexicons know: there the markers alone decide.
        let odds = if family == Family::R {
            found.best - ROUND_TRIP_BAR
        } else {
            self.closer_looks(close_up(text, found.stretch), family, &mut out, buffers)
        };
        out.score = 1.0 / (1.0 + (-odds).exp());
        out.spun = out.score >= self.settings.spun_at;
        out.family = out.spun.then_some(family);
        out
    }

    /// Log-odds of "spun" for the most suspicious stretch of a document, after as many looks at it as there is reason
    /// for.
    fn closer_looks(
        &self,
        stretch: &str,
        family: Family,
        assessment: &mut Assessment,
        buffers: &mut Buffers,
    ) -> f32 {
        let mut odds = EVIDENCE_WEIGHT * assessment.evidence.min(MOST_EVIDENCE) - BAR;
        if assessment.evidence >= bar(assessment.words) {
            odds += DENSITY_WEIGHT * self.density(stretch, assessment, false, buffers);
        }
        // The judge knows nothing of a spinner that was learned from the user's pairs, and how much of a text that one
        // exchanges.
        if family == Family::Own {
            return odds;
        }
        let doubt = if assessment.words < SHORT {
            DOUBT_SHORT
        } else {
            DOUBT
        };
        if odds < doubt {
            return odds.min(UNSPUN);
        }
        assessment.density = self.density(stretch, assessment, true, buffers);
        // The more stretches there are to choose from, the more the best one has by chance.
        LOOKS_WEIGHT * odds.min(MOST_LOOKS) + JUDGED_WEIGHT * assessment.density
            - CHANCES * (assessment.words.max(60) as f32 / 100.0).ln()
            - JUDGED_BAR
    }

    /// Believed repairs per 100 words of `text`: by the entries of the lexicons alone, or `judged` from all evidence.
    fn density(
        &self,
        text: &str,
        assessment: &Assessment,
        judged: bool,
        buffers: &mut Buffers,
    ) -> f32 {
        let stats = lm::Stats::new(&self.model, None, 0.0);
        let Buffers {
            tokens,
            protect,
            lattice,
            memo,
            ..
        } = buffers;
        let context = self.prepare(
            text,
            &stats,
            assessment,
            (tokens, protect, memo),
            (0.0, judged),
        );
        if !context.is_english() {
            return 0.0;
        }
        context.find(&mut lattice.arcs);
        context.read_all(lattice);
        let mut believed = 0.0;
        for (i, &at) in lattice.chosen.iter().enumerate() {
            let meant = lattice.arcs[at as usize].meant;
            // A writer repeats a favourite phrase; a spinner garbles many different ones.
            let earlier = lattice.chosen[..i]
                .iter()
                .filter(|&&c| lattice.arcs[c as usize].meant == meant)
                .count();
            let odds = context.margin(at as usize, lattice).1;
            let belief = if judged {
                self.weights.probability(odds)
            } else {
                belief(odds)
            };
            believed += (belief - 0.3).max(0.0) / ((earlier + 1) * (earlier + 1)) as f32;
        }
        100.0 * believed / context.tokens.len().max(80) as f32
    }

    /// Whether `assessment` lets the stage edit, and if so, the shift of all odds.
    fn opened(&self, assessment: &Assessment) -> bool {
        match self.settings.gate {
            Gate::On => assessment.spun && assessment.family != Some(Family::R),
            Gate::Off => true,
        }
    }

    /// Surveys a handful of documents held in memory: for tests and measurements; the pipeline streams.
    pub fn survey(&self, docs: &[Document]) -> Survey {
        let mut scratch = Scratch::new();
        let mut questions = Questions::default();
        let mut survey = Survey::default();
        let mut clean = Vec::new();
        for doc in docs {
            questions.spun = false;
            questions.doubtful = false;
            self.ask(doc, &mut scratch, &mut questions);
            survey.documents += 1;
            if questions.spun {
                survey.spun += 1;
            } else if !questions.doubtful {
                clean.push(doc);
            }
        }
        for &k in questions.ngrams.iter().chain(&questions.more_ngrams) {
            survey.ngrams.insert(k, 0);
        }
        let claims = std::mem::take(&mut questions.claims);
        for doc in clean {
            survey.clean_words += ngrams::for_each(&doc.text, |k| {
                let asked = survey.ngrams.get_mut(&k);
                let go_on = asked.is_some();
                if let Some(n) = asked {
                    *n += 1;
                }
                go_on
            }) as u64;
        }
        survey.settle(claims);
        survey
    }

    /// Every repair that any source offers for `doc`, with the evidence for each, as if the document were called spun:
    /// what `scripts/repair/train_judge.py` trains the judge on.
    pub fn candidates(
        &self,
        doc: &Document,
        survey: &Survey,
        scratch: &mut Scratch,
    ) -> Vec<Candidate> {
        let buffers: &mut Buffers = scratch.of();
        let assessment = self.assess_with(&doc.text, buffers);
        let stats = lm::Stats::new(&self.model, Some(survey), self.settings.batch_weight);
        let Buffers {
            tokens,
            protect,
            lattice,
            ranked,
            memo,
            ..
        } = buffers;
        let mut context = self.prepare(
            &doc.text,
            &stats,
            &assessment,
            (tokens, protect, memo),
            (0.0, true),
        );
        context.all = true;
        context.batch = self.source(doc, survey);
        context.find(&mut lattice.arcs);
        context.decode(lattice);
        context.rerank(&self.reranker, lattice, ranked);
        let heard = self.heard(&context, lattice, ranked);
        let names = rerank::names();
        let mut rows = Vec::with_capacity(lattice.arcs.len());
        context.seen(&self.reranker, lattice, f32::NEG_INFINITY, |_, row| {
            rows.extend(row);
        });
        rows.into_iter()
            .zip(&lattice.arcs)
            .zip(ranked.iter())
            .enumerate()
            .map(|(at, ((row, arc), ranked))| {
                let first = context.tokens[arc.from as usize].span;
                let last = context.tokens[arc.to as usize - 1].span;
                Candidate {
                    span: ByteSpan::new(first.start, last.end),
                    meant: context.text_of(arc).into_owned(),
                    evidence: names.iter().copied().zip(row).collect(),
                    probability: ranked.probability,
                    chosen: ranked.chosen,
                    heard: heard.get(&(at as u32)).copied(),
                }
            })
            .collect()
    }

    /// What the language model says of each repair that might be doubted, by its place in the lattice.
    #[cfg_attr(
        not(feature = "neural"),
        expect(clippy::unused_self, reason = "there is no model to ask")
    )]
    fn heard(
        &self,
        context: &lattice::Context<'_>,
        lattice: &mut lattice::Buffers,
        ranked: &[rerank::Ranked],
    ) -> FxHashMap<u32, f32> {
        #[cfg(feature = "neural")]
        if let Some((model, _)) = &self.neural {
            let all = neural::Doubt {
                from: 0.03,
                to: 0.995,
                most: usize::MAX,
            };
            let odds: Vec<neural::Odds> = ranked.iter().map(neural::Odds::of).collect();
            choose(lattice, ranked, EVEN);
            return model
                .hear(context, lattice, &self.articles, &odds, all)
                .into_iter()
                .map(|h| (h.arc, h.nats))
                .collect();
        }
        let _ = (context, lattice, ranked);
        FxHashMap::default()
    }

    fn prepare<'a>(
        &'a self,
        text: &'a str,
        stats: &'a lm::Stats<'a>,
        assessment: &Assessment,
        (tokens, protect, memo): (
            &'a mut Vec<tokens::Token>,
            &mut protect::Buffers,
            &'a mut lm::Memo,
        ),
        (shift, soft): (f32, bool),
    ) -> lattice::Context<'a> {
        memo.clear();
        self.tokeniser.cut(text, tokens);
        protect::mark(text, tokens, protect);
        lattice::Context {
            text,
            tokens,
            lexicon: &self.lexicon,
            stats,
            marks: &self.marks,
            memo,
            trust: assessment.trust,
            shift,
            soft,
            all: false,
            batch: None,
            weights: &self.weights,
            vectors: &self.vectors,
            compose: if soft {
                compose::Compose::All
            } else if shift < 0.0 {
                compose::Compose::Terms
            } else {
                compose::Compose::Off
            },
        }
    }

    /// What is heard of the batch's clean documents, beside the language model.
    fn source<'a>(&self, doc: &Document, survey: &'a Survey) -> Option<induce::Source<'a>> {
        self.settings.induction.then(|| induce::Source {
            survey,
            site: site_key(doc),
        })
    }

    /// Lets the language model speak on the repairs in doubt of a document called spun, and ranks again.
    #[cfg(feature = "neural")]
    fn listen(
        &self,
        context: &lattice::Context<'_>,
        lattice: &mut lattice::Buffers,
        ranked: &mut [rerank::Ranked],
    ) {
        let Some((model, join)) = &self.neural else {
            return;
        };
        let doubt = neural::Doubt {
            from: join.from,
            to: join.to,
            most: self.settings.lm_spots as usize,
        };
        let odds: Vec<neural::Odds> = ranked.iter().map(neural::Odds::of).collect();
        choose(lattice, ranked, EVEN);
        for h in model.hear(context, lattice, &self.articles, &odds, doubt) {
            ranked[h.arc as usize].odds += join.added(&h);
        }
        rerank::rank(&lattice.arcs, context.tokens.len(), ranked);
    }

    /// Lets the language model talk the stage out of repairs in doubt of a document that is not called spun.
    ///
    /// Its weights were fitted in spun text, where much is garbled: left to add to the odds here, it raised the edits in
    /// clean text fivefold.
    #[cfg(feature = "neural")]
    fn listen_unspun(&self, context: &lattice::Context<'_>, lattice: &mut lattice::Buffers) {
        let Some((model, join)) = &self.neural else {
            return;
        };
        let (slope, shift) = CALIBRATION;
        let odds: Vec<neural::Odds> = (0..lattice.arcs.len())
            .map(|at| {
                let (alone, against_all) = context.margin(at, lattice);
                neural::Odds {
                    alone: slope * alone + shift,
                    against_all: slope * against_all + shift,
                }
            })
            .collect();
        let doubt = neural::Doubt {
            from: join.from,
            to: join.to,
            most: self.settings.lm_spots as usize,
        };
        let heard = model.hear(context, lattice, &self.articles, &odds, doubt);
        for h in &heard {
            lattice.arcs[h.arc as usize].shared += join.added(h).min(0.0) / slope;
        }
        if !heard.is_empty() {
            context.read_all(lattice);
        }
    }

    /// Appends the repairs of `text`, in reading order, the applied ones disjoint.
    fn mend(
        &self,
        text: &str,
        batch: Option<induce::Source<'_>>,
        stats: &lm::Stats<'_>,
        assessment: &Assessment,
        buffers: &mut Buffers,
        out: &mut Vec<Edit>,
    ) {
        let Buffers {
            tokens,
            protect,
            lattice,
            ranked,
            memo,
            ..
        } = buffers;
        let shift = if assessment.spun { 0.0 } else { NOT_SPUN };
        let mut context = self.prepare(
            text,
            stats,
            assessment,
            (tokens, protect, memo),
            (shift, assessment.spun),
        );
        context.batch = batch;
        context.find(&mut lattice.arcs);
        if lattice.arcs.is_empty() {
            return;
        }
        context.decode(lattice);
        if assessment.spun {
            context.rerank(&self.reranker, lattice, ranked);
            #[cfg(feature = "neural")]
            self.listen(&context, lattice, ranked);
            choose(lattice, ranked, self.settings.suggest);
        } else {
            #[cfg(feature = "neural")]
            self.listen_unspun(&context, lattice);
        }
        // An exchange of near synonyms does no harm. To undo it was right more often than not in text of family A, and
        // as often wrong as right in that of B: outside A it is only suggested.
        let undo = assessment.family == Some(Family::A);
        let mut reach = 0;
        for i in 0..lattice.chosen.len() {
            let at = lattice.chosen[i] as usize;
            let arc = lattice.arcs[at];
            let confidence = if assessment.spun {
                ranked[at].probability
            } else {
                calibrated(context.margin(at, lattice).1)
            };
            if confidence < self.settings.suggest {
                continue;
            }
            let meant = context.text_of(&arc);
            let place = (arc.from as usize, arc.to as usize);
            let Some((span, after)) = write::render(
                text,
                context.tokens,
                place,
                &meant,
                arc.possessive,
                &self.articles,
                reach,
            ) else {
                continue;
            };
            let family = self.lexicon.forms.get(arc.form as usize).map_or_else(
                || arc.evidence.family_of_link(&assessment.trust),
                |form| Some(form.family),
            );
            // Without what the clean documents say, it would be none, or no more than suggested.
            let decisive = assessment.spun && arc.evidence.batch.speaks() && {
                let odds = (confidence / (1.0 - confidence)).ln();
                let alone = odds - self.weights.of_batch(&arc.evidence.batch);
                let bar = if confidence >= self.settings.confidence {
                    self.settings.confidence
                } else {
                    self.settings.suggest
                };
                1.0 / (1.0 + (-alone).exp()) < bar
            };
            let rule = match family {
                _ if decisive => "spun-batch",
                Some(0) => "spun-w",
                Some(1) => "spun-a",
                Some(lexicon::OWN) => "spun-own",
                Some(_) => "spun-b",
                None => "spun-collocation",
            };
            let edit = Edit::new(span, after, rule, confidence);
            let applied = self.settings.mode == Mode::Apply
                && confidence >= self.settings.confidence
                && (undo || !arc.harmless);
            if applied {
                reach = span.end;
                out.push(edit);
            } else {
                out.push(edit.suggested());
            }
        }
    }
}

/// Makes the chosen ones of `ranked` with a probability from `least` on the reading of the document.
fn choose(lattice: &mut lattice::Buffers, ranked: &[rerank::Ranked], least: f32) {
    lattice.chosen.clear();
    let chosen = (0u32..).zip(ranked);
    let chosen = chosen.filter(|(_, r)| r.chosen && r.probability >= least);
    lattice.chosen.extend(chosen.map(|(at, _)| at));
}

/// Probability from which a repair is read as carried out while its neighbours are looked at.
#[cfg(feature = "neural")]
const EVEN: f32 = 0.5;

/// Belief of the lattice in a repair with log-odds `odds`, before calibration.
fn belief(odds: f32) -> f32 {
    1.0 / (1.0 + (-(0.8 * odds)).exp())
}

/// Confidence in a repair with log-odds `odds` of a document that is not called spun, its gate forced open.
fn calibrated(odds: f32) -> f32 {
    1.0 / (1.0 + (-(CALIBRATION.0 * odds + CALIBRATION.1)).exp())
}

/// Slope and intercept of [`calibrated`].
const CALIBRATION: (f32, f32) = (0.55, 0.95);

/// Added to the log-odds of every entry in a document that is not called spun, where the gate is forced open: the
/// priors speak of spun text.
const NOT_SPUN: f32 = -4.5;

/// Sorts the end of `keys` from `first` on and leaves out repetitions.
fn dedup_from(keys: &mut Vec<u64>, first: usize) {
    keys[first..].sort_unstable();
    let mut kept = first;
    for i in first..keys.len() {
        if i == first || keys[i] != keys[kept - 1] {
            keys[kept] = keys[i];
            kept += 1;
        }
    }
    keys.truncate(kept);
}

/// The site of a document as a number; 0 where it names none.
fn site_key(doc: &Document) -> u64 {
    doc.site()
        .map_or(0, |site| hash(site.as_bytes(), seed::TEXT))
}

/// The part of `text` that the second pass reads: `stretch` with something around it, cut on characters.
fn close_up(text: &str, (from, to): (usize, usize)) -> &str {
    let mut start = from.saturating_sub(MARGIN);
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = (to + MARGIN).min(start + CLOSE_UP).min(text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    &text[start..end]
}

impl Stage for Repair {
    fn name(&self) -> StageName {
        StageName::Repair
    }

    fn ask(&self, doc: &Document, scratch: &mut Scratch, questions: &mut Questions) {
        if self.settings.mode == Mode::Off {
            return;
        }
        let buffers: &mut Buffers = scratch.of();
        let assessment = self.assess_with(&doc.text, buffers);
        if assessment.spun {
            questions.mark_spun();
        } else {
            if assessment.score >= DOUBTFUL {
                questions.mark_doubtful();
            }
            let looked = assessment.evidence >= bar(assessment.words);
            questions.mark_calm(Calm {
                bytes: doc.text.len() as u64,
                // Where there was reason for a closer look, only the same text need not be looked at again.
                evidence: if looked {
                    f32::INFINITY
                } else {
                    assessment.evidence
                },
                score: assessment.score,
            });
        }
        if !assessment.spun || !self.opened(&assessment) {
            return;
        }
        let stats = lm::Stats::new(&self.model, None, 0.0);
        let Buffers {
            tokens,
            protect,
            lattice,
            memo,
            ..
        } = buffers;
        let context = self.prepare(
            &doc.text,
            &stats,
            &assessment,
            (tokens, protect, memo),
            (0.0, true),
        );
        context.find(&mut lattice.arcs);
        let (first, more) = (questions.ngrams.len(), questions.more_ngrams.len());
        context.questions(&lattice.arcs, |k| questions.ngram(k));
        if self.settings.induction {
            let site = site_key(doc);
            let mut claims = Vec::new();
            context.ask_batch(
                |k| questions.ngram_if_room(k),
                |pair, ngram| {
                    if site != 0 {
                        claims.push((induce::claim(site, pair), ngram));
                    }
                },
            );
            claims.sort_unstable();
            claims.dedup();
            questions.claims.append(&mut claims);
        }
        dedup_from(&mut questions.ngrams, first);
        dedup_from(&mut questions.more_ngrams, more);
    }

    fn edit(&self, doc: &Document, survey: &Survey, scratch: &mut Scratch, out: &mut Vec<Edit>) {
        self.read(doc, survey, scratch, out);
    }
}

impl Repair {
    /// Appends the edits to `out`, as [`Stage::edit`], and returns what the document is called.
    ///
    /// Where the survey has found the document calm, it is not assessed again.
    pub fn read(
        &self,
        doc: &Document,
        survey: &Survey,
        scratch: &mut Scratch,
        out: &mut Vec<Edit>,
    ) -> Verdict {
        if self.settings.gate == Gate::On
            && let Some(calm) = survey.calm(doc.id)
            && is_still(calm, doc.text.len() as u64)
        {
            return Verdict {
                score: calm.score,
                family: None,
                spun: false,
            };
        }
        let buffers: &mut Buffers = scratch.of();
        let assessment = self.assess_with(&doc.text, buffers);
        if self.settings.mode != Mode::Off && self.opened(&assessment) {
            self.repair(doc, survey, &assessment, buffers, out);
        }
        Verdict {
            score: assessment.score,
            family: assessment.family,
            spun: assessment.spun,
        }
    }

    /// Appends the edits of a document that may be edited.
    fn repair(
        &self,
        doc: &Document,
        survey: &Survey,
        assessment: &Assessment,
        buffers: &mut Buffers,
        out: &mut Vec<Edit>,
    ) {
        let batch = self.source(doc, survey);
        let survey = (self.settings.batch_weight > 0.0).then_some(survey);
        let stats = lm::Stats::new(&self.model, survey, self.settings.batch_weight);
        self.mend(&doc.text, batch, &stats, assessment, buffers, out);
        out.sort_by_key(|e| (e.span, !e.applied));
    }
}
