//! The labels at a glance, each a link to its section.

use super::markup::Markup;
use super::rate::rate;
use crate::report::evaluation::LabelReport;
use crate::report::number::{count, estimate, figure};

/// One row a label; nothing for a single one, whose section is the next thing on the page.
pub(super) fn summary(out: &mut Markup, labels: &[LabelReport]) {
    if labels.len() < 2 {
        return;
    }
    out.tag("<h3>At a glance</h3>\n<div class=\"wide\"><table class=\"by\"><thead><tr><th>label</th><th>comments</th>");
    out.tag("<th>with the label</th><th>flagged per 1,000</th><th>precision</th><th>recall</th><th>ROC AUC</th></tr>");
    out.tag("</thead><tbody>\n");
    for (idx, label) in labels.iter().enumerate() {
        row(out, idx, label);
    }
    out.tag("</tbody></table></div>\n<p class=\"note\">At the model's flag. Precision: of the flagged, the share that ");
    out.tag("has the label. Recall: of those that have it, the share flagged. ROC AUC: how often one with it scores ");
    out.tag("above one without, with its interval.</p>\n");
}

fn row(out: &mut Markup, idx: usize, label: &LabelReport) {
    let figures = &label.report;
    out.tag("<tr><td><a href=\"#label-")
        .number(idx as f64)
        .tag("\"><bdi>")
        .text(&label.label)
        .tag("</bdi></a>");
    let queue = figures.queue_per_1000.map(f64::round);
    for cell in [
        count(figures.total_weight),
        count(figures.positives),
        queue.map_or_else(|| figure(None), count),
        rate(figures.precision.value, figures.confusion.flagged()),
        rate(figures.recall.value, figures.positives),
        estimate(&figures.roc_auc),
    ] {
        out.tag("</td><td>").text(&cell);
    }
    out.tag("</td></tr>\n");
}
