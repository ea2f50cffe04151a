//! The page as a browser's parser reads it.

use dom_query::Document;

use super::*;
use crate::comment::Span;
use crate::metrics::Resampling;
use crate::model::Provenance;
use crate::policy::OperatingPoint;
use crate::report::evaluation::{EvaluatedFile, EvaluationOptions, LabelScores, evaluate_scores};
use crate::report::inspection::{Account, Case, Drift, Grouping, Observed, inspect};
use crate::report::reasons::Side;

const HOSTILE: &str =
    "</script><script>alert(1)</script> \u{202e}evil\0 '\"><img src=x onerror=alert(2)>";

/// A page of labels with these shares, and hostile text wherever text comes from outside.
fn hostile_page(labels: &[Vec<f32>]) -> (Evaluation, String) {
    let resampling = Resampling {
        n_replicates: 50,
        ..Resampling::default()
    };
    let policy = OperatingPoint {
        flag: 0.5,
        review: 0.25,
        reject: Some(0.9),
    };
    let values = [HOSTILE.to_owned(), "sports".to_owned()];
    let (mut reports, mut inspections) = (Vec::new(), Vec::new());
    for shares in labels {
        let n = shares.len();
        let scores: Vec<f64> = (0..n).map(|i| i as f64 / n as f64).collect();
        let scored = LabelScores {
            label: HOSTILE,
            scores: &scores,
            shares,
            groups: None,
        };
        let grouping = Grouping {
            name: HOSTILE,
            values: &values,
            value_of_row: (0..n as u32).map(|i| i % 2).collect(),
            is_ordered: false,
        };
        let mut inspection = inspect(&scored, policy, &[grouping], &resampling).unwrap();
        inspection.n_untold = 7;
        inspection.false_alarms.push(Case {
            place: HOSTILE.to_owned(),
            score: 0.99,
            share: 0.25,
            text: HOSTILE.to_owned(),
            is_cut: true,
            marks: vec![
                (Span { start: 2, end: 20 }, Side::For),
                (Span { start: 25, end: 27 }, Side::Against),
            ],
            account: Account {
                speaks_for: vec![HOSTILE.to_owned()],
                speaks_against: vec![HOSTILE.to_owned()],
                ..Account::default()
            },
        });
        let options = EvaluationOptions {
            resampling,
            ..EvaluationOptions::default()
        };
        reports.push(evaluate_scores(&scored, policy, &options).unwrap());
        inspections.push(inspection);
    }
    let evaluation = Evaluation {
        program: "ombuds test".to_owned(),
        model: HOSTILE.to_owned(),
        split: HOSTILE.to_owned(),
        data: vec![EvaluatedFile {
            name: HOSTILE.to_owned(),
            rows: 3,
            bad_rows: 1,
        }],
        labels: reports,
    };
    let observed = Observed {
        n: 3,
        languages: [("eng", 3)].into(),
        ..Observed::default()
    };
    let drift = Drift::new(
        &observed,
        &evaluation.labels,
        &Provenance::default(),
        Some(&evaluation),
    );
    let inspection = Inspection {
        in_training: true,
        labels: inspections,
        drift,
    };
    let html = page(&evaluation, &inspection);
    (evaluation, html)
}

fn half(n: usize) -> Vec<f32> {
    (0..n).map(|i| f32::from(u8::from(2 * i > n))).collect()
}

#[test]
fn hostile_text_is_text_and_the_page_has_no_error() {
    let (_, html) = hostile_page(&[half(60), vec![0.25; 7]]);
    let document = Document::from(html.as_str());
    let errors = document.errors.borrow();
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(document.select("script").length(), 1);
    assert_eq!(document.select("img, iframe, link, object").length(), 0);
    assert!(!html.contains("<script>alert"));
    assert!(!html.contains(['\0', '\u{202e}']));
    for node in document.select("*").nodes() {
        for attribute in node.attrs() {
            assert!(!attribute.name.local.starts_with("on"), "{attribute:?}");
            assert!(&*attribute.name.local != "style", "the policy forbids it");
        }
    }
    assert!(!html.contains("http://") && !html.contains("https://"));
    let quote = document.select("blockquote").text().to_string();
    assert!(
        quote.contains("</script><script>alert(1)</script>"),
        "{quote}"
    );
}

#[test]
fn every_attribute_of_every_picture_is_a_number_where_it_should_be() {
    for shares in [
        half(60),
        half(3),
        vec![0.0; 5],
        vec![1.0; 5],
        vec![0.5],
        vec![1.0],
    ] {
        let (_, html) = hostile_page(&[shares]);
        assert!(!html.contains("NaN") && !html.contains("inf\""), "{html}");
        let document = Document::from(html.as_str());
        assert!(document.errors.borrow().is_empty());
        let rows = document.select(".slider").attr("data-rows").unwrap();
        let rows: Vec<Vec<Option<f64>>> = serde_json::from_str(&rows).unwrap();
        assert!(!rows.is_empty() && rows.len() <= 200);
    }
}

#[test]
fn the_parser_does_find_errors() {
    for broken in ["<p></b>", "<!DOCTYPE html><p title=\"a\" title=\"b\">"] {
        assert!(
            !Document::from(broken).errors.borrow().is_empty(),
            "{broken}"
        );
    }
}

#[test]
fn one_class_is_said_and_not_drawn() {
    let (_, html) = hostile_page(&[vec![0.0; 30]]);
    assert!(html.contains("None has the label"));
    assert!(html.contains("these are all of one kind"));
    let (_, html) = hostile_page(&[vec![1.0; 30]]);
    assert!(html.contains("All have the label"));
}

#[test]
fn figures_of_the_page_are_those_of_the_evaluation() {
    use crate::report::number::{estimate, figure, threshold};
    let (evaluation, html) = hostile_page(&[half(60)]);
    let document = Document::from(html.as_str());
    let report = &evaluation.labels[0];
    let notes = document.select("figure .note").text().to_string();
    for area in [&report.report.roc_auc, &report.report.average_precision] {
        assert!(notes.contains(&estimate(area)), "{notes}");
    }
    let rows = document.select("details tbody tr");
    assert_eq!(rows.length(), report.thresholds.len());
    for (row, expected) in rows.nodes().iter().zip(&report.thresholds) {
        let text = row.text().to_string();
        assert!(text.starts_with(&threshold(expected.threshold)), "{text}");
        assert!(text.contains(&figure(expected.recall)), "{text}");
    }
}
