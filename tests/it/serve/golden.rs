//! The exchanges under `tests/serve`.

use std::fs;
use std::path::PathBuf;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use ombuds::comment::Article;
use ombuds::serve::{Settings, app};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tower::ServiceExt as _;

use super::service;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    why: String,
    #[serde(default)]
    settings: GivenSettings,
    #[serde(default)]
    articles: Vec<GivenArticle>,
    request: GivenRequest,
    response: Expected,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct GivenSettings {
    strict: bool,
    coral_secret: Option<String>,
    cors: Option<String>,
    max_in_flight: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenArticle {
    id: String,
    #[serde(default)]
    url: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    body: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenRequest {
    #[serde(default = "post")]
    method: String,
    path: String,
    #[serde(default)]
    headers: Map<String, Value>,
    body: Option<Value>,
    raw: Option<String>,
    /// A text to be repeated in place of `<long>` in the body, and how often.
    long: Option<(String, usize)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    status: u16,
    #[serde(default)]
    headers: Map<String, Value>,
    body: Option<Value>,
}

fn post() -> String {
    "POST".to_owned()
}

#[tokio::test]
async fn answers_are_those_of_the_contract() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/serve");
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files
        .filter(|path| path.extension().is_some_and(|it| it == "json"))
        .collect();
    files.sort();
    assert!(files.len() > 1, "there are exchanges");
    let mut wrong = Vec::new();
    for file in files {
        let exchange: Exchange = serde_json::from_slice(&fs::read(&file).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        if let Err(what) = check(&exchange).await {
            wrong.push(format!("{name}: {}\n  {what}", exchange.why));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn check(exchange: &Exchange) -> Result<(), String> {
    let given = &exchange.settings;
    let mut settings = Settings {
        is_strict: given.strict,
        coral_secrets: given.coral_secret.iter().cloned().collect(),
        cors_origins: given
            .cors
            .iter()
            .map(|origin| origin.parse().unwrap())
            .collect(),
        ..Settings::default()
    };
    settings.max_in_flight = given.max_in_flight.unwrap_or(settings.max_in_flight);
    let articles = exchange.articles.iter().map(|given| Article {
        id: given.id.clone(),
        url: given.url.clone(),
        title: given.title.clone(),
        body: given.body.clone(),
        ..Article::default()
    });
    let service = service(settings, articles.collect());
    let version = service.loaded().version().to_owned();
    let request = &exchange.request;
    let mut body = match (&request.body, &request.raw) {
        (Some(body), None) => body.to_string(),
        (None, raw) => raw.clone().unwrap_or_default(),
        (Some(_), Some(_)) => panic!("{}: body and raw", exchange.why),
    };
    if let Some((text, n)) = &request.long {
        body = body.replace("<long>", &text.repeat(*n));
    }
    let body = body.replace("<version>", &version);
    let mut builder = Request::builder()
        .method(&*request.method)
        .uri(&request.path);
    for (name, value) in &request.headers {
        builder = builder.header(name, value.as_str().unwrap());
    }
    let response = app(service)
        .oneshot(builder.body(Body::from(body)).unwrap())
        .await
        .unwrap();
    let expected = &exchange.response;
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let text = String::from_utf8_lossy(&body);
    if parts.status.as_u16() != expected.status {
        return Err(format!("status {}: {text}", parts.status));
    }
    for (name, value) in &expected.headers {
        let found = parts
            .headers
            .get(name)
            .and_then(|found| found.to_str().ok());
        if found != value.as_str() {
            return Err(format!("header {name}: {found:?}"));
        }
    }
    let Some(expected) = &expected.body else {
        return if body.is_empty() {
            Ok(())
        } else {
            Err(format!("a body: {text}"))
        };
    };
    let found = serde_json::from_slice(&body).unwrap_or_else(|_| Value::String(text.into_owned()));
    differs("", &found, expected, &version)
}

/// An error that says where two bodies differ.
fn differs(at: &str, found: &Value, expected: &Value, version: &str) -> Result<(), String> {
    let wrong = || Err(format!("at {at}/: found {found}, expected {expected}"));
    match (found, expected) {
        (_, Value::String(any)) if any == "<any>" => Ok(()),
        (Value::Number(score), Value::String(any)) if any == "<score>" => {
            let is_score = score
                .as_f64()
                .is_some_and(|score| (0.0..=1.0).contains(&score));
            if is_score { Ok(()) } else { wrong() }
        }
        (Value::String(found), Value::String(expected)) => {
            if *found == expected.replace("<version>", version) {
                Ok(())
            } else {
                wrong()
            }
        }
        (Value::Array(found), Value::Array(expected)) if found.len() == expected.len() => {
            let mut pairs = found.iter().zip(expected).enumerate();
            pairs.try_for_each(|(i, (found, expected))| {
                differs(&format!("{at}/{i}"), found, expected, version)
            })
        }
        (Value::Object(found), Value::Object(expected)) => {
            let has_more = expected.contains_key("…");
            let keys = expected.iter().filter(|(key, _)| *key != "…");
            if found.len() != keys.clone().count() && !has_more {
                return wrong();
            }
            for (key, expected) in keys {
                let Some(found) = found.get(key) else {
                    return wrong();
                };
                differs(&format!("{at}/{key}"), found, expected, version)?;
            }
            Ok(())
        }
        _ if found == expected => Ok(()),
        _ => wrong(),
    }
}

#[test]
fn a_difference_is_found() {
    let differs = |found: Value, expected: Value| differs("", &found, &expected, "v").is_err();
    for (found, expected) in [
        (json!({"a": 1}), json!({"a": 2})),
        (json!({"a": 1, "b": 1}), json!({"a": 1})),
        (json!({"a": 1}), json!({"a": 1, "b": 1})),
        (json!([1, 2]), json!([1])),
        (json!(1.5), json!("<score>")),
        (json!("w"), json!("<version>")),
    ] {
        assert!(
            differs(found.clone(), expected.clone()),
            "{found} {expected}"
        );
    }
    assert!(!differs(
        json!({"a": 0.5, "b": "v", "c": 1}),
        json!({"a": "<score>", "b": "<version>", "…": "<more>"})
    ));
}
