//! The file edge: reading comments, labels and articles, and writing results.
//!
//! A [`Table`] streams one CSV, TSV or JSONL file, whatever its compression, encoding or
//! delimiter, as rows. A row that cannot be read is a [`RowError`] and not the end of the run: it
//! is reported, written out with its content, and reading goes on. Nothing is scored here, and
//! nothing but the files named is touched. The command line and the server call this module; the
//! core never does.
//!
//! The way of a file through a run:
//!
//! ```
//! use ombuds::data::{ColumnOptions, InputOptions, OutputOptions, RowWriter, Sink, Table};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let (input, output) = (folder.path().join("in.csv"), folder.path().join("out.csv"));
//! # std::fs::write(&input, "id;text\n1;Grüße\n2;a;b\n")?;
//! let mut table = Table::open(&input, &InputOptions::default())?;
//! let columns = ColumnOptions::default().resolve(table.schema())?;
//! let sink = Sink::create(&output, &[&input])?;
//! let mut writer = RowWriter::new(sink, table.schema(), &["length"], OutputOptions::default())?;
//! loop {
//!     let batch = table.read_batch(1000)?;
//!     if batch.is_empty() {
//!         break;
//!     }
//!     for row in &batch {
//!         match row {
//!             Ok(row) => {
//!                 let text = row.get(&columns.text).unwrap_or_default();
//!                 writer.write_row(row, &[text.chars().count().into()])?;
//!             }
//!             Err(error) => writer.write_error(error)?,
//!         }
//!     }
//! }
//! writer.finish()?;
//! let written = std::fs::read_to_string(&output)?;
//! assert!(written.starts_with("id;text;length;error\n1;Grüße;5;\n2;\"a;b\";;\"expected 2 fields"));
//! # Ok(())
//! # }
//! ```

mod addresses;
mod articles;
mod columns;
mod comments;
mod encoding;
mod error;
mod fault;
mod fields;
mod format;
mod formula;
pub mod import;
mod input;
mod json;
mod labels;
mod output;
mod phrases;
mod records;
mod row;
mod scan;
mod schema;
mod sink;
mod sniff;
mod splitter;
mod table;
#[cfg(test)]
mod tests;
mod transcode;

#[cfg(feature = "serve")]
pub(crate) use addresses::Address;
pub use articles::{ApprovedComment, ArticleStore, read_commenters};
#[cfg(feature = "serve")]
pub(crate) use columns::is_usual_name;
pub use columns::{ColumnOptions, Columns};
pub use comments::{CommentReader, OwnedComment};
pub use encoding::Encoding;
pub use error::Error;
pub use fault::{Fault, RowError};
pub use format::{Format, InputOptions, MAX_RECORD_BYTES};
pub use formula::Formulas;
pub use input::read_text;
pub use labels::{LabelColumn, LabelMap, parse_share};
pub use output::{ERROR_COLUMN, OutputOptions, RowWriter};
pub use phrases::read_phrases;
pub use row::{Row, RowResult};
pub use schema::{ColumnRef, Schema};
pub use sink::Sink;
pub use table::Table;
