//! Plots as plain SVG: a frame with axes from 0 to 1, and what is drawn in it.

use super::markup::Markup;
use super::rate::FEW;
use crate::metrics::calibration::ReliabilityRow;
use crate::report::evaluation::LabelReport;
use crate::report::inspection::{Distribution, LabelInspection};
use crate::report::number;

/// Size of a plot and the place of its frame, in units of its view box.
const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 280.0;
const LEFT: f64 = 48.0;
const TOP: f64 = 14.0;
const FRAME_WIDTH: f64 = 296.0;
const FRAME_HEIGHT: f64 = 216.0;
/// Lines of the grid.
const TICKS: [(f64, &str); 5] = [
    (0.0, "0"),
    (0.25, ".25"),
    (0.5, ".5"),
    (0.75, ".75"),
    (1.0, "1"),
];

/// The four plots of a label; what cannot be drawn says why.
pub(super) fn plots(out: &mut Markup, report: &LabelReport, inspection: &LabelInspection) {
    out.tag("<div class=\"plots\">\n");
    distribution(out, report, &inspection.distribution);
    calibration(out, &report.reliability);
    precision_recall(out, report, &inspection.curves.precision_recall);
    roc(out, report, &inspection.curves.roc);
    out.tag("</div>\n");
}

fn roc(out: &mut Markup, report: &LabelReport, points: &[(f64, f64)]) {
    begin(
        out,
        "What finding more costs",
        "ROC curve: the share of comments with the label that is flagged, against the share of the others \
         that is flagged, as the threshold falls. The nearer the upper left corner, the better.",
    );
    if points.is_empty() {
        return end_without(out);
    }
    frame(
        out,
        "roc",
        "false alarms: flagged among those without the label",
    );
    axis_title(out, "found: flagged among those with it");
    vertical_ticks(out);
    out.shape("line", "guess", &line((0.0, 0.0), (1.0, 1.0)));
    polyline(out, "curve", points);
    let (recall, false_alarms) = (
        report.report.recall.value,
        report.report.false_positive_rate,
    );
    marker(out, false_alarms.zip(recall));
    out.tag("</svg>\n<p class=\"note\">Area under the curve (ROC AUC): ");
    out.text(&number::estimate(&report.report.roc_auc));
    out.tag(". The dashed line is guessing (0.5), the ring the threshold.</p></figure>\n");
}

fn precision_recall(out: &mut Markup, report: &LabelReport, points: &[(f64, f64)]) {
    begin(
        out,
        "How pure the queue stays",
        "Precision-recall curve: the share of the flagged that has the label, against the share of those \
         with the label that is flagged. The nearer the upper right corner, the better.",
    );
    if points.is_empty() {
        return end_without(out);
    }
    frame(
        out,
        "precision",
        "found: flagged among those with the label (recall)",
    );
    axis_title(out, "right among the flagged (precision)");
    vertical_ticks(out);
    let figures = &report.report;
    let base = figures.positives / figures.total_weight;
    out.shape("line", "guess", &line((0.0, base), (1.0, base)));
    polyline(out, "curve", points);
    marker(out, figures.recall.value.zip(figures.precision.value));
    out.tag("</svg>\n<p class=\"note\">Average precision (AP): ");
    out.text(&number::estimate(&figures.average_precision));
    out.tag(". The dashed line is guessing (")
        .text(&number::figure(Some(base)));
    out.tag("), the ring the threshold.</p></figure>\n");
}

fn calibration(out: &mut Markup, rows: &[ReliabilityRow]) {
    begin(
        out,
        "Whether a score means what it says",
        "Calibration: for comments of similar score, the mean score against the share that has the label. \
         On the dashed line a score of 0.7 means that 7 in 10 have it.",
    );
    frame(out, "none", "score");
    axis_title(out, "share that has the label");
    vertical_ticks(out);
    out.shape("line", "guess", &line((0.0, 0.0), (1.0, 1.0)));
    let is_many = |row: &&ReliabilityRow| row.weight >= FEW;
    let points: Vec<(f64, f64)> = rows
        .iter()
        .filter(is_many)
        .map(|row| (row.mean_score, row.positive_share))
        .collect();
    polyline(out, "curve", &points);
    let most = rows.iter().map(|row| row.weight).fold(1.0, f64::max);
    for row in rows {
        // Area by number of comments, so that a lonely point does not look like evidence.
        let radius = 1.5 + 6.0 * (row.weight / most).sqrt();
        let (cx, cy) = (x(row.mean_score), y(row.positive_share));
        let class = if is_many(&row) { "bin" } else { "bin few" };
        out.shape("circle", class, &[("cx", cx), ("cy", cy), ("r", radius)]);
    }
    out.tag("</svg>\n<p class=\"note\">A dot is a tenth of the scale, its area the number of comments in it. Above ");
    out.tag("the line the model is too mild, below it too strict.");
    if !rows.iter().all(|row| is_many(&row)) {
        out.tag(" Hollow dots, which the curve leaves out: fewer than 20 comments, so the place says little.");
    }
    out.tag("</p></figure>\n");
}

/// Bars of those with the label upwards, of those without downwards: told apart without colour.
fn distribution(out: &mut Markup, report: &LabelReport, bars: &Distribution) {
    begin(
        out,
        "How the scores are spread",
        "Score distribution: upwards the comments with the label, downwards those without, each as shares of \
         their own kind.",
    );
    let both = bars.positives.iter().chain(&bars.negatives);
    let most = both.copied().fold(0.05, f64::max);
    frame(out, "score", "score");
    axis_title(out, "share of the comments of each kind");
    let wide = 1.0 / bars.positives.len() as f64;
    let half = |share: f64| 0.5 * share / most;
    for (i, (&up, &down)) in bars.positives.iter().zip(&bars.negatives).enumerate() {
        let (left, wide) = (x(i as f64 * wide) + 0.5, FRAME_WIDTH * wide - 1.0);
        for (class, top, share) in [("with", 0.5 + half(up), up), ("without", 0.5, down)] {
            let height = FRAME_HEIGHT * half(share);
            let at = [
                ("x", left),
                ("y", y(top)),
                ("width", wide),
                ("height", height),
            ];
            out.shape("rect", class, &at);
        }
    }
    out.shape("line", "axis", &line((0.0, 0.5), (1.0, 0.5)));
    for (at, share) in [(1.0, most), (0.5, 0.0), (0.0, most)] {
        tick_label(
            out,
            (LEFT - 6.0, y(at) + 4.0),
            "end",
            &format!("{:.0} %", 100.0 * share),
        );
    }
    let flag = report.report.threshold;
    out.shape("line", "threshold", &line((flag, 0.0), (flag, 1.0)));
    // Beside the frame: the line, which the slider moves, would cross them within.
    let beside = LEFT + FRAME_WIDTH + 12.0;
    upright(out, (beside, y(0.75)), "with the label →");
    upright(out, (beside, y(0.25)), "← without it");
    out.tag("</svg>\n<p class=\"note\">The upright line is the threshold: what is right of it is flagged.</p></figure>\n");
}

fn begin(out: &mut Markup, title: &'static str, description: &'static str) {
    out.tag("<figure><figcaption>").tag(title);
    out.tag("</figcaption><p class=\"how\">")
        .tag(description)
        .tag("</p>\n");
}

fn end_without(out: &mut Markup) {
    out.tag("<p class=\"note\">It needs comments with and without the label; these are all of one kind.</p></figure>\n");
}

/// The picture with its grid and horizontal axis. The script finds it by `kind`.
fn frame(out: &mut Markup, kind: &'static str, horizontal: &'static str) {
    out.tag("<svg role=\"img\" viewBox=\"0 0 ")
        .number(WIDTH)
        .tag(" ")
        .number(HEIGHT);
    out.tag("\" aria-label=\"").tag(horizontal);
    out.tag("\" data-plot=\"").tag(kind);
    for (name, value) in [
        ("\" data-left=\"", LEFT),
        ("\" data-top=\"", TOP),
        ("\" data-width=\"", FRAME_WIDTH),
        ("\" data-height=\"", FRAME_HEIGHT),
    ] {
        out.tag(name).number(value);
    }
    out.tag("\">");
    for (at, label) in TICKS {
        out.shape("line", "grid", &line((at, 0.0), (at, 1.0)));
        tick_label(out, (x(at), TOP + FRAME_HEIGHT + 15.0), "middle", label);
    }
    tick_label(
        out,
        (LEFT + 0.5 * FRAME_WIDTH, HEIGHT - 10.0),
        "middle",
        horizontal,
    );
}

fn vertical_ticks(out: &mut Markup) {
    for (at, label) in TICKS {
        out.shape("line", "grid", &line((0.0, at), (1.0, at)));
        tick_label(out, (LEFT - 6.0, y(at) + 4.0), "end", label);
    }
}

fn axis_title(out: &mut Markup, vertical: &'static str) {
    upright(out, (11.0, y(0.5)), vertical);
}

/// Text that runs upwards, its middle there.
fn upright(out: &mut Markup, (x, y): (f64, f64), text: &'static str) {
    out.tag("<text class=\"tick\" text-anchor=\"middle\" transform=\"translate(");
    out.number(x).tag(" ").number(y);
    out.tag(") rotate(-90)\">").tag(text).tag("</text>");
}

fn tick_label(out: &mut Markup, (x, y): (f64, f64), anchor: &'static str, label: &str) {
    out.tag("<text class=\"tick\" text-anchor=\"").tag(anchor);
    out.tag("\" x=\"").number(x).tag("\" y=\"").number(y);
    out.tag("\">").text(label).tag("</text>");
}

fn polyline(out: &mut Markup, class: &'static str, points: &[(f64, f64)]) {
    out.tag("<polyline class=\"").tag(class).tag("\" points=\"");
    for &(px, py) in points {
        out.number(x(px)).tag(",").number(y(py)).tag(" ");
    }
    out.tag("\"/>");
}

/// Where the threshold is on a curve.
fn marker(out: &mut Markup, at: Option<(f64, f64)>) {
    if let Some((px, py)) = at {
        out.shape(
            "circle",
            "marker",
            &[("cx", x(px)), ("cy", y(py)), ("r", 5.5)],
        );
    }
}

fn line(from: (f64, f64), to: (f64, f64)) -> [(&'static str, f64); 4] {
    [
        ("x1", x(from.0)),
        ("y1", y(from.1)),
        ("x2", x(to.0)),
        ("y2", y(to.1)),
    ]
}

fn x(value: f64) -> f64 {
    LEFT + FRAME_WIDTH * value
}

fn y(value: f64) -> f64 {
    TOP + FRAME_HEIGHT * (1.0 - value)
}
