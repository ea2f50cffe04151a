//! `ombuds-cluster executor`.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::holdings::{HoldingArgs, scheduler_url};
use crate::engine::{ExecutorOptions, run_executor};

/// Run an executor of a cluster
///
/// It must see the files of the queries under the same paths as the client. It trusts whoever
/// reaches its ports: keep it on a private network.
#[derive(Debug, Args)]
pub(super) struct ExecutorArgs {
    /// Address of the scheduler
    #[arg(long, value_name = "URL", value_parser = scheduler_url, default_value = "df://127.0.0.1:50050")]
    scheduler: String,
    /// Address to listen on
    #[arg(long, value_name = "HOST", default_value = "127.0.0.1")]
    bind_host: String,
    /// Name or address under which others reach it [default: the one it listens on]
    #[arg(long, value_name = "HOST")]
    external_host: Option<String>,
    /// Port for results
    #[arg(long, default_value_t = 50051)]
    port: u16,
    /// Port for tasks
    #[arg(long, default_value_t = 50052)]
    task_port: u16,
    /// Tasks at a time [default: processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    cores: Option<u16>,
    /// Folder for intermediate results [default: a temporary one]
    #[arg(long, value_name = "DIR")]
    work_dir: Option<PathBuf>,
    /// Megabytes that sorts and joins may hold before they spill to the folder
    #[arg(long, value_name = "MB", default_value_t = 512)]
    memory: u64,
    /// Megabytes of features that trainings may hold; what is past that is read in every pass. Some 3 kB a comment
    #[arg(long, value_name = "MB", default_value_t = 2048)]
    max_memory: u64,
    /// Seconds between signs of life
    #[arg(long, value_name = "S", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..))]
    heartbeat: u64,
    #[command(flatten)]
    holdings: HoldingArgs,
}

impl ExecutorArgs {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        // A task scores on its own thread: as many run at a time as there are cores.
        let holdings = (self.holdings).load_for_training(1, self.max_memory << 20)?;
        let address = self.scheduler.trim_start_matches("df://");
        let (host, port) = address.rsplit_once(':').context("write df://host:port")?;
        let n_processors = || std::thread::available_parallelism().map_or(1, usize::from);
        let hash = holdings.kernel.model_hash();
        super::note(&format!("executor of {address}, model {hash}"));
        let options = ExecutorOptions {
            scheduler_host: host.to_owned(),
            scheduler_port: port.parse().context("the port of the scheduler")?,
            bind_host: self.bind_host,
            external_host: self.external_host,
            port: self.port,
            grpc_port: self.task_port,
            n_cores: self.cores.map_or_else(n_processors, usize::from),
            work_dir: self.work_dir,
            memory_bytes: self.memory << 20,
            heartbeat_seconds: self.heartbeat,
        };
        run_executor(&holdings.functions, options).await
    }
}
