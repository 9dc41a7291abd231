//! A survey in files, so that a run which goes on need not read the corpus again for it.
//!
//! `lines` holds the counts of lines as [`Counted`] maps them; `rest` all else, [`numbers`].

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;
use std::sync::Arc;

use super::{Calm, Survey, numbers};
use crate::corpus::counts::Counted;
use crate::document::DocId;

const LINES: &str = "survey.lines";
const REST: &str = "survey.rest";

impl Survey {
    /// Writes the survey into `folder`.
    ///
    /// # Errors
    /// When the disk is full.
    pub(crate) fn save(&self, folder: &Path) -> io::Result<()> {
        let mut lines = BufWriter::new(File::create(folder.join(LINES))?);
        self.lines.write(&mut lines)?;
        lines.into_inner().map_err(io::IntoInnerError::into_error)?;
        let mut numbers = vec![
            self.documents,
            self.spun,
            self.clean_words,
            self.lines.len() as u64,
        ];
        let mut ngrams: Vec<_> = self.ngrams.iter().map(|(&k, &n)| (k, n)).collect();
        ngrams.sort_unstable();
        numbers.push(ngrams.len() as u64);
        for (key, n) in ngrams {
            numbers.extend([key, n.into()]);
        }
        let mut claims: Vec<_> = self.claims.iter().map(|(&k, &n)| (k, n)).collect();
        claims.sort_unstable();
        numbers.push(claims.len() as u64);
        for (key, (tried, speak)) in claims {
            numbers.extend([key, u64::from(tried) << 32 | u64::from(speak)]);
        }
        numbers.push(self.calm.len() as u64);
        for (id, calm) in &self.calm {
            numbers.extend([id.0, calm.bytes, calm.numbers()]);
        }
        // Last: where it is, the survey was finished.
        numbers::write(&folder.join(REST), &numbers)
    }

    /// The survey that [`save`](Self::save) wrote into `folder`; `None` where there is none, or not all of it.
    pub(crate) fn load(folder: &Path) -> Option<Self> {
        let mut numbers = numbers::read(&folder.join(REST))?.into_iter();
        let mut next = || numbers.next();
        let mut survey = Self {
            documents: next()?,
            spun: next()?,
            clean_words: next()?,
            ..Self::default()
        };
        let lines = Counted::open(&folder.join(LINES)).ok()?;
        if next()? != lines.len() as u64 {
            return None;
        }
        survey.lines = Arc::new(lines);
        for _ in 0..next()? {
            survey.ngrams.insert(next()?, next()? as u32);
        }
        for _ in 0..next()? {
            let (key, n) = (next()?, next()?);
            survey.claims.insert(key, ((n >> 32) as u32, n as u32));
        }
        for _ in 0..next()? {
            let id = DocId(next()?);
            survey.calm.push((id, Calm::of_numbers(next()?, next()?)));
        }
        Some(survey)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_survey_answers_as_before() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Survey::load(dir.path()).is_none());
        let mut survey = Survey {
            documents: 7,
            spun: 1,
            clean_words: 12,
            lines: Arc::new([(5u64, 2u32), (9, 3)].into_iter().collect()),
            ..Survey::default()
        };
        survey.ngrams.insert(u64::MAX, 4);
        survey.claims.insert(3, (2, 1));
        let calm = Calm {
            bytes: 10,
            evidence: f32::INFINITY,
            score: 0.25,
        };
        survey.set_calm(vec![(DocId(8), calm), (DocId(2), calm)]);
        survey.save(dir.path()).unwrap();
        let back = Survey::load(dir.path()).unwrap();
        assert_eq!((back.documents, back.spun, back.clean_words), (7, 1, 12));
        assert_eq!([5, 9, 6].map(|k| back.documents_with(k)), [2, 3, 1]);
        assert_eq!((back.ngrams, back.claims), (survey.ngrams, survey.claims));
        assert_eq!(back.calm, survey.calm);
        // Cut short or changed, it is none.
        let path = dir.path().join(REST);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[9] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert!(Survey::load(dir.path()).is_none());
    }

    #[test]
    fn an_empty_survey_comes_back_too() {
        let dir = tempfile::tempdir().unwrap();
        Survey::default().save(dir.path()).unwrap();
        assert_eq!(Survey::load(dir.path()).unwrap().documents(), 0);
    }
}
