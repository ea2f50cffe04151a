//! `comments:suggestscore`: what people think of comments, to learn from.

use std::borrow::Cow;

use axum::response::Response;

use super::context::Surroundings;
use super::wire::{
    Entries, Languages, SuggestRequest, SuggestResponse, SuggestedScore, SuggestedScores,
};
use super::{answer, checked_text, is_probability};
use crate::comment::Comment;
use crate::serve::Service;
use crate::serve::bounds::Caller;
use crate::serve::error::Error;
use crate::serve::json;
use crate::serve::keep::Said;
use crate::serve::language::Detected;
use crate::text::language::language;

/// Keeps what somebody thinks of a comment.
///
/// # Errors
/// Perspective's, in its words
pub(super) async fn suggest(
    service: &Service,
    caller: &Caller,
    body: &[u8],
) -> Result<Response, Error> {
    if body.is_empty() {
        return Err(Error::CommentEmpty);
    }
    let mut spare = Vec::new();
    let request: SuggestRequest = json::read(body, &mut spare)?;
    let text = checked_text(request.comment.as_ref())?;
    let scores = summaries(request.attribute_scores.as_ref())?;
    let surroundings = Surroundings::of(request.context.as_ref(), service).await?;
    let detected = Detected::new(language(text), text);
    let requested = request.languages.as_deref().unwrap_or_default();
    let comment = Comment {
        article: surroundings.article.as_deref(),
        parent: surroundings.parent.as_deref(),
        ..Comment::from_text(text)
    };
    if request.do_not_store != Some(true) {
        let said = Said {
            community: request.community_id.as_ref().map(|text| &*text.0),
            token: request.client_token.as_ref().map(|text| &*text.0),
            language: requested.first().map(|code| &*code.0).or(detected.codes()),
            url: surroundings.url.as_deref(),
            comment_id: surroundings.comment_id.as_deref(),
            parent_id: surroundings.parent_id.as_deref(),
            ..Said::of(&comment, caller)
        };
        service.keep().label(said, scores).await?;
    }
    answer(&SuggestResponse {
        client_token: request.client_token.as_ref().map(|text| &*text.0),
        detected_languages: Languages::Detected(detected.codes()),
        requested_languages: Languages::Requested(requested),
    })
}

/// The score of the whole comment by attribute: as given, else the highest of its parts, since one insult makes a
/// comment insulting.
fn summaries(scores: Option<&Entries<SuggestedScores>>) -> Result<Vec<(String, f64)>, Error> {
    let scores = scores.map_or(&[][..], |entries| &entries.0);
    if scores.is_empty() {
        return Err(Error::Invalid("Missing attribute_scores"));
    }
    let summary =
        |(name, scores): &(Cow<str>, SuggestedScores)| Ok((name.to_string(), checked(scores)?));
    scores.iter().map(summary).collect()
}

fn checked(scores: &SuggestedScores) -> Result<f64, Error> {
    let spans = scores.span_scores.as_deref().unwrap_or_default();
    let mut highest: Option<f64> = None;
    for span in spans {
        if span.begin.is_none() || span.end.is_none() {
            return Err(Error::Invalid("Span scores must have both begin and end"));
        }
        let score = span.score.as_ref();
        let score = value(score.ok_or(Error::Invalid("Span scores must have a score"))?)?;
        highest = Some(score.max(highest.unwrap_or(0.0)));
    }
    let summary = scores.summary_score.as_ref().map(value).transpose()?;
    summary.or(highest).ok_or(Error::Invalid(
        "Attribute scores must have a summary score or span scores",
    ))
}

fn value(score: &SuggestedScore) -> Result<f64, Error> {
    if !is_probability(score.kind.as_ref().map_or("", |kind| &kind.0)) {
        return Err(Error::Invalid(
            "Only scores of type PROBABILITY can be suggested",
        ));
    }
    // A zero may be left out, as protocol buffers do.
    let value = score.value.map_or(0.0, |number| number.0);
    let is_share = (0.0..=1.0).contains(&value);
    is_share
        .then_some(value)
        .ok_or(Error::Invalid("Suggested scores must be between 0 and 1"))
}
