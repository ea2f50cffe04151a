//! While it runs: models exchanged, figures, what is too much, what is hostile.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use ombuds::comment::Article;
use ombuds::model::Model;
use ombuds::moderate::HouseRules;
use ombuds::phrases::PhraseSet;
use ombuds::serve::{Loaded, Settings, app};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{post, send, service};

const TEXT: &str =
    "My phone contract is too expensive, so I bought bitcoin from a trader in Lisbon.";

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

/// A model with another version, whose `off_topic` scores differ.
fn other_model() -> Model {
    let mut model = Model::embedded();
    let article = |i| {
        Article::from_text(&format!(
            "Bitcoin trader {i} in Lisbon\nExpensive phone contracts."
        ))
    };
    assert!(model.compare_with(&(0..20).map(article).collect::<Vec<_>>()));
    model
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_model_is_exchanged_under_running_requests() {
    let service = service(Settings::default(), Vec::new());
    let app = app(service.clone());
    let body = json!({"comments": [{"text": TEXT, "article": {"title": "Council closes the public baths"}}]});
    let ask = async |app| {
        let (status, answer) = post(app, "/v1/score", body.clone()).await;
        assert_eq!(status, 200);
        (
            answer["model"].as_str().unwrap().to_owned(),
            answer["results"][0]["scores"].to_string(),
        )
    };
    let old = ask(&app).await;
    let run = |n| {
        let (app, body) = (app.clone(), body.clone());
        tokio::spawn(async move {
            let mut answers = Vec::new();
            for _ in 0..n {
                let (status, answer) = post(&app, "/v1/score", body.clone()).await;
                assert_eq!(status, 200);
                answers.push((
                    answer["model"].as_str().unwrap().to_owned(),
                    answer["results"][0]["scores"].to_string(),
                ));
            }
            answers
        })
    };
    let running: Vec<_> = (0..4).map(|_| run(200)).collect();
    let model = other_model();
    let rules = HouseRules::new(&model, &[], PhraseSet::default()).unwrap();
    service.exchange(Loaded::new(model, rules, None, service.observe()));
    let new = ask(&app).await;
    assert!(old.0 != new.0 && old.1 != new.1, "{old:?} {new:?}");
    for task in running {
        for answer in task.await.unwrap() {
            assert!(answer == old || answer == new, "{answer:?}");
        }
    }
    // The pin of the old model is now another model's.
    let pinned = json!({"comment": {"text": TEXT}, "requestedAttributes": {format!("TOXICITY@{}", old.0): {}}});
    assert_eq!(
        post(&app, "/v1alpha1/comments:analyze", pinned).await.0,
        400
    );
}

#[tokio::test]
async fn figures_count_and_hold_no_text() {
    let service = service(Settings::default(), Vec::new());
    let app = app(service.clone());
    for _ in 0..3 {
        let body = json!({"comment": {"text": "Zyzzogeton, you stupid idiot"}, "requestedAttributes": {"TOXICITY": {}}});
        assert_eq!(post(&app, "/v1alpha1/comments:analyze", body).await.0, 200);
    }
    post(
        &app,
        "/v1/score",
        json!({"comments": [{"text": "Zyzzogeton"}]}),
    )
    .await;
    post(&app, "/v1alpha1/comments:analyze", json!({})).await;
    let (status, text) = send(&app, get("/metrics")).await;
    let text = String::from_utf8(text).unwrap();
    assert_eq!(status, 200);
    assert!(!text.contains("yzzogeton"));
    let version = service.loaded().version().to_owned();
    for line in [
        "ombuds_requests_total{route=\"analyze\",status=\"2xx\"} 3",
        "ombuds_requests_total{route=\"analyze\",status=\"4xx\"} 1",
        "ombuds_request_seconds_count{route=\"analyze\"} 4",
        "ombuds_comments_total 4",
        "ombuds_score_count{label=\"toxicity\"} 4",
        "ombuds_flagged_total{label=\"insult\"} 3",
        &format!("ombuds_model_info{{version=\"{version}\"}} 1"),
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}

#[tokio::test]
async fn an_article_serves_the_comments_after_it() {
    let app = app(service(Settings::default(), Vec::new()));
    let put = |title: &str| {
        let body = json!({"title": title, "url": "https://news.example/a?utm=1"}).to_string();
        Request::put("/v1/articles/a%2F1")
            .body(body.into())
            .unwrap()
    };
    let batch = json!({"comments": [
        {"text": TEXT, "article_id": "a/1"}, {"text": TEXT, "article_url": "http://news.example/a"},
    ]});
    let score = async || post(&app, "/v1/score", batch.clone()).await.1["results"].clone();
    assert!(score().await[0]["scores"]["off_topic"].is_null());
    assert_eq!(
        send(&app, put("Council closes the public baths")).await.0,
        StatusCode::NO_CONTENT
    );
    let before = score().await;
    assert!(before[0]["scores"]["off_topic"].is_f64());
    assert_eq!(before[0]["scores"], before[1]["scores"]);
    assert_eq!(
        send(&app, put("Trader in Lisbon sold bitcoin")).await.0,
        StatusCode::NO_CONTENT
    );
    assert_ne!(score().await[1]["scores"], before[1]["scores"]);
    let delete = Request::delete("/v1/articles/a%2F1")
        .body(Body::empty())
        .unwrap();
    assert_eq!(send(&app, delete).await.0, StatusCode::NO_CONTENT);
    assert!(score().await[1]["scores"]["off_topic"].is_null());
}

#[tokio::test]
async fn what_is_too_long_is_refused() {
    let app = app(service(Settings::default(), Vec::new()));
    for (path, length) in [
        ("/v1alpha1/comments:analyze", 5 << 20),
        ("/v1/score", 33 << 20),
        ("/v1/articles/a", 5 << 20),
    ] {
        let method = if path.starts_with("/v1/articles") {
            "PUT"
        } else {
            "POST"
        };
        let request = |body: Body| {
            Request::builder()
                .method(method)
                .uri(path)
                .body(body)
                .unwrap()
        };
        let said = Request::builder()
            .method(method)
            .uri(path)
            .header("content-length", "1073741824");
        assert_eq!(
            send(&app, said.body(Body::empty()).unwrap()).await.0,
            413,
            "{path}"
        );
        assert_eq!(
            send(&app, request(vec![b' '; length].into())).await.0,
            413,
            "{path}"
        );
    }
}

#[tokio::test]
async fn batches_may_be_longer_than_other_requests() {
    let app = app(service(Settings::default(), Vec::new()));
    let body = format!(
        "{}{}",
        " ".repeat(5 << 20),
        json!({"comments": [{"text": "x"}]})
    );
    let request = Request::post("/v1/score").body(body.into()).unwrap();
    assert_eq!(send(&app, request).await.0, 200);
}

#[tokio::test]
async fn a_thousand_comments_are_answered_in_order() {
    let app = app(service(Settings::default(), Vec::new()));
    let comments: Vec<Value> = (0..1000)
        .map(|i| json!({"id": i.to_string(), "text": format!("Comment {i}")}))
        .collect();
    let (status, answer) = post(&app, "/v1/score", json!({"comments": comments})).await;
    assert_eq!(status, 200);
    let ids = answer["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["id"].as_str().unwrap());
    assert!(ids.eq((0..1000).map(|i| i.to_string())));
}

#[tokio::test]
async fn stopping_is_told_to_load_balancers() {
    let service = service(Settings::default(), Vec::new());
    let app = app(service.clone());
    assert_eq!(send(&app, get("/readyz")).await.0, 200);
    service.drain();
    assert_eq!(send(&app, get("/readyz")).await.0, 503);
    assert_eq!(send(&app, get("/healthz")).await.0, 200);
}

#[test]
fn hostile_bodies_are_answered_and_break_nothing() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let app = app(service(Settings::default(), Vec::new()));
    let paths = [
        "/v1alpha1/comments:analyze",
        "/v1alpha1/comments:suggestscore",
        "/v1/score",
        "/v1/moderations",
    ];
    let pieces = prop_oneof![
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just(":"),
        Just(","),
        Just("null"),
        Just("1e999"),
        Just("-1"),
        Just("\"\\ud83d\""),
        Just("\"comment\""),
        Just("\"text\""),
        Just("\"requestedAttributes\""),
        Just("\"TOXICITY\""),
        Just("\"comments\""),
        Just("\"input\""),
        Just("\"attributeScores\""),
        Just("\"context\""),
        Just("\"entries\""),
        Just("\u{0}"),
    ];
    let strategy = prop_oneof![
        proptest::collection::vec(pieces, 0..20).prop_map(|pieces| pieces.concat().into_bytes()),
        proptest::collection::vec(any::<u8>(), 0..100),
        ".{0,60}".prop_map(|text| json!({"comment": {"text": text}, "input": text, "spanAnnotations": true, "requestedAttributes": {"OFF_TOPIC": {}, "INSULT": {}}, "context": {"entries": [{"text": text}, {"text": text}]}}).to_string().into_bytes()),
    ];
    let mut runner = proptest::test_runner::TestRunner::default();
    let checked = runner.run(&(strategy, 0..paths.len()), |(body, path)| {
        let request = Request::post(paths[path]).body(body.into()).unwrap();
        let (status, _) = runtime.block_on(send(&app, request));
        prop_assert!(status == 200 || status == 400, "{}", status);
        Ok(())
    });
    checked.unwrap();
}
