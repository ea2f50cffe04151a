//! Files of comments as tables: Parquet, CSV, TSV or JSON lines, named one by one or by folder.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::common::DataFusionError;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::csv::CsvFormat;
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::datasource::file_format::json::JsonFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::object_store::path::Path;
use datafusion::prelude::SessionContext;
use futures::TryStreamExt as _;
use thiserror::Error;

/// Rows of a JSON file that tell the types of its columns. A column that holds something else further down is an
/// error there, so more than the engine's thousand.
const ROWS_FOR_TYPES: usize = 10_000;

/// Why files cannot be a table.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SourceError {
    /// Nothing is there.
    #[error(
        "{path}: no files of comments (parquet, csv, tsv, jsonl or json, the text ones also .gz or .zst)"
    )]
    Empty {
        /// What was named.
        path: String,
    },
    /// Files that cannot stand in one table.
    #[error("{file} is {found}, but {first} is {expected}; name them as two tables")]
    Mixed {
        /// The first file.
        first: String,
        /// Its layout.
        expected: Layout,
        /// A file of another layout.
        file: String,
        /// Its layout.
        found: Layout,
    },
    /// A file that is damaged, or no longer there.
    #[error("{file}: {source}")]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        source: DataFusionError,
    },
    /// A column that is missing.
    #[error(transparent)]
    Column(#[from] ombuds::data::Error),
    /// A column of another type.
    #[error("{file}: column `{column}` holds {found}, not {expected}")]
    ColumnType {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// What it should hold.
        expected: &'static str,
        /// What it holds.
        found: String,
    },
}

/// How a file is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Parquet.
    Parquet,
    /// Separated by this byte, with a header.
    Separated(u8, FileCompressionType),
    /// JSON objects, one a line.
    JsonLines(FileCompressionType),
}

impl Layout {
    /// By the extension of a name.
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let compressions = [
            (".gz", FileCompressionType::GZIP),
            (".zst", FileCompressionType::ZSTD),
        ];
        let packed = compressions
            .into_iter()
            .find_map(|(end, compression)| Some((name.strip_suffix(end)?, compression)));
        let (stem, compression) = packed.unwrap_or((&name, FileCompressionType::UNCOMPRESSED));
        match stem.rsplit_once('.')?.1 {
            "parquet" if packed.is_none() => Some(Self::Parquet),
            "csv" => Some(Self::Separated(b',', compression)),
            "tsv" => Some(Self::Separated(b'\t', compression)),
            "jsonl" | "ndjson" | "json" => Some(Self::JsonLines(compression)),
            _ => None,
        }
    }

    fn format(self) -> Arc<dyn FileFormat> {
        match self {
            // One type of strings and bytes wherever a query runs.
            Self::Parquet => Arc::new(ParquetFormat::default().with_force_view_types(false)),
            Self::Separated(delimiter, compression) => Arc::new(
                // Comments hold line breaks. Cells are text, whatever the first thousand look like; and what guesses
                // types loses its way in quoted line breaks.
                CsvFormat::default()
                    .with_delimiter(delimiter)
                    .with_has_header(true)
                    .with_newlines_in_values(true)
                    .with_schema_infer_max_rec(0)
                    .with_file_compression_type(compression),
            ),
            Self::JsonLines(compression) => Arc::new(
                JsonFormat::default()
                    .with_schema_infer_max_rec(ROWS_FOR_TYPES)
                    .with_file_compression_type(compression),
            ),
        }
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Parquet => "Parquet",
            Self::Separated(b'\t', _) => "TSV",
            Self::Separated(..) => "CSV",
            Self::JsonLines(_) => "JSON lines",
        })
    }
}

/// One file.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Where it is.
    pub url: ListingTableUrl,
    /// Its path inside the folder that was named, or its name.
    pub name: String,
    /// Where it is inside its store.
    pub location: Path,
    /// Bytes.
    pub size: u64,
}

/// Files of one layout.
#[derive(Clone, Debug)]
pub struct Source {
    /// What was named, for queries over all.
    roots: Vec<ListingTableUrl>,
    /// The files, in order of their paths.
    pub files: Vec<SourceFile>,
    layout: Layout,
}

impl Source {
    /// Finds the files of `paths`, each a file or a folder.
    ///
    /// # Errors
    /// [`SourceError`]
    pub async fn find(context: &SessionContext, paths: &[String]) -> Result<Self, SourceError> {
        let mut roots = Vec::new();
        let mut files: Vec<(SourceFile, Layout)> = Vec::new();
        for path in paths {
            let unreadable = |source| SourceError::Unreadable {
                file: path.clone(),
                source,
            };
            let root = ListingTableUrl::parse(path).map_err(unreadable)?;
            let found = list(context, &root).await.map_err(unreadable)?;
            if found.is_empty() {
                return Err(SourceError::Empty { path: path.clone() });
            }
            files.extend(found);
            roots.push(root);
        }
        let Some((first, layout)) = files
            .first()
            .map(|(file, layout)| (file.name.clone(), *layout))
        else {
            return Err(SourceError::Empty {
                path: paths.join(" "),
            });
        };
        if let Some((file, found)) = files.iter().find(|(_, other)| *other != layout) {
            return Err(SourceError::Mixed {
                first,
                expected: layout,
                file: file.name.clone(),
                found: *found,
            });
        }
        Ok(Self {
            roots,
            files: files.into_iter().map(|(file, _)| file).collect(),
            layout,
        })
    }

    /// Layout of the files.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// All files as one table.
    ///
    /// # Errors
    /// [`SourceError::Unreadable`], with the name of the file that is.
    pub async fn table(
        &self,
        context: &SessionContext,
    ) -> Result<Arc<dyn TableProvider>, SourceError> {
        match self.open(context, self.roots.clone()).await {
            Ok(table) => Ok(table),
            Err(source) => Err(self.culprit(context, source).await),
        }
    }

    /// One file as a table.
    ///
    /// # Errors
    /// [`SourceError::Unreadable`]
    pub async fn table_of(
        &self,
        context: &SessionContext,
        file: &SourceFile,
    ) -> Result<Arc<dyn TableProvider>, SourceError> {
        self.open(context, vec![file.url.clone()])
            .await
            .map_err(|source| SourceError::Unreadable {
                file: file.name.clone(),
                source,
            })
    }

    async fn open(
        &self,
        context: &SessionContext,
        urls: Vec<ListingTableUrl>,
    ) -> Result<Arc<dyn TableProvider>, DataFusionError> {
        let options = ListingOptions::new(self.layout.format())
            .with_file_extension(self.extension())
            .with_table_partition_cols(Vec::new());
        let state = context.state();
        let mut schema: Option<SchemaRef> = None;
        for url in &urls {
            let found = self.typed(options.infer_schema(&state, url).await?);
            schema = Some(match schema {
                None => found,
                Some(known) => Arc::new(Schema::try_merge([
                    known.as_ref().clone(),
                    found.as_ref().clone(),
                ])?),
            });
        }
        let config = ListingTableConfig::new_with_multi_paths(urls)
            .with_listing_options(options)
            .with_schema(schema.unwrap_or_else(|| Arc::new(Schema::empty())));
        Ok(Arc::new(ListingTable::try_new(config)?))
    }

    /// Columns of separated text as text.
    fn typed(&self, schema: SchemaRef) -> SchemaRef {
        if !matches!(self.layout, Layout::Separated(..)) {
            return schema;
        }
        let fields = schema.fields().iter();
        let fields = fields.map(|field| Field::new(field.name(), DataType::Utf8, true));
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }

    /// Which file is to blame for a table that cannot be made.
    async fn culprit(&self, context: &SessionContext, error: DataFusionError) -> SourceError {
        for file in &self.files {
            if let Err(error) = self.table_of(context, file).await {
                return error;
            }
        }
        SourceError::Unreadable {
            file: self.files[0].name.clone(),
            source: error,
        }
    }

    /// Files of a folder that count.
    fn extension(&self) -> String {
        let name = &self.files[0].name;
        let n_ends = 1 + usize::from(!matches!(
            self.layout,
            Layout::Parquet
                | Layout::Separated(_, FileCompressionType::UNCOMPRESSED)
                | Layout::JsonLines(FileCompressionType::UNCOMPRESSED)
        ));
        let start = name
            .rmatch_indices('.')
            .nth(n_ends - 1)
            .map_or(0, |(at, _)| at);
        name[start..].to_owned()
    }
}

/// The files of a place that are of a known layout, in order of their paths. Names that begin with `_` or `.` are
/// marks and work in progress of engines.
async fn list(
    context: &SessionContext,
    root: &ListingTableUrl,
) -> Result<Vec<(SourceFile, Layout)>, DataFusionError> {
    let state = context.state();
    let store = context.runtime_env().object_store(root)?;
    let found = root.list_all_files(&state, store.as_ref(), "").await?;
    let found: Vec<_> = found.try_collect().await?;
    let base = root
        .object_store()
        .as_str()
        .trim_end_matches('/')
        .to_owned();
    let mut files = Vec::new();
    for meta in found {
        let location = meta.location.to_string();
        let inside = location
            .strip_prefix(root.prefix().as_ref())
            .unwrap_or(&location);
        let inside = inside.trim_start_matches('/');
        let name = match meta.location.filename() {
            Some(last) if inside.is_empty() => last,
            _ => inside,
        };
        let is_hidden = name.split('/').any(|part| part.starts_with(['_', '.']));
        let Some(layout) = Layout::of_name(name).filter(|_| !is_hidden) else {
            continue;
        };
        let url = url::Url::parse(&base)
            .and_then(|mut url| {
                url.set_path(&location);
                ListingTableUrl::try_new(url, None).map_err(|_| url::ParseError::EmptyHost)
            })
            .map_err(|error| DataFusionError::External(Box::new(error)))?;
        let file = SourceFile {
            url,
            name: name.to_owned(),
            location: meta.location.clone(),
            size: meta.size,
        };
        files.push((file, layout));
    }
    files.sort_by(|a, b| a.0.name.cmp(&b.0.name));
    Ok(files)
}

#[cfg(test)]
mod tests;
