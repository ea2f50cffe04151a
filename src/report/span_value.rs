//! A reason with a place, as JSON for programs.

use serde_json::{Value, json};

use super::reasons::{ReasonSpan, Voice};
use crate::moderate::Field;

/// Longest text of a reason span, in bytes; the offsets always say all.
const MAX_SPAN_TEXT: usize = 200;

/// The object of a span; `offset` turns byte offsets of a field into those that are wanted.
pub(crate) fn span_value(
    span: &ReasonSpan,
    mut offset: impl FnMut(Field, usize) -> usize,
) -> Value {
    let field = match span.field {
        Field::Text => "text",
        Field::Author => "author",
    };
    let (start, end) = (
        offset(span.field, span.span.start),
        offset(span.field, span.span.end),
    );
    let text = &span.text[..span.text.floor_char_boundary(MAX_SPAN_TEXT)];
    match span.voice {
        Voice::Label {
            label,
            contribution,
        } => {
            let contribution = (contribution * 1e3).round() / 1e3;
            json!({"label": label, "field": field, "start": start, "end": end, "text": text, "contribution": contribution})
        }
        Voice::Word { label, tie } => {
            let mut value =
                json!({"label": label, "field": field, "start": start, "end": end, "text": text});
            tie.write(&mut value);
            value
        }
        Voice::Phrase { phrase, action } => {
            json!({"phrase": phrase, "action": action, "field": field, "start": start, "end": end, "text": text})
        }
    }
}
