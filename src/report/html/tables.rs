//! Tables below the plots: kinds of comments, drift.

use super::markup::Markup;
use super::rate::{FEW, rate};
use crate::metrics::Interval;
use crate::report::inspection::{Drift, GroupingReport, LabelDrift, OTHER, Subgroup};
use crate::report::number::{count, figure, percent, threshold};

pub(super) fn groupings(out: &mut Markup, groupings: &[GroupingReport]) {
    out.tag("<h3>By kind of comment</h3>\n<p class=\"note\">At the model's flag. Grey: fewer than 20 with or ");
    out.tag("without the label, so the row says little. No interval ");
    out.tag("where the comments stand under fewer than ten articles or threads.</p>\n");
    for grouping in groupings {
        out.tag("<div class=\"wide\"><table class=\"by\"><thead><tr><th><bdi>")
            .text(&grouping.name);
        out.tag("</bdi></th><th>comments</th><th>with the label</th><th>flagged per 1,000</th><th>precision</th>");
        out.tag("<th>recall</th><th>false alarms</th><th>ROC AUC</th></tr></thead><tbody>\n");
        grouping
            .groups
            .iter()
            .for_each(|group| subgroup(out, group));
        out.tag("</tbody></table></div>\n");
    }
}

fn subgroup(out: &mut Markup, group: &Subgroup) {
    let is_few = group.positives < FEW || group.n as f64 - group.positives < FEW;
    out.tag(if is_few {
        "<tr class=\"few\"><td><bdi>"
    } else {
        "<tr><td><bdi>"
    });
    out.text(&group.value).tag("</bdi>");
    let queue = group.queue_per_1000.map(f64::round);
    for cell in [
        count(group.n as f64),
        count(group.positives),
        queue.map_or_else(|| figure(None), count),
    ] {
        out.tag("</td><td>").text(&cell);
    }
    let flagged = group.queue_per_1000.unwrap_or_default() * group.n as f64 / 1000.0;
    for (share, n) in [
        (&group.precision, flagged),
        (&group.recall, group.positives),
    ] {
        out.tag("</td><td>").text(&rate(share.value, n));
        let interval = share.interval.filter(|_| n >= FEW);
        if let Some(Interval { lower, upper, .. }) = interval {
            out.tag("<small>")
                .text(&format!("{lower:.3} to {upper:.3}"))
                .tag("</small>");
        }
    }
    for value in [group.false_positive_rate, group.roc_auc] {
        out.tag("</td><td>").text(&figure(value));
    }
    out.tag("</td></tr>\n");
}

pub(super) fn drift(out: &mut Markup, drift: &Drift) {
    out.tag("<section><h2 id=\"drift\">Are these comments like those it learnt from?</h2>\n");
    out.tag("<p class=\"note\">The model keeps of its training how many rows had each label and in which languages ");
    out.tag("they were, and the measurement made after it. Texts, lengths and words of the training are not in it, ");
    out.tag("so those are not compared; how many comments of each length there are here stands under each label.</p>\n");
    label_drift(out, drift);
    language_drift(out, drift);
    out.tag("</section>\n");
}

fn label_drift(out: &mut Markup, drift: &Drift) {
    out.tag("<h3>Labels and scores</h3>\n<div class=\"wide\"><table class=\"by\"><thead><tr><th>label</th>");
    out.tag("<th>have it here</th><th>had it in training</th><th>flagged here</th><th>flagged when measured</th>");
    out.tag("<th>mean score here</th><th>mean score when measured</th></tr></thead><tbody>\n");
    let share = |share: Option<f64>| share.map_or_else(|| figure(None), percent);
    for label in &drift.labels {
        let LabelDrift {
            positives_here,
            positives_training,
            flagged_here,
            ..
        } = *label;
        let measured = match (label.flagged_measured, label.threshold_measured) {
            (Some(flagged), Some(at)) => {
                format!("{} (from {} on)", percent(flagged), threshold(at))
            }
            _ => figure(None),
        };
        out.tag("<tr><td>").text(&label.label);
        for cell in [
            percent(positives_here),
            share(positives_training),
            share(flagged_here),
            measured,
            figure(Some(label.mean_score_here)),
            figure(label.mean_score_measured),
        ] {
            out.tag("</td><td>").text(&cell);
        }
        out.tag("</td></tr>\n");
    }
    out.tag("</tbody></table></div>\n<p class=\"note\">");
    match &drift.measured_on {
        Some(split) => {
            out.tag("Measured after training on: ").text(split).tag(".");
        }
        None => {
            out.tag("No measurement is kept with the model.");
        }
    }
    out.tag(" Where shares differ much, thresholds chosen there may not fit here.</p>\n");
}

fn language_drift(out: &mut Markup, drift: &Drift) {
    out.tag("<h3>Languages</h3>\n<table class=\"by\"><thead><tr><th>language</th><th>here</th><th>in training</th></tr>");
    out.tag("</thead><tbody>\n");
    for language in &drift.languages {
        let training = match language.training {
            Some(share) => percent(share),
            None if language.language == OTHER => figure(None),
            None => "below 2 %".to_owned(),
        };
        out.tag("<tr><td>")
            .text(&language.language)
            .tag("</td><td>")
            .text(&percent(language.here));
        out.tag("</td><td>").text(&training).tag("</td></tr>\n");
    }
    out.tag("</tbody></table>\n<p class=\"note\">Guessed for the ")
        .text(&count(drift.n_language_told as f64));
    out.tag(" comments of at least 20 letters; on short ones the guess is often wrong.</p>\n");
}
