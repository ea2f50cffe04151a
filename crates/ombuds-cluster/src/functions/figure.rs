//! Aggregate functions of labelled comments: `roc_auc(score, label)` and the like.
//!
//! All count scores by bins of 1/10,000, in whole numbers, so that one machine and ten give the same bits. What the
//! bins can hide is the business of [`HistogramSummary`](ombuds::metrics::HistogramSummary), which `evaluate` prints.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Signature, Volatility};
use ombuds::metrics::ScoreHistogram;

use super::histogram::{HistogramAccumulator, encode};

/// Bins of the reliability table behind the calibration error; a divisor of those counted.
const CALIBRATION_BINS: usize = 20;

/// What is told of the counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Figure {
    RocAuc,
    AveragePrecision,
    Brier,
    LogLoss,
    CalibrationError,
    /// The counts themselves.
    Histogram,
}

impl Figure {
    pub(super) const ALL: [Self; 6] = [
        Self::RocAuc,
        Self::AveragePrecision,
        Self::Brier,
        Self::LogLoss,
        Self::CalibrationError,
        Self::Histogram,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::RocAuc => "roc_auc",
            Self::AveragePrecision => "average_precision",
            Self::Brier => "brier_score",
            Self::LogLoss => "log_loss",
            Self::CalibrationError => "calibration_error",
            Self::Histogram => "score_histogram",
        }
    }

    fn data_type(self) -> DataType {
        match self {
            Self::Histogram => DataType::Binary,
            _ => DataType::Float64,
        }
    }

    /// Null where the figure is not defined, as with one class.
    pub(super) fn of(self, histogram: &ScoreHistogram) -> ScalarValue {
        let summary = || histogram.finish();
        ScalarValue::Float64(match self {
            Self::RocAuc => summary().roc_auc,
            Self::AveragePrecision => summary().average_precision,
            Self::Brier => summary().brier,
            Self::LogLoss => summary().log_loss,
            Self::CalibrationError => histogram.expected_calibration_error(CALIBRATION_BINS),
            Self::Histogram => return ScalarValue::Binary(Some(encode(histogram))),
        })
    }

    pub(super) fn function(self) -> FigureFunction {
        FigureFunction {
            figure: self,
            signature: Signature::user_defined(Volatility::Immutable),
        }
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct FigureFunction {
    figure: Figure,
    signature: Signature,
}

impl AggregateUDFImpl for FigureFunction {
    fn name(&self) -> &str {
        self.figure.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        // Cells of CSV are text; what is no number there is an error when it is met.
        let is_number = |found: &DataType| {
            found.is_numeric()
                || matches!(found, DataType::Boolean | DataType::Null | DataType::Utf8)
        };
        match arg_types {
            [score, label] if is_number(score) && is_number(label) => {
                Ok(vec![DataType::Float64, DataType::Float64])
            }
            _ => plan_err!(
                "{} takes a score and a label (a number from 0 to 1 or a boolean), not {arg_types:?}",
                self.name()
            ),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.figure.data_type())
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let name = format!("{}[counts]", args.name);
        Ok(vec![Arc::new(Field::new(name, DataType::Binary, true))])
    }

    fn accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(HistogramAccumulator::new(self.figure)))
    }
}
