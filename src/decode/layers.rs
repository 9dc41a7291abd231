//! The order in which the rules of the text level run, and the rounds until nothing is left to do.

use icu_normalizer::ComposingNormalizerBorrowed;

use super::mojibake;
use super::rules::invisible::{Scripts, is_zero_width, struck, zero_width_is_idle};
use super::rules::{self, bit, entity, forms, nfc, spaces, surrogate, terminal};
use super::scan::{find, scan, scan_ascii};
use crate::edit::{ByteSpan, Edit, EditLog, StageName};

/// Rounds after which a text counts as hopeless: each takes at least one layer of damage off, and texts that were
/// garbled or escaped more than a few times over are made, not found.
const ROUNDS: usize = 12;

/// The rules that are on, ready to run.
#[derive(Debug)]
pub(super) struct Layers {
    mask: u32,
}

impl Layers {
    pub(super) fn new(mask: u32) -> Self {
        let more = if mask & bit::MOJIBAKE == 0 {
            0
        } else {
            bit::LEGACY
        };
        Self { mask: mask | more }
    }

    pub(super) fn run(&self, log: &mut EditLog) {
        let mut suggest = true;
        for _ in 0..ROUNDS {
            if !self.round(log, suggest) {
                return;
            }
            suggest = false;
        }
    }

    /// One round; whether anything changed.
    fn round(&self, log: &mut EditLog, suggest: bool) -> bool {
        let mut due = scan(log.text(), self.mask);
        let mut changed = false;
        // Mojibake first: its bytes look like controls, spaces and soft hyphens to the others.
        let mut edits = Vec::new();
        if due & (bit::MOJIBAKE | bit::LEGACY) != 0 {
            let rule = rules::name(bit::MOJIBAKE);
            let runs = if due & bit::MOJIBAKE == 0 {
                mojibake::legacy::Runs::of(log.text())
            } else {
                mojibake::edits(log.text(), rule, &mut edits)
            };
            mojibake::legacy::edits(log.text(), &runs, rule, &mut edits);
            changed = push(log, &mut edits, suggest);
            due = if changed {
                scan_ascii(log.text(), self.mask)
            } else {
                scan(log.text(), self.mask & !(bit::MOJIBAKE | bit::LEGACY))
            };
        }
        if due == 0 {
            return changed;
        }
        if due & (bit::TERMINAL | bit::SURROGATE) != 0 {
            escapes(log.text(), due, &mut edits);
            changed |= push(log, &mut edits, suggest);
        }
        if due & bit::ENTITY != 0 {
            entity::edits(log.text(), rules::name(bit::ENTITY), &mut edits);
            changed |= push(log, &mut edits, suggest);
        }
        if changed {
            // What came out may be mojibake in turn, so the invisible characters wait for the next round.
            return true;
        }
        if due & bit::CHARACTERS != 0 {
            characters(log.text(), due, &mut edits);
            changed |= push(log, &mut edits, suggest);
        }
        if due & bit::NFKC != 0 {
            nfc::edits(
                &ComposingNormalizerBorrowed::new_nfkc(),
                log.text(),
                rules::name(bit::NFKC),
                &mut edits,
            );
        } else if due & bit::NFC != 0 {
            nfc::edits_near(log.text(), rules::name(bit::NFC), &mut edits);
        }
        changed | push(log, &mut edits, suggest)
    }
}

/// Pushes `edits` and empties them; whether the text changed. What is doubtful is said once, in the first round.
fn push(log: &mut EditLog, edits: &mut Vec<Edit>, suggest: bool) -> bool {
    if !suggest {
        edits.retain(|e| e.applied);
    }
    let changes = edits.iter().any(|e| e.applied);
    if !edits.is_empty() {
        log.push(StageName::Decode, std::mem::take(edits));
    }
    changes
}

/// `terminal-escape` and `surrogate`.
fn escapes(text: &str, due: u32, out: &mut Vec<Edit>) {
    let mut free = 0;
    find(
        text,
        due & (bit::TERMINAL | bit::SURROGATE),
        |at, c, rule| {
            if at < free {
                return;
            }
            let rest = &text[at..];
            if c == '\u{1B}' {
                let length = terminal::length(rest);
                if length > 0 {
                    free = at + length;
                    out.push(Edit::new(
                        ByteSpan::new(at, free),
                        "",
                        rules::name(bit::TERMINAL),
                        1.0,
                    ));
                }
            } else if rule & bit::SURROGATE != 0
                && let Some(pair) = surrogate::pair(rest)
            {
                free = at + surrogate::LENGTH;
                let span = ByteSpan::new(at, free);
                let edit = Edit::new(span, pair, rules::name(bit::SURROGATE), 0.9);
                out.push(if surrogate::is_quoted(near(text, span)) {
                    edit.suggested()
                } else {
                    edit
                });
            }
        },
    );
}

/// The line around `span`, at most 200 bytes either way.
fn near(text: &str, span: ByteSpan) -> &str {
    let floor = crate::text::cut::floor(text, span.start.saturating_sub(200));
    let ceiling = crate::text::cut::floor(text, (span.end + 200).min(text.len()));
    let start = text[floor..span.start]
        .rfind('\n')
        .map_or(floor, |i| floor + i + 1);
    let end = text[span.end..ceiling]
        .find('\n')
        .map_or(ceiling, |i| span.end + i);
    &text[start..end]
}

/// The rules that judge one character by its neighbours.
fn characters(text: &str, due: u32, out: &mut Vec<Edit>) {
    let needs_scripts = due & (bit::BIDI | bit::FULL_WIDTH) != 0;
    let scripts = if needs_scripts {
        Scripts::of(text)
    } else {
        Scripts::default()
    };
    let has_latin = due & bit::FULL_WIDTH != 0 && text.bytes().any(|b| b.is_ascii_alphabetic());
    let (mut returns, mut hidden) = (Run::default(), Run::default());
    find(text, due & bit::CHARACTERS, |at, c, found| {
        let span = ByteSpan::new(at, at + c.len_utf8());
        // The lowest bit: the earlier rule in the table has the character.
        let rule = found & found.wrapping_neg();
        let before = text[..at].chars().next_back();
        let after = &text[span.end..];
        let free = out.last().map_or(0, |e| e.span.end);
        let mut edit = |span: ByteSpan, new: &str, confidence: f32| {
            append(out, span, new, rules::name(rule), confidence);
        };
        match rule {
            bit::LINE_ENDS => {
                let end = if c == '\r' {
                    returns.end(text, at, |c| c == '\r')
                } else {
                    span.end
                };
                edit(span, spaces::line_end(c, before, &text[end..]), 1.0);
            }
            bit::CONTROL if c == '\u{8}' => {
                let start = at - struck(before, after);
                // What is struck over is changed itself first: the next round sees to it.
                if free <= start {
                    edit(ByteSpan::new(start, span.end), "", 1.0);
                }
            }
            bit::CONTROL => edit(span, "", 1.0),
            bit::ZERO_WIDTH => {
                let end = hidden.end(text, at, is_zero_width);
                if zero_width_is_idle(c, before, text[end..].chars().next()) {
                    edit(span, "", 0.99);
                }
            }
            bit::BIDI if !scripts.rtl => edit(span, "", 0.98),
            bit::EXOTIC_SPACE => edit(span, " ", 1.0),
            bit::LIGATURE if forms::is_in_word(before, after) => {
                edit(span, forms::ligature(c), 1.0);
            }
            bit::FULL_WIDTH if has_latin && !scripts.cjk && forms::is_in_text(c, before, after) => {
                if let Some(plain) = forms::plain_width(c) {
                    edit(span, plain.encode_utf8(&mut [0; 4]), 0.95);
                }
            }
            bit::QUOTES => edit(span, forms::straight(c), 1.0),
            _ => {}
        }
    });
}

/// Where the run of alike characters that a walk is in comes to its end: each run is read once, however many of its
/// characters ask.
#[derive(Default)]
struct Run {
    end: usize,
}

impl Run {
    /// The end of the run of characters of a kind that begins at `at` or has begun before.
    fn end(&mut self, text: &str, at: usize, is_alike: impl Fn(char) -> bool) -> usize {
        if at >= self.end {
            let rest = &text[at..];
            self.end = at + rest.find(|c| !is_alike(c)).unwrap_or(rest.len());
        }
        self.end
    }
}

/// Appends an applied edit; where it adjoins the one before it and is of the same kind, the two become one.
pub(super) fn append(
    out: &mut Vec<Edit>,
    span: ByteSpan,
    after: &str,
    rule: &'static str,
    confidence: f32,
) {
    if !extend(out, true, span, after, rule, confidence) {
        out.push(Edit::new(span, after, rule, confidence));
    }
}

/// The same for a suggestion.
pub(super) fn suggest(
    out: &mut Vec<Edit>,
    span: ByteSpan,
    after: &str,
    rule: &'static str,
    confidence: f32,
) {
    if !extend(out, false, span, after, rule, confidence) {
        out.push(Edit::new(span, after, rule, confidence).suggested());
    }
}

/// Makes the last of `out` longer, where it adjoins and is of the same kind; whether it does.
fn extend(
    out: &mut [Edit],
    applied: bool,
    span: ByteSpan,
    after: &str,
    rule: &'static str,
    confidence: f32,
) -> bool {
    match out.last_mut() {
        Some(last)
            if last.span.end == span.start && last.applied == applied && last.rule == rule =>
        {
            last.span.end = span.end;
            last.after.push_str(after);
            last.confidence = last.confidence.min(confidence);
            true
        }
        _ => false,
    }
}
