//! Arguments that say with which model, thresholds and articles, and where.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::Args;
use datafusion::execution::FunctionRegistry as _;
use datafusion::prelude::SessionContext;
use ombuds::data::{ArticleStore, ColumnOptions, InputOptions};
use ombuds::model::Model;
use ombuds::moderate::HouseRules;
use ombuds::phrases::PhraseSet;

use crate::arguments::CommentArguments;
use crate::content;
use crate::engine::Engine;
use crate::functions::{Articles, Functions};
use crate::kernel::Kernel;
use crate::train::{self, ShardCache};

/// What a process scores with. Scheduler, executors and client must be given the same.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Model")]
pub(super) struct HoldingArgs {
    /// Folder of the model [default: the one compiled in]
    #[arg(long, value_name = "DIR", env = "OMBUDS_MODEL")]
    model: Option<PathBuf>,
    /// Threshold of a label's flag; review and reject move with it where they must
    #[arg(long, value_name = "LABEL=SCORE", value_parser = label_threshold)]
    threshold: Vec<(String, f64)>,
    /// File of articles (csv, tsv or jsonl): article_id, title, lead, body, commenters. The function article(id) finds them
    #[arg(long, value_name = "FILE")]
    articles: Option<PathBuf>,
}

/// A model with its functions.
#[derive(Debug)]
pub(super) struct Holdings {
    pub(super) kernel: Arc<Kernel>,
    pub(super) functions: Functions,
    pub(super) articles: Option<Articles>,
}

impl HoldingArgs {
    /// Loads all; scoring of one batch takes up to `n_threads`.
    pub(super) fn load(&self, n_threads: usize) -> anyhow::Result<Holdings> {
        self.load_for_training(n_threads, 0)
    }

    /// The same for processes that train, and hold features up to some bytes.
    pub(super) fn load_for_training(
        &self,
        n_threads: usize,
        max_bytes: u64,
    ) -> anyhow::Result<Holdings> {
        let model = match &self.model {
            None => Model::embedded(),
            Some(path) => Model::read(path)?,
        };
        let rules = HouseRules::new(&model, &self.threshold, PhraseSet::default())?;
        let kernel = Kernel::new(Arc::new(model), Arc::new(rules)).with_threads(n_threads)?;
        let kernel = Arc::new(kernel);
        let articles = self.read_articles()?;
        Ok(Holdings {
            functions: Functions::new(&kernel, articles.as_ref())
                .with_scalars(train::scalars())
                .with_aggregates(train::aggregates(&Arc::new(ShardCache::new(max_bytes)))),
            kernel,
            articles,
        })
    }

    fn read_articles(&self) -> anyhow::Result<Option<Articles>> {
        let Some(path) = &self.articles else {
            return Ok(None);
        };
        let context = || format!("could not read articles from {}", path.display());
        let bytes = std::fs::read(path).with_context(context)?;
        let store = ArticleStore::load(path, &InputOptions::default()).with_context(context)?;
        store.notices().iter().for_each(|line| super::note(line));
        if let Some(row) = store.bad_rows().first() {
            bail!("{}: {row}", path.display());
        }
        let hash = content::hash(&bytes, 8);
        Ok(Some(Articles {
            store: Arc::new(store),
            hash,
        }))
    }
}

/// Columns of a comment, for jobs that write their own queries.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Columns")]
pub(super) struct ColumnArgs {
    /// Column of the comment's text [default: text, comment, comment_text, body, content or message]
    #[arg(long, value_name = "COLUMN")]
    text_column: Option<String>,
    /// Column of the identifier of the article
    #[arg(long, value_name = "COLUMN")]
    article_id_column: Option<String>,
    /// Column of the text of the comment answered
    #[arg(long, value_name = "COLUMN")]
    parent_text_column: Option<String>,
    /// Column of the display name of who wrote the comment answered
    #[arg(long, value_name = "COLUMN")]
    parent_author_column: Option<String>,
    /// Column of the display name
    #[arg(long, value_name = "COLUMN")]
    author_column: Option<String>,
}

impl ColumnArgs {
    /// The arguments of functions in a session that has those of `holdings`.
    pub(super) fn arguments(
        &self,
        context: &SessionContext,
        holdings: &Holdings,
    ) -> anyhow::Result<CommentArguments> {
        let article = (holdings.articles.as_ref()).map(|_| context.udf("article"));
        Ok(CommentArguments {
            options: ColumnOptions {
                text: self.text_column.clone(),
                article_id: self.article_id_column.clone(),
                parent_text: self.parent_text_column.clone(),
                parent_author: self.parent_author_column.clone(),
                author: self.author_column.clone(),
                ..ColumnOptions::default()
            },
            article: article.transpose()?,
        })
    }

    /// The names given, in one line.
    pub(super) fn names(&self) -> String {
        let names = [
            &self.text_column,
            &self.article_id_column,
            &self.parent_text_column,
            &self.parent_author_column,
            &self.author_column,
        ];
        let names = names.map(|name| name.as_deref().unwrap_or("-"));
        names.join(" ")
    }
}

/// Where to run.
#[derive(Clone, Debug, Args)]
pub(super) struct EngineArgs {
    /// Address of a cluster's scheduler, df://host:port [default: run here]
    #[arg(long, value_name = "URL", value_parser = scheduler_url)]
    scheduler: Option<String>,
    /// Parts of the work that run at a time [default: processors here; 16 on a cluster]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    parallel: Option<u16>,
}

/// Parts at a time on a cluster whose size the client does not know.
const CLUSTER_PARALLEL: usize = 16;

impl EngineArgs {
    pub(super) fn engine(&self) -> Engine {
        self.scheduler
            .clone()
            .map_or(Engine::Local, Engine::Cluster)
    }

    pub(super) fn n_parallel(&self) -> usize {
        let default = || match self.scheduler {
            Some(_) => CLUSTER_PARALLEL,
            None => std::thread::available_parallelism().map_or(1, usize::from),
        };
        self.parallel.map_or_else(default, usize::from)
    }
}

pub(super) fn scheduler_url(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("df://").ok_or("write df://host:port")?;
    match rest.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => {
            Ok(text.to_owned())
        }
        _ => Err("write df://host:port".to_owned()),
    }
}

fn label_threshold(text: &str) -> Result<(String, f64), String> {
    let (label, score) = text
        .rsplit_once('=')
        .ok_or("write LABEL=SCORE, as in insult=0.8")?;
    let score = score
        .trim()
        .parse()
        .map_err(|_| format!("`{score}` is not a number"))?;
    Ok((label.trim().to_owned(), score))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedulers_have_a_host_and_a_port() {
        assert_eq!(scheduler_url("df://a:50050"), Ok("df://a:50050".to_owned()));
        for text in ["a:50050", "df://a", "df://:1", "df://a:b", "http://a:1"] {
            assert!(scheduler_url(text).is_err(), "{text}");
        }
    }
}
