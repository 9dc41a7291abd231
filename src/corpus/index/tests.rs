use super::*;
use crate::corpus::spool::SpoolWriter;

fn shape(words: &str) -> Shape {
    [("shingle_words".to_owned(), words.to_owned())].into()
}

/// Adds a segment with documents of these texts, the second of which does not count.
fn add(index: &mut Index, texts: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = SpoolWriter::new(dir.path()).unwrap();
    for text in texts {
        spool.add(&format!("name of {text}"), text, &[]).unwrap();
    }
    let spool = spool.finish().unwrap();
    let mut incoming = index.begin(&["input".to_owned()]).unwrap();
    let count = texts.len() as u64;
    incoming.bands((0..count).map(|n| Ok([10 + n, n]))).unwrap();
    let places = (0..count).map(|n| Ok([20 + n, n << 32 | 7]));
    incoming.fingerprints(places).unwrap();
    incoming
        .columns(texts.iter().map(|t| t.as_bytes()))
        .unwrap();
    let numbers = 0..spool.len();
    incoming
        .texts(numbers.clone().map(|n| spool.get(n).bytes()))
        .unwrap();
    let mut column_end = 0;
    incoming
        .documents(numbers.map(|n| {
            column_end += texts[n as usize].len() as u64;
            Entry {
                id: u64::from(n) + 100,
                words: 3,
                edits: 4,
                date: 20_200_229,
                dead: n == 1,
                spun: n == 2,
                place: spool.place(n).unwrap(),
                column_end,
                ..Entry::default()
            }
        }))
        .unwrap();
    index.commit(incoming).unwrap();
}

#[test]
fn segments_come_back_and_merge() {
    let dir = tempfile::tempdir().unwrap();
    let mut index = Index::for_adding(dir.path(), &shape("5")).unwrap();
    add(&mut index, &["one", "two", "three"]);
    add(&mut index, &["four"]);
    drop(index);
    let mut index = Index::for_adding(dir.path(), &shape("5")).unwrap();
    assert_eq!(index.segments().len(), 2);
    let first = &index.segments()[0];
    assert_eq!((first.documents(), first.entries()), (2, 3));
    assert_eq!(first.spooled(2).text(), "three");
    assert_eq!(first.spooled(0).name(), "name of one");
    assert_eq!(first.column(1), b"two");
    let entry = first.entry(0).unwrap();
    assert_eq!(
        (entry.id, entry.words, entry.edits, entry.date),
        (100, 3, 4, 20_200_229)
    );
    assert!(first.entry(2).unwrap().spun && !first.entry(1).unwrap().spun);
    assert!(first.entry(1).unwrap().dead && first.entry(3).is_none());

    assert_eq!(index.merge().unwrap(), 2);
    let merged = &index.segments()[0];
    assert_eq!((merged.documents(), merged.entries()), (3, 3));
    let texts: Vec<&str> = (0..3).map(|n| merged.spooled(n).text()).collect();
    assert_eq!(texts, ["one", "three", "four"]);
    assert_eq!(merged.column(1), b"three");
    let bands: Vec<[u64; 2]> = merged.bands().unwrap().map(Result::unwrap).collect();
    assert_eq!(bands, [[10, 0], [10, 2], [12, 1]]);
    let places: Vec<[u64; 2]> = merged.fingerprints().unwrap().map(Result::unwrap).collect();
    assert_eq!(places[2], [22, 1 << 32 | 7]);
    let report = Index::verify(dir.path()).unwrap();
    assert_eq!((report.whole, report.documents), (1, 3));
    assert!(report.damage.is_empty() && report.leftovers.is_empty());
}

#[test]
fn one_writer_at_a_time_and_one_shape() {
    let dir = tempfile::tempdir().unwrap();
    let index = Index::for_adding(dir.path(), &shape("5")).unwrap();
    assert!(matches!(
        Index::for_adding(dir.path(), &shape("5")),
        Err(IndexError::Busy { .. })
    ));
    drop(index);
    assert!(matches!(
        Index::for_adding(dir.path(), &shape("3")),
        Err(IndexError::Shape { .. })
    ));
}

#[test]
fn what_a_dead_run_left_is_told_and_cleared() {
    let dir = tempfile::tempdir().unwrap();
    let index = Index::for_adding(dir.path(), &shape("5")).unwrap();
    let incoming = index.begin(&["crawl".to_owned()]).unwrap();
    // As if the process had died.
    std::mem::forget(incoming);
    drop(index);
    let report = Index::verify(dir.path()).unwrap();
    assert_eq!(report.leftovers[0].inputs, ["crawl"]);
    drop(Index::for_adding(dir.path(), &shape("5")).unwrap());
    assert!(Index::verify(dir.path()).unwrap().leftovers.is_empty());
}
