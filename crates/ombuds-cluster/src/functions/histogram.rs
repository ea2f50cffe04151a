//! The mergeable state behind all figures: scores of labelled comments, counted by bin.

use arrow::array::{ArrayRef, AsArray as _};
use arrow::datatypes::Float64Type;
use datafusion::common::{Result, ScalarValue, exec_datafusion_err, exec_err};
use datafusion::logical_expr::Accumulator;
use ombuds::metrics::ScoreHistogram;

use super::figure::Figure;

/// As it travels between processes.
///
/// # Panics  never: whole numbers have a form in JSON
pub fn encode(histogram: &ScoreHistogram) -> Vec<u8> {
    serde_json::to_vec(histogram).expect("whole numbers have a form in JSON")
}

/// The inverse of [`encode`].
///
/// # Errors
/// Bytes that are no histogram.
pub fn decode(bytes: &[u8]) -> Result<ScoreHistogram> {
    serde_json::from_slice(bytes).map_err(|error| exec_datafusion_err!("bad histogram: {error}"))
}

/// Counts rows whose score and label are both known.
#[derive(Debug)]
pub(super) struct HistogramAccumulator {
    histogram: ScoreHistogram,
    figure: Figure,
}

impl HistogramAccumulator {
    pub(super) fn new(figure: Figure) -> Self {
        Self {
            histogram: ScoreHistogram::new(ScoreHistogram::DEFAULT_BINS),
            figure,
        }
    }
}

impl Accumulator for HistogramAccumulator {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let [scores, labels] = values else {
            return exec_err!("{} takes a score and a label", self.figure.name());
        };
        let scores = scores.as_primitive::<Float64Type>();
        let labels = labels.as_primitive::<Float64Type>();
        for (score, label) in scores.iter().zip(labels) {
            let (Some(score), Some(label)) = (score, label) else {
                continue;
            };
            (self.histogram.update(score, label, 1.0))
                .map_err(|error| exec_datafusion_err!("{}: {error}", self.figure.name()))?;
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let states = states[0].as_binary::<i32>();
        for state in states.iter().flatten() {
            (self.histogram.merge(&decode(state)?))
                .map_err(|error| exec_datafusion_err!("{error}"))?;
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::Binary(Some(encode(&self.histogram)))])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(self.figure.of(&self.histogram))
    }

    fn size(&self) -> usize {
        // A bin is three 128-bit sums.
        size_of_val(self) + ScoreHistogram::DEFAULT_BINS * 48
    }
}
