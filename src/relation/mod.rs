//! What a comment has to do with its article and with the comment it answers.
//!
//! A comment is off topic *relative to* something, so these features look at both sides: shared words
//! and spellings, headline words taken up, names, and, by word vectors, closeness of meaning where no
//! word is shared. They enter the verdict of the label [`LABEL`] as named numbers, one coefficient each;
//! an explanation names them. Methods: coverage and cosine as in Schabus et al. 2017 and Louis and
//! Higgins 2010, the reply's tie to its parent after Wang et al. 2012, soft alignment of words after
//! Kusner et al. 2015 in its relaxed form.
//!
//! Honesty before recall: without article and parent, with next to no content word, or with words that nobody
//! knows under an article whose words are known, nothing can be told, and [`Silence`] says so.

mod alignment;
mod cues;
mod matches;
mod names;
mod passage;
mod reference;
mod space;
pub mod vectors;

pub use matches::{ClosePair, FoundWord, Place, WordMatches};

use crate::comment::Comment;
use crate::text::{TextTables, TextView};
use alignment::Alignment;
use cues::Cues;
pub use names::MAX_COMMENTERS;
use names::Names;
pub(crate) use names::add_commenter;
pub(crate) use passage::content_words;
use passage::{Passage, share};
pub use reference::MAX_APPROVED;
use reference::{Reference, ReferenceCache};
pub use space::{MIN_BACKGROUND, Space};

/// The label that these features serve.
pub const LABEL: &str = "off_topic";

/// Names of the columns, in order; a model file carries them.
pub const RELATION_COLUMNS: [&str; 33] = [
    "no article",
    "words found in the article",
    "no word found in the article",
    "headline words taken up",
    "words shared with the headline",
    "spellings found in the article",
    "names and rare words shared",
    "closeness in meaning to the article",
    "closeness in meaning to the headline",
    "closeness in meaning to one sentence",
    "closeness of words to headline words",
    "closeness of headline words to words",
    "closeness of the closest words",
    "close pairs of words",
    "closeness beside other articles",
    "is a reply",
    "words shared with the parent",
    "closeness in meaning to the parent",
    "closeness of words to the parent's",
    "number of content words",
    "few content words",
    "words that point back",
    "talk about the site",
    "selling",
    "closeness in meaning, by length",
    "no approved comments known",
    "words found in approved comments",
    "closeness in meaning to approved comments",
    "closeness in meaning to one approved comment",
    "words shared with the thread's start",
    "closeness in meaning to the thread's start",
    "names a commenter",
    "talk about a commenter",
];

/// A quarrel between commenters is off topic; that they are named is half of what tells it.
const NAMES_A_COMMENTER: usize = 31;
/// The other half: a comment on the article names him for what he said, a quarrel goes on with what he is.
const TALKS_ABOUT_ONE: usize = 32;

/// Columns that say how close a comment is to what it stands under. Several of them measure nearly the same,
/// and a free fit would give some a positive coefficient, so that closeness reads as a reason for off topic.
pub(crate) const CLOSENESS: [usize; 22] = [
    1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 18, 24, 26, 27, 28, 29, 30,
];

/// Values in the order of [`RELATION_COLUMNS`].
pub type RelationRow = [f64; RELATION_COLUMNS.len()];

/// A comment with fewer content words says too little to be called off topic by itself. Chosen: with two,
/// one in nine short on-topic comments of `data/newsroom` was flagged.
const MIN_CONTENT_WORDS: usize = 3;
/// The same for a reply, which leans on its parent: "Not in my lifetime, sadly."
const MIN_REPLY_WORDS: usize = 6;
/// A comment of which fewer content words are known is in other words than its context: of the comments of
/// `data/newsroom` most in other languages have fewer, of English ones on Reddit and Wikipedia 3 and 4 in 1,000. Chosen.
const MIN_KNOWN: f32 = 0.5;

/// Why nothing can be told about the topic of a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// Neither article nor parent is known, or neither has a content word.
    NoContext,
    /// Next to no content word, and no link, talk about the site or selling.
    TooShort,
    /// Most content words stand neither in the context nor among the word vectors, which know those of the context.
    OtherWords,
}

impl Silence {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoContext => "no context",
            Self::TooShort => "too short to tell",
            Self::OtherWords => "unknown words",
        }
    }
}

/// What was found about one comment.
#[derive(Clone, Copy, Debug)]
pub struct Relation {
    /// The named numbers.
    pub row: RelationRow,
    /// Why they mean nothing, if they do.
    pub silence: Option<Silence>,
}

/// Reads relations; reused from comment to comment. Keeps the articles it met.
#[derive(Clone, Debug, Default)]
pub struct RelationReader {
    comment: Passage,
    parent: Reference,
    thread: Reference,
    parent_author: Names,
    other: TextView,
    articles: ReferenceCache,
}

impl RelationReader {
    /// Measures a comment against its context; `view` is the comment's.
    ///
    /// # Complexity  O(bytes of comment and parent + words x headline words); of an article only when
    /// it is met for the first time
    pub fn read(
        &mut self,
        comment: &Comment,
        view: &TextView,
        tables: &TextTables,
        space: &Space,
    ) -> Relation {
        if comment.article.is_none() && comment.parent.is_none() {
            return Relation {
                row: [0.0; RELATION_COLUMNS.len()],
                silence: Some(Silence::NoContext),
            };
        }
        let Self {
            comment: passage,
            parent,
            thread,
            parent_author,
            other,
            articles,
        } = self;
        passage.read(view, &space.vectors, true);
        let under = comment
            .article
            .map(|article| articles.get(article, other, tables, &space.vectors));
        let article = under.clone().filter(|article| !article.is_empty());
        let cues = Cues::count(view);
        let mut row = [0.0; RELATION_COLUMNS.len()];
        let n_words = passage.words.len();
        row[19] = (n_words as f64).ln_1p();
        row[20] = 1.0 / (1.0 + n_words as f64);
        row[21] = cues.pointing;
        row[22] = cues.n_site.ln_1p();
        row[23] = cues.n_selling.ln_1p();
        if let Some(text) = comment.thread {
            other.parse(text, tables);
            thread.of_comment(other, &space.vectors, false);
            row[29] = f64::from(passage.coverage(&thread.head.stems));
            row[30] = f64::from(passage.mean.cosine(&thread.mean));
        }
        if let Some(text) = comment.parent {
            row[15] = 1.0;
            other.parse(text, tables);
            parent.of_comment(other, &space.vectors, article.is_none());
            row[16] = f64::from(passage.coverage(&parent.head.stems));
            row[17] = f64::from(passage.mean.cosine(&parent.mean));
            row[18] = f64::from(Alignment::of(passage, &parent.head).forth);
        }
        let has_parent = comment.parent.is_some() && !parent.is_empty();
        row[0] = f64::from(u8::from(article.is_none()));
        parent_author.read(comment.parent_author);
        let named = names::named(comment, parent_author, under.as_deref());
        let named: Vec<_> = named.collect();
        row[NAMES_A_COMMENTER] = f64::from(u8::from(!named.is_empty()));
        if named.iter().any(|mention| mention.is_spoken_of) {
            row[TALKS_ABOUT_ONE] = names::share_about(comment.text, &named);
        }
        let discussion = article.as_ref().and_then(|it| it.discussion.as_ref());
        row[25] = f64::from(u8::from(discussion.is_none()));
        if let Some(discussion) = discussion {
            row[26] = f64::from(passage.coverage(&discussion.stems));
            row[27] = f64::from(passage.mean.cosine(&discussion.mean));
            let each = discussion.comments.iter();
            let closest = each.map(|comment| passage.mean.cosine(comment));
            row[28] = f64::from(closest.fold(0.0, f32::max));
        }
        match &article {
            Some(article) => against(passage, article, space, &mut row),
            None if has_parent => against(passage, parent, space, &mut row),
            None => {}
        }
        // "Best comment here" is no complaint about the site; two such words are.
        let (least, least_site) = match comment.parent {
            Some(_) => (MIN_REPLY_WORDS, 2.0),
            None => (MIN_CONTENT_WORDS, 1.0),
        };
        let has_cue = cues.n_selling + cues.n_links > 0.0 || cues.n_site >= least_site;
        let silence = if article.is_none() && !has_parent {
            Some(Silence::NoContext)
        } else if has_cue {
            None
        } else if n_words < least {
            Some(Silence::TooShort)
        } else if is_in_other_words(
            passage,
            &[
                article.as_deref(),
                has_parent.then_some(parent),
                comment.thread.map(|_| &*thread),
            ],
        ) {
            Some(Silence::OtherWords)
        } else {
            None
        };
        Relation { row, silence }
    }
}

/// Whether a comment's words are neither known nor found in its context, although the context's are known. Of another
/// language than both article and vectors no word is shared, which says nothing about the topic; and where the
/// vectors do not know the language of the site either, shared words are all there is to go by.
fn is_in_other_words(passage: &Passage, contexts: &[Option<&Reference>]) -> bool {
    let contexts = || contexts.iter().flatten();
    let known = passage.known(|stem| contexts().any(|context| context.has(stem)));
    known < MIN_KNOWN && contexts().any(|context| context.head.known(|_| false) >= MIN_KNOWN)
}

/// Without an article the parent stands for it: what matters is the text that a comment stands under.
fn against(passage: &Passage, article: &Reference, space: &Space, row: &mut RelationRow) {
    let coverage = passage.coverage(&article.stems);
    row[1] = f64::from(coverage);
    row[2] = f64::from(u8::from(!passage.words.is_empty() && coverage == 0.0));
    row[3] = f64::from(article.head.coverage(&passage.stems));
    row[4] = f64::from(lexical_cosine(passage, &article.head));
    let found = passage
        .grams
        .iter()
        .filter(|gram| article.grams.contains(gram));
    row[5] = f64::from(share(found.count() as f32, passage.grams.len() as f32));
    let telling = passage.words.iter().filter(|word| word.is_telling);
    let n_shared = telling
        .filter(|word| article.stems.contains(&word.stem))
        .count();
    row[6] = (n_shared as f64).ln_1p();
    row[7] = f64::from(passage.mean.cosine(&article.mean));
    let headline = passage.mean.cosine(&article.head.mean);
    row[8] = f64::from(headline);
    let sentences = article.sentences.iter();
    let best = sentences
        .map(|sentence| passage.mean.cosine(sentence))
        .fold(headline, f32::max);
    row[9] = f64::from(best);
    let alignment = Alignment::of(passage, &article.head);
    row[10] = f64::from(alignment.forth);
    row[11] = f64::from(alignment.back);
    row[12] = f64::from(alignment.closest);
    row[13] = f64::from(alignment.close_pairs);
    row[14] = f64::from(space.contrast(&passage.mean, headline));
    row[24] = f64::from(headline) * row[19];
}

/// Cosine of two bags of stems, weighted; each stem counts once, by its first word.
fn lexical_cosine(a: &Passage, b: &Passage) -> f32 {
    let squares = |passage: &Passage| -> f32 {
        let first = passage.words.iter().filter(|word| word.is_first);
        first.map(|word| word.weight.powi(2)).sum()
    };
    let mut shared = 0.0;
    for word in a.words.iter().filter(|word| word.is_first) {
        if b.stems.contains(&word.stem) {
            let other = b.words.iter().find(|other| other.stem == word.stem);
            shared += other.map_or(0.0, |other| word.weight * other.weight);
        }
    }
    share(shared, (squares(a) * squares(b)).sqrt())
}

#[cfg(test)]
mod tests;
