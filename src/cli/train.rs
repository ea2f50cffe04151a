//! x
use clap::Args;
/// Train
#[derive(Debug, Args)]
pub(crate) struct TrainArgs {}
impl TrainArgs { pub(crate) fn run(self) -> anyhow::Result<super::Outcome> { todo!() } }
