use super::*;
use crate::linear::pattern::Pattern;
use crate::linear::presence::tests::{columns, dense, near, pattern, piece, texts, views};
use proptest::prelude::*;

#[test]
fn lists_are_the_transposed() {
    let of = [[3_u32, 1].as_slice(), &[], &[3, 3, 0]];
    let lists: Lists<u16> = Lists::of(4, 3, |item, each| {
        of[item].iter().for_each(|&key| each(key));
    });
    let all: Vec<_> = lists
        .all()
        .map(|(key, items)| (key, items.to_vec()))
        .collect();
    assert_eq!(all, [(0, vec![2]), (1, vec![0]), (3, vec![0, 2, 2])]);
    assert_eq!(lists.within(&(1..3)).count(), 1);
}

proptest! {
    #[test]
    fn products_are_those_of_the_dense_rows(texts in texts(), (idf, weights) in columns(), rows in prop::collection::btree_set(0_usize..6, 0..6)) {
        let views = views(&texts);
        let rows: Vec<usize> = rows.into_iter().filter(|&row| row < views.len()).collect();
        let pattern = pattern(&views);
        let matrix = PresenceMatrix::new(&pattern, &idf).unwrap();
        let columns = Columns::new(&matrix, &rows).unwrap();
        let dense: Vec<_> = rows.iter().map(|&row| dense(&views[row], &idf, true)[0]).collect();
        let by_column: Vec<Lane<2>> = columns.buckets.iter().map(|&bucket| [weights[bucket as usize], 1.0]).collect();
        let mut margins = vec![[7.0; 2]; rows.len()];
        columns.dot(&by_column, &mut margins).unwrap();
        let over_idf = |value: f64, bucket: usize| if idf[bucket] > 0.0 { value / f64::from(idf[bucket]) } else { 0.0 };
        for (margin, values) in margins.iter().zip(&dense) {
            let product = |weight: &dyn Fn(usize) -> f32| {
                (0..values.len()).map(|bucket| over_idf(values[bucket], bucket) * f64::from(weight(bucket))).sum::<f64>()
            };
            prop_assert!(near(margin[0].into(), product(&|bucket| weights[bucket])));
            prop_assert!(near(margin[1].into(), product(&|_| 1.0)));
        }
        let factors: Vec<Lane<2>> = (0..rows.len()).map(|i| [weights[i], -1.0]).collect();
        let gradient = columns.by_bucket(|column| columns.transpose_dot(&factors, Power::Value).unwrap()[column][0]);
        for (bucket, &found) in gradient.iter().enumerate() {
            let expected: f64 = dense.iter().zip(&factors).map(|(values, factor)| over_idf(values[bucket], bucket) * f64::from(factor[0])).sum();
            prop_assert!(near(found.into(), expected), "{found} {expected}");
        }
        let ones = vec![[1.0]; rows.len()];
        let counts = columns.transpose_dot(&ones, Power::Count).unwrap();
        prop_assert!(counts.iter().all(|[count]| *count >= 1.0), "a column that no row has");
    }
}

#[test]
fn shards_in_files_give_the_same_bits() {
    const N: usize = 5 * MIN_SHARD;
    let texts: Vec<String> = (0..N)
        .map(|i| format!("ab{} ba{} b", "a".repeat(i % 7), "b".repeat(i % 5)))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let idf = vec![1.5; crate::linear::presence::tests::N_COLUMNS];
    let products = |room: &Room| {
        let mut pattern = Pattern::new(3, room).unwrap();
        pattern.append(&piece(&views(&texts))).unwrap();
        let matrix = PresenceMatrix::new(&pattern, &idf).unwrap();
        let rows: Vec<usize> = (0..N).filter(|row| row % 11 != 0).collect();
        let columns = Columns::new(&matrix, &rows).unwrap();
        let (weights, mut margins) = (
            vec![[0.3_f32, -1.7]; columns.n_columns()],
            vec![[0.0; 2]; rows.len()],
        );
        columns.dot(&weights, &mut margins).unwrap();
        let back = columns.transpose_dot(&margins, Power::Value).unwrap();
        (columns.shards.len(), margins, back)
    };
    let here = products(&Room::Memory);
    assert!(here.0 > SHARDS_AT_A_TIME);
    assert_eq!(here, products(&Room::Folder(folder.path().into())));
}
