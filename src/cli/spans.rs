//! `ombuds evaluate --spans FILE`: do a model's reasons stand where people found the fault?

mod rated;

use std::path::{Path, PathBuf};

use anyhow::bail;
use sha2::{Digest as _, Sha256};

use super::input::InputArgs;
use super::labelled::is_in_training;
use super::stream::{BadRows, Outcome, stream};
use crate::comment::Span;
use crate::data::{ColumnRef, Fault, OwnedComment, Row};
use crate::linear::loss::logit;
use crate::metrics::Resampling;
use crate::metrics::spans::Marks;
use crate::model::Model;
use crate::report::spans::{SpanPart, SpanReport, SpanScore};
use crate::text::{TextTables, TextView};
use rated::{Rated, Raters};

/// The label that is explained unless another is named.
const LABEL: &str = "toxicity";
/// Column of the number of raters a comment had: one who marked nothing has no row among the spans.
const N_RATERS: &str = "n_raters";

/// A comment to be explained, with what raters marked.
struct Marked {
    comment: OwnedComment,
    raters: Raters,
    n_raters: usize,
}

/// Measures the spans of one label on a file of comments.
///
/// # Errors
/// A model without the label, files that cannot be read or lack a column, or no comment.
pub(super) fn measure(
    model: &Model,
    spans: &[PathBuf],
    data: &Path,
    label: &str,
    input: &InputArgs,
    resampling: &Resampling,
) -> anyhow::Result<SpanReport> {
    let label = if label.is_empty() { LABEL } else { label };
    let Some(label_idx) = model.label_idx(label) else {
        let known: Vec<&str> = model.labels().collect();
        bail!(
            "the model has no label `{label}`; name one of {} with --labels",
            known.join(", ")
        );
    };
    let mut rated = Rated::read(spans, input)?;
    let scores = score(model, label_idx, data, input, &mut rated)?;
    if scores.is_empty() {
        bail!("{}: no comment", data.display());
    }
    if rated.n_left() > 0 {
        let (n, spans, data) = (rated.n_left(), super::list(spans), data.display());
        super::notices(&[format!(
            "{spans}: the spans of {n} comments that are not in {data}"
        )]);
    }
    let mut parts = vec![SpanPart::new("all", &scores, resampling)?];
    for (half, name) in ["even SHA-256", "odd SHA-256"].into_iter().enumerate() {
        let of = scores.iter().filter(|score| score.half == half);
        let of: Vec<SpanScore> = of.copied().collect();
        if !of.is_empty() {
            parts.push(SpanPart::new(name, &of, resampling)?);
        }
    }
    Ok(SpanReport {
        program: concat!("ombuds ", env!("CARGO_PKG_VERSION")).to_owned(),
        model: model.version().into_owned(),
        label: label.to_owned(),
        flag: model.policy()[label_idx].flag,
        file: data.display().to_string(),
        in_training: is_in_training(model, &[data.to_owned()])?,
        parts,
    })
}

/// Explains every comment and compares; takes what raters marked out of `rated`.
fn score(
    model: &Model,
    label_idx: usize,
    path: &Path,
    input: &InputArgs,
    rated: &mut Rated,
) -> anyhow::Result<Vec<SpanScore>> {
    let table = input.open(path)?;
    let mut reader = input.reader(&table, &input.articles()?)?;
    let Some(id) = reader.columns().id.clone() else {
        bail!(
            "{}: no column of identifiers; name it with --id-column",
            path.display()
        );
    };
    let count = rated.counted_in(&table)?;
    let flag = logit(model.policy()[label_idx].flag);
    let (mut scores, mut bad) = (Vec::new(), BadRows::default());
    stream(
        table,
        |row| {
            let row = row?;
            let (raters, n_raters) = rated.take(&row, &id, &count)?;
            Ok(Marked {
                comment: reader.read(&row)?,
                raters,
                n_raters,
            })
        },
        || (model.scorer(), TextView::default()),
        |(scorer, view), marked| {
            let (_, explanations) = scorer.explain(&marked.comment.as_comment());
            let strong = explanations[label_idx].strong_spans(flag);
            let lexicon = lexicon_spans(&marked.comment.text, view, model.tables());
            marked.score(&strong, &lexicon)
        },
        |batch| {
            scores.extend(bad.sift(batch));
            Ok(())
        },
    )?;
    bad.judge(
        &path.display().to_string(),
        scores.len() as u64,
        input.strict(),
    )?;
    Ok(scores)
}

impl Marked {
    fn score(self, strong: &[Span], lexicon: &[Span]) -> SpanScore {
        let text = &self.comment.text;
        let n_chars = text.chars().count();
        let chars = |span: &Span| {
            let start = text[..span.start].chars().count();
            start..start + text[span.range()].chars().count()
        };
        let raters: Vec<Marks> = self
            .raters
            .into_values()
            .map(|spans| Marks::new(n_chars, spans))
            .collect();
        let gold = Marks::majority(n_chars, &raters, self.n_raters);
        let f1 = |spans: &[Span]| Marks::new(n_chars, spans.iter().map(chars)).f1(&gold);
        SpanScore {
            model: f1(strong),
            lexicon: f1(lexicon),
            is_marked: gold.n_marked() > 0,
            half: usize::from(Sha256::digest(text.as_bytes())[0] % 2),
        }
    }
}

/// Every word that the lexicon calls offensive.
fn lexicon_spans(text: &str, view: &mut TextView, tables: &TextTables) -> Vec<Span> {
    view.parse_aligned(text, tables);
    let tokens = view.tokens.iter();
    let offensive = tokens.filter(|token| tables.is_offensive(token.text(&view.normalized)));
    offensive
        .map(|token| view.raw_span(token.start, token.end))
        .collect()
}

fn cell(row: &Row, column: &ColumnRef) -> String {
    row.get(column).unwrap_or_default().trim().to_owned()
}

fn whole(row: &Row, column: &ColumnRef) -> Outcome<usize> {
    let cell = cell(row, column);
    cell.parse().map_err(|_| {
        let fault = Fault::Unexpected {
            column: column.name().to_owned(),
            value: cell,
            expected: "a whole number".to_owned(),
        };
        Box::new(row.error(fault))
    })
}
