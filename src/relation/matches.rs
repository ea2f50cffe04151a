//! Which words of a comment its article or parent has, and which are foreign to them: for people to read.
//!
//! The words illustrate the similarities that enter the verdict; they are no part of the split of the logit.
//! They are looked for only when a comment is explained: the reader keeps hashes and directions, no words,
//! so the headline is read once more here.

use rustc_hash::FxHashSet;

use super::passage::{MAX_WORDS, Word};
use super::reference::Reference;
use super::vectors::{Direction, WordDirection, WordVectors};
use super::{RelationReader, Space, names};
use crate::comment::{Comment, Span};
use crate::text::{TextTables, TextView, Token, TokenKind};

/// Words named of each kind: what a person takes in at a glance.
const MAX_NAMED: usize = 5;
/// Cosine from which a word is not foreign for the eye, and may be told as one of a pair. Chosen: at the 0.4
/// from which a pair counts, many puzzle a reader; they convince as a sum only.
const CLOSE_TO_THE_EYE: f32 = 0.5;
/// Least cosine times the geometric mean of the weights, for a pair to be told: keeps `pier` ~ `boat`,
/// leaves out `two` ~ `six` and `put` ~ `half`.
const MIN_PAIR: f32 = 0.4;
/// Least strangeness of a foreign word: a quarter of a name's. Below stand words of all subjects: `let`, `years`.
const MIN_STRANGENESS: f32 = 0.35;

/// What a comment stands under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The article.
    Article,
    /// The comment it answers.
    Parent,
}

impl Place {
    /// The word written to files and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Article => "article",
            Self::Parent => "parent",
        }
    }
}

/// A word that the context has, too, by its stem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundWord {
    /// Bytes of the raw comment, where the word first stands.
    pub span: Span,
    /// Who has it; the article if both have.
    pub place: Place,
}

/// A word that the context has not, with the word that means nearly the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosePair {
    /// Bytes of the raw comment, where the word first stands.
    pub span: Span,
    /// A word of the headline, the lead or the parent, as it is written there: not escaped.
    pub word: String,
    /// Where that stands.
    pub place: Place,
}

/// Content words of a comment beside its context; at most five of a kind, the most telling first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WordMatches {
    /// What there is to compare with.
    pub context: Vec<Place>,
    /// Names of other commenters.
    pub commenters: Vec<Span>,
    /// Neither found nor close.
    pub foreign: Vec<Span>,
    /// Found, by stem.
    pub found: Vec<FoundWord>,
    /// Not found, but close in meaning.
    pub close: Vec<ClosePair>,
}

impl RelationReader {
    /// Looks a comment's words up in its context; `None` where there is no context or no content word.
    /// `view` is the comment's, aligned.
    ///
    /// # Complexity  as [`Self::read`], with an allocation per word
    pub fn matches(
        &mut self,
        comment: &Comment,
        view: &TextView,
        tables: &TextTables,
        space: &Space,
    ) -> Option<WordMatches> {
        let vectors = &*space.vectors;
        let words = content_words(view, vectors);
        let other = &mut self.other;
        self.parent_author.read(comment.parent_author);
        let (mut contexts, mut under) = (Vec::new(), None);
        if let Some(article) = comment.article {
            let reference = self.articles.get(article, other, tables, vectors);
            let mut head = head_words(&[&article.title, &article.lead], other, tables, vectors);
            if head.is_empty() {
                head = head_words(&[&article.body], other, tables, vectors);
            }
            contexts.push(Context::new(Place::Article, &reference, head));
            under = Some(reference);
        }
        if let Some(parent) = comment.parent {
            let head = head_words(&[parent], other, tables, vectors);
            self.parent.of_comment(other, vectors, true);
            contexts.push(Context::new(Place::Parent, &self.parent, head));
        }
        contexts.retain(|context| !context.stems.is_empty());
        if contexts.is_empty() || words.is_empty() {
            return None;
        }
        let commenters =
            names::named(comment, &self.parent_author, under.as_deref()).map(|it| Span {
                start: it.span.start,
                end: it.span.end,
            });
        let mut seen = FxHashSet::default();
        let is_new = |span: &Span| seen.insert(comment.text[span.range()].to_lowercase());
        let commenters = commenters.filter(is_new).take(MAX_NAMED).collect();
        Some(sort_out(words, view, &contexts, commenters))
    }
}

/// A content word and its token.
struct Placed {
    word: Word,
    token: Token,
}

/// The content words that a [`super::passage::Passage`] reads, one of each stem.
fn content_words(view: &TextView, vectors: &WordVectors) -> Vec<Placed> {
    let (mut seen, mut stems) = (FxHashSet::default(), FxHashSet::default());
    let words = view.tokens.iter().filter_map(|&token| {
        let text = token.text(&view.normalized);
        let word = (token.kind == TokenKind::Word && seen.insert(text))
            .then(|| Word::read(text, token.class, vectors))??;
        Some(Placed { word, token })
    });
    let mut words: Vec<Placed> = words.take(MAX_WORDS).collect();
    words.retain(|placed| stems.insert(placed.word.stem));
    words
}

/// A word that points somewhere.
struct HeadWord {
    direction: WordDirection,
    weight: f32,
    written: String,
}

/// Words of a headline, lead or parent that point somewhere.
fn head_words(
    texts: &[&str],
    view: &mut TextView,
    tables: &TextTables,
    vectors: &WordVectors,
) -> Vec<HeadWord> {
    let mut head = Vec::new();
    for raw in texts {
        view.parse_aligned(raw, tables);
        let words = content_words(view, vectors);
        head.extend(words.into_iter().filter_map(|Placed { word, token }| {
            let written = raw.get(view.raw_span(token.start, token.end).range())?;
            Some(HeadWord {
                direction: word.direction?,
                weight: word.weight,
                written: written.to_owned(),
            })
        }));
    }
    head.truncate(MAX_WORDS);
    head
}

/// A side to compare with.
struct Context {
    place: Place,
    stems: FxHashSet<u64>,
    mean: Direction,
    head: Vec<HeadWord>,
}

impl Context {
    fn new(place: Place, reference: &Reference, head: Vec<HeadWord>) -> Self {
        Self {
            place,
            stems: reference.stems.clone(),
            mean: reference.mean,
            head,
        }
    }
}

fn sort_out(
    words: Vec<Placed>,
    view: &TextView,
    contexts: &[Context],
    commenters: Vec<Span>,
) -> WordMatches {
    let (mut foreign, mut found, mut close) = (Vec::new(), Vec::new(), Vec::new());
    for Placed { word, token } in words {
        let span = view.raw_span(token.start, token.end);
        let has = |context: &&Context| context.stems.contains(&word.stem);
        let is_in = |it: &Span| it.start <= span.start && span.end <= it.end;
        if commenters.iter().any(is_in) {
            continue;
        }
        if let Some(context) = contexts.iter().find(has) {
            let place = context.place;
            found.push((word.weight, FoundWord { span, place }));
        } else if let Some((closeness, pair)) = closest(&word, span, contexts) {
            close.push((closeness, pair));
        } else {
            foreign.push((strangeness(&word, contexts), span));
        }
    }
    close.retain(|(closeness, _)| *closeness >= MIN_PAIR);
    foreign.retain(|(strangeness, _)| *strangeness >= MIN_STRANGENESS);
    WordMatches {
        context: contexts.iter().map(|context| context.place).collect(),
        commenters,
        foreign: strongest(foreign),
        found: strongest(found),
        close: strongest(close),
    }
}

/// The word of a context that means nearly the same, by cosine; with how much the pair tells.
fn closest(word: &Word, span: Span, contexts: &[Context]) -> Option<(f32, ClosePair)> {
    let direction = word.direction.as_ref()?;
    let heads = contexts.iter().flat_map(|context| {
        let head = context.head.iter();
        head.map(move |other| (direction.cosine(&other.direction), other, context.place))
    });
    let (cosine, other, place) = heads.max_by(|a, b| a.0.total_cmp(&b.0))?;
    let pair = ClosePair {
        span,
        word: other.written.clone(),
        place,
    };
    let closeness = cosine * (word.weight * other.weight).sqrt();
    (cosine >= CLOSE_TO_THE_EYE).then_some((closeness, pair))
}

/// A rare word that points elsewhere is stranger than a common one that stands near the subject.
fn strangeness(word: &Word, contexts: &[Context]) -> f32 {
    let nearness = word.direction.map_or(0.0, |direction| {
        let direction = direction.unit();
        let cosines = contexts
            .iter()
            .map(|context| direction.cosine(&context.mean));
        cosines.fold(0.0, f32::max)
    });
    word.weight * (1.0 - nearness)
}

/// By weight, words that weigh the same in the order of the text.
fn strongest<T>(mut weighed: Vec<(f32, T)>) -> Vec<T> {
    weighed.sort_by(|a, b| b.0.total_cmp(&a.0));
    weighed.truncate(MAX_NAMED);
    weighed.into_iter().map(|(_, item)| item).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::super::vectors::tests::vectors;
    use super::*;
    use crate::comment::Article;

    /// `ferry` and `boat` are near each other, `tax` points elsewhere.
    fn space() -> Space {
        let words = [
            ("ferry", [10, 0], 1.2),
            ("boat", [8, 6], 1.0),
            ("tax", [0, -10], 1.1),
            ("years", [0, -10], 0.2),
        ];
        Space::new(Arc::new(vectors(&words)), &[], &TextTables::shipped())
    }

    fn article(title: &str, body: &str) -> Article {
        Article {
            title: title.to_owned(),
            body: body.to_owned(),
            ..Article::default()
        }
    }

    fn matches(text: &str, article: Option<&Article>, parent: Option<&str>) -> Option<WordMatches> {
        let (tables, space) = (TextTables::shipped(), space());
        let mut view = TextView::default();
        view.parse_aligned(text, &tables);
        let comment = Comment {
            article,
            parent,
            ..Comment::from_text(text)
        };
        RelationReader::default().matches(&comment, &view, &tables, &space)
    }

    /// As `foreign | found | close`.
    fn brief(text: &str, found: &WordMatches) -> String {
        let join = |words: Vec<String>| words.join(" ");
        let foreign = found
            .foreign
            .iter()
            .map(|span| text[span.range()].to_owned());
        let shared = found.found.iter();
        let shared =
            shared.map(|word| format!("{}@{}", &text[word.span.range()], word.place.as_str()));
        let close = found.close.iter();
        let close = close.map(|pair| format!("{}~{}", &text[pair.span.range()], pair.word));
        let parts = [foreign.collect(), shared.collect(), close.collect()].map(join);
        parts.join(" | ")
    }

    #[test]
    fn words_are_found_foreign_or_close() {
        let story = article("The <b>Ferry</b> stays", "The harbour was repaired.");
        for (text, parent, expected) in [
            (
                "A boat in the harbour",
                None,
                " | harbour@article | boat~Ferry",
            ),
            (
                "You'll be the TAX &amp; währung, won't it",
                None,
                "währung TAX |  | ",
            ),
            ("Harbours, harbour!", None, " | Harbours@article | "),
            (
                "Tax the harbour",
                Some("tax me"),
                " | harbour@article Tax@parent | ",
            ),
            ("years of tax", None, "tax |  | "),
        ] {
            let found = matches(text, Some(&story), parent).unwrap();
            assert_eq!(brief(text, &found), expected, "{text}");
        }
        let found = matches("a boat", None, Some("a FERRY")).unwrap();
        assert_eq!(found.context, [Place::Parent]);
        assert_eq!(brief("a boat", &found), " |  | boat~FERRY");
    }

    #[test]
    fn at_most_five_of_a_kind() {
        let text = "alpha beta gamma delta epsilon zeta eta";
        let found = matches(text, Some(&article("Ferry", "")), None).unwrap();
        assert_eq!(brief(text, &found), "alpha beta gamma delta epsilon |  | ");
    }

    #[test]
    fn without_words_there_is_nothing_to_tell() {
        let story = article("Ferry", "");
        assert_eq!(matches("so it is", Some(&story), None), None);
        assert_eq!(matches("a boat", None, None), None);
        assert_eq!(
            matches("a boat", Some(&article("", "")), Some("so it is")),
            None
        );
    }

    proptest! {
        #[test]
        fn spans_slice_any_text(
            text in "(<b>|&amp;|boat|tax|é|\u{202e}|\u{1b}|[ \n'1a漢])*",
            title in "(<i>|ferry|tax|ß|\u{200b}|[ a漢])*",
            parent in proptest::option::of("(tax|é| )*"),
        ) {
            let story = article(&title, "");
            if let Some(found) = matches(&text, Some(&story), parent.as_deref()) {
                prop_assert!(!found.context.is_empty());
                let _ = brief(&text, &found);
            }
        }
    }
}
