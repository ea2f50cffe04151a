//! `ombuds serve` in a build with the server.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use axum::http::HeaderValue;
use clap::{Args, ValueEnum};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::Outcome;
use super::input::load_model;
use super::model::kept_measurement;
use crate::data::{ArticleStore, InputOptions, read_phrases};
use crate::moderate::HouseRules;
use crate::phrases::PhraseSet;
use crate::serve::listen::{Reloaded, TlsFiles, serve};
use crate::serve::{Keep, Loaded, Observe, Service, Settings, Wishes};
use crate::store::Store;

/// Answer over HTTP, in place of the Perspective API
///
/// Clients of Perspective change the address and nothing else: comments:analyze, comments:suggestscore and the
/// discovery document are served under any path that ends with them. Our own API is at /v1 and described at
/// /openapi.json; /healthz, /readyz and /metrics are for operators. SIGHUP reads model, articles and certificate again,
/// SIGTERM stops when what is in flight is answered. No comment is logged.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools)] // switches of a command line
#[command(after_help = "Examples:
  ombuds serve
  ombuds serve --model models/mine --articles articles.csv
  ombuds serve --listen 0.0.0.0:443 --tls-cert chain.pem --tls-key key.pem --insecure")]
pub(crate) struct ServeArgs {
    /// Address to listen at
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Listen at an address that others can reach although anybody may then ask
    #[arg(long)]
    insecure: bool,
    /// Folder of the model [default: the one compiled in]
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
    /// Where a label's flag is set instead; may be repeated
    #[arg(long, value_name = "LABEL=SCORE", value_parser = super::flag::label_threshold)]
    threshold: Vec<(String, f64)>,
    /// File of the site's phrases
    #[arg(long, value_name = "FILE")]
    phrases: Option<PathBuf>,
    /// File of articles that comments refer to by identifier or address
    #[arg(long, value_name = "FILE")]
    articles: Option<PathBuf>,
    /// File that keeps what `suggestscore` is told, articles that are put, and API keys; made if there is none. Keys are in
    /// force once there is one: see `ombuds key add`
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
    /// Keep comments that are scored, and their scores, in the store, but for those that ask not to be
    #[arg(long, requires = "store")]
    keep_decisions: bool,
    /// Keep comments that come with an identifier in the store, so that replies find what they answer
    #[arg(long, requires = "store")]
    keep_comments: bool,
    /// Delete comments kept so when they are older than this
    #[arg(long, value_name = "DAYS", requires = "keep_comments")]
    keep_comments_days: Option<u16>,
    /// Perspective's errors for languages and attributes that the model does not know, in place of a best effort
    #[arg(long)]
    strict: bool,
    /// Certificate chain, a PEM file
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate, a PEM file
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Web site whose pages may ask, such as https://news.example; may be repeated
    #[arg(long, value_name = "ORIGIN")]
    cors_origin: Vec<HeaderValue>,
    /// File with the secret of Coral's external moderation phase; a second line is a second one, while it is changed
    #[arg(long, value_name = "FILE")]
    coral_secret: Option<PathBuf>,
    /// Requests at work at once; more are turned away with 503
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    max_in_flight: u32,
    /// Longest time for one request, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// Longest time for the head of a request, and between two requests of one connection, in seconds; longer than that
    /// of a load balancer in front
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    idle_timeout: u64,
    /// How logs are written, on standard error
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    log_format: LogFormat,
    /// Least that is logged: error, warn, info, or debug for every request
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    log: tracing::Level,
    /// Print a systemd unit with what to do about it, and end
    #[arg(long, exclusive = true)]
    print_unit: bool,
}

/// In the program and not beside it: whoever has the program has the unit that goes with it.
const UNIT: &str = include_str!("../serve/ombuds.service");

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

impl ServeArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        if self.print_unit {
            super::print(UNIT)?;
            return Ok(Outcome::Done);
        }
        self.log();
        make_room_for_connections();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        let keep = runtime.block_on(self.keep())?;
        self.check_exposure(&keep)?;
        let observe = Observe::new();
        let loaded = self.load(&observe)?;
        let listener = TcpListener::bind(self.listen)
            .with_context(|| format!("could not listen at {}", self.listen))?;
        let address = listener.local_addr()?;
        let service = Arc::new(Service::new(self.settings()?, loaded, keep, observe));
        tracing::info!(%address, version = service.loaded().version(), "listening");
        let tls = self.tls();
        let reload = move |service: &Service| self.reload(service);
        runtime.block_on(async {
            let served = serve(Arc::clone(&service), listener, tls, reload).await;
            service.keep().close().await;
            served
        })?;
        tracing::info!("stopped");
        Ok(Outcome::Done)
    }

    /// Others must not reach a server that anybody may ask, unless that is meant.
    fn check_exposure(&self, keep: &Keep) -> anyhow::Result<()> {
        if self.listen.ip().is_loopback() || self.insecure || keep.needs_key() {
            return Ok(());
        }
        bail!(
            "{} can be reached from outside and no API keys are in force; make one with \
             `ombuds key add --store FILE` and name the store, listen at a loopback address, or say --insecure",
            self.listen
        )
    }

    async fn keep(&self) -> anyhow::Result<Keep> {
        let articles = self.articles.as_deref().map(read_articles).transpose()?;
        let keep = Keep::in_memory(articles.unwrap_or_default());
        let Some(path) = &self.store else {
            return Ok(keep);
        };
        let wishes = Wishes {
            decisions: self.keep_decisions,
            comments: self.keep_comments,
            comments_for: self
                .keep_comments_days
                .map(|days| Duration::from_hours(24 * u64::from(days))),
        };
        Ok(keep.with_store(Store::open(path).await?, wishes))
    }

    fn load(&self, observe: &Observe) -> anyhow::Result<Loaded> {
        let model = load_model(self.model.as_deref())?;
        let phrases = self.phrases.as_deref().map(read_phrases).transpose()?;
        let phrases = PhraseSet::new(phrases.unwrap_or_default())?;
        let rules = HouseRules::new(&model, &self.threshold, phrases)?;
        let measured = kept_measurement(self.model.as_deref(), &model)?;
        Ok(Loaded::new(model, rules, measured.as_ref(), observe))
    }

    fn reload(&self, service: &Service) -> anyhow::Result<Reloaded> {
        let loaded = self.load(service.observe())?;
        let articles = self.articles.as_deref().map(read_articles).transpose()?;
        Ok(Reloaded { loaded, articles })
    }

    fn settings(&self) -> anyhow::Result<Settings> {
        Ok(Settings {
            is_strict: self.strict,
            is_tls: self.tls_cert.is_some(),
            max_in_flight: self.max_in_flight as usize,
            timeout: Duration::from_secs(self.timeout),
            idle_timeout: Duration::from_secs(self.idle_timeout),
            cors_origins: self.cors_origin.clone(),
            coral_secrets: self
                .coral_secret
                .as_deref()
                .map_or(Ok(Vec::new()), read_secrets)?,
        })
    }

    fn tls(&self) -> Option<TlsFiles> {
        let (cert, key) = (self.tls_cert.clone()?, self.tls_key.clone()?);
        Some(TlsFiles { cert, key })
    }

    fn log(&self) {
        let builder = tracing_subscriber::fmt()
            .with_max_level(self.log)
            .with_writer(io::stderr);
        // Another subscriber can only be there in a program that is not ours; it then gets the logs.
        let _ = match self.log_format {
            LogFormat::Text => builder.with_ansi(false).try_init(),
            LogFormat::Json => builder.json().flatten_event(true).try_init(),
        };
    }
}

/// Opens the soft limit on open files, of 1,024 in many places, to what the system lets us have: each connection is
/// one, and a server without any left answers nobody.
fn make_room_for_connections() {
    let limit = getrlimit(Resource::Nofile);
    let wanted = Rlimit {
        current: limit.maximum,
        ..limit
    };
    if let Err(error) = setrlimit(Resource::Nofile, wanted) {
        tracing::warn!(%error, "the limit on open connections stays as it is");
    }
}

fn read_articles(path: &Path) -> anyhow::Result<ArticleStore> {
    let store = ArticleStore::load(path, &InputOptions::default())
        .with_context(|| format!("could not read articles from {}", path.display()))?;
    super::notices(store.notices());
    Ok(store)
}

/// The secrets of a file, one a line.
fn read_secrets(path: &Path) -> anyhow::Result<Vec<String>> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("could not read the secret in {}", path.display()))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let secrets: Vec<String> = lines.map(str::to_owned).collect();
    if secrets.is_empty() {
        bail!("{}: there is no secret in it", path.display());
    }
    Ok(secrets)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::{Cli, Command};

    #[test]
    fn the_unit_starts_a_server_that_there_is() {
        let line = UNIT
            .lines()
            .find_map(|line| line.strip_prefix("ExecStart="));
        let parsed = Cli::try_parse_from(line.unwrap().split(' ')).unwrap();
        let Command::Serve(args) = parsed.command else {
            panic!("another subcommand");
        };
        assert!(
            args.store.unwrap().starts_with("/var/lib/ombuds"),
            "StateDirectory=ombuds"
        );
    }
}
