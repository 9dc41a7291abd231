//! The measure of the PAN text-alignment tasks: character precision and recall averaged over detections and cases,
//! granularity, and plagdet, which joins them.
//!
//! Source: Potthast, Stein, Barrón-Cedeño, Rosso 2010, An Evaluation Framework for Plagiarism Detection, COLING.

use limpid::edit::ByteSpan;

/// A stretch of one text and the stretch of another that it was copied from, or that is said to be its source.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    /// Numbers of the two documents, the smaller first.
    pub(crate) documents: (u32, u32),
    pub(crate) spans: (ByteSpan, ByteSpan),
}

impl Pair {
    pub(crate) fn new((x, x_span): (u32, ByteSpan), (y, y_span): (u32, ByteSpan)) -> Self {
        if x < y {
            Self {
                documents: (x, y),
                spans: (x_span, y_span),
            }
        } else {
            Self {
                documents: (y, x),
                spans: (y_span, x_span),
            }
        }
    }

    /// Whether one is a detection of the other: both stretches meet.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        self.documents == other.documents
            && self.spans.0.overlaps(other.spans.0)
            && self.spans.1.overlaps(other.spans.1)
    }

    fn len(&self) -> usize {
        self.spans.0.len() + self.spans.1.len()
    }

    /// Share of the bytes of this one that the `others` which meet it cover.
    pub(crate) fn covered(&self, others: &[Self]) -> f64 {
        let met: Vec<&Self> = others.iter().filter(|o| self.meets(o)).collect();
        let side = |side: fn(&Self) -> ByteSpan| {
            let own = side(self);
            (own.start..own.end)
                .filter(|at| {
                    met.iter()
                        .any(|o| (side(o).start..side(o).end).contains(at))
                })
                .count()
        };
        (side(|p| p.spans.0) + side(|p| p.spans.1)) as f64 / self.len() as f64
    }
}

/// Sums over cases and detections; those of several runs can be added.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Score {
    pub(crate) cases: usize,
    pub(crate) found: usize,
    pub(crate) detections: usize,
    /// Detections that meet no case.
    pub(crate) foreign: usize,
    /// Detections of all cases that are found.
    pieces: usize,
    covered: f64,
    right: f64,
}

impl Score {
    pub(crate) fn of(cases: &[Pair], detections: &[Pair]) -> Self {
        let mut score = Self {
            cases: cases.len(),
            detections: detections.len(),
            ..Self::default()
        };
        for case in cases {
            let pieces = detections.iter().filter(|d| d.meets(case)).count();
            score.found += usize::from(pieces > 0);
            score.pieces += pieces;
            score.covered += case.covered(detections);
        }
        for detection in detections {
            score.foreign += usize::from(!cases.iter().any(|c| c.meets(detection)));
            score.right += detection.covered(cases);
        }
        score
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.cases += other.cases;
        self.found += other.found;
        self.detections += other.detections;
        self.foreign += other.foreign;
        self.pieces += other.pieces;
        self.covered += other.covered;
        self.right += other.right;
    }

    pub(crate) fn recall(&self) -> f64 {
        self.covered / self.cases.max(1) as f64
    }

    pub(crate) fn precision(&self) -> f64 {
        self.right / self.detections.max(1) as f64
    }

    /// Detections of a case that is found, on average.
    pub(crate) fn granularity(&self) -> f64 {
        self.pieces as f64 / self.found.max(1) as f64
    }

    pub(crate) fn plagdet(&self) -> f64 {
        let (p, r) = (self.precision(), self.recall());
        if p + r == 0.0 {
            return 0.0;
        }
        2.0 * p * r / (p + r) / (1.0 + self.granularity().max(1.0)).log2()
    }
}
