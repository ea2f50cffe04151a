//! What functional tests, attacks and identity terms showed, as text.

use std::fmt::Write as _;

use super::number;
use super::table::TextTable;
use crate::robustness::attacks::bench::{AttackReport, AttackRow, Effect};
use crate::robustness::bias::{BiasReport, FlaggedSentence, TOP_SHARE, TermResult};
use crate::robustness::functional::{FunctionResult, FunctionalReport, LabelAreas};
use crate::robustness::{Robustness, Share};

/// Weakest functions that are named.
const N_WEAKEST: usize = 8;

/// All that was measured.
pub fn robustness_text(robustness: &Robustness) -> String {
    let mut text = format!(
        "model {}\n{} flagged from {}\n",
        robustness.model,
        super::escape(&robustness.label),
        number::threshold(robustness.threshold)
    );
    if let Some(functional) = &robustness.functional {
        write_functional(&mut text, functional);
    }
    if let Some(attacks) = &robustness.attacks {
        write_attacks(&mut text, attacks);
    }
    if let Some(bias) = &robustness.bias {
        write_bias(&mut text, bias);
    }
    text
}

fn write_functional(text: &mut String, report: &FunctionalReport) {
    text.push_str(
        "\nFunctional tests. Hard on purpose: they say which mistakes are made, not how many on a site.\n",
    );
    for label in &report.labels {
        text.push_str(&label_line(label));
    }
    for absent in &report.absent {
        let n = number::count(absent.n as f64);
        let _ = writeln!(
            text,
            "{}: {n} cases; the model has no such label",
            super::escape(&absent.label)
        );
    }
    for (hidden, title) in [(false, "plain"), (true, "hidden words")] {
        let of_part = report.functions.iter().filter(|it| it.hidden == hidden);
        let functions: Vec<&FunctionResult> = of_part.collect();
        if !functions.is_empty() {
            let _ = write!(
                text,
                "\n{}{}",
                function_table(title, &functions),
                weakest(&functions)
            );
        }
    }
}

fn label_line(label: &LabelAreas) -> String {
    format!(
        "{}: {} cases, ROC AUC {} (plain {}, hidden words {}); of those with it {} flagged, of those without {} spared\n",
        super::escape(&label.label),
        number::count(label.n as f64),
        number::figure(label.roc_auc),
        number::figure(label.roc_auc_plain),
        number::figure(label.roc_auc_hidden),
        percent(&label.positives),
        percent(&label.negatives),
    )
}

fn function_table(title: &str, functions: &[&FunctionResult]) -> TextTable {
    let mut table =
        TextTable::new(&[title, "label", "expected", "cases", "passed", "rate"]).text(&[0, 1]);
    for it in functions {
        table.row([
            it.function.clone(),
            it.label.clone(),
            it.expected.to_string(),
            number::count(it.passed.of as f64),
            number::count(it.passed.n as f64),
            percent(&it.passed),
        ]);
    }
    table
}

fn weakest(functions: &[&FunctionResult]) -> String {
    let mut by_rate = functions.to_owned();
    by_rate.sort_by(|a, b| value(&a.passed).total_cmp(&value(&b.passed)));
    let named = by_rate
        .iter()
        .filter(|it| it.passed.n < it.passed.of)
        .take(N_WEAKEST);
    let named = named.map(|it| format!("{} {}", super::escape(&it.function), percent(&it.passed)));
    format!("weakest: {}\n", named.collect::<Vec<_>>().join(", "))
}

fn write_attacks(text: &mut String, report: &AttackReport) {
    let _ = writeln!(
        text,
        "\nAttacks on {} insults that are flagged as they stand ({} of {}; {} without the recovered words), and on {} civil comments ({} flagged as \
         they stand).\nlost: points of recall, with the words recovered from hiding and without; false: civil \
         comments newly flagged\n",
        number::count(report.recall.n as f64),
        percent(&report.recall),
        number::count(report.recall.of as f64),
        percent(&report.recall_without_recovery),
        number::count(report.false_alarms.of as f64),
        percent(&report.false_alarms),
    );
    let header = [
        "attack", "strength", "hit", "kept", "lost", "without", "logit", "false", "without", "read",
    ];
    let mut table = TextTable::new(&header).text(&[0, 1]);
    for row in &report.rows {
        table.row(attack_cells(row));
    }
    let _ = write!(text, "{table}");
    let medium = || report.rows.iter().filter(|row| row.strength == "medium");
    let lost = medium().filter_map(|row| Some((row.attack, row.with_recovery.recall_lost?)));
    if let Some((attack, worst)) = lost.clone().max_by(|a, b| a.1.total_cmp(&b.1)) {
        let at_precision = medium().filter_map(|row| row.with_recovery.recall_lost_at_precision);
        let _ = writeln!(
            text,
            "medium: {} points of recall lost on average, at worst {} ({attack}); {} on average with the threshold raised until \
             precision is what it was, civil comments hiding nothing",
            points(mean(lost.map(|(_, lost)| lost))),
            points(Some(worst)),
            points(mean(at_precision))
        );
    }
}

fn mean(values: impl Iterator<Item = f64> + Clone) -> Option<f64> {
    let n = values.clone().count();
    (n > 0).then(|| values.sum::<f64>() / n as f64)
}

fn attack_cells(row: &AttackRow) -> [String; 10] {
    let Effect {
        kept,
        recall_lost,
        recall_lost_at_precision: _,
        median_logit_change,
        newly_flagged,
    } = &row.with_recovery;
    [
        row.attack.to_owned(),
        row.strength.to_owned(),
        number::count(row.n_texts_hit as f64),
        percent(kept),
        points(*recall_lost),
        points(row.without_recovery.recall_lost),
        median_logit_change.map_or_else(dash, |change| format!("{change:+.2}")),
        percent(newly_flagged),
        percent(&row.without_recovery.newly_flagged),
        percent(&row.words_read),
    ]
}

fn write_bias(text: &mut String, report: &BiasReport) {
    let n_terms = report.terms.len();
    let _ = writeln!(
        text,
        "\nIdentity terms: {} templates with {n_terms} terms, ROC AUC {}; {} of {} civil sentences flagged, {} of {} \
         insults missed.\nBPSN: civil with the term against insults without; BNSP: insults with the term against civil \
         without",
        report.n_templates,
        number::figure(report.roc_auc),
        report.civil_flagged.n,
        number::count(report.civil_flagged.of as f64),
        number::count(report.insults_missed.n as f64),
        number::count(report.insults_missed.of as f64),
    );
    if let Some(from) = report.top_threshold {
        let _ = writeln!(
            text,
            "top: civil sentences from {} on, which {} of the civil comments of --data reach",
            number::threshold(from),
            number::percent(TOP_SHARE)
        );
    }
    let _ = write!(text, "\n{}", term_table("group", report.groups.iter()));
    let mut terms: Vec<&TermResult> = report.terms.iter().collect();
    let lowest = |it: &TermResult| it.bpsn_auc.unwrap_or(1.0);
    terms.sort_by(|a, b| lowest(a).total_cmp(&lowest(b)));
    let _ = write!(text, "\n{}", term_table("term", terms.into_iter()));
    write_flagged(text, &report.flagged);
}

/// Civil sentences that are flagged, by kind, each with the one that scores highest.
fn write_flagged(text: &mut String, flagged: &[FlaggedSentence]) {
    let mut kinds: Vec<&str> = flagged.iter().map(|it| it.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for kind in kinds {
        let mut of_kind = flagged.iter().filter(|it| it.kind == kind);
        let n = of_kind.clone().count();
        if let Some(highest) = of_kind.next() {
            let _ = writeln!(
                text,
                "flagged, {}: {n}, up to {} ({})",
                super::escape(kind),
                number::threshold(highest.score),
                super::escape(&highest.text)
            );
        }
    }
}

fn term_table<'a>(title: &str, results: impl Iterator<Item = &'a TermResult>) -> TextTable {
    let header = [
        title, "subgroup", "BPSN", "BNSP", "civil", "flagged", "top", "missed",
    ];
    let mut table = TextTable::new(&header);
    for it in results {
        table.row([
            it.term.clone(),
            number::figure(it.subgroup_auc),
            number::figure(it.bpsn_auc),
            number::figure(it.bnsp_auc),
            number::count(it.civil_flagged.of as f64),
            number::count(it.civil_flagged.n as f64),
            it.civil_in_top
                .map_or_else(dash, |share| number::count(share.n as f64)),
            percent(&it.insults_missed),
        ]);
    }
    table
}

fn value(share: &Share) -> f64 {
    share.value.unwrap_or(1.0)
}

fn percent(share: &Share) -> String {
    share.value.map_or_else(dash, number::percent)
}

fn points(share: Option<f64>) -> String {
    share.map_or_else(dash, |share| format!("{:.1}", 100.0 * share))
}

fn dash() -> String {
    "–".to_owned()
}
