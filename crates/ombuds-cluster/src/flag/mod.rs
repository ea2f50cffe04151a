//! The bulk job: files of comments → Parquet files with all their columns, scores, flags, decisions and reasons.
//!
//! One input file is one unit of work, one query and one output file, rows in their order. Output is written beside its
//! place, its rows are counted, and only then it gets its name; so a run that was stopped is resumed by running it
//! again, here or on a cluster, and nothing is lost or doubled.

mod columns;
mod output;

use std::collections::BTreeSet;

use datafusion::common::DataFusionError;
use datafusion::prelude::SessionContext;
use futures::{StreamExt as _, TryStreamExt as _};
use thiserror::Error;

use crate::engine::{Source, SourceError, SourceFile};
pub use columns::FlagColumns;
pub use output::{Output, Stamp};

/// Why the job or a file failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FlagError {
    /// The input.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Two inputs for one output.
    #[error("two inputs would be written to {name}; name their common folder instead")]
    SameName {
        /// The output.
        name: String,
    },
    /// The engine gave up.
    #[error("{file}: {source}")]
    Engine {
        /// The file.
        file: String,
        /// Why.
        source: DataFusionError,
    },
    /// Rows went missing or came twice; the output was not kept.
    #[error("{file}: {expected} rows were read, but {found} written; the output is not kept")]
    Rows {
        /// The file.
        file: String,
        /// Rows of the input.
        expected: u64,
        /// Rows of the output.
        found: u64,
    },
    /// An output that this run would have written otherwise.
    #[error("{name} was made {difference}; remove it or name another --out")]
    Foreign {
        /// The output.
        name: String,
        /// What is different.
        difference: String,
    },
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Written now, with this many rows.
    Written(u64),
    /// There already, with this many rows.
    Kept(u64),
}

/// Flags every file of a source, `n_parallel` at a time, and tells of each as it is done. Goes on after a file that
/// fails; the failures come back.
///
/// # Errors
/// What concerns all files.
pub async fn flag(
    context: &SessionContext,
    source: &Source,
    columns: &FlagColumns,
    output: &Output,
    n_parallel: usize,
    done: impl Fn(&SourceFile, Fate),
) -> Result<Vec<FlagError>, FlagError> {
    let mut names = BTreeSet::new();
    if let Some(file) = (source.files.iter()).find(|file| !names.insert(output.name(file))) {
        return Err(FlagError::SameName {
            name: output.name(file),
        });
    }
    output.claim(context).await?;
    let failures = futures::stream::iter(&source.files)
        .map(
            async |file| match flag_file(context, source, file, columns, output).await {
                Ok(fate) => {
                    done(file, fate);
                    None
                }
                Err(error) => Some(error),
            },
        )
        .buffer_unordered(n_parallel)
        .filter_map(async |failure| failure)
        .collect()
        .await;
    output.clean(context).await;
    Ok(failures)
}

async fn flag_file(
    context: &SessionContext,
    source: &Source,
    file: &SourceFile,
    columns: &FlagColumns,
    output: &Output,
) -> Result<Fate, FlagError> {
    let engine = |error| FlagError::Engine {
        file: file.name.clone(),
        source: error,
    };
    let n_read = output::n_rows(context, source, file)
        .await
        .map_err(engine)?;
    if let Some(n_rows) = output.finished(context, file, n_read).await? {
        return Ok(Fate::Kept(n_rows));
    }
    let table = source.table_of(context, file).await?;
    let query = columns.query(&file.name, &table.schema())?;
    let rows = context.read_table(table).map_err(engine)?;
    let unique = query.unique_columns();
    let rows = query.over(rows).map_err(engine)?;
    let n_written = output.write(context, file, rows, &unique).await;
    let n_written = n_written.map_err(engine)?;
    output
        .commit(context, file, n_read.unwrap_or(n_written))
        .await?;
    Ok(Fate::Written(n_written))
}

/// Rows of all files, if their footers tell.
///
/// # Errors
/// [`SourceError::Unreadable`]: the file whose footer is damaged.
pub async fn count_rows(
    context: &SessionContext,
    source: &Source,
) -> Result<Option<u64>, SourceError> {
    let counts: Vec<Option<u64>> = futures::stream::iter(&source.files)
        .map(async |file| {
            (output::n_rows(context, source, file).await).map_err(|error| SourceError::Unreadable {
                file: file.name.clone(),
                source: error,
            })
        })
        .buffered(16)
        .try_collect()
        .await?;
    Ok(counts.into_iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use datafusion::execution::FunctionRegistry as _;
    use ombuds::model::Model;
    use ombuds::moderate::HouseRules;
    use ombuds::phrases::PhraseSet;

    use crate::arguments::CommentArguments;
    use crate::engine::Engine;
    use crate::functions::Functions;
    use crate::kernel::Kernel;

    #[tokio::test(flavor = "multi_thread")]
    async fn every_row_is_scored_once() {
        let folder = tempfile::tempdir().unwrap();
        let text = "1,You stupid idiot\n".repeat(700);
        let input = folder.path().join("a.csv");
        std::fs::write(&input, format!("id,text\n{text}")).unwrap();
        let model = Model::embedded();
        let rules = HouseRules::new(&model, &[], PhraseSet::default()).unwrap();
        let kernel = Arc::new(Kernel::new(Arc::new(model), Arc::new(rules)));
        let functions = Functions::new(&kernel, None);
        let context = Engine::Local.session(&functions, 1).await.unwrap();
        let paths = [input.to_string_lossy().into_owned()];
        let source = Source::find(&context, &paths).await.unwrap();
        let moderate = context.udf("moderate").unwrap();
        let columns = FlagColumns::new(&kernel, CommentArguments::default(), moderate);
        let out = folder.path().join("out").to_string_lossy().into_owned();
        let output = Output::new(&out, Stamp("test".to_owned()), "1").unwrap();
        let done = |_: &SourceFile, fate| assert_eq!(fate, Fate::Written(700));
        let failures = flag(&context, &source, &columns, &output, 1, done)
            .await
            .unwrap();
        assert!(failures.is_empty(), "{failures:?}");
        assert_eq!(kernel.n_rows(), 700);
    }
}
