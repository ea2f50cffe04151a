//! Comments from a queue, verdicts to another: at least once, and once in effect.
//!
//! A comment is acknowledged when its verdict is stored. A consumer that dies before leaves it to be delivered again; the
//! verdict made then says the same under the same name. No more comments are taken than are being worked on. What a
//! queue is, [`Queue`] says: [`nats`] is NATS JetStream, `kafka` is Kafka, with the feature of that name.

#[cfg(feature = "kafka")]
pub mod kafka;
pub mod nats;
mod wire;

use std::sync::Arc;
use std::time::{Duration, Instant};

use ombuds::data::ArticleStore;
use thiserror::Error;

use crate::kernel::Kernel;
pub use wire::Verdict;
use wire::verdict;

/// After how long without success the run gives up.
const MAX_ABSENCE: Duration = Duration::from_secs(30);
/// Between two attempts, and how long comments are waited for at a time.
const PAUSE: Duration = Duration::from_secs(1);

/// How a queue is worked on.
#[derive(Clone, Debug)]
pub struct StreamOptions {
    /// Name of the consumer, which the server remembers; of the group, in Kafka.
    pub durable: String,
    /// Messages worked on at a time; no more are taken.
    pub max_pending: u16,
    /// After how long without an acknowledgement (in Kafka: without a sign of life) a message is delivered again.
    pub ack_wait: Duration,
    /// Whether to end when nothing is left.
    pub drain: bool,
}

/// Where comments come from and verdicts go to.
///
/// After any error the next [`take`](Queue::take) tries anew, and what was not acknowledged comes again, then or later.
pub trait Queue {
    /// A message that was taken.
    type Message: Send;

    /// As many messages as may be pending, or what has come within a second.
    fn take(&mut self) -> impl Future<Output = Result<Vec<Self::Message>, StreamError>> + Send;

    /// Whether nothing is left, when nothing was taken.
    fn is_drained(&self) -> bool;

    /// What the sender wrote.
    fn payload(message: &Self::Message) -> &[u8];

    /// Publishes verdicts and waits until all are stored; how many had been before, as far as the server can tell.
    fn store(
        &mut self,
        verdicts: &[Verdict],
    ) -> impl Future<Output = Result<u64, StreamError>> + Send;

    /// Sees that these never come again. They are all that the last `take` gave.
    fn acknowledge(
        &mut self,
        messages: Vec<Self::Message>,
    ) -> impl Future<Output = Result<(), StreamError>> + Send;
}

/// Why a run ended.
#[derive(Debug, Error)]
#[error("{queue}: could not {what}")]
pub struct StreamError {
    queue: &'static str,
    what: &'static str,
    source: Source,
}

type Source = Box<dyn std::error::Error + Send + Sync>;

impl StreamError {
    fn of<E: Into<Source>>(queue: &'static str, what: &'static str) -> impl FnOnce(E) -> Self {
        move |source| Self {
            queue,
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
    /// Verdicts that were stored before: their comments had been delivered again. Kafka does not tell.
    pub n_duplicates: u64,
    /// Messages that are no comments; their verdict is an error.
    pub n_errors: u64,
}

/// Moderates comments as they come, until told to stop or, with `drain`, until none is left.
///
/// # Errors
/// A server that cannot be reached or refuses, for longer than half a minute.
pub async fn moderate_stream<Q: Queue>(
    queue: &mut Q,
    kernel: &Arc<Kernel>,
    articles: Option<&ArticleStore>,
    options: &StreamOptions,
    mut progress: impl FnMut(&StreamTally),
) -> Result<StreamTally, StreamError> {
    let mut tally = StreamTally::default();
    let mut failing_since: Option<Instant> = None;
    loop {
        let done = match queue.take().await {
            Ok(messages) if messages.is_empty() && options.drain && queue.is_drained() => {
                return Ok(tally);
            }
            Ok(messages) if messages.is_empty() => Ok(()),
            Ok(messages) => answer(queue, kernel, articles, messages, &mut tally).await,
            Err(error) => Err(error),
        };
        match done {
            Ok(()) => failing_since = None,
            // What was not acknowledged comes again.
            Err(error) => {
                let since = *failing_since.get_or_insert_with(Instant::now);
                if since.elapsed() >= MAX_ABSENCE {
                    return Err(error);
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
        progress(&tally);
    }
}

/// Stores the verdicts of some messages, then acknowledges these.
async fn answer<Q: Queue>(
    queue: &mut Q,
    kernel: &Arc<Kernel>,
    articles: Option<&ArticleStore>,
    messages: Vec<Q::Message>,
    tally: &mut StreamTally,
) -> Result<(), StreamError> {
    let verdicts: Vec<Verdict> = tokio::task::block_in_place(|| {
        let mut moderator = kernel.moderator();
        let payloads = messages.iter().map(Q::payload);
        payloads
            .map(|payload| verdict(kernel, &mut moderator, articles, payload))
            .collect()
    });
    let n_duplicates = queue.store(&verdicts).await?;
    queue.acknowledge(messages).await?;
    tally.n_verdicts += verdicts.len() as u64 - n_duplicates;
    tally.n_duplicates += n_duplicates;
    tally.n_errors += verdicts.iter().filter(|verdict| verdict.is_error).count() as u64;
    Ok(())
}
