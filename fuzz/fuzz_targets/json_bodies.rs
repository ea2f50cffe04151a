//! Bodies of all routes that take JSON. The first byte chooses the route and whether the server is strict.
//!
//! Whatever comes, the answer is JSON with the status of an answer or of a client's mistake: a panic of a handler would
//! be a 500. No answer quotes a number that is none.

#![no_main]

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use libfuzzer_sys::fuzz_target;
use ombuds::data::ArticleStore;
use ombuds::model::Model;
use ombuds::moderate::HouseRules;
use ombuds::phrases::PhraseSet;
use ombuds::serve::{Keep, Loaded, Observe, Service, Settings, app};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt as _;

const ROUTES: [(&str, &str); 5] = [
    ("POST", "/v1alpha1/comments:analyze"),
    ("POST", "/v1alpha1/comments:suggestscore"),
    ("POST", "/v1/score"),
    ("POST", "/v1/moderations"),
    ("PUT", "/v1/articles/a"),
];

static APPS: LazyLock<[Router; 2]> = LazyLock::new(|| {
    [false, true].map(|is_strict| {
        let (model, observe) = (Model::embedded(), Observe::new());
        let rules = HouseRules::new(&model, &[], PhraseSet::default()).unwrap();
        let loaded = Loaded::new(model, rules, None, &observe);
        let settings = Settings {
            is_strict,
            ..Settings::default()
        };
        let keep = Keep::in_memory(ArticleStore::default());
        app(Arc::new(Service::new(settings, loaded, keep, observe)))
    })
});

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().enable_all().build().unwrap());

fuzz_target!(|data: &[u8]| {
    let Some((&choice, body)) = data.split_first() else {
        return;
    };
    let (method, path) = ROUTES[usize::from(choice) / 2 % ROUTES.len()];
    let app = APPS[usize::from(choice) % 2].clone();
    let request = Request::builder().method(method).uri(path);
    let request = request.body(Body::from(body.to_vec())).unwrap();
    let (status, answer) = RUNTIME.block_on(async {
        let response = app.oneshot(request).await.unwrap();
        let status = response.status();
        (status, to_bytes(response.into_body(), usize::MAX).await.unwrap())
    });
    match status {
        StatusCode::NO_CONTENT => assert!(answer.is_empty()),
        StatusCode::OK | StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE => {
            let answer: serde_json::Value = serde_json::from_slice(&answer).expect("JSON");
            assert_eq!(answer["error"].is_object(), status != StatusCode::OK);
        }
        other => panic!("{path}: {other}"),
    }
});
