//! Training over more comments than one machine holds, to the model that one machine would find.
//!
//! 1. Features of every comment once, as Parquet in a working folder ([`shards`]). Whoever works on a row group keeps it in
//!    memory up to a bound ([`cache`]), and reads it again where it is past that.
//! 2. How often the rows of each class have each bucket, by fold: idf and prior variances follow at the driver.
//! 3. By label the evidence of all folds at a time, then of all rows: a trust-region Newton method at the driver ([`newton`]) on sums over partitions
//!    ([`passes`]). Down goes a file of 8 bytes a bucket, up comes one vector of the same size from each partition.
//! 4. The verdict by linfa-logistic at the driver on a sample of out-of-fold evidence, thresholds, the model's file.
//!
//! The objective is that of `ombuds::linear::conjugate`; only the way to its minimum differs. Labels about the relation to
//! articles are trained by `ombuds train`.

mod cache;
mod features;
mod fit;
pub mod newton;
mod passes;
mod row;
mod shards;
mod sums;
mod vectors;
mod verdict;

#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::common::DataFusionError;
use datafusion::logical_expr::{AggregateUDF, ScalarUDF};
use datafusion::prelude::SessionContext;
use ombuds::model::{DataFile, Model, Precision, Provenance};
use ombuds::text::TextTables;
use ombuds::train::{Alpha, LabelFit, assemble};
use ombuds::verdict::VerdictError;
use thiserror::Error;

use crate::arguments::CommentArguments;
use crate::engine::{Source, SourceError};
use crate::evaluate::LabelPair;
pub use cache::ShardCache;
use newton::NewtonOptions;

/// Settings of a training.
#[derive(Clone, Debug)]
pub struct TrainOptions {
    /// Number of buckets is `2^bits`.
    pub bits: u32,
    /// Folds for out-of-fold evidence.
    pub n_folds: u8,
    /// Strength of the penalty.
    pub alpha: f64,
    /// When an evidence fit has ended.
    pub newton: NewtonOptions,
    /// A bucket that fewer rows hold is left out.
    pub min_df: u32,
    /// Seed of the folds.
    pub seed: u64,
    /// Column of what must not be torn between folds; without it equal texts stay together.
    pub group: Option<String>,
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self {
            bits: 18,
            n_folds: 3,
            alpha: 1.0,
            newton: NewtonOptions::default(),
            min_df: 2,
            seed: 0,
            group: None,
        }
    }
}

/// Why a training was refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The input.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A pass failed.
    #[error("{stage}: {source}")]
    Engine {
        /// What was done.
        stage: &'static str,
        /// Why.
        source: DataFusionError,
    },
    /// A label of which one class is missing.
    #[error(
        "label `{label}`: {positives} of {rows} rows are positive; both classes are needed in every fold"
    )]
    OneClass {
        /// The label.
        label: String,
        /// Rows whose label is known.
        rows: f64,
        /// Those that are positive.
        positives: f64,
    },
    /// A label that needs articles.
    #[error("label `{0}` is about articles; train it with `ombuds train`")]
    Relation(String),
    /// The verdict could not be fitted.
    #[error("label `{label}`: {source}")]
    Verdict {
        /// The label.
        label: String,
        /// Why.
        source: VerdictError,
    },
}

impl TrainError {
    fn engine(stage: &'static str) -> impl FnOnce(DataFusionError) -> Self {
        move |source| Self::Engine { stage, source }
    }
}

/// What a training cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Passes over all rows.
    pub n_passes: usize,
    /// Bytes of weights that every executor reads.
    pub bytes_down: u64,
    /// Bytes of sums that every partition sends.
    pub bytes_up: u64,
    /// Bytes of out-of-fold evidence that came to the driver.
    pub bytes_evidence: u64,
}

/// Adds to counts that fits under way share.
fn count(traffic: &Cell<Traffic>, add: impl FnOnce(&mut Traffic)) {
    let mut counts = traffic.get();
    add(&mut counts);
    traffic.set(counts);
}

/// The scalar functions of training, for every process of a cluster.
pub fn scalars() -> [ScalarUDF; 2] {
    [
        features::FeaturesFunction::new().into(),
        verdict::EvidenceFunction::new().into(),
    ]
}

/// The aggregate functions of training, for every process of a cluster, with the features that it holds.
pub fn aggregates(cache: &Arc<ShardCache>) -> [AggregateUDF; 4] {
    passes::functions(cache)
}

/// What all stages of one training share.
struct Job<'a> {
    context: &'a SessionContext,
    /// Folder that driver and executors see under the same path.
    work: PathBuf,
    labels: &'a [LabelPair],
    options: &'a TrainOptions,
}

impl Job<'_> {
    fn n_columns(&self) -> usize {
        1 << self.options.bits
    }
}

/// Trains a model of some labels. `work` is an empty folder that all executors see under the same path, and is left to
/// the caller; `tell` hears of stages.
///
/// # Errors
/// [`TrainError`]
pub async fn train(
    context: &SessionContext,
    source: &Source,
    arguments: &CommentArguments,
    labels: &[LabelPair],
    work: &Path,
    options: &TrainOptions,
    tell: impl Fn(&str),
) -> Result<(Model, Traffic), TrainError> {
    if let Some(pair) = (labels.iter()).find(|pair| pair.label == ombuds::relation::LABEL) {
        return Err(TrainError::Relation(pair.label.clone()));
    }
    let job = Job {
        context,
        work: work.to_owned(),
        labels,
        options,
    };
    tell("features");
    job.write_shards(source, arguments).await?;
    let traffic = Cell::new(Traffic::default());
    tell("counts");
    let idf = job.idf(&traffic).await?;
    let mut fits: Vec<LabelFit> = Vec::new();
    for (label_idx, pair) in labels.iter().enumerate() {
        let fit = job.fit_label(label_idx, &idf, &traffic, &tell).await?;
        tell(&format!(
            "{}: converged {}",
            pair.label, fit.training.converged
        ));
        fits.push(fit);
    }
    let provenance = Provenance {
        program: format!("ombuds-cluster {}", env!("CARGO_PKG_VERSION")),
        data: source
            .files
            .iter()
            .map(|file| data_file(&file.name))
            .collect(),
        seed: options.seed,
        ..Provenance::default()
    };
    let of_root = ombuds::train::TrainOptions {
        seed: options.seed,
        alpha: Alpha::Fixed(options.alpha),
        bits: options.bits,
        min_df: options.min_df,
        precision: Precision::Short,
        ..ombuds::train::TrainOptions::default()
    };
    let model = assemble(
        TextTables::shipped(),
        None,
        &idf,
        fits,
        provenance,
        &of_root,
    );
    Ok((model, traffic.get()))
}

/// Archives are too large to be summed for their own sake.
fn data_file(name: &str) -> DataFile {
    DataFile {
        name: name.to_owned(),
        ..DataFile::default()
    }
}
