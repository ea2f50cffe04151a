//! Scalar functions of a comment: `insult(text [, article [, parent [, author [, parent_author]]]])` and the like.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, Result, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use crate::kernel::{CommentColumns, Kernel, moderation_fields, score_fields};

/// Names of the arguments, for messages.
const ARGUMENTS: [&str; 5] = ["text", "article", "parent", "author", "parent_author"];

/// What a function makes of a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Output {
    Label(usize),
    Score,
    Decision,
    Reasons,
    Moderate,
    Judge,
}

impl Output {
    /// Those that are not of one label, by name.
    pub(super) const WHOLE: [(&'static str, Self); 5] = [
        ("score", Self::Score),
        ("decision", Self::Decision),
        ("reasons", Self::Reasons),
        ("moderate", Self::Moderate),
        ("judge", Self::Judge),
    ];

    /// Whether thresholds matter, and so are part of the name.
    fn needs_rules(self) -> bool {
        !matches!(self, Self::Label(_) | Self::Score)
    }

    fn data_type(self, kernel: &Kernel) -> DataType {
        match self {
            Self::Label(_) => DataType::Float64,
            Self::Score => DataType::Struct(score_fields(kernel.model())),
            Self::Decision | Self::Reasons => DataType::Utf8,
            Self::Moderate | Self::Judge => DataType::Struct(moderation_fields(kernel.model())),
        }
    }

    fn compute(self, kernel: &Kernel, comments: &CommentColumns) -> ArrayRef {
        match self {
            Self::Label(label_idx) => Arc::new(kernel.label(comments, label_idx)),
            Self::Score => Arc::new(kernel.score(comments)),
            Self::Decision => Arc::new(kernel.decision(comments)),
            Self::Reasons => Arc::new(kernel.reasons(comments)),
            Self::Moderate => Arc::new(kernel.moderate(comments, true)),
            Self::Judge => Arc::new(kernel.moderate(comments, false)),
        }
    }
}

/// One function; equal to another if its name is, since the name says all its results depend on.
#[derive(Debug)]
pub(super) struct CommentFunction {
    name: String,
    plain_name: String,
    aliases: Vec<String>,
    signature: Signature,
    output: Output,
    kernel: Arc<Kernel>,
}

impl CommentFunction {
    pub(super) fn new(
        kernel: &Arc<Kernel>,
        plain_name: &str,
        output: Output,
        alias: Option<String>,
    ) -> Self {
        let hash = if output.needs_rules() {
            kernel.rules_hash()
        } else {
            kernel.model_hash().to_owned()
        };
        Self {
            name: format!("{plain_name}_{hash}"),
            plain_name: plain_name.to_owned(),
            aliases: alias.into_iter().collect(),
            signature: Signature::user_defined(Volatility::Immutable),
            output,
            kernel: Arc::clone(kernel),
        }
    }

    fn coerced(&self, idx: usize, found: &DataType) -> Result<DataType> {
        match found {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Ok(found.clone()),
            DataType::Null => Ok(DataType::Utf8),
            DataType::Dictionary(_, value) => self.coerced(idx, value),
            DataType::Struct(_) if idx == 1 => Ok(found.clone()),
            _ => plan_err!(
                "{}: argument {} ({}) must be a string, not {found}",
                self.plain_name,
                idx + 1,
                ARGUMENTS[idx]
            ),
        }
    }
}

impl PartialEq for CommentFunction {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for CommentFunction {}

impl Hash for CommentFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for CommentFunction {
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
        Ok(format!("{}({})", self.plain_name, args.join(",")))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        if arg_types.is_empty() || arg_types.len() > ARGUMENTS.len() {
            return plan_err!(
                "{} takes 1 to {} arguments ({}), not {}",
                self.plain_name,
                ARGUMENTS.len(),
                ARGUMENTS.join(", "),
                arg_types.len()
            );
        }
        let types = arg_types.iter().enumerate();
        types.map(|(idx, found)| self.coerced(idx, found)).collect()
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.output.data_type(&self.kernel))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let n_rows = args.number_rows;
        let arrays: Vec<ArrayRef> = args
            .args
            .into_iter()
            .map(|arg| arg.into_array(n_rows))
            .collect::<Result<_>>()?;
        let compute = |comments: &CommentColumns| self.output.compute(&self.kernel, comments);
        let column = (self.kernel.run(&arrays, compute))
            .map_err(|error| DataFusionError::Plan(format!("{}: {error}", self.plain_name)))?;
        Ok(ColumnarValue::Array(column))
    }
}
