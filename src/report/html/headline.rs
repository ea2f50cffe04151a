//! The figures of a label in sentences that need no statistics.

use super::markup::Markup;
use crate::metrics::{Estimate, Interval, PointReport};
use crate::report::evaluation::LabelReport;
use crate::report::inspection::LabelInspection;
use crate::report::number;

/// Comments of a kind below which a figure is an anecdote. Chosen: the interval of a share of 20 is some
/// forty points wide.
const FEW: f64 = 20.0;
/// As in `label_details`.
const FEW_UNITS: usize = 10;

pub(super) fn headline(out: &mut Markup, report: &LabelReport, inspection: &LabelInspection) {
    let figures = &report.report;
    let (all, positives) = (figures.total_weight, figures.positives);
    out.tag("<ul class=\"headline\">\n<li>");
    out.text(&format!(
        "People have labelled {} comments; {} of them ({}) have the label.",
        number::count(all),
        number::count(positives),
        number::percent(positives / all)
    ));
    out.tag("</li>\n");
    warnings(out, positives, all - positives);
    if let Some(value) = figures.roc_auc.value {
        out.tag("<li>Of one comment with the label and one without, it gives the one with it the higher score in ");
        out.tag("<b>")
            .text(&of_100(value))
            .tag(" of 100</b> such pairs");
        out.text(&interval_of_100(&figures.roc_auc))
            .tag(". Guessing would be 50.</li>\n");
    }
    // The severest band first, for it acts by itself.
    let flag = figures.threshold;
    for band in inspection.bands.iter().rev() {
        if band.name == "flag" || band.point.threshold != flag {
            sentence(out, band.name, &band.point);
        }
    }
    if let Some(error) = figures.expected_calibration_error {
        out.tag("<li>Its scores are off by <b>")
            .text(&format!("{:.1}", 100.0 * error));
        out.tag(" percentage points</b> on average: a score of 0.7 should mean that 7 in 10 have the label.</li>\n");
    }
    out.tag("</ul>\n");
    basis(out, report);
}

fn warnings(out: &mut Markup, positives: f64, negatives: f64) {
    let warning = if positives == 0.0 {
        "None has the label: only false alarms can be counted here."
    } else if negatives == 0.0 {
        "All have the label: only misses can be counted here."
    } else if positives < FEW || negatives < FEW {
        "These are too few of a kind for a judgement: the figures below are anecdotes."
    } else {
        return;
    };
    out.tag("<li class=\"warning\">")
        .tag(warning)
        .tag("</li>\n");
}

/// What happens from a threshold on.
fn sentence(out: &mut Markup, band: &'static str, point: &PointReport) {
    let (verb, again) = match band {
        "reject" => ("proposes to reject", "would reject"),
        "review" => ("sends to a person", "sends to a person"),
        _ => ("flags", "flags"),
    };
    out.tag("<li>From a score of ")
        .text(&number::threshold(point.threshold));
    out.tag(" on it <b>").tag(verb).tag("</b> ");
    let queue = point.queue_per_1000.unwrap_or_default();
    out.text(&number::count(queue.round()))
        .tag(" of 1,000 comments. ");
    match point.precision.value {
        Some(precision) => {
            out.tag("Of 100 comments it ")
                .tag(again)
                .tag(", about <b>")
                .text(&of_100(precision));
            out.tag("</b> have the label")
                .text(&interval_of_100(&point.precision))
                .tag(". ");
        }
        None => {
            out.tag("So nothing can be said of how right it is there. ");
        }
    }
    if let Some(recall) = point.recall.value {
        out.tag("Of those that have it, it misses <b>")
            .text(&missed(1.0 - recall))
            .tag("</b>");
        let misses = point.recall.interval.map(|interval| Interval {
            lower: 1.0 - interval.upper,
            upper: 1.0 - interval.lower,
            ..interval
        });
        let of = Estimate {
            interval: misses,
            ..point.recall
        };
        out.text(&interval_of_100(&of)).tag(".");
    }
    out.tag("</li>\n");
}

fn of_100(share: f64) -> String {
    let n = 100.0 * share;
    // Not quite all must not read as all, nor next to none as none.
    if share < 1.0 && n >= 99.5 {
        format!("{:.1}", (10.0 * n).floor() / 10.0)
    } else if share > 0.0 && n < 0.5 {
        format!("{:.1}", n.max(0.1))
    } else {
        format!("{n:.0}")
    }
}

fn interval_of_100(estimate: &Estimate) -> String {
    estimate
        .interval
        .map_or(String::new(), |Interval { lower, upper, .. }| {
            format!(" ({} to {} in 100)", of_100(lower), of_100(upper))
        })
}

/// A share as people say it.
fn missed(share: f64) -> String {
    let nearest = 1.0 / share;
    match share {
        0.0 => "none".to_owned(),
        1.0 => "all".to_owned(),
        share if share < 0.4 => format!("about 1 in {}", number::count(nearest.round())),
        share if share > 0.95 => "nearly all".to_owned(),
        share => format!("about {:.0} in 100", 100.0 * share),
    }
}

/// What the intervals mean.
fn basis(out: &mut Markup, report: &LabelReport) {
    let Some(interval) = report
        .report
        .roc_auc
        .interval
        .or(report.report.recall.interval)
    else {
        return;
    };
    let units = if report.resampled == "groups" {
        "articles or threads"
    } else {
        "comments"
    };
    out.tag("<p class=\"note\">").text(&format!(
        "In brackets: where the figure lies with {:.0} % confidence, by drawing {} {units} anew again and again.",
        100.0 * interval.level,
        number::count(report.n_units as f64)
    ));
    if report.n_units < FEW_UNITS {
        out.tag(" So few that the brackets are rough.");
    }
    out.tag(" That holds for comments like these, not for those of another site or year.</p>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_read_as_people_say_them() {
        for (share, said) in [
            (0.0, "none"),
            (0.001, "about 1 in 1,000"),
            (0.2, "about 1 in 5"),
            (0.3333, "about 1 in 3"),
            (0.5, "about 50 in 100"),
            (0.68, "about 68 in 100"),
            (0.97, "nearly all"),
            (1.0, "all"),
        ] {
            assert_eq!(missed(share), said);
        }
        for (share, said) in [
            (0.0, "0"),
            (0.002, "0.2"),
            (0.92, "92"),
            (0.9902, "99"),
            (0.9995, "99.9"),
            (0.0001, "0.1"),
            (1.0, "100"),
        ] {
            assert_eq!(of_100(share), said);
        }
    }
}
