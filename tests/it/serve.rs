//! The server without sockets: golden exchanges, and that its scores are the library's.

mod bits;
mod golden;
mod hostile;
mod kept;
mod killed;
mod odd;
mod process;
mod running;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use ombuds::comment::Article;
use ombuds::data::ArticleStore;
use ombuds::model::Model;
use ombuds::moderate::HouseRules;
use ombuds::phrases::PhraseSet;
use ombuds::serve::{Keep, Loaded, Observe, Service, Settings};
use serde_json::Value;
use tower::ServiceExt as _;

/// The model built in.
fn loaded() -> (Loaded, Observe) {
    let observe = Observe::new();
    let model = Model::embedded();
    let rules = HouseRules::new(&model, &[], PhraseSet::default()).unwrap();
    (Loaded::new(model, rules, None, &observe), observe)
}

/// A server with the model built in.
fn service(settings: Settings, articles: Vec<Article>) -> Arc<Service> {
    let (loaded, observe) = loaded();
    let mut store = ArticleStore::default();
    articles.into_iter().for_each(|article| store.put(article));
    Arc::new(Service::new(
        settings,
        loaded,
        Keep::in_memory(store),
        observe,
    ))
}

/// Sends a request; status and body.
async fn send(app: &Router, request: Request<Body>) -> (StatusCode, Vec<u8>) {
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, body.to_vec())
}

async fn post(app: &Router, path: &str, body: Value) -> (StatusCode, Value) {
    let request = Request::post(path).body(body.to_string().into()).unwrap();
    let (status, body) = send(app, request).await;
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}
