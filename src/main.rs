//! The `ombuds` command line: parse, run, report, exit status. All else is in the library.

use std::process::ExitCode;

use anstream::eprintln;
use clap::Parser;
use ombuds::cli::Cli;
use ombuds::data;

/// Rows are made by one thread and freed by another, which costs the system's allocator 14 to 23 % of `flag`'s time.
#[cfg(feature = "allocator")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(outcome) => outcome.into(),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
            ExitCode::from(2)
        }
    }
}

/// Whoever reads our output has enough: `ombuds flag … | head` is a success.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<data::Error>()
            .is_some_and(data::Error::is_broken_pipe)
            || cause
                .downcast_ref::<std::io::Error>()
                .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    })
}

/// The chain of causes, one a line. A cause that its parent's message already tells is left out.
fn report(error: &anyhow::Error) {
    let mut told = ombuds::report::escape(&error.to_string());
    eprintln!("error: {told}");
    for cause in error.chain().skip(1) {
        let cause = ombuds::report::escape(&cause.to_string());
        if !told.contains(&cause) {
            eprintln!("  cause: {cause}");
        }
        told = cause;
    }
}
