//! Which columns of a table are text, article, parent, author and parent's author of a comment: the arguments of the
//! functions.

use std::sync::Arc;

use arrow::datatypes::{DataType, Schema as ArrowSchema};
use datafusion::common::{Column, ScalarValue};
use datafusion::functions::core::expr_fn::named_struct;
use datafusion::logical_expr::{Expr, ScalarUDF, cast, lit};
use ombuds::data::{ColumnOptions, ColumnRef, Columns, Schema};

use crate::engine::SourceError;

/// Finds a comment's columns in tables of different files.
#[derive(Clone, Debug, Default)]
pub struct CommentArguments {
    /// Names as given; those not given are looked for under their usual names, as `ombuds` does.
    pub options: ColumnOptions,
    /// The function `article` of the session, where articles are known by identifier.
    pub article: Option<Arc<ScalarUDF>>,
}

impl CommentArguments {
    /// Text, article, parent, author and parent's author of one table's rows.
    ///
    /// # Errors
    /// No column of comments, one named that is not there, or one of another type.
    pub fn of(&self, file: &str, schema: &ArrowSchema) -> Result<[Expr; 5], SourceError> {
        let names = schema.fields().iter().map(|field| field.name().clone());
        let columns = self.options.resolve(&Schema::of_columns(file, names))?;
        let text = columns.text.name();
        let found = data_type(schema, text);
        if !is_text(&found) {
            return Err(SourceError::ColumnType {
                file: file.to_owned(),
                column: text.to_owned(),
                expected: "strings",
                found: found.to_string(),
            });
        }
        Ok([
            column(text),
            self.article_of(&columns, schema),
            text_of(columns.parent_text.as_ref(), schema),
            text_of(columns.author.as_ref(), schema),
            text_of(columns.parent_author.as_ref(), schema),
        ])
    }

    /// The article by identifier where articles are known so, else out of the row's own columns.
    fn article_of(&self, columns: &Columns, schema: &ArrowSchema) -> Expr {
        if let (Some(article), Some(id)) = (&self.article, &columns.article_id) {
            return article.call(vec![column(id.name())]);
        }
        let parts = [
            ("title", &columns.article_title),
            ("lead", &columns.article_lead),
            ("body", &columns.article_text),
        ];
        if parts.iter().all(|(_, found)| found.is_none()) {
            return lit(ScalarValue::Utf8(None));
        }
        let parts = parts.map(|(name, found)| [lit(name), text_of(found.as_ref(), schema)]);
        named_struct(parts.into_iter().flatten().collect())
    }
}

/// A column by its name as it stands, whatever dots and capitals it has.
pub(crate) fn column(name: &str) -> Expr {
    Expr::Column(Column::from_name(name))
}

fn data_type(schema: &ArrowSchema, name: &str) -> DataType {
    schema
        .field_with_name(name)
        .map_or(DataType::Null, |field| field.data_type().clone())
}

fn is_text(found: &DataType) -> bool {
    match found {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, value) => is_text(value),
        _ => false,
    }
}

/// A column as text, null if there is none. A name that is all digits was read as a number.
fn text_of(found: Option<&ColumnRef>, schema: &ArrowSchema) -> Expr {
    let Some(name) = found.map(ColumnRef::name) else {
        return lit(ScalarValue::Utf8(None));
    };
    match data_type(schema, name) {
        found if is_text(&found) => column(name),
        _ => cast(column(name), DataType::Utf8),
    }
}

/// A column of labels as numbers from 0 to 1.
///
/// # Errors
/// A column that is not there, or holds neither numbers nor booleans.
pub(crate) fn label_of(file: &str, schema: &ArrowSchema, name: &str) -> Result<Expr, SourceError> {
    let names = schema.fields().iter().map(|field| field.name().clone());
    let found = Schema::of_columns(file, names).require(name)?;
    let kind = data_type(schema, found.name());
    // Cells of CSV are text.
    if kind.is_numeric() || kind == DataType::Boolean || is_text(&kind) {
        return Ok(cast(column(found.name()), DataType::Float64));
    }
    Err(SourceError::ColumnType {
        file: file.to_owned(),
        column: found.name().to_owned(),
        expected: "numbers from 0 to 1",
        found: kind.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::Field;

    use super::*;

    fn columns(names: &[&str], options: ColumnOptions) -> Vec<String> {
        let field = |name: &&str| Field::new(*name, DataType::Utf8, true);
        let schema = ArrowSchema::new(names.iter().map(field).collect::<Vec<_>>());
        let arguments = CommentArguments {
            options,
            article: None,
        };
        let found = arguments.of("a.csv", &schema).unwrap();
        found
            .map(|expr| match expr {
                Expr::Column(column) => column.name,
                _ => "-".to_owned(),
            })
            .to_vec()
    }

    #[test]
    fn each_argument_finds_its_column() {
        let names = ["parent_author", "author", "parent_text", "text", "wrote"];
        assert_eq!(
            columns(&names, ColumnOptions::default()),
            ["text", "-", "parent_text", "author", "parent_author"]
        );
        let given = ColumnOptions {
            parent_author: Some("wrote".to_owned()),
            ..ColumnOptions::default()
        };
        assert_eq!(columns(&names, given)[4], "wrote");
    }
}
