//! What a page's markup adds to the [`features`](super::features) of its lines: where a line stands in the tree, what its
//! elements are called, how text and links are shared out around it, which template has made it.
//!
//! Shapes follow what extractors have used one by one: link density and text density (Kohlschütter et al. 2010,
//! doi:10.1145/1718487.1718542; Sun et al. 2011, doi:10.1145/2009916.2009952), the container with the most prose
//! (Readability), class names (Trafilatura, doi:10.18653/v1/2021.acl-demo.15). Here they are features, and the trees weigh them.

use rustc_hash::FxHashMap;

use crate::document::{Line, Mark, Structure, Tag};

/// Steps up at which an ancestor counts as none.
const FAR: f32 = 16.0;
/// Elements above this depth (root, `html`, `body`) have class names about the page, not about a part of it.
const PAGE: u16 = 2;
/// Ancestors whose share of text and links are features by themselves.
const LEVELS: usize = 5;
/// Lines on each side whose links are summed.
const WINDOWS: [usize; 2] = [3, 10];

/// Tags to whose nearest ancestor the distance is a feature.
const TAGS: [(Tag, &str); 20] = [
    (Tag::Paragraph, "m_to_p"),
    (Tag::Title, "m_to_h1"),
    (Tag::Heading, "m_to_heading"),
    (Tag::List, "m_to_list"),
    (Tag::Item, "m_to_item"),
    (Tag::Table, "m_to_table"),
    (Tag::Quote, "m_to_quote"),
    (Tag::Code, "m_to_code"),
    (Tag::Figure, "m_to_figure"),
    (Tag::Caption, "m_to_caption"),
    (Tag::Link, "m_to_link"),
    (Tag::Navigation, "m_to_nav"),
    (Tag::Header, "m_to_header"),
    (Tag::Footer, "m_to_footer"),
    (Tag::Aside, "m_to_aside"),
    (Tag::Article, "m_to_article"),
    (Tag::Main, "m_to_main"),
    (Tag::Section, "m_to_section"),
    (Tag::Form, "m_to_form"),
    (Tag::Control, "m_to_control"),
];

/// Names of the distances to the nearest ancestor with a word of a kind, in the order of [`Mark`]; captions count as media,
/// since the rule of captions takes those that are called so.
const MARKS: [&str; Mark::Caption as usize] = [
    "m_content",
    "m_body",
    "m_comment",
    "m_share",
    "m_related",
    "m_navigation",
    "m_header",
    "m_footer",
    "m_sidebar",
    "m_advert",
    "m_newsletter",
    "m_consent",
    "m_media",
    "m_author",
    "m_meta",
    "m_topic",
    "m_title",
    "m_lead",
    "m_overlay",
    "m_control",
    "m_card",
    "m_hidden",
    "m_noprint",
    "m_product",
];

/// Names of the features of levels above a line: text, links' share, prose's share of the page, for each level.
const SHARES: [&str; 3 * LEVELS] = [
    "m_text_0",
    "m_links_0",
    "m_prose_0",
    "m_text_1",
    "m_links_1",
    "m_prose_1",
    "m_text_2",
    "m_links_2",
    "m_prose_2",
    "m_text_3",
    "m_links_3",
    "m_prose_3",
    "m_text_4",
    "m_links_4",
    "m_prose_4",
];

/// The other features, in the order in which [`Rows::fill`] writes them.
const OTHERS: [&str; 55] = [
    "m_line_links",
    "m_line_emphasis",
    "m_after_break",
    "m_depth",
    "m_path_lines",
    "m_path_prose",
    "m_path_is_best",
    "m_path_seen",
    "m_half_inside",
    "m_half_up",
    "m_half_down",
    "m_most_inside",
    "m_most_up",
    "m_most_down",
    "m_densest_inside",
    "m_densest_up",
    "m_densest_down",
    "m_densest_before",
    "m_previous_up",
    "m_next_up",
    "m_previous_path",
    "m_next_path",
    "m_previous_links",
    "m_next_links",
    "m_previous2_links",
    "m_next2_links",
    "m_near_links",
    "m_wide_links",
    "m_near_prose",
    "m_articles",
    "m_article_share",
    "m_article_rank",
    "m_page_links",
    "m_page_prose",
    "m_siblings",
    "m_path_before",
    "m_previous_p",
    "m_title_up",
    "m_title_down",
    "m_since_title",
    "m_first_inside",
    "m_first_up",
    "m_first_down",
    "m_held",
    "m_held_links",
    "m_held_like_densest",
    "m_region",
    "m_regions",
    "m_path_holders",
    "m_alike_0",
    "m_alike_1",
    "m_alike_2",
    "m_alike_3",
    "m_declared",
    "m_before_first",
];

/// How many features there are.
pub(super) const COUNT: usize = TAGS.len() + MARKS.len() + SHARES.len() + OTHERS.len();

/// Their names, in order.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let tags = TAGS.iter().map(|(_, name)| *name);
    tags.chain(MARKS).chain(SHARES).chain(OTHERS)
}

/// What is known of a template: the lines at one path.
#[derive(Clone, Copy, Default)]
struct Template {
    lines: u32,
    /// Bytes of text outside links in lines that are long enough to be prose.
    prose: u32,
    /// Lines passed so far.
    seen: u32,
    /// Containers that hold such lines.
    holders: u32,
    /// The last of them.
    holder: u32,
}

/// Prose of a container's own lines from which it is a region of the page.
const REGION: u32 = 300;

/// Bytes of a line outside links from which it counts as prose.
const PROSE: u32 = 80;

/// Makes the features of one page's lines, in order.
pub(super) struct Rows<'s> {
    structure: &'s Structure,
    templates: FxHashMap<u64, Template>,
    best: u64,
    /// Prose of all lines.
    prose: f32,
    /// The deepest element with half of all prose, and that with nine tenths.
    half: u32,
    most: u32,
    /// The element whose own lines hold the most prose.
    densest: u32,
    densest_prose: f32,
    densest_passed: f32,
    /// Prose of each `article` element and its rank by that: looked up by line, so no search may stand there.
    articles: FxHashMap<u32, (u32, u32)>,
    /// The line of the headline and its element.
    title: Option<(usize, u32)>,
    /// The first region, and how many there are.
    first: Option<u32>,
    regions: usize,
    regions_passed: usize,
    last_region: Option<u32>,
    /// Prose of the lines that each element is the container of.
    own: Vec<u32>,
    /// How many elements share each path.
    alike: FxHashMap<u64, u32>,
    /// Whether any element is declared to be the text.
    declared: bool,
    /// Sums over the lines before each: text, linked text, prose.
    sums: Vec<[u32; 3]>,
    /// The distances of an element, kept for the next line in it.
    of: Option<u32>,
    distances: [f32; TAGS.len() + MARKS.len()],
}

impl<'s> Rows<'s> {
    pub(super) fn new(structure: &'s Structure) -> Self {
        let mut templates: FxHashMap<u64, Template> = FxHashMap::default();
        let mut sums = Vec::with_capacity(structure.lines.len() + 1);
        let mut sum = [0u32; 3];
        let mut held = vec![0u32; structure.elements.len()];
        let mut own = vec![0u32; structure.elements.len()];
        sums.push(sum);
        for line in &structure.lines {
            let prose = prose(line);
            let parent = container(structure, line.element);
            let template = templates.entry(path(structure, line)).or_default();
            template.lines += 1;
            template.prose += prose;
            if template.holders == 0 || template.holder != parent {
                template.holders += 1;
                template.holder = parent;
            }
            sum = [sum[0] + line.text, sum[1] + line.linked, sum[2] + prose];
            sums.push(sum);
            held[line.element as usize] += prose;
            own[parent as usize] += prose;
        }
        for i in (1..held.len()).rev() {
            held[structure.elements[i].parent as usize] += held[i];
        }
        let total = sum[2];
        let deepest = |share: f32| {
            let needed = (share * total as f32) as u32;
            let mut at = 0;
            for (i, element) in structure.elements.iter().enumerate() {
                if held[i] >= needed.max(1) && element.depth > structure.elements[at].depth {
                    at = i;
                }
            }
            at as u32
        };
        let densest = (0..own.len()).max_by_key(|&i| (own[i], std::cmp::Reverse(i)));
        let best = templates.iter().max_by_key(|(path, t)| (t.prose, **path));
        let mut articles: Vec<(u32, u32)> = structure
            .elements
            .iter()
            .enumerate()
            .filter(|(_, e)| e.tag == Tag::Article)
            .map(|(i, _)| (held[i], i as u32))
            .collect();
        articles.sort_unstable_by_key(|(held, i)| (std::cmp::Reverse(*held), *i));
        let articles = (0..)
            .zip(articles)
            .map(|(rank, (held, i))| (i, (held, rank)))
            .collect();
        let mut alike: FxHashMap<u64, u32> = FxHashMap::default();
        for element in &structure.elements {
            *alike.entry(element.path).or_default() += 1;
        }
        let strongest = own.iter().copied().max().unwrap_or(0);
        let is_region = |e: &u32| own[*e as usize] >= REGION.max(strongest / 10);
        let holders = || {
            structure
                .lines
                .iter()
                .map(|l| container(structure, l.element))
        };
        let first = holders().find(is_region);
        let mut last = None;
        let regions = holders()
            .filter(is_region)
            .filter(|e| last.replace(*e) != Some(*e))
            .count();
        let titled = |tag: Tag| {
            structure.lines.iter().enumerate().find_map(|(i, l)| {
                let mut near = structure.up(l.element).take(4);
                near.any(|e| e.tag == tag).then_some((i, l.element))
            })
        };
        Self {
            title: titled(Tag::Title).or_else(|| titled(Tag::Heading)),
            first,
            regions,
            regions_passed: 0,
            last_region: None,
            alike,
            declared: structure
                .elements
                .iter()
                .any(|e| e.marks & Mark::Body.bit() != 0),
            best: best.map_or(0, |(path, _)| *path),
            prose: total as f32,
            half: deepest(0.5),
            most: deepest(0.9),
            densest: densest.unwrap_or(0) as u32,
            densest_prose: densest.map_or(0.0, |i| own[i] as f32),
            densest_passed: 0.0,
            templates,
            own,
            articles,
            sums,
            structure,
            of: None,
            distances: [FAR; TAGS.len() + MARKS.len()],
        }
    }

    /// The features of line `i` into the first [`COUNT`] places of `row`. Lines come in order, each once.
    pub(super) fn fill(&mut self, i: usize, row: &mut [f32]) {
        let structure = self.structure;
        let line = structure.lines[i];
        if self.of != Some(line.element) {
            self.measure(line.element);
        }
        let (head, rest) = row.split_at_mut(self.distances.len());
        head.copy_from_slice(&self.distances);
        let (levels, others) = rest.split_at_mut(SHARES.len());
        for (place, above) in levels.chunks_exact_mut(3).zip(
            structure
                .up(line.element)
                .map(Some)
                .chain(std::iter::repeat(None)),
        ) {
            place.copy_from_slice(&above.map_or([-1.0; 3], |e| {
                [
                    (1.0 + e.text as f32).ln(),
                    share(e.linked, e.text),
                    e.prose as f32 / (1.0 + structure.elements[0].prose as f32),
                ]
            }));
        }
        let here = path(structure, &line);
        let template = self.templates.entry(here).or_default();
        template.seen += 1;
        let template = *template;
        let mut out = others.iter_mut();
        let mut put = |value: f32| {
            if let Some(place) = out.next() {
                *place = value;
            }
        };
        let depth = |element: u32| f32::from(structure.elements[element as usize].depth);
        let neighbour = |by: isize| {
            i.checked_add_signed(by)
                .and_then(|j| structure.lines.get(j))
        };
        put(share(line.linked, line.text));
        put(share(line.emphasised, line.text));
        put(f32::from(u8::from(line.after_break)));
        put(depth(line.element));
        put((template.lines as f32).ln());
        put(template.prose as f32 / (1.0 + self.prose));
        put(f32::from(u8::from(here == self.best)));
        put(template.seen as f32 / template.lines.max(1) as f32);
        for target in [self.half, self.most, self.densest] {
            let meet = structure.common(line.element, target);
            put(f32::from(u8::from(meet == target)));
            put((depth(line.element) - depth(meet)).min(FAR));
            put((depth(target) - depth(meet)).min(FAR));
        }
        put(self.densest_passed / (1.0 + self.densest_prose));
        if container(structure, line.element) == self.densest {
            self.densest_passed += prose(&line) as f32;
        }
        for by in [-1, 1] {
            put(neighbour(by).map_or(FAR, |other| {
                depth(line.element) - depth(structure.common(line.element, other.element))
            }));
        }
        for by in [-1, 1] {
            put(neighbour(by).map_or(-1.0, |other| {
                f32::from(u8::from(path(structure, other) == here))
            }));
        }
        for by in [-1, 1, -2, 2] {
            put(neighbour(by).map_or(-1.0, |other| share(other.linked, other.text)));
        }
        let window = |reach: usize, what: usize| {
            let (a, b) = (
                i.saturating_sub(reach),
                (i + reach + 1).min(self.sums.len() - 1),
            );
            self.sums[b][what] - self.sums[a][what]
        };
        for reach in WINDOWS {
            put(share(window(reach, 1), window(reach, 0)));
        }
        put(share(window(WINDOWS[1], 2), window(WINDOWS[1], 0)));
        let article = self.article_of(line.element);
        put(self.articles.len().min(50) as f32);
        put(article.map_or(-1.0, |(held, _)| held as f32 / (1.0 + self.prose)));
        put(article.map_or(-1.0, |(_, rank)| rank.min(50) as f32));
        let root = &structure.elements[0];
        put(share(root.linked, root.text));
        put((1.0 + self.prose).ln());
        put((1.0 + siblings(structure, i)).ln());
        put(template.seen as f32);
        put(neighbour(-1).map_or(-1.0, |other| {
            f32::from(u8::from(
                structure.elements[other.element as usize].tag == Tag::Paragraph,
            ))
        }));
        let (up, down) = self.title.map_or((-1.0, -1.0), |(_, title)| {
            let meet = depth(structure.common(line.element, title));
            (depth(line.element) - meet, depth(title) - meet)
        });
        put(up.min(FAR));
        put(down.min(FAR));
        put(self.title.map_or(0.0, |(at, _)| {
            let by = (1.0 + i.abs_diff(at) as f32).ln();
            if i < at { -by } else { by }
        }));
        let holder = container(structure, line.element);
        match self.first {
            None => (0..3).for_each(|_| put(-1.0)),
            Some(first) => {
                let meet = structure.common(line.element, first);
                put(f32::from(u8::from(meet == first)));
                put((depth(line.element) - depth(meet)).min(FAR));
                put((depth(first) - depth(meet)).min(FAR));
            }
        }
        let held = &structure.elements[holder as usize];
        let own = self.own[holder as usize];
        put(own as f32 / (1.0 + self.prose));
        put(share(held.linked, held.text));
        put(own as f32 / (1.0 + self.densest_prose));
        if own >= REGION.max(self.densest_prose as u32 / 10) && self.last_region != Some(holder) {
            self.last_region = Some(holder);
            self.regions_passed += 1;
        }
        put(self.regions_passed.min(50) as f32);
        put(self.regions.min(50) as f32);
        put((1.0 + template.holders as f32).ln());
        let mut above = structure.up(holder);
        for _ in 0..4 {
            put(above.next().map_or(0.0, |e| {
                (self.alike.get(&e.path).copied().unwrap_or(1) as f32).ln()
            }));
        }
        put(f32::from(u8::from(self.declared)));
        put(f32::from(u8::from(self.regions_passed == 0)));
    }

    /// Prose and rank of the nearest `article` around `element`.
    fn article_of(&self, mut element: u32) -> Option<(u32, u32)> {
        loop {
            let here = &self.structure.elements[element as usize];
            if here.tag == Tag::Article {
                return self.articles.get(&element).copied();
            }
            if here.depth == 0 {
                return None;
            }
            element = here.parent;
        }
    }

    /// Distances from `element` up to the nearest of each tag and kind.
    fn measure(&mut self, element: u32) {
        self.of = Some(element);
        self.distances.fill(FAR);
        for (step, above) in self.structure.up(element).enumerate() {
            let step = (step as f32).min(FAR - 1.0);
            for (place, (tag, _)) in self.distances.iter_mut().zip(TAGS) {
                if above.tag == tag && *place >= FAR {
                    *place = step;
                }
            }
            if above.depth <= PAGE {
                continue;
            }
            let mut marks = above.marks;
            if marks & Mark::Caption.bit() != 0 {
                marks = (marks & !Mark::Caption.bit()) | Mark::Media.bit();
            }
            while marks != 0 {
                let place = &mut self.distances[TAGS.len() + marks.trailing_zeros() as usize];
                if *place >= FAR {
                    *place = step;
                }
                marks &= marks - 1;
            }
        }
    }
}

fn share(part: u32, whole: u32) -> f32 {
    if whole == 0 {
        0.0
    } else {
        part as f32 / whole as f32
    }
}

fn prose(line: &Line) -> u32 {
    let text = line.text.saturating_sub(line.linked);
    if text >= PROSE { text } else { 0 }
}

/// The template of a line: the path of its innermost block.
fn path(structure: &Structure, line: &Line) -> u64 {
    structure.elements[block(structure, line.element) as usize].path
}

/// The element itself, or the nearest above that is no mere emphasis, link or unnamed inline.
fn block(structure: &Structure, mut element: u32) -> u32 {
    loop {
        let here = &structure.elements[element as usize];
        if here.depth == 0 || !matches!(here.tag, Tag::Emphasis | Tag::Link) {
            return element;
        }
        element = here.parent;
    }
}

/// What holds a line's block: the parent of its paragraph, heading or item, or the block itself where it is a plain one.
fn container(structure: &Structure, element: u32) -> u32 {
    let block = block(structure, element);
    let here = &structure.elements[block as usize];
    match here.tag {
        Tag::Other | Tag::Article | Tag::Main | Tag::Section => block,
        _ => here.parent,
    }
}

/// Lines around line `i` that share its container, as far as they stand next to it, up to 50 on each side.
fn siblings(structure: &Structure, i: usize) -> f32 {
    let mine = container(structure, structure.lines[i].element);
    let same = |l: &&Line| container(structure, l.element) == mine;
    let before = structure.lines[..i].iter().rev().take(50).take_while(same);
    let after = structure.lines[i + 1..].iter().take(50).take_while(same);
    (before.count() + after.count()) as f32
}
