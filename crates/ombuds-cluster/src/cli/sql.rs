//! `ombuds-cluster sql`: a query over files, with scores as functions.

use std::io::Write as _;

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::csv::WriterBuilder;
use datafusion::arrow::json::LineDelimitedWriter;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use futures::StreamExt as _;

use super::holdings::{EngineArgs, HoldingArgs};
use crate::engine::Source;

/// Rows of a table for people; more want a file.
const MAX_TABLE_ROWS: usize = 1_000;

/// Run a query in which scores are functions
///
/// One function a label, as insult(text [, article [, parent [, author [, parent_author]]]]), a probability; score(…)
/// with all labels, decision(…) and reasons(…). The article is a text, its headline in the first line, or article(id) with --articles,
/// or a struct of title, lead and body. Over scores and labels: roc_auc, average_precision, brier_score, log_loss,
/// calibration_error. off_topic without article and parent is null.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ombuds-cluster sql \"SELECT insult(text) AS score, text FROM t ORDER BY score DESC LIMIT 20\" --table t=comments.parquet
  ombuds-cluster sql \"SELECT section, avg(insult(text)) FROM t GROUP BY section\" --table t=archive/ --scheduler df://node1:50050
  ombuds-cluster sql \"SELECT score(text)['threat'] FROM t\" --table t=a.csv --format jsonl")]
pub(super) struct SqlArgs {
    /// The query, in the dialect of Apache DataFusion
    query: String,
    /// A table: files or folders of parquet, csv, tsv or jsonl
    #[arg(long, value_name = "NAME=PATH", num_args = 1.., value_parser = table)]
    table: Vec<(Option<String>, String)>,
    /// How rows are written
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    holdings: HoldingArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Table,
    Csv,
    Jsonl,
}

/// `NAME=PATH`, or one more path of the table before.
fn table(text: &str) -> Result<(Option<String>, String), String> {
    match text.split_once('=') {
        Some((name, path)) if is_name(name) && !path.is_empty() => {
            Ok((Some(name.to_owned()), path.to_owned()))
        }
        _ if text.is_empty() => Err("write NAME=PATH".to_owned()),
        _ => Ok((None, text.to_owned())),
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

impl SqlArgs {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let holdings = self.holdings.load(1)?;
        let engine = self.engine.engine();
        let context = engine
            .session(&holdings.functions, self.engine.n_parallel())
            .await?;
        for (name, paths) in self.tables()? {
            let source = Source::find(&context, &paths).await?;
            context.register_table(name, source.table(&context).await?)?;
        }
        let mut rows = context.sql(&self.query).await?.execute_stream().await?;
        let mut printer = Printer::new(self.format);
        while let Some(batch) = rows.next().await {
            printer.print(&batch?)?;
        }
        printer.finish(&rows.schema())
    }

    fn tables(&self) -> anyhow::Result<Vec<(String, Vec<String>)>> {
        let mut tables: Vec<(String, Vec<String>)> = Vec::new();
        for (name, path) in &self.table {
            match (name, tables.last_mut()) {
                (Some(name), _) => tables.push((name.clone(), vec![path.clone()])),
                (None, Some((_, paths))) => paths.push(path.clone()),
                (None, None) => bail!("--table {path}: write NAME=PATH"),
            }
        }
        Ok(tables)
    }
}

/// Writes batches as they come; a table for people is written in the end.
struct Printer {
    format: Format,
    has_header: bool,
    table: Vec<Vec<String>>,
}

impl Printer {
    fn new(format: Format) -> Self {
        Self {
            format,
            has_header: false,
            table: Vec::new(),
        }
    }

    fn print(&mut self, batch: &RecordBatch) -> anyhow::Result<()> {
        let mut bytes = Vec::new();
        match self.format {
            Format::Table => return self.keep(batch),
            Format::Csv => {
                let builder = WriterBuilder::new().with_header(!self.has_header);
                self.has_header = true;
                builder
                    .build(&mut bytes)
                    .write(batch)
                    .context("CSV has no structs and lists; take their parts, or --format jsonl")?;
            }
            Format::Jsonl => {
                let mut writer = LineDelimitedWriter::new(&mut bytes);
                writer.write(batch)?;
                writer.finish()?;
            }
        }
        std::io::stdout().write_all(&bytes)?;
        Ok(())
    }

    fn keep(&mut self, batch: &RecordBatch) -> anyhow::Result<()> {
        let options = FormatOptions::default().with_null("-");
        let columns = batch.columns().iter();
        let columns: Vec<ArrayFormatter> = columns
            .map(|column| ArrayFormatter::try_new(column, &options))
            .collect::<Result<_, _>>()?;
        for row in 0..batch.num_rows() {
            if self.table.len() == MAX_TABLE_ROWS {
                bail!("more than {MAX_TABLE_ROWS} rows; add a LIMIT, or --format csv or jsonl");
            }
            // Comments are hostile: what would move the cursor is shown instead.
            let cells = columns
                .iter()
                .map(|column| ombuds::report::escape(&column.value(row).to_string()));
            self.table.push(cells.collect());
        }
        Ok(())
    }

    fn finish(self, schema: &arrow::datatypes::Schema) -> anyhow::Result<()> {
        if !matches!(self.format, Format::Table) {
            return Ok(());
        }
        let header: Vec<String> = schema
            .fields()
            .iter()
            .map(|field| ombuds::report::escape(field.name()))
            .collect();
        let rows = || std::iter::once(&header).chain(&self.table);
        let width = |column: usize| rows().map(|row| row[column].chars().count()).max();
        let widths: Vec<usize> = (0..header.len()).map(|it| width(it).unwrap_or(0)).collect();
        let mut text = String::new();
        for row in rows() {
            let cells = row.iter().zip(&widths);
            let cells: Vec<String> = cells
                .map(|(cell, &width)| format!("{cell:width$}"))
                .collect();
            text.push_str(cells.join("  ").trim_end());
            text.push('\n');
        }
        std::io::stdout().write_all(text.as_bytes())?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_have_a_name_and_paths() {
        let named = |name: &str, path: &str| (Some(name.to_owned()), path.to_owned());
        assert_eq!(table("t=a/b.csv"), Ok(named("t", "a/b.csv")));
        assert_eq!(table("a/year=2020/"), Ok((None, "a/year=2020/".to_owned())));
        assert!(table("").is_err());
    }
}
