//! What the comparison was given, in files: the kept texts, and a record of fixed width for each beside them.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::compare::{Compare, Rank};
use super::job::RunError;
use crate::corpus::spool::{CharRegion, Place, Spool, SpoolWriter};
use crate::dedup::{Dedup, Sketch};
use crate::document::DocId;
use crate::stage::Scratch;

/// Numbers of 64 bits in a record.
const NUMBERS: usize = 6;
/// Bytes of a record.
const RECORD: usize = NUMBERS * 8;
/// Documents that are sketched at a time when they are given again.
const CHUNK: usize = 1024;

/// One document, as the comparison wants it, but for its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Given {
    pub origin: u64,
    pub id: DocId,
    pub rank: Rank,
}

/// Keeps what the comparison is given.
#[derive(Debug)]
pub(super) struct ComparedWriter {
    texts: SpoolWriter,
    records: BufWriter<File>,
    count: u64,
}

fn texts_path(folder: &Path) -> PathBuf {
    folder.join("texts")
}

fn records_path(folder: &Path) -> PathBuf {
    folder.join("texts.records")
}

impl ComparedWriter {
    /// New files in `folder`.
    pub(super) fn create(folder: &Path) -> io::Result<Self> {
        Ok(Self {
            texts: SpoolWriter::create(&texts_path(folder))?,
            records: BufWriter::new(File::create(records_path(folder))?),
            count: 0,
        })
    }

    /// Keeps one document.
    pub(super) fn add(
        &mut self,
        given: Given,
        name: &str,
        text: &str,
        regions: &[CharRegion],
    ) -> io::Result<()> {
        self.texts.add(name, text, regions)?;
        let place = self.texts.last().unwrap_or_default();
        let pair = |low: u32, high: u32| u64::from(high) << 32 | u64::from(low);
        let Rank {
            words,
            edits,
            date,
            spun,
        } = given.rank;
        let record = [
            given.origin,
            given.id.0,
            pair(words, edits),
            // No date is the year 0.
            pair(date.unwrap_or(0), spun.into()),
            pair(place.text_len, place.name_len),
            place.regions.into(),
        ];
        for number in record {
            self.records.write_all(&number.to_le_bytes())?;
        }
        self.count += 1;
        Ok(())
    }

    /// Hands all of it to the system; how many documents there are.
    pub(super) fn flush(&mut self) -> io::Result<u64> {
        self.texts.flush()?;
        self.records.flush()?;
        Ok(self.count)
    }

    /// Goes on behind the first `count` documents of the files in `folder`, after giving these to `compare`.
    pub(super) fn again(
        folder: &Path,
        count: u64,
        dedup: &Dedup,
        compare: &mut Compare,
    ) -> Result<Self, RunError> {
        let path = records_path(folder);
        let failed = RunError::write(&path);
        let mut records = File::options()
            .read(true)
            .write(true)
            .open(&path)
            .map_err(&failed)?;
        let length = count * RECORD as u64;
        if records.metadata().map_err(&failed)?.len() < length {
            return Err(failed(io::ErrorKind::UnexpectedEof.into()));
        }
        let mut reader = BufReader::new((&records).take(length));
        let texts = texts_path(folder);
        let failed_texts = RunError::write(&texts);
        let mut stream =
            BufReader::with_capacity(1 << 20, File::open(&texts).map_err(&failed_texts)?);
        let mut places: Vec<Place> = Vec::new();
        let mut left = count;
        while left > 0 {
            let mut chunk: Vec<(Given, String)> = Vec::new();
            for _ in 0..left.min(CHUNK as u64) {
                let (given, mut place) = read_record(&mut reader).map_err(&failed)?;
                place.text = places.last().map_or(0, |p| p.end());
                places.push(place);
                let mut text = vec![0; place.text_len as usize];
                stream.read_exact(&mut text).map_err(&failed_texts)?;
                let text = String::from_utf8(text)
                    .map_err(|_| failed_texts(io::ErrorKind::InvalidData.into()))?;
                chunk.push((given, text));
                let rest = place.end() - place.text - u64::from(place.text_len);
                stream.seek_relative(rest as i64).map_err(&failed_texts)?;
            }
            left -= chunk.len() as u64;
            let sketches: Vec<Sketch> = chunk
                .par_iter()
                .map_init(Scratch::new, |scratch, (_, text)| {
                    dedup.sketch(text, scratch)
                })
                .collect();
            for ((given, _), sketch) in chunk.iter().zip(sketches) {
                compare.add_from(given.origin, given.id, given.rank, sketch)?;
            }
        }
        drop(reader);
        records.set_len(length).map_err(&failed)?;
        records.seek(io::SeekFrom::End(0)).map_err(&failed)?;
        Ok(Self {
            texts: SpoolWriter::again(&texts, places).map_err(&failed_texts)?,
            records: BufWriter::new(records),
            count,
        })
    }

    /// Ends writing; the texts can now be read.
    pub(super) fn finish(mut self) -> io::Result<Spool> {
        self.records.flush()?;
        self.texts.finish()
    }
}

fn read_record(reader: &mut impl Read) -> io::Result<(Given, Place)> {
    let mut bytes = [0; RECORD];
    reader.read_exact(&mut bytes)?;
    let mut numbers = [0u64; NUMBERS];
    for (number, bytes) in numbers.iter_mut().zip(bytes.as_chunks::<8>().0) {
        *number = u64::from_le_bytes(*bytes);
    }
    let [origin, id, counts, facts, lengths, regions] = numbers;
    let (low, high) = (|n: u64| n as u32, |n: u64| (n >> 32) as u32);
    let given = Given {
        origin,
        id: DocId(id),
        rank: Rank {
            words: low(counts),
            edits: high(counts),
            date: (low(facts) > 0).then(|| low(facts)),
            spun: high(facts) > 0,
        },
    };
    let place = Place {
        text: 0,
        text_len: low(lengths),
        name_len: high(lengths),
        regions: low(regions),
    };
    Ok((given, place))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dedup::Settings;
    use crate::edit::CharSpan;

    #[test]
    fn what_was_given_is_given_again_and_the_rest_cut_off() {
        let dir = tempfile::tempdir().unwrap();
        let dedup = Dedup::new(&Settings::default()).unwrap();
        let given = |n: u32| Given {
            origin: n.into(),
            id: DocId(n.into()),
            rank: Rank {
                words: n,
                edits: 2,
                date: (n > 1).then_some(20_260_101),
                spun: n == 2,
            },
        };
        let span = CharSpan { start: 0, end: 3 };
        let region = CharRegion {
            source: span,
            cleaned: span,
        };
        let mut writer = ComparedWriter::create(dir.path()).unwrap();
        let texts = ["the first text é", "", "the third one", "behind it"];
        for (n, text) in texts.iter().enumerate() {
            let regions = vec![region; n];
            writer
                .add(given(n as u32), &format!("n{n}"), text, &regions)
                .unwrap();
        }
        assert_eq!(writer.flush().unwrap(), 4);
        drop(writer);
        let mut reader = File::open(records_path(dir.path())).unwrap();
        for n in 0..4 {
            assert_eq!(read_record(&mut reader).unwrap().0, given(n));
        }

        let mut compare = Compare::new(&Settings::default(), 1 << 20, dir.path()).unwrap();
        let mut writer = ComparedWriter::again(dir.path(), 3, &dedup, &mut compare).unwrap();
        writer.add(given(3), "new", "another end", &[]).unwrap();
        let spool = writer.finish().unwrap();
        let back: Vec<(&str, &str)> = (0..5).map(|n| (spool.name(n), spool.text(n))).collect();
        assert_eq!(
            back,
            [
                ("n0", texts[0]),
                ("n1", ""),
                ("n2", texts[2]),
                ("new", "another end"),
                ("", "")
            ]
        );
        let more = ComparedWriter::again(dir.path(), 9, &dedup, &mut compare);
        assert!(matches!(more, Err(RunError::Write { .. })));
    }
}
