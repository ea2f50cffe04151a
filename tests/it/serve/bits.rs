//! A score is the same number in the library, in `flag`, and over HTTP, alone and in a batch.

use std::collections::BTreeMap;
use std::fs;

use assert_cmd::Command;
use ombuds::comment::{Article, Comment};
use ombuds::model::Model;
use ombuds::serve::{Settings, app};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{post, service};

const ARTICLE: &str = "Council closes the public baths\nThe city council voted on Monday to close the public baths at \
    the harbour. Repairs of the pool and the roof would cost four million.";

/// What the library says, by label.
fn library(
    model: &Model,
    text: &str,
    article: Option<&Article>,
    parent: Option<&str>,
) -> BTreeMap<String, f64> {
    let comment = Comment {
        article,
        parent,
        ..Comment::from_text(text)
    };
    let scores = model.scorer().score(&comment);
    model
        .labels()
        .map(str::to_owned)
        .zip(scores.probabilities())
        .collect()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

fn check(texts: &[String], with_article: bool, parent: Option<&str>) {
    let model = Model::embedded();
    let article = with_article.then(|| Article::from_text(ARTICLE));
    let app = app(service(Settings::default(), Vec::new()));
    runtime().block_on(async {
        let mut context = json!({});
        if with_article {
            context["article"] = json!({"text": ARTICLE});
        }
        if let Some(parent) = parent {
            context["parentComment"] = json!({"text": parent});
        }
        let attributes: serde_json::Map<String, Value> = model
            .labels()
            .map(|label| (label.to_uppercase(), json!({})))
            .collect();
        let comments: Vec<Value> = texts
            .iter()
            .map(|text| match parent {
                Some(parent) => json!({"text": text, "parent": parent}),
                None => json!({"text": text}),
            })
            .collect();
        let mut batch = json!({"comments": comments});
        if let Some(article) = &article {
            batch["article"] = json!({"title": article.title, "body": article.body});
        }
        let (status, batch) = post(&app, "/v1/score", batch).await;
        assert_eq!(status, 200, "{batch}");
        for (text, of_batch) in texts.iter().zip(batch["results"].as_array().unwrap()) {
            let expected = library(&model, text, article.as_ref(), parent);
            let alone = json!({"comment": {"text": text}, "requestedAttributes": attributes,
                "context": {"articleAndParentComment": context}, "spanAnnotations": true});
            let (status, alone) = post(&app, "/v1alpha1/comments:analyze", alone).await;
            assert_eq!(status, 200, "{alone}");
            for (label, probability) in expected {
                let score =
                    &alone["attributeScores"][label.to_uppercase()]["summaryScore"]["value"];
                if probability.is_nan() {
                    assert!(
                        score.is_null() && of_batch["scores"][&label].is_null(),
                        "{label}: {text}"
                    );
                    continue;
                }
                // An f32 in its shortest form, which an f64 reader takes for another number.
                let sent: f32 = score.to_string().parse().unwrap();
                assert_eq!(
                    sent.to_bits(),
                    (probability as f32).to_bits(),
                    "{label}: {text}"
                );
                let sent = of_batch["scores"][&label].as_f64().unwrap();
                assert_eq!(sent.to_bits(), probability.to_bits(), "{label}: {text}");
            }
        }
    });
}

/// Texts of the fixtures.
fn texts() -> Vec<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/newsroom/comments.csv");
    let mut reader = csv::Reader::from_path(path).unwrap();
    let column = reader
        .headers()
        .unwrap()
        .iter()
        .position(|name| name == "text")
        .unwrap();
    let rows = reader.records().map(|row| row.unwrap()[column].to_owned());
    rows.filter(|text| !text.is_empty()).take(200).collect()
}

#[test]
fn scores_over_http_are_those_of_the_library() {
    let texts = texts();
    check(&texts, false, None);
    check(&texts, true, None);
    check(
        &texts[..50],
        true,
        Some("The roof was leaking for years, and nobody cared."),
    );
}

#[test]
fn scores_over_http_are_those_of_flag() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (
        folder.path().join("in.jsonl"),
        folder.path().join("out.jsonl"),
    );
    let texts = texts();
    let mut rows = String::new();
    for text in &texts {
        rows.push_str(&format!(
            "{}
",
            json!({"text": text})
        ));
    }
    fs::write(&input, rows).unwrap();
    Command::cargo_bin("ombuds")
        .unwrap()
        .arg("flag")
        .arg(&input)
        .arg("-o")
        .arg(&output)
        .assert()
        .success();
    let comments: Vec<Value> = texts.iter().map(|text| json!({"text": text})).collect();
    let app = app(service(Settings::default(), Vec::new()));
    let (_, answer) = runtime().block_on(post(&app, "/v1/score", json!({"comments": comments})));
    let flagged = fs::read_to_string(&output).unwrap();
    let flagged: Vec<Value> = flagged
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let results = answer["results"].as_array().unwrap();
    assert_eq!(flagged.len(), results.len());
    for (flagged, result) in flagged.iter().zip(results) {
        assert_eq!(flagged["decision"], result["decision"]);
        for (label, score) in result["scores"].as_object().unwrap() {
            let written = &flagged[format!("{label}_score")];
            let Some(score) = score.as_f64() else {
                assert!(written.is_null(), "{label}");
                continue;
            };
            // `flag` cuts to five digits and never rounds up.
            let written = written.as_f64().unwrap();
            assert!(
                written <= score && score - written < 1e-5,
                "{label}: {written} {score}"
            );
            let is_flagged = result["flags"].as_array().unwrap().contains(&json!(label));
            assert_eq!(
                flagged[format!("{label}_flag")],
                u8::from(is_flagged),
                "{label}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_the_text(texts in proptest::collection::vec(".{1,80}|\\PC{1,200}|([a-z$1@.]{1,8} ){1,30}", 1..4), with_article: bool) {
        check(&texts, with_article, None);
    }
}

#[test]
fn names_of_others_count_alike_over_http_and_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (title, parent) = (
        "Council closes the public baths",
        "The roof was leaking for years.",
    );
    let text = "Jack never read a word of it, as usual, and Marlene claps.";
    let article =
        json!({"kind": "article", "id": "7", "title": title, "commenters": ["Marlene", "Tom"]});
    let rows = [
        json!({"id": "1", "author": "Comrade Jack", "text": parent}),
        json!({"id": "2", "author": "Tom", "parent_id": "1", "article_id": "7", "text": text}),
    ];
    fs::write(path("articles.jsonl"), article.to_string()).unwrap();
    fs::write(path("in.jsonl"), rows.map(|row| row.to_string()).join("\n")).unwrap();
    let (output, articles) = (path("out.jsonl"), path("articles.jsonl"));
    Command::cargo_bin("ombuds")
        .unwrap()
        .arg("flag")
        .args([
            path("in.jsonl"),
            "--articles".into(),
            articles,
            "-o".into(),
            output.clone(),
        ])
        .assert()
        .success();
    let flagged = fs::read_to_string(output).unwrap();
    let flagged: Value = serde_json::from_str(flagged.lines().last().unwrap()).unwrap();
    let reasons = flagged["reasons"].as_str().unwrap();
    assert!(
        reasons.contains("commenters named: \"Jack\", \"Marlene\""),
        "{reasons}"
    );

    let reply =
        json!({"text": text, "author": "Tom", "parent": parent, "parent_author": "Comrade Jack"});
    let mut nameless = reply.clone();
    nameless.as_object_mut().unwrap().remove("parent_author");
    let mut said = json!({"id": "1", "author": "Comrade Jack", "text": parent});
    let mut answer = json!({"text": text, "author": "Tom", "parent_id": "1"});
    let of = json!({"title": title, "commenters": ["Marlene", "Tom"]});
    for comment in [&mut said, &mut answer] {
        comment["article"] = of.clone();
    }
    let batch = json!({"article": of, "comments": [reply, said, answer]});
    let nobody = json!({"article": {"title": title}, "comments": [nameless]});
    let app = app(service(Settings::default(), Vec::new()));
    runtime().block_on(async {
        let (_, batch) = post(&app, "/v1/score", batch).await;
        let (_, nobody) = post(&app, "/v1/score", nobody).await;
        let score = |answer: &Value, i: usize| answer["results"][i]["scores"]["off_topic"].as_f64();
        let named = score(&batch, 0).unwrap();
        assert_eq!(score(&batch, 2), Some(named));
        assert!(
            named > score(&nobody, 0).unwrap() + 0.05,
            "{batch} {nobody}"
        );
        // A file has five digits.
        assert!((flagged["off_topic_score"].as_f64().unwrap() - named).abs() < 1e-5);
    });
}
