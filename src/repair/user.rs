//! Lexicons that the user brings: the file format, read with complaints that say what to do, and written.
//!
//! The columns are those of the inverse lexicons in `data/repair`, and two more that may be missing: what was counted
//! (`12|3 of 17`: how often each repair was meant, of how many times the phrase stood in spun text) and the family.
//! A row with prior 0 is not used: it waits until more of its kind have been seen, or somebody has switched it off.

use std::fmt::Write;

use super::Family;
use super::condition::Condition;
use super::lexicon::MAX_WORDS;
use crate::stage::SetupError;
use crate::text::words::words;

/// Most repairs of one row.
const MOST_REPAIRS: usize = 20;

/// The head of a file, before its rows.
const HEAD: &str = "\
# Lexicon of a spinner, for `limpid clean --lexicon`; written by `limpid learn-spin`. Rows may be changed, added and taken out.
# spun	repairs, best first	form	prior	left	right	source	counts	family
";

/// What stands above the rows that are not used yet.
const WAITING: &str =
    "# seen too seldom: prior 0 keeps these out of use until more of their kind are learned\n";

/// A lexicon as the user gives it: what its file is called and holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserLexicon {
    /// For messages.
    pub name: String,
    /// The file's text.
    pub text: String,
}

/// What was counted for a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// How often each repair was meant, in their order.
    pub(super) repairs: Vec<u64>,
    /// How often the phrase stood in spun text.
    pub(super) of: u64,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// 1-based; 0 for a row that comes from no file.
    pub(super) line: usize,
    pub(super) spun: String,
    pub(super) repairs: Vec<String>,
    pub(super) form: String,
    /// Percent; 0 for a row that is not used.
    pub(super) prior: u8,
    pub(super) left: String,
    pub(super) right: String,
    pub(super) source: String,
    pub(super) counts: Option<Counts>,
    /// The family whose text the row is for; `None` for any.
    pub(super) family: Option<Family>,
}

/// What is wrong with a row, and what to do about it.
type Complaint = (String, &'static str);

impl UserLexicon {
    /// Reads the file; returns how many rows it holds.
    ///
    /// # Errors
    /// When it is malformed: which line, and what to do about it.
    pub fn check(&self) -> Result<usize, SetupError> {
        Ok(self.rows()?.len())
    }

    /// The rows, in the order of the file.
    pub(super) fn rows(&self) -> Result<Vec<Row>, SetupError> {
        self.text
            .trim_start_matches('\u{feff}')
            .lines()
            .enumerate()
            .filter(|(_, l)| !l.trim().is_empty() && !l.starts_with('#'))
            .map(|(i, l)| row(i + 1, l).map_err(|complaint| self.error(i + 1, complaint)))
            .collect()
    }

    /// A complaint about the line `line`.
    pub(super) fn error(&self, line: usize, (problem, remedy): Complaint) -> SetupError {
        SetupError::Lexicon {
            name: self.name.clone(),
            line,
            problem,
            remedy,
        }
    }
}

fn row(line: usize, text: &str) -> Result<Row, Complaint> {
    let columns: Vec<&str> = text.split('\t').collect();
    if !(7..=9).contains(&columns.len()) {
        return Err((
            format!(
                "{} columns parted by tabs, where 7 to 9 belong",
                columns.len()
            ),
            "the columns are: spun, repairs, form, prior, left, right, source, counts, family; the last two may be missing, empty ones keep their tab",
        ));
    }
    let column = |i: usize| columns.get(i).copied().unwrap_or("").trim();
    let (spun, form) = (column(0), column(2));
    if !matches!(form, "x" | "n" | "v" | "a" | "p") {
        return Err((
            format!("the form {form:?} is none of x n v a p"),
            "x: exactly so, n: a noun and its plural, v: a verb and all its forms, a: an adjective or adverb, p: a name",
        ));
    }
    check_phrase(spun, "spun phrase")?;
    if form != "p" && spun != spun.to_lowercase() {
        return Err((
            format!("the spun phrase {spun:?} holds capitals"),
            "write it in lower case, or give it the form p if it is a name that is spelled so",
        ));
    }
    let repairs: Vec<String> = column(1).split('|').map(|r| r.trim().to_owned()).collect();
    if repairs.len() > MOST_REPAIRS {
        return Err((
            format!(
                "{} repairs, where at most {MOST_REPAIRS} belong",
                repairs.len()
            ),
            "keep those that are meant most often",
        ));
    }
    for repair in &repairs {
        check_phrase(repair, "repair")?;
        if repair == spun {
            return Err((
                format!("the phrase {spun:?} is its own repair"),
                "take the repair out",
            ));
        }
    }
    let prior = column(3).parse().ok().filter(|p| *p <= 99).ok_or((
        format!("the prior {:?} is no whole number from 0 to 99", column(3)),
        "it is the percentage of cases, seen in spun text, in which a repair is meant; 0 switches the row off",
    ))?;
    for side in [column(4), column(5)] {
        Condition::parse(side).map_err(|problem| {
            (
                problem,
                "a condition is words parted by blanks, ! before what is forbidden, or classes such as <det> <prep> <end>",
            )
        })?;
    }
    Ok(Row {
        line,
        spun: spun.to_owned(),
        form: form.to_owned(),
        prior,
        left: column(4).to_owned(),
        right: column(5).to_owned(),
        source: column(6).to_owned(),
        counts: counts(column(7), repairs.len())?,
        family: family(column(8))?,
        repairs,
    })
}

/// A phrase must be words with one blank between two, or nothing in a text can be it.
fn check_phrase(phrase: &str, what: &str) -> Result<(), Complaint> {
    const REMEDY: &str =
        "a phrase is one to ten words with single blanks between them and no punctuation";
    let count = phrase.split(' ').count();
    if phrase.is_empty() {
        Err((format!("the {what} is empty"), REMEDY))
    } else if count > MAX_WORDS {
        Err((format!("the {what} has {count} words"), REMEDY))
    } else if let Some(odd) = phrase.split(' ').find(|w| !is_word(w)) {
        Err((format!("{odd:?} in the {what} is no word"), REMEDY))
    } else {
        Ok(())
    }
}

fn is_word(text: &str) -> bool {
    let mut found = words(text);
    found.next().is_some_and(|span| span.len() == text.len()) && found.next().is_none()
}

fn counts(text: &str, repairs: usize) -> Result<Option<Counts>, Complaint> {
    if text.is_empty() {
        return Ok(None);
    }
    let read = || {
        let (each, of) = text.split_once(" of ")?;
        let each: Option<Vec<u64>> = each.split('|').map(|n| n.parse().ok()).collect();
        Some(Counts {
            repairs: each?,
            of: of.parse().ok()?,
        })
    };
    match read() {
        Some(counts) if counts.repairs.len() == repairs => Ok(Some(counts)),
        _ => Err((
            format!("the counts {text:?} do not fit {repairs} repairs"),
            "write one number for each repair and of how many, such as 12|3 of 17, or leave the column empty",
        )),
    }
}

/// The family of that name.
fn family(name: &str) -> Result<Option<Family>, Complaint> {
    Ok(Some(match name {
        "" => return Ok(None),
        "W" => Family::W,
        "A" => Family::A,
        "B" => Family::B,
        _ => {
            return Err((
                format!("the family {name:?} is none of W A B"),
                "leave the column empty for a row that holds in text of any spinner",
            ));
        }
    }))
}

/// The file that holds `rows`: those in use by their phrase, then those that wait.
pub(super) fn write(rows: &[Row]) -> String {
    let mut sorted: Vec<&Row> = rows.iter().collect();
    sorted.sort_by_key(|r| (r.prior == 0, &r.spun, &r.form, &r.left, &r.right));
    let mut out = HEAD.to_owned();
    for (i, row) in sorted.iter().enumerate() {
        if row.prior == 0 && (i == 0 || sorted[i - 1].prior > 0) {
            out.push_str(WAITING);
        }
        let (repairs, counts, family) = (row.repairs.join("|"), told(row), row.family);
        let Row {
            spun,
            form,
            prior,
            left,
            right,
            source,
            ..
        } = row;
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            "{spun}\t{repairs}\t{form}\t{prior}\t{left}\t{right}\t{source}\t{counts}"
        );
        if let Some(family) = family {
            let _ = write!(out, "\t{family:?}");
        }
        out.push('\n');
    }
    out
}

fn told(row: &Row) -> String {
    row.counts.as_ref().map_or_else(String::new, |counts| {
        let each: Vec<String> = counts.repairs.iter().map(u64::to_string).collect();
        format!("{} of {}", each.join("|"), counts.of)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Vec<Row>, SetupError> {
        UserLexicon {
            name: "mine.tsv".to_owned(),
            text: text.to_owned(),
        }
        .rows()
    }

    #[test]
    fn rows_come_back_as_they_were_written() {
        let text = format!(
            "{HEAD}big hound\tdog\tx\t80\t\t<prep>\tlearned\t4 of 4\n\
             zorb\tuse|employ\tv\t90\t!the\t\tlearned\t7|2 of 9\tA\n\
             {WAITING}zot\tjump\tx\t0\t\t\tlearned\t1 of 1\n"
        );
        let rows = read(&text).unwrap();
        assert_eq!(rows.len(), 3);
        assert_eq!(rows[1].family, Some(Family::A));
        assert_eq!(write(&rows), text);
    }

    #[test]
    fn files_of_seven_columns_and_other_line_ends_are_read() {
        let rows = read("\u{feff}zorb\tuse\tv\t90\t\t\tmine\r\n\r\n# more\r\n").unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].source.as_str(), &rows[0].counts), ("mine", &None));
    }

    #[test]
    fn complaints_name_line_and_remedy() {
        for (row, problem) in [
            ("zorb\tuse", "2 columns"),
            ("zorb\tuse\tq\t90\t\t\tmine", "none of x n v a p"),
            ("\tuse\tx\t90\t\t\tmine", "phrase is empty"),
            ("Zorb\tuse\tx\t90\t\t\tmine", "capitals"),
            ("zorb, it\tuse\tx\t90\t\t\tmine", "no word"),
            ("zorb  it\tuse\tx\t90\t\t\tmine", "no word"),
            ("a b c d e f g h i j k\tuse\tx\t90\t\t\tmine", "11 words"),
            ("zorb\tuse|\tx\t90\t\t\tmine", "repair is empty"),
            ("zorb\tzorb\tx\t90\t\t\tmine", "own repair"),
            ("zorb\tuse\tx\t100\t\t\tmine", "0 to 99"),
            ("zorb\tuse\tx\t\t\t\tmine", "0 to 99"),
            ("zorb\tuse\tx\t90\t<what>\t\tmine", "no class"),
            ("zorb\tuse\tx\t90\t\t\tmine\t3|1 of 4", "do not fit"),
            ("zorb\tuse\tx\t90\t\t\tmine\tthree", "do not fit"),
            ("zorb\tuse\tx\t90\t\t\tmine\t\tR", "none of W A B"),
        ] {
            let error = read(&format!("# head\n{row}\n")).unwrap_err();
            let text = error.to_string();
            assert!(
                text.starts_with("mine.tsv: line 2: ") && text.contains(problem),
                "{text}"
            );
            assert!(error.help().is_some(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_file_panics(text in "([a-z<>!|# \t\n0-9]|\\PC){0,200}") {
            let _ = read(&text);
        }

        #[test]
        fn no_row_panics(cells in prop::collection::vec("[a-zA-Z<>!|' -]{0,12}|[0-9]{1,3}|[xnvap]|[0-9]{1,2} of [0-9]{1,2}", 5..10)) {
            let _ = read(&cells.join("\t"));
        }
    }
}
