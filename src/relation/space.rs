//! The space in which meanings are compared: word vectors, and the directions of other articles.

use std::sync::Arc;

use super::reference::Reference;
use super::vectors::{self, Direction, WordVectors};
use crate::comment::Article;
use crate::text::{TextTables, TextView};

/// Articles compared with each other at most.
const MAX_COMPARED: usize = 2_000;
/// Fewest other articles that a comment is compared with.
pub const MIN_BACKGROUND: usize = 8;
/// Articles kept for [`Space::background`].
const MAX_BACKGROUND: usize = 96;

/// The space in which meanings are compared: word vectors, and other articles to compare with.
#[derive(Clone, Debug, Default)]
pub struct Space {
    /// Vectors of the words.
    pub vectors: Arc<WordVectors>,
    background: Arc<Vec<Direction>>,
}

impl Space {
    /// With the headlines of some articles as background, evenly picked.
    pub fn new(vectors: Arc<WordVectors>, articles: &[Article], tables: &TextTables) -> Self {
        let mut view = TextView::default();
        let step = articles.len().div_ceil(MAX_BACKGROUND).max(1);
        let background = articles.iter().step_by(step).map(|article| {
            let head = Article {
                title: article.title.clone(),
                lead: article.lead.clone(),
                ..Article::default()
            };
            Reference::of_article(&head, &mut view, tables, &vectors).mean
        });
        let background = background
            .filter(|direction| *direction != Direction::default())
            .collect();
        Self {
            vectors,
            background: Arc::new(background),
        }
    }

    /// From stored parts; rows of [`vectors::N_DIMS`].
    pub(crate) fn from_parts(vectors: WordVectors, background: &[f32]) -> Self {
        let rows = background.chunks_exact(vectors::N_DIMS);
        Self {
            vectors: Arc::new(vectors),
            background: Arc::new(rows.map(Direction::stored).collect()),
        }
    }

    /// Directions of the background articles, one after another.
    pub(crate) fn background(&self) -> impl Iterator<Item = f32> + '_ {
        let rows = self.background.iter();
        rows.flat_map(Direction::components)
    }

    /// Number of articles of the background.
    pub(crate) fn n_background(&self) -> usize {
        self.background.len()
    }

    /// By article, the other one that is closest in meaning; among the first 2,000.
    ///
    /// # Complexity  O(articles^2)
    pub fn nearest(&self, articles: &[Article], tables: &TextTables) -> Vec<Option<usize>> {
        let mut view = TextView::default();
        let articles = &articles[..articles.len().min(MAX_COMPARED)];
        let means: Vec<Direction> = articles
            .iter()
            .map(|article| Reference::of_article(article, &mut view, tables, &self.vectors).mean)
            .collect();
        let closest = |i: usize| {
            let others = (0..articles.len()).filter(|&j| {
                let (a, b) = (&articles[i], &articles[j]);
                i != j && a.title != b.title && (a.body != b.body || a.body.is_empty())
            });
            others.max_by(|&a, &b| {
                let cosine = |j: usize| means[i].cosine(&means[j]);
                cosine(a).total_cmp(&cosine(b))
            })
        };
        (0..articles.len()).map(closest).collect()
    }

    /// How far `cosine` lies above the comment's cosines to the background, in their spread. Removes
    /// what is common to all articles, and words that are close to everything.
    pub(super) fn contrast(&self, comment: &Direction, cosine: f32) -> f32 {
        if self.background.len() < MIN_BACKGROUND {
            return 0.0;
        }
        let n = self.background.len() as f32;
        let (mut sum, mut squares) = (0.0, 0.0);
        for other in self.background.iter() {
            let cosine = comment.cosine(other);
            sum += cosine;
            squares += cosine * cosine;
        }
        let mean = sum / n;
        let spread = (squares / n - mean * mean).max(0.0).sqrt();
        (cosine - mean) / (spread + 0.02)
    }
}
