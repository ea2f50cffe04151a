//! `ombuds-cluster train`: a model from labelled archives.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::json;

use super::holdings::{ColumnArgs, EngineArgs, HoldingArgs};
use crate::engine::Source;
use crate::evaluate::LabelPair;
use crate::train::newton::NewtonOptions;
use crate::train::{TrainOptions, train};

/// Train a model on more comments than one machine holds
///
/// The model is the one that a single machine would find: the same objective, minimised by sums over partitions. It is
/// written as `ombuds` reads it. Articles are not used; off_topic is trained by `ombuds train`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ombuds-cluster train labelled/ --label insult=insult --label threat=threat --out models/ours
  ombuds-cluster train labelled/ --label insult=insult --group-column article_id --out models/ours \\
      --work /shared/work --scheduler df://node1:50050")]
pub(super) struct TrainArgs {
    /// Files or folders: parquet, csv, tsv or jsonl
    #[arg(required = true, value_name = "IN")]
    inputs: Vec<String>,
    /// A label and its column: numbers from 0 to 1 or booleans; empty ones are not used
    #[arg(long, value_name = "LABEL=COLUMN", required = true, value_parser = super::evaluate::pair)]
    label: Vec<LabelPair>,
    /// Folder of the model, made if need be
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Folder for features and weights, some 1.6 kB a comment, which all executors see under the same path
    /// [default: a temporary one]
    #[arg(long, value_name = "DIR")]
    work: Option<PathBuf>,
    /// Megabytes of features to hold here; what is past that is read in every pass. Some 3 kB a comment. On a cluster it is
    /// the executors' setting that counts
    #[arg(long, value_name = "MB", default_value_t = 2048)]
    max_memory: u64,
    /// Column of what folds must not tear apart, such as the article or thread
    #[arg(long, value_name = "COLUMN")]
    group_column: Option<String>,
    /// Buckets of features, as a power of two
    #[arg(long, default_value_t = 18, value_parser = clap::value_parser!(u32).range(12..=22))]
    bits: u32,
    /// Folds for out-of-fold evidence
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(2..=10))]
    folds: u8,
    /// Strength of the penalty, 1/C of liblinear
    #[arg(long, default_value_t = 1.0)]
    alpha: f64,
    /// Stop when the gradient is this part of that at zero
    #[arg(long, default_value_t = NewtonOptions::default().tol)]
    tol: f64,
    /// Seed of the folds
    #[arg(long, default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    columns: ColumnArgs,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    holdings: HoldingArgs,
}

impl TrainArgs {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        if !(self.alpha > 0.0 && self.alpha.is_finite() && self.tol > 0.0) {
            bail!("--alpha and --tol must be above 0");
        }
        let holdings = (self.holdings).load_for_training(1, self.max_memory << 20)?;
        let context = (self.engine.engine())
            .session(&holdings.functions, self.engine.n_parallel())
            .await?;
        let source = Source::find(&context, &self.inputs).await?;
        let arguments = self.columns.arguments(&context, &holdings)?;
        if let Some(work) = &self.work {
            std::fs::create_dir_all(work).context("could not make the working folder")?;
        }
        let work = match &self.work {
            Some(folder) => tempfile::tempdir_in(std::path::absolute(folder)?),
            None => tempfile::tempdir(),
        };
        let work = work.context("could not make a working folder")?;
        let options = TrainOptions {
            bits: self.bits,
            n_folds: self.folds,
            alpha: self.alpha,
            newton: NewtonOptions {
                tol: self.tol,
                ..NewtonOptions::default()
            },
            seed: self.seed,
            group: self.group_column.clone(),
            ..TrainOptions::default()
        };
        let started = Instant::now();
        let tell = |stage: &str| {
            super::note(&format!(
                "{:7.1} s  {stage}",
                started.elapsed().as_secs_f64()
            ));
        };
        let folder = work.path();
        let (model, traffic) = train(
            &context,
            &source,
            &arguments,
            &self.label,
            folder,
            &options,
            tell,
        )
        .await?;
        model.write(&self.out)?;
        super::note(
            &json!({
                "model": model.hash(),
                "seconds": started.elapsed().as_secs_f64(),
                "passes": traffic.n_passes,
                "bytes_down_per_executor": traffic.bytes_down,
                "bytes_up_per_partition": traffic.bytes_up,
                "bytes_of_evidence": traffic.bytes_evidence,
            })
            .to_string(),
        );
        Ok(())
    }
}
