use super::*;
use arrow::array::{Array, AsArray as _, LargeStringArray, StringArray, StringViewArray};
use arrow::datatypes::Float64Type;
use ombuds::comment::{Article, Decision};
use ombuds::data::{ArticleStore, InputOptions};
use ombuds::phrases::PhraseSet;

const TEXTS: [Option<&str>; 6] = [
    Some("You stupid 1d10t"),
    Some("The council voted on the new budget for the library last night."),
    None,
    Some(""),
    Some("Ты дурак, чинуша"),
    Some("Buy cheap crypto wallets at www.example.com right now, friends"),
];
const ARTICLE: &str = "Council votes on budget\nThe library keeps its money.";

fn kernel() -> Kernel {
    let model = Model::embedded();
    let rules = HouseRules::new(&model, &[], PhraseSet::default()).unwrap();
    Kernel::new(Arc::new(model), Arc::new(rules))
}

fn bits(array: &Float64Array) -> Vec<Option<u64>> {
    array.iter().map(|score| score.map(f64::to_bits)).collect()
}

/// The articles of a file.
fn articles(csv: &str) -> ArticleStore {
    let file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    std::fs::write(file.path(), csv).unwrap();
    ArticleStore::load(file.path(), &InputOptions::default()).unwrap()
}

/// What the library says of a label of [`TEXTS`].
fn expected(kernel: &Kernel, article: Option<&Article>, label_idx: usize) -> Vec<Option<u64>> {
    let mut scorer = kernel.model().scorer();
    let mut score = |text: &str| {
        let comment = Comment {
            article,
            ..Comment::from_text(text)
        };
        let score = scorer
            .score(&comment)
            .probabilities()
            .nth(label_idx)
            .unwrap();
        (!score.is_nan()).then(|| score.to_bits())
    };
    TEXTS.iter().map(|text| text.and_then(&mut score)).collect()
}

#[test]
fn scores_are_the_librarys_bits_in_every_layout() {
    let kernel = kernel();
    let layouts: [ArrayRef; 3] = [
        Arc::new(StringArray::from_iter(TEXTS)),
        Arc::new(LargeStringArray::from_iter(TEXTS)),
        Arc::new(StringViewArray::from_iter(TEXTS)),
    ];
    for array in layouts {
        let arrays = [array];
        let comments = CommentColumns::of(&arrays).unwrap();
        let all = kernel.score(&comments);
        assert!(all.is_null(2) && all.is_valid(3));
        for label_idx in 0..kernel.model().heads().len() {
            let expected = expected(&kernel, None, label_idx);
            assert_eq!(bits(&kernel.label(&comments, label_idx)), expected);
            let column = all.column(label_idx).as_primitive::<Float64Type>();
            assert_eq!(bits(column), expected);
        }
    }
}

#[test]
fn commenters_of_an_article_are_its_context() {
    let kernel = kernel();
    let label_idx = kernel.model().relation_idx().unwrap();
    let csv = "article_id,title,commenters\na1,Council votes on budget,\na2,Council votes on budget,\"Ann\nJack\"\n";
    let store = articles(csv);
    let said = "I see that Jack never reads a single word before writing";
    let text: ArrayRef = Arc::new(StringArray::from(vec![said; 3]));
    let ids = StringArray::from(vec!["a1", "a2", "a1"]);
    let arrays = [
        text,
        Arc::new(articles_by_id(&TextColumn::Short(&ids), &store)),
    ];
    let comments = CommentColumns::of(&arrays).unwrap();
    let found = bits(&kernel.label(&comments, label_idx));
    let mut scorer = kernel.model().scorer();
    let expected = ["a1", "a2", "a1"].map(|id| {
        let comment = Comment {
            article: Some(store.get(id).unwrap()),
            ..Comment::from_text(said)
        };
        let score = scorer.score(&comment).probabilities().nth(label_idx);
        score.map(f64::to_bits)
    });
    assert_eq!(found, expected);
    assert_ne!(found[0], found[1]);
}

#[test]
fn who_wrote_the_parent_is_context() {
    let kernel = kernel();
    let label_idx = kernel.model().relation_idx().unwrap();
    let (said, parent) = (
        "I see that Jack never reads a single word before writing",
        "The council votes on the budget of the library tonight",
    );
    let column = |text: Option<&str>| -> ArrayRef { Arc::new(StringArray::from(vec![text; 2])) };
    let arrays = [
        column(Some(said)),
        column(None),
        column(Some(parent)),
        column(None),
        Arc::new(StringArray::from(vec![None, Some(" Jack ")])),
    ];
    let comments = CommentColumns::of(&arrays).unwrap();
    let found = bits(&kernel.label(&comments, label_idx));
    let mut scorer = kernel.model().scorer();
    let expected = [None, Some("Jack")].map(|parent_author| {
        let comment = Comment {
            parent: Some(parent),
            parent_author,
            ..Comment::from_text(said)
        };
        let score = scorer.score(&comment).probabilities().nth(label_idx);
        score.map(f64::to_bits)
    });
    assert_eq!(found, expected);
    assert_ne!(found[0], found[1]);
}

#[test]
fn articles_as_text_by_parts_and_by_identifier_are_the_same() {
    let kernel = kernel();
    let label_idx = kernel.model().relation_idx().unwrap();
    let csv = "article_id,title,body\na1,Council votes on budget,The library keeps its money.\n";
    let store = articles(csv);
    let text: ArrayRef = Arc::new(StringArray::from_iter(TEXTS));
    let ids = StringArray::from(vec![" a1 "; TEXTS.len()]);
    let by_id = articles_by_id(&TextColumn::Short(&ids), &store);
    let articles: [ArrayRef; 2] = [
        Arc::new(StringArray::from(vec![ARTICLE; TEXTS.len()])),
        Arc::new(by_id),
    ];
    let expected = expected(&kernel, Some(&Article::from_text(ARTICLE)), label_idx);
    assert!(expected[1].is_some(), "off topic can be told");
    for article in articles {
        let arrays = [Arc::clone(&text), article];
        let comments = CommentColumns::of(&arrays).unwrap();
        assert_eq!(bits(&kernel.label(&comments, label_idx)), expected);
    }
}

#[test]
fn off_topic_without_context_and_unknown_articles_are_null() {
    let kernel = kernel();
    let label_idx = kernel.model().relation_idx().unwrap();
    let ids = StringArray::from(vec![Some("none"), None]);
    let unknown = articles_by_id(&TextColumn::Short(&ids), &ArticleStore::default());
    assert_eq!(unknown.null_count(), 2);
    let text: ArrayRef = Arc::new(StringArray::from(vec![TEXTS[1]; 2]));
    let arrays = [text, Arc::new(unknown)];
    let comments = CommentColumns::of(&arrays).unwrap();
    assert_eq!(kernel.label(&comments, label_idx).null_count(), 2);
}

#[test]
fn moderation_is_the_moderators() {
    let kernel = kernel();
    let arrays: [ArrayRef; 1] = [Arc::new(StringArray::from_iter(TEXTS))];
    let comments = CommentColumns::of(&arrays).unwrap();
    let whole = kernel.moderate(&comments, true);
    let word = |name: &str, row: usize| {
        let column = whole.column_by_name(name).unwrap().as_string::<i32>();
        column.is_valid(row).then(|| column.value(row).to_owned())
    };
    let model = kernel.model();
    let rules = HouseRules::new(model, &[], PhraseSet::default()).unwrap();
    let mut moderator = Moderator::new(model, &rules);
    for (row, text) in TEXTS.iter().enumerate() {
        let Some(text) = text else {
            assert_eq!(word("error", row).as_deref(), Some("no text"));
            assert_eq!(word("decision", row), None);
            continue;
        };
        let comment = Comment::from_text(text);
        let moderation = moderator.moderate(&comment);
        let decision = moderation.ruling.decision.as_str();
        assert_eq!(word("decision", row).as_deref(), Some(decision));
        let told = ombuds::report::reasons::reasons(model, &rules, &comment, &moderation);
        assert_eq!(word("reasons", row), Some(told));
        assert_eq!(word("error", row), None);
    }
    assert_ne!(
        word("decision", 0).as_deref(),
        Some(Decision::Approve.as_str())
    );
    assert_eq!(
        kernel.decision(&comments).value(0),
        word("decision", 0).unwrap()
    );
    assert_eq!(
        kernel.reasons(&comments).value(0),
        word("reasons", 0).unwrap()
    );
}

#[test]
fn other_types_are_refused_by_name() {
    let arrays: [ArrayRef; 1] = [Arc::new(Float64Array::from(vec![1.0]))];
    let error = CommentColumns::of(&arrays).unwrap_err().to_string();
    assert_eq!(
        error,
        "the text must be a column of strings, but is Float64"
    );
}

#[test]
fn thresholds_are_part_of_the_decisions_name() {
    let kernel = kernel();
    let model = Arc::clone(&kernel.model);
    let label = model.labels().next().unwrap().to_owned();
    let rules = HouseRules::new(&model, &[(label, 0.9)], PhraseSet::default()).unwrap();
    let stricter = Kernel::new(Arc::clone(&model), Arc::new(rules));
    assert_ne!(kernel.rules_hash(), stricter.rules_hash());
    assert_eq!(kernel.rules_hash().len(), 24);
    assert!(kernel.rules_hash().starts_with(model.hash()));
}

#[test]
fn threads_keep_order_and_bits() {
    let many: Vec<Option<&str>> = TEXTS
        .iter()
        .cycle()
        .take(3 * ROWS_PER_PART + 7)
        .copied()
        .collect();
    let arrays: [ArrayRef; 1] = [Arc::new(StringArray::from_iter(many))];
    let moderate = |kernel: &Kernel| {
        let column = kernel.run(&arrays, |comments| {
            Arc::new(kernel.moderate(comments, true))
        });
        assert_eq!(kernel.n_rows(), arrays[0].len() as u64);
        column.unwrap()
    };
    let alone = moderate(&kernel());
    assert_eq!(
        alone.as_ref(),
        moderate(&kernel().with_threads(3).unwrap()).as_ref()
    );
}
