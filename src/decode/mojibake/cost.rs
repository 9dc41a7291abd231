//! How surprising a character is where it stands, in bits: the scale on which a garbled reading and its repair meet.
//!
//! The costs and classes stand in `data/decode/characters.tsv`. They are rounded logarithms of how often a character
//! stands in web text that uses its script, plus what its neighbours make of it.

use std::sync::LazyLock;

/// What a character is beside others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::decode) enum Class {
    Lower,
    Upper,
    /// Latin beyond Latin-1, either case.
    Latin,
    Digit,
    Space,
    /// Closing punctuation and what stands after words.
    Close,
    Open,
    Symbol,
    Box,
    Mark,
    Control,
    /// Letters of another script: its letter in the table, and whether upper case.
    Script(u8, bool),
    Unknown,
}

struct Table {
    /// First and last character, class, bits; sorted.
    rows: Vec<(u32, u32, Class, u8)>,
    /// What stands below [`TABLED`], where nearly all look-ups are.
    low: Vec<Kind>,
    /// Of what stands beyond, as far as the basic plane goes, for each [`BLOCK`] of characters the kind that all of them have, if
    /// one is: ideographs, Hangul and kana are many and alike.
    blocks: Vec<Option<Kind>>,
    /// [`beside`] of two classes, by their numbers.
    beside: Box<[i8; CLASSES * CLASSES]>,
}

const TABLED: u32 = 0x2600;
/// Characters that stand together in the table of those beyond [`TABLED`].
const BLOCK: usize = 64;
/// Classes there are numbers for: twelve, and 26 scripts in two cases.
const CLASSES: usize = 64;

/// The number of a character's class, and bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    number: u8,
    own: u8,
}

impl Kind {
    fn class(self) -> Class {
        Class::of_number(self.number)
    }
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut rows: Vec<(u32, u32, Class, u8)> = include_str!("../../../data/decode/characters.tsv")
        .lines()
        .filter_map(parse)
        .collect();
    rows.sort_unstable_by_key(|r| r.0);
    let low = (0..TABLED).map(|c| find(&rows, c)).collect();
    let blocks = (0..0x1_0000 / BLOCK)
        .map(|block| {
            let mut kinds = (0..BLOCK).map(|i| find(&rows, (block * BLOCK + i) as u32));
            let first = kinds.next()?;
            kinds.all(|kind| kind == first).then_some(first)
        })
        .collect();
    let mut sums = Box::new([0; CLASSES * CLASSES]);
    let class = |number: usize| Class::of_number(number as u8);
    for (i, sum) in sums.iter_mut().enumerate() {
        *sum = beside(class(i / CLASSES), class(i % CLASSES)) as i8;
    }
    Table {
        rows,
        low,
        blocks,
        beside: sums,
    }
});

impl Class {
    const PLAIN: [Self; 12] = [
        Self::Lower,
        Self::Upper,
        Self::Latin,
        Self::Digit,
        Self::Space,
        Self::Close,
        Self::Open,
        Self::Symbol,
        Self::Box,
        Self::Mark,
        Self::Control,
        Self::Unknown,
    ];

    /// Its number, below [`CLASSES`].
    fn number(self) -> u8 {
        match self {
            Self::Script(script, upper) => {
                let letter = script.wrapping_sub(b'a').min(25);
                Self::PLAIN.len() as u8 + 2 * letter + u8::from(upper)
            }
            plain => Self::PLAIN.iter().position(|c| *c == plain).unwrap_or(0) as u8,
        }
    }

    fn of_number(number: u8) -> Self {
        let plain = Self::PLAIN.get(usize::from(number)).copied();
        plain.unwrap_or_else(|| {
            let script = number - Self::PLAIN.len() as u8;
            Self::Script(b'a' + script / 2, script % 2 == 1)
        })
    }
}

impl Table {
    #[inline]
    fn kind(&self, c: char) -> Kind {
        let code = c as usize;
        match self.low.get(code) {
            Some(kind) => *kind,
            None => match self.blocks.get(code / BLOCK) {
                Some(Some(kind)) => *kind,
                _ => find(&self.rows, c as u32),
            },
        }
    }

    #[inline]
    fn beside(&self, left: Kind, right: Kind) -> i32 {
        // Numbers are below that by their making; the remainder says so to the compiler.
        let place = usize::from(left.number) * CLASSES + usize::from(right.number);
        i32::from(self.beside[place % self.beside.len()])
    }
}

fn parse(row: &str) -> Option<(u32, u32, Class, u8)> {
    let mut fields = row.split('\t');
    let range = fields.next()?;
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let class = match fields.next()?.bytes().next()? {
        b'l' => Class::Lower,
        b'U' => Class::Upper,
        b'v' | b'V' => Class::Latin,
        b'p' => Class::Close,
        b'o' => Class::Open,
        b's' => Class::Symbol,
        b'b' => Class::Box,
        b'm' => Class::Mark,
        b'n' => Class::Space,
        b'?' => Class::Unknown,
        script => Class::Script(script.to_ascii_lowercase(), script.is_ascii_uppercase()),
    };
    let code = |hex: &str| u32::from_str_radix(hex, 16).ok();
    Some((
        code(first)?,
        code(last)?,
        class,
        fields.next()?.parse().ok()?,
    ))
}

fn find(rows: &[(u32, u32, Class, u8)], c: u32) -> Kind {
    let (class, own) = classify(rows, c);
    Kind {
        number: class.number(),
        own,
    }
}

fn classify(rows: &[(u32, u32, Class, u8)], c: u32) -> (Class, u8) {
    let ascii = match c {
        0x30..=0x39 => Some((Class::Digit, 4)),
        0x41..=0x5A => Some((Class::Upper, 5)),
        0x61..=0x7A => Some((Class::Lower, 4)),
        0x09 | 0x0A | 0x0D | 0x20 => Some((Class::Space, 3)),
        0x22 | 0x27 | 0x28 | 0x5B | 0x7B => Some((Class::Open, 7)),
        0x21..=0x7E => Some((Class::Close, 7)),
        0..0xA0 => Some((Class::Control, 16)),
        _ => None,
    };
    if let Some(found) = ascii {
        return found;
    }
    match rows
        .partition_point(|r| r.0 <= c)
        .checked_sub(1)
        .map(|i| rows[i])
    {
        Some((_, last, class, bits)) if c <= last => (class, bits),
        _ => (Class::Unknown, UNMET),
    }
}

/// Bits of characters that the table does not hold.
const UNMET: u8 = 14;

/// The class and the bits of a character.
pub(in crate::decode) fn class(c: char) -> (Class, u8) {
    let kind = TABLE.kind(c);
    (kind.class(), kind.own)
}

/// Bits that the neighbourhood of two classes adds.
#[expect(
    clippy::match_same_arms,
    reason = "a line is an idea; equal bits are chance"
)]
pub(in crate::decode) fn beside(left: Class, right: Class) -> i32 {
    use Class::{
        Box, Close, Digit, Latin, Lower, Mark, Open, Script, Space, Symbol, Unknown, Upper,
    };
    match (left, right) {
        (Lower | Latin, Upper) => 6,
        (Digit, Upper) => 3,
        (Lower | Upper | Latin, Symbol) | (Symbol, Lower | Upper | Latin | Script(..)) => 4,
        (Lower | Upper | Latin | Script(..), Open) => 3,
        // Ideographs, kana and Hangul stand beside digits and capitals (`T恤`), seldom inside a Latin word.
        (Lower | Latin, Script(b'k', _)) | (Script(b'k', _), Lower | Latin) => 10,
        (Lower | Upper | Latin | Close, Script(..)) | (Script(..), Lower | Upper | Latin) => 5,
        // Words of two scripts are hardly ever written; nor are scripts that the table does not tell apart.
        (Script(a, _), Script(b, _)) if a != b => 12,
        (Lower | Upper | Latin | Script(..), Unknown)
        | (Unknown, Lower | Upper | Latin | Script(..)) => 8,
        (Script(_, false), Script(_, true)) => 6,
        (Script(..), Symbol) => 4,
        (Space | Digit | Open, Script(..)) | (Lower | Upper | Latin | Space, Mark) => 5,
        (Box, Lower | Upper | Digit) | (Lower | Upper | Digit, Box) => 4,
        (Box, Box) => -7,
        (Space, Box) | (Box, Space) => -3,
        (Unknown, Unknown) => -2,
        (Open, Close | Symbol) | (Symbol, Symbol) => 2,
        _ => 0,
    }
}

/// Whether the letter at `at` stands in a word of its own script beyond Latin: garbled words begin with what is garbled.
pub(in crate::decode) fn is_inside(text: &str, at: usize) -> bool {
    let script = |c: Option<char>| match c.map(|c| class(c).0) {
        Some(Class::Script(script, _)) => Some(script),
        _ => None,
    };
    let before = script(text[..at].chars().next_back());
    before.is_some() && before == script(text[at..].chars().next())
}

/// The kind of a character.
#[inline]
pub(super) fn kind(c: char) -> Kind {
    TABLE.kind(c)
}

/// The bits of `chars` between `before` and `after`.
#[inline]
pub(in crate::decode) fn of(
    chars: impl IntoIterator<Item = char>,
    before: Option<char>,
    after: Option<char>,
) -> i32 {
    let mut sum = Sum::behind(before);
    for c in chars {
        sum.add(c);
    }
    sum.before(after)
}

/// The bits of what a repair writes, with those against scripts hardly ever met: bytes at random make such.
pub(super) fn of_repair(chars: &[char], before: Option<char>, after: Option<char>) -> i32 {
    let mut sum = Sum::behind(before);
    for &c in chars {
        sum.add_repaired(c);
    }
    sum.before(after)
}

/// The bits of characters behind one another, while they are read.
#[derive(Clone, Copy)]
pub(super) struct Sum {
    table: &'static Table,
    last: Kind,
    bits: i32,
}

impl Sum {
    /// Of those behind `before`; the edge of a text is as a blank.
    #[inline]
    pub(super) fn behind(before: Option<char>) -> Self {
        let table = &*TABLE;
        Self {
            table,
            last: table.kind(before.unwrap_or(' ')),
            bits: 0,
        }
    }

    #[inline]
    pub(super) fn add(&mut self, c: char) {
        self.add_kind(self.table.kind(c));
    }

    /// One of a repair, as [`of_repair`] has it.
    #[inline]
    pub(super) fn add_repaired(&mut self, c: char) {
        let kind = self.table.kind(c);
        self.add_kind(kind);
        self.bits += if kind == UNMET_KIND { 6 } else { 0 };
    }

    /// One of that [`kind`].
    #[inline]
    pub(super) fn add_kind(&mut self, kind: Kind) {
        self.bits += i32::from(kind.own) + self.table.beside(self.last, kind);
        self.last = kind;
    }

    /// All, where `after` comes next.
    #[inline]
    pub(super) fn before(self, after: Option<char>) -> i32 {
        let next = self.table.kind(after.unwrap_or(' '));
        self.bits + self.table.beside(self.last, next)
    }
}

/// The kind of characters that the table does not hold.
const UNMET_KIND: Kind = Kind {
    number: Class::PLAIN.len() as u8 - 1,
    own: UNMET,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_hold_what_the_rows_say() {
        let table = &*TABLE;
        for c in ('\0'..=char::MAX).step_by(7) {
            assert_eq!(table.kind(c), find(&table.rows, c as u32), "{c:?}");
        }
        assert_eq!(UNMET_KIND.class(), Class::Unknown);
        assert_eq!(table.kind('\u{12000}'), UNMET_KIND);
    }

    #[test]
    fn classes_have_numbers_of_their_own() {
        for number in 0..CLASSES as u8 {
            assert_eq!(Class::of_number(number).number(), number);
        }
        let table = &*TABLE;
        for (left, right) in [('a', 'Б'), ('a', 'É'), ('я', 'Б'), ('─', '─'), ('漢', 'a')]
        {
            let [l, r] = [left, right].map(|c| table.kind(c));
            assert_eq!(table.beside(l, r), beside(l.class(), r.class()));
        }
    }
}
