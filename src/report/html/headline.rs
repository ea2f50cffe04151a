//! The figures of a label in sentences that need no statistics.

use super::markup::Markup;
use super::rate::FEW;
use crate::metrics::{Interval, PointReport};
use crate::report::evaluation::LabelReport;
use crate::report::inspection::{HighScores, LabelInspection, Lean};
use crate::report::number;

/// As in `label_details`.
const FEW_UNITS: usize = 10;

pub(super) fn headline(out: &mut Markup, report: &LabelReport, inspection: &LabelInspection) {
    let figures = &report.report;
    let (all, positives) = (figures.total_weight, figures.positives);
    out.tag("<ul class=\"headline\">\n<li>");
    labelled(out, figures.n, inspection.n_untold);
    out.text(&format!(
        "{} ({}) have the label.",
        number::count(positives),
        number::percent(positives / all)
    ));
    out.tag("</li>\n");
    warnings(out, positives, all - positives);
    ranks(out, report);
    // The severest band first, for it acts by itself.
    let flag = figures.threshold;
    for band in inspection.bands.iter().rev() {
        if band.name == "flag" || band.point.threshold != flag {
            sentence(out, band.name, &band.point);
        }
    }
    meaning(out, report, inspection.high_scores.as_ref());
    out.tag("</ul>\n");
    basis(out, report);
}

/// How many comments the figures are of, and how many are in none.
fn labelled(out: &mut Markup, n_told: usize, n_untold: usize) {
    let count = |n: usize| number::count(n as f64);
    out.tag("People have labelled ")
        .text(&count(n_told + n_untold));
    if n_untold == 0 {
        out.tag(" comments; of them ");
        return;
    }
    out.tag(" comments. The model cannot tell the label of ")
        .text(&count(n_untold));
    out.tag(" of them (no context, too short, or unknown words): these are in no figure here. Of the other ");
    out.text(&count(n_told)).tag(", ");
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

/// How well it ranks.
fn ranks(out: &mut Markup, report: &LabelReport) {
    let figures = &report.report;
    let Some(value) = figures.roc_auc.value else {
        return;
    };
    if figures
        .positives
        .min(figures.total_weight - figures.positives)
        < FEW
    {
        out.tag("<li>How often it gives a comment with the label a higher score than one without cannot be said ");
        out.tag("from so few.</li>\n");
        return;
    }
    out.tag("<li>Of one comment with the label and one without, it gives the one with it the higher score in ");
    out.tag("<b>")
        .text(&of_100(value))
        .tag(" of 100</b> such pairs");
    out.text(&interval_of_100(figures.roc_auc.interval))
        .tag(". Guessing would be 50.</li>\n");
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
    out.tag(" on it <b>").tag(verb).tag(" ");
    out.text(&per_1000(point.queue_per_1000.unwrap_or_default()))
        .tag("</b> of 1,000 comments. ");
    right(out, again, point);
    missed(out, point);
    out.tag("</li>\n");
}

/// How right it is in what it picks out.
fn right(out: &mut Markup, picks: &'static str, point: &PointReport) {
    let (hits, n) = (point.confusion.true_positives, point.confusion.flagged());
    let Some(precision) = point.precision.value else {
        out.tag("So nothing can be said of how right it is there. ");
        return;
    };
    if n < FEW {
        let hits = number::count(hits);
        let has = if hits == "1" { " has" } else { " have" };
        out.tag("<b>").text(&hits).tag("</b> of the ");
        out.text(&number::count(n)).tag(" comments it ").tag(picks);
        out.tag(has).tag(" the label: too few for a rate. ");
        return;
    }
    out.tag("Of 100 comments it ").tag(picks).tag(", about <b>");
    out.text(&of_100(precision)).tag("</b> have the label");
    out.text(&interval_of_100(point.precision.interval))
        .tag(". ");
}

/// How much of what it looks for it leaves.
fn missed(out: &mut Markup, point: &PointReport) {
    let misses = point.confusion.false_negatives;
    let n = misses + point.confusion.true_positives;
    let Some(recall) = point.recall.value else {
        return;
    };
    if n < FEW {
        out.tag("It misses <b>").text(&number::count(misses));
        out.tag("</b> of the ")
            .text(&number::count(n))
            .tag(" that have it: too few for a rate.");
        return;
    }
    let interval = point.recall.interval.map(|interval| Interval {
        lower: 1.0 - interval.upper,
        upper: 1.0 - interval.lower,
        ..interval
    });
    out.tag("Of 100 that have it, it misses about <b>");
    out.text(&of_100(1.0 - recall)).tag("</b>");
    out.text(&interval_of_100(interval)).tag(".");
}

/// Some of a thousand: what is there never reads as none.
fn per_1000(n: f64) -> String {
    if n > 0.0 && n < 0.5 {
        "fewer than 1".to_owned()
    } else {
        number::count(n.round())
    }
}

/// Whether scores mean what they say, and which way they do not.
fn meaning(out: &mut Markup, report: &LabelReport, high: Option<&HighScores>) {
    let Some(error) = report.report.expected_calibration_error else {
        return;
    };
    out.tag("<li>");
    match high {
        Some(high) => {
            out.tag("Of the ").text(&number::count(high.n));
            out.tag(" comments that score ")
                .text(&number::threshold(high.from));
            out.tag(" or more, the scores say that about ")
                .text(&of_100(high.mean_score));
            out.tag(" in 100 have the label; people say ")
                .text(&of_100(high.positive_share));
            let lean = match high.lean() {
                Lean::TooHigh => ". <b>Scores here are too high</b>",
                Lean::TooLow => ". <b>Scores here are too low</b>",
                Lean::Neither => ". They mean what they say, as far as so many can tell",
            };
            out.tag(lean);
            if high.lean() != Lean::Neither && report.report.roc_auc.value.is_some() {
                out.tag(": they rank as said above, but the shares they name do not hold");
            }
            out.tag(". ");
        }
        None => {
            out.tag("Too few comments score high to tell whether high scores mean what they say. ");
        }
    }
    out.tag("Over all comments, low scores and high ones, they are off by ");
    out.text(&format!("{:.1}", 100.0 * error))
        .tag(" percentage points on average.</li>\n");
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

fn interval_of_100(interval: Option<Interval>) -> String {
    interval.map_or(String::new(), |Interval { lower, upper, .. }| {
        format!(" ({} to {} in 100)", of_100(lower), of_100(upper))
    })
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
    use crate::metrics::{Confusion, Estimate};

    #[test]
    fn shares_are_of_100_and_nearly_none_is_not_none() {
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

    fn point(counts: [f64; 4]) -> PointReport {
        let [
            true_positives,
            false_positives,
            false_negatives,
            true_negatives,
        ] = counts;
        let confusion = Confusion {
            true_positives,
            false_positives,
            true_negatives,
            false_negatives,
        };
        let estimate = |value| Estimate {
            value,
            interval: None,
            n_undefined: 0,
        };
        PointReport {
            threshold: 0.9,
            confusion,
            precision: estimate(confusion.precision()),
            recall: estimate(confusion.recall()),
            f1: estimate(confusion.f1()),
            queue_per_1000: confusion.queue_per_1000(),
        }
    }

    #[test]
    fn a_handful_is_counted_and_not_made_a_rate() {
        for (counts, said) in [
            (
                [1.0, 2.0, 40.0, 9000.0],
                "fewer than 1</b> of 1,000 comments. <b>1</b> of the 3 comments it would reject has the label: \
                 too few for a rate. Of 100 that have it, it misses about <b>98</b>.",
            ),
            (
                [10.0, 10.0, 2.0, 978.0],
                "20</b> of 1,000 comments. Of 100 comments it would reject, about <b>50</b> have the label. It \
                 misses <b>2</b> of the 12 that have it: too few for a rate.",
            ),
            (
                [0.0, 0.0, 30.0, 970.0],
                "0</b> of 1,000 comments. So nothing can be said of how right it is there. Of 100 that have it, \
                 it misses about <b>100</b>.",
            ),
        ] {
            let mut out = Markup::default();
            sentence(&mut out, "reject", &point(counts));
            let expected =
                format!("<li>From a score of 0.900 on it <b>proposes to reject {said}</li>\n");
            assert_eq!(out.finish(), expected);
        }
    }

    #[test]
    fn says_which_way_high_scores_are_off() {
        use crate::metrics::Resampling;
        use crate::policy::OperatingPoint;
        use crate::report::evaluation::{EvaluationOptions, LabelScores, evaluate_scores};
        let scores: Vec<f64> = (0..1000).map(|i| if i < 40 { 0.7 } else { 0.01 }).collect();
        let shares: Vec<f32> = (0..1000).map(|i| f32::from(u8::from(i < 10))).collect();
        let scored = LabelScores {
            label: "insult",
            scores: &scores,
            shares: &shares,
            groups: None,
        };
        let policy = OperatingPoint {
            flag: 0.5,
            review: 0.3,
            reject: None,
        };
        let options = EvaluationOptions {
            resampling: Resampling {
                n_replicates: 0,
                ..Resampling::default()
            },
            ..EvaluationOptions::default()
        };
        let report = evaluate_scores(&scored, policy, &options).unwrap();
        let high = HighScores {
            from: 0.5,
            n: 40.0,
            mean_score: 0.7,
            positive_share: 0.25,
        };
        let mut out = Markup::default();
        meaning(&mut out, &report, Some(&high));
        let expected = "<li>Of the 40 comments that score 0.500 or more, the scores say that about 70 in 100 have the \
                        label; people say 25. <b>Scores here are too high</b>: they rank as said above, but the \
                        shares they name do not hold. Over all comments, low scores and high ones, they are off by \
                        2.8 percentage points on average.</li>\n";
        assert_eq!(out.finish(), expected);
    }
}
