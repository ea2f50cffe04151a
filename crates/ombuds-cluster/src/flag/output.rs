//! Where flagged files go, and how they get there whole.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::array::AsArray as _;
use datafusion::arrow::datatypes::UInt64Type;
use datafusion::common::config::{ParquetColumnOptions, TableParquetOptions};
use datafusion::common::{DataFusionError, Result, exec_datafusion_err};
use datafusion::dataframe::{DataFrame, DataFrameWriteOptions};
use datafusion::datasource::listing::ListingTableUrl;
use datafusion::object_store::path::Path;
use datafusion::object_store::{self, ObjectMeta, ObjectStore, ObjectStoreExt as _};
use datafusion::parquet::arrow::async_reader::MetadataFetch;
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use datafusion::prelude::SessionContext;
use futures::future::BoxFuture;
use futures::{FutureExt as _, TryStreamExt as _};

use super::FlagError;
use crate::engine::{Layout, Source, SourceFile};

/// What the files of a folder were made by. Engines pass over names that begin so.
const STAMP: &str = "_ombuds.txt";
/// Work in progress, inside the output folder so that renaming stays within one file system.
const WORK: &str = "_work";

/// Rows of a row group: a task holds one, some 30 MB, before it is written.
const ROWS_PER_GROUP: usize = 131_072;

/// What the files of a folder depend on besides their inputs; kept beside them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp(pub String);

/// A folder of flagged files.
#[derive(Clone, Debug)]
pub struct Output {
    root: ListingTableUrl,
    stamp: Stamp,
    /// Work in progress of this run.
    work: Path,
}

impl Output {
    /// A folder, made if need be. `run` tells this run from others on the same folder.
    ///
    /// # Errors
    /// An address that is none.
    pub fn new(folder: &str, stamp: Stamp, run: &str) -> Result<Self> {
        let is_local = !folder.contains("://");
        if is_local {
            std::fs::create_dir_all(folder)?;
        }
        let root = ListingTableUrl::parse(format!("{}/", folder.trim_end_matches('/')))?;
        let work = root.prefix().clone().join(WORK).join(run);
        Ok(Self { root, stamp, work })
    }

    /// The name of a file's output: its own, as Parquet.
    pub fn name(&self, file: &SourceFile) -> String {
        match Layout::of_name(&file.name) {
            Some(Layout::Parquet) => file.name.clone(),
            _ => format!("{}.parquet", file.name),
        }
    }

    fn place(&self, file: &SourceFile) -> Path {
        let name = self.name(file);
        (name.split('/')).fold(self.root.prefix().clone(), Path::join)
    }

    fn store(&self, context: &SessionContext) -> Result<Arc<dyn ObjectStore>> {
        context.runtime_env().object_store(&self.root)
    }

    /// Stamps the folder, or finds that it was stamped so.
    pub(super) async fn claim(&self, context: &SessionContext) -> Result<(), FlagError> {
        let name = format!("{}{STAMP}", self.root);
        let engine = |source| FlagError::Engine {
            file: name.clone(),
            source,
        };
        let store = self.store(context).map_err(engine)?;
        let place = self.root.prefix().clone().join(STAMP);
        match store.get(&place).await {
            Ok(found) => {
                let bytes = found.bytes().await.map_err(|error| engine(error.into()))?;
                let made_by = String::from_utf8_lossy(&bytes);
                if made_by.trim_end() == self.stamp.0 {
                    return Ok(());
                }
                let difference = format!(
                    "by {}, and now it would be by {}",
                    made_by.trim_end(),
                    self.stamp.0
                );
                Err(FlagError::Foreign {
                    name: self.root.to_string(),
                    difference,
                })
            }
            Err(object_store::Error::NotFound { .. }) => {
                let stored = store
                    .put(&place, format!("{}\n", self.stamp.0).into())
                    .await;
                stored.map(|_| ()).map_err(|error| engine(error.into()))
            }
            Err(error) => Err(engine(error.into())),
        }
    }

    /// Number of rows of a file's output, if it is there; `expected` are those of its input, where known.
    pub(super) async fn finished(
        &self,
        context: &SessionContext,
        file: &SourceFile,
        expected: Option<u64>,
    ) -> Result<Option<u64>, FlagError> {
        let name = self.name(file);
        let engine = |source| FlagError::Engine {
            file: name.clone(),
            source,
        };
        let store = self.store(context).map_err(engine)?;
        let meta = match store.head(&self.place(file)).await {
            Ok(meta) => meta,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(engine(error.into())),
        };
        let found = footer(store, &meta).await.map_err(engine)?;
        let n_rows = found.file_metadata().num_rows() as u64;
        if expected.is_some_and(|expected| expected != n_rows) {
            let difference = "from another version of its input".to_owned();
            return Err(FlagError::Foreign { name, difference });
        }
        Ok(Some(n_rows))
    }

    /// Writes rows beside the place of a file's output and counts them. `unique` are columns whose values hardly repeat.
    pub(super) async fn write(
        &self,
        context: &SessionContext,
        file: &SourceFile,
        rows: DataFrame,
        unique: &[String],
    ) -> Result<u64> {
        let base = self.root.object_store();
        let url = format!("{}{}", base.as_str(), self.unfinished(file));
        let options = layout(context, unique);
        let single = DataFrameWriteOptions::new().with_single_file_output(true);
        let counts = rows.write_parquet(&url, single, Some(options)).await?;
        let counts = counts.iter().filter(|batch| batch.num_columns() == 1);
        let count = |column: &arrow::array::ArrayRef| {
            let counts = column.as_primitive_opt::<UInt64Type>()?;
            Some(counts.values().iter().sum::<u64>())
        };
        let total: Option<u64> = counts.map(|batch| count(batch.column(0))).sum();
        total.ok_or_else(|| exec_datafusion_err!("the engine did not count the rows it wrote"))
    }

    /// Gives a written file its name, if it has as many rows as its input.
    pub(super) async fn commit(
        &self,
        context: &SessionContext,
        file: &SourceFile,
        n_rows: u64,
    ) -> Result<(), FlagError> {
        let engine = |source| FlagError::Engine {
            file: file.name.clone(),
            source,
        };
        let store = self.store(context).map_err(engine)?;
        let unfinished = self.unfinished(file);
        let meta = (store.head(&unfinished).await).map_err(|error| engine(error.into()))?;
        let written = footer(Arc::clone(&store), &meta).await.map_err(engine)?;
        let found = written.file_metadata().num_rows() as u64;
        if found != n_rows {
            return Err(FlagError::Rows {
                file: file.name.clone(),
                expected: n_rows,
                found,
            });
        }
        (store.rename(&unfinished, &self.place(file)).await).map_err(|error| engine(error.into()))
    }

    /// Not `.parquet`, so that no table takes it for a file of its own.
    fn unfinished(&self, file: &SourceFile) -> Path {
        let name = self.name(file).replace('/', "%2F");
        self.work.clone().join(format!("{name}.part"))
    }

    /// Removes what this run left unfinished. What cannot be removed is in nobody's way.
    pub(super) async fn clean(&self, context: &SessionContext) {
        let Ok(store) = self.store(context) else {
            return;
        };
        let left: Result<Vec<ObjectMeta>, _> = store.list(Some(&self.work)).try_collect().await;
        for meta in left.unwrap_or_default() {
            let _ = store.delete(&meta.location).await;
        }
        if self.root.scheme() == "file" {
            let work = std::path::Path::new("/").join(self.work.as_ref());
            let _ = std::fs::remove_dir(&work);
            let _ = work.parent().map(std::fs::remove_dir);
        }
    }
}

/// How outputs are laid out.
fn layout(context: &SessionContext, unique: &[String]) -> TableParquetOptions {
    let mut options: TableParquetOptions = context.copied_table_options().parquet;
    options.global.compression = Some("zstd(1)".to_owned());
    options.global.max_row_group_size = ROWS_PER_GROUP;
    options.global.statistics_enabled = Some("chunk".to_owned());
    for name in unique {
        let column = ParquetColumnOptions {
            // It would be filled and then given up.
            dictionary_enabled: Some(false),
            ..ParquetColumnOptions::default()
        };
        options.column_specific_options.insert(name.clone(), column);
    }
    options
}

/// Rows of an input, where a footer tells.
pub(super) async fn n_rows(
    context: &SessionContext,
    source: &Source,
    file: &SourceFile,
) -> Result<Option<u64>> {
    if source.layout() != Layout::Parquet {
        return Ok(None);
    }
    let store = context.runtime_env().object_store(&file.url)?;
    let meta = store.head(&file.location).await?;
    let found = footer(store, &meta).await?;
    Ok(Some(found.file_metadata().num_rows() as u64))
}

async fn footer(store: Arc<dyn ObjectStore>, meta: &ObjectMeta) -> Result<ParquetMetaData> {
    let location = meta.location.clone();
    let reader = ParquetMetaDataReader::new();
    (reader
        .load_and_finish(Ranges { store, location }, meta.size)
        .await)
        .map_err(DataFusionError::from)
}

/// Reads parts of one object.
struct Ranges {
    store: Arc<dyn ObjectStore>,
    location: Path,
}

impl MetadataFetch for Ranges {
    fn fetch(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes, ParquetError>> {
        async move {
            let found = self.store.get_range(&self.location, range).await;
            found.map_err(|error| ParquetError::External(Box::new(error)))
        }
        .boxed()
    }
}
