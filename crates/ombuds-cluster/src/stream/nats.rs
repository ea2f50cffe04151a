//! NATS JetStream.
//!
//! A verdict carries a `Nats-Msg-Id` that is the same whenever it is made again, and the server drops it if the first was
//! stored within its window of duplicates.

use async_nats::jetstream::consumer::{AckPolicy, Consumer, pull};
use async_nats::jetstream::context::PublishAckFuture;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::{self, Context, Message, stream};
use futures::StreamExt as _;

use super::{PAUSE, Queue, Source, StreamError, StreamOptions, Verdict};

/// A subject and the stream that keeps its messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The stream; made if it is not there.
    pub stream: String,
    /// The subject.
    pub subject: String,
}

/// A durable consumer of comments and a subject for verdicts.
#[derive(Debug)]
pub struct Nats {
    context: Context,
    consumer: Consumer<pull::Config>,
    verdicts: Subject,
    max_pending: u16,
}

fn failure<E: Into<Source>>(what: &'static str) -> impl FnOnce(E) -> StreamError {
    StreamError::of("NATS", what)
}

impl Nats {
    /// Connects to a server and makes streams and consumer where they are not there.
    ///
    /// # Errors
    /// [`StreamError`]
    pub async fn open(
        url: &str,
        comments: &Subject,
        verdicts: Subject,
        options: &StreamOptions,
    ) -> Result<Self, StreamError> {
        let client = async_nats::connect(url).await;
        let context = jetstream::new(client.map_err(failure("connect"))?);
        for place in [comments, &verdicts] {
            let config = stream::Config {
                name: place.stream.clone(),
                subjects: vec![place.subject.clone()],
                ..stream::Config::default()
            };
            let found = context.get_or_create_stream(config).await;
            found.map_err(failure("find or make a stream"))?;
        }
        Ok(Self {
            consumer: subscribe(&context, comments, options).await?,
            context,
            verdicts,
            max_pending: options.max_pending,
        })
    }
}

async fn subscribe(
    context: &Context,
    comments: &Subject,
    options: &StreamOptions,
) -> Result<Consumer<pull::Config>, StreamError> {
    let stream = context.get_stream(&comments.stream).await;
    let stream = stream.map_err(failure("find the stream of comments"))?;
    let config = pull::Config {
        durable_name: Some(options.durable.clone()),
        filter_subject: comments.subject.clone(),
        ack_policy: AckPolicy::Explicit,
        ack_wait: options.ack_wait,
        max_ack_pending: options.max_pending.into(),
        ..pull::Config::default()
    };
    let consumer = stream
        .get_or_create_consumer(&options.durable, config)
        .await;
    consumer.map_err(failure("find or make the consumer"))
}

impl Queue for Nats {
    type Message = Message;

    async fn take(&mut self) -> Result<Vec<Message>, StreamError> {
        let batch = self
            .consumer
            .batch()
            .max_messages(self.max_pending.into())
            .expires(PAUSE)
            .messages()
            .await
            .map_err(failure("ask for comments"))?;
        let taken: Vec<Result<Message, async_nats::Error>> = batch.collect().await;
        let taken: Result<Vec<Message>, async_nats::Error> = taken.into_iter().collect();
        taken.map_err(failure("take comments"))
    }

    /// The server was asked.
    fn is_drained(&self) -> bool {
        true
    }

    fn payload(message: &Message) -> &[u8] {
        &message.payload
    }

    async fn store(&mut self, verdicts: &[Verdict]) -> Result<u64, StreamError> {
        let mut stored: Vec<PublishAckFuture> = Vec::with_capacity(verdicts.len());
        for verdict in verdicts {
            let message = PublishMessage::build()
                .message_id(&verdict.message_id)
                .payload(verdict.json.clone().into());
            let subject = self.verdicts.subject.clone();
            let sent = self.context.send_publish(subject, message).await;
            stored.push(sent.map_err(failure("publish a verdict"))?);
        }
        let mut n_duplicates = 0;
        for stored in stored {
            let stored = stored.await.map_err(failure("store a verdict"))?;
            n_duplicates += u64::from(stored.duplicate);
        }
        Ok(n_duplicates)
    }

    async fn acknowledge(&mut self, messages: Vec<Message>) -> Result<(), StreamError> {
        for message in &messages {
            let sent = message.ack().await;
            sent.map_err(failure("acknowledge a comment"))?;
        }
        // The last acknowledgements must be on their way before the run may end.
        let sent = self.context.client().flush().await;
        sent.map_err(failure("send acknowledgements"))
    }
}
