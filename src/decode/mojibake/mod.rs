//! `mojibake`: text whose UTF-8 bytes were read as a single-byte encoding is put back.
//!
//! A garbled character is a run of two to four characters whose bytes, in one of fifteen readings, make a UTF-8
//! sequence. Such runs also stand in clean text (`É”`, `├┤`, `СЃ`), so each is weighed: how many bits less surprising
//! the repair is than what stands there ([`cost`]). A large gain repairs at once; a small one only where the same
//! encoding has garbled other places of the document beyond doubt. Text that was garbled several times comes clean
//! layer by layer, as the stage runs until nothing changes.
//!
//! Also: sequences that lost a byte on the way ([`lost`]), C1 controls that are characters of windows-1252, and lines of other
//! encodings that were read as windows-1252 ([`legacy`]). What is quoted, or stands in a line about encodings, proves nothing and needs the proof of others ([`talk`]).

pub(super) mod bytes;
pub(super) mod cost;
mod find;
pub(super) mod legacy;
mod lost;
mod place;
mod repairs;
mod run;
mod talk;
mod whole;
mod witness;

use std::sync::LazyLock;

use super::layers::{append, suggest};
use crate::edit::{ByteSpan, Edit};
use find::Finder;
use lost::Blank;
use place::Vote;
use repairs::{Repair, Repairs};
use talk::Talk;
use witness::{Seen, Strong, Votes};

/// Looks closer at what seems garbled in a scan.
pub(super) struct Suspect<'t> {
    text: &'t str,
    finder: Option<Finder<'t>>,
}

impl<'t> Suspect<'t> {
    /// For `text`.
    pub(super) fn of(text: &'t str) -> Self {
        Self { text, finder: None }
    }

    /// Whether the run that begins at `at` may be repaired, by itself or with others. Where none of a text may, [`edits`] has
    /// nothing to say.
    #[cold]
    pub(super) fn gains(&mut self, at: usize) -> bool {
        // Of a short text that is as soon said.
        self.text.len() < SHORT
            || self
                .finder
                .get_or_insert_with(|| Finder::of(self.text))
                .gains(at)
    }
}

/// Bytes of a text below which all runs are weighed where one is suspect.
const SHORT: usize = 1024;

/// Gain in bits from which a run is repaired on its own.
const STRONG: i32 = 12;
/// Gain from which it is repaired in a document with [`WITNESSES`] strong runs of the same encoding.
const WEAK: i32 = 3;
/// Strong runs that make an encoding sure for a document.
const WITNESSES: u32 = 2;
/// Strong runs that make it so sure that a run of [`LETTERS`] characters and more is repaired at a loss of as many bits.
const CERTAIN: u32 = 5;
/// Characters of such a run: that many sequences behind one another are no chance.
const LETTERS: usize = 2;

/// Bits against a run that begins with a letter of the text's own alphabet.
const NATIVE: i32 = 12;
/// Weight of [`bytes::prior`] where encodings are weighed for a whole document.
const DOCUMENT: i32 = 4;

/// Appends the repairs of `text`; those that lack evidence as suggestions. Returns where [`legacy::edits`] has to look.
pub(super) fn edits(text: &str, rule: &'static str, out: &mut Vec<Edit>) -> legacy::Runs {
    // First every encoding is asked what it makes of the document, then the one that explains most of it leads.
    let mut votes = Votes::default();
    let mut repairs = Repairs::default();
    let mut seen = Seen::of(text);
    let mut strong = Strong::of(text);
    let mut talk = Talk::of(text);
    let mut finder = Finder::of(text);
    let mut may_gain = false;
    finder.collect(
        None,
        &mut |vote: Vote| {
            may_gain |= vote.may_gain(WEAK);
            votes.count(&vote);
            if !vote.lossy
                && vote.gain >= WEAK
                && strong.is_news(&vote)
                && !talk.is_cited(vote.span)
            {
                strong.count(&vote);
            }
        },
        &mut repairs,
        &mut seen,
    );
    if !may_gain
        && !repairs
            .list
            .iter()
            .any(|r| find::is_control_at(text, r.span))
    {
        return finder.runs;
    }
    let witnesses = strong.witnesses(&mut seen);
    let house = votes.house();
    if !finder.settle(house, &mut repairs) {
        repairs.clear();
        finder.collect(Some(house), &mut |_| {}, &mut repairs, &mut Seen::of(text));
    }
    repairs.note_neighbours();
    let mut sure = Vec::with_capacity(repairs.list.len());
    out.reserve(repairs.list.len());
    let Repairs { list, written } = &mut repairs;
    list.retain_mut(|r| {
        let first = r.span.of(text).chars().next();
        if first.is_some_and(|c| seen.is_native(c)) {
            r.gain -= NATIVE;
        }
        let known = witnesses[r.codec];
        if known >= WITNESSES && r.blank.is_none() && r.gain + bytes::prior(r.codec) >= WEAK {
            // Nearly all, whatever else could be asked.
            sure.push(doubt(r.gain).max(KNOWN));
            return true;
        }
        let is_cited = r.gain >= WEAK && talk.is_cited(r.span);
        // Where a byte became a blank, and beside that, what is known of the reading counts for more than the gain.
        let at_a_loss = !is_cited
            && r.gain >= -(CERTAIN as i32)
            && match (r.blank, first) {
                (Some(Blank::Doubled), _) => true,
                (_, Some(first)) if witnesses[r.codec] > 0 => {
                    // It must adjoin another run, or the same letter begin one.
                    let known = r.adjoins || seen.begins(first);
                    match r.blank {
                        Some(Blank::Last) => known && seen.is_complete(r.codec),
                        Some(_) => known,
                        None => r.adjoins && !r.lossy,
                    }
                }
                _ => false,
            };
        let confidence = if r.blank.is_none() {
            let after = r.after.of(written);
            let context = Context {
                is_cited,
                is_wedged: is_wedged(text, r.span, after),
                // Asked only where it can matter: it may read the text.
                begins_often: witnesses[r.codec] >= CERTAIN
                    && first.is_some_and(|c| seen.begins_often(c)),
            };
            confidence(r, after, context, &witnesses)
        } else {
            None
        };
        let confidence = confidence.or(at_a_loss.then_some(KNOWN));
        sure.extend(confidence);
        if confidence.is_none() && r.gain >= STRONG / 2 && !r.lossy {
            let after = r.after.of(written);
            suggest(out, r.span, after, rule, doubt(r.gain));
        }
        confidence.is_some()
    });
    let suggested = !out.is_empty();
    for (i, confidence) in sure.into_iter().enumerate() {
        if repairs.list[i].options.len() > 1 && !lost::decide(text, &mut repairs, i) {
            continue;
        }
        let repair = &repairs.list[i];
        append(out, repair.span, repairs.after(repair), rule, confidence);
    }
    if suggested {
        out.sort_by_key(|e| e.span.start);
    }
    finder.runs
}

/// How sure a repair is at least whose encoding has witnesses.
const KNOWN: f32 = 0.95;

/// How sure a repair of that gain is by itself.
fn doubt(gain: i32) -> f32 {
    static DOUBTS: LazyLock<[f32; 256]> =
        LazyLock::new(|| std::array::from_fn(|gain| 1.0 - (-0.15 * gain as f32).exp2()));
    // Beyond that no digit changes.
    DOUBTS[gain.clamp(0, 255) as usize]
}

/// What stands around a repair, and how often its first character begins others.
#[derive(Clone, Copy)]
struct Context {
    is_cited: bool,
    /// It stands within a word and makes a letter of it.
    is_wedged: bool,
    /// Its first character begins runs far more often than not.
    begins_often: bool,
}

/// Whether a run of signs between two small letters is a small letter once it is repaired: no text has signs there.
fn is_wedged(text: &str, span: ByteSpan, after: &str) -> bool {
    let is_small = |c: Option<char>| c.is_some_and(char::is_lowercase);
    let mut letters = after.chars();
    let one = is_small(letters.next()) && letters.next().is_none();
    one && span.of(text).chars().any(|c| !c.is_alphanumeric())
        && is_small(text[..span.start].chars().next_back())
        && is_small(text[span.end..].chars().next())
}

/// How sure `r`, which writes `after`, is, where the evidence is enough to carry it out.
fn confidence(
    r: &Repair,
    after: &str,
    context: Context,
    witnesses: &[u32; bytes::COUNT],
) -> Option<f32> {
    let known = witnesses[r.codec];
    let prior = bytes::prior(r.codec);
    let letters = after.chars().nth(LETTERS - 1).is_some();
    let least = if known >= CERTAIN && (letters || context.begins_often) {
        -(CERTAIN as i32)
    } else {
        WEAK
    };
    if known >= WITNESSES && r.gain + prior >= least {
        return Some(doubt(r.gain).max(KNOWN));
    }
    // A single run of a seldom encoding is chance (`ƒã` in Ewe is Mac's `ċ`), unless it gains far more; which letter
    // lost its byte is a guess that needs a document full of others.
    let needed = if context.is_wedged {
        STRONG
    } else {
        STRONG + 2 * prior
    };
    let strong = r.gain >= needed
        && !context.is_cited
        && (r.options.len() < 2 || r.usual)
        && (!r.lossy || known > 0 || r.gain >= 2 * STRONG);
    strong.then(|| doubt(r.gain))
}
