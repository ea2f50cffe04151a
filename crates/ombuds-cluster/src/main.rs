//! The `ombuds-cluster` command line: parse, run, report, exit status. All else is in the library.

use std::process::ExitCode;

use clap::Parser;
use ombuds_cluster::cli::Cli;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            ombuds_cluster::cli::report(&error);
            ExitCode::from(2)
        }
    }
}
