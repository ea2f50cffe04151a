//! What holds for every comment: explanations add up, spans slice, scratch leaks nothing.

use ombuds::comment::{Article, Comment, Span};
use ombuds::explain::{Explanation, Segment};
use ombuds::model::{Model, Scores};
use proptest::prelude::*;

use crate::newsroom::{MODEL, SET};

/// A comment with its context, owned.
#[derive(Clone, Debug)]
struct Given {
    text: String,
    author: Option<String>,
    article: Option<Article>,
    parent: Option<String>,
    parent_author: Option<String>,
}

impl Given {
    fn comment(&self) -> Comment<'_> {
        Comment {
            text: &self.text,
            author: self.author.as_deref(),
            article: self.article.as_ref(),
            parent: self.parent.as_deref(),
            parent_author: self.parent_author.as_deref(),
            thread: None,
        }
    }
}

/// Pieces that take the paths of the text stage that arbitrary characters rarely find.
const PIECES: &[&str] = &[
    "you",
    "idiot",
    "idiot",
    "absolute",
    "clown",
    "the",
    "not",
    "council",
    "1d10t",
    "i d i o t",
    "i.d.i.o.t",
    "f*ck",
    "f**k",
    "id iot",
    "mor-on",
    "idi\u{43e}t",
    "ïdïöt",
    "$ $ $",
    "@sshole",
    "$#!t",
    "1 2 3",
    "IDIOOOOOT",
    "<b>",
    "</b>",
    "<p>",
    "<br/>",
    "<a href=\"x\">",
    "&amp;",
    "&#105;diot",
    "&lt;",
    "\\n",
    "\\u0041",
    "\\xe9",
    "\\xc3\\xa9",
    "½",
    "ﷺ",
    "ﬁne",
    "İ",
    "ß",
    "\u{200b}",
    "\u{202e}",
    "\u{301}",
    "e\u{301}",
    "\0",
    "\r\n",
    "\t",
    "🤡",
    "👩‍👩‍👧",
    "你是白痴",
    "ты идиот",
    "हिन्दी",
    "𝕚𝕕𝕚𝕠𝕥",
    "https://a.example/b",
    "@jack",
    "!!!",
    "???",
    "'",
    "—",
    "“so”",
    "SHOUTED WORDS",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => prop::sample::select(PIECES).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => "[a-zA-Z0-9*.$@!<>&;\\\\ ]{1,8}",
    ];
    let space = prop_oneof![3 => Just(" "), 1 => Just(""), 1 => Just("\n")];
    let built = prop::collection::vec((piece, space), 0..14);
    let built = built.prop_map(|pieces| {
        pieces
            .into_iter()
            .flat_map(|(piece, space)| [piece, space.to_owned()])
            .collect()
    });
    let any_text =
        prop::collection::vec(any::<char>(), 0..40).prop_map(|chars| chars.into_iter().collect());
    let real = (0..SET.rows.len()).prop_map(|row| SET.rows[row].text.clone());
    prop_oneof![4 => built, 1 => any_text, 1 => real]
}

fn article() -> impl Strategy<Value = Article> {
    let names = prop::collection::vec(text(), 0..3);
    let made = (text(), text(), names).prop_map(|(title, body, commenters)| Article {
        title,
        body,
        commenters,
        ..Article::default()
    });
    let real = (0..SET.articles.len()).prop_map(|i| SET.articles[i].clone());
    prop_oneof![made, real]
}

fn given() -> impl Strategy<Value = Given> {
    (
        text(),
        prop::option::of(text()),
        prop::option::of(article()),
        prop::option::of(text()),
        prop::option::of(text()),
    )
        .prop_map(|(text, author, article, parent, parent_author)| Given {
            text,
            author,
            article,
            parent,
            parent_author,
        })
}

fn bits(scores: &Scores) -> Vec<u64> {
    scores.logits.iter().map(|logit| logit.to_bits()).collect()
}

fn score_alone(model: &Model, given: &Given) -> Vec<u64> {
    bits(&model.scorer().score(&given.comment()))
}

fn check_parts(explanation: &Explanation, logit: f64) -> Result<(), TestCaseError> {
    let all = explanation
        .text
        .iter()
        .chain(&explanation.name)
        .map(|segment| segment.contribution);
    let terms = explanation.terms.iter().map(|term| term.contribution);
    let sum: f64 = explanation.intercept + all.chain(terms).sum::<f64>();
    prop_assert!((sum - logit).abs() < 1e-6, "{} {}", sum, logit);
    prop_assert!((explanation.logit() - logit).abs() < 1e-6);
    Ok(())
}

fn check_spans(raw: &str, segments: &[Segment]) -> Result<(), TestCaseError> {
    let mut last = Span::default();
    for segment in segments {
        let slice = raw.get(segment.span.range());
        prop_assert!(
            slice.is_some_and(|slice| !slice.is_empty()),
            "{:?} {:?}",
            raw,
            segment
        );
        prop_assert!(last.start <= segment.span.start && last.end <= segment.span.end);
        last = segment.span;
    }
    Ok(())
}

proptest! {
    #[test]
    fn contributions_and_intercept_are_the_logit(given in given()) {
        let mut scorer = MODEL.scorer();
        let (scores, explanations) = scorer.explain(&given.comment());
        prop_assert_eq!(bits(&scores), score_alone(&MODEL, &given));
        for (idx, (explanation, &logit)) in explanations.iter().zip(&scores.logits).enumerate() {
            let is_silent = scores.silence.is_some() && MODEL.relation_idx() == Some(idx);
            prop_assert_eq!(logit.is_nan(), is_silent);
            prop_assert!(explanation.logit().is_finite());
            if !is_silent {
                check_parts(explanation, logit)?;
            }
            check_spans(&given.text, &explanation.text)?;
            check_spans(given.author.as_deref().unwrap_or_default(), &explanation.name)?;
            let words = explanation.words.iter();
            for span in words.flat_map(|words| &words.foreign) {
                prop_assert!(given.text.get(span.range()).is_some_and(|word| !word.is_empty()));
            }
        }
    }

    #[test]
    fn of_an_article_the_text_alone_counts(given in given(), other in "[a-z:/.0-9]{0,12}") {
        let mut scorer = MODEL.scorer();
        let scores = scorer.score(&given.comment());
        let renamed = given.article.clone().map(|article| Article {
            id: other.clone(),
            section: other.clone(),
            url: other.clone(),
            published: other.clone(),
            ..article
        });
        let renamed = Given { article: renamed, ..given };
        prop_assert_eq!(bits(&scorer.score(&renamed.comment())), bits(&scores));
        prop_assert_eq!(score_alone(&MODEL, &renamed), bits(&scores));
    }

    #[test]
    fn phrases_lie_on_segments_and_are_ordered(given in given()) {
        let (_, explanations) = MODEL.scorer().explain(&given.comment());
        for explanation in &explanations {
            for phrases in [explanation.phrases(), explanation.phrases_against()] {
                let ordered = phrases.windows(2).all(|p| p[0].contribution.abs() >= p[1].contribution.abs());
                prop_assert!(ordered, "{:?}", phrases);
                prop_assert!(phrases.iter().all(|phrase| given.text.get(phrase.span.range()).is_some()));
            }
            let sum = |segments: &[Segment]| segments.iter().map(|s| s.contribution.max(0.0)).sum::<f64>();
            prop_assert!(sum(&explanation.phrases()) <= sum(&explanation.text) + 1e-9);
        }
    }

    #[test]
    fn scratch_leaks_nothing(comments in prop::collection::vec((given(), any::<bool>()), 1..6)) {
        let mut scorer = MODEL.scorer();
        for (given, explained) in &comments {
            let scores = if *explained {
                let (scores, explanations) = scorer.explain(&given.comment());
                prop_assert_eq!(explanations, MODEL.scorer().explain(&given.comment()).1);
                scores
            } else {
                scorer.score(&given.comment())
            };
            prop_assert_eq!(bits(&scores), score_alone(&MODEL, given));
        }
    }

    #[test]
    fn an_absent_part_is_not_an_empty_one_that_changes_the_words(text in text()) {
        let alone = Comment::from_text(&text);
        let empty = Comment { author: Some(""), ..alone };
        let mut scorer = MODEL.scorer();
        prop_assert_eq!(bits(&scorer.score(&alone)), bits(&scorer.score(&empty)));
    }
}

#[test]
fn symbols_without_a_word_are_explained_too() {
    for text in ["$ $ $", "$$$", "!", "\u{200b}", "", "½", "<b>"] {
        let (scores, explanations) = MODEL.scorer().explain(&Comment::from_text(text));
        for (explanation, logit) in explanations.iter().zip(&scores.logits) {
            assert!(
                logit.is_nan() || (explanation.logit() - logit).abs() < 1e-6,
                "{text:?}: {explanation:?} {logit}"
            );
        }
    }
}

#[test]
fn order_and_company_do_not_change_a_score() {
    let mut scorer = MODEL.scorer();
    let forward: Vec<_> = (0..SET.rows.len())
        .map(|row| bits(&scorer.score(&SET.comment(row))))
        .collect();
    for row in (0..SET.rows.len()).rev() {
        assert_eq!(
            bits(&scorer.score(&SET.comment(row))),
            forward[row],
            "row {row}"
        );
    }
}

#[test]
fn an_insult_is_explained_by_the_insult() {
    let insult = MODEL.label_idx("insult").unwrap();
    for (text, word) in [
        ("Well, the mayor is an idiot and a half.", "idiot"),
        ("Nobody asked you, you pathetic little clown.", "pathetic"),
    ] {
        let (scores, explanations) = MODEL.scorer().explain(&Comment::from_text(text));
        let phrases = explanations[insult].phrases();
        let strongest = &text[phrases[0].span.range()];
        assert!(strongest.contains(word), "{text}: {strongest} {phrases:?}");
        let plain = MODEL
            .scorer()
            .score(&Comment::from_text("Well, the mayor has a point."));
        assert!(scores.logits[insult] > plain.logits[insult] + 1.0);
    }
}
