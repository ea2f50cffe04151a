//! What is foreign, and what makes pairs.

use std::sync::Arc;

use super::*;
use crate::relation::LABEL;
use crate::train::TrainRow;

const TOPICS: [&str; 6] = [
    "harbour", "council", "football", "hospital", "railway", "library",
];

/// An article on a topic; odd ones are sports.
fn article(i: usize) -> Article {
    let topic = TOPICS[i % TOPICS.len()];
    Article {
        id: format!("a{i}"),
        title: format!("{topic} story{i} makes headlines"),
        lead: format!("What the {topic} means for residents."),
        body: format!("Some {topic} people said this or that about {topic} plans on day{i}."),
        section: ["politics", "sports"][i % 2].to_owned(),
        ..Article::default()
    }
}

/// Twelve articles of one group each, and five comments on each; every third is a reply.
fn newsroom() -> (TrainingSet, Vec<u32>) {
    let row = |i: usize| TrainRow {
        text: format!(
            "The {} thing in place{} again, thing{i}, every neighbour says so near market square",
            TOPICS[i / 5 % 6],
            i / 5
        ),
        article_idx: Some(i / 5),
        parent: i
            .is_multiple_of(3)
            .then(|| format!("Somebody{i} spoke about parents{i}")),
        shares: vec![None],
        source: (i % 2) as u16,
        ..TrainRow::default()
    };
    let set = TrainingSet {
        labels: vec![LABEL.to_owned()],
        rows: (0..60).map(row).collect(),
        articles: (0..12).map(article).collect(),
        ..TrainingSet::default()
    };
    let groups = (0..60).map(|i| i / 5).collect();
    (set, groups)
}

fn all(set: &TrainingSet) -> Vec<usize> {
    (0..set.rows.len()).collect()
}

fn paired(set: &TrainingSet, groups: &[u32], seed: u64) -> Vec<PairRow> {
    let tables = TextTables::shipped();
    let space = Space::new(Arc::default(), &set.articles, &tables);
    pairs(set, 0, groups, &all(set), &tables, &space, seed)
}

/// Every foreign context that some seeds pick, with the row of the comment.
fn foreign<'a>(
    set: &'a TrainingSet,
    groups: &'a [u32],
    donor: Donor,
) -> impl Iterator<Item = (usize, Comment<'a>)> {
    (0..20).flat_map(move |seed| {
        let donors = Donors::new(set, groups, &all(set), seed);
        let found: Vec<_> = (0..set.rows.len())
            .filter_map(|row| Some((row, donors.mispair(row, donor)?)))
            .collect();
        found
    })
}

#[test]
fn foreign_is_of_another_group_and_of_the_same_kind() {
    let (set, groups) = newsroom();
    for donor in [Donor::Any, Donor::SameSection] {
        let mut n = 0;
        for (row, comment) in foreign(&set, &groups, donor) {
            let own = set.comment(row);
            assert_eq!((comment.text, comment.author), (own.text, own.author));
            assert_ne!(comment.article, own.article);
            assert_eq!(comment.article.is_some(), own.article.is_some());
            // Else a reply would be told by what it is, not by what it has to do with its context.
            assert_eq!(comment.parent.is_some(), own.parent.is_some());
            assert!(own.parent.is_none() || comment.parent != own.parent);
            n += 1;
        }
        assert_eq!(n, 20 * 60, "{donor:?}");
    }
}

#[test]
fn foreign_of_the_same_section_is_of_the_same_section() {
    let (set, groups) = newsroom();
    let section = |comment: &Comment| comment.article.map(|article| article.section.clone());
    for (row, comment) in foreign(&set, &groups, Donor::SameSection) {
        assert_eq!(section(&comment), section(&set.comment(row)));
    }
    let crosses = foreign(&set, &groups, Donor::Any)
        .any(|(row, comment)| section(&comment) != section(&set.comment(row)));
    assert!(crosses);
}

#[test]
fn without_a_section_there_is_no_other_article_of_it() {
    let (mut set, groups) = newsroom();
    for article in &mut set.articles {
        article.section.clear();
    }
    assert_eq!(foreign(&set, &groups, Donor::SameSection).count(), 0);
    assert_eq!(foreign(&set, &groups, Donor::Any).count(), 20 * 60);
}

/// The same article under another identifier and in another group: by title, by body.
#[test]
fn a_double_of_the_own_article_is_not_foreign() {
    for by_title in [true, false] {
        let (mut set, groups) = newsroom();
        let doubles: Vec<Article> = set.articles[..6].to_vec();
        for (i, double) in doubles.into_iter().enumerate() {
            let other = &mut set.articles[6 + i];
            if by_title {
                other.title = double.title;
            } else {
                other.body = double.body;
            }
        }
        for donor in [Donor::Any, Donor::SameSection] {
            for (row, comment) in foreign(&set, &groups, donor) {
                let (own, found) = (set.comment(row).article.unwrap(), comment.article.unwrap());
                assert_ne!(own.title, found.title);
                assert_ne!(own.body, found.body);
            }
        }
    }
}

#[test]
fn the_own_parent_and_the_comment_itself_are_not_foreign() {
    let (mut set, groups) = newsroom();
    // No articles; each comment answers one of four, or another comment.
    for i in 0..60 {
        set.rows[i].article_idx = None;
        set.rows[i].parent = Some(match i % 2 {
            0 => format!("Somebody spoke about parents{}", i % 8),
            _ => set.rows[(i + 7) % 60].text.clone(),
        });
    }
    let mut n = 0;
    for (row, comment) in foreign(&set, &groups, Donor::Any) {
        let own = set.comment(row);
        assert!(comment.article.is_none());
        assert_ne!(comment.parent, own.parent);
        assert_ne!(comment.parent, Some(own.text));
        n += 1;
    }
    assert_eq!(n, 20 * 60);
    // One parent under two articles is still the own parent.
    let (mut set, groups) = newsroom();
    for row in &mut set.rows {
        row.parent = Some("One and the same parent".to_owned());
    }
    assert_eq!(foreign(&set, &groups, Donor::Any).count(), 0);
}

#[test]
fn without_a_foreign_context_there_is_no_pair() {
    let (set, _) = newsroom();
    assert!(paired(&set, &[0; 60], 0).is_empty(), "one group");
    let (mut set, groups) = newsroom();
    for row in &mut set.rows {
        row.article_idx = Some(0);
        row.parent = None;
    }
    assert!(paired(&set, &groups, 0).is_empty(), "one article");
    for row in &mut set.rows {
        row.article_idx = None;
    }
    assert!(paired(&set, &groups, 0).is_empty(), "no context");
    assert!(
        paired(
            &TrainingSet {
                rows: Vec::new(),
                ..set
            },
            &[],
            0
        )
        .is_empty()
    );
}

#[test]
fn rows_outside_find_no_donor_where_there_is_none() {
    let (set, groups) = newsroom();
    let donors = Donors::new(&set, &groups, &[], 0);
    for donor in [Donor::Any, Donor::SameSection] {
        assert!((0..60).all(|row| donors.mispair(row, donor).is_none()));
    }
}

#[test]
fn every_comment_has_its_own_context_and_foreign_ones() {
    let (set, groups) = newsroom();
    let found = paired(&set, &groups, 0);
    for row in 0..60 {
        let shares: Vec<f32> = (found.iter())
            .filter(|pair| pair.row == row)
            .map(|pair| pair.share)
            .collect();
        assert_eq!(shares, [0.0, 1.0, 1.0], "{row}");
    }
    // Rows of one file and one depth share an intercept.
    assert!(
        found
            .iter()
            .all(|pair| pair.source / 3 == set.rows[pair.row].source)
    );
    let depths: std::collections::HashSet<u16> = found.iter().map(|pair| pair.source % 3).collect();
    assert_eq!(depths.len(), 3);
    // The own context is the one that shares words; there are two foreign ones to each.
    let words_found = |share: f32| -> f64 {
        let of = found.iter().filter(|pair| pair.share == share);
        of.map(|pair| pair.relation[1]).sum()
    };
    assert!(words_found(0.0) > words_found(1.0));
}

#[test]
fn a_context_without_words_makes_no_one_sided_pair() {
    let (mut set, groups) = newsroom();
    for article in &mut set.articles[..6] {
        for text in [&mut article.title, &mut article.lead, &mut article.body] {
            "It is so.".clone_into(text);
        }
    }
    for row in &mut set.rows {
        row.parent = None;
    }
    let found = paired(&set, &groups, 0);
    assert!(!found.is_empty());
    for pair in &found {
        let of_row = || found.iter().filter(|other| other.row == pair.row);
        assert!(of_row().any(|pair| pair.share == 0.0));
        assert!(of_row().any(|pair| pair.share == 1.0));
        assert!(pair.row >= 30);
    }
}

#[test]
fn nobody_is_known_by_name() {
    let (mut set, groups) = newsroom();
    for row in &mut set.rows {
        row.text = row.text.replace("neighbour", "Neighbour");
    }
    let relations = |set: &TrainingSet| -> Vec<RelationRow> {
        let pairs = paired(set, &groups, 0);
        pairs.iter().map(|pair| pair.relation).collect()
    };
    let nameless = relations(&set);
    for row in &mut set.rows {
        row.parent_author = Some("The Neighbour".to_owned());
    }
    for article in &mut set.articles {
        article.commenters = vec!["The Neighbour".to_owned()];
    }
    assert_eq!(relations(&set), nameless);
}

#[test]
fn order_of_the_rows_does_not_matter() {
    let (set, groups) = newsroom();
    let mut reversed = set.clone();
    reversed.rows.reverse();
    let mut reversed_groups = groups.clone();
    reversed_groups.reverse();
    for seed in 0..3 {
        let read = |set: &TrainingSet, groups: &[u32]| -> Vec<_> {
            let pair = |pair: PairRow| {
                let text = set.rows[pair.row].text.clone();
                (
                    text,
                    pair.source,
                    pair.share,
                    pair.relation.map(f64::to_bits),
                )
            };
            paired(set, groups, seed).into_iter().map(pair).collect()
        };
        assert_eq!(read(&set, &groups), read(&reversed, &reversed_groups));
    }
}

#[test]
fn comments_labelled_off_topic_are_left_out() {
    let (mut set, groups) = newsroom();
    for (i, row) in set.rows.iter_mut().enumerate() {
        row.shares[0] = [None, Some(0.0), Some(0.4), Some(0.5), Some(1.0)][i % 5];
    }
    let found = paired(&set, &groups, 0);
    for row in 0..60 {
        let is_found = found.iter().any(|pair| pair.row == row);
        assert_eq!(is_found, row % 5 < 3, "{row}");
    }
}

#[test]
fn seeds_pick_other_contexts() {
    let (set, groups) = newsroom();
    let read = |seed| -> Vec<u64> {
        let found = paired(&set, &groups, seed);
        found
            .iter()
            .map(|pair| pair.relation[5].to_bits())
            .collect()
    };
    assert_eq!(read(1), read(1));
    assert_ne!(read(1), read(2));
}
