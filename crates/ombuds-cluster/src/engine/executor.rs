//! Ballista's executor with our functions in it.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};

use super::codec::PhysicalCodec;
use super::stores;
use crate::functions::Functions;

/// How an executor works and where it is found.
#[derive(Clone, Debug)]
pub struct ExecutorOptions {
    /// Host of the scheduler.
    pub scheduler_host: String,
    /// Port of the scheduler.
    pub scheduler_port: u16,
    /// Address to listen on.
    pub bind_host: String,
    /// Name or address under which scheduler and other executors reach it, if not `bind_host`.
    pub external_host: Option<String>,
    /// Port for results.
    pub port: u16,
    /// Port for tasks.
    pub grpc_port: u16,
    /// Tasks at a time.
    pub n_cores: usize,
    /// Folder for intermediate results, removed in the end if it is not named.
    pub work_dir: Option<PathBuf>,
    /// Bytes that sorts and aggregates may hold before they spill.
    pub memory_bytes: u64,
    /// Seconds between signs of life.
    pub heartbeat_seconds: u64,
}

/// Runs until the process is told to stop.
///
/// # Errors
/// No scheduler, or a port that is taken.
pub async fn run_executor(functions: &Functions, options: ExecutorOptions) -> anyhow::Result<()> {
    let own_dir =
        tempfile::tempdir().context("could not make a folder for intermediate results")?;
    let work_dir = options
        .work_dir
        .unwrap_or_else(|| own_dir.path().to_owned());
    let spill_dir = work_dir.clone();
    // One registry for all queries: a bucket's connections outlive a task.
    let runtime = stores::runtime();
    let scheduler = format!("{}:{}", options.scheduler_host, options.scheduler_port);
    let config = ExecutorProcessConfig {
        bind_host: options.bind_host,
        external_host: options.external_host,
        port: options.port,
        grpc_port: options.grpc_port,
        scheduler_host: options.scheduler_host,
        scheduler_port: options.scheduler_port,
        scheduler_connect_timeout_seconds: 30,
        vcores: options.n_cores,
        work_dir: Some(work_dir.to_string_lossy().into_owned()),
        memory_pool_size: Some(options.memory_bytes),
        executor_heartbeat_interval_seconds: options.heartbeat_seconds,
        job_data_ttl_seconds: 24 * 3600,
        job_data_clean_up_interval_seconds: 600,
        override_function_registry: Some(Arc::new(functions.registry())),
        override_physical_codec: Some(Arc::new(PhysicalCodec::new(functions))),
        override_runtime_producer: Some(Arc::new(move |_| {
            let runtime = runtime.clone();
            runtime.with_temp_file_path(&spill_dir).build_arc()
        })),
        ..ExecutorProcessConfig::default()
    };
    start_executor_process(Arc::new(config))
        .await
        .with_context(|| format!("the executor of the scheduler at {scheduler} ended"))
}
