//! `ombuds-cluster flag`: archives of comments → the same with scores, flags, decisions and reasons.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::bail;
use clap::Args;
use datafusion::execution::FunctionRegistry as _;
use datafusion::prelude::SessionContext;

use super::holdings::{ColumnArgs, EngineArgs, HoldingArgs, Holdings};
use super::progress::rows_bar;
use crate::engine::Source;
use crate::flag::{Fate, FlagColumns, Output, Stamp, count_rows, flag};

/// Flag archives of comments, file by file
///
/// Every input file becomes a Parquet file of the same name under --out, with all its columns and rows in order and, for
/// each label, <label>_score and <label>_flag, then decision, reasons, model and error. A run that was stopped is
/// resumed by giving the same command again. On a cluster, inputs and --out must be seen by all executors under the
/// same paths.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ombuds-cluster flag archive/ --out flagged/
  ombuds-cluster flag 2025-*.parquet --out flagged/ --articles articles.jsonl --scheduler df://node1:50050

Unlike `ombuds flag`, parents are found in a column of their texts only, and articles by --articles if it is given,
else in the row's own columns. Files that are no proper CSV or JSON lines are for `ombuds flag`.

Exit status: 0 done; 2 if a file could not be flagged: the others are, and the next run takes up the rest.")]
pub(super) struct FlagArgs {
    /// Files or folders: parquet, csv, tsv or jsonl
    #[arg(required = true, value_name = "IN")]
    inputs: Vec<String>,
    /// Folder to write
    #[arg(long, value_name = "DIR")]
    out: String,
    /// Leave the reasons out: they cost more than the scores where much stands out
    #[arg(long)]
    no_reasons: bool,
    #[command(flatten)]
    columns: ColumnArgs,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    holdings: HoldingArgs,
}

impl FlagArgs {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let engine = self.engine.engine();
        let n_parallel = self.engine.n_parallel();
        let n_threads = if engine.is_cluster() { 1 } else { n_parallel };
        let holdings = self.holdings.load(n_threads)?;
        // One part a file keeps rows in order; what runs at a time are files, and threads within a batch.
        let context = engine.session(&holdings.functions, 1).await?;
        let source = Source::find(&context, &self.inputs).await?;
        let columns = self.columns(&context, &holdings)?;
        let run = format!("{}-{}", std::process::id(), nanoseconds());
        let output = Output::new(&self.out, self.stamp(&holdings), &run)?;
        let started = Instant::now();
        let total = count_rows(&context, &source).await?;
        let watch = Watch::start(&holdings, total, engine.is_cluster());
        let done = |_: &crate::engine::SourceFile, fate: Fate| watch.count(fate);
        let failures = flag(&context, &source, &columns, &output, n_parallel, done).await?;
        let (n_written, n_kept) = watch.stop();
        let seconds = started.elapsed().as_secs_f64();
        super::note(&format!(
            "{n_written} rows flagged in {seconds:.1} s, {n_kept} were there already; {} of {} files failed",
            failures.len(),
            source.files.len()
        ));
        let n_failures = failures.len();
        for failure in failures {
            super::report(&failure.into());
        }
        if n_failures > 0 {
            bail!("{n_failures} files were not flagged; the same command takes them up again");
        }
        Ok(())
    }

    fn columns(
        &self,
        context: &SessionContext,
        holdings: &Holdings,
    ) -> anyhow::Result<FlagColumns> {
        let name = if self.no_reasons { "judge" } else { "moderate" };
        let moderate = context.udf(name)?;
        let arguments = self.columns.arguments(context, holdings)?;
        Ok(FlagColumns::new(&holdings.kernel, arguments, moderate))
    }

    /// All that an output depends on besides its input.
    fn stamp(&self, holdings: &Holdings) -> Stamp {
        let articles = holdings.articles.as_ref();
        let articles = articles.map_or_else(|| "none".to_owned(), |articles| articles.hash.clone());
        Stamp(format!(
            "model {}, articles {articles}, reasons {}, columns {}",
            holdings.kernel.rules_hash(),
            if self.no_reasons { "no" } else { "yes" },
            self.columns.names()
        ))
    }
}

fn nanoseconds() -> u128 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_nanos())
}

/// Shows rows as they are scored; on a cluster, as their files are done.
struct Watch {
    bar: indicatif::ProgressBar,
    n_written: AtomicU64,
    n_kept: AtomicU64,
    is_cluster: bool,
    is_over: Arc<AtomicBool>,
}

impl Watch {
    fn start(holdings: &Holdings, total: Option<u64>, is_cluster: bool) -> Self {
        let bar = rows_bar(total).with_message("flagging");
        let is_over = Arc::new(AtomicBool::new(false));
        if !is_cluster {
            let (bar, kernel) = (bar.clone(), Arc::clone(&holdings.kernel));
            let is_over = Arc::clone(&is_over);
            tokio::spawn(async move {
                while !is_over.load(Ordering::Relaxed) {
                    bar.set_position(kernel.n_rows());
                    tokio::time::sleep(Duration::from_millis(250)).await;
                }
            });
        }
        Self {
            bar,
            n_written: AtomicU64::new(0),
            n_kept: AtomicU64::new(0),
            is_cluster,
            is_over,
        }
    }

    fn count(&self, fate: Fate) {
        match fate {
            Fate::Written(n_rows) => {
                self.n_written.fetch_add(n_rows, Ordering::Relaxed);
                if self.is_cluster {
                    self.bar.inc(n_rows);
                }
            }
            Fate::Kept(n_rows) => {
                self.n_kept.fetch_add(n_rows, Ordering::Relaxed);
                self.bar
                    .set_length(self.bar.length().unwrap_or(0).saturating_sub(n_rows));
            }
        }
    }

    fn stop(self) -> (u64, u64) {
        self.is_over.store(true, Ordering::Relaxed);
        self.bar.finish_and_clear();
        (self.n_written.into_inner(), self.n_kept.into_inner())
    }
}
