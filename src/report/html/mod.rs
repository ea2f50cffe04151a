//! An evaluation as one page that a newsroom reads and prints: no network, no fonts, no event handlers.
//!
//! Comments are hostile text, so the page is built of `markup::Markup`, which escapes all that was not
//! written in this program, and its policy lets run only the script and the style whose hashes it names.

mod errors;
mod headline;
mod markup;
mod plots;
mod policy;
mod rate;
mod slider;
mod summary;
mod tables;

use super::evaluation::{Evaluation, LabelReport};
use super::inspection::{Inspection, LabelInspection};
use super::number::count;
use markup::Markup;

const STYLE: &str = include_str!("style.css");

/// The page. `inspection` must be of the same evaluation.
///
/// # Complexity  O(size of the page): some 100 KB a label
pub fn page(evaluation: &Evaluation, inspection: &Inspection) -> String {
    let mut out = Markup::default();
    out.tag("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.tag("<meta http-equiv=\"Content-Security-Policy\" content=\"");
    out.text(&policy::content_policy(STYLE, slider::SCRIPT))
        .tag("\">\n");
    out.tag("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.tag("<meta name=\"referrer\" content=\"no-referrer\">\n<title>How well the model does</title>\n");
    out.tag("<style>")
        .tag(STYLE)
        .tag("</style>\n</head>\n<body>\n");
    head(&mut out, evaluation);
    if inspection.in_training {
        flatters(&mut out);
    }
    summary::summary(&mut out, &evaluation.labels);
    contents(&mut out, &evaluation.labels);
    let labels = evaluation.labels.iter().zip(&inspection.labels);
    for (idx, (report, inspection)) in labels.enumerate() {
        label(&mut out, idx, report, inspection);
    }
    tables::drift(&mut out, &inspection.drift);
    out.tag("<footer><p class=\"note\">Made by ")
        .text(&evaluation.program);
    out.tag(". This page holds texts of comments: keep it as you keep those.</p></footer>\n");
    out.tag("<script>")
        .tag(slider::SCRIPT)
        .tag("</script>\n</body>\n</html>\n");
    out.finish()
}

/// What a reader must know before any figure.
fn flatters(out: &mut Markup) {
    out.tag("<p class=\"box\"><b>These figures flatter.</b> The model was trained on some of these comments, ");
    out.tag("and it does better on what it has seen than on what it will see. Judge it by comments it has not ");
    out.tag("learnt from.</p>\n");
}

fn head(out: &mut Markup, evaluation: &Evaluation) {
    out.tag("<header><h1>How well the model does</h1>\n<p>Model <code>")
        .text(&evaluation.model)
        .tag("</code>, on all labelled comments of:</p>\n<ul>");
    for file in &evaluation.data {
        out.tag("<li><code>")
            .text(&file.name)
            .tag("</code>: ")
            .text(&count(file.rows as f64));
        out.tag(" comments");
        if file.bad_rows > 0 {
            out.text(&format!(
                ", {} bad ones left out",
                count(file.bad_rows as f64)
            ));
        }
        out.tag("</li>");
    }
    out.tag("</ul>\n</header>\n");
}

/// Links to the sections; those of several labels stand in the summary.
fn contents(out: &mut Markup, labels: &[LabelReport]) {
    out.tag("<nav><p>");
    if let [label] = labels {
        out.tag("<a href=\"#label-0\">")
            .text(&label.label)
            .tag("</a> · ");
    }
    out.tag("<a href=\"#drift\">drift against the training</a></p></nav>\n");
}

fn label(out: &mut Markup, idx: usize, report: &LabelReport, inspection: &LabelInspection) {
    out.tag("<section><h2 id=\"label-").number(idx as f64);
    out.tag("\">Label <code>")
        .text(&report.label)
        .tag("</code></h2>\n");
    headline::headline(out, report, inspection);
    plots::plots(out, report, inspection);
    slider::slider(out, report, inspection);
    tables::groupings(out, &inspection.groupings);
    errors::errors(out, inspection);
    out.tag("</section>\n");
}

#[cfg(test)]
mod tests;
