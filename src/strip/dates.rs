//! Calendar dates in running text, in the formats that pages write, to ISO 8601 where only one day can be meant.

use super::lexicon::Lexicon;
use crate::edit::ByteSpan;
use crate::text::words::words;

/// A date and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The bytes of the date in the text searched.
    pub span: ByteSpan,
    /// `YYYY-MM-DD`, or the text as it stands where day and month cannot be told apart.
    pub iso: String,
}

#[derive(Clone, Copy)]
enum Token {
    Number {
        value: u32,
        digits: usize,
    },
    Month(u32),
    /// `de`, `of`, `der`, `año`, `г`: may stand inside a date.
    Filler,
    Other,
}

/// The first date in `text`; only the first 40 words are looked at.
pub(super) fn find(text: &str, lexicon: &Lexicon) -> Option<Found> {
    let mut spans = [ByteSpan::default(); 40];
    let mut tokens = [Token::Other; 40];
    let mut n = 0;
    for span in words(text) {
        // Words join across hyphens; dates do not.
        let mut at = span.start;
        for part in span.of(text).split('-') {
            if n == tokens.len() {
                break;
            }
            spans[n] = ByteSpan::new(at, at + part.len());
            tokens[n] = token(part, lexicon);
            at += part.len() + 1;
            n += 1;
        }
    }
    (0..n).find_map(|i| {
        let (used, date) = at(&tokens[i..n])?;
        let span = ByteSpan::new(spans[i].start, spans[i + used - 1].end);
        let tight = spans[i..i + used]
            .windows(2)
            .all(|w| w[1].start - w[0].end <= 3);
        let iso = match date {
            Some((y, m, d)) => format!("{y:04}-{m:02}-{d:02}"),
            None => span.of(text).to_owned(),
        };
        tight.then_some(Found { span, iso })
    })
}

fn token(word: &str, lexicon: &Lexicon) -> Token {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 && digits <= 4 {
        let tail = &word[digits..];
        if matches!(
            tail,
            "" | "st" | "nd" | "rd" | "th" | "er" | "º" | "年" | "月" | "日"
        ) || tail.starts_with('T')
        {
            return Token::Number {
                value: word[..digits].parse().unwrap_or(0),
                digits,
            };
        }
        return Token::Other;
    }
    if word.len() > 24 {
        return Token::Other;
    }
    let lower = word.to_lowercase();
    if let Some(month) = lexicon.month(&lower) {
        return Token::Month(u32::from(month));
    }
    match lower.as_str() {
        "de" | "of" | "del" | "den" => Token::Filler,
        _ => Token::Other,
    }
}

type Day = (u32, u32, u32);

/// The date at the beginning of `tokens`: how many of them, and the day if it is certain.
fn at(tokens: &[Token]) -> Option<(usize, Option<Day>)> {
    use Token::{Filler, Month, Number};
    let day = |v: u32| (1..=31).contains(&v);
    let year = |v: u32, digits: usize| digits == 4 && (1500..=2199).contains(&v);
    match *tokens {
        [
            Number {
                value: y,
                digits: 4,
            },
            Number { value: m, .. },
            Number { value: d, .. },
            ..,
        ] if year(y, 4) && (1..=12).contains(&m) && day(d) => Some((3, Some((y, m, d)))),
        [
            Number {
                value: a,
                digits: x,
            },
            Number {
                value: b,
                digits: z,
            },
            Number { value: y, digits },
            ..,
        ] if year(y, digits) && day(a) && day(b) && x <= 2 && z <= 2 && (a <= 12 || b <= 12) => {
            let sure = match (a > 12, b > 12) {
                (true, false) => Some((y, b, a)),
                (false, true) => Some((y, a, b)),
                _ if a == b => Some((y, a, b)),
                _ => None,
            };
            Some((3, sure))
        }
        [
            Month(m),
            Number { value: d, .. },
            Number { value: y, digits },
            ..,
        ] if day(d) && year(y, digits) => Some((3, Some((y, m, d)))),
        [
            Number { value: d, .. },
            Month(m),
            Number { value: y, digits },
            ..,
        ] if day(d) && year(y, digits) => Some((3, Some((y, m, d)))),
        [
            Number { value: d, .. },
            Filler,
            Month(m),
            Filler,
            Number { value: y, digits },
            ..,
        ] if day(d) && year(y, digits) => Some((5, Some((y, m, d)))),
        [
            Number { value: d, .. },
            Filler,
            Month(m),
            Number { value: y, digits },
            ..,
        ]
        | [
            Number { value: d, .. },
            Month(m),
            Filler,
            Number { value: y, digits },
            ..,
        ] if day(d) && year(y, digits) => Some((4, Some((y, m, d)))),
        _ => None,
    }
}

/// Words of `text` that belong to no date, clock time, count or the words around them; and whether a date is there.
pub(super) fn others(text: &str, lexicon: &Lexicon) -> (usize, Option<Found>) {
    let found = find(text, lexicon);
    let others = words(text)
        .filter(|s| !found.as_ref().is_some_and(|f| f.span.contains(*s)))
        .filter(|s| {
            let word = s.of(text);
            let known = word.bytes().next().is_some_and(|b| b.is_ascii_digit())
                || (word.len() <= 24 && {
                    let lower = word.to_lowercase();
                    lexicon.month(&lower).is_some() || lexicon.is_dateword(&lower)
                });
            !known
        })
        .count();
    (others, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iso(text: &str) -> Option<String> {
        find(text, &Lexicon::load().expect("embedded data is sound")).map(|f| f.iso)
    }

    #[test]
    fn dates_of_many_formats_are_read() {
        for (text, day) in [
            ("August 23, 2025", "2025-08-23"),
            ("Posted on 23rd of August 2025 at 10:15", "2025-08-23"),
            ("Veröffentlicht am 3. März 2021", "2021-03-03"),
            ("23/08/2025 example.org", "2025-08-23"),
            ("Updated 2025-08-23T10:11:12Z", "2025-08-23"),
            ("Publicado el 5 de enero de 2020", "2020-01-05"),
            ("1er janvier 2019", "2019-01-01"),
            ("9 września 2018", "2018-09-09"),
            ("12 мая 2017 г.", "2017-05-12"),
            ("Mon, Sep. 2, 2013", "2013-09-02"),
        ] {
            assert_eq!(iso(text).as_deref(), Some(day), "{text}");
        }
    }

    #[test]
    fn a_day_that_could_be_a_month_stays_as_it_stands() {
        assert_eq!(iso("03/04/2021").as_deref(), Some("03/04/2021"));
        assert_eq!(iso("04.04.2021").as_deref(), Some("2021-04-04"));
    }

    #[test]
    fn numbers_alone_are_no_date() {
        assert_eq!(iso("In 2021 there were 45 of 70"), None);
        assert_eq!(iso("Section 12.4.1999999"), None);
        assert_eq!(iso("may 5"), None);
    }
}
