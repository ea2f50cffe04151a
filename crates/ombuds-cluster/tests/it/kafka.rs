use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::{Headers as _, Message as _};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, BaseRecord, DefaultProducerContext, Producer as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

use crate::bench::{Running, errors, program, rows, run, wait_until};

const COMMENTS: &str = "comments.new";
const VERDICTS: &str = "comments.verdicts";
const N_PARTITIONS: i32 = 4;
const N_COMMENTS: usize = 400;
const MAX_PENDING: usize = 16;
/// How comments are compressed.
const COMPRESSION: &str = if cfg!(feature = "kafka-zstd") {
    "zstd"
} else {
    "gzip"
};
/// Longest wait for an answer of brokers in this process.
const SOON: Duration = Duration::from_secs(10);

/// Brokers in this process, made by librdkafka, that other processes can reach.
struct Brokers {
    mock: MockCluster<'static, DefaultProducerContext>,
}

/// A verdict as it was stored.
struct Stored {
    key: String,
    name: String,
    json: serde_json::Value,
}

impl Brokers {
    fn start() -> Self {
        let mock = MockCluster::new(1).unwrap();
        mock.create_topic(COMMENTS, N_PARTITIONS, 1).unwrap();
        mock.create_topic(VERDICTS, N_PARTITIONS, 1).unwrap();
        Self { mock }
    }

    fn arguments(&self) -> Vec<String> {
        let url = format!("kafka://{}", self.mock.bootstrap_servers());
        let max_pending = MAX_PENDING.to_string();
        ["stream", "--server", &url, "--max-pending", &max_pending]
            .into_iter()
            // The shortest time after which a dead member is missed.
            .chain(["--ack-wait", "6"])
            .map(str::to_owned)
            .collect()
    }

    fn spawn(&self) -> Running {
        let mut command = program();
        command.args(self.arguments());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        Running(command.spawn().unwrap())
    }

    /// Runs until no comment is left.
    fn drain(&self) -> String {
        let mut arguments = self.arguments();
        arguments.push("--drain".to_owned());
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = run(&arguments);
        assert!(output.status.success(), "{}", errors(&output));
        errors(&output)
    }

    fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.mock.bootstrap_servers());
        config
    }

    /// Publishes comments of these numbers; their ids.
    fn publish(&self, start: usize, n: usize) -> BTreeSet<String> {
        let mut config = self.config();
        config.set("compression.type", COMPRESSION);
        let producer: BaseProducer = config.create().unwrap();
        let send = |partition: usize, payload: &str| {
            let record: BaseRecord<'_, (), str> = BaseRecord::to(COMMENTS).payload(payload);
            let partition = i32::try_from(partition).unwrap() % N_PARTITIONS;
            producer.send(record.partition(partition)).unwrap();
        };
        let mut ids = BTreeSet::new();
        for (idx, row) in rows(start, n).into_iter().enumerate() {
            let id = row.id.to_string();
            let text = row.text.unwrap_or_default();
            send(
                idx,
                &serde_json::json!({"id": id, "text": text}).to_string(),
            );
            ids.insert(id);
        }
        producer.flush(SOON).unwrap();
        ids
    }

    fn publish_raw(&self, payload: &str) {
        let producer: BaseProducer = self.config().create().unwrap();
        let record: BaseRecord<'_, (), str> = BaseRecord::to(COMMENTS).payload(payload);
        producer.send(record.partition(0)).unwrap();
        producer.flush(SOON).unwrap();
    }

    /// Fails the next requests of a kind.
    fn fail(&self, kind: RDKafkaApiKey, error: RDKafkaRespErr, n: usize) {
        self.mock.request_errors(kind, &vec![error; n]);
    }

    fn member_of(&self, group: &str) -> BaseConsumer {
        self.config()
            .set("group.id", group)
            .set("enable.auto.commit", "false")
            .set("enable.partition.eof", "true")
            .create()
            .unwrap()
    }

    fn n_messages(&self, topic: &str) -> usize {
        let reader = self.member_of("reader");
        let ends = (0..N_PARTITIONS).map(|partition| {
            let (_, end) = reader.fetch_watermarks(topic, partition, SOON).unwrap();
            usize::try_from(end).unwrap()
        });
        ends.sum()
    }

    /// How many comments the group has done with.
    fn n_committed(&self) -> usize {
        let mut places = TopicPartitionList::new();
        places.add_partition_range(COMMENTS, 0, N_PARTITIONS - 1);
        let group = self.member_of("ombuds");
        let places = group.committed_offsets(places, SOON).unwrap();
        let offsets = places
            .elements()
            .into_iter()
            .map(|place| match place.offset() {
                Offset::Offset(offset) => usize::try_from(offset).unwrap(),
                _ => 0,
            });
        offsets.sum()
    }

    fn stored(&self) -> Vec<Stored> {
        let mut places = TopicPartitionList::new();
        for partition in 0..N_PARTITIONS {
            places
                .add_partition_offset(VERDICTS, partition, Offset::Beginning)
                .unwrap();
        }
        let reader = self.member_of("reader");
        reader.assign(&places).unwrap();
        let (mut stored, mut n_ended) = (Vec::new(), 0);
        while n_ended < N_PARTITIONS {
            match reader.poll(SOON).expect("an event") {
                Ok(message) => {
                    let name = message.headers().unwrap().get(0);
                    assert_eq!(name.key, "verdict-id");
                    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
                    stored.push(Stored {
                        key: text(message.key().unwrap()),
                        name: text(name.value.unwrap()),
                        json: serde_json::from_slice(message.payload().unwrap()).unwrap(),
                    });
                }
                Err(KafkaError::PartitionEOF(_)) => n_ended += 1,
                Err(error) => panic!("{error}"),
            }
        }
        stored
    }
}

/// How often each key was stored. What was stored again must be the same.
fn times(stored: &[Stored]) -> BTreeMap<&str, usize> {
    let mut first: BTreeMap<&str, (&Stored, usize)> = BTreeMap::new();
    for verdict in stored {
        let (of_key, n) = first.entry(&verdict.key).or_insert((verdict, 0));
        assert_eq!((&of_key.name, &of_key.json), (&verdict.name, &verdict.json));
        *n += 1;
    }
    first.into_iter().map(|(key, (_, n))| (key, n)).collect()
}

/// Asserts that there are verdicts on these comments, under their ids.
fn assert_all(ids: &BTreeSet<String>, stored: &[Stored]) {
    let keys = times(stored);
    let missing: Vec<&String> = ids
        .iter()
        .filter(|id| !keys.contains_key(id.as_str()))
        .collect();
    assert!(missing.is_empty(), "without a verdict: {missing:?}");
    for verdict in stored {
        match verdict.json["id"].as_str() {
            Some(id) => assert_eq!(id, verdict.key),
            None => assert_eq!(verdict.name, verdict.key),
        }
    }
}

#[test]
fn comments_of_a_killed_consumer_come_again() {
    let brokers = Brokers::start();
    let ids = brokers.publish(0, N_COMMENTS);
    brokers.publish_raw("no comment");
    // The first stores verdicts, and cannot commit before it is killed.
    let busy = RDKafkaRespErr::RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS;
    brokers.fail(RDKafkaApiKey::OffsetCommit, busy, 10_000);
    let first = brokers.spawn();
    wait_until("the first verdicts are stored", || {
        brokers.n_messages(VERDICTS) >= MAX_PENDING
    });
    drop(first);
    brokers
        .mock
        .clear_request_errors(RDKafkaApiKey::OffsetCommit);
    let early = brokers.stored();
    assert_eq!(brokers.n_committed(), 0);
    // The second is killed amid its work, between whatever requests.
    let delay = Duration::from_millis(30);
    brokers.mock.broker_round_trip_time(-1, delay).unwrap();
    let second = brokers.spawn();
    wait_until("some comments are done with", || {
        brokers.n_committed() >= 2 * MAX_PENDING
    });
    drop(second);
    brokers
        .mock
        .broker_round_trip_time(-1, Duration::ZERO)
        .unwrap();
    let (n_committed, n_before) = (brokers.n_committed(), brokers.n_messages(VERDICTS));
    assert!(
        n_committed < N_COMMENTS,
        "killed in the middle: {n_committed}"
    );
    assert!(
        n_before - early.len() >= n_committed,
        "stored before committed"
    );
    let told = brokers.drain();
    let stored = brokers.stored();
    assert_all(&ids, &stored);
    let times = times(&stored);
    assert_eq!(times.len(), N_COMMENTS + 1, "{told}");
    for verdict in &early {
        assert!(
            times[verdict.key.as_str()] >= 2,
            "{} came again",
            verdict.key
        );
    }
    // No more came again than the dead had not done with.
    let n_again = stored.len() - times.len();
    assert!(n_again <= early.len() + MAX_PENDING, "{n_again}");
    let errors = stored.iter().filter(|verdict| verdict.json["id"].is_null());
    let errors: BTreeSet<&str> = errors.map(|verdict| verdict.key.as_str()).collect();
    assert_eq!(errors.len(), 1, "what is no comment has a verdict too");
    assert_eq!(brokers.n_committed(), N_COMMENTS + 1);
}

/// What fails once is no error of the run, and is done again; how many verdicts were stored twice.
fn n_again_after(kind: RDKafkaApiKey, error: RDKafkaRespErr) -> usize {
    let brokers = Brokers::start();
    let ids = brokers.publish(0, 100);
    brokers.fail(kind, error, 1);
    let told = brokers.drain();
    let stored = brokers.stored();
    assert_all(&ids, &stored);
    assert_eq!(brokers.n_committed(), ids.len());
    let n_again = stored.len() - ids.len();
    assert!(n_again <= MAX_PENDING, "{n_again}: {told}");
    n_again
}

// Of neither error does librdkafka try again by itself.

#[test]
fn a_batch_that_could_not_be_stored_is_done_again() {
    let refused = RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    n_again_after(RDKafkaApiKey::Produce, refused);
}

#[test]
fn a_batch_that_could_not_be_committed_is_done_again() {
    let forgotten = RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID;
    let n_again = n_again_after(RDKafkaApiKey::OffsetCommit, forgotten);
    assert!(n_again > 0, "all of the batch had been stored");
}

#[test]
fn partitions_of_a_dead_member_go_to_one_that_lives() {
    let brokers = Brokers::start();
    let first = brokers.spawn();
    let second = brokers.spawn();
    let mut ids = brokers.publish(0, 100);
    wait_until("all comments have verdicts", || {
        brokers.n_messages(VERDICTS) >= ids.len()
    });
    drop(first);
    ids.extend(brokers.publish(100, 100));
    wait_until("all comments are done with", || {
        brokers.n_committed() == ids.len()
    });
    drop(second);
    assert_all(&ids, &brokers.stored());
}

#[test]
fn brokers_may_be_away_for_a_while() {
    let brokers = Brokers::start();
    let mut ids = brokers.publish(0, 100);
    let consumer = brokers.spawn();
    let all_done = |n: usize| {
        wait_until("all comments are done with", || brokers.n_committed() == n);
    };
    all_done(ids.len());
    brokers.mock.broker_down(-1).unwrap();
    std::thread::sleep(Duration::from_secs(4));
    brokers.mock.broker_up(-1).unwrap();
    ids.extend(brokers.publish(100, 100));
    all_done(ids.len());
    drop(consumer);
    assert_all(&ids, &brokers.stored());
}

#[test]
fn brokers_that_are_not_there_end_the_run() {
    let output = run(&["stream", "--server", "kafka://127.0.0.1:1"]);
    assert_eq!(output.status.code(), Some(2));
    let told = errors(&output);
    assert!(told.contains("Kafka: could not connect"), "{told}");
}
