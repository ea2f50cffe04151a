//! How good scores are, over more labelled comments than one machine holds.
//!
//! Each partition counts its scores by bin in whole numbers; the sums of ten machines are those of one. The bins hide
//! at most what [`HistogramSummary`](ScoreHistogram::finish) says.

use arrow::array::{Array, AsArray as _};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, Result, exec_err};
use datafusion::execution::FunctionRegistry as _;
use datafusion::functions::core::expr_fn::get_field;
use datafusion::logical_expr::ScalarUDF;
use datafusion::prelude::SessionContext;
use ombuds::metrics::ScoreHistogram;
use std::sync::Arc;
use thiserror::Error;

use crate::arguments::{CommentArguments, column, label_of};
use crate::engine::{Source, SourceError};
use crate::functions::decode_histogram;

/// Name of the struct of scores between the two steps of the query.
const SCORES: &str = "ombuds scores";
/// Groups of one table: sections or languages, not authors. Each holds half a megabyte a label.
const MAX_GROUPS: usize = 10_000;

/// Why nothing could be measured.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EvaluateError {
    /// The input.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The engine gave up.
    #[error("could not count the scores of {files}")]
    Engine {
        /// What was read.
        files: String,
        /// Why.
        source: DataFusionError,
    },
}

/// The counts of one label in one group.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelCounts {
    /// Value of the column that groups, if there is one and the row has a value.
    pub group: Option<String>,
    /// The label.
    pub label: String,
    /// Scores of labelled comments.
    pub histogram: ScoreHistogram,
}

/// A label of the model and the column that says what people think.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelPair {
    /// The label.
    pub label: String,
    /// The column: numbers from 0 to 1 or booleans; rows without are not counted.
    pub column: String,
}

/// Counts scores of labelled comments, by the groups of a column if one is named; sorted by group and label.
/// `score` is the function of that name in the session.
///
/// # Errors
/// [`EvaluateError`]
pub async fn evaluate(
    context: &SessionContext,
    source: &Source,
    arguments: &CommentArguments,
    score: &Arc<ScalarUDF>,
    labels: &[LabelPair],
    by: Option<&str>,
) -> Result<Vec<LabelCounts>, EvaluateError> {
    let table = source.table(context).await?;
    let schema = table.schema();
    let file = source.files[0].name.as_str();
    let mut exprs = vec![
        score
            .call(arguments.of(file, &schema)?.into())
            .alias(SCORES),
    ];
    for (idx, pair) in labels.iter().enumerate() {
        exprs.push(label_of(file, &schema, &pair.column)?.alias(format!("label {idx}")));
    }
    exprs.extend(by.map(|by| column(by).alias("group")));
    let run = async {
        let histogram = context.udaf("score_histogram")?;
        let counts = labels.iter().enumerate().map(|(idx, pair)| {
            let scores = get_field(column(SCORES), pair.label.as_str());
            let shares = column(&format!("label {idx}"));
            histogram
                .call(vec![scores, shares])
                .alias(format!("counts {idx}"))
        });
        let groups: Vec<_> = by.iter().map(|_| column("group")).collect();
        let rows = context.read_table(table)?.select(exprs)?;
        let batches = rows.aggregate(groups, counts.collect())?.collect().await?;
        let mut found = Vec::new();
        for batch in &batches {
            let groups = by
                .map(|_| cast(batch.column(0), &DataType::Utf8))
                .transpose()?;
            for row in 0..batch.num_rows() {
                let group = groups.as_ref().and_then(|groups| {
                    let groups = groups.as_string::<i32>();
                    groups.is_valid(row).then(|| groups.value(row).to_owned())
                });
                if found.len() >= MAX_GROUPS * labels.len() {
                    return exec_err!("more than {MAX_GROUPS} groups");
                }
                for (idx, pair) in labels.iter().enumerate() {
                    let counts = batch
                        .column(usize::from(by.is_some()) + idx)
                        .as_binary::<i32>();
                    found.push(LabelCounts {
                        group: group.clone(),
                        label: pair.label.clone(),
                        histogram: decode_histogram(counts.value(row))?,
                    });
                }
            }
        }
        Ok(found)
    };
    let mut found = run.await.map_err(|source_error| EvaluateError::Engine {
        files: source
            .files
            .iter()
            .map(|file| file.name.as_str())
            .take(3)
            .collect::<Vec<_>>()
            .join(", "),
        source: source_error,
    })?;
    found.sort_by(|a, b| (&a.group, &a.label).cmp(&(&b.group, &b.label)));
    Ok(found)
}
