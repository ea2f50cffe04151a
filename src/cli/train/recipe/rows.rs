//! The rows of a recipe as files, for other learners and for measuring on sources that were left out.

use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use serde_json::{Map, Value};

use crate::cli::labelled::LabelledComment;
use crate::data::Sink;
use crate::train::TrainingSet;

/// Writes `learnt.jsonl`, the rows as often as they count, and `held_out.jsonl`: text, source and the shares of
/// the labels that are known.
///
/// # Errors
/// A folder or file that cannot be written.
pub(super) fn write(
    folder: &Path,
    labels: &[String],
    set: &TrainingSet,
    names: &[String],
    held_out: &[(String, LabelledComment)],
) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let learnt = set.rows.iter().map(|row| {
        let source = names.get(usize::from(row.source));
        (row.text.as_str(), source, row.shares.as_slice())
    });
    write_file(&folder.join("learnt.jsonl"), labels, learnt)?;
    let held_out = held_out.iter().map(|(source, row)| {
        let text = row.comment.text.as_str();
        (text, Some(source), row.shares.as_slice())
    });
    write_file(&folder.join("held_out.jsonl"), labels, held_out)
}

fn write_file<'a>(
    path: &Path,
    labels: &[String],
    rows: impl Iterator<Item = (&'a str, Option<&'a String>, &'a [Option<f32>])>,
) -> anyhow::Result<()> {
    let mut sink = Sink::create(path, &[] as &[&Path])?;
    for (text, source, shares) in rows {
        let mut row = Map::new();
        row.insert("text".to_owned(), text.into());
        row.insert("source".to_owned(), source.map(String::as_str).into());
        for (label, share) in labels.iter().zip(shares) {
            if let Some(share) = share {
                row.insert(label.clone(), f64::from(*share).into());
            }
        }
        serde_json::to_writer(&mut sink, &Value::Object(row))?;
        writeln!(sink).with_context(|| path.display().to_string())?;
    }
    sink.finish()?;
    Ok(())
}
