//! Ballista's scheduler with our functions in it.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::SchedulerConfig;
use ballista_scheduler::scheduler_process::start_server;
use datafusion::execution::SessionStateBuilder;
use datafusion::prelude::SessionConfig;

use super::codec::{LogicalCodec, PhysicalCodec};
use super::stores;
use crate::functions::Functions;

/// How the scheduler listens and when it gives an executor up.
#[derive(Clone, Debug)]
pub struct SchedulerOptions {
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Name or address under which executors report to it.
    pub external_host: String,
    /// Seconds without a sign of life after which an executor's work is given to others.
    pub executor_timeout_seconds: u64,
}

/// Runs until the process is told to stop.
///
/// # Errors
/// The address is taken or not ours.
pub async fn run_scheduler(
    functions: &Functions,
    options: &SchedulerOptions,
) -> anyhow::Result<()> {
    let registry = functions.registry();
    // It lists the files of plans.
    let runtime = stores::runtime().build_arc()?;
    let session = move |config: SessionConfig| {
        let scalars = registry.scalar_functions.values().cloned().collect();
        let aggregates = registry.aggregate_functions.values().cloned().collect();
        let builder = SessionStateBuilder::new()
            .with_default_features()
            .with_config(config)
            .with_runtime_env(Arc::clone(&runtime))
            .with_scalar_functions(scalars)
            .with_aggregate_functions(aggregates);
        Ok(builder.build())
    };
    let timeout = options.executor_timeout_seconds;
    let config = SchedulerConfig {
        bind_host: options.listen.ip().to_string(),
        bind_port: options.listen.port(),
        // Tasks carry it. The engine's own default is `localhost`, which on another machine is that machine.
        external_host: options.external_host.clone(),
        executor_timeout_seconds: timeout,
        expire_dead_executor_interval_seconds: (timeout / 4).max(1),
        no_executors_grace_period_seconds: timeout,
        override_session_builder: Some(Arc::new(session)),
        override_logical_codec: Some(Arc::new(LogicalCodec::new(functions))),
        override_physical_codec: Some(Arc::new(PhysicalCodec::new(functions))),
        ..SchedulerConfig::default()
    };
    let cluster = BallistaCluster::new_from_config(&config).await?;
    start_server(cluster, options.listen, Arc::new(config))
        .await
        .with_context(|| format!("could not serve on {}", options.listen))
}
