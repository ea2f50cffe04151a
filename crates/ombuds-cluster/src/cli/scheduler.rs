//! `ombuds-cluster scheduler`.

use std::net::SocketAddr;

use anyhow::bail;
use clap::Args;

use super::holdings::HoldingArgs;
use crate::engine::{SchedulerOptions, run_scheduler};

/// Run the scheduler of a cluster
///
/// Clients and executors connect to it. It trusts whoever reaches its port: keep it on a private network.
#[derive(Debug, Args)]
pub(super) struct SchedulerArgs {
    /// Address to listen on
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:50050")]
    listen: SocketAddr,
    /// Name or address under which executors on other machines report what they did [default: the one it listens on]
    #[arg(long, value_name = "HOST")]
    external_host: Option<String>,
    /// Seconds without a sign of life after which an executor's work is given to others
    #[arg(long, value_name = "S", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    executor_timeout: u64,
    #[command(flatten)]
    holdings: HoldingArgs,
}

impl SchedulerArgs {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let holdings = self.holdings.load(1)?;
        let ip = self.listen.ip();
        if ip.is_unspecified() && self.external_host.is_none() {
            bail!("executors cannot report to {ip}; name this machine with --external-host");
        }
        let own = || {
            if ip.is_ipv6() {
                format!("[{ip}]")
            } else {
                ip.to_string()
            }
        };
        let options = SchedulerOptions {
            listen: self.listen,
            external_host: self.external_host.unwrap_or_else(own),
            executor_timeout_seconds: self.executor_timeout,
        };
        let hash = holdings.kernel.model_hash();
        super::note(&format!("scheduler on {}, model {hash}", self.listen));
        tokio::select! {
            ended = run_scheduler(&holdings.functions, &options) => ended,
            _ = tokio::signal::ctrl_c() => Ok(()),
        }
    }
}
