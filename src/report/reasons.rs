//! Why a comment was flagged, in a line that a moderator reads:
//!
//! `insult 0.97: "stupid idiot" +3.2, "you" +0.4, capitals +0.3; site phrase "buy gold" (block)`
//!
//! `off_topic 0.81: foreign to the article: "crypto", "wallet"; found: "council"; selling +0.9`
//!
//! The number behind a label is its score, the one behind a phrase is what it adds to the logit. They
//! say what the model went by, not what is true of the world. [`reason_spans`] gives the same places
//! as byte offsets, for programs.

use crate::comment::{Comment, Span};
use crate::explain::{Explanation, Segment};
use crate::model::Model;
use crate::moderate::{Field, HouseRules, Moderation};
use crate::relation;
use crate::report::number::cut;
use crate::report::{escape, matches};

/// Parts named per label: what a person takes in at a glance.
const MAX_PARTS: usize = 5;
/// A part that adds less is noise beside the rest (it would read `+0.0` or nearly).
const MIN_CONTRIBUTION: f64 = 0.1;
/// Longest quotation, in characters.
const MAX_QUOTE_CHARS: usize = 60;

/// The reasons of a comment that stands out or holds a phrase of the site, and why a label cannot be
/// told; empty for all others.
///
/// `moderation` must be of this comment, model and rules.
///
/// # Complexity  O(segments of the explanations)
pub fn reasons(
    model: &Model,
    rules: &HouseRules,
    comment: &Comment,
    moderation: &Moderation,
) -> String {
    let labels = speaking(moderation).map(|(label_idx, explanation)| {
        let label = model.heads()[label_idx].label.as_str();
        let score = cut(moderation.probabilities[label_idx]);
        let mut told = explanation
            .words
            .as_ref()
            .map_or_else(Vec::new, |words| matches::lines(comment, words));
        let parts = parts(comment, explanation, Side::For);
        if !parts.is_empty() {
            let parts: Vec<String> = parts.iter().map(written).collect();
            told.push(parts.join(", "));
        } else if told.is_empty() {
            told.push("no single part stands out".to_owned());
        }
        format!("{label} {score}: {}", told.join("; "))
    });
    let phrases = moderation.phrases.iter().map(|hit| {
        let phrase = &rules.phrases().phrases()[hit.phrase_idx];
        let place = if hit.field == Field::Author {
            " in the display name"
        } else {
            ""
        };
        format!(
            "site phrase {}{place} ({})",
            quote(phrase.text()),
            phrase.action().as_str()
        )
    });
    let silence = moderation.scores.silence;
    let silence = silence.map(|silence| format!("{}: {}", relation::LABEL, silence.as_str()));
    labels
        .chain(phrases)
        .chain(silence)
        .collect::<Vec<_>>()
        .join("; ")
}

pub use super::matches::Tie;

/// What speaks at a place of the comment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Voice<'a> {
    /// The model, for a label.
    Label {
        /// The label.
        label: &'a str,
        /// What the place adds to its logit.
        contribution: f64,
    },
    /// The model, for a label, by what the word there has to do with article and parent. It has no
    /// contribution of its own.
    Word {
        /// The label.
        label: &'a str,
        /// What the word has to do with them.
        tie: Tie<'a>,
    },
    /// A phrase of the site.
    Phrase {
        /// The phrase as the site wrote it.
        phrase: &'a str,
        /// `allow`, `review` or `block`.
        action: &'static str,
    },
}

/// A reason that has a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReasonSpan<'a> {
    /// What speaks there.
    pub voice: Voice<'a>,
    /// Where.
    pub field: Field,
    /// Bytes of that raw field, on character bounds.
    pub span: Span,
    /// What stands there.
    pub text: &'a str,
}

/// The places behind the reasons, by label and strength, then the phrases of the site.
pub fn reason_spans<'a>(
    model: &'a Model,
    rules: &'a HouseRules,
    comment: &Comment<'a>,
    moderation: &'a Moderation,
) -> Vec<ReasonSpan<'a>> {
    let mut spans = Vec::new();
    for (label_idx, explanation) in speaking(moderation) {
        let label = model.heads()[label_idx].label.as_str();
        for part in strongest(explanation, Side::For) {
            let Some((field, span)) = part.place else {
                continue;
            };
            let voice = Voice::Label {
                label,
                contribution: part.contribution,
            };
            spans.push(ReasonSpan {
                voice,
                field,
                span,
                text: slice(comment, field, span),
            });
        }
        let words = explanation.words.as_ref();
        spans.extend(
            words
                .into_iter()
                .flat_map(matches::ties)
                .map(|(span, tie)| ReasonSpan {
                    voice: Voice::Word { label, tie },
                    field: Field::Text,
                    span,
                    text: slice(comment, Field::Text, span),
                }),
        );
    }
    spans.extend(moderation.phrases.iter().map(|hit| {
        let phrase = &rules.phrases().phrases()[hit.phrase_idx];
        let voice = Voice::Phrase {
            phrase: phrase.text(),
            action: phrase.action().as_str(),
        };
        let text = slice(comment, hit.field, hit.span);
        ReasonSpan {
            voice,
            field: hit.field,
            span: hit.span,
            text,
        }
    }));
    spans
}

/// Labels that set a flag or ask for a look.
fn speaking(moderation: &Moderation) -> impl Iterator<Item = (usize, &Explanation)> {
    let labels = moderation.explanations.iter().enumerate();
    labels.filter_map(|(label_idx, explanation)| Some((label_idx, explanation.as_ref()?)))
}

/// Which way a part pulls a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Up: it speaks for the label.
    For,
    /// Down.
    Against,
}

/// What adds to a logit: a place, or a named number.
struct Part {
    place: Option<(Field, Span)>,
    name: &'static str,
    contribution: f64,
}

/// The parts of a side, strongest first.
fn strongest(explanation: &Explanation, side: Side) -> Vec<Part> {
    let (text, name, sign) = match side {
        Side::For => (explanation.phrases(), explanation.name_phrases(), 1.0),
        Side::Against => {
            let name = explanation.name_phrases_against();
            (explanation.phrases_against(), name, -1.0)
        }
    };
    let placed = |field, segments: Vec<Segment>| {
        segments.into_iter().map(move |segment| Part {
            place: Some((field, segment.span)),
            name: "",
            contribution: segment.contribution,
        })
    };
    let terms = explanation.terms.iter().map(|term| Part {
        place: None,
        name: term.name,
        contribution: term.contribution,
    });
    let mut parts: Vec<Part> = placed(Field::Text, text)
        .chain(placed(Field::Author, name))
        .chain(terms)
        .filter(|part| sign * part.contribution >= MIN_CONTRIBUTION)
        .collect();
    parts.sort_by(|a, b| (sign * b.contribution).total_cmp(&(sign * a.contribution)));
    parts.truncate(MAX_PARTS);
    parts
}

/// The parts of a side in words; what reads the same is told once, with its sum.
pub(super) fn parts(
    comment: &Comment,
    explanation: &Explanation,
    side: Side,
) -> Vec<(String, f64)> {
    let mut told: Vec<(String, f64)> = Vec::new();
    for part in strongest(explanation, side) {
        let what = match part.place {
            Some((Field::Text, span)) => quote(slice(comment, Field::Text, span)),
            Some((Field::Author, span)) => {
                format!(
                    "display name {}",
                    quote(slice(comment, Field::Author, span))
                )
            }
            None => part.name.to_owned(),
        };
        match told.iter_mut().find(|(other, _)| *other == what) {
            Some((_, contribution)) => *contribution += part.contribution,
            None => told.push((what, part.contribution)),
        }
    }
    told
}

/// A part as it is read: `"idiot" +2.1`.
pub(super) fn written((what, contribution): &(String, f64)) -> String {
    format!("{what} {contribution:+.1}")
}

fn slice<'a>(comment: &Comment<'a>, field: Field, span: Span) -> &'a str {
    let raw = match field {
        Field::Text => comment.text,
        Field::Author => comment.author.unwrap_or_default(),
    };
    raw.get(span.range()).unwrap_or_default()
}

/// A quotation on one line: white space as single spaces, quotes inside as `'`, what is invisible
/// escaped, the end cut at a character.
pub(super) fn quote(raw: &str) -> String {
    if raw.len() <= MAX_QUOTE_CHARS
        && raw
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'"')
    {
        return ["\"", raw, "\""].concat();
    }
    let words = raw.split_whitespace().flat_map(|word| [" ", word]).skip(1);
    let mut chars = words
        .flat_map(str::chars)
        .map(|c| if c == '"' { '\'' } else { c });
    let kept: String = chars.by_ref().take(MAX_QUOTE_CHARS).collect();
    let more = if chars.next().is_some() { "…" } else { "" };
    format!("\"{}{more}\"", escape(&kept))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moderate::Moderator;
    use crate::moderate::tests::tiny_model;
    use crate::phrases::{Phrase, PhraseSet};
    use crate::policy::PhraseAction;

    fn rules(model: &Model, phrases: &[(&str, PhraseAction)]) -> HouseRules {
        let phrases = phrases
            .iter()
            .map(|(text, action)| Phrase::new(text, *action).unwrap());
        HouseRules::new(model, &[], PhraseSet::new(phrases.collect()).unwrap()).unwrap()
    }

    #[test]
    fn reasons_quote_the_words_and_name_the_rules() {
        let model = tiny_model();
        let rules = rules(
            &model,
            &[
                ("call me", PhraseAction::Block),
                ("sir", PhraseAction::Review),
            ],
        );
        let comment = Comment {
            author: Some("Sir Idiot"),
            ..Comment::from_text("you are an\r\n \"idiot\", call\tME")
        };
        let moderation = Moderator::new(&model, &rules).moderate(&comment);
        let text = reasons(&model, &rules, &comment, &moderation);
        assert!(text.starts_with("insult 0."), "{text}");
        assert!(text.contains("idiot"), "{text}");
        assert!(
            text.ends_with(
                "site phrase \"call me\" (block); site phrase \"sir\" in the display name (review)"
            ),
            "{text}"
        );
        assert!(!text.contains(['\n', '\r', '\t']), "{text}");
    }

    #[test]
    fn spans_slice_the_raw_fields() {
        let model = tiny_model();
        let rules = rules(&model, &[("gold", PhraseAction::Review)]);
        let comment = Comment {
            author: Some("É Idiot"),
            ..Comment::from_text("<p>É: you are an IDIOT, g0ld</p>")
        };
        let moderation = Moderator::new(&model, &rules).moderate(&comment);
        let spans = reason_spans(&model, &rules, &comment, &moderation);
        assert!(spans.iter().any(
            |span| matches!(span.voice, Voice::Label { contribution, .. } if contribution > 0.0)
        ));
        for span in &spans {
            let raw = if span.field == Field::Text {
                comment.text
            } else {
                comment.author.unwrap()
            };
            assert_eq!(&raw[span.span.range()], span.text);
        }
        let last = spans.last().unwrap();
        assert_eq!(
            (last.voice, last.text),
            (
                Voice::Phrase {
                    phrase: "gold",
                    action: "review"
                },
                "g0ld"
            )
        );
    }

    #[test]
    fn calm_comments_have_no_reasons() {
        let model = tiny_model();
        let rules = rules(&model, &[]);
        let comment = Comment::from_text("a fine article again");
        let moderation = Moderator::new(&model, &rules).moderate(&comment);
        assert_eq!(reasons(&model, &rules, &comment, &moderation), "");
        assert_eq!(reason_spans(&model, &rules, &comment, &moderation), []);
    }

    #[test]
    fn quotations_are_one_short_harmless_line() {
        for (raw, expected) in [
            ("you\r\n\t idiot", "\"you idiot\"".to_owned()),
            ("say \"x\"", "\"say 'x'\"".to_owned()),
            ("a\u{202e}b\u{1b}", "\"a\\u{202e}b\\u{1b}\"".to_owned()),
            (&"é".repeat(60), format!("\"{}\"", "é".repeat(60))),
            (&"é".repeat(61), format!("\"{}…\"", "é".repeat(60))),
            ("", "\"\"".to_owned()),
        ] {
            assert_eq!(quote(raw), expected);
        }
    }
}
