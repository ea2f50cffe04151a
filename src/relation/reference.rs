//! What a comment is compared with: an article or the comment it answers, read once and kept.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet, FxHasher};

use super::names::Names;
use super::passage::{MAX_WORDS, Passage, Word, words};
use super::vectors::{Direction, WordVectors};
use crate::comment::Article;
use crate::text::{TextTables, TextView, TokenKind};

/// Sentences read of an article; news articles are shorter.
const MAX_SENTENCES: usize = 96;
/// Approved comments read of an article.
pub const MAX_APPROVED: usize = 32;
/// A sentence with fewer content words goes with the next one.
const MIN_SENTENCE_WORDS: usize = 4;
/// Articles kept by one reader; past it all are forgotten and read anew.
const MAX_KEPT: usize = 512;
/// Bytes of their texts, past which the same happens; what was found takes some times as much.
const MAX_KEPT_BYTES: usize = 4 << 20;

/// A text to compare comments with.
#[derive(Clone, Debug, Default)]
pub(super) struct Reference {
    /// Headline and lead (a parent: its beginning); the body where there is neither.
    pub(super) head: Passage,
    /// Stems of all content words.
    pub(super) stems: FxHashSet<u64>,
    /// Four-byte n-grams of all content words.
    pub(super) grams: FxHashSet<u64>,
    /// Mean direction of all content words.
    pub(super) mean: Direction,
    /// Mean directions of the sentences, the head first.
    pub(super) sentences: Vec<Direction>,
    /// What readers said under it before.
    pub(super) discussion: Option<Discussion>,
    /// Who comments under it.
    pub(super) commenters: Names,
}

/// Approved comments of an article.
#[derive(Clone, Debug, Default)]
pub(super) struct Discussion {
    /// Stems of all their content words.
    pub(super) stems: FxHashSet<u64>,
    /// Mean of their directions.
    pub(super) mean: Direction,
    /// Direction of each.
    pub(super) comments: Vec<Direction>,
}

impl Discussion {
    /// The first [`MAX_APPROVED`] comments; `None` without a content word.
    fn of(
        comments: &[String],
        view: &mut TextView,
        tables: &TextTables,
        vectors: &WordVectors,
    ) -> Option<Self> {
        let mut discussion = Self::default();
        let mut passage = Passage::default();
        for comment in comments.iter().take(MAX_APPROVED) {
            view.parse(comment, tables);
            passage.read(view, vectors, false);
            discussion.stems.extend(&passage.stems);
            discussion.mean.add(&passage.mean, 1.0);
            discussion.comments.push(passage.mean);
        }
        discussion.mean.normalize();
        (!discussion.stems.is_empty()).then_some(discussion)
    }
}

impl Reference {
    /// Reads an article.
    pub(super) fn of_article(
        article: &Article,
        view: &mut TextView,
        tables: &TextTables,
        vectors: &WordVectors,
    ) -> Self {
        let mut reference = Self::default();
        for text in [&article.title, &article.lead] {
            view.parse(text, tables);
            reference.add_head(view, vectors);
        }
        view.parse(&article.body, tables);
        if reference.head.words.is_empty() {
            reference.add_head(view, vectors);
        }
        reference.head.finish();
        reference.head.settle();
        let head = reference.head.clone();
        reference.sentences.push(head.mean);
        for word in &head.words {
            reference.add_word(word);
        }
        reference.grams.extend(&head.grams);
        reference.add_body(view, vectors);
        reference.mean.normalize();
        reference.discussion = Discussion::of(&article.approved, view, tables, vectors);
        reference
            .commenters
            .read(article.commenters.iter().map(String::as_str));
        reference
    }

    /// Reads a comment: all of it if it stands for an article, else its head alone.
    pub(super) fn of_comment(&mut self, view: &TextView, vectors: &WordVectors, is_article: bool) {
        self.head.read(view, vectors, is_article);
        self.stems.clear();
        self.grams.clear();
        if is_article {
            self.stems.extend(&self.head.stems);
            self.grams.extend(&self.head.grams);
        }
        self.mean = self.head.mean;
    }

    /// Whether it has no content word: nothing can be compared with it.
    pub(super) fn is_empty(&self) -> bool {
        self.stems.is_empty() && self.head.stems.is_empty()
    }

    /// Whether a content word of that stem stands in it, or was said under it before.
    pub(super) fn has(&self, stem: u64) -> bool {
        let discussion = self.discussion.as_ref();
        self.stems.contains(&stem)
            || self.head.stems.contains(&stem)
            || discussion.is_some_and(|it| it.stems.contains(&stem))
    }

    fn add_head(&mut self, view: &TextView, vectors: &WordVectors) {
        for token in words(view) {
            if self.head.words.len() < MAX_WORDS {
                let word = token.text(&view.normalized);
                if self.head.push(word, token, vectors) {
                    self.head.add_grams(word);
                }
            }
        }
    }

    fn add_word(&mut self, word: &Word) {
        if self.stems.insert(word.stem)
            && let Some(direction) = &word.direction
        {
            self.mean.add_word(direction, word.weight);
        }
    }

    /// Sentence after sentence: a sentence ends where the gap between two words holds its end.
    fn add_body(&mut self, view: &TextView, vectors: &WordVectors) {
        let mut sentence = Passage::default();
        let mut end = 0;
        for token in &view.tokens {
            let gap = &view.normalized[end..token.start as usize];
            end = token.end as usize;
            if gap.contains(['.', '!', '?', '。', '؟'])
                && sentence.words.len() >= MIN_SENTENCE_WORDS
            {
                self.add_sentence(&mut sentence);
            }
            if token.kind == TokenKind::Word {
                let word = token.text(&view.normalized);
                if sentence.push(word, token, vectors) {
                    sentence.add_grams(word);
                }
            }
        }
        self.add_sentence(&mut sentence);
    }

    fn add_sentence(&mut self, sentence: &mut Passage) {
        sentence.mean.normalize();
        for word in &sentence.words {
            self.add_word(word);
        }
        // Those that the sentence has twice too: a set takes them once.
        self.grams.extend(&sentence.grams);
        if self.sentences.len() < MAX_SENTENCES && !sentence.words.is_empty() {
            self.sentences.push(sentence.mean);
        }
        sentence.clear();
    }
}

/// The articles that one reader has met lately. What is found never depends on what was asked before:
/// an article is recognised by all of its text, and by nothing else.
#[derive(Clone, Debug, Default)]
pub(super) struct ReferenceCache {
    kept: FxHashMap<u64, (Article, Arc<Reference>)>,
    n_bytes: usize,
}

impl ReferenceCache {
    pub(super) fn get(
        &mut self,
        article: &Article,
        view: &mut TextView,
        tables: &TextTables,
        vectors: &WordVectors,
    ) -> Arc<Reference> {
        let key = key(article);
        if let Some((known, reference)) = self.kept.get(&key)
            && same_text(known, article)
        {
            return Arc::clone(reference);
        }
        if self.kept.len() >= MAX_KEPT || self.n_bytes > MAX_KEPT_BYTES {
            self.kept.clear();
            self.n_bytes = 0;
        }
        self.n_bytes += n_bytes(article);
        let reference = Arc::new(Reference::of_article(article, view, tables, vectors));
        self.kept
            .insert(key, (article.clone(), Arc::clone(&reference)));
        reference
    }
}

/// Whether two articles read the same; identifier, address and date are no text.
fn same_text(a: &Article, b: &Article) -> bool {
    (&a.title, &a.lead, &a.body) == (&b.title, &b.lead, &b.body)
        && (&a.approved, &a.commenters) == (&b.approved, &b.commenters)
}

fn n_bytes(article: &Article) -> usize {
    let others = article.approved.iter().chain(&article.commenters);
    let others: usize = others.map(String::len).sum();
    article.title.len() + article.lead.len() + article.body.len() + others
}

/// Cheap to compute; two articles with the same one only displace each other.
fn key(article: &Article) -> u64 {
    let mut hasher = FxHasher::default();
    article.title.hash(&mut hasher);
    (
        article.lead.len(),
        article.body.len(),
        article.approved.len(),
        article.commenters.len(),
    )
        .hash(&mut hasher);
    hasher.finish()
}
