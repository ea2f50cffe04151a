//! `ombuds flag`: a file of comments → the same file with scores, flags, decisions and reasons.

mod columns;
mod outlet;
mod pipeline;
mod source;
mod summary;

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::bail;
use clap::Args;

use super::Outcome;
use super::input::{InputArgs, load_model};
use super::progress::Bar;
use crate::data::{CommentReader, OutputOptions, RowWriter, Table, read_phrases};
use crate::model::Model;
use crate::moderate::{HouseRules, require_label};
use crate::phrases::PhraseSet;
use crate::report::number::threshold;
use columns::AddedColumns;
use outlet::{Order, Outlet};
use pipeline::Desk;

/// Flag abusive comments in a file
///
/// Every row comes back in order with columns added: for each label <label>_score (a probability, cut
/// to 5 digits) and <label>_flag (0 or 1), then decision (approve, review or reject), reasons, model
/// (content hash) and error; in JSONL also `reason_spans`, byte offsets into the raw text. The reasons of
/// off_topic name words that article and parent have and have not: they illustrate its terms. A column
/// that is there already is replaced. Rows that cannot be read are reported, kept with what is wrong
/// in the error column, and do not stop the run.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ombuds flag comments.csv -o flagged.csv
  ombuds flag comments.jsonl.gz --only-flagged --threshold insult=0.8 -o queue.csv
  ombuds flag page.html --only-flagged
  ombuds flag comments.csv --article story.txt
  zcat *.csv.gz | ombuds flag - --model models/ours --phrases house.txt | less -S
  ombuds flag comments.csv --to-review 200 -o label_these.csv

Of a page, its comments are flagged with its article as context; `ombuds page` shows what was taken
for what. One that is no page but has an extension of one is read with --format csv, tsv or jsonl.

A phrases file has a line for each phrase, `block: buy gold`, `review: ...` or `allow: ...`, or the
columns action and phrase. A blocked phrase rejects, an allowed one approves unless another blocks.

After --to-review, fill the empty label columns with 0 or 1 (what stays empty stays unknown) and give
the file to `ombuds train`.

Exit status: 0 also if rows could not be read (they are counted); 2 if so under --strict, with the
output written all the same; 2 if the run failed.")]
pub(crate) struct FlagArgs {
    /// File of comments: csv, tsv or jsonl, also .gz or .zst; or a saved page (.html, .htm, .xhtml, or
    /// .txt with the text copied from it); - is standard input
    file: PathBuf,
    /// Folder of the model [default: the one compiled in]
    #[arg(long, value_name = "DIR", env = "OMBUDS_MODEL")]
    model: Option<PathBuf>,
    /// File to write, its extension tells the layout; - is standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    output: PathBuf,
    /// Write only rows with a flag or a decision other than approve, and rows that cannot be read
    #[arg(long, conflicts_with = "to_review")]
    only_flagged: bool,
    /// Threshold of a label's flag; review and reject move with it where they must
    #[arg(long, value_name = "LABEL=SCORE", value_parser = label_threshold)]
    threshold: Vec<(String, f64)>,
    /// Write the highest scores of a label first; holds all rows in memory
    #[arg(long, value_name = "LABEL", conflicts_with = "to_review")]
    sort_by: Option<String>,
    /// Phrases that the site blocks, allows or wants to review
    #[arg(long, value_name = "FILE")]
    phrases: Option<PathBuf>,
    /// Write only the N comments whose labels would teach a model most, with columns to label them in
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    to_review: Option<u32>,
    /// Article that all comments of the file stand under: a page, or text with the headline first;
    /// for a file of many articles there is --articles
    #[arg(long, value_name = "FILE")]
    article: Option<PathBuf>,
    #[command(flatten)]
    input: InputArgs,
}

pub(super) fn label_threshold(text: &str) -> Result<(String, f64), String> {
    let (label, score) = text
        .rsplit_once('=')
        .ok_or("write LABEL=SCORE, as in insult=0.8")?;
    let score: f64 = score.trim().parse().map_err(|_| {
        format!("`{score}` is not a number; write a score between 0 and 1, as in {label}=0.6")
    })?;
    if (0.0..=1.0).contains(&score) {
        Ok((label.trim().to_owned(), score))
    } else {
        Err(format!(
            "{score} is not between 0 and 1; scores are probabilities, as in {label}=0.6"
        ))
    }
}

impl FlagArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let mut model = load_model(self.model.as_deref())?;
        self.input.give_recent(&mut model)?;
        let rules = HouseRules::new(&model, &self.threshold, self.read_phrases()?)?;
        self.note_reviews(&model, &rules);
        let order = self.order(&model)?;
        let (table, reader) = self.source()?;
        let started = Instant::now();
        let (columns, writer) = self.writer(&model, &table, order)?;
        let desk = Desk {
            model: &model,
            rules: &rules,
            columns: &columns,
        };
        let outlet = Outlet::new(writer, order, self.only_flagged, columns.picked_idx());
        let bar = self.bar();
        let (outlet, tally) = pipeline::run(table, reader, &desk, outlet, &bar)?;
        let n_written = outlet.finish()?;
        drop(bar);
        tally.report(&desk, n_written, started.elapsed());
        self.note_few_picks(n_written);
        if self.input.strict() && tally.n_bad() > 0 {
            bail!(
                "{} of {} rows could not be read (--strict); the output is written all the same",
                tally.n_bad(),
                tally.n_rows()
            );
        }
        Ok(Outcome::Done)
    }

    /// Fewer picks than wanted are no accident: the rest has nothing to label.
    fn note_few_picks(&self, n_written: u64) {
        if let Some(n_wanted) = self
            .to_review
            .filter(|&n_wanted| n_written < u64::from(n_wanted))
        {
            super::notices(&[format!(
                "{n_written} of {n_wanted} comments picked: the others are blank, near-duplicates, or labelled already"
            )]);
        }
    }

    /// A higher flag makes no smaller queue: that begins at the review threshold.
    fn note_reviews(&self, model: &Model, rules: &HouseRules) {
        let labels = model.labels().zip(rules.points());
        let named =
            labels.filter(|(label, _)| self.threshold.iter().any(|(named, _)| named == label));
        let kept = named.filter(|(_, point)| point.review < point.flag);
        let kept: Vec<String> = kept
            .map(|(label, point)| format!("{label} {}", threshold(point.review)))
            .collect();
        if !kept.is_empty() {
            super::notices(&[format!(
                "--threshold moves flags; comments still go to review from {} on (`ombuds tune` moves that)",
                kept.join(", ")
            )]);
        }
    }

    fn read_phrases(&self) -> anyhow::Result<PhraseSet> {
        let Some(path) = &self.phrases else {
            return Ok(PhraseSet::default());
        };
        let phrases = read_phrases(path)?;
        if phrases.is_empty() {
            super::notices(&[format!("{}: holds no phrases", path.display())]);
        }
        Ok(PhraseSet::new(phrases)?)
    }

    fn order(&self, model: &Model) -> anyhow::Result<Order> {
        Ok(match (&self.sort_by, self.to_review) {
            (Some(label), _) => Order::ByScore {
                label_idx: require_label(model, label)?,
            },
            (None, Some(n_wanted)) => Order::ToReview {
                n_wanted: n_wanted as usize,
            },
            (None, None) => Order::AsRead,
        })
    }

    /// Opens the output before anything is scored: what cannot be written is told at once.
    fn writer(
        &self,
        model: &Model,
        table: &Table,
        order: Order,
    ) -> anyhow::Result<(AddedColumns, RowWriter)> {
        let inputs = [
            Some(&self.file),
            self.phrases.as_ref(),
            self.article.as_ref(),
        ];
        let inputs: Vec<PathBuf> = inputs.into_iter().flatten().cloned().collect();
        let sink = self
            .input
            .create(&self.output, &inputs, self.model.as_deref())?;
        let options = OutputOptions {
            format: None,
            formulas: self.input.formulas(),
        };
        let format = sink.format().unwrap_or(table.schema().format());
        let columns = AddedColumns::new(model, table.schema(), format, order);
        super::notices(&columns.notices());
        let writer = RowWriter::new(sink, table.schema(), &columns.names(), options)?;
        Ok((columns, writer))
    }

    /// No bar between the rows that a person reads on the same terminal.
    fn bar(&self) -> Bar {
        let is_shared = self.output.as_os_str() == "-" && std::io::stdout().is_terminal();
        if is_shared {
            Bar::hidden()
        } else {
            Bar::counter("flagging")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_a_label_and_a_probability() {
        assert_eq!(
            label_threshold("insult=0.8"),
            Ok(("insult".to_owned(), 0.8))
        );
        assert_eq!(label_threshold("a=b = 1"), Ok(("a=b".to_owned(), 1.0)));
        for (text, expected) in [
            ("0.8", "write LABEL=SCORE, as in insult=0.8"),
            (
                "insult=0,6",
                "`0,6` is not a number; write a score between 0 and 1, as in insult=0.6",
            ),
            (
                "insult=80",
                "80 is not between 0 and 1; scores are probabilities, as in insult=0.6",
            ),
            (
                "insult=NaN",
                "NaN is not between 0 and 1; scores are probabilities, as in insult=0.6",
            ),
        ] {
            assert_eq!(label_threshold(text), Err(expected.to_owned()));
        }
    }
}
