//! `article(id)`: title, lead, body and commenters of an article out of a table that every process holds.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, Result, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::Articles;
use crate::kernel::{TextColumn, article_fields, articles_by_id};

#[derive(Debug)]
pub(super) struct ArticleFunction {
    name: String,
    aliases: Vec<String>,
    signature: Signature,
    articles: Articles,
}

impl ArticleFunction {
    pub(super) fn new(articles: &Articles) -> Self {
        Self {
            name: format!("article_{}", articles.hash),
            aliases: vec!["article".to_owned()],
            signature: Signature::user_defined(Volatility::Immutable),
            articles: articles.clone(),
        }
    }
}

impl PartialEq for ArticleFunction {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for ArticleFunction {}

impl Hash for ArticleFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for ArticleFunction {
    fn name(&self) -> &str {
        &self.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        let args: Vec<String> = args
            .iter()
            .map(|arg| arg.schema_name().to_string())
            .collect();
        Ok(format!("article({})", args.join(",")))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    /// Identifiers that are numbers are read as they are written.
    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        match arg_types {
            [id @ (DataType::LargeUtf8 | DataType::Utf8View)] => Ok(vec![id.clone()]),
            [id] if !id.is_nested() => Ok(vec![DataType::Utf8]),
            _ => plan_err!("article takes the identifier of an article"),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Struct(article_fields()))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let n_rows = args.number_rows;
        let [id] = <[ColumnarValue; 1]>::try_from(args.args)
            .map_err(|_| DataFusionError::Plan("article takes one argument".to_owned()))?;
        let id = id.into_array(n_rows)?;
        let ids = TextColumn::of(&id, "the identifier")
            .map_err(|error| DataFusionError::Plan(format!("article: {error}")))?;
        let found = articles_by_id(&ids, &self.articles.store);
        Ok(ColumnarValue::Array(Arc::new(found)))
    }
}
