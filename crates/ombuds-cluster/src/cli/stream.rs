//! `ombuds-cluster stream`: comments from NATS JetStream, verdicts back to it.

use std::time::Duration;

use clap::Args;

use super::holdings::HoldingArgs;
use super::progress::rows_bar;
use crate::stream::{StreamOptions, Subject, connect, moderate_stream};

/// Moderate a stream of comments
///
/// Takes JSON objects with a text (and as far as there are: id, author, parent_text, article_id, article_title,
/// article_lead, article_text) from a JetStream subject and publishes a verdict on each. A comment is acknowledged when
/// its verdict is stored; if this program dies before, the comment comes again, and its verdict is stored once.
#[derive(Debug, Args)]
pub(super) struct StreamArgs {
    /// Server
    #[arg(
        long,
        value_name = "URL",
        default_value = "nats://127.0.0.1:4222",
        env = "NATS_URL"
    )]
    nats: String,
    /// Stream and subject of the comments; made if they are not there
    #[arg(long, value_name = "STREAM/SUBJECT", default_value = "COMMENTS/comments.new", value_parser = subject)]
    comments: Subject,
    /// Stream and subject of the verdicts; made if they are not there
    #[arg(long, value_name = "STREAM/SUBJECT", default_value = "VERDICTS/comments.verdicts", value_parser = subject)]
    verdicts: Subject,
    /// Name under which the server remembers what was done; several programs of one name share the work
    #[arg(long, value_name = "NAME", default_value = "ombuds")]
    durable: String,
    /// Comments worked on at a time; the server hands out no more
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    max_pending: u16,
    /// Seconds without an acknowledgement after which a comment comes again
    #[arg(long, value_name = "S", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    ack_wait: u64,
    /// End when no comment is left
    #[arg(long)]
    drain: bool,
    #[command(flatten)]
    holdings: HoldingArgs,
}

fn subject(text: &str) -> Result<Subject, String> {
    match text.split_once('/') {
        Some((stream, subject)) if !stream.is_empty() && !subject.is_empty() => Ok(Subject {
            stream: stream.to_owned(),
            subject: subject.to_owned(),
        }),
        _ => Err("write STREAM/SUBJECT".to_owned()),
    }
}

impl StreamArgs {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let holdings = self.holdings.load(1)?;
        let context = connect(&self.nats).await?;
        let options = StreamOptions {
            comments: self.comments,
            verdicts: self.verdicts,
            durable: self.durable,
            max_pending: self.max_pending,
            ack_wait: Duration::from_secs(self.ack_wait),
            drain: self.drain,
        };
        let bar = rows_bar(None).with_message("moderating");
        let articles = holdings
            .articles
            .as_ref()
            .map(|articles| articles.store.as_ref());
        let progress = |tally: &crate::stream::StreamTally| bar.set_position(tally.n_verdicts);
        let run = moderate_stream(&context, &holdings.kernel, articles, &options, progress);
        let tally = tokio::select! {
            done = run => done?,
            // What is under way comes again.
            _ = tokio::signal::ctrl_c() => return Ok(()),
        };
        bar.finish_and_clear();
        super::note(&format!(
            "{} verdicts stored, {} had been before, {} messages were no comments",
            tally.n_verdicts, tally.n_duplicates, tally.n_errors
        ));
        Ok(())
    }
}
