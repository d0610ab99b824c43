//! A histogram of positive numbers over many magnitudes, in constant memory.
//!
//! What is counted in it is its callers' business.

/// Parts of an octave: neighbours differ by 1.09 %.
const PARTS: usize = 64;

/// The octaves that are told apart: from 2^−20 to 2^34; what is beyond counts in the outermost.
const LOWEST: f64 = -20.0;
const OCTAVES: usize = 54;

/// How often which number came.
#[derive(Clone, Debug)]
pub(super) struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

/// One row of a picture: so many numbers from `low` up to `high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Row {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) count: u64,
}

impl Histogram {
    pub(super) fn new() -> Self {
        Self { counts: vec![0; OCTAVES * PARTS], total: 0 }
    }

    /// Counts `value`.
    pub(super) fn record(&mut self, value: f64) {
        let place = ((value.log2() - LOWEST) * PARTS as f64).floor();
        let place = place.clamp(0.0, (OCTAVES * PARTS - 1) as f64) as usize;
        if let Some(count) = self.counts.get_mut(place) {
            *count += 1;
        }
        self.total += 1;
    }

    /// The number below which this share lies, to 1 %; 0 when there is none.
    pub(super) fn quantile(&self, share: f64) -> f64 {
        let mut rest = (share * self.total as f64).ceil().max(1.0) as u64;
        for (place, count) in self.counts.iter().enumerate() {
            if rest <= *count {
                return edge(place).midpoint(edge(place + 1));
            }
            rest -= count;
        }
        0.0
    }

    /// How many there are.
    pub(super) const fn total(&self) -> u64 {
        self.total
    }

    /// At most `rows` rows of equal ratio that hold all numbers; those between that hold none are
    /// rows too.
    pub(super) fn rows(&self, rows: usize) -> Vec<Row> {
        let is_some = |count: &u64| *count > 0;
        let Some(first) = self.counts.iter().position(is_some) else { return Vec::new() };
        let last = self.counts.iter().rposition(is_some).unwrap_or(first);
        let width = (last - first + 1).div_ceil(rows.max(1));
        let places: Vec<usize> = (first..=last).step_by(width).collect();
        let row = |start: usize| Row {
            low: edge(start),
            high: edge(start + width),
            count: self.counts.iter().skip(start).take(width).sum(),
        };
        places.into_iter().map(row).collect()
    }
}

/// The lower edge of the part number `place`.
fn edge(place: usize) -> f64 {
    (place as f64 / PARTS as f64 + LOWEST).exp2()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: quantiles are right to 1 % over many magnitudes, and extremes are not lost.
    #[test]
    fn quantiles_are_close() {
        let mut histogram = Histogram::new();
        (1..=100_000).for_each(|k| histogram.record(f64::from(k) / 100.0));
        for (share, value) in [(0.001, 1.0), (0.5, 500.0), (0.999, 999.0)] {
            let found = histogram.quantile(share);
            assert!((found / value - 1.0).abs() < 0.012, "{share}: {found}");
        }
        for extreme in [0.0, -1.0, 1e300, f64::NAN] {
            histogram.record(extreme);
        }
        assert_eq!(histogram.total(), 100_004);
        assert_eq!(Histogram::new().quantile(0.5), 0.0);
    }

    /// Goal: rows are as few as asked for, join, and hold everything.
    #[test]
    fn rows_hold_everything() {
        let mut histogram = Histogram::new();
        for value in [0.9, 1.0, 1.0, 1.1, 7.0, 250.0] {
            histogram.record(value);
        }
        let rows = histogram.rows(12);
        assert!(rows.len() <= 12 && rows.len() > 6, "{rows:?}");
        assert_eq!(rows.iter().map(|row| row.count).sum::<u64>(), 6);
        assert!(rows.windows(2).all(|pair| pair[0].high == pair[1].low));
        assert!(rows[0].low <= 0.9 && rows[rows.len() - 1].high > 250.0);
        assert!(Histogram::new().rows(5).is_empty());
    }
}
