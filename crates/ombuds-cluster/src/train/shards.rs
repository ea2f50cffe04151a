//! Features of every comment as Parquet, and which row groups there are.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::common::config::TableParquetOptions;
use datafusion::dataframe::DataFrameWriteOptions;
use datafusion::execution::FunctionRegistry as _;
use datafusion::functions::core::expr_fn::get_field;
use datafusion::logical_expr::{cast, lit};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use datafusion::parquet::file::metadata::RowGroupMetaData;

use super::features::FEATURES;
use super::{Job, TrainError};
use crate::arguments::{CommentArguments, column, label_of};
use crate::engine::Source;

/// Name of the table of features.
pub(super) const SHARDS: &str = "ombuds_features";
/// Rows of a row group, the least that a partition reads: some ten megabytes.
const ROWS_PER_GROUP: usize = 16_384;
/// Parts of a comment's features.
const PARTS: [&str; 6] = ["text", "sentences", "name", "named", "fold", "key"];
/// Columns of the table besides labels.
pub(super) const N_KEPT_COLUMNS: usize = PARTS.len();
/// Name of the table of places of row groups.
pub(super) const INDEX: &str = "ombuds_shards";

/// Name of a label's column among the features.
pub(super) fn label_column(label_idx: usize) -> String {
    format!("label_{label_idx}")
}

impl Job<'_> {
    /// Writes the features of all comments with a text, and makes a table of them.
    pub(super) async fn write_shards(
        &self,
        source: &Source,
        arguments: &CommentArguments,
    ) -> Result<(), TrainError> {
        let table = source.table(self.context).await?;
        let schema = table.schema();
        let file = source.files[0].name.as_str();
        let [text, _, _, author, _] = arguments.of(file, &schema)?;
        let mut labels = Vec::new();
        for (label_idx, pair) in self.labels.iter().enumerate() {
            let share = label_of(file, &schema, &pair.column)?;
            labels.push(share.alias(label_column(label_idx)));
        }
        let group = match &self.options.group {
            Some(name) => cast(column(name), DataType::Utf8),
            None => lit(datafusion::common::ScalarValue::Utf8(None)),
        };
        let folder = format!("{}/features/", self.work.display());
        let run = async {
            let number = |value: i64| lit(value);
            let features = self.context.udf(FEATURES)?.call(vec![
                cast(text, DataType::Utf8),
                cast(author, DataType::Utf8),
                group,
                number(i64::from(self.options.bits)),
                number(i64::from(self.options.n_folds)),
                number(self.options.seed.cast_signed()),
            ]);
            let label_names: Vec<String> = (0..labels.len()).map(label_column).collect();
            labels.push(features.alias("features"));
            let rows = self.context.read_table(table)?.select(labels)?;
            let parts = PARTS.map(|part| get_field(column("features"), part).alias(part));
            let labels = label_names.iter().map(|name| column(name));
            let rows = rows.select(parts.into_iter().chain(labels).collect::<Vec<_>>())?;
            let rows = rows.filter(column("fold").is_not_null())?;
            let mut options: TableParquetOptions = self.context.copied_table_options().parquet;
            // Hashes do not compress, and are read many times.
            options.global.compression = Some("uncompressed".to_owned());
            options.global.dictionary_enabled = Some(false);
            options.global.statistics_enabled = Some("none".to_owned());
            options.global.max_row_group_size = ROWS_PER_GROUP;
            let write = DataFrameWriteOptions::new().with_single_file_output(false);
            let url = format!("file://{folder}");
            rows.write_parquet(&url, write, Some(options)).await
        };
        run.await.map_err(TrainError::engine("writing features"))?;
        let written = Source::find(self.context, &[folder]).await?;
        let table = written.table(self.context).await?;
        let stage = TrainError::engine("reading features");
        let registered = self.context.register_table(SHARDS, Arc::clone(&table));
        registered.map_err(stage)?;
        self.write_index(&written).await
    }

    /// Makes a table of the row groups, in as many files as parts of a query run at a time.
    async fn write_index(&self, written: &Source) -> Result<(), TrainError> {
        let stage = "listing features";
        let mut groups: Vec<(String, i64, i64)> = Vec::new();
        for file in &written.files {
            let path = format!("{}/features/{}", self.work.display(), file.name);
            let found = groups_of(&path).map_err(TrainError::engine(stage))?;
            groups.extend(
                (0..)
                    .zip(found)
                    .map(|(group, n_rows)| (path.clone(), group, n_rows)),
            );
        }
        // The largest first, each to the part that has least.
        groups.sort_by_key(|(_, _, n_rows)| std::cmp::Reverse(*n_rows));
        let n_parts = self.context.copied_config().target_partitions();
        let mut parts: Vec<(i64, Vec<(String, i64)>)> = vec![(0, Vec::new()); n_parts.max(1)];
        for (path, group, n_rows) in groups {
            let least = parts.iter_mut().min_by_key(|part| part.0);
            let part = least.expect("there is at least one part");
            part.0 += n_rows;
            part.1.push((path, group));
        }
        let folder = self.work.join("index");
        let write = || {
            std::fs::create_dir_all(&folder)?;
            for (part_idx, (_, places)) in parts.iter().enumerate() {
                if !places.is_empty() {
                    write_places(&folder.join(format!("{part_idx:04}.parquet")), places)?;
                }
            }
            Ok(())
        };
        write().map_err(TrainError::engine(stage))?;
        let index = Source::find(self.context, &[format!("{}/", folder.display())]).await?;
        let table = index.table(self.context).await?;
        let registered = self.context.register_table(INDEX, table);
        registered.map_err(TrainError::engine(stage)).map(|_| ())
    }
}

/// Rows of each row group of a file.
fn groups_of(path: &str) -> Result<Vec<i64>> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
    let groups = reader.metadata().row_groups().iter();
    Ok(groups.map(RowGroupMetaData::num_rows).collect())
}

fn write_places(path: &Path, places: &[(String, i64)]) -> Result<()> {
    let paths: ArrayRef = Arc::new(StringArray::from_iter_values(
        places.iter().map(|(path, _)| path),
    ));
    let groups = places.iter().map(|(_, group)| *group);
    let groups: ArrayRef = Arc::new(Int64Array::from_iter_values(groups));
    let batch = RecordBatch::try_from_iter([("path", paths), ("row_group", groups)])?;
    let mut writer = ArrowWriter::try_new(File::create(path)?, batch.schema(), None)?;
    writer.write(&batch)?;
    writer.close()?;
    Ok(())
}
