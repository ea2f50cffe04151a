//! Perspective's thresholds in a model's scores, for those who come from there: what `model map-thresholds`
//! prints and a recipe puts into the card. Pure: two scores a comment in, tables out.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::evaluation::MIN_SUPPORT;
use super::table::TextTable;
use super::{escape, number};
use crate::metrics::rank_correlation::spearman;
use crate::metrics::threshold_map::{MappedThreshold, TwoScores};
use crate::metrics::{MetricError, Resampling};

/// Name of the map in a model's folder.
pub const THRESHOLD_MAP_FILE: &str = "threshold_map.json";
/// Thresholds that are mapped unless others are asked for: Perspective advises .7 to .9.
pub const USUAL_THRESHOLDS: [f64; 6] = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95];

/// Thresholds of Perspective in the scores of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ThresholdMap {
    /// Content hash of the model.
    pub model: String,
    /// One for each label and file.
    pub labels: Vec<LabelMapping>,
}

/// Thresholds of one label on one file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LabelMapping {
    /// Our label.
    pub label: String,
    /// File of the comments.
    pub file: String,
    /// Comments that both have scored.
    pub n: usize,
    /// Those of them whose label is known, and the sum of its shares.
    pub labelled: Option<(usize, f64)>,
    /// Whether both rank alike: Spearman's correlation.
    pub spearman: Option<f64>,
    /// By rising threshold.
    pub thresholds: Vec<MappedThreshold>,
}

impl LabelMapping {
    /// Maps thresholds of a label.
    ///
    /// # Errors
    /// No rows, or scores that are not finite.
    pub fn new(
        label: &str,
        file: &str,
        rows: &TwoScores<'_>,
        thresholds: &[f64],
        resampling: &Resampling,
    ) -> Result<Self, MetricError> {
        let map = |&theirs: &f64| rows.map(theirs, MIN_SUPPORT, resampling);
        let known: Vec<f32> = rows.truth.iter().copied().flatten().collect();
        let positives: f64 = known.iter().copied().map(f64::from).sum();
        Ok(Self {
            label: label.to_owned(),
            file: file.to_owned(),
            n: rows.ours.len(),
            labelled: (!known.is_empty()).then_some((known.len(), positives)),
            spearman: spearman(rows.theirs, rows.ours)?,
            thresholds: thresholds.iter().map(map).collect::<Result<_, _>>()?,
        })
    }

    /// Whether a threshold has too few comments behind it to go by.
    fn is_thin(n_flagged: usize) -> bool {
        (n_flagged as f64) < MIN_SUPPORT
    }
}

/// The map as text.
pub fn threshold_map_text(map: &ThresholdMap) -> String {
    let mut text = format!("model {}\n", map.model);
    for label in &map.labels {
        let _ = write!(
            text,
            "\n{}, {}: {} comments, Spearman {}\n{}",
            escape(&label.label),
            escape(&label.file),
            number::count(label.n as f64),
            number::figure(label.spearman),
            same_rate(label)
        );
        if let Some((n, positives)) = label.labelled {
            let _ = write!(
                text,
                "\n  {} of {} labelled comments have it\n{}",
                number::count(positives),
                number::count(n as f64),
                same_precision(label)
            );
        }
    }
    let _ = writeln!(
        text,
        "\nIn brackets 95 % bootstrap intervals. few: under {MIN_SUPPORT} comments flagged, not to be gone by."
    );
    text
}

fn same_rate(label: &LabelMapping) -> String {
    let header = ["  Perspective", "flagged", "rate", "ours", "both flag", ""];
    let mut table = TextTable::new(&header);
    for row in &label.thresholds {
        table.row([
            format!("  {}", number::threshold(row.theirs)),
            number::count(row.n_flagged as f64),
            number::percent(row.n_flagged as f64 / label.n as f64),
            number::estimate(&row.same_flag_rate),
            row.flagged_by_both.map_or_else(dash, number::percent),
            few(row.n_flagged),
        ]);
    }
    table.to_string()
}

fn same_precision(label: &LabelMapping) -> String {
    let header = [
        "  Perspective",
        "flagged",
        "precision",
        "recall",
        "ours",
        "our recall",
        "",
    ];
    let mut table = TextTable::new(&header);
    for (theirs, same) in label
        .thresholds
        .iter()
        .filter_map(|row| Some((row.theirs, row.same_precision.as_ref()?)))
    {
        table.row([
            format!("  {}", number::threshold(theirs)),
            number::count(same.n_flagged as f64),
            number::figure(Some(same.precision)),
            number::figure(Some(same.recall)),
            number::estimate(&same.threshold),
            number::figure(same.our_recall),
            few(same.n_flagged),
        ]);
    }
    table.to_string()
}

/// The map as a section of a card, its heading included.
pub fn threshold_map_section(map: &ThresholdMap) -> String {
    let mut text =
        "## From Perspective's thresholds\n\nThe threshold here that flags as many comments as \
                    Perspective's does. Which comments they are differs: `both` is the share of \
                    Perspective's that is flagged here as well.\n\n\
                    | label | file | comments | Spearman | Perspective | flagged | here | both |\n\
                    | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n"
            .to_owned();
    for label in &map.labels {
        for row in &label.thresholds {
            let (n, flagged) = (label.n as f64, row.n_flagged as f64);
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} | {} | {} | {} |",
                cell(&format!("`{}`", label.label)),
                cell(&label.file),
                number::count(n),
                number::figure(label.spearman),
                number::threshold(row.theirs),
                number::count(flagged) + star(row.n_flagged),
                number::estimate(&row.same_flag_rate),
                row.flagged_by_both.map_or_else(dash, number::percent),
            );
        }
    }
    text.push_str(&precision_section(map));
    let _ = write!(
        text,
        "\nIn brackets: 95 % bootstrap intervals. \\* Fewer than {MIN_SUPPORT} comments: not to be gone by.\n"
    );
    text
}

fn precision_section(map: &ThresholdMap) -> String {
    let mut text = String::new();
    for label in &map.labels {
        let Some((n, positives)) = label.labelled else {
            continue;
        };
        let _ = write!(
            text,
            "\nThe threshold here of highest recall with at least Perspective's precision, for `{}` on {} ({} of {} \
             comments have it):\n\n\
             | Perspective | flagged | precision | recall | here | recall here |\n\
             | ---: | ---: | ---: | ---: | ---: | ---: |\n",
            cell(&label.label),
            cell(&label.file),
            number::count(positives),
            number::count(n as f64),
        );
        for row in &label.thresholds {
            let Some(same) = &row.same_precision else {
                continue;
            };
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} | {} |",
                number::threshold(row.theirs),
                number::count(same.n_flagged as f64) + star(same.n_flagged),
                number::figure(Some(same.precision)),
                number::figure(Some(same.recall)),
                number::estimate(&same.threshold),
                number::figure(same.our_recall),
            );
        }
    }
    text
}

fn few(n_flagged: usize) -> String {
    if LabelMapping::is_thin(n_flagged) {
        "few".to_owned()
    } else {
        String::new()
    }
}

fn star(n_flagged: usize) -> &'static str {
    if LabelMapping::is_thin(n_flagged) {
        "\\*"
    } else {
        ""
    }
}

fn dash() -> String {
    "–".to_owned()
}

/// Text from outside, harmless in a table of Markdown.
fn cell(text: &str) -> String {
    escape(text).replace('|', "\\|").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map() -> ThresholdMap {
        let theirs: Vec<f64> = (0..100).map(|i| f64::from(i) / 100.0).collect();
        let ours: Vec<f64> = theirs.iter().map(|score| score * score).collect();
        let truth: Vec<Option<f32>> = (0..100)
            .map(|i| Some(f32::from(u8::from(i > 60))))
            .collect();
        let rows = TwoScores {
            theirs: &theirs,
            ours: &ours,
            truth: &truth,
        };
        let mapping = LabelMapping::new("a|b", "f.csv", &rows, &[0.5, 0.9], &Resampling::default());
        ThresholdMap {
            model: "ab12".to_owned(),
            labels: vec![mapping.unwrap()],
        }
    }

    #[test]
    fn both_forms_tell_thresholds_and_where_they_are_thin() {
        let text = threshold_map_text(&map());
        assert!(
            text.contains("a|b, f.csv: 100 comments, Spearman 1.000"),
            "{text}"
        );
        assert!(
            text.contains("39 of 100 labelled comments have it"),
            "{text}"
        );
        let has = |line: &[&str]| {
            let mut lines = text.lines();
            lines.any(|found| line.iter().all(|part| found.contains(part)))
        };
        assert!(has(&["0.500", "50.0 %", "0.250 [", "100.0 %"]), "{text}");
        assert!(has(&["0.900", "10.0 %", "0.810 [", "few"]), "{text}");
        let card = threshold_map_section(&map());
        assert!(
            card.contains("| `a\\|b` | f.csv | 100 | 1.000 | 0.900 | 10\\* | 0.810 ["),
            "{card}"
        );
        assert!(
            card.contains("| 0.500 | 50 | 0.780 | 1.000 | 0.372 ["),
            "{card}"
        );
    }
}
