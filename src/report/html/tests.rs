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
            ties: vec![HOSTILE.to_owned()],
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

#[test]
fn what_is_in_no_figure_or_flatters_is_said_before_the_figures() {
    let (_, html) = hostile_page(&[half(60)]);
    let document = Document::from(html.as_str());
    assert!(
        document
            .select(".box")
            .text()
            .contains("These figures flatter")
    );
    let first = document.select(".headline li").first().text().to_string();
    assert!(
        first.starts_with("People have labelled 67 comments. The model cannot tell the label of 7"),
        "{first}"
    );
    assert!(first.contains("Of the other 60, 29 (48.3 %)"), "{first}");
}

#[test]
fn several_labels_are_summed_up_with_links_to_them() {
    let (_, html) = hostile_page(&[half(60)]);
    assert!(!html.contains("At a glance"));
    let (evaluation, html) = hostile_page(&[half(60), vec![0.0; 30]]);
    let document = Document::from(html.as_str());
    let links = document.select("td a");
    assert_eq!(links.length(), evaluation.labels.len());
    for link in links.nodes() {
        let target = link.attr("href").unwrap();
        assert_eq!(document.select(&format!("h2{target}")).length(), 1);
    }
}

#[test]
fn slider_and_table_round_alike_and_the_thresholds_are_named_on_both() {
    use crate::report::number::{figure, threshold};
    let (evaluation, html) = hostile_page(&[half(300)]);
    let document = Document::from(html.as_str());
    let rows = document.select(".slider").attr("data-rows").unwrap();
    let rows: Vec<Vec<Option<f64>>> = serde_json::from_str(&rows).unwrap();
    let lines = document.select("details tbody tr");
    for (line, row) in lines.nodes().iter().zip(&evaluation.labels[0].thresholds) {
        let line = line.text().to_string();
        let same = rows.iter().find(|slid| slid[0] == Some(row.threshold));
        let same = same.expect("every step is on the slider");
        for (slid, exact) in
            same[4..7]
                .iter()
                .zip([row.precision, row.recall, row.false_positive_rate])
        {
            assert_eq!(figure(*slid), figure(exact));
        }
        assert!(line.starts_with(&threshold(row.threshold)), "{line}");
    }
    let marks = document.select(".marks g");
    let at: Vec<Option<f64>> = marks
        .nodes()
        .iter()
        .map(|mark| rows[mark.attr("data-at").unwrap().parse::<usize>().unwrap()][0])
        .collect();
    assert_eq!(at, [Some(0.25), Some(0.5), Some(0.9)]);
    assert_eq!(marks.text().to_string(), "reviewflagreject");
}

#[test]
fn dots_of_a_few_comments_are_hollow_and_off_the_curve() {
    // Six scores a tenth, then thirty.
    for (n, few) in [(60, 10), (300, 0)] {
        let (_, html) = hostile_page(&[half(n)]);
        let document = Document::from(html.as_str());
        assert_eq!(document.select("svg .bin.few").length(), few);
        assert_eq!(html.contains("Hollow dots"), few > 0);
    }
}
