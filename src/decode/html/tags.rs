//! What the names of elements mean for the text: where lines break, what is not shown.

use crate::document::Tag;

/// How an element stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// Goes on in the line.
    Inline,
    /// Stands on lines of its own.
    Block,
    /// Stands on lines of its own with a blank line before and behind.
    Apart,
    /// A cell of a table: parted from the cell before by a tab.
    Cell,
    /// `br`.
    Break,
    /// Not shown, and neither is what it holds.
    Hidden,
}

/// What is known of an element by its name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub tag: Tag,
    pub layout: Layout,
    /// Its start ends an open one of the same group (`p`, items, cells), whose end tags are often left out.
    pub ends: Ends,
    /// White space in it stands as written.
    pub preformatted: bool,
}

/// Which open elements the start tag of an element ends: those that HTML allows to be left open (HTML Living Standard,
/// 13.1.2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    Nothing,
    /// Blocks end an open `p`.
    Paragraph,
    /// `li` ends an open `li` of the same list.
    Item,
    /// `dt` and `dd` end one another.
    Term,
    /// `td` and `th` end one another.
    Cell,
    /// `tr` ends an open `tr`, with its cells.
    Row,
}

/// The element called `name`, in lower case.
pub(super) fn known(name: &[u8]) -> Known {
    use Ends as E;
    use Layout as L;
    use Tag as T;
    let (tag, layout, ends) = match name {
        b"p" => (T::Paragraph, L::Apart, E::Paragraph),
        b"h1" => (T::Title, L::Apart, E::Paragraph),
        b"h2" | b"h3" | b"h4" | b"h5" | b"h6" | b"hgroup" => (T::Heading, L::Apart, E::Paragraph),
        b"ul" | b"ol" | b"dl" | b"dir" => (T::List, L::Apart, E::Paragraph),
        b"li" => (T::Item, L::Block, E::Item),
        b"dt" | b"dd" => (T::Item, L::Block, E::Term),
        b"table" => (T::Table, L::Apart, E::Paragraph),
        b"tbody" | b"thead" | b"tfoot" => (T::Table, L::Block, E::Nothing),
        b"tr" => (T::Table, L::Block, E::Row),
        b"td" | b"th" => (T::Cell, L::Cell, E::Cell),
        b"blockquote" => (T::Quote, L::Apart, E::Paragraph),
        b"q" | b"cite" => (T::Quote, L::Inline, E::Nothing),
        b"pre" | b"listing" | b"xmp" => (T::Code, L::Apart, E::Paragraph),
        b"code" | b"samp" | b"kbd" | b"tt" => (T::Code, L::Inline, E::Nothing),
        b"figure" => (T::Figure, L::Apart, E::Paragraph),
        b"picture" => (T::Figure, L::Inline, E::Nothing),
        b"figcaption" => (T::Caption, L::Block, E::Paragraph),
        b"caption" => (T::Caption, L::Block, E::Nothing),
        b"a" => (T::Link, L::Inline, E::Nothing),
        b"b" | b"strong" | b"em" | b"i" => (T::Emphasis, L::Inline, E::Nothing),
        b"nav" | b"menu" => (T::Navigation, L::Apart, E::Paragraph),
        b"header" => (T::Header, L::Apart, E::Paragraph),
        b"footer" => (T::Footer, L::Apart, E::Paragraph),
        b"aside" => (T::Aside, L::Apart, E::Paragraph),
        b"article" => (T::Article, L::Apart, E::Paragraph),
        b"main" => (T::Main, L::Apart, E::Paragraph),
        b"section" | b"search" => (T::Section, L::Apart, E::Paragraph),
        b"form" | b"fieldset" => (T::Form, L::Apart, E::Paragraph),
        b"button" | b"label" => (T::Control, L::Inline, E::Nothing),
        b"legend" | b"summary" => (T::Control, L::Block, E::Paragraph),
        b"time" => (T::Fact, L::Inline, E::Nothing),
        b"address" => (T::Fact, L::Apart, E::Paragraph),
        b"div" | b"body" | b"html" | b"center" | b"details" | b"noindex" => {
            (T::Other, L::Block, E::Paragraph)
        }
        b"hr" => (T::Other, L::Apart, E::Paragraph),
        b"br" => (T::Other, L::Break, E::Nothing),
        // Not shown, or shown as something other than text.
        b"head" | b"script" | b"style" | b"template" | b"noscript" | b"select" | b"datalist"
        | b"option" | b"textarea" | b"iframe" | b"frame" | b"frameset" | b"noframes"
        | b"object" | b"embed" | b"audio" | b"video" | b"canvas" | b"svg" | b"map" | b"meter"
        | b"progress" | b"title" | b"annotation" | b"annotation-xml" | b"applet" | b"noembed" => {
            (T::Other, L::Hidden, E::Nothing)
        }
        _ => (T::Other, L::Inline, E::Nothing),
    };
    let preformatted = matches!(name, b"pre" | b"listing" | b"xmp");
    Known {
        tag,
        layout,
        ends,
        preformatted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_elements_go_on_in_the_line() {
        assert_eq!(known(b"my-element").layout, Layout::Inline);
        assert_eq!(known(b"p").layout, Layout::Apart);
        assert_eq!(known(b"script").layout, Layout::Hidden);
    }
}
