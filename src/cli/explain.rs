//! `ombuds explain`: one comment → its scores and what they are made of.

use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;

use super::Outcome;
use super::input::load_model;
use crate::comment::{Article, Comment, Decision};
use crate::model::{Model, Scores};
use crate::report::explanation::ExplainedComment;
use crate::text::MAX_TEXT_BYTES;

/// Show why a comment scores as it does
///
/// Prints the decision, the scores beside their thresholds and, for each label that asks for a look
/// (else for the strongest), the text with what speaks for the label in [brackets] and the
/// contributions that add up to the logit. They say what the model went by, not what is true. Under
/// off_topic stand words that article and parent have and have not; they add nothing to the logit.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ombuds explain \"You absolute 1d10t\"
  ombuds explain --model models/mine --author \"Mayor McClown\" \"Nice try.\"
  ombuds explain --article story.txt --label off_topic < comment.txt
  ombuds explain --json \"You idiot\" | jq '.labels[0].explanation.phrases'")]
pub(crate) struct ExplainArgs {
    /// The comment; - or nothing for standard input
    text: Option<String>,
    /// Folder of the model [default: the one compiled in]
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
    /// Label to explain; may be repeated
    #[arg(long, value_name = "LABEL")]
    label: Vec<String>,
    /// Explain every label
    #[arg(long, conflicts_with = "label")]
    all_labels: bool,
    /// Display name of its author
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
    /// Article it stands under: a file or the text itself; the first line is the headline
    #[arg(long, value_name = "FILE|TEXT")]
    article: Option<String>,
    /// Comment it answers
    #[arg(long, value_name = "TEXT")]
    parent: Option<String>,
    /// Display name of who wrote that
    #[arg(long, value_name = "NAME")]
    parent_author: Option<String>,
    /// Print JSON; spans are bytes of the text
    #[arg(long)]
    json: bool,
}

impl ExplainArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let model = load_model(self.model.as_deref())?;
        let only = self.only(&model)?;
        let text = self.text()?;
        let article = self.article()?;
        let comment = Comment {
            text: &text,
            author: self.author.as_deref(),
            article: article.as_ref(),
            parent: self.parent.as_deref(),
            parent_author: self.parent_author.as_deref(),
            thread: None,
        };
        notice_length(&text);
        let (scores, explanations) = model.scorer().explain(&comment);
        let shown = only.unwrap_or_else(|| notable(&model, &scores));
        let explained = ExplainedComment {
            comment: &comment,
            model: &model,
            scores: &scores,
            explanations: &explanations,
            shown: &shown,
        };
        if self.json {
            super::print(&format!("{:#}\n", explained.to_json()))?;
        } else {
            super::print(&explained.to_text())?;
        }
        Ok(Outcome::Done)
    }

    /// The labels asked for, by index; `None` leaves the choice to the scores.
    fn only(&self, model: &Model) -> anyhow::Result<Option<Vec<usize>>> {
        if self.all_labels {
            return Ok(Some((0..model.labels().len()).collect()));
        }
        if self.label.is_empty() {
            return Ok(None);
        }
        let find = |label: &String| {
            model.label_idx(label).with_context(|| {
                let labels: Vec<&str> = model.labels().collect();
                format!(
                    "the model has no label `{label}`; it has {}",
                    labels.join(", ")
                )
            })
        };
        self.label
            .iter()
            .map(find)
            .collect::<anyhow::Result<_>>()
            .map(Some)
    }

    fn text(&self) -> anyhow::Result<String> {
        match self.text.as_deref() {
            Some(text) if text != "-" => {
                if Path::new(text).is_file() {
                    super::notices(&[format!(
                        "`{text}` is taken as a comment, not as a file; for one comment in a file: \
                         ombuds explain < {text}, for many: ombuds flag {text}"
                    )]);
                }
                Ok(text.to_owned())
            }
            None if std::io::stdin().is_terminal() => {
                bail!("no comment: give its text as an argument or on standard input")
            }
            _ => {
                let mut bytes = Vec::new();
                std::io::stdin()
                    .read_to_end(&mut bytes)
                    .context("could not read standard input")?;
                let mut text = utf8(bytes, "standard input")?;
                // The line break that `echo` and editors put at the end is not part of the comment.
                let end = text
                    .strip_suffix("\r\n")
                    .or(text.strip_suffix('\n'))
                    .map_or(text.len(), str::len);
                text.truncate(end);
                Ok(text)
            }
        }
    }

    fn article(&self) -> anyhow::Result<Option<Article>> {
        let Some(given) = &self.article else {
            return Ok(None);
        };
        let path = Path::new(given);
        let text = if path.is_file() {
            let bytes = std::fs::read(path).with_context(|| format!("could not read {given}"))?;
            utf8(bytes, given)?
        } else {
            if !given.contains(char::is_whitespace) {
                super::notices(&[format!(
                    "there is no file {given}; taken as the text of the article"
                )]);
            }
            given.clone()
        };
        Ok(Some(Article::from_text(&text)))
    }
}

fn utf8(bytes: Vec<u8>, name: &str) -> anyhow::Result<String> {
    String::from_utf8(bytes).map_err(|error| {
        let byte = error.utf8_error().valid_up_to();
        anyhow::anyhow!("{name}: byte {byte} is not UTF-8; convert it, for instance with iconv")
    })
}

/// Labels that ask for a look, else the one with the highest score.
fn notable(model: &Model, scores: &Scores) -> Vec<usize> {
    let probabilities: Vec<f64> = scores.probabilities().collect();
    let asks = |i: &usize| model.policy()[*i].decide(probabilities[*i]) >= Decision::Review;
    let asking: Vec<usize> = (0..probabilities.len()).filter(asks).collect();
    if asking.is_empty() {
        // What cannot be told is not the strongest.
        let key = |i: &usize| probabilities[*i].max(f64::NEG_INFINITY);
        let by_score = |a: &usize, b: &usize| key(a).total_cmp(&key(b));
        (0..probabilities.len())
            .max_by(by_score)
            .into_iter()
            .collect()
    } else {
        asking
    }
}

fn notice_length(text: &str) {
    if text.len() > MAX_TEXT_BYTES {
        super::notices(&[format!(
            "the text has {} bytes; only the first {MAX_TEXT_BYTES} are read",
            text.len()
        )]);
    }
}
