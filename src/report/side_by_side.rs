//! Two texts beside each other in the terminal, what differs marked.

use std::io::{self, Write};

use super::terminal::{GREEN, RED_STRUCK, Style, printable};
use crate::pipeline::pair::Pair;

/// Words of an equal stretch from which its middle is left out.
const LONG: usize = 120;
/// Words shown on either end of one.
const ENDS: usize = 30;

/// What a word is to the other text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Same,
    Gone,
    New,
}

/// The lines of one column.
struct Column {
    lines: Vec<Vec<(Class, String)>>,
    /// Characters in the last line.
    used: usize,
    width: usize,
    style: Style,
}

impl Column {
    fn new(width: usize, style: Style) -> Self {
        Self {
            lines: vec![Vec::new()],
            used: 0,
            width,
            style,
        }
    }

    /// Characters that a word adds to the last line, with a blank and its marks.
    fn cost(&self, class: Class, word: &str) -> usize {
        let marks = if class == Class::Same || self.style.color {
            0
        } else {
            4
        };
        word.chars().count() + marks + usize::from(self.used > 0)
    }

    fn fits(&self, class: Class, word: &str) -> bool {
        self.used == 0 || self.used + self.cost(class, word) <= self.width
    }

    fn end_line(&mut self) {
        self.lines.push(Vec::new());
        self.used = 0;
    }

    fn push(&mut self, class: Class, word: &str) {
        // A word wider than the column is cut, so that the columns stay apart.
        let most = self.width.saturating_sub(4).max(1);
        if word.chars().count() > most {
            let (mut part, mut n) = (String::new(), 0);
            for c in word.chars() {
                if n == most {
                    self.push(class, &part);
                    part.clear();
                    n = 0;
                }
                part.push(c);
                n += 1;
            }
            self.push(class, &part);
            return;
        }
        if !self.fits(class, word) {
            self.end_line();
        }
        self.used += self.cost(class, word);
        if let Some(line) = self.lines.last_mut() {
            line.push((class, word.to_owned()));
        }
    }

    fn push_all(&mut self, class: Class, words: &[&str]) {
        for word in words {
            self.push(class, word);
        }
    }

    /// Line `i` with its marks, and the characters it takes.
    fn rendered(&self, i: usize) -> (String, usize) {
        let (mut out, mut used) = (String::new(), 0);
        for (class, word) in self.lines.get(i).into_iter().flatten() {
            if used > 0 {
                out.push(' ');
                used += 1;
            }
            let (open, close) = match class {
                Class::Same => ("", ""),
                Class::Gone => self.style.mark(RED_STRUCK, "[-", "-]"),
                Class::New => self.style.mark(GREEN, "{+", "+}"),
            };
            used += word.chars().count();
            if !self.style.color {
                used += open.len() + close.len();
            }
            out += open;
            out += word;
            out += close;
        }
        (out, used)
    }
}

/// Writes both texts side by side in `width` characters: the same words on the same lines, what only the first has struck (or in
/// [-…-]), what only the second has green (or in {+…+}). The middle of long equal stretches is left out.
///
/// # Errors
/// When `out` cannot be written.
pub fn side_by_side(
    out: &mut impl Write,
    pair: &Pair,
    width: usize,
    style: Style,
) -> io::Result<()> {
    const BETWEEN: &str = " │ ";
    let width = (width.max(40) - 3) / 2;
    let (mut left, mut right) = (Column::new(width, style), Column::new(width, style));
    for piece in &pair.stretches {
        let shown = [
            printable(piece.a.of(&pair.texts[0])),
            printable(piece.b.of(&pair.texts[1])),
        ];
        let [a, b] = shown
            .each_ref()
            .map(|t| t.split_whitespace().collect::<Vec<_>>());
        if !piece.equal {
            left.push_all(Class::Gone, &a);
            right.push_all(Class::New, &b);
            continue;
        }
        level(&mut left, &mut right);
        // Words apart by marks alone can be cut otherwise by blanks; then the texts are shown one beside the other.
        if a.len() != b.len() {
            left.push_all(Class::Same, &a);
            right.push_all(Class::Same, &b);
            level(&mut left, &mut right);
            continue;
        }
        for (i, (x, y)) in a.iter().zip(&b).enumerate() {
            if a.len() > LONG && (ENDS..a.len() - ENDS).contains(&i) {
                if i == ENDS {
                    let note = format!("[… {} words …]", a.len() - 2 * ENDS);
                    for column in [&mut left, &mut right] {
                        column.end_line();
                        column.push(Class::Same, &note);
                        column.end_line();
                    }
                    level(&mut left, &mut right);
                }
                continue;
            }
            if !left.fits(Class::Same, x) || !right.fits(Class::Same, y) {
                left.end_line();
                right.end_line();
            }
            left.push(Class::Same, x);
            right.push(Class::Same, y);
            level(&mut left, &mut right);
        }
    }
    for i in 0..left.lines.len().max(right.lines.len()) {
        let (text, used) = left.rendered(i);
        let space = " ".repeat(width.saturating_sub(used));
        writeln!(
            out,
            "{}",
            format!("{text}{space}{BETWEEN}{}", right.rendered(i).0).trim_end()
        )?;
    }
    Ok(())
}

/// Brings both columns to the same line.
fn level(left: &mut Column, right: &mut Column) {
    while left.lines.len() < right.lines.len() {
        left.end_line();
    }
    while right.lines.len() < left.lines.len() {
        right.end_line();
    }
}
