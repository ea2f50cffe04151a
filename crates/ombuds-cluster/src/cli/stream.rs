//! `ombuds-cluster stream`: comments from NATS JetStream or Kafka, verdicts back to it.

use std::time::Duration;

use anyhow::Context as _;
use clap::Args;

use super::holdings::{HoldingArgs, Holdings};
use super::progress::rows_bar;
#[cfg(feature = "kafka")]
use crate::stream::kafka::{Kafka, Topics};
use crate::stream::nats::{Nats, Subject};
use crate::stream::{Queue, StreamOptions, StreamTally, moderate_stream};

/// Moderate a stream of comments
///
/// Takes JSON objects with a text (and as far as there are: id, author, parent_text, parent_author, article_id,
/// article_title, article_lead, article_text) from a subject of NATS JetStream or a topic of Kafka and publishes a verdict on each. A
/// comment is acknowledged when its verdict is stored; if this program dies before, the comment comes again. NATS then
/// stores its verdict once; Kafka stores it again, under the same key (the comment's id) and the same header verdict-id.
#[derive(Debug, Args)]
pub(super) struct StreamArgs {
    /// Server: nats://HOST:PORT, or kafka://HOST:PORT[,HOST:PORT...] of a program built with the feature kafka
    #[arg(
        long,
        visible_alias = "nats",
        value_name = "URL",
        default_value = "nats://127.0.0.1:4222",
        env = "NATS_URL"
    )]
    server: String,
    /// Where comments are: STREAM/SUBJECT of NATS, made if it is not there [default: COMMENTS/comments.new], or TOPIC of
    /// Kafka [default: comments.new]
    #[arg(long, value_name = "PLACE")]
    comments: Option<String>,
    /// Where verdicts go: STREAM/SUBJECT of NATS, made if it is not there [default: VERDICTS/comments.verdicts], or TOPIC
    /// of Kafka [default: comments.verdicts]
    #[arg(long, value_name = "PLACE")]
    verdicts: Option<String>,
    /// Name under which the server remembers what was done; several programs of one name share the work
    #[arg(long, value_name = "NAME", default_value = "ombuds")]
    durable: String,
    /// Comments worked on at a time; no more are taken
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    max_pending: u16,
    /// Seconds without an acknowledgement after which a comment comes again; with Kafka, without a sign of life, and
    /// brokers want 6 or more
    #[arg(long, value_name = "S", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    ack_wait: u64,
    /// End when no comment is left
    #[arg(long)]
    drain: bool,
    #[command(flatten)]
    holdings: HoldingArgs,
}

impl StreamArgs {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        match self.server.strip_prefix("kafka://") {
            Some(brokers) => self.run_kafka(brokers).await,
            None => self.run_nats().await,
        }
    }

    async fn run_nats(&self) -> anyhow::Result<()> {
        let comments = self.comments.as_deref().unwrap_or("COMMENTS/comments.new");
        let verdicts = self.verdicts.as_deref();
        let verdicts = verdicts.unwrap_or("VERDICTS/comments.verdicts");
        let comments = subject(comments).context("--comments")?;
        let verdicts = subject(verdicts).context("--verdicts")?;
        let holdings = self.holdings.load(1)?;
        let options = self.options();
        let mut queue = Nats::open(&self.server, &comments, verdicts, &options).await?;
        moderate(&mut queue, &holdings, &options).await
    }

    #[cfg(feature = "kafka")]
    async fn run_kafka(&self, brokers: &str) -> anyhow::Result<()> {
        let topics = Topics {
            brokers: brokers_of(brokers).context("--server")?,
            comments: topic(self.comments.as_deref().unwrap_or("comments.new"))
                .context("--comments")?,
            verdicts: topic(self.verdicts.as_deref().unwrap_or("comments.verdicts"))
                .context("--verdicts")?,
        };
        let holdings = self.holdings.load(1)?;
        let options = self.options();
        let mut queue = Kafka::open(topics, options.clone())?;
        moderate(&mut queue, &holdings, &options).await
    }

    #[cfg(not(feature = "kafka"))]
    #[expect(clippy::unused_async, reason = "as with the feature")]
    async fn run_kafka(&self, _: &str) -> anyhow::Result<()> {
        anyhow::bail!("this program was built without Kafka; build it with `--features kafka`")
    }

    fn options(&self) -> StreamOptions {
        StreamOptions {
            durable: self.durable.clone(),
            max_pending: self.max_pending,
            ack_wait: Duration::from_secs(self.ack_wait),
            drain: self.drain,
        }
    }
}

async fn moderate<Q: Queue>(
    queue: &mut Q,
    holdings: &Holdings,
    options: &StreamOptions,
) -> anyhow::Result<()> {
    let bar = rows_bar(None).with_message("moderating");
    let articles = holdings.articles.as_ref();
    let articles = articles.map(|articles| articles.store.as_ref());
    let progress = |tally: &StreamTally| bar.set_position(tally.n_verdicts);
    let run = moderate_stream(queue, &holdings.kernel, articles, options, progress);
    let tally = tokio::select! {
        done = run => done?,
        // What is under way comes again.
        _ = tokio::signal::ctrl_c() => return Ok(()),
    };
    bar.finish_and_clear();
    // Kafka does not tell; a nought would be a claim.
    let before = match tally.n_duplicates {
        0 => String::new(),
        n => format!("{n} had been before, "),
    };
    super::note(&format!(
        "{} verdicts stored, {before}{} messages were no comments",
        tally.n_verdicts, tally.n_errors
    ));
    Ok(())
}

fn subject(text: &str) -> anyhow::Result<Subject> {
    match text.split_once('/') {
        Some((stream, subject)) if !stream.is_empty() && !subject.is_empty() => Ok(Subject {
            stream: stream.to_owned(),
            subject: subject.to_owned(),
        }),
        _ => anyhow::bail!("write STREAM/SUBJECT"),
    }
}

/// Names that Kafka allows.
#[cfg(feature = "kafka")]
fn topic(text: &str) -> anyhow::Result<String> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let is_topic = !text.is_empty() && text.bytes().all(is_allowed);
    anyhow::ensure!(
        is_topic,
        "a topic of Kafka has letters, digits, `.`, `_` and `-`"
    );
    Ok(text.to_owned())
}

#[cfg(feature = "kafka")]
fn brokers_of(text: &str) -> anyhow::Result<String> {
    let brokers = text.strip_suffix('/').unwrap_or(text);
    // Passwords would be taken for hosts, and there is no TLS in this build to send them by.
    let is_host = |host: &str| !host.is_empty() && !host.contains(['/', '@', ' ']);
    anyhow::ensure!(
        brokers.split(',').all(is_host),
        "write kafka://HOST:PORT,HOST:PORT"
    );
    Ok(brokers.to_owned())
}

#[cfg(all(test, feature = "kafka"))]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_kafka_are_hosts_and_ports() {
        assert_eq!(brokers_of("a:9092,b:9092/").unwrap(), "a:9092,b:9092");
        for wrong in ["", "/", "a:1,", "me:secret@a:1", "a:1/topic"] {
            assert!(brokers_of(wrong).is_err(), "{wrong}");
        }
        assert!(topic("comments.new").is_ok());
        assert!(topic("COMMENTS/comments.new").is_err() && topic("").is_err());
    }
}
