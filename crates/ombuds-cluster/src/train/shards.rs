//! Features of every comment as Parquet, read once for each pass.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::config::TableParquetOptions;
use datafusion::dataframe::DataFrameWriteOptions;
use datafusion::execution::FunctionRegistry as _;
use datafusion::functions::core::expr_fn::get_field;
use datafusion::logical_expr::{cast, lit};

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
        let [text, _, _, author] =
            <[_; 4]>::try_from(arguments.of(file, &schema)?).expect("a comment has four arguments");
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
        let registered = self.context.register_table(SHARDS, Arc::clone(&table));
        registered
            .map_err(TrainError::engine("reading features"))
            .map(|_| ())
    }
}
