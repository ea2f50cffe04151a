//! `google-commentanalyzer1_alpha1`: by the address of its hub, and unchanged under the host it has hard-coded.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::task::{Context, Poll};

use google_commentanalyzer1_alpha1::api::{
    AnalyzeCommentRequest, AttributeParameters, AttributeScores, Score, SuggestCommentScoreRequest,
    TextEntry,
};
use google_commentanalyzer1_alpha1::common::NoToken;
use google_commentanalyzer1_alpha1::hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use google_commentanalyzer1_alpha1::hyper_util::client::legacy::Client;
use google_commentanalyzer1_alpha1::hyper_util::rt::TokioExecutor;
use google_commentanalyzer1_alpha1::{CommentAnalyzer, Error};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use tower_service::Service;

/// What an internal DNS name does in production: whatever the host is, it is ours. TLS goes on as it is, with its
/// certificate verified for the host.
#[derive(Clone)]
struct Ours(SocketAddr);

impl Service<Name> for Ours {
    type Response = std::iter::Once<SocketAddr>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Name) -> Self::Future {
        ready(Ok(std::iter::once(self.0)))
    }
}

type Hub = CommentAnalyzer<HttpsConnector<HttpConnector<Ours>>>;

/// A hub as the crate's documentation makes it, which speaks HTTP/2 and nothing else where there is TLS.
fn hub(tls_port: u16) -> Hub {
    let address = SocketAddr::from(([127, 0, 0, 1], tls_port));
    let mut http = HttpConnector::new_with_resolver(Ours(address));
    http.enforce_http(false);
    let https = HttpsConnectorBuilder::new().with_native_roots().unwrap();
    let https = https.https_or_http().enable_http2().wrap_connector(http);
    CommentAnalyzer::new(Client::builder(TokioExecutor::new()).build(https), NoToken)
}

fn entry(text: &str) -> Option<TextEntry> {
    Some(TextEntry {
        text: Some(text.to_owned()),
        ..TextEntry::default()
    })
}

async fn score(hub: &Hub, key: &str, text: &str) -> Result<f32, Error> {
    let request = AnalyzeCommentRequest {
        comment: entry(text),
        requested_attributes: Some([("INSULT".to_owned(), AttributeParameters::default())].into()),
        languages: Some(vec!["en".to_owned()]),
        client_token: Some("rust:1".to_owned()),
        ..AnalyzeCommentRequest::default()
    };
    let (_, answer) = hub
        .comments()
        .analyze(request)
        .param("key", key)
        .doit()
        .await?;
    assert_eq!(answer.client_token.as_deref(), Some("rust:1"));
    let insult = &answer.attribute_scores.expect("scores")["INSULT"];
    let spans = insult.span_scores.as_ref().expect("spans");
    assert_eq!(spans[0].end, Some(text.encode_utf16().count() as i32));
    Ok(insult
        .summary_score
        .as_ref()
        .and_then(|score| score.value)
        .expect("a score"))
}

async fn check(name: &str, hub: &Hub, key: &str) {
    let rude = score(hub, key, "You are a stupid idiot.")
        .await
        .expect(name);
    let kind = score(hub, key, "Thank you for this article.")
        .await
        .expect(name);
    assert!(
        0.0 <= kind && kind < rude && rude <= 1.0,
        "{name}: {kind}, {rude}"
    );

    let is_toxic = AttributeScores {
        summary_score: Some(Score {
            value: Some(1.0),
            type_: None,
        }),
        ..AttributeScores::default()
    };
    let label = SuggestCommentScoreRequest {
        comment: entry("A label from Rust."),
        attribute_scores: Some([("TOXICITY".to_owned(), is_toxic)].into()),
        client_token: Some("rust:2".to_owned()),
        ..SuggestCommentScoreRequest::default()
    };
    let (_, answer) = hub
        .comments()
        .suggestscore(label)
        .param("key", key)
        .doit()
        .await
        .expect(name);
    assert_eq!(answer.client_token.as_deref(), Some("rust:2"));

    for (key, text, message) in [
        (key, "", "Comment must be non-empty."),
        (
            "wrong",
            "x",
            "API key not valid. Please pass a valid API key.",
        ),
    ] {
        match score(hub, key, text).await {
            Err(Error::BadRequest(error)) => {
                assert_eq!(error["error"]["message"], message, "{name}")
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let variable = |name| std::env::var(name).expect(name);
    let (server, key) = (variable("OMBUDS_HTTP"), variable("OMBUDS_KEY"));
    let tls_port = variable("OMBUDS_TLS_PORT").parse().expect("a port");
    let mut moved = hub(tls_port);
    moved.base_url(format!("{server}/"));
    check("moved", &moved, &key).await;
    check("hard-coded", &hub(tls_port), &key).await;
}
