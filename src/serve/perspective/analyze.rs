//! `comments:analyze`

use axum::response::Response;

use super::answer::to_json;
use super::context::Surroundings;
use super::wire::{
    AnalyzeRequest, AnalyzeResponse, AttributeParameters, AttributeScores, Entries, Languages,
    Score, SpanScore,
};
use super::{as_json, checked_text, is_probability};
use crate::comment::Comment;
use crate::serve::Service;
use crate::serve::bounds::Caller;
use crate::serve::error::Error;
use crate::serve::json;
use crate::serve::keep::Said;
use crate::serve::language::{Detected, is_learnt};
use crate::serve::loaded::Loaded;
use crate::serve::sentences::{Sentence, sentences, utf16_len};

/// An attribute that is scored.
struct Wanted<'a> {
    name: &'a str,
    label_idx: usize,
    threshold: Option<f64>,
}

/// Scores a comment.
///
/// # Errors
/// Perspective's, in its words
pub(super) async fn analyze(
    service: &Service,
    caller: &Caller,
    body: &[u8],
) -> Result<Response, Error> {
    if body.is_empty() {
        return Err(Error::CommentEmpty);
    }
    let mut spare = Vec::new();
    let request: AnalyzeRequest = json::read(body, &mut spare)?;
    let text = checked_text(request.comment.as_ref())?;
    let loaded = service.loaded();
    let surroundings = Surroundings::of(request.context.as_ref(), service).await?;
    let wanted = wanted(
        request.requested_attributes.as_ref(),
        &loaded,
        service.is_strict(),
    )?;
    let comment = Comment {
        article: surroundings.article.as_deref(),
        parent: surroundings.parent.as_deref(),
        ..Comment::from_text(text)
    };
    let with_spans = request.span_annotations == Some(true);
    let scored = score(&loaded, &comment, with_spans);
    let detected = Detected::new(scored.language, text);
    let requested = request
        .languages
        .as_deref()
        .filter(|codes| !codes.is_empty());
    let languages = match requested {
        Some(codes) => Languages::Requested(codes),
        None => Languages::Detected(detected.codes()),
    };
    if service.is_strict() {
        check_languages(&loaded, &wanted, languages, detected)?;
    }
    if request.do_not_store != Some(true) && service.keep().keeps_scored() {
        let said = Said {
            community: request.community_id.as_ref().map(|text| &*text.0),
            token: request.client_token.as_ref().map(|text| &*text.0),
            language: detected.codes(),
            url: surroundings.url.as_deref(),
            comment_id: surroundings.comment_id.as_deref(),
            parent_id: surroundings.parent_id.as_deref(),
            ..Said::of(&comment, caller)
        };
        let said = vec![(said, &scored.whole[..])];
        service.keep().decisions(&loaded, said).await;
    }
    let response = AnalyzeResponse {
        attribute_scores: wanted
            .iter()
            .filter_map(|it| scored.attribute(it))
            .collect(),
        languages,
        detected_languages: Languages::Detected(detected.codes()),
        client_token: request.client_token.as_ref().map(|text| &*text.0),
    };
    let json = to_json(&response).map_err(|error| Error::Internal(error.into()))?;
    Ok(as_json(json))
}

/// The attributes to be scored, in the order of the request.
fn wanted<'a>(
    requested: Option<&'a Entries<AttributeParameters>>,
    loaded: &Loaded,
    is_strict: bool,
) -> Result<Vec<Wanted<'a>>, Error> {
    let requested = requested.map_or(&[][..], |entries| &entries.0);
    if requested.is_empty() {
        return Err(Error::NoAttributes);
    }
    let mut wanted: Vec<Wanted> = Vec::with_capacity(requested.len());
    for (name, parameters) in requested {
        let score_type = parameters.score_type.as_ref().map_or("", |kind| &kind.0);
        let label_idx = loaded.attributes().find(name)?;
        if !is_probability(score_type) {
            return Err(Error::ScoreType {
                score_type: score_type.to_owned(),
                attribute: name.to_string(),
            });
        }
        match label_idx {
            // A name that is repeated would be a key that is repeated.
            Some(_) if wanted.iter().any(|known| known.name == name) => {}
            Some(label_idx) => wanted.push(Wanted {
                name,
                label_idx,
                threshold: parameters.score_threshold.map(|number| number.0),
            }),
            None if is_strict => {
                return Err(Error::UnknownAttribute {
                    name: name.to_string(),
                    loaded: None,
                });
            }
            None => {}
        }
    }
    Ok(wanted)
}

/// Probabilities by label, of the whole and of its sentences.
struct Scored {
    whole: Vec<f64>,
    utf16_len: usize,
    /// None where no spans were asked for.
    sentences: Vec<(Sentence, Vec<f64>)>,
    language: Option<&'static str>,
}

/// A sentence is scored as a comment of its own in the same place.
fn score(loaded: &std::sync::Arc<Loaded>, comment: &Comment, with_spans: bool) -> Scored {
    Loaded::with_moderator(loaded, |moderator| {
        let whole: Vec<f64> = moderator.score(comment).probabilities().collect();
        let language = moderator.language(comment.text);
        loaded.meters().count_scores(&whole);
        let of_sentence = |sentence: Sentence, moderator: &mut crate::moderate::Moderator| {
            let text = &comment.text[sentence.bytes.clone()];
            let scores = moderator.score(&Comment { text, ..*comment });
            (sentence, scores.probabilities().collect())
        };
        let parts = if with_spans {
            sentences(comment.text)
        } else {
            Vec::new()
        };
        Scored {
            utf16_len: utf16_len(comment.text),
            sentences: parts
                .into_iter()
                .map(|part| of_sentence(part, moderator))
                .collect(),
            whole,
            language,
        }
    })
}

impl Scored {
    /// The answer for an attribute; `None` if it cannot be told or is below the threshold asked for.
    fn attribute<'a>(&self, wanted: &Wanted<'a>) -> Option<(&'a str, AttributeScores)> {
        let label_idx = wanted.label_idx;
        let is_told = |score: &Score| {
            let threshold = wanted.threshold.unwrap_or(0.0);
            // Of what is sent, so that no client sees a score below its threshold. Not a number is below all.
            f64::from(score.value) >= threshold
        };
        let summary_score = Some(Score::new(self.whole[label_idx])).filter(is_told)?;
        let mut span_scores: Vec<SpanScore> = Vec::with_capacity(self.sentences.len().max(1));
        let of_sentence = |(sentence, scores): &(Sentence, Vec<f64>)| SpanScore {
            begin: sentence.utf16.start,
            end: sentence.utf16.end,
            score: Score::new(scores[label_idx]),
        };
        let spans = self.sentences.iter().map(of_sentence);
        span_scores.extend(spans.filter(|span| is_told(&span.score)));
        if self.sentences.is_empty() {
            span_scores.push(SpanScore {
                begin: 0,
                end: self.utf16_len,
                score: summary_score,
            });
        }
        let scores = AttributeScores {
            span_scores,
            summary_score,
        };
        Some((wanted.name, scores))
    }
}

/// Refuses what Perspective would have refused: a language that was not learnt, by the first attribute.
fn check_languages(
    loaded: &Loaded,
    wanted: &[Wanted],
    languages: Languages,
    detected: Detected,
) -> Result<(), Error> {
    let requested: Option<Vec<String>> = match languages {
        Languages::Requested(codes) => Some(codes.iter().map(|code| code.0.to_string()).collect()),
        Languages::Detected(_) => None,
    };
    if requested.is_none() && detected == Detected::NoLetter {
        return Err(Error::LanguageUndetected);
    }
    let detected: Vec<String> = detected.codes().into_iter().map(str::to_owned).collect();
    let asked = requested.as_ref().unwrap_or(&detected);
    let is_foreign = asked.iter().any(|code| !is_learnt(loaded.model(), code));
    match wanted.first() {
        Some(first) if is_foreign => Err(Error::Language {
            attribute: first.name.to_owned(),
            requested,
            detected,
        }),
        _ => Ok(()),
    }
}
