//! Comments from a NATS JetStream subject, verdicts to another: at least once, and once in effect.
//!
//! A comment's message is acknowledged when the server has stored its verdict. A consumer that dies before leaves it to
//! be delivered again; the verdict made then has the same `Nats-Msg-Id`, and the server drops it if the first was stored
//! within its window of duplicates. No more messages are taken than are being worked on.

mod wire;

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, Consumer, pull};
use async_nats::jetstream::context::PublishAckFuture;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::{self, Context, Message, stream};
use futures::StreamExt as _;
use futures::future::try_join_all;
use ombuds::data::ArticleStore;
use thiserror::Error;

use crate::kernel::Kernel;
use wire::verdict;

/// Times the server is asked before the run gives up; with [`PAUSE`] between, half a minute of absence.
const MAX_FAILURES: u32 = 30;
/// Between two attempts.
const PAUSE: Duration = Duration::from_secs(1);

/// From where to where.
#[derive(Clone, Debug)]
pub struct StreamOptions {
    /// Stream and subject of the comments.
    pub comments: Subject,
    /// Stream and subject of the verdicts.
    pub verdicts: Subject,
    /// Name of the consumer, which the server remembers.
    pub durable: String,
    /// Messages worked on at a time; the server hands out no more.
    pub max_pending: u16,
    /// After how long without an acknowledgement a message is delivered again.
    pub ack_wait: Duration,
    /// Whether to end when nothing is left.
    pub drain: bool,
}

/// A subject and the stream that keeps its messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The stream; made if it is not there.
    pub stream: String,
    /// The subject.
    pub subject: String,
}

/// Why a run ended.
#[derive(Debug, Error)]
#[error("NATS: could not {what}")]
pub struct StreamError {
    what: &'static str,
    source: async_nats::Error,
}

impl StreamError {
    fn of<E: Into<async_nats::Error>>(what: &'static str) -> impl FnOnce(E) -> Self {
        move |source| Self {
            what,
            source: source.into(),
        }
    }
}

/// Messages done in a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamTally {
    /// Verdicts stored.
    pub n_verdicts: u64,
    /// Verdicts that were stored before: their comments had been delivered again.
    pub n_duplicates: u64,
    /// Messages that are no comments; their verdict is an error.
    pub n_errors: u64,
}

/// Moderates comments as they come, until told to stop or, with `drain`, until none is left.
///
/// # Errors
/// A server that cannot be reached or refuses, for longer than half a minute.
pub async fn moderate_stream(
    context: &Context,
    kernel: &Arc<Kernel>,
    articles: Option<&ArticleStore>,
    options: &StreamOptions,
    mut progress: impl FnMut(&StreamTally),
) -> Result<StreamTally, StreamError> {
    let consumer = subscribe(context, options).await?;
    let mut tally = StreamTally::default();
    let mut n_failures = 0;
    loop {
        let done = match take(&consumer, options).await {
            Ok(messages) if messages.is_empty() && options.drain => return Ok(tally),
            Ok(messages) => answer(context, kernel, articles, options, messages, &mut tally).await,
            Err(error) => Err(error),
        };
        match done {
            Ok(()) => n_failures = 0,
            // What was not acknowledged comes again.
            Err(error) if n_failures == MAX_FAILURES => return Err(error),
            Err(_) => {
                n_failures += 1;
                tokio::time::sleep(PAUSE).await;
            }
        }
        progress(&tally);
    }
}

async fn subscribe(
    context: &Context,
    options: &StreamOptions,
) -> Result<Consumer<pull::Config>, StreamError> {
    for place in [&options.comments, &options.verdicts] {
        let config = stream::Config {
            name: place.stream.clone(),
            subjects: vec![place.subject.clone()],
            ..stream::Config::default()
        };
        let found = context.get_or_create_stream(config).await;
        found.map_err(StreamError::of("find or make a stream"))?;
    }
    let stream = context.get_stream(&options.comments.stream).await;
    let stream = stream.map_err(StreamError::of("find the stream of comments"))?;
    let config = pull::Config {
        durable_name: Some(options.durable.clone()),
        filter_subject: options.comments.subject.clone(),
        ack_policy: AckPolicy::Explicit,
        ack_wait: options.ack_wait,
        max_ack_pending: options.max_pending.into(),
        ..pull::Config::default()
    };
    let consumer = stream
        .get_or_create_consumer(&options.durable, config)
        .await;
    consumer.map_err(StreamError::of("find or make the consumer"))
}

/// As many messages as may be pending, or what has come within a second.
async fn take(
    consumer: &Consumer<pull::Config>,
    options: &StreamOptions,
) -> Result<Vec<Message>, StreamError> {
    let batch = consumer
        .batch()
        .max_messages(options.max_pending.into())
        .expires(PAUSE)
        .messages()
        .await
        .map_err(StreamError::of("ask for comments"))?;
    let taken: Vec<Result<Message, async_nats::Error>> = batch.collect().await;
    let taken: Result<Vec<Message>, async_nats::Error> = taken.into_iter().collect();
    taken.map_err(StreamError::of("take comments"))
}

/// Stores the verdicts of some messages, then acknowledges these.
async fn answer(
    context: &Context,
    kernel: &Arc<Kernel>,
    articles: Option<&ArticleStore>,
    options: &StreamOptions,
    messages: Vec<Message>,
    tally: &mut StreamTally,
) -> Result<(), StreamError> {
    let verdicts: Vec<wire::Verdict> = tokio::task::block_in_place(|| {
        let mut moderator = kernel.moderator();
        let payloads = messages.iter().map(|message| message.payload.as_ref());
        payloads
            .map(|payload| verdict(kernel, &mut moderator, articles, payload))
            .collect()
    });
    let mut stored: Vec<PublishAckFuture> = Vec::with_capacity(verdicts.len());
    for verdict in &verdicts {
        let message = PublishMessage::build()
            .message_id(&verdict.message_id)
            .payload(verdict.json.clone().into());
        let sent = context
            .send_publish(options.verdicts.subject.clone(), message)
            .await;
        stored.push(sent.map_err(StreamError::of("publish a verdict"))?);
    }
    for ((message, verdict), stored) in messages.iter().zip(&verdicts).zip(stored) {
        let stored = stored.await.map_err(StreamError::of("store a verdict"))?;
        message
            .ack()
            .await
            .map_err(StreamError::of("acknowledge a comment"))?;
        tally.n_errors += u64::from(verdict.is_error);
        if stored.duplicate {
            tally.n_duplicates += 1;
        } else {
            tally.n_verdicts += 1;
        }
    }
    // The last acknowledgements must be on their way before the run may end.
    try_join_all([context.client().flush()])
        .await
        .map_err(StreamError::of("send acknowledgements"))?;
    Ok(())
}

/// Connects to a server.
///
/// # Errors
/// [`StreamError`]
pub async fn connect(url: &str) -> Result<Context, StreamError> {
    let client = async_nats::connect(url).await;
    Ok(jetstream::new(client.map_err(StreamError::of("connect"))?))
}
