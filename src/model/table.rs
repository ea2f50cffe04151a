//! Weights of all labels by bucket, in sixteen bits each, so that a feature of seven labels is sixteen bytes: one
//! load, and sums of whole numbers, which come out the same in any order ([`super::sums`]).
//!
//! Entry of bucket j: `idf_j^2, w_j1 idf_j, ..., w_jL idf_j` in units of one scale each, all zero for a bucket never
//! seen; padded to a power of two, so that an entry lies in one cache line. What rounding costs is measured in
//! `models/README.md`.

/// How finely weights are kept, in memory and in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// Evenly spaced steps, 32,767 up to the label's largest weight.
    #[default]
    Short,
    /// The square of a byte, with its sign, for a model that is shipped in a program: small weights, of which a
    /// comment sums up hundreds, keep a finer grain than evenly spaced steps would give them.
    Byte,
}

impl Precision {
    /// The largest number of steps.
    fn n_steps(self) -> f32 {
        match self {
            Self::Short => 32_767.0,
            Self::Byte => 127.0 * 127.0,
        }
    }

    /// The nearest number of steps; `share` is between -1 and 1.
    fn round(self, share: f32) -> i16 {
        match self {
            Self::Short => (share * self.n_steps()).round() as i16,
            Self::Byte => {
                let root = (share.abs().sqrt() * 127.0).round() as i16;
                root * root * if share < 0.0 { -1 } else { 1 }
            }
        }
    }
}

/// Weights of all labels by bucket, interleaved.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightTable {
    bits: u32,
    n_labels: usize,
    /// Numbers in an entry.
    stride: usize,
    precision: Precision,
    entries: Vec<i16>,
    /// The unit of squared idf, then of each label's weights.
    scales: Vec<f32>,
}

/// Labels at most: an entry has room for 64 numbers.
pub(crate) const MAX_LABELS: usize = 63;

impl WeightTable {
    /// Rounds the numbers of `2^bits` buckets: squared idf (0 for a bucket never seen, else at least 1) and weights
    /// times idf. Both are asked for twice: for the largest, and for all.
    pub fn new(
        bits: u32,
        n_labels: usize,
        precision: Precision,
        idf_squared: impl Fn(u32) -> f32,
        weight: impl Fn(usize, u32) -> f32,
    ) -> Self {
        let columns = || (0..1_u32 << bits).filter(|&column| idf_squared(column) > 0.0);
        let largest = |value: &dyn Fn(u32) -> f32| {
            columns().fold(0.0_f32, |largest, column| largest.max(value(column).abs()))
        };
        let mut scales = vec![largest(&idf_squared) / Precision::Short.n_steps()];
        for label_idx in 0..n_labels {
            scales.push(largest(&|column| weight(label_idx, column)) / precision.n_steps());
        }
        let mut table = Self::empty(bits, precision, scales);
        let round = |precision: Precision, value: f32, scale: f32| {
            let share = value / (scale * precision.n_steps());
            precision.round(if share.is_finite() {
                share.clamp(-1.0, 1.0)
            } else {
                0.0
            })
        };
        for column in columns() {
            let at = column as usize * table.stride;
            // Never 0: the bucket was seen.
            let square = round(Precision::Short, idf_squared(column), table.scales[0]);
            table.entries[at] = square.max(1);
            for label_idx in 0..n_labels {
                let value = weight(label_idx, column);
                table.entries[at + 1 + label_idx] =
                    round(precision, value, table.scales[1 + label_idx]);
            }
        }
        table
    }

    /// A table of zeros with a scale for squared idf and one for each label.
    pub(super) fn empty(bits: u32, precision: Precision, scales: Vec<f32>) -> Self {
        let stride = scales.len().next_power_of_two();
        Self {
            bits,
            n_labels: scales.len() - 1,
            stride,
            precision,
            entries: vec![0; stride << bits],
            scales,
        }
    }

    /// Number of buckets is `2^bits`.
    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// Number of labels.
    pub fn n_labels(&self) -> usize {
        self.n_labels
    }

    /// How finely weights are kept.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// Squared inverse document frequency of a bucket; 0 for one never seen.
    #[inline]
    pub fn idf_squared(&self, column: u32) -> f64 {
        f64::from(self.entries[column as usize * self.stride]) * f64::from(self.scales[0])
    }

    /// Evidence weight times idf.
    #[inline]
    pub fn weight(&self, label_idx: usize, column: u32) -> f64 {
        let steps = self.entries[column as usize * self.stride + 1 + label_idx];
        f64::from(steps) * f64::from(self.scales[1 + label_idx])
    }

    /// Buckets that training saw, in order.
    pub fn used(&self) -> impl Iterator<Item = u32> + '_ {
        let entries = self.entries.chunks_exact(self.stride).zip(0..);
        entries.filter_map(|(entry, column)| (entry[0] > 0).then_some(column))
    }

    /// The scales: of squared idf, then by label.
    pub(crate) fn scales(&self) -> &[f32] {
        &self.scales
    }

    /// Numbers of a bucket: squared idf, then by label.
    pub(crate) fn steps(&self, column: u32) -> &[i16] {
        let at = column as usize * self.stride;
        &self.entries[at..=at + self.n_labels]
    }

    /// The same, to be set.
    pub(super) fn steps_mut(&mut self, column: u32) -> &mut [i16] {
        let at = column as usize * self.stride;
        &mut self.entries[at..=at + self.n_labels]
    }

    /// Numbers in an entry: a power of two.
    pub(super) fn stride(&self) -> usize {
        self.stride
    }

    /// The entries by bucket.
    ///
    /// # Panics  if `N` is not the stride
    pub(super) fn entries<const N: usize>(&self) -> &[[i16; N]] {
        assert_eq!(N, self.stride);
        self.entries.as_chunks().0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(precision: Precision, n_labels: usize) -> WeightTable {
        let idf_squared = |column: u32| {
            if column.is_multiple_of(3) {
                0.0
            } else {
                1.0 + column as f32
            }
        };
        let weight =
            |label_idx: usize, column: u32| (column as f32 - 7.5) * (1.0 + label_idx as f32);
        WeightTable::new(4, n_labels, precision, idf_squared, weight)
    }

    #[test]
    fn numbers_are_kept_to_half_a_step() {
        for precision in [Precision::Short, Precision::Byte] {
            let table = table(precision, 2);
            assert_eq!(
                table.used().collect::<Vec<_>>(),
                [1, 2, 4, 5, 7, 8, 10, 11, 13, 14]
            );
            for column in table.used() {
                assert!((table.idf_squared(column) - 1.0 - f64::from(column)).abs() < 1e-3);
                for label_idx in 0..2 {
                    let expected = (f64::from(column) - 7.5) * (1.0 + label_idx as f64);
                    let error = (table.weight(label_idx, column) - expected).abs();
                    let largest = 6.5 * (1.0 + label_idx as f64);
                    let step = match precision {
                        Precision::Short => largest / 32_767.0,
                        Precision::Byte => largest * (expected.abs() / largest).sqrt() / 127.0,
                    };
                    assert!(
                        error < 1.01 * step + 1e-6,
                        "{precision:?} {column}: {error} {step}"
                    );
                }
            }
            assert_eq!((table.idf_squared(3), table.weight(1, 3)), (0.0, 0.0));
        }
    }

    #[test]
    fn a_table_of_zeros_has_no_weights() {
        let table = WeightTable::new(3, 2, Precision::Byte, |_| 0.0, |_, _| 0.0);
        assert_eq!(table.used().count(), 0);
        let table = WeightTable::new(3, 1, Precision::Byte, |_| 1.0, |_, _| 0.0);
        assert_eq!((table.used().count(), table.weight(0, 1)), (8, 0.0));
    }
}
