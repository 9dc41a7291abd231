//! What the markup of a page says about the lines of its text.
//!
//! A [`Structure`] is the tree of the elements that are shown, thinned to what tells content from furniture: the tag, the
//! kinds of words in class names and roles, how much text and how much linked text stands inside, and a number for the
//! path from the root, equal for elements that a template has made alike.

/// Elements of a page and where its lines stand among them.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Structure {
    /// In the order of their start tags, so parents stand before their children. The first is the root.
    pub elements: Vec<Element>,
    /// One for each line of the document's text that is not blank, in order.
    pub lines: Vec<Line>,
}

/// An element that is shown.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Element {
    /// Index of the parent; the root is its own.
    pub parent: u32,
    /// Steps from the root.
    pub depth: u16,
    /// What kind of element it is.
    pub tag: Tag,
    /// Kinds of words in `class`, `id`, `role`, `itemprop` and `rel`: bits of [`Mark`].
    pub marks: u32,
    /// Equal for elements with the same tags and class names from the root down.
    pub path: u64,
    /// Bytes of text inside, descendants included.
    pub text: u32,
    /// Bytes of text inside links, descendants included.
    pub linked: u32,
    /// Bytes of text in paragraphs: elements `p`, and others with a long text of their own.
    pub prose: u32,
}

/// A line of the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Line {
    /// Index of the innermost element that holds the whole line.
    pub element: u32,
    /// Byte of the markup at which the line's text begins.
    pub source: usize,
    /// Bytes of text.
    pub text: u32,
    /// Bytes of text inside links.
    pub linked: u32,
    /// Bytes of text inside emphasis: `b`, `strong`, `em`, `i`.
    pub emphasised: u32,
    /// Whether a `br` stands before the line.
    pub after_break: bool,
}

/// Elements that a reader of structure tells apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum Tag {
    /// Any element without a meaning of its own: `div`, `span` and unknown ones.
    #[default]
    Other,
    /// `p`.
    Paragraph,
    /// `h1`.
    Title,
    /// `h2` to `h6`.
    Heading,
    /// `ul`, `ol`, `menu`, `dl`.
    List,
    /// `li`, `dt`, `dd`.
    Item,
    /// `table`, `tbody`, `tr`.
    Table,
    /// `td`, `th`.
    Cell,
    /// `blockquote`, `q`.
    Quote,
    /// `pre`, `code`, `samp`, `kbd`.
    Code,
    /// `figure`, `picture`.
    Figure,
    /// `figcaption`, `caption`.
    Caption,
    /// `a` with an address.
    Link,
    /// `b`, `strong`, `em`, `i`.
    Emphasis,
    /// `nav`, `menu`.
    Navigation,
    /// `header`.
    Header,
    /// `footer`.
    Footer,
    /// `aside`.
    Aside,
    /// `article`.
    Article,
    /// `main`.
    Main,
    /// `section`.
    Section,
    /// `form`, `fieldset`.
    Form,
    /// `button`, `label`, `legend`.
    Control,
    /// `time`, `address`.
    Fact,
}

/// Kinds of words that page makers put into class names, identifiers and roles; each is a bit of [`Element::marks`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum Mark {
    /// The main text: `article`, `content`, `entry`, `post`, `story`, `body`, `main`.
    Content,
    /// Declared to be the text itself: `itemprop=articleBody` and its kin.
    Body,
    /// Comments of readers.
    Comment,
    /// Share and follow buttons.
    Share,
    /// Teasers of other pages: `related`, `recommended`, `more`, `trending`, `popular`.
    Related,
    /// Menus, breadcrumbs, pagination, tabs of contents.
    Navigation,
    /// Head of the page: `header`, `masthead`, `banner`, `topbar`.
    Header,
    /// Foot of the page: `footer`, `copyright`, `legal`.
    Footer,
    /// Columns beside the text: `sidebar`, `aside`, `widget`, `rail`.
    Sidebar,
    /// Advertising: `ad`, `sponsor`, `promo`, `affiliate`.
    Advert,
    /// Newsletter and registration boxes.
    Newsletter,
    /// Consent banners.
    Consent,
    /// Credits, galleries, media.
    Media,
    /// Writer: `byline`, `author`, `bio`.
    Author,
    /// Dates and other facts at the headline: `date`, `meta`, `info`, `published`.
    Meta,
    /// Tags, topics, categories.
    Topic,
    /// Headline: `title`, `headline`, `heading`.
    Title,
    /// Standfirst: `dek`, `lead`, `intro`, `summary`, `subtitle`.
    Lead,
    /// Overlays, dialogs, notices: `modal`, `popup`, `alert`, `tooltip`.
    Overlay,
    /// Forms, buttons, searching, logins, carts.
    Control,
    /// Lists of cards and items: `card`, `item`, `grid`, `list`, `carousel`, `teaser`.
    Card,
    /// For screen readers only, or hidden until something is done.
    Hidden,
    /// Not printed: `noprint`.
    NoPrint,
    /// Reviews, ratings, prices.
    Product,
    /// Captions of pictures.
    Caption,
}

impl Mark {
    /// How many kinds there are.
    pub const COUNT: usize = Self::Caption as usize + 1;

    /// The bit of this kind.
    pub const fn bit(self) -> u32 {
        1 << self as u32
    }
}

impl Structure {
    /// The ancestors of `element`, itself first, the root last.
    pub fn up(&self, element: u32) -> impl Iterator<Item = &Element> + '_ {
        let mut next = self.elements.get(element as usize);
        std::iter::from_fn(move || {
            let here = next?;
            next = if here.depth == 0 {
                None
            } else {
                self.elements.get(here.parent as usize)
            };
            Some(here)
        })
    }

    /// The innermost element that holds both `a` and `b`.
    pub fn common(&self, a: u32, b: u32) -> u32 {
        innermost(&self.elements, a, b)
    }
}

/// The innermost of `elements` that holds both `a` and `b`.
pub(crate) fn innermost(elements: &[Element], mut a: u32, mut b: u32) -> u32 {
    while a != b {
        let (x, y) = (&elements[a as usize], &elements[b as usize]);
        if x.depth >= y.depth {
            if x.depth == 0 {
                return 0;
            }
            a = x.parent;
        } else {
            b = y.parent;
        }
    }
    a
}
