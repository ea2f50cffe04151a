//! `ombuds key`: the API keys that a server asks for.

use std::io::Read as _;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Context;
use clap::{Args, Subcommand};

use super::Outcome;
use super::store::with_store;
use crate::report::escape;
use crate::store::{KeyInfo, Store};

/// Longest file of a key: the longest key and a few blanks.
const MAX_KEY_FILE: u64 = 1024;

/// Add, revoke and list the API keys that a server asks for
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ombuds key add newsroom --store labels.db --quota 600
  ombuds key add coral --store labels.db --from perspective.key
  ombuds key list --store labels.db
  ombuds key revoke 3f1c09ab77d2 --store labels.db

A server that has the store open notices within two seconds.")]
pub(crate) struct KeyArgs {
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Debug, Subcommand)]
enum KeyCommand {
    /// Make a key and print it: it is not kept and cannot be shown again
    ///
    /// With --from, a key that clients have already is taken over instead and nothing is printed, so that
    /// they need no new one.
    Add {
        /// Whose it is, for lists and logs
        name: String,
        /// The store, made if there is none
        #[arg(long, value_name = "FILE")]
        store: PathBuf,
        /// Requests a minute [default: unlimited]
        #[arg(long, value_name = "N")]
        quota: Option<NonZeroU32>,
        /// File with a key to take over; - is standard input
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
    },
    /// Revoke a key for good
    Revoke {
        /// Its identifier, from `ombuds key list`
        id: String,
        /// The store
        #[arg(long, value_name = "FILE")]
        store: PathBuf,
    },
    /// All keys, also those revoked: identifier, name, requests a minute, when made, when revoked
    List {
        /// The store
        #[arg(long, value_name = "FILE")]
        store: PathBuf,
    },
}

impl KeyArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        match self.command {
            KeyCommand::Add {
                name,
                store,
                quota,
                from: None,
            } => {
                let work = async |store: &Store| store.keys().add(&name, quota).await;
                let (key, info) = with_store(Store::open(store), work)?;
                super::print(&format!("{key}\n"))?;
                super::notices(&[format!(
                    "key {} of {name}; it cannot be shown again",
                    info.id
                )]);
            }
            KeyCommand::Add {
                name,
                store,
                quota,
                from: Some(from),
            } => {
                let key = read_key(&from)?;
                let work =
                    async |store: &Store| store.keys().import(key.trim(), &name, quota).await;
                let info = with_store(Store::open(store), work)?;
                super::notices(&[format!("key {} of {name}", info.id)]);
            }
            KeyCommand::Revoke { id, store } => {
                let work = async |store: &Store| store.keys().revoke(&id).await;
                with_store(Store::open_existing(store), work)?;
                super::notices(&[format!("revoked key {id}")]);
            }
            KeyCommand::List { store } => {
                let work = async |store: &Store| store.keys().list().await;
                let keys = with_store(Store::open_existing(store), work)?;
                super::print(&keys.iter().map(line).collect::<String>())?;
            }
        }
        Ok(Outcome::Done)
    }
}

fn read_key(path: &Path) -> anyhow::Result<String> {
    let mut key = String::new();
    let read = if path.as_os_str() == "-" {
        std::io::stdin().take(MAX_KEY_FILE).read_to_string(&mut key)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MAX_KEY_FILE).read_to_string(&mut key))
    };
    read.with_context(|| format!("{}: cannot be read as a key", path.display()))?;
    Ok(key)
}

/// Tab-separated, for people and for `cut`.
fn line(key: &KeyInfo) -> String {
    let date = |time: SystemTime| humantime::format_rfc3339_seconds(time).to_string();
    let quota = key.quota_per_minute;
    let quota = quota.map_or("unlimited".to_owned(), |quota| format!("{quota}/min"));
    let revoked = key.revoked.map_or("in use".to_owned(), |time| {
        format!("revoked {}", date(time))
    });
    let (id, name, added) = (&key.id, escape(&key.name), date(key.added));
    format!("{id}\t{name}\t{quota}\t{added}\t{revoked}\n")
}
