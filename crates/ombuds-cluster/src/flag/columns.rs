//! The query over one file.

use std::sync::Arc;

use arrow::datatypes::Schema;
use datafusion::common::Result;
use datafusion::functions::core::expr_fn::get_field;
use datafusion::logical_expr::{Expr, ScalarUDF, lit};
use datafusion::prelude::DataFrame;

use crate::arguments::{CommentArguments, column};
use crate::engine::SourceError;
use crate::kernel::{Kernel, moderation_fields};

/// Name of the struct of scores between the two steps of a query; no column of a file has it.
const SCORES: &str = "ombuds scores";

/// What is asked of every file.
#[derive(Clone, Debug)]
pub struct FlagColumns {
    arguments: CommentArguments,
    moderate: Arc<ScalarUDF>,
    added: Vec<String>,
    model: String,
}

impl FlagColumns {
    /// `moderate` is a function of the session around `kernel`.
    pub fn new(kernel: &Kernel, arguments: CommentArguments, moderate: Arc<ScalarUDF>) -> Self {
        let fields = moderation_fields(kernel.model());
        Self {
            arguments,
            moderate,
            added: fields.iter().map(|field| field.name().clone()).collect(),
            model: kernel.model_hash().to_owned(),
        }
    }

    /// The query over a file of these columns.
    ///
    /// # Errors
    /// [`CommentArguments::of`]
    pub(super) fn query(&self, file: &str, schema: &Schema) -> Result<FlagQuery<'_>, SourceError> {
        let arguments = self.arguments.of(file, schema)?;
        let is_replaced = |name: &str| name == "model" || self.added.iter().any(|it| it == name);
        let kept = schema.fields().iter().map(|field| field.name().as_str());
        let text = match &arguments[0] {
            Expr::Column(text) => text.name.clone(),
            _ => String::new(),
        };
        Ok(FlagQuery {
            text,
            kept: kept.filter(|name| !is_replaced(name)).map(column).collect(),
            scores: self.moderate.call(arguments.into()).alias(SCORES),
            columns: self,
        })
    }
}

/// Scores once a row, then takes the struct apart.
#[derive(Debug)]
pub(super) struct FlagQuery<'a> {
    /// Name of the column of comments.
    text: String,
    kept: Vec<Expr>,
    scores: Expr,
    columns: &'a FlagColumns,
}

impl FlagQuery<'_> {
    /// Columns whose values hardly repeat: comments and scores.
    pub(super) fn unique_columns(&self) -> Vec<String> {
        let added = self.columns.added.iter();
        let scores = added.filter(|name| name.ends_with("_score")).cloned();
        scores.chain([self.text.clone()]).collect()
    }

    pub(super) fn over(self, rows: DataFrame) -> Result<DataFrame> {
        let mut exprs = self.kept.clone();
        exprs.push(self.scores);
        let scored = rows.select(exprs)?;
        let mut exprs = self.kept;
        for name in &self.columns.added {
            // As `ombuds flag` orders them: the model before the error.
            if name == "error" {
                exprs.push(lit(self.columns.model.as_str()).alias("model"));
            }
            exprs.push(get_field(column(SCORES), name.as_str()).alias(name));
        }
        scored.select(exprs)
    }
}
