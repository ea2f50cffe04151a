//! Why a comment scores as it does, for people and as JSON.
//!
//! For people: the decision, the scores beside their thresholds, and for each label shown the text
//! with what speaks for the label marked, above a table whose rows add up to the logit. What is
//! shown is what the model went by, not what is true of the world.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};

use super::{escape, marked, matches};
use crate::comment::{Comment, Decision, Span};
use crate::explain::{Explanation, Segment};
use crate::model::{Model, Scores};
use crate::policy::{self, OperatingPoint, Ruling};
use crate::relation::Silence;

/// Most rows of one kind in a table; the rest become one row.
const MAX_PHRASES: usize = 6;
const MAX_TERMS: usize = 8;
/// What the table shows as zero is left out of it.
const SMALLEST_SHOWN: f64 = 0.0005;
/// Longest quotation of a phrase, in characters.
const MAX_QUOTED: usize = 60;

/// A comment with its scores and what they are made of.
#[derive(Clone, Copy, Debug)]
pub struct ExplainedComment<'a> {
    /// The comment.
    pub comment: &'a Comment<'a>,
    /// The model that scored it.
    pub model: &'a Model,
    /// Scores of all labels.
    pub scores: &'a Scores,
    /// Explanations of all labels.
    pub explanations: &'a [Explanation],
    /// Labels to explain, by index; of the others only the score is shown.
    pub shown: &'a [usize],
}

impl ExplainedComment<'_> {
    /// As styled text for a terminal; everything that came from outside is escaped.
    pub fn to_text(&self) -> String {
        let ruling = self.ruling();
        let decision = ruling.decision;
        let style = decision_style(decision);
        let by = match ruling.label {
            Some(_) => format!(" ({})", self.deciding(decision).join(", ")),
            None => String::new(),
        };
        let mut out = format!("decision: {style}{decision}{style:#}{by}\n\n");
        self.write_scores(&mut out);
        for &label_idx in self.shown {
            self.write_label(&mut out, label_idx);
        }
        let _ = write!(out, "\nmodel {}\n", self.model.hash());
        out
    }

    /// As JSON. Spans are bytes of the raw text; intercept, segments and terms of a label add up to
    /// its logit.
    pub fn to_json(&self) -> Value {
        let ruling = self.ruling();
        let labels: Vec<Value> = (0..self.explanations.len())
            .map(|i| self.label_json(i))
            .collect();
        json!({
            "model": self.model.hash(),
            "text": self.comment.text,
            "author": self.comment.author,
            "decision": ruling.decision.as_str(),
            "decided_by": ruling.label.and_then(|label| self.model.labels().nth(label)),
            "labels": labels,
        })
    }

    fn ruling(&self) -> Ruling {
        let probabilities: Vec<f64> = self.scores.probabilities().collect();
        policy::decide(&probabilities, self.model.policy(), &[])
    }

    /// Labels that ask for a decision.
    fn deciding(&self, decision: Decision) -> Vec<String> {
        let points = self.scores.probabilities().zip(self.model.policy());
        let asks = points.map(|(score, point)| point.decide(score) == decision);
        let labels = self.model.labels().zip(asks);
        labels
            .filter(|&(_, asks)| asks)
            .map(|(label, _)| escape(label))
            .collect()
    }

    fn label(&self, label_idx: usize) -> String {
        escape(self.model.labels().nth(label_idx).unwrap_or_default())
    }

    fn write_scores(&self, out: &mut String) {
        let labels: Vec<String> = self.model.labels().map(escape).collect();
        let width = labels
            .iter()
            .map(|label| label.chars().count())
            .max()
            .unwrap_or(0)
            .max(5);
        let _ = writeln!(out, "{:width$}  score  review   flag  reject", "label");
        let rows = labels
            .iter()
            .zip(self.scores.probabilities())
            .zip(self.model.policy());
        for ((label, score), point) in rows {
            let style = decision_style(point.decide(score));
            let reject = point
                .reject
                .map_or("never".to_owned(), |reject| format!("{reject:.3}"));
            if score.is_nan() {
                let silence = self.scores.silence.map_or("", Silence::as_str);
                let _ = writeln!(out, "{label:width$}      -  cannot be told: {silence}");
                continue;
            }
            let _ = writeln!(
                out,
                "{label:width$}  {style}{score:5.3}{style:#}   {:5.3}  {:5.3}   {reject:5}  {}",
                point.review,
                point.flag,
                verdict(score, point),
            );
        }
    }

    fn write_label(&self, out: &mut String, label_idx: usize) {
        let (comment, explanation) = (self.comment, &self.explanations[label_idx]);
        let bold = Style::new().bold();
        let _ = writeln!(out, "\n{bold}{}{bold:#}", self.label(label_idx));
        out.push_str(&marked(comment.text, &spans(&explanation.phrases())));
        if let Some(author) = comment.author {
            out.push_str("  by\n");
            out.push_str(&marked(author, &spans(&explanation.name_phrases())));
        }
        for part in parts(comment, explanation) {
            let _ = writeln!(out, "  {:+9.3}  {}", part.contribution, part.name);
        }
        self.write_logit(out, label_idx);
        for line in explanation
            .words
            .iter()
            .flat_map(|words| matches::lines(comment, words))
        {
            let _ = writeln!(out, "  {line}");
        }
    }

    fn write_logit(&self, out: &mut String, label_idx: usize) {
        let (logit, score) = (
            self.scores.logits[label_idx],
            self.scores.probabilities().nth(label_idx),
        );
        if logit.is_nan() {
            out.push_str("  ---------\n  cannot be told; the terms above are no score\n");
            return;
        }
        let _ = writeln!(
            out,
            "  ---------\n  {logit:+9.3}  logit: a score of {:.3}",
            score.unwrap_or_default()
        );
    }

    fn label_json(&self, label_idx: usize) -> Value {
        let score = self
            .scores
            .probabilities()
            .nth(label_idx)
            .unwrap_or_default();
        let point = &self.model.policy()[label_idx];
        let explanation = self
            .shown
            .contains(&label_idx)
            .then(|| &self.explanations[label_idx]);
        json!({
            "label": self.model.labels().nth(label_idx),
            "score": score,
            "logit": self.scores.logits[label_idx],
            "cannot_tell": score.is_nan().then(|| self.scores.silence.map(Silence::as_str)),
            "flag": score >= point.flag,
            "decision": point.decide(score).as_str(),
            "thresholds": { "review": point.review, "flag": point.flag, "reject": point.reject },
            "explanation": explanation.map(|explanation| explanation_json(self.comment, explanation)),
        })
    }
}

fn explanation_json(comment: &Comment, explanation: &Explanation) -> Value {
    let terms = explanation.terms.iter();
    let terms = terms.map(|term| json!({ "name": term.name, "contribution": term.contribution }));
    json!({
        "phrases": segments_json(comment.text, &explanation.phrases()),
        "intercept": explanation.intercept,
        "text": segments_json(comment.text, &explanation.text),
        "author": segments_json(comment.author.unwrap_or_default(), &explanation.name),
        "terms": terms.collect::<Vec<_>>(),
        "words": explanation.words.as_ref().map(|words| matches::json(comment, words)),
    })
}

fn segments_json(raw: &str, segments: &[Segment]) -> Vec<Value> {
    let json = |segment: &Segment| {
        let Span { start, end } = segment.span;
        let contribution = segment.contribution;
        json!({ "start": start, "end": end, "text": raw[start..end], "contribution": contribution })
    };
    segments.iter().map(json).collect()
}

fn decision_style(decision: Decision) -> Style {
    let colour = match decision {
        Decision::Approve => AnsiColor::Green,
        Decision::Review => AnsiColor::Yellow,
        Decision::Reject => AnsiColor::Red,
    };
    Style::new().bold().fg_color(Some(colour.into()))
}

/// What one label says by itself, in words.
fn verdict(score: f64, point: &OperatingPoint) -> String {
    let flagged = if score >= point.flag { ", flagged" } else { "" };
    format!("{}{flagged}", point.decide(score))
}

fn spans(segments: &[Segment]) -> Vec<Span> {
    segments.iter().map(|segment| segment.span).collect()
}

/// A row of the table.
struct Part {
    contribution: f64,
    name: String,
}

/// Rows that add up to the logit: strongest for the label first, the intercept last.
fn parts(comment: &Comment, explanation: &Explanation) -> Vec<Part> {
    let against = explanation.phrases_against();
    let phrases = explanation
        .phrases()
        .into_iter()
        .take(MAX_PHRASES)
        .chain(against.into_iter().take(MAX_PHRASES));
    let mut parts = quoted(comment.text, &explanation.text, phrases, "");
    let names = explanation.name_phrases().into_iter().take(MAX_PHRASES);
    let author = comment.author.unwrap_or_default();
    parts.extend(quoted(author, &explanation.name, names, "display name "));
    parts.extend(named(explanation));
    parts.retain(|part| part.contribution.abs() >= SMALLEST_SHOWN);
    parts.sort_by(|a, b| b.contribution.total_cmp(&a.contribution));
    parts.push(Part {
        contribution: explanation.intercept,
        name: "intercept".to_owned(),
    });
    parts
}

/// Phrases of a text and, in one row, the rest of it.
fn quoted(
    raw: &str,
    segments: &[Segment],
    phrases: impl Iterator<Item = Segment>,
    prefix: &str,
) -> Vec<Part> {
    let mut rest: f64 = segments.iter().map(|segment| segment.contribution).sum();
    let mut parts = Vec::new();
    for phrase in phrases {
        rest -= phrase.contribution;
        let name = format!("{prefix}\"{}\"", quotation(&raw[phrase.span.range()]));
        parts.push(Part {
            contribution: phrase.contribution,
            name,
        });
    }
    parts.push(Part {
        contribution: rest,
        name: format!("{prefix}other words"),
    });
    parts
}

/// The strongest named terms and, in one row, the rest of them.
fn named(explanation: &Explanation) -> Vec<Part> {
    let mut terms: Vec<_> = explanation.terms.iter().collect();
    terms.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
    let (strongest, rest) = terms.split_at(terms.len().min(MAX_TERMS));
    let part = |contribution, name: &str| Part {
        contribution,
        name: name.to_owned(),
    };
    let mut parts: Vec<Part> = strongest
        .iter()
        .map(|term| part(term.contribution, term.name))
        .collect();
    parts.push(part(
        rest.iter().map(|term| term.contribution).sum(),
        "other named terms",
    ));
    parts
}

/// A text short enough for a table, escaped.
fn quotation(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTED) {
        Some((end, _)) => format!("{}…", escape(&text[..end])),
        None => escape(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::NamedTerm;

    fn segment(start: usize, end: usize, contribution: f64) -> Segment {
        Segment {
            span: Span { start, end },
            contribution,
        }
    }

    fn explanation() -> Explanation {
        let term = |(i, name)| NamedTerm {
            name,
            contribution: 0.01 * f64::from(i),
        };
        let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
        Explanation {
            intercept: -1.5,
            text: vec![
                segment(0, 3, -0.2),
                segment(4, 9, 2.0),
                segment(10, 11, 0.1),
            ],
            name: vec![segment(0, 2, 0.3)],
            terms: (1..).zip(names).map(term).collect(),
            words: None,
        }
    }

    #[test]
    fn rows_add_up_to_the_logit() {
        let comment = Comment {
            author: Some("x\u{7}"),
            ..Comment::from_text("You 1d10t\n!")
        };
        let parts = parts(&comment, &explanation());
        let sum: f64 = parts.iter().map(|part| part.contribution).sum();
        assert!((sum - explanation().logit()).abs() < 1e-12);
        let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(
            names[..3],
            ["\"1d10t\"", "display name \"x\\u{7}\"", "other words"]
        );
        assert_eq!(names[names.len() - 2..], ["\"You\"", "intercept"]);
        assert!(names.contains(&"other named terms") && !names.contains(&"a"));
    }

    #[test]
    fn long_phrases_are_cut_at_a_character() {
        let long = "é".repeat(61);
        assert_eq!(quotation(&long), format!("{}…", "é".repeat(60)));
        assert_eq!(quotation("é"), "é");
    }
}
