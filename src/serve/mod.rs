//! The HTTP server: a drop-in for the Perspective API, an API of our own, Coral's moderation phase.
//!
//! [`app`] makes the routes around a [`Service`], which tests call without a socket; [`listen`] adds sockets, TLS and
//! signals. Comments are scored on the thread that read the request, by one [`Moderator`](crate::moderate::Moderator)
//! a thread, and batches by the pool of `rayon`. The model is exchanged whole between two requests; a request keeps the
//! one it began with. No text of a comment is ever logged.

mod attributes;
mod batch;
mod bounds;
mod coral;
mod error;
mod headway;
mod json;
mod keep;
mod language;
pub mod listen;
mod loaded;
mod memory;
mod observe;
mod own;
mod perspective;
mod sentences;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use axum::{Json, Router};
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowHeaders, AllowMethods, CorsLayer};
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use keep::{Keep, Wishes};
pub use loaded::Loaded;
pub use observe::Observe;

/// Longest body but for batches: a comment, an article and a parent, each at most a megabyte in Perspective.
const MAX_BODY_BYTES: usize = 4 << 20;

/// Of how many requests at work one may have a body longer than most. Chosen: at 512 they take 256 MB at most, and
/// leave nearly all places to the others.
const LONG_SHARE: usize = 8;

/// Bytes of answers that wait for their clients to read them, those aside that are [`bounds::SHORT_ANSWER`]. Chosen: as
/// much as long bodies may take.
const MAX_UNREAD_BYTES: usize = 256 << 20;

/// How a server behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Languages and attributes beyond the model are errors, as they were with Perspective.
    pub is_strict: bool,
    /// Whether clients come by TLS.
    pub is_tls: bool,
    /// Requests at work at once; more are turned away.
    pub max_in_flight: usize,
    /// Longest time for one request, its body included.
    pub timeout: Duration,
    /// Longest time for the head of a request, and between two requests of a connection that is kept alive.
    pub idle_timeout: Duration,
    /// Web sites whose pages may ask.
    pub cors_origins: Vec<HeaderValue>,
    /// What Coral signs its requests with; without one its routes are closed.
    pub coral_secrets: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            is_strict: false,
            is_tls: false,
            max_in_flight: 512,
            timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_mins(1),
            cors_origins: Vec::new(),
            coral_secrets: Vec::new(),
        }
    }
}

/// All that requests share.
#[derive(Debug)]
pub struct Service {
    settings: Settings,
    loaded: ArcSwap<Loaded>,
    keep: Keep,
    observe: Observe,
    in_flight: Semaphore,
    long_bodies: Semaphore,
    /// Room for answers, in pieces of [`bounds::SHORT_ANSWER`].
    unread: Arc<Semaphore>,
    batches: Arc<Semaphore>,
    n_ids: AtomicU64,
    is_draining: AtomicBool,
}

impl Service {
    /// A service with its first model.
    pub fn new(settings: Settings, loaded: Loaded, keep: Keep, observe: Observe) -> Self {
        observe.model_is(&loaded, None);
        Self {
            in_flight: Semaphore::new(settings.max_in_flight),
            long_bodies: Semaphore::new(settings.max_in_flight.div_ceil(LONG_SHARE)),
            unread: Arc::new(Semaphore::new(MAX_UNREAD_BYTES / bounds::SHORT_ANSWER)),
            batches: Arc::new(Semaphore::new(batch::MAX_REQUESTS)),
            n_ids: AtomicU64::new(0),
            settings,
            loaded: ArcSwap::from_pointee(loaded),
            keep,
            observe,
            is_draining: AtomicBool::new(false),
        }
    }

    /// The model in use; whoever asks keeps it while it is exchanged.
    pub fn loaded(&self) -> Arc<Loaded> {
        self.loaded.load_full()
    }

    /// Puts another model in use, for all requests that begin from now on.
    pub fn exchange(&self, loaded: Loaded) {
        let loaded = Arc::new(loaded);
        let old = self.loaded.swap(Arc::clone(&loaded));
        self.observe.model_is(&loaded, Some(&old));
    }

    /// Says to load balancers that no more requests should come.
    pub fn drain(&self) {
        self.is_draining.store(true, Ordering::Relaxed);
    }

    /// What is kept beside the model.
    pub fn keep(&self) -> &Keep {
        &self.keep
    }

    /// The figures of the server.
    pub fn observe(&self) -> &Observe {
        &self.observe
    }

    /// An identifier for an answer, not given out before by this process.
    fn next_id(&self) -> String {
        let n = self.n_ids.fetch_add(1, Ordering::Relaxed);
        format!("{}-{n}", std::process::id())
    }

    fn is_strict(&self) -> bool {
        self.settings.is_strict
    }

    fn is_tls(&self) -> bool {
        self.settings.is_tls
    }
}

/// The routes of a service.
pub fn app(service: Arc<Service>) -> Router {
    let batches = OpenApiRouter::new()
        .routes(routes!(own::score::score))
        .routes(routes!(own::moderations::moderations))
        .layer(DefaultBodyLimit::max(batch::MAX_BYTES));
    let (documented, document) = OpenApiRouter::with_openapi(Document::openapi())
        .merge(batches)
        .routes(routes!(perspective::analyze))
        .routes(routes!(perspective::suggest))
        .routes(routes!(own::model::get_model))
        .routes(routes!(
            own::articles::put_article,
            own::articles::get_article,
            own::articles::delete_article
        ))
        .split_for_parts();
    let document = Json(document);
    let router = Router::new()
        .merge(documented)
        .route("/openapi.json", get(move || async { document }))
        .route("/coral/moderate", post(coral::moderate::moderate))
        .route("/coral/webhook", post(coral::webhook::webhook))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(observe::metrics))
        .fallback(perspective::by_suffix)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(from_fn_with_state(Arc::clone(&service), bounds::guard))
        .layer(CatchPanicLayer::custom(bounds::after_panic));
    let router = match cors(&service.settings.cors_origins) {
        Some(cors) => router.layer(cors),
        None => router,
    };
    router.with_state(service)
}

/// The head of the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(info(
    title = "Ombuds",
    description = "Moderation of reader comments: scores, decisions and reasons. The Perspective API is served beside it."
))]
struct Document;

async fn ready(State(service): State<Arc<Service>>) -> (StatusCode, &'static str) {
    if service.is_draining.load(Ordering::Relaxed) {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n");
    }
    match service.keep.check().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the store does not answer\n",
            )
        }
    }
}

/// Answers to browsers: the sites named, no cookies.
fn cors(origins: &[HeaderValue]) -> Option<CorsLayer> {
    (!origins.is_empty()).then(|| {
        CorsLayer::new()
            .allow_origin(origins.to_vec())
            .allow_methods(AllowMethods::mirror_request())
            .allow_headers(AllowHeaders::mirror_request())
            .max_age(Duration::from_hours(1))
    })
}
