//! Which partitions the group gave to this consumer, and which of them were read to their end.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rdkafka::ClientContext;
use rdkafka::consumer::{BaseConsumer, ConsumerContext, Rebalance};
use rdkafka::topic_partition_list::TopicPartitionListElem;

/// Written by librdkafka's events, which a consumer sees while it waits for messages.
#[derive(Debug, Default)]
pub(super) struct Assignment(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Counts changes.
    generation: u64,
    /// None before the group has dealt, and while it deals anew.
    partitions: Option<BTreeSet<i32>>,
    /// Of these, such as have no more messages now.
    ended: BTreeSet<i32>,
}

impl Assignment {
    /// Another after each change.
    pub(super) fn generation(&self) -> u64 {
        self.state().generation
    }

    pub(super) fn has_more(&self, partition: i32) {
        self.state().ended.remove(&partition);
    }

    pub(super) fn has_ended(&self, partition: i32) {
        self.state().ended.insert(partition);
    }

    /// Whether all partitions given to this consumer have ended. It may be given none, if the group has more members
    /// than the topic has partitions.
    pub(super) fn is_drained(&self) -> bool {
        let state = self.state();
        let partitions = state.partitions.as_ref();
        partitions.is_some_and(|partitions| partitions.is_subset(&state.ended))
    }

    fn deal(&self, partitions: Option<BTreeSet<i32>>) {
        let mut state = self.state();
        state.generation += 1;
        state.partitions = partitions;
        state.ended.clear();
    }

    /// No state is left half written: a panic elsewhere does not spoil it.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientContext for Assignment {}

impl ConsumerContext for Assignment {
    fn post_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        self.deal(match rebalance {
            Rebalance::Assign(list) => {
                let partitions = list.elements();
                Some(
                    partitions
                        .iter()
                        .map(TopicPartitionListElem::partition)
                        .collect(),
                )
            }
            Rebalance::Revoke(_) | Rebalance::Error(_) => None,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drained_is_what_was_dealt_and_has_ended() {
        let assignment = Assignment::default();
        assert!(!assignment.is_drained(), "not dealt yet");
        assignment.deal(Some([0, 1].into()));
        assignment.has_ended(0);
        assert!(!assignment.is_drained(), "1 is being read");
        assignment.has_ended(1);
        assert!(assignment.is_drained());
        assignment.has_more(0);
        assert!(!assignment.is_drained(), "0 got another message");
        let generation = assignment.generation();
        assignment.deal(None);
        assert!(!assignment.is_drained(), "being dealt anew");
        assignment.deal(Some(BTreeSet::new()));
        assert!(assignment.is_drained(), "nothing for this member");
        assert_ne!(assignment.generation(), generation);
    }
}
