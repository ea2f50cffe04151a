//! The model on disk: what is written is what is read, and what is damaged is not.

use std::fs;
use std::path::Path;

use ombuds::comment::Comment;
use ombuds::model::{Model, ModelError};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tempfile::TempDir;

use crate::newsroom::MODEL;

const WEIGHTS: &str = "model.safetensors";
const CONFIG: &str = "config.toml";
const PROBES: [&str; 4] = [
    "You absolute idiot",
    "1d10t",
    "The trial starts in April.",
    "ты идиот 🤡",
];

fn written() -> (TempDir, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    MODEL.write(folder.path()).unwrap();
    let bytes = fs::read(folder.path().join(WEIGHTS)).unwrap();
    (folder, bytes)
}

fn probe(model: &Model) -> Vec<u64> {
    let mut scorer = model.scorer();
    let scores = PROBES.map(|text| scorer.score(&Comment::from_text(text)).logits);
    scores
        .iter()
        .flatten()
        .map(|logit| logit.to_bits())
        .collect()
}

fn read(folder: &Path, bytes: &[u8]) -> Result<Model, ModelError> {
    fs::write(folder.join(WEIGHTS), bytes).unwrap();
    Model::read(folder)
}

/// An error, or the same scores; that is all a damaged file may give.
fn is_harmless(result: Result<Model, ModelError>) -> bool {
    result.map_or(true, |model| probe(&model) == probe(&MODEL))
}

/// First byte of the tensors.
fn data_start(bytes: &[u8]) -> usize {
    8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize
}

#[test]
fn written_then_read_then_written_is_the_same() {
    let (folder, bytes) = written();
    let config = fs::read(folder.path().join(CONFIG)).unwrap();
    let model = Model::read(folder.path()).unwrap();
    assert_eq!(model.hash(), MODEL.hash());
    assert_eq!(model.provenance(), MODEL.provenance());
    assert_eq!(model.policy(), MODEL.policy());
    assert_eq!(probe(&model), probe(&MODEL));
    let again = tempfile::tempdir().unwrap();
    model.write(again.path()).unwrap();
    assert!(fs::read(again.path().join(WEIGHTS)).unwrap() == bytes);
    assert!(fs::read(again.path().join(CONFIG)).unwrap() == config);
}

#[test]
fn a_cut_file_is_an_error_wherever_it_is_cut() {
    let (folder, bytes) = written();
    fs::remove_file(folder.path().join(CONFIG)).unwrap();
    let start = data_start(&bytes);
    let lengths = (0..64).chain((64..bytes.len()).step_by(bytes.len() / 200));
    for len in lengths
        .chain(start - 5..start + 5)
        .chain(bytes.len() - 20..bytes.len())
    {
        let error = read(folder.path(), &bytes[..len]).expect_err("cut");
        assert!(error.to_string().contains("cut short"), "{len}: {error}");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(read(folder.path(), &longer).is_err());
}

#[test]
fn a_flipped_bit_is_found_wherever_it_is() {
    let (folder, bytes) = written();
    // Without the thresholds, which name the hash of the whole file and so would find any flip.
    fs::remove_file(folder.path().join(CONFIG)).unwrap();
    let start = data_start(&bytes);
    let check = |bit: usize| {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        is_harmless(read(folder.path(), &flipped))
    };
    (0..64).for_each(|bit| assert!(check(bit), "bit {bit} of the length"));
    let ends = [
        start * 8 - 800..start * 8 + 64,
        bytes.len() * 8 - 64..bytes.len() * 8,
    ];
    ends.into_iter()
        .flatten()
        .for_each(|bit| assert!(check(bit), "bit {bit}"));
    for region in [64..start * 8, start * 8..bytes.len() * 8] {
        let mut runner = TestRunner::new(Config {
            cases: 400,
            ..Config::default()
        });
        let law = |bit| {
            prop_assert!(check(bit), "bit {} is not found", bit);
            Ok(())
        };
        runner.run(&region, law).unwrap();
    }
}

#[test]
fn a_changed_lexicon_or_label_is_found() {
    let (folder, bytes) = written();
    fs::remove_file(folder.path().join(CONFIG)).unwrap();
    for (from, to) in [
        ("idiot,insult", "idiom,insult"),
        ("off_topic", "on__topic"),
        ("seed\\\":0", "seed\\\":2"),
    ] {
        let error = read(folder.path(), &replaced(&bytes, from, to)).expect_err(from);
        assert!(
            matches!(error, ModelError::Damaged { .. }),
            "{from}: {error}"
        );
    }
}

#[test]
fn thresholds_of_another_model_are_refused() {
    let (folder, _) = written();
    let path = folder.path().join(CONFIG);
    let config = fs::read_to_string(&path).unwrap();
    fs::write(&path, config.replace(MODEL.hash(), "0123456789abcdef")).unwrap();
    assert!(matches!(
        Model::read(folder.path()),
        Err(ModelError::Config { .. })
    ));
    fs::write(&path, &config[..config.len() / 2]).unwrap();
    assert!(Model::read(folder.path()).is_err());
}

#[test]
fn a_newer_format_says_so() {
    let (folder, bytes) = written();
    let newer = replaced(&bytes, "\\\"format\\\":6,", "\\\"format\\\":7,");
    let error = read(folder.path(), &newer).expect_err("newer");
    assert!(
        matches!(error, ModelError::NewerFormat { found: 7, .. }),
        "{error}"
    );
    assert!(
        error.to_string().contains("install a newer ombuds"),
        "{error}"
    );
    let older = replaced(&bytes, "\\\"format\\\":6,", "\\\"format\\\":1,");
    let error = read(folder.path(), &older).unwrap_err();
    assert!(error.to_string().contains("train it again"), "{error}");
    let other = replaced(&bytes, "ngrams.v5", "ngrams.v9");
    assert!(matches!(
        read(folder.path(), &other),
        Err(ModelError::OtherFeatures { .. })
    ));
}

#[test]
fn a_newer_thresholds_file_says_so() {
    let (folder, _) = written();
    let path = folder.path().join(CONFIG);
    let config = fs::read_to_string(&path).unwrap();
    let newer = config.replacen("format = ", "format = 9", 1);
    for config in [
        newer.clone(),
        newer.replacen("\n\n", "\nnew_setting = true\n\n", 1),
    ] {
        fs::write(&path, config).unwrap();
        let error = Model::read(folder.path()).expect_err("newer");
        assert!(
            matches!(error, ModelError::NewerFormat { found: 90.., .. }),
            "{error}"
        );
    }
}

#[test]
fn a_folder_without_a_model_says_so() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(
        Model::read(folder.path()),
        Err(ModelError::Missing { .. })
    ));
    assert!(matches!(
        Model::read(&folder.path().join("none")),
        Err(ModelError::Missing { .. })
    ));
}

/// The bytes with one text of the header replaced by another of the same length.
fn replaced(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at = bytes
        .windows(from.len())
        .position(|window| window == from.as_bytes())
        .expect(from);
    let mut replaced = bytes.to_vec();
    replaced[at..at + to.len()].copy_from_slice(to.as_bytes());
    replaced
}
