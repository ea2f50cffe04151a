//! `ombuds data import`: publishers' own files → CSV for training.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::cli::Outcome;
use crate::cli::stream::BadRows;
use crate::data::import::{Imported, Source, Unmatched, import};
use crate::data::{Encoding, Format, Formulas, InputOptions, Sink, Table};
use crate::report::{escape, number};

/// Turn publishers' own files into CSV that train and evaluate read
///
/// Files are taken as their publishers give them out, also .gz or .zst, in any order. The output has the
/// columns of each table below as far as the files do; then `ombuds train --data OUT --labels LABEL`
/// needs no further options. An empty label is unknown. Rows that cannot be used are reported and left
/// out; if they are more than half, nothing is written.
#[derive(Debug, Args)]
#[command(after_long_help = help(), after_help = "The columns of each source: --help")]
pub(crate) struct ImportArgs {
    /// Whose format it is
    #[arg(value_parser = PossibleValuesParser::new(Source::all().iter().map(|source| source.name)))]
    source: String,
    /// Its files; - is standard input
    #[arg(required = true, num_args = 1.., value_name = "FILE")]
    files: Vec<PathBuf>,
    /// File to write, csv or tsv by its extension; - is standard output
    #[arg(short, long, default_value = "-", value_name = "FILE")]
    output: PathBuf,
    /// Layout of the input: csv, tsv or jsonl [default: by extension, else by content]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// Encoding of the input, such as windows-1252 [default: detected]
    #[arg(long)]
    encoding: Option<Encoding>,
    /// End with status 2 if any row cannot be used
    #[arg(long)]
    strict: bool,
}

fn help() -> String {
    let examples = "Examples:
  ombuds data import jigsaw train.csv -o talk.csv
  ombuds data import jigsaw test.csv test_labels.csv -o talk-test.csv
  ombuds data import olid testset-levela.tsv labels-levela.csv -o tweets.csv
  ombuds data import fnc1 train_stances.csv train_bodies.csv -o relation.csv

Columns of the output, and where they come from:
";
    let tables = Source::all()
        .iter()
        .map(|source| format!("\n{}", source.table()));
    examples.to_owned() + &tables.collect::<String>()
}

impl ImportArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let source = Source::find(&self.source).context("no such source")?;
        // A leading ' in a publisher's file is the commenter's own.
        let options = InputOptions {
            format: self.format,
            encoding: self.encoding,
            formulas: Formulas::Keep,
            ..InputOptions::default()
        };
        let mut tables = Vec::new();
        for path in &self.files {
            let table = Table::open(path, &options)?;
            crate::cli::notices(table.notices());
            tables.push(table);
        }
        let sink = Sink::create(&self.output, &self.files)?;
        let mut bad = BadRows::default();
        let imported = import(source, tables, sink, &mut |error| bad.push(error))?;
        let files = crate::cli::list(&self.files);
        bad.judge(&files, imported.n_good, self.strict)?;
        let report = self.report(source, &imported);
        imported.finish()?;
        anstream::eprint!("{report}");
        Ok(Outcome::Done)
    }

    fn report(&self, source: &Source, imported: &Imported) -> String {
        let rows = number::count(imported.rows as f64);
        let mut report = format!("wrote {rows} comments to {}\n", self.output.display());
        if source.has_labels() && imported.labels.is_empty() {
            report.push_str("warning: no column is a label of this source; its labelled files are needed to train\n");
        }
        report.push_str(&unmatched(&imported.unmatched));
        for label in &imported.labels {
            let share = 100.0 * label.positives / (label.known as f64).max(1.0);
            let known = number::count(label.known as f64);
            let _ = writeln!(
                report,
                "  {}: {known} known, {share:.1} % positive",
                label.label
            );
        }
        report
    }
}

/// What found no partner, in a line each.
fn unmatched(unmatched: &Unmatched) -> String {
    let mut lines = String::new();
    let count = |n: u64| number::count(n as f64);
    if unmatched.comments > 0 {
        let n = count(unmatched.comments);
        let _ = writeln!(
            lines,
            "note: comments without a row in the files beside them: {n}"
        );
    }
    if let Some(first) = &unmatched.first_key {
        let (n, first) = (count(unmatched.keys), escape(first));
        let _ = writeln!(
            lines,
            "note: keys of the files beside without a comment: {n}, the first {first}"
        );
    }
    lines
}
