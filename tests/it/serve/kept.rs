//! With a store: labels, keys, comments that replies refer to.

use std::num::NonZeroU32;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use ombuds::data::ArticleStore;
use ombuds::serve::{Keep, Service, Settings, Wishes, app};
use ombuds::store::Store;
use serde_json::{Value, json};

use super::{loaded, post, send};

const ANALYZE: &str = "/v1alpha1/comments:analyze";
const SUGGEST: &str = "/v1alpha1/comments:suggestscore";

async fn with_store(wishes: Wishes) -> (Router, Arc<Service>, Store, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("store.db")).await.unwrap();
    let keep = Keep::in_memory(ArticleStore::default()).with_store(store.clone(), wishes);
    let (loaded, observe) = loaded();
    let service = Arc::new(Service::new(Settings::default(), loaded, keep, observe));
    (app(service.clone()), service, store, folder)
}

async fn exported(store: &Store) -> Vec<Value> {
    let mut jsonl = Vec::new();
    store.export(&mut jsonl).await.unwrap();
    let jsonl = String::from_utf8(jsonl).unwrap();
    let rows = jsonl
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    rows.filter(|row| row["text"].is_string()).collect()
}

fn suggestion(text: &str, value: f64) -> Value {
    json!({"comment": {"text": text}, "attributeScores": {"TOXICITY@6": {"summaryScore": {"value": value}}}})
}

#[tokio::test]
async fn what_people_think_is_kept_unless_they_ask_not_to() {
    let (app, _, store, _folder) = with_store(Wishes::default()).await;
    assert_eq!(
        post(&app, SUGGEST, suggestion("You are a fool.", 1.0))
            .await
            .0,
        200
    );
    assert_eq!(
        post(&app, SUGGEST, suggestion("A fine day.", 0.25)).await.0,
        200
    );
    for secret in ["doNotStore", "do_not_store"] {
        let mut suggestion = suggestion("My diary.", 0.0);
        suggestion[secret] = json!(true);
        assert_eq!(post(&app, SUGGEST, suggestion).await.0, 200);
    }
    let analyze =
        json!({"comment": {"text": "Scored, not kept."}, "requestedAttributes": {"TOXICITY": {}}});
    assert_eq!(post(&app, ANALYZE, analyze).await.0, 200);
    let mut rows: Vec<(String, f64)> = exported(&store)
        .await
        .iter()
        .map(|row| {
            (
                row["text"].as_str().unwrap().to_owned(),
                row["toxicity"].as_f64().unwrap(),
            )
        })
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(
        rows,
        [
            ("A fine day.".to_owned(), 0.25),
            ("You are a fool.".to_owned(), 1.0)
        ]
    );
    let wrong = json!({"comment": {"text": "x"}, "attributeScores": {"text": {"summaryScore": {"value": 1}}}});
    assert_eq!(post(&app, SUGGEST, wrong).await.0, 400);
}

#[tokio::test]
async fn replies_find_the_comment_they_answer() {
    let wishes = Wishes {
        comments: true,
        decisions: true,
        ..Wishes::default()
    };
    let (app, _, _, _folder) = with_store(wishes).await;
    let first = json!({"comments": [{"id": "c1", "text": "The council closes the public baths at the harbour because repairs cost too much."}]});
    assert_eq!(post(&app, "/v1/score", first).await.0, 200);
    let reply = |parent: &str| json!({"comments": [{"text": "My phone contract is too expensive, so I bought bitcoin from a trader in Lisbon.", "parent_id": parent}]});
    let (_, known) = post(&app, "/v1/score", reply("c1")).await;
    assert!(
        known["results"][0]["scores"]["off_topic"].is_f64(),
        "{known}"
    );
    let (_, unknown) = post(&app, "/v1/score", reply("c2")).await;
    assert_eq!(
        unknown["results"][0]["notes"],
        json!(["the comment it answers is not known"])
    );
}

#[tokio::test]
async fn keys_are_in_force_once_there_is_one_and_ever_after() {
    let (app, service, store, _folder) = with_store(Wishes::default()).await;
    let body = json!({"comment": {"text": "A fine day."}, "requestedAttributes": {"TOXICITY": {}}});
    assert_eq!(post(&app, ANALYZE, body.clone()).await.0, 200);
    assert!(!service.keep().needs_key());
    let (key, info) = store.keys().add("desk", NonZeroU32::new(3)).await.unwrap();
    let (status, missing) = post(&app, ANALYZE, body.clone()).await;
    assert_eq!(
        (status.as_u16(), &missing["error"]["status"]),
        (403, &json!("PERMISSION_DENIED"))
    );
    let (status, wrong) = post(&app, &format!("{ANALYZE}?key=AIza"), body.clone()).await;
    let details = json!([{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID",
        "domain": "googleapis.com", "metadata": {"service": "commentanalyzer.googleapis.com"}}]);
    assert_eq!(
        (status.as_u16(), &wrong["error"]["details"]),
        (400, &details)
    );
    assert_eq!(
        wrong["error"]["message"],
        "API key not valid. Please pass a valid API key."
    );
    let with = |name: &str, value: String| {
        let request = Request::post(ANALYZE).header(name, value);
        request.body(Body::from(body.to_string())).unwrap()
    };
    assert_eq!(
        post(&app, &format!("{ANALYZE}?alt=json&key={key}"), body.clone())
            .await
            .0,
        200
    );
    assert_eq!(send(&app, with("x-goog-api-key", key.clone())).await.0, 200);
    assert_eq!(
        send(&app, with("authorization", format!("Bearer {key}")))
            .await
            .0,
        200
    );
    let (status, over) = send(&app, with("x-goog-api-key", key.clone())).await;
    let over: Value = serde_json::from_slice(&over).unwrap();
    assert_eq!(
        (status.as_u16(), &over["error"]["status"]),
        (429, &json!("RESOURCE_EXHAUSTED"))
    );
    assert_eq!(over["error"]["details"][0]["reason"], "RATE_LIMIT_EXCEEDED");
    assert_eq!(
        over["error"]["details"][0]["metadata"]["quota_limit_value"],
        "3"
    );
    assert_eq!(
        over["error"]["details"][1]["@type"],
        "type.googleapis.com/google.rpc.Help"
    );
    // Discovery and probes need none.
    let get = |path: &str| Request::get(path).body(Body::empty()).unwrap();
    for (path, expected) in [
        ("/$discovery/rest", 200),
        ("/readyz", 200),
        ("/metrics", 200),
        ("/v1/model", 403),
    ] {
        assert_eq!(send(&app, get(path)).await.0.as_u16(), expected, "{path}");
    }
    store.keys().revoke(&info.id).await.unwrap();
    assert_eq!(post(&app, ANALYZE, body.clone()).await.0, 403);
    assert_eq!(
        post(&app, &format!("{ANALYZE}?key={key}"), body).await.0,
        400
    );
}
