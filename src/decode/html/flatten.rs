//! From markup to the lines that a reader sees, as edits, with the tree of elements around them.
//!
//! The tokens come from `lol_html`, with the bytes at which they stand; the tree is built here, and only as far as
//! lines need it: open elements, end tags that may be left out, what is not shown. Differences from the tree of the
//! HTML standard: nothing is moved out of tables, and formatting elements are not opened again.

use std::cell::RefCell;
use std::hash::Hasher;
use std::rc::Rc;

use lol_html::html_content::{Element as Token, TextType};
use lol_html::{HtmlRewriter, Settings, doc_text, element, end_tag};
use rustc_hash::FxHasher;

use super::attributes::{Attributes, name_of};
use super::facts::Facts;
use super::marks::ClassWords;
use super::tags::{Ends, Layout, known};
use crate::document::{Element, Line, Structure, Tag, innermost};
use crate::edit::{ByteSpan, Edit};

/// Elements open at a time beyond which deeper ones count as their parents: pages have a few dozen.
const DEEPEST: usize = 400;
/// Bytes of own text from which an element that is no paragraph counts as one.
const PROSE: u32 = 120;
/// How much more text than it shows a page must hide for its hiding not to be believed, and how little it shows then:
/// pages with some text of their own hide menus, dialogs and forms, however long.
const VEILED: usize = 3;
const FEW: usize = 600;

/// A page as text.
#[derive(Debug, Default)]
pub(super) struct Flat {
    /// What makes the text of the markup.
    pub edits: Vec<Edit>,
    pub structure: Structure,
    pub facts: Facts,
}

/// Reads `source`. `None` where the parser gives up.
///
/// A page that hides most of its text waits for a script to show it: then it is read as if nothing were hidden.
pub(super) fn flatten(source: &str, words: &ClassWords, rule: &'static str) -> Option<Flat> {
    let page = read(source, words, rule, true)?;
    let page = if page.shown < FEW && page.veiled > VEILED * page.shown {
        read(source, words, rule, false)?
    } else {
        page
    };
    Some(page.finish(source))
}

fn read(source: &str, words: &ClassWords, rule: &'static str, heeds: bool) -> Option<Page> {
    let page = Rc::new(RefCell::new(Page::new(rule, heeds)));
    let (at_element, at_text) = (Rc::clone(&page), Rc::clone(&page));
    let settings = Settings::new()
        .with_strict(false)
        .append_element_content_handler(element!("*", move |token| {
            let opened = at_element.borrow_mut().open(source, token, words);
            if let Some(place) = opened
                && token.can_have_content()
            {
                let at_end = Rc::clone(&at_element);
                token.on_end_tag(end_tag!(move |_| {
                    at_end.borrow_mut().close(place);
                    Ok(())
                }))?;
            }
            Ok(())
        }))
        .append_document_content_handler(doc_text!(move |chunk| {
            let place = chunk.source_location().bytes();
            at_text
                .borrow_mut()
                .text(source, place.start, place.end, chunk.text_type());
            Ok(())
        }));
    let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| {});
    rewriter.write(source.as_bytes()).ok()?;
    rewriter.end().ok()?;
    Some(Rc::try_unwrap(page).ok()?.into_inner())
}

/// What parts the next visible character from the last.
#[derive(Clone, Copy, Debug, Default)]
struct Gap {
    /// Line feeds.
    lines: usize,
    tab: bool,
    space: bool,
    /// Columns of blanks in preformatted text, where elements part them from what they stand before.
    columns: usize,
    /// A `br` is among what parts them.
    broken: bool,
}

/// Where an open element stands: its place among the open ones and its number.
#[derive(Clone, Copy, Debug)]
struct Place {
    depth: usize,
    number: u32,
}

/// An open element.
#[derive(Clone, Copy, Debug)]
struct Open {
    number: u32,
    layout: Layout,
    ends: Ends,
    tag: Tag,
    hidden: bool,
    /// Not shown, and not by an attribute alone: a script, a choice of a form.
    unseen: bool,
    preformatted: bool,
    linked: bool,
    emphasised: bool,
    /// Cells that this row has begun.
    cells: u16,
    what: What,
}

/// Text that is not shown and yet told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Nothing,
    /// `title` of the page.
    Title,
    /// A script with linked data.
    Data,
    /// `h1`.
    Headline,
}

#[derive(Debug)]
struct Page {
    rule: &'static str,
    /// Whether elements that hide themselves by attributes are hidden.
    heeds: bool,
    /// Bytes of text that is shown, and of text that only attributes hide.
    shown: usize,
    veiled: usize,
    open: Vec<Open>,
    elements: Vec<Element>,
    /// Own text of each element.
    own: Vec<u32>,
    lines: Vec<Line>,
    edits: Vec<Edit>,
    /// Up to where the source is accounted for.
    done: usize,
    gap: Gap,
    begun: bool,
    facts: Facts,
}

impl Page {
    fn new(rule: &'static str, heeds: bool) -> Self {
        let root = Open {
            number: 0,
            layout: Layout::Block,
            ends: Ends::Nothing,
            tag: Tag::Other,
            hidden: false,
            unseen: false,
            preformatted: false,
            linked: false,
            emphasised: false,
            cells: 0,
            what: What::Nothing,
        };
        Self {
            rule,
            heeds,
            shown: 0,
            veiled: 0,
            open: vec![root],
            elements: vec![Element::default()],
            own: vec![0],
            lines: Vec::new(),
            edits: Vec::new(),
            done: 0,
            gap: Gap::default(),
            begun: false,
            facts: Facts::default(),
        }
    }

    /// The innermost open element.
    fn top(&self) -> Open {
        self.open[self.open.len() - 1]
    }

    /// A start tag; returns where the element stands, unless it holds nothing.
    fn open(&mut self, source: &str, token: &Token<'_, '_>, words: &ClassWords) -> Option<Place> {
        let tag_at = token.source_location().bytes();
        let mut lower = [0u8; 24];
        let name = name_of(&source.as_bytes()[tag_at.clone()], &mut lower);
        let known = known(name);
        match known.layout {
            Layout::Break => {
                self.part(1);
                self.gap.broken = true;
                return None;
            }
            Layout::Block | Layout::Apart | Layout::Cell => self.end_implied(known.ends),
            Layout::Inline | Layout::Hidden => {}
        }
        let mut seen = Attributes::default();
        for attribute in token.attributes() {
            let Some(name) = attribute.name_source_location() else {
                continue;
            };
            let value = attribute
                .value_source_location()
                .map_or("", |v| &source[v.bytes()]);
            seen.note(&source[name.bytes()], value, words);
        }
        let what = self.tell(name, &seen);
        if !token.can_have_content() {
            if known.layout == Layout::Apart {
                self.part(2);
            }
            return None;
        }
        let top = self.top();
        match known.layout {
            Layout::Block => self.part(1),
            Layout::Apart => self.part(2),
            Layout::Cell => {
                let first = self.begin_cell();
                if !first {
                    self.gap.tab = true;
                }
            }
            Layout::Inline | Layout::Break | Layout::Hidden => {}
        }
        let unseen = top.unseen || known.layout == Layout::Hidden;
        let hidden = top.hidden || unseen || (seen.hidden && self.heeds);
        let linked = top.linked || (known.tag == Tag::Link && seen.href);
        let number = if self.open.len() >= DEEPEST || hidden {
            top.number
        } else {
            let parent = &self.elements[top.number as usize];
            let mut path = FxHasher::default();
            path.write_u64(parent.path);
            path.write(name);
            path.write(seen.class);
            let element = Element {
                parent: top.number,
                depth: parent.depth + 1,
                tag: known.tag,
                marks: seen.marks,
                path: path.finish(),
                ..Element::default()
            };
            self.elements.push(element);
            self.own.push(0);
            (self.elements.len() - 1) as u32
        };
        // Deeper elements share the last place: their end tags then end nothing but themselves.
        let place = Place {
            depth: self.open.len(),
            number,
        };
        if self.open.len() >= DEEPEST * 2 {
            return None;
        }
        self.open.push(Open {
            number,
            layout: known.layout,
            ends: known.ends,
            tag: known.tag,
            hidden,
            unseen,
            preformatted: (top.preformatted || known.preformatted) && !hidden,
            linked,
            emphasised: top.emphasised || known.tag == Tag::Emphasis,
            cells: 0,
            what,
        });
        Some(place)
    }

    /// What of an element's attributes are facts about the page, and what of its text will be.
    fn tell(&mut self, name: &[u8], seen: &Attributes<'_>) -> What {
        match name {
            b"html" => self.facts.language(seen.lang),
            b"meta" => self.facts.meta(seen.name, seen.content),
            b"link" => self.facts.link(seen.rel, seen.address),
            b"time" => self.facts.time(seen.datetime, seen.marks),
            b"title" => return What::Title,
            b"script" if seen.kind.trim().eq_ignore_ascii_case("application/ld+json") => {
                return What::Data;
            }
            b"h1" => return What::Headline,
            _ => {}
        }
        // What stands inside a headline is part of it.
        match self.top().what {
            What::Headline => What::Headline,
            _ => What::Nothing,
        }
    }

    /// Ends the open elements that a start tag of this group ends.
    fn end_implied(&mut self, ends: Ends) {
        let at = match ends {
            Ends::Nothing => return,
            Ends::Paragraph => self.find(Ends::Paragraph, Tag::Paragraph, |o| {
                matches!(o.layout, Layout::Cell) || o.layout != Layout::Inline
            }),
            Ends::Item => self.find(Ends::Item, Tag::Item, |o| o.tag == Tag::List),
            Ends::Term => self.find(Ends::Term, Tag::Item, |o| o.tag == Tag::List),
            Ends::Cell => self.find(Ends::Cell, Tag::Cell, |o| o.tag == Tag::Table),
            Ends::Row => self.find(Ends::Row, Tag::Table, |o| {
                o.tag == Tag::Table && o.ends != Ends::Row
            }),
        };
        if let Some(at) = at {
            self.truncate(at);
        }
    }

    /// The innermost open element of this group and tag that no element in between shuts off.
    fn find(&self, ends: Ends, tag: Tag, shuts: impl Fn(&Open) -> bool) -> Option<usize> {
        for (at, open) in self.open.iter().enumerate().skip(1).rev() {
            if open.ends == ends && open.tag == tag {
                return Some(at);
            }
            if shuts(open) {
                return None;
            }
        }
        None
    }

    /// Notes that a cell begins; returns whether it is the first of its row.
    fn begin_cell(&mut self) -> bool {
        let row = self.open.iter_mut().rev().find(|o| o.tag == Tag::Table);
        let Some(row) = row else { return true };
        row.cells = row.cells.saturating_add(1);
        row.cells == 1
    }

    /// An end tag of the element that was opened at `place`.
    fn close(&mut self, place: Place) {
        let open = self.open.get(place.depth);
        if open.is_some_and(|o| o.number == place.number) {
            self.truncate(place.depth);
        }
    }

    /// Ends the open elements from `depth` on.
    fn truncate(&mut self, depth: usize) {
        while self.open.len() > depth.max(1) {
            let Some(open) = self.open.pop() else { return };
            if open.what == What::Headline && self.top().what != What::Headline {
                self.facts.headline_ends();
            }
            match open.layout {
                Layout::Block => self.part(1),
                Layout::Apart => self.part(2),
                Layout::Cell | Layout::Inline | Layout::Break | Layout::Hidden => {}
            }
        }
    }

    /// At least `lines` line feeds part what follows from what came.
    fn part(&mut self, lines: usize) {
        self.gap.lines = self.gap.lines.max(lines);
    }

    /// A stretch of text between tags.
    fn text(&mut self, source: &str, start: usize, end: usize, kind: TextType) {
        if start >= end {
            return;
        }
        let top = self.top();
        match top.what {
            What::Title => self.facts.title(&source[start..end]),
            What::Data => self.facts.data(&source[start..end]),
            What::Headline if !top.hidden => self.facts.headline(&source[start..end]),
            What::Headline | What::Nothing => {}
        }
        if !matches!(kind, TextType::Data | TextType::PlainText) {
            return;
        }
        if top.hidden {
            if !top.unseen {
                self.veiled += source[start..end].trim().len();
            }
            return;
        }
        if top.preformatted {
            self.preformatted(source, start, end);
        } else {
            self.flowing(source, start, end);
        }
    }

    /// Text in which white space is one space.
    fn flowing(&mut self, source: &str, start: usize, end: usize) {
        let bytes = source.as_bytes();
        let mut at = start;
        while at < end {
            let blank = blank(bytes, at, end);
            if blank > 0 {
                self.gap.space = true;
                at += blank;
                continue;
            }
            if bytes[at] == b'&'
                && let Some((length, value)) = entity(&source[at..end])
            {
                if value.chars().all(|c| c.is_whitespace() || c == '\u{FEFF}') {
                    self.gap.space = true;
                } else {
                    self.emit(source, at, at + length, Some(&value));
                }
                at += length;
                continue;
            }
            // A run up to the next entity or white space that is more than a single space.
            let from = at;
            at += 1;
            while at < end {
                match bytes[at] {
                    b'&' => break,
                    b' ' if at + 1 < end
                        && bytes[at + 1] != b'&'
                        && self::blank(bytes, at + 1, end) == 0 =>
                    {
                        at += 1;
                    }
                    _ if self::blank(bytes, at, end) > 0 => break,
                    _ => at += 1,
                }
            }
            self.emit(source, from, at, None);
        }
    }

    /// Text in which lines stand as written.
    fn preformatted(&mut self, source: &str, start: usize, end: usize) {
        let mut at = start;
        for line in source[start..end].split_inclusive('\n') {
            let content = line.trim_end_matches(['\n', '\r']);
            if content.trim().is_empty() {
                self.gap.columns += content
                    .chars()
                    .map(|c| if c == '\t' { 4 } else { 1 })
                    .sum::<usize>();
            } else {
                self.verbatim(source, at, at + content.len());
            }
            at += line.len();
            if content.len() < line.len() {
                self.gap.lines += 1;
                self.gap.columns = 0;
            }
        }
    }

    /// Text that stands as written but for its references.
    fn verbatim(&mut self, source: &str, mut from: usize, stop: usize) {
        while let Some(i) = memchr::memchr(b'&', &source.as_bytes()[from..stop]) {
            let here = from + i;
            let Some((length, value)) = entity(&source[here..stop]) else {
                self.emit(source, from, here + 1, None);
                from = here + 1;
                continue;
            };
            if here > from {
                self.emit(source, from, here, None);
            }
            self.emit(source, here, here + length, Some(&value));
            from = here + length;
        }
        if from < stop {
            self.emit(source, from, stop, None);
        }
    }

    /// Source bytes `start..end` are shown, as `value` where that is given.
    fn emit(&mut self, source: &str, start: usize, end: usize, value: Option<&str>) {
        let gap = std::mem::take(&mut self.gap);
        let begins = !self.begun || gap.lines > 0;
        let between = if !self.begun {
            String::new()
        } else if gap.lines > 0 {
            "\n".repeat(gap.lines) + &" ".repeat(gap.columns)
        } else if gap.columns > 0 {
            " ".repeat(gap.columns)
        } else if gap.tab {
            "\t".to_owned()
        } else if gap.space {
            " ".to_owned()
        } else {
            String::new()
        };
        self.replace(source, start, &between);
        if let Some(value) = value {
            self.replace(source, end, value);
        }
        self.done = end;
        self.begun = true;
        let top = self.top();
        let length = (end - start) as u32;
        self.shown += end - start;
        if begins {
            self.lines.push(Line {
                element: top.number,
                source: start,
                after_break: gap.broken,
                ..Line::default()
            });
        }
        let Some(line) = self.lines.last_mut() else {
            return;
        };
        if line.element != top.number {
            line.element = innermost(&self.elements, line.element, top.number);
        }
        line.text += length;
        self.own[top.number as usize] += length;
        let element = &mut self.elements[top.number as usize];
        element.text += length;
        if top.linked {
            line.linked += length;
            element.linked += length;
        }
        if top.emphasised {
            line.emphasised += length;
        }
    }

    /// The source from what is accounted for up to `end` becomes `value`.
    fn replace(&mut self, source: &str, end: usize, value: &str) {
        if source[self.done..end] != *value {
            let span = ByteSpan::new(self.done, end);
            match self.edits.last_mut() {
                Some(last) if last.span.end == span.start => {
                    last.span.end = end;
                    last.after.push_str(value);
                }
                _ => self.edits.push(Edit::new(span, value, self.rule, 1.0)),
            }
        }
        self.done = end;
    }

    fn finish(mut self, source: &str) -> Flat {
        let end = if self.begun { "\n" } else { "" };
        self.replace(source, source.len(), end);
        // Children stand behind their parents, so one walk from the back sums up.
        for i in (1..self.elements.len()).rev() {
            let own = self.own[i];
            let here = &mut self.elements[i];
            if here.tag == Tag::Paragraph || own >= PROSE {
                here.prose += own.saturating_sub(here.linked.min(own));
            }
            let (text, linked, prose, parent) = (here.text, here.linked, here.prose, here.parent);
            let above = &mut self.elements[parent as usize];
            above.text += text;
            above.linked += linked;
            above.prose += prose;
        }
        Flat {
            edits: self.edits,
            structure: Structure {
                elements: self.elements,
                lines: self.lines,
            },
            facts: self.facts,
        }
    }
}

/// Bytes of the white space at `at`: no-break spaces too, which pages use for layout.
fn blank(bytes: &[u8], at: usize, end: usize) -> usize {
    match bytes[at] {
        b' ' | b'\n' | b'\t' | b'\r' | b'\x0C' => 1,
        0xC2 if at + 1 < end && bytes[at + 1] == 0xA0 => 2,
        _ => 0,
    }
}

/// Length and value of the character reference at the start of `text`.
fn entity(text: &str) -> Option<(usize, String)> {
    let bytes = text.as_bytes();
    let mut n = 1;
    if bytes.get(n) == Some(&b'#') {
        n += 1;
    }
    while n < bytes.len().min(40) && bytes[n].is_ascii_alphanumeric() {
        n += 1;
    }
    if bytes.get(n) == Some(&b';') {
        n += 1;
    }
    if n < 3 {
        return None;
    }
    // Old names need no semicolon, so letters may follow the reference (`&copy2026`): those are in the value too.
    let value = htmlize::unescape(&text[..n]);
    (value != text[..n]).then(|| (n, value.into_owned()))
}
