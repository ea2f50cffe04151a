//! The worst errors of a label, each with what its score is made of.

use super::markup::Markup;
use crate::report::inspection::{Account, Case, LabelInspection};
use crate::report::number::{figure, floor_to, percent};

pub(super) fn errors(out: &mut Markup, inspection: &LabelInspection) {
    let lists = [
        (
            "Worst false alarms",
            "It flagged nothing that people left without the label.",
            &inspection.false_alarms,
        ),
        (
            "Worst misses",
            "It flagged everything that people gave the label.",
            &inspection.misses,
        ),
    ];
    let mut is_explained = false;
    for (title, none, cases) in lists {
        out.tag("<h3>").tag(title).tag("</h3>\n");
        if cases.is_empty() {
            out.tag("<p>").tag(none).tag("</p>\n");
        } else if !is_explained {
            explain(out);
            is_explained = true;
        }
        cases.iter().for_each(|a_case| case(out, a_case));
    }
}

/// How to read a case; stands once, before the first.
fn explain(out: &mut Markup) {
    out.tag("<p class=\"note\">Marked is <mark>what spoke for the label</mark> and ");
    out.tag("<mark class=\"against\">what spoke against it</mark>, as far as it has a place in the text. Numbers are ");
    out.tag("points that add up: a sum of 0 is a score of 0.5, of +3 one of 0.95, of -3 one of 0.05. It is what the ");
    out.tag(
        "model went by, not what is true; and now and then it is the label that is wrong. Of near-duplicates one is shown.</p>\n",
    );
}

fn case(out: &mut Markup, case: &Case) {
    out.tag("<div class=\"case\"><p class=\"note\">Score <b>")
        .text(&figure(Some(floor_to(case.score, 1e3))))
        .tag("</b>");
    if !matches!(case.share, 0.0 | 1.0) {
        out.tag(", the label from ")
            .text(&percent(case.share))
            .tag(" of the raters");
    }
    out.tag(" · <bdi>")
        .text(&case.place)
        .tag("</bdi></p>\n<blockquote dir=\"auto\">");
    out.marked(&case.text, &case.marks);
    out.tag(if case.is_cut { " […]" } else { "" })
        .tag("</blockquote>\n");
    account(out, &case.account);
    if !case.ties.is_empty() {
        out.tag("<p class=\"note\">Its words beside article and comment answered: <bdi>")
            .text(&case.ties.join("; "))
            .tag("</bdi></p>\n");
    }
    out.tag("</div>\n");
}

fn account(out: &mut Markup, account: &Account) {
    for (what, words) in [
        ("For: ", &account.speaks_for),
        ("Against: ", &account.speaks_against),
    ] {
        out.tag("<p class=\"note\">").tag(what).tag("<bdi>");
        if words.is_empty() {
            out.tag("nothing that stands out");
        }
        out.text(&words.join(", ")).tag("</bdi></p>\n");
    }
    let Account {
        start,
        told,
        rest,
        sum,
        ..
    } = *account;
    // A rest that rounds to nothing must not read as less than nothing.
    let points = |value: f64| format!("{:+.1}", if value.abs() < 0.05 { 0.0 } else { value });
    out.tag("<p class=\"note\">Every comment starts at ")
        .text(&points(start));
    out.tag(", these parts add ").text(&points(told));
    out.tag(", all smaller ones ").text(&points(rest));
    out.tag(": together ").text(&points(sum)).tag(".</p>\n");
}
