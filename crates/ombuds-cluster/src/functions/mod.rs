//! SQL functions over comments, for any DataFusion session: in this process, in a scheduler, in an executor.
//!
//! A function's own name carries the content hash of what its result depends on (`insult_9f86d081884c7d65`); the plain
//! name (`insult`) is an alias for writing queries. A plan that travels to another process names functions by their own
//! names, so a process that holds another model does not have them and refuses, where it would else mix scores.

mod article;
mod comment;
mod figure;
mod histogram;

use std::collections::HashSet;
use std::sync::Arc;

use ballista_core::registry::BallistaFunctionRegistry;
use datafusion::common::{DataFusionError, plan_err};
use datafusion::logical_expr::{AggregateUDF, ScalarUDF};
use datafusion::prelude::SessionContext;
use ombuds::data::ArticleStore;

use crate::kernel::Kernel;
use article::ArticleFunction;
use comment::{CommentFunction, Output};
use figure::Figure;

pub use histogram::{decode as decode_histogram, encode as encode_histogram};

/// What is asked of a process besides a model: its articles.
#[derive(Clone, Debug)]
pub struct Articles {
    /// The articles by identifier.
    pub store: Arc<ArticleStore>,
    /// Content hash of their file, in hexadecimal digits.
    pub hash: String,
}

/// All functions around one model.
#[derive(Clone, Debug)]
pub struct Functions {
    scalars: Vec<Arc<ScalarUDF>>,
    aggregates: Vec<Arc<AggregateUDF>>,
    /// What this process holds, for the error that another is wanted.
    holdings: String,
}

impl Functions {
    /// One function a label, `score`, `decision`, `reasons`, `moderate`, the figures of labelled comments, and
    /// `article` where there are articles.
    pub fn new(kernel: &Arc<Kernel>, articles: Option<&Articles>) -> Self {
        let builtin = BallistaFunctionRegistry::default();
        let free_alias = |name: &str| {
            let is_taken = builtin.scalar_functions.contains_key(name)
                || builtin.aggregate_functions.contains_key(name)
                || Output::WHOLE.iter().any(|(whole, _)| *whole == name);
            (!is_taken).then(|| name.to_owned())
        };
        let labels: Vec<String> = kernel.model().labels().map(str::to_owned).collect();
        let mut scalars: Vec<ScalarUDF> = Vec::new();
        for (label_idx, label) in labels.iter().enumerate() {
            let output = Output::Label(label_idx);
            let function = CommentFunction::new(kernel, label, output, free_alias(label));
            scalars.push(function.into());
        }
        for (name, output) in Output::WHOLE {
            let alias = Some(name.to_owned());
            scalars.push(CommentFunction::new(kernel, name, output, alias).into());
        }
        let mut holdings = format!("the model {}", kernel.model_hash());
        if let Some(articles) = articles {
            scalars.push(ArticleFunction::new(articles).into());
            holdings = format!("{holdings} and the articles {}", articles.hash);
        }
        let aggregates = Figure::ALL.map(|figure| AggregateUDF::new_from_impl(figure.function()));
        Self {
            scalars: scalars.into_iter().map(Arc::new).collect(),
            aggregates: aggregates.into_iter().map(Arc::new).collect(),
            holdings,
        }
    }

    /// The same with more aggregate functions.
    #[must_use]
    pub fn with_aggregates(mut self, aggregates: impl IntoIterator<Item = AggregateUDF>) -> Self {
        self.aggregates.extend(aggregates.into_iter().map(Arc::new));
        self
    }

    /// The same with more scalar functions.
    #[must_use]
    pub fn with_scalars(mut self, scalars: impl IntoIterator<Item = ScalarUDF>) -> Self {
        self.scalars.extend(scalars.into_iter().map(Arc::new));
        self
    }

    /// Makes the functions known to a session under both names.
    pub fn register(&self, context: &SessionContext) {
        for function in &self.scalars {
            context.register_udf(function.as_ref().clone());
        }
        for function in &self.aggregates {
            context.register_udaf(function.as_ref().clone());
        }
    }

    /// The engine's own functions and these, for an executor.
    pub fn registry(&self) -> BallistaFunctionRegistry {
        let mut registry = BallistaFunctionRegistry::default();
        for function in &self.scalars {
            let (name, function) = (function.name().to_owned(), Arc::clone(function));
            registry.scalar_functions.insert(name, function);
        }
        for function in &self.aggregates {
            let (name, function) = (function.name().to_owned(), Arc::clone(function));
            registry.aggregate_functions.insert(name, function);
        }
        registry
    }

    /// The functions' own names.
    pub fn names(&self) -> HashSet<&str> {
        let scalars = self.scalars.iter().map(|function| function.name());
        let aggregates = self.aggregates.iter().map(|function| function.name());
        scalars.chain(aggregates).collect()
    }

    /// The same of an executor, also on standard error: the engine does not pass its reason on.
    ///
    /// # Errors
    /// Always.
    pub fn refuse<T>(&self, name: &str) -> Result<T, DataFusionError> {
        self.missing("executor", name)
            .inspect_err(|error: &DataFusionError| {
                crate::cli::note(&format!("refused: {error}"));
            })
    }

    /// The error for a function that a plan names and this process lacks.
    pub fn missing<T>(&self, process: &str, name: &str) -> Result<T, DataFusionError> {
        plan_err!(
            "the {process} has no function `{name}`: it holds {}; start it with the model and articles of the query",
            self.holdings
        )
    }
}
