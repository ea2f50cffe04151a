//! What is in a model, in words and tables.

use std::fmt::Write as _;

use crate::evidence::column_names;
use crate::model::{Head, Model, Provenance};
use crate::policy::OperatingPoint;
use crate::report::escape;
use crate::report::number::{count, percent, threshold};
use crate::report::table::TextTable;

/// Verdict coefficients shown for each label.
const N_COEFS: usize = 10;

/// All that a model tells about itself.
pub(super) fn text(model: &Model) -> String {
    let labels: Vec<String> = model.labels().map(escape).collect();
    let mut text = format!("model {}, labels: {}\n\n", model.hash(), labels.join(", "));
    text.push_str(&facts(model));
    text.push_str("\nTraining data\n");
    text.push_str(&data(model.provenance()));
    text.push_str("\nTraining of each label\n");
    text.push_str(&training(model.provenance()));
    text.push_str("\nThresholds; a score at or above counts\n");
    text.push_str(&thresholds(model));
    for head in model.heads() {
        let label = escape(&head.label);
        let _ = writeln!(
            text,
            "\nLargest verdict coefficients of {label}, each per unit of its column (units differ)"
        );
        text.push_str(&coefficients(head));
    }
    text
}

fn facts(model: &Model) -> String {
    let (table, provenance) = (model.table(), model.provenance());
    let languages: Vec<String> = provenance
        .languages
        .iter()
        .map(|(code, share)| format!("{code} {}", percent(*share)))
        .collect();
    let used = count(table.used().count() as f64);
    let buckets = count(f64::from(1_u32 << table.bits()));
    let megabytes = model.to_bytes().len() as f64 / 1e6;
    let mut facts = TextTable::without_header(2).text(&[0, 1]);
    let mut fact = |name: &str, value: String| facts.row([name.to_owned(), value]);
    fact("trained by", provenance.program.clone());
    fact("seed", provenance.seed.to_string());
    fact(
        "adapted from",
        provenance
            .base
            .clone()
            .unwrap_or_else(|| "nothing".to_owned()),
    );
    fact(
        "languages",
        if languages.is_empty() {
            "not recorded".into()
        } else {
            languages.join(", ")
        },
    );
    fact("n-gram buckets", format!("{used} used of {buckets}"));
    fact("size", format!("{megabytes:.1} MB"));
    facts.to_string()
}

fn data(provenance: &Provenance) -> String {
    let mut table = TextTable::new(&["file", "rows", "SHA-256"]).text(&[0, 2]);
    for file in &provenance.data {
        let sha256 = if file.sha256.is_empty() {
            "unknown (standard input)"
        } else {
            &file.sha256
        };
        table.row([
            file.name.clone(),
            count(file.rows as f64),
            sha256.to_owned(),
        ]);
    }
    table.to_string()
}

fn training(provenance: &Provenance) -> String {
    let header = [
        "label",
        "rows",
        "positives",
        "alpha",
        "passes",
        "converged",
        "borrows",
    ];
    let mut table = TextTable::new(&header).text(&[0, 6]);
    for (label, training) in &provenance.labels {
        let borrowed = training.borrowed.iter();
        let borrowed: Vec<String> = borrowed
            .map(|(from, share)| format!("{share} of {from}"))
            .collect();
        table.row([
            label.clone(),
            count(training.rows as f64),
            count(training.positives),
            training.alpha.to_string(),
            training.n_iter.to_string(),
            if training.converged { "yes" } else { "no" }.to_owned(),
            borrowed.join(", "),
        ]);
    }
    table.to_string()
}

fn thresholds(model: &Model) -> String {
    let mut table = TextTable::new(&["label", "review", "flag", "reject"]);
    for (label, point) in model.labels().zip(model.policy()) {
        table.row([label.to_owned()].into_iter().chain(bands(point)));
    }
    table.to_string()
}

/// Review, flag and reject of a label, as text.
pub(super) fn bands(point: &OperatingPoint) -> [String; 3] {
    let reject = point.reject.map_or_else(|| "never".to_owned(), threshold);
    [threshold(point.review), threshold(point.flag), reject]
}

fn coefficients(head: &Head) -> String {
    let mut named: Vec<(&str, f64)> = column_names().zip(head.verdict.coef).collect();
    named.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let mut table = TextTable::without_header(2);
    for (name, coef) in named
        .into_iter()
        .take(N_COEFS)
        .filter(|(_, coef)| *coef != 0.0)
    {
        table.row([name.to_owned(), format!("{coef:+.4}")]);
    }
    table.row([
        "(intercept)".to_owned(),
        format!("{:+.4}", head.verdict.intercept),
    ]);
    table.to_string()
}
