//! Where queries run: in this process, or on a cluster of Ballista.

mod codec;
mod executor;
mod scheduler;
mod source;
mod stores;

pub use executor::{ExecutorOptions, run_executor};
pub use scheduler::{SchedulerOptions, run_scheduler};
pub use source::{Layout, Source, SourceError, SourceFile};

use ballista::prelude::{SessionConfigExt as _, SessionContextExt as _};
use datafusion::common::Result;
use datafusion::execution::SessionStateBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};

use crate::functions::Functions;

/// Where queries run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Engine {
    /// In this process.
    Local,
    /// On the cluster of the scheduler at this address, `df://host:port`.
    Cluster(String),
}

impl Engine {
    /// Whether other processes do the work.
    pub fn is_cluster(&self) -> bool {
        matches!(self, Self::Cluster(_))
    }

    /// A session in which `functions` can be called. A query is cut into at most `n_partitions` parts that run at a
    /// time.
    ///
    /// # Errors
    /// An address that is none. Whether a scheduler is there shows with the first query.
    pub async fn session(
        &self,
        functions: &Functions,
        n_partitions: usize,
    ) -> Result<SessionContext> {
        let config = match self {
            Self::Local => SessionConfig::new(),
            Self::Cluster(_) => SessionConfig::new_with_ballista(),
        };
        // One job's partitions are all there are: a part of a file is never read for its statistics alone.
        let config = config
            .with_target_partitions(n_partitions)
            .with_collect_statistics(false)
            .with_information_schema(true)
            // It would copy a function below each field taken from its result, and a row be scored once a field.
            .set_bool(
                "datafusion.optimizer.enable_leaf_expression_pushdown",
                false,
            );
        let state = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(stores::runtime().build_arc()?)
            .with_default_features()
            .build();
        let context = match self {
            Self::Local => SessionContext::new_with_state(state),
            Self::Cluster(url) => {
                SessionContext::remote_with_state(&url.replacen("df://", "http://", 1), state)
                    .await?
            }
        };
        // Only now: the client of a cluster starts from its own list of functions.
        functions.register(&context);
        Ok(context)
    }
}
