//! The discovery document: what Google's client libraries build themselves from.

use axum::http::HeaderMap;
use axum::http::header::HOST;
use serde_json::{Value, json};

/// Longest name of a host that is given back.
const MAX_HOST_BYTES: usize = 255;

/// The document, with the host that the client asked at.
pub(super) fn document(headers: &HeaderMap, is_tls: bool) -> Value {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(HOST.as_str())
        .filter(|host| is_host(host))
        .unwrap_or("localhost");
    let scheme = match text("x-forwarded-proto") {
        Some("https") => "https",
        _ if is_tls => "https",
        _ => "http",
    };
    let root = format!("{scheme}://{host}/");
    json!({
        "kind": "discovery#restDescription", "discoveryVersion": "v1",
        "id": "commentanalyzer:v1alpha1", "name": "commentanalyzer", "version": "v1alpha1",
        "title": "Ombuds, as the Perspective Comment Analyzer API", "revision": "20200426",
        "description": "Scores of reader comments by a model of your own",
        "protocol": "rest", "version_module": true, "fullyEncodeReservedExpansion": true,
        "rootUrl": root, "baseUrl": root, "servicePath": "", "basePath": "", "batchPath": "batch",
        "parameters": parameters(),
        "auth": {"oauth2": {"scopes": {"https://www.googleapis.com/auth/userinfo.email": {"description": "Address of the account"}}}},
        "resources": {"comments": {"methods": {
            "analyze": method("analyze", "AnalyzeComment", "Scores a comment"),
            "suggestscore": method("suggestscore", "SuggestCommentScore", "Takes what somebody thinks of a comment"),
        }}},
        "schemas": schemas(),
    })
}

/// What may stand in a Host header; anything else is not given back.
fn is_host(host: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    !host.is_empty() && host.len() <= MAX_HOST_BYTES && host.bytes().all(is_plain)
}

fn method(name: &str, message: &str, description: &str) -> Value {
    let path = format!("v1alpha1/comments:{name}");
    json!({
        "id": format!("commentanalyzer.comments.{name}"), "description": description,
        "httpMethod": "POST", "path": path, "flatPath": path, "parameters": {}, "parameterOrder": [],
        "request": {"$ref": format!("{message}Request")}, "response": {"$ref": format!("{message}Response")},
        "scopes": ["https://www.googleapis.com/auth/userinfo.email"],
    })
}

fn parameters() -> Value {
    let text = json!({"type": "string", "location": "query"});
    let choice = |values: &[&str]| json!({"type": "string", "location": "query", "enum": values, "enumDescriptions": vec![""; values.len()]});
    json!({
        "key": text, "access_token": text, "oauth_token": text, "callback": text, "fields": text, "quotaUser": text,
        "uploadType": text, "upload_protocol": text,
        "prettyPrint": {"type": "boolean", "location": "query", "default": "true"},
        "alt": choice(&["json", "media", "proto"]), "$.xgafv": choice(&["1", "2"]),
    })
}

fn schemas() -> Value {
    let text = json!({"type": "string"});
    let flag = json!({"type": "boolean"});
    let float = json!({"type": "number", "format": "float"});
    let integer = json!({"type": "integer", "format": "int32"});
    let texts = json!({"type": "array", "items": text});
    let of = |name: &str| json!({"$ref": name});
    let list = |name: &str| json!({"type": "array", "items": {"$ref": name}});
    let map = |name: &str| json!({"type": "object", "additionalProperties": {"$ref": name}});
    let choice = |values: &[&str]| json!({"type": "string", "enum": values, "enumDescriptions": vec![""; values.len()]});
    let kind = choice(&[
        "SCORE_TYPE_UNSPECIFIED",
        "PROBABILITY",
        "STD_DEV_SCORE",
        "PERCENTILE",
        "RAW",
    ]);
    let object = |(id, properties): (&str, Value)| {
        (
            id.to_owned(),
            json!({"id": id, "type": "object", "properties": properties}),
        )
    };
    let common = json!({
        "comment": of("TextEntry"), "context": of("Context"), "languages": texts, "clientToken": text,
        "sessionId": text, "communityId": text,
    });
    let with = |more: Value| {
        let mut all = common.clone();
        if let (Value::Object(all), Value::Object(more)) = (&mut all, more) {
            all.extend(more);
        }
        all
    };
    let schemas = [
        (
            "AnalyzeCommentRequest",
            with(json!({
                "requestedAttributes": map("AttributeParameters"), "doNotStore": flag, "spanAnnotations": flag,
            })),
        ),
        (
            "AnalyzeCommentResponse",
            json!({
                "attributeScores": map("AttributeScores"), "languages": texts, "detectedLanguages": texts, "clientToken": text,
            }),
        ),
        (
            "SuggestCommentScoreRequest",
            with(json!({"attributeScores": map("AttributeScores")})),
        ),
        (
            "SuggestCommentScoreResponse",
            json!({
                "clientToken": text, "detectedLanguages": texts, "requestedLanguages": texts,
            }),
        ),
        (
            "TextEntry",
            json!({"text": text, "type": choice(&["TEXT_TYPE_UNSPECIFIED", "PLAIN_TEXT", "HTML"])}),
        ),
        (
            "Context",
            json!({"entries": list("TextEntry"), "articleAndParentComment": of("ArticleAndParentComment")}),
        ),
        (
            "ArticleAndParentComment",
            json!({"article": of("TextEntry"), "parentComment": of("TextEntry")}),
        ),
        (
            "AttributeParameters",
            json!({"scoreType": kind, "scoreThreshold": float}),
        ),
        (
            "AttributeScores",
            json!({"summaryScore": of("Score"), "spanScores": list("SpanScore")}),
        ),
        (
            "SpanScore",
            json!({"begin": integer, "end": integer, "score": of("Score")}),
        ),
        ("Score", json!({"value": float, "type": kind})),
    ];
    Value::Object(schemas.into_iter().map(object).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_asked_at_is_the_host_named() {
        for (host, proto, is_tls, expected) in [
            ("127.0.0.1:8080", None, false, "http://127.0.0.1:8080/"),
            ("[::1]:8080", None, true, "https://[::1]:8080/"),
            ("a.example", Some("https"), false, "https://a.example/"),
            ("a.example/evil\"", None, false, "http://localhost/"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, host.parse().unwrap());
            if let Some(proto) = proto {
                headers.insert("x-forwarded-proto", proto.parse().unwrap());
            }
            let document = document(&headers, is_tls);
            assert_eq!(
                (&document["rootUrl"], &document["baseUrl"]),
                (&json!(expected), &json!(expected))
            );
        }
    }

    #[test]
    fn every_reference_has_a_schema() {
        let text = document(&HeaderMap::new(), false).to_string();
        let schemas = schemas();
        let mut n = 0;
        for rest in text.split("\"$ref\":\"").skip(1) {
            let name = rest.split('"').next().unwrap();
            assert_eq!(schemas[name]["id"], name);
            n += 1;
        }
        assert!(n > 15);
    }
}
