//! `ombuds store`: what a server has kept, as files.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use clap::{Args, Subcommand};

use super::Outcome;
use crate::data::Sink;
use crate::report::{escape, number};
use crate::store::{self, Exported, Store};

/// Export the labels that a server has kept for training; delete the comments it kept
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ombuds store export --store labels.db -o labels.jsonl
  ombuds train --data labels.jsonl --labels toxicity --base default --model my-model
  ombuds store prune --store labels.db --days 30")]
pub(crate) struct StoreArgs {
    #[command(subcommand)]
    command: StoreCommand,
}

#[derive(Debug, Subcommand)]
enum StoreCommand {
    /// Labels that people gave, one comment a line, each with the latest score of each label
    ///
    /// A label has a column of its name in lower case (TOXICITY@6 is toxicity). Comments carry the
    /// identifier and text of what they answer, as far as they are known; articles that are in the store
    /// stand as rows of the kind `article` before their comments. `ombuds train --data` reads the file as
    /// it is. It holds texts of comments: keep it as you keep those. A server may go on meanwhile.
    Export {
        /// The store, as given to `ombuds serve --store`
        #[arg(long, value_name = "FILE")]
        store: PathBuf,
        /// JSONL file to write, also .gz or .zst; - is standard output
        #[arg(short, long, default_value = "-", value_name = "FILE")]
        output: PathBuf,
    },
    /// Delete comments that `ombuds serve --keep-comments` kept for replies to refer to; labels stay
    Prune {
        /// The store
        #[arg(long, value_name = "FILE")]
        store: PathBuf,
        /// Delete those kept longer ago than this
        #[arg(long, value_name = "DAYS")]
        days: u16,
    },
}

impl StoreArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        match self.command {
            StoreCommand::Export { store, output } => export(&store, &output)?,
            StoreCommand::Prune { store, days } => {
                let age = Duration::from_hours(24 * u64::from(days));
                let work = async |store: &Store| store.prune_comments(age).await;
                let n_pruned = with_store(Store::open_existing(store), work)?;
                super::notices(&[format!(
                    "deleted {} comments",
                    number::count(n_pruned as f64)
                )]);
            }
        }
        Ok(Outcome::Done)
    }
}

fn export(path: &Path, output: &Path) -> anyhow::Result<()> {
    let mut sink = Sink::create(output, &[path])?;
    let exported = with_store(Store::open_existing(path), async |store| {
        store.export(&mut sink).await
    })?;
    sink.finish()?;
    anstream::eprint!("{}", report(&exported, output));
    Ok(())
}

fn report(exported: &Exported, output: &Path) -> String {
    let count = |n: u64| number::count(n as f64);
    let (comments, articles) = (count(exported.n_comments), count(exported.n_articles));
    let output = escape(&output.display().to_string());
    let mut report = format!("wrote {comments} comments and {articles} articles to {output}\n");
    if exported.labels.is_empty() {
        report += "note: the store has no labels yet\n";
    } else {
        report += &format!("labels: {}\n", escape(&exported.labels.join(", ")));
    }
    if exported.n_labels_left_out > 0 {
        let n_left_out = exported.n_labels_left_out;
        report += &format!("note: left out {n_left_out} labels that are rarer\n");
    }
    report
}

/// Runs one piece of work on a store and closes it.
pub(super) fn with_store<T>(
    opening: impl Future<Output = Result<Store, store::Error>>,
    work: impl AsyncFnOnce(&Store) -> Result<T, store::Error>,
) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .context("no runtime to work in")?;
    let worked: Result<T, store::Error> = runtime.block_on(async {
        let store = opening.await?;
        let worked = work(&store).await;
        store.close().await;
        worked
    });
    Ok(worked?)
}
