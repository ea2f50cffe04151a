//! The words of a comment beside its context, in lines and as JSON.

use serde_json::{Value, json};

use super::reasons::quote;
use crate::comment::{Comment, Span};
use crate::relation::{Place, WordMatches};

/// Longest word of the context told, in bytes: mark-up may stand within it.
const MAX_WORD_BYTES: usize = 200;

/// What a word of a comment has to do with article and parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tie<'a> {
    /// Names another commenter.
    Commenter,
    /// Neither found nor close.
    Foreign,
    /// Found there.
    Found(Place),
    /// Close in meaning to a word.
    Close {
        /// A word of headline, lead or parent, not escaped.
        word: &'a str,
        /// Where that stands.
        place: Place,
    },
}

impl Tie<'_> {
    /// The word written to files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Commenter => "commenter",
            Self::Foreign => "foreign",
            Self::Found(_) => "found",
            Self::Close { .. } => "close",
        }
    }

    /// Adds what it says to the object of a span.
    pub(crate) fn write(&self, span: &mut Value) {
        span["relation"] = self.as_str().into();
        match self {
            Self::Commenter | Self::Foreign => {}
            Self::Found(place) => span["in"] = place.as_str().into(),
            Self::Close { word, place } => {
                span["in"] = place.as_str().into();
                span["close_to"] = word[..word.floor_char_boundary(MAX_WORD_BYTES)].into();
            }
        }
    }
}

/// Every word named with its tie: commenters first, foreign ones, then those found, then those that are close.
pub(super) fn ties(words: &WordMatches) -> impl Iterator<Item = (Span, Tie<'_>)> {
    let commenters = words.commenters.iter().map(|&span| (span, Tie::Commenter));
    let foreign = words.foreign.iter().map(|&span| (span, Tie::Foreign));
    let found = words.found.iter();
    let found = found.map(|word| (word.span, Tie::Found(word.place)));
    let close = words.close.iter().map(|pair| {
        let (word, place) = (&*pair.word, pair.place);
        (pair.span, Tie::Close { word, place })
    });
    commenters.chain(foreign).chain(found).chain(close)
}

/// One line for each kind of tie; `found: none` is told as well, for it is the strongest sign.
pub(super) fn lines(comment: &Comment, words: &WordMatches) -> Vec<String> {
    let quoted = |span: Span| quote(comment.text.get(span.range()).unwrap_or_default());
    let mut lines = Vec::new();
    let mut tell = |what: &str, words: Vec<String>| {
        if !words.is_empty() {
            lines.push(format!("{what}: {}", words.join(", ")));
        }
    };
    let commenters = words.commenters.iter().map(|&span| quoted(span));
    tell("commenters named", commenters.collect());
    let foreign = words.foreign.iter().map(|&span| quoted(span));
    tell(&format!("foreign to {}", context(words)), foreign.collect());
    let close = words.close.iter();
    let close = close.map(|pair| format!("{} ~ {}", quoted(pair.span), quote(&pair.word)));
    tell("close", close.collect());
    for &place in &words.context {
        let what = match place {
            Place::Parent if words.context.len() > 1 => "found in the parent",
            _ => "found",
        };
        let there = words.found.iter().filter(|word| word.place == place);
        tell(what, there.map(|word| quoted(word.span)).collect());
    }
    if words.found.is_empty() {
        tell("found", vec!["none".to_owned()]);
    }
    lines
}

/// As JSON; spans are bytes of the raw text.
pub(super) fn json(comment: &Comment, words: &WordMatches) -> Value {
    let spans = ties(words).map(|(Span { start, end }, tie)| {
        let text = comment.text.get(start..end).unwrap_or_default();
        let mut value = json!({ "start": start, "end": end, "text": text });
        tie.write(&mut value);
        value
    });
    let against = words.context.iter().map(|place| place.as_str());
    json!({ "against": against.collect::<Vec<_>>(), "spans": spans.collect::<Vec<_>>() })
}

fn context(words: &WordMatches) -> &'static str {
    match words.context[..] {
        [Place::Article] => "the article",
        [Place::Parent] => "the parent",
        _ => "article and parent",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relation::{ClosePair, FoundWord};

    fn span(start: usize, end: usize) -> Span {
        Span { start, end }
    }

    fn words(context: &[Place]) -> WordMatches {
        let found = |start, end, place| FoundWord {
            span: span(start, end),
            place,
        };
        WordMatches {
            context: context.to_vec(),
            commenters: vec![span(27, 31)],
            foreign: vec![span(0, 6), span(7, 13)],
            found: vec![found(14, 17, Place::Article), found(18, 21, Place::Parent)],
            close: vec![ClosePair {
                span: span(22, 26),
                word: "fer\u{202e}ry\u{1b}[2J".to_owned(),
                place: Place::Article,
            }],
        }
    }

    #[test]
    fn one_line_for_each_kind() {
        let comment = Comment::from_text("cry\u{200b} \"wall\" tax mud boat Jack");
        assert_eq!(
            lines(&comment, &words(&[Place::Article, Place::Parent])),
            [
                r#"commenters named: "Jack""#,
                r#"foreign to article and parent: "cry\u{200b}", "'wall'""#,
                r#"close: "boat" ~ "fer\u{202e}ry\u{1b}[2J""#,
                r#"found: "tax""#,
                r#"found in the parent: "mud""#,
            ]
        );
        let nothing = WordMatches {
            context: vec![Place::Parent],
            ..WordMatches::default()
        };
        assert_eq!(lines(&comment, &nothing), ["found: none"]);
    }

    #[test]
    fn long_words_are_cut_and_places_are_kept() {
        let text = "é".repeat(300);
        let comment = Comment::from_text(&text);
        let words = WordMatches {
            context: vec![Place::Parent],
            close: vec![ClosePair {
                span: span(0, 600),
                word: text.clone(),
                place: Place::Parent,
            }],
            ..WordMatches::default()
        };
        assert!(lines(&comment, &words)[0].chars().count() < 150);
        let json = json(&comment, &words);
        assert_eq!(json["against"], json!(["parent"]));
        let told = &json["spans"][0];
        assert_eq!(
            (&told["relation"], &told["in"]),
            (&json!("close"), &json!("parent"))
        );
        assert_eq!((&told["start"], &told["end"]), (&json!(0), &json!(600)));
        assert_eq!(told["close_to"], json!("é".repeat(100)));
    }
}
