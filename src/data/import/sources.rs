//! The mapping tables, one a source.

use super::field::Field;
use super::field::Reading::{
    CompactDate, Escaped, Id, Joined, Majority, NotShare, NotVotes, Share, Text, TitleId, Votes,
    Words,
};
use super::{Rows, Source};

pub(super) const SOURCES: &[Source] = &[
    Source {
        name: "one-million-posts",
        about: "One Million Posts (DER STANDARD, German): a row per post and category",
        fields: &[
            Field::new("id", &["ID_Post"], Id).required(),
            Field::new("article_id", &["ID_Article"], Id),
            Field::new("parent_id", &["ID_Parent_Post"], Id),
            Field::new("text", &["Headline"], Joined)
                .with(&["Body"])
                .required(),
            Field::new("published", &["CreatedAt"], Text),
            Field::new("user_id", &["ID_User"], Id),
            Field::new("deleted", &["Status"], Words(&["deleted"], &["online"])),
        ],
        rows: Rows::Categories,
    },
    Source {
        name: "jigsaw",
        about: "Toxic Comment Classification (Kaggle 2018): train.csv, or test.csv and test_labels.csv",
        fields: &[
            Field::new("id", &["id"], Id),
            Field::new("text", &["comment_text", "text"], Text).required(),
            Field::new("toxicity", &["toxic"], Share),
            Field::new("severe_toxicity", &["severe_toxic"], Share),
            Field::new("profanity", &["obscene"], Share),
            Field::new("threat", &["threat"], Share),
            Field::new("insult", &["insult"], Share),
            Field::new("identity_attack", &["identity_hate"], Share),
        ],
        rows: Rows::Beside {
            key: &["id"],
            bare: &[],
        },
    },
    Source {
        name: "civil-comments",
        about: "Civil Comments, Jigsaw Unintended Bias (Kaggle 2019, 2020): train.csv, all_data.csv",
        fields: &[
            Field::new("id", &["id"], Id),
            Field::new("article_id", &["article_id"], Id),
            Field::new("parent_id", &["parent_id"], Id),
            Field::new("text", &["comment_text", "text"], Text).required(),
            Field::new("published", &["created_date"], Text),
            Field::new("publication_id", &["publication_id"], Id),
            Field::new("fold", &["split"], Text),
            // Kaggle 2020 gives them out again with `toxic`.
            Field::new("toxicity", &["target", "toxicity", "toxic"], Share).required(),
            Field::new("severe_toxicity", &["severe_toxicity"], Share),
            Field::new("profanity", &["obscene"], Share),
            Field::new("threat", &["threat"], Share),
            Field::new("insult", &["insult"], Share),
            Field::new("identity_attack", &["identity_attack"], Share),
            Field::new("sexually_explicit", &["sexual_explicit"], Share),
            Field::new("rejected", &["rating"], Words(&["rejected"], &["approved"])),
        ],
        rows: Rows::Alone,
    },
    Source {
        name: "toxic-spans",
        about: "Toxic Spans on Civil Comments: comments.csv, annotations.csv and spans.csv, or shares",
        fields: &[
            Field::new("id", &["comment_id"], Id).required(),
            Field::new("text", &["comment_text", "text"], Text).required(),
            Field::new("toxicity", &["not_toxic_share"], NotShare).required(),
            Field::new("insult", &["insult_share"], Share),
            Field::new("identity_attack", &["identity_based_attack_share"], Share),
            Field::new("profanity", &["profane_obscene_share"], Share),
            Field::new("threat", &["threat_share"], Share),
            Field::new("other_toxicity", &["other_toxicity_share"], Share),
            Field::new("n_raters", &["n_raters"], Text),
        ],
        rows: Rows::Raters,
    },
    Source {
        name: "impermium",
        about: "Detecting Insults in Social Commentary (Kaggle 2012): train.csv, test_with_solutions.csv",
        fields: &[
            Field::new("id", &["id"], Id),
            Field::new("text", &["Comment", "text"], Escaped).required(),
            Field::new("published", &["Date"], CompactDate),
            Field::new("fold", &["Usage"], Text),
            Field::new("insult", &["Insult"], Share).required(),
        ],
        rows: Rows::Alone,
    },
    Source {
        name: "unhealthy",
        about: "Unhealthy Comments Corpus (Globe and Mail): majorities, and _share by confidence",
        fields: &[
            Field::new("id", &["_unit_id"], Id),
            Field::new("text", &["comment"], Text).required(),
            Field::new("n_raters", &["_trusted_judgments"], Text),
            Field::new("antagonize", &["antagonize", "antagonise"], Share),
            Field::new("condescending", &["condescending"], Share),
            Field::new("dismissive", &["dismissive"], Share),
            Field::new("generalisation", &["generalisation"], Share),
            Field::new("generalisation_unfair", &["generalisation_unfair"], Share),
            Field::new("hostile", &["hostile"], Share),
            Field::new("sarcastic", &["sarcastic"], Share),
            Field::new("unhealthy", &["healthy"], NotShare).required(),
            Field::new("antagonize_share", &["antagonize", "antagonise"], Majority)
                .with(&["antagonize:confidence", "antagonise:confidence"]),
            Field::new("condescending_share", &["condescending"], Majority)
                .with(&["condescending:confidence"]),
            Field::new("dismissive_share", &["dismissive"], Majority)
                .with(&["dismissive:confidence"]),
            Field::new("generalisation_share", &["generalisation"], Majority)
                .with(&["generalisation:confidence"]),
            Field::new("hostile_share", &["hostile"], Majority).with(&["hostile:confidence"]),
            Field::new("sarcastic_share", &["sarcastic"], Majority).with(&["sarcastic:confidence"]),
        ],
        rows: Rows::Alone,
    },
    Source {
        name: "davidson",
        about: "Hate Speech and Offensive Language (Davidson et al. 2017): labeled_data.csv",
        fields: &[
            Field::new("id", &["", "Unnamed: 0", "id"], Id),
            Field::new("text", &["tweet"], Text).required(),
            Field::new("toxicity", &["neither", "neither_count"], NotVotes)
                .with(&["count"])
                .required(),
            Field::new("hate_speech", &["hate_speech", "hate_speech_count"], Votes)
                .with(&["count"]),
            Field::new(
                "offensive_language",
                &["offensive_language", "offensive_language_count"],
                Votes,
            )
            .with(&["count"]),
        ],
        rows: Rows::Alone,
    },
    Source {
        name: "olid",
        about: "Offensive Language Identification Dataset (2019): olid-training-v1.0.tsv, or \
                testset-levela.tsv and labels-levela.csv",
        fields: &[
            Field::new("id", &["id"], Id),
            Field::new("text", &["tweet"], Text).required(),
            Field::new("offensive", &["subtask_a"], Words(&["OFF"], &["NOT"])),
            Field::new("targeted_insult", &["subtask_b"], Words(&["TIN"], &["UNT"])),
            Field::new(
                "targets_person",
                &["subtask_c"],
                Words(&["IND"], &["GRP", "OTH"]),
            ),
            Field::new(
                "targets_group",
                &["subtask_c"],
                Words(&["GRP"], &["IND", "OTH"]),
            ),
        ],
        rows: Rows::Beside {
            key: &["id"],
            bare: &["subtask_a", "subtask_b", "subtask_c"],
        },
    },
    Source {
        name: "nyt-room-for-debate",
        about: "Argument Reasoning Comprehension (2018): train-full.txt, dev-full.txt, test-full.txt",
        fields: &[
            Field::new("id", &["id"], Id),
            Field::new("article_id", &["debateTitle"], TitleId).required(),
            Field::new("article_title", &["debateTitle"], Text).required(),
            Field::new("article_lead", &["debateInfo"], Text),
            Field::new("text", &["reason"], Text).required(),
        ],
        rows: Rows::Alone,
    },
    Source {
        name: "fnc1",
        about: "Fake News Challenge 1 (2017): train_stances.csv and train_bodies.csv",
        fields: &[
            Field::new("article_id", &["Body ID", "Body_ID"], Id).required(),
            Field::new("article_text", &["articleBody"], Text).required(),
            Field::new("text", &["Headline"], Text).required(),
            Field::new(
                "off_topic",
                &["Stance"],
                Words(
                    &["unrelated", "3"],
                    &["agree", "disagree", "discuss", "0", "1", "2"],
                ),
            ),
        ],
        rows: Rows::Beside {
            key: &["Body ID", "Body_ID"],
            bare: &[],
        },
    },
    Source {
        name: "context-toxicity",
        about: "Toxicity Detection in Context (Wikipedia talk, 2020): gc.csv, gn.csv",
        fields: &[
            Field::new("id", &["id"], Text),
            Field::new("parent_text", &["parent"], Text).required(),
            Field::new("text", &["text"], Text).required(),
            Field::new("toxicity", &["label"], Share).required(),
        ],
        rows: Rows::Alone,
    },
    Source {
        name: "reddit-pairs",
        about: "Comments under Reddit submissions: a row per comment with its submission's title",
        fields: &[
            Field::new("article_id", &["title"], TitleId).required(),
            Field::new("article_title", &["title"], Text).required(),
            Field::new("section", &["sub"], Text),
            Field::new("text", &["comment"], Text).required(),
            Field::new("published", &["date"], Text),
        ],
        rows: Rows::Alone,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_label_keeps_a_publishers_other_name() {
        let fields = Source::all().iter().flat_map(|source| source.fields);
        for field in fields.filter(|field| field.is_label()) {
            let others = [
                "toxic",
                "severe_toxic",
                "obscene",
                "profane",
                "identity_hate",
                "sexual_explicit",
            ];
            assert!(!others.contains(&field.column), "{}", field.column);
        }
    }
}
