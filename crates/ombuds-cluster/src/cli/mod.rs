//! The command line: one subcommand, one file.

mod evaluate;
mod executor;
mod flag;
mod holdings;
mod progress;
mod scheduler;
mod sql;
mod stream;
mod train;

use std::io::Write as _;

use clap::{Parser, Subcommand};

/// Comment moderation over archives: SQL, bulk jobs and clusters
///
/// Every score is that of `ombuds` with the same model, bit for bit.
#[derive(Debug, Parser)]
#[command(name = "ombuds-cluster", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Sql(sql::SqlArgs),
    Flag(flag::FlagArgs),
    Evaluate(evaluate::EvaluateArgs),
    Train(train::TrainArgs),
    Stream(stream::StreamArgs),
    Scheduler(scheduler::SchedulerArgs),
    Executor(executor::ExecutorArgs),
}

impl Cli {
    /// Runs the subcommand.
    ///
    /// # Errors
    /// Whatever stopped it, with its causes.
    pub fn run(self) -> anyhow::Result<()> {
        // Plans of many expressions are deep, and debug builds take large frames.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .thread_stack_size(16 << 20)
            .build()?;
        runtime.block_on(async {
            match self.command {
                Command::Sql(args) => args.run().await,
                Command::Flag(args) => args.run().await,
                Command::Evaluate(args) => args.run().await,
                Command::Train(args) => args.run().await,
                Command::Stream(args) => args.run().await,
                Command::Scheduler(args) => args.run().await,
                Command::Executor(args) => args.run().await,
            }
        })
    }
}

/// Writes an error and its causes to standard error, one a line, harmless on a terminal.
pub fn report(error: &anyhow::Error) {
    let mut told = ombuds::report::escape(&error.to_string());
    let mut lines = format!("error: {told}\n");
    for cause in error.chain().skip(1) {
        let cause = ombuds::report::escape(&cause.to_string());
        if !told.contains(&cause) {
            lines.push_str(&format!("  cause: {cause}\n"));
        }
        told = cause;
    }
    // All that the engine passes on of an executor's reason, which stands on its own standard error.
    if lines.contains("rejected by executor") {
        lines.push_str(
            "\nhint: an executor holds another model, other thresholds or other articles than this query; start it with \
             the same\n",
        );
    }
    let _ = std::io::stderr().write_all(lines.as_bytes());
}

/// A line for the person at the terminal.
pub(crate) fn note(line: &str) {
    let line = format!("{}\n", ombuds::report::escape(line));
    let _ = std::io::stderr().write_all(line.as_bytes());
}
