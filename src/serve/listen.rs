//! Sockets, TLS and signals around the [`app`].

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use tokio::signal::unix::{SignalKind, signal};

use super::headway::Headway;
use super::{Loaded, Service, app};
use crate::data::ArticleStore;

/// Time for what is in flight when the server is to stop.
const GRACE: Duration = Duration::from_secs(30);
/// How often comments that were kept for long enough are looked for.
const PRUNE: Duration = Duration::from_hours(1);
/// How often figures are folded into their buckets.
const FOLD: Duration = Duration::from_millis(500);

/// Certificate and private key, in PEM files.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The chain of certificates, the server's own first.
    pub cert: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// What a SIGHUP brings.
#[derive(Debug)]
pub struct Reloaded {
    /// The model, its house rules and thresholds.
    pub loaded: Loaded,
    /// The articles of the file, where there is one.
    pub articles: Option<ArticleStore>,
}

/// Serves until SIGTERM or SIGINT, and then until what is in flight is answered. On SIGHUP the certificate is read
/// again, and `reload` says which model and file of articles to go on with; whatever fails leaves the old one in use.
///
/// # Errors
/// The certificate cannot be read, or the socket fails.
pub async fn serve(
    service: Arc<Service>,
    listener: TcpListener,
    tls: Option<TlsFiles>,
    reload: impl Fn(&Service) -> anyhow::Result<Reloaded> + Send + Sync + 'static,
) -> io::Result<()> {
    let handle = Handle::new();
    let config = match &tls {
        Some(files) => Some(RustlsConfig::from_pem_file(&files.cert, &files.key).await?),
        None => None,
    };
    let stop = stop(Arc::clone(&service), handle.clone())?;
    let exchange = exchange(Arc::clone(&service), tls.zip(config.clone()), reload)?;
    let side = [
        tokio::spawn(stop),
        tokio::spawn(exchange),
        tokio::spawn(fold(Arc::clone(&service))),
        tokio::spawn(prune(Arc::clone(&service))),
    ];
    let idle_timeout = service.settings.idle_timeout;
    let headway = Headway::new(&service.settings);
    let make = app(service).into_make_service();
    let mut server = axum_server::from_tcp(listener)?
        .first_request_timeout(idle_timeout)
        .handle(handle);
    server
        .http_builder()
        .http1()
        .header_read_timeout(idle_timeout);
    let result = match config {
        Some(config) => {
            server
                .acceptor(RustlsAcceptor::new(config).acceptor(headway))
                .serve(make)
                .await
        }
        None => server.acceptor(headway).serve(make).await,
    };
    side.iter().for_each(tokio::task::JoinHandle::abort);
    result
}

fn stop(service: Arc<Service>, handle: Handle<SocketAddr>) -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!(connections = handle.connection_count(), "stopping");
        service.drain();
        handle.graceful_shutdown(Some(GRACE));
    })
}

fn exchange(
    service: Arc<Service>,
    tls: Option<(TlsFiles, RustlsConfig)>,
    reload: impl Fn(&Service) -> anyhow::Result<Reloaded> + Send + Sync + 'static,
) -> io::Result<impl Future<Output = ()>> {
    let mut hangup = signal(SignalKind::hangup())?;
    let reload = Arc::new(reload);
    Ok(async move {
        while hangup.recv().await.is_some() {
            if let Some((files, config)) = &tls {
                match config.reload_from_pem_file(&files.cert, &files.key).await {
                    Ok(()) => tracing::info!("certificate read again"),
                    Err(error) => tracing::error!(%error, "the old certificate stays in use"),
                }
            }
            let (service, reload) = (Arc::clone(&service), Arc::clone(&reload));
            let exchanged = tokio::task::spawn_blocking(move || exchange_model(&service, &*reload));
            if exchanged.await.is_err() {
                tracing::error!("the old model stays in use: reading the new one panicked");
            }
        }
    })
}

fn exchange_model(
    service: &Service,
    reload: &(impl Fn(&Service) -> anyhow::Result<Reloaded> + ?Sized),
) {
    let reloaded = reload(service);
    service.observe().reload(reloaded.is_ok());
    match reloaded {
        Ok(Reloaded { loaded, articles }) => {
            if let Some(articles) = articles {
                tracing::info!(n = articles.len(), "articles read again");
                service.keep().replace_articles(articles);
            }
            tracing::info!(version = loaded.version(), "model exchanged");
            service.exchange(loaded);
        }
        Err(error) => tracing::error!(error = format!("{error:#}"), "the old model stays in use"),
    }
}

async fn fold(service: Arc<Service>) {
    let mut clock = tokio::time::interval(FOLD);
    loop {
        clock.tick().await;
        service.observe().fold();
    }
}

async fn prune(service: Arc<Service>) {
    let mut clock = tokio::time::interval(PRUNE);
    loop {
        clock.tick().await;
        match service.keep().prune().await {
            Ok(0) => {}
            Ok(n) => tracing::info!(n, "comments kept for long enough were deleted"),
            Err(error) => tracing::error!(%error, "kept comments could not be deleted"),
        }
    }
}
