//! The threshold slider: a table in an attribute, which the script shows row by row, and the same in twenty
//! steps for paper and for readers without a script.

use super::markup::Markup;
use super::rate::rate;
use crate::metrics::threshold_table::ThresholdRow;
use crate::policy::OperatingPoint;
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
        data_row(out, row, report.report.total_weight);
    }
    let last = rows.len().saturating_sub(1) as f64;
    out.tag("]\">\n<label>Threshold <output data-cell=\"threshold\"></output>");
    out.tag("<input type=\"range\" min=\"0\" step=\"1\" max=\"")
        .number(last);
    out.tag("\" value=\"").number(own.unwrap_or(0) as f64);
    out.tag("\"></label>\n");
    marks(out, report.policy, rows);
    out.tag("<dl>");
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

/// The model's thresholds, the lowest first.
fn bands(policy: OperatingPoint) -> [(&'static str, Option<f64>); 3] {
    [
        ("review", Some(policy.review)),
        ("flag", Some(policy.flag)),
        ("reject", policy.reject),
    ]
}

/// The model's thresholds under the slider, by the position of their row. The lower one's name stands lower and
/// all stand right of their tick, so no tick crosses a name however near they are.
fn marks(out: &mut Markup, policy: OperatingPoint, rows: &[SliderRow]) {
    out.tag("<svg class=\"marks\" aria-hidden=\"true\">");
    let last = rows.len().saturating_sub(1).max(1) as f64;
    for (i, (name, own)) in bands(policy).into_iter().enumerate() {
        let row = rows.iter().position(|row| own == Some(row.threshold));
        let Some(at) = row else { continue };
        let percent = 100.0 * at as f64 / last;
        let below = 44.0 - 15.0 * i as f64;
        out.tag("<g data-at=\"").number(at as f64).tag("\">");
        out.tag("<line class=\"axis\" y1=\"0\" x1=\"")
            .number(percent);
        out.tag("%\" x2=\"").number(percent);
        out.tag("%\" y2=\"").number(below).tag("\"/>");
        // At the right end there is no room on the right.
        let (anchor, dx) = if percent > 90.0 {
            ("end", -4.0)
        } else {
            ("start", 4.0)
        };
        out.tag("<text class=\"tick\" text-anchor=\"").tag(anchor);
        out.tag("\" x=\"").number(percent);
        out.tag("%\" dx=\"").number(dx);
        out.tag("\" y=\"").number(below).tag("\">");
        out.tag(name).tag("</text></g>");
    }
    out.tag("</svg>\n");
}

/// Columns as `slider.js` reads them, rounded as the table shows them, so that both read alike.
fn data_row(out: &mut Markup, row: &SliderRow, n: f64) {
    out.tag("[").json_number(Some(row.threshold), 7);
    for value in [row.queue, row.false_alarms, row.misses] {
        out.tag(",").text(&per_1000(value).replace(',', ""));
    }
    for value in [row.precision, row.recall, row.false_positive_rate] {
        out.tag(",").json_number(value, 3);
    }
    // How many are flagged: what a precision of few rests on.
    out.tag(",").json_number(Some(row.queue * n / 1000.0), 1);
    out.tag("]");
}

/// Some of a thousand: a tenth where it matters.
fn per_1000(value: f64) -> String {
    if value < 9.95 {
        format!("{value:.1}")
    } else {
        count(value.round())
    }
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
        let queue = row.queue_per_1000.map_or_else(|| figure(None), per_1000);
        let flagged = row.queue_per_1000.unwrap_or_default() * report.report.total_weight / 1000.0;
        out.tag("<tr><td>")
            .text(&threshold(row.threshold))
            .tag("</td><td>")
            .text(&queue);
        out.tag("</td><td>").text(&rate(precision, flagged));
        for value in [recall, f1, false_positive_rate] {
            out.tag("</td><td>").text(&figure(value));
        }
        out.tag("</td><td class=\"words\">");
        for (name, own) in bands(policy) {
            if own == Some(row.threshold) {
                out.tag("← ").tag(name).tag(" ");
            }
        }
        out.tag("</td></tr>\n");
    }
    out.tag("</tbody></table></div></details>\n");
}
