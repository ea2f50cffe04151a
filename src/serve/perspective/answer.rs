//! Answers of `comments:analyze` as JSON, by hand.
//!
//! Nine tenths of such an answer are names that are always the same. As pieces ready to copy they take a third of the
//! time that `serde_json` takes to look each for what must be escaped; a test holds both to the same bytes.

use super::wire::{AnalyzeResponse, AttributeScores, Score};

/// Bytes of an answer's frame, and of one attribute with one span.
const FRAME_BYTES: usize = 128;
const ATTRIBUTE_BYTES: usize = 224;

/// The answer as JSON.
///
/// # Errors
/// None is known: all is text and numbers, and memory does not refuse what is written to it.
pub(super) fn to_json(answer: &AnalyzeResponse) -> serde_json::Result<Vec<u8>> {
    let n_spans = |(_, scores): &(&str, AttributeScores)| scores.span_scores.len();
    let n_pieces: usize = answer.attribute_scores.iter().map(n_spans).sum();
    let mut json = Vec::with_capacity(FRAME_BYTES + ATTRIBUTE_BYTES * n_pieces);
    json.extend_from_slice(br#"{"attributeScores":{"#);
    for (i, (name, scores)) in answer.attribute_scores.iter().enumerate() {
        if i > 0 {
            json.push(b',');
        }
        serde_json::to_writer(&mut json, name)?;
        attribute(&mut json, scores)?;
    }
    json.push(b'}');
    for (name, languages) in [
        (&br#","languages":"#[..], &answer.languages),
        (br#","detectedLanguages":"#, &answer.detected_languages),
    ] {
        if !languages.is_empty() {
            json.extend_from_slice(name);
            serde_json::to_writer(&mut json, languages)?;
        }
    }
    if let Some(token) = answer.client_token {
        json.extend_from_slice(br#","clientToken":"#);
        serde_json::to_writer(&mut json, token)?;
    }
    json.push(b'}');
    Ok(json)
}

fn attribute(json: &mut Vec<u8>, scores: &AttributeScores) -> serde_json::Result<()> {
    json.extend_from_slice(br#":{"spanScores":["#);
    for (i, span) in scores.span_scores.iter().enumerate() {
        json.extend_from_slice(if i > 0 {
            br#",{"begin":"#
        } else {
            br#"{"begin":"#
        });
        serde_json::to_writer(&mut *json, &span.begin)?;
        json.extend_from_slice(br#","end":"#);
        serde_json::to_writer(&mut *json, &span.end)?;
        json.extend_from_slice(br#","score":"#);
        score(json, span.score)?;
        json.push(b'}');
    }
    json.extend_from_slice(br#"],"summaryScore":"#);
    score(json, scores.summary_score)?;
    json.push(b'}');
    Ok(())
}

fn score(json: &mut Vec<u8>, score: Score) -> serde_json::Result<()> {
    json.extend_from_slice(br#"{"value":"#);
    serde_json::to_writer(&mut *json, &score.value)?;
    json.extend_from_slice(br#","type":"PROBABILITY"}"#);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;

    use super::super::wire::{Languages, SpanScore};
    use super::*;
    use crate::serve::json::Text;

    proptest! {
        #[test]
        fn it_is_what_serde_writes(
            attributes in prop::collection::vec((".{0,12}", prop::collection::vec((0_usize..99_999, 0.0..=1.0), 0..3), 0.0..=1.0), 0..4),
            languages in prop::collection::vec(".{0,4}", 0..3),
            detected in prop::option::of("[a-z]{2}"),
            token in prop::option::of("\\PC{0,20}|.{0,20}"),
        ) {
            let languages: Vec<Text> = languages.into_iter().map(|code| Text(Cow::Owned(code))).collect();
            let span = |&(begin, score): &(usize, f64)| SpanScore { begin, end: begin * 7, score: Score::new(score) };
            let scores = |(name, spans, summary): &'_ (String, Vec<(usize, f64)>, f64)| AttributeScores {
                span_scores: spans.iter().map(span).collect(),
                // The smallest and the largest that there are, too.
                summary_score: Score::new(if name.is_empty() { 1e-45 } else { *summary }),
            };
            let answer = AnalyzeResponse {
                attribute_scores: attributes.iter().map(|it| (&*it.0, scores(it))).collect(),
                languages: Languages::Requested(&languages),
                detected_languages: Languages::Detected(detected.as_deref()),
                client_token: token.as_deref(),
            };
            let expected = serde_json::to_string(&answer).unwrap();
            prop_assert_eq!(String::from_utf8(to_json(&answer).unwrap()).unwrap(), expected);
        }
    }
}
