//! Kafka: a group of consumers takes comments, an idempotent producer stores verdicts.
//!
//! A group remembers one offset for each partition, and it is committed when the verdicts of all that was taken are stored
//! by all replicas in step. A verdict's key is the id of its comment: all verdicts on a comment are in one partition, in
//! order, and a compacted topic keeps the last. The header `verdict-id` is the same whenever a verdict is made again.
//!
//! A consumer's position is past what it took, done or not. So after a failure there is nothing to go back to but the
//! committed offsets, and a new consumer starts there: [`Kafka`] drops its connection with any error.

mod assignment;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use futures::FutureExt as _;
use rdkafka::ClientConfig;
use rdkafka::config::FromClientConfigAndContext as _;
use rdkafka::consumer::{CommitMode, Consumer as _, StreamConsumer};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Header, Message as _, OwnedHeaders, OwnedMessage};
use rdkafka::metadata::MetadataTopic;
use rdkafka::producer::{DeliveryFuture, FutureProducer, FutureRecord};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use tokio::task::block_in_place;

use super::{PAUSE, Queue, StreamError, StreamOptions, Verdict};
use assignment::Assignment;

/// How long brokers may take to say what topics there are.
const MAX_GREETING: Duration = Duration::from_secs(5);
/// How long a verdict may wait to be stored, in milliseconds.
const MAX_DELIVERY_MS: u32 = 30_000;
/// Longest time between two batches, in milliseconds, after which the group goes on without the consumer; Kafka's default.
const MAX_WORK_MS: u128 = 300_000;
/// Between two signs of life, in milliseconds; Kafka's default.
const HEARTBEAT_MS: u128 = 3_000;

/// Brokers and topics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topics {
    /// `host:port`, by commas.
    pub brokers: String,
    /// Of the comments; must be there.
    pub comments: String,
    /// Of the verdicts; must be there, unless brokers make topics.
    pub verdicts: String,
}

/// A member of a consumer group.
pub struct Kafka {
    topics: Topics,
    options: StreamOptions,
    /// None after a failure.
    connection: Option<Connection>,
}

impl fmt::Debug for Kafka {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Kafka");
        shown
            .field("topics", &self.topics)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

fn failure(what: &'static str) -> impl FnOnce(KafkaError) -> StreamError {
    StreamError::of("Kafka", what)
}

impl Kafka {
    /// Connects to brokers and joins the group.
    ///
    /// # Errors
    /// [`StreamError`]
    pub fn open(topics: Topics, options: StreamOptions) -> Result<Self, StreamError> {
        let connection = Connection::open(&topics, &options).map_err(failure("connect"))?;
        Ok(Self {
            topics,
            options,
            connection: Some(connection),
        })
    }

    /// The connection, which is given back if all went well.
    fn connection(&mut self) -> Result<Connection, StreamError> {
        match self.connection.take() {
            Some(connection) => Ok(connection),
            None => block_in_place(|| Connection::open(&self.topics, &self.options))
                .map_err(failure("connect")),
        }
    }
}

impl Queue for Kafka {
    type Message = OwnedMessage;

    async fn take(&mut self) -> Result<Vec<OwnedMessage>, StreamError> {
        let connection = self.connection()?;
        let taken = connection.take(self.options.max_pending.into()).await;
        let taken = taken.map_err(failure("take comments"))?;
        self.connection = Some(connection);
        Ok(taken)
    }

    fn is_drained(&self) -> bool {
        let connection = self.connection.as_ref();
        connection.is_some_and(|connection| connection.consumer.context().is_drained())
    }

    fn payload(message: &OwnedMessage) -> &[u8] {
        // A message without a value marks a key as deleted. It is no comment, as an empty one is none.
        message.payload().unwrap_or_default()
    }

    async fn store(&mut self, verdicts: &[Verdict]) -> Result<u64, StreamError> {
        let connection = self.connection()?;
        let stored = connection.store(&self.topics.verdicts, verdicts).await;
        stored.map_err(failure("store a verdict"))?;
        self.connection = Some(connection);
        Ok(0)
    }

    async fn acknowledge(&mut self, messages: Vec<OwnedMessage>) -> Result<(), StreamError> {
        let connection = self.connection()?;
        let committed = block_in_place(|| connection.commit(&self.topics.comments, &messages));
        committed.map_err(failure("commit offsets"))?;
        self.connection = Some(connection);
        Ok(())
    }
}

struct Connection {
    consumer: StreamConsumer<Assignment>,
    producer: FutureProducer,
}

impl Connection {
    fn open(topics: &Topics, options: &StreamOptions) -> KafkaResult<Self> {
        let config = consumer_config(&topics.brokers, options);
        let consumer = StreamConsumer::from_config_and_context(&config, Assignment::default())?;
        // A wrong address or topic is told now.
        let metadata = consumer.fetch_metadata(Some(&topics.comments), MAX_GREETING)?;
        if let Some(error) = metadata.topics().iter().find_map(MetadataTopic::error) {
            return Err(KafkaError::MetadataFetch(error.into()));
        }
        consumer.subscribe(&[&topics.comments])?;
        Ok(Self {
            consumer,
            producer: producer_config(&topics.brokers).create()?,
        })
    }

    /// Waits for the first message; of the others, takes what is there.
    async fn take(&self, max_messages: usize) -> KafkaResult<Vec<OwnedMessage>> {
        let assignment = self.consumer.context();
        let until = tokio::time::Instant::now() + PAUSE;
        let mut taken = Vec::new();
        while taken.is_empty() {
            let Ok(event) = tokio::time::timeout_at(until, self.consumer.recv()).await else {
                return Ok(taken);
            };
            taken.extend(comment(assignment, event)?);
        }
        let generation = assignment.generation();
        while taken.len() < max_messages {
            let Some(event) = self.consumer.recv().now_or_never() else {
                break;
            };
            taken.extend(comment(assignment, event)?);
        }
        // Partitions were dealt anew meanwhile. Whoever has them begins at the committed offsets, which are before these.
        if assignment.generation() != generation {
            taken.clear();
        }
        Ok(taken)
    }

    async fn store(&self, topic: &str, verdicts: &[Verdict]) -> KafkaResult<()> {
        let sent: KafkaResult<Vec<DeliveryFuture>> = verdicts
            .iter()
            .map(|verdict| {
                let id = Header {
                    key: "verdict-id",
                    value: Some(&verdict.message_id),
                };
                let record = FutureRecord::to(topic)
                    .key(&verdict.key)
                    .payload(&verdict.json)
                    .headers(OwnedHeaders::new().insert(id));
                self.producer
                    .send_result(record)
                    .map_err(|(error, _)| error)
            })
            .collect();
        for delivery in sent? {
            let delivered = delivery.await.map_err(|_| KafkaError::Canceled)?;
            delivered.map_err(|(error, _)| error)?;
        }
        Ok(())
    }

    /// Blocks until the group's coordinator has stored the offsets behind these messages.
    fn commit(&self, topic: &str, messages: &[OwnedMessage]) -> KafkaResult<()> {
        let mut next: BTreeMap<i32, i64> = BTreeMap::new();
        for message in messages {
            let offset = next.entry(message.partition()).or_default();
            *offset = message.offset().saturating_add(1).max(*offset);
        }
        let mut offsets = TopicPartitionList::new();
        for (partition, offset) in next {
            offsets.add_partition_offset(topic, partition, Offset::Offset(offset))?;
        }
        self.consumer.commit(&offsets, CommitMode::Sync)
    }
}

/// The message in an event, if it is one.
fn comment(
    assignment: &Assignment,
    event: KafkaResult<BorrowedMessage<'_>>,
) -> KafkaResult<Option<OwnedMessage>> {
    match event {
        Ok(message) => {
            assignment.has_more(message.partition());
            Ok(Some(message.detach()))
        }
        Err(KafkaError::PartitionEOF(partition)) => {
            assignment.has_ended(partition);
            Ok(None)
        }
        // One connection of several; librdkafka makes it again.
        Err(KafkaError::MessageConsumption(
            RDKafkaErrorCode::BrokerTransportFailure | RDKafkaErrorCode::Resolve,
        )) => Ok(None),
        Err(error) => Err(error),
    }
}

fn consumer_config(brokers: &str, options: &StreamOptions) -> ClientConfig {
    let session_ms = options.ack_wait.as_millis();
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", brokers)
        .set("client.id", "ombuds")
        .set("group.id", &options.durable)
        // Offsets are committed by hand, when verdicts are stored.
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("auto.offset.reset", "earliest")
        .set("enable.partition.eof", "true")
        .set("session.timeout.ms", session_ms.to_string())
        .set(
            "heartbeat.interval.ms",
            HEARTBEAT_MS.min(session_ms / 3).max(1).to_string(),
        )
        .set(
            "max.poll.interval.ms",
            MAX_WORK_MS.max(session_ms).to_string(),
        )
        // Read ahead by a batch or so, and look often whether there is room: else a short queue would be filled once a second.
        .set("queued.min.messages", options.max_pending.to_string())
        .set("queued.max.messages.kbytes", "16384")
        .set("fetch.queue.backoff.ms", "10");
    config
}

fn producer_config(brokers: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", brokers)
        .set("client.id", "ombuds")
        .set("acks", "all")
        .set("enable.idempotence", "true")
        .set("message.timeout.ms", MAX_DELIVERY_MS.to_string())
        // A key's partition is that which Java's clients would choose.
        .set("partitioner", "murmur2_random");
    config
}
