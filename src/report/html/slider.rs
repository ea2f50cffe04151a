//! The threshold slider: a table in an attribute, which the script shows row by row, and the same in twenty
//! steps for paper and for readers without a script.

use super::markup::Markup;
use crate::metrics::threshold_table::ThresholdRow;
use crate::report::evaluation::LabelReport;
use crate::report::inspection::{LabelInspection, SliderRow};
use crate::report::number::{count, figure, threshold};

/// Moves the slider; it finds everything by attributes, and needs nothing from outside.
pub(super) const SCRIPT: &str = include_str!("slider.js");

pub(super) fn slider(out: &mut Markup, report: &LabelReport, inspection: &LabelInspection) {
    out.tag("<h3>What another threshold would do</h3>\n");
    let rows = &inspection.slider;
    let own = rows
        .iter()
        .position(|row| row.threshold == report.report.threshold);
    out.tag("<div class=\"slider\" hidden data-rows=\"[");
    for (i, row) in rows.iter().enumerate() {
        out.tag(if i > 0 { "," } else { "" });
        data_row(out, row);
    }
    let last = rows.len().saturating_sub(1) as f64;
    out.tag("]\">\n<label>Threshold <output data-cell=\"threshold\"></output>");
    out.tag("<input type=\"range\" min=\"0\" step=\"1\" max=\"")
        .number(last);
    out.tag("\" value=\"").number(own.unwrap_or(0) as f64);
    out.tag("\"></label>\n<dl>");
    for (name, cell) in [
        ("Queue, per 1,000 comments", "queue"),
        ("False alarms in it", "false_alarms"),
        ("Missed, per 1,000 comments", "misses"),
        ("Right among the flagged (precision)", "precision"),
        ("Found (recall)", "recall"),
    ] {
        out.tag("<div><dt>").tag(name).tag("</dt><dd data-cell=\"");
        out.tag(cell).tag("\"></dd></div>");
    }
    out.tag("</dl>\n<p class=\"note\">As many comments with the label as here: ");
    let figures = &report.report;
    out.text(&count(
        (1000.0 * figures.positives / figures.total_weight).round(),
    ));
    out.tag(" in 1,000. Where they are rarer, more of the queue is false alarms.</p>\n</div>\n");
    table(out, report);
}

/// Columns as `slider.js` reads them.
fn data_row(out: &mut Markup, row: &SliderRow) {
    out.tag("[").json_number(Some(row.threshold), 5);
    for value in [Some(row.queue), Some(row.false_alarms), Some(row.misses)] {
        out.tag(",").json_number(value, 2);
    }
    for value in [row.precision, row.recall, row.false_positive_rate] {
        out.tag(",").json_number(value, 4);
    }
    out.tag("]");
}

fn table(out: &mut Markup, report: &LabelReport) {
    out.tag("<details open><summary>In steps</summary>\n<div class=\"wide\"><table><thead><tr><th>threshold</th>");
    out.tag("<th>queue per 1,000</th><th>precision</th><th>recall</th><th>F1</th><th>false alarms</th><th></th></tr>");
    out.tag("</thead><tbody>\n");
    let policy = report.policy;
    for row in &report.thresholds {
        let ThresholdRow {
            precision,
            recall,
            f1,
            false_positive_rate,
            ..
        } = *row;
        let queue = row.queue_per_1000.map_or_else(|| figure(None), count);
        out.tag("<tr><td>")
            .text(&threshold(row.threshold))
            .tag("</td><td>")
            .text(&queue);
        for value in [precision, recall, f1, false_positive_rate] {
            out.tag("</td><td>").text(&figure(value));
        }
        out.tag("</td><td class=\"words\">");
        for (name, own) in [
            (" review", Some(policy.review)),
            (" flag", Some(policy.flag)),
            (" reject", policy.reject),
        ] {
            if own == Some(row.threshold) {
                out.tag("←").tag(name).tag(" ");
            }
        }
        out.tag("</td></tr>\n");
    }
    out.tag("</tbody></table></div></details>\n");
}
