//! Features in memory, so that a pass reads no file: row groups of the shards, decoded once, up to a bound. What is past the
//! bound is read from its file in every pass.
//!
//! The first that come stay: passes go round over all of them, and whatever threw out the oldest would throw out each
//! just before it is wanted again.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{AsArray as _, RecordBatch};
use arrow::datatypes::{Float64Type, UInt8Type};
use datafusion::common::{Result, exec_datafusion_err, exec_err};
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use ombuds::linear::presence::{N_BLOCKS, inverse_norm};

use super::row::{Blocks, decode};
use super::shards::{N_KEPT_COLUMNS, label_column};
use super::sums::to_units;
use super::vectors;

/// A gap that moves on by itself and is followed by another before there is a bucket.
const FAR: u16 = u16::MAX;
/// Points of which a shard keeps the logits: two a fold, of the step taken and the one tried.
const MAX_POINTS: usize = 8;

/// Where a shard is, and by which inverse document frequencies its rows are scaled.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    /// Path of a Parquet file.
    pub(super) path: String,
    /// Number of the row group.
    pub(super) group: usize,
    /// Path of the vector.
    pub(super) idf: String,
}

impl Place {
    fn folder(&self) -> Option<&str> {
        Some(self.path.rsplit_once('/')?.0)
    }
}

/// The shards that a process holds.
#[derive(Debug)]
pub struct ShardCache {
    max_bytes: u64,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    n_bytes: u64,
    shards: HashMap<Place, Arc<Shard>>,
}

impl ShardCache {
    /// Holds at most so many bytes.
    pub fn new(max_bytes: u64) -> Self {
        Self {
            max_bytes,
            held: Mutex::default(),
        }
    }

    /// Bytes that are held.
    pub fn n_bytes(&self) -> u64 {
        self.held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .n_bytes
    }

    /// A shard, from memory if it is there.
    ///
    /// # Errors
    /// A file that is missing or damaged.
    pub(super) fn get(&self, place: &Place) -> Result<Arc<Shard>> {
        let known = |held: &Held| held.shards.get(place).map(Arc::clone);
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shard) = known(&held) {
            return Ok(shard);
        }
        drop(held);
        let shard = Arc::new(Shard::read(place)?);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shard) = known(&held) {
            return Ok(shard);
        }
        if held.n_bytes + shard.n_bytes() > self.max_bytes {
            // Those of a training that is over.
            held.shards
                .retain(|other, _| other.folder() == place.folder() && other.idf == place.idf);
            held.n_bytes = held.shards.values().map(|shard| shard.n_bytes()).sum();
        }
        if held.n_bytes + shard.n_bytes() <= self.max_bytes {
            held.n_bytes += shard.n_bytes();
            held.shards.insert(place.clone(), Arc::clone(&shard));
        }
        Ok(shard)
    }
}

/// A row group's rows, as passes want them.
#[derive(Debug, Default)]
pub(super) struct Shard {
    /// Gaps between the sorted buckets of each row's blocks, from 0.
    gaps: Vec<u16>,
    /// By row and block, where its gaps end.
    ends: Vec<u32>,
    /// `1 / norm` by row and block, as single as `PresenceMatrix` keeps it.
    scales: Vec<f32>,
    folds: Vec<u8>,
    /// By label and row; not a number where it is not known.
    shares: Vec<Vec<f64>>,
    logits: Mutex<VecDeque<(Fit, Arc<Vec<f64>>)>>,
}

/// Paths of the prior and the point of a fit.
pub(super) type Fit = [String; 2];

/// A comment in a shard.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    pub(super) idx: usize,
    pub(super) share: f64,
    gaps: [&'a [u16]; N_BLOCKS],
    scales: [f64; N_BLOCKS],
}

impl Row<'_> {
    /// The sum of its weights, each block by its scale.
    pub(super) fn dot(&self, weights: &[f64]) -> f64 {
        let blocks = self.gaps.iter().zip(self.scales);
        let of_block = |(gaps, scale): (&&[u16], f64)| {
            let mut sum = 0.0;
            each_bucket(gaps, |bucket| sum += weights[bucket]);
            sum * scale
        };
        blocks.map(of_block).sum()
    }

    /// Adds the factor to the sums of its buckets, each block by its scale.
    ///
    /// # Errors
    /// A factor that is no finite number.
    pub(super) fn add(&self, factor: f64, sums: &mut [i64]) -> Result<()> {
        for (gaps, scale) in self.gaps.iter().zip(self.scales) {
            let step = to_units(factor * scale)?;
            each_bucket(gaps, |bucket| sums[bucket] += step);
        }
        Ok(())
    }
}

#[inline]
fn each_bucket(gaps: &[u16], mut take: impl FnMut(usize)) {
    let mut bucket = 0;
    for &gap in gaps {
        bucket += usize::from(gap);
        if gap != FAR {
            take(bucket);
        }
    }
}

impl Shard {
    fn read(place: &Place) -> Result<Self> {
        let idf = vectors::read(&place.idf)?;
        let damaged = |error: &dyn std::fmt::Display| {
            let Place { path, group, .. } = place;
            exec_datafusion_err!(
                "{path}, row group {group}: {error}; the working folder must be seen by all executors"
            )
        };
        let file = File::open(&place.path).map_err(|error| damaged(&error))?;
        let reader =
            ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| damaged(&error))?;
        if place.group >= reader.metadata().num_row_groups() {
            return Err(damaged(&"there is no such group"));
        }
        let n_labels = (reader.schema().fields().len()).saturating_sub(N_KEPT_COLUMNS);
        let labels: Vec<String> = (0..n_labels).map(label_column).collect();
        let wanted = ["text", "fold"].into_iter();
        let wanted = wanted.chain(labels.iter().map(String::as_str));
        let mask = ProjectionMask::columns(reader.parquet_schema(), wanted);
        let batches = reader
            .with_row_groups(vec![place.group])
            .with_projection(mask)
            .build()
            .map_err(|error| damaged(&error))?;
        let mut shard = Self {
            shares: vec![Vec::new(); n_labels],
            ..Self::default()
        };
        for batch in batches {
            shard.push(&batch.map_err(|error| damaged(&error))?, &labels, &idf)?;
        }
        shard.gaps.shrink_to_fit();
        Ok(shard)
    }

    fn push(&mut self, batch: &RecordBatch, labels: &[String], idf: &[f64]) -> Result<()> {
        let column = |name: &str| {
            let found = batch.column_by_name(name);
            found.ok_or_else(|| exec_datafusion_err!("features without a column `{name}`"))
        };
        let texts = column("text")?.as_binary::<i32>();
        let mut blocks = Blocks::default();
        for text in texts {
            decode(&mut text.unwrap_or_default(), idf.len(), &mut blocks)?;
            self.push_row(&blocks, idf);
        }
        let folds = column("fold")?.as_primitive::<UInt8Type>();
        self.folds.extend_from_slice(folds.values());
        for (shares, name) in self.shares.iter_mut().zip(labels) {
            let found = column(name)?.as_primitive::<Float64Type>();
            for share in found {
                let share = share.unwrap_or(f64::NAN);
                if !share.is_nan() && !(0.0..=1.0).contains(&share) {
                    return exec_err!("a label is {share}, but must be from 0 to 1");
                }
                shares.push(share);
            }
        }
        Ok(())
    }

    fn push_row(&mut self, blocks: &Blocks, idf: &[f64]) {
        for block in blocks {
            let (mut squares, mut last) = (0.0, 0);
            for &bucket in block {
                let mut gap = bucket - last;
                while gap >= u32::from(FAR) {
                    self.gaps.push(FAR);
                    gap -= u32::from(FAR);
                }
                self.gaps.push(gap as u16);
                last = bucket;
                squares += idf[bucket as usize] * idf[bucket as usize];
            }
            self.ends.push(self.gaps.len() as u32);
            self.scales.push(inverse_norm(squares) as f32);
        }
    }

    fn n_bytes(&self) -> u64 {
        let n_rows = self.folds.len();
        let of_row = N_BLOCKS * 2 * size_of::<u32>() + 1;
        let numbers = self.shares.len() + MAX_POINTS;
        (2 * self.gaps.len() + n_rows * (of_row + 8 * numbers)) as u64
    }

    /// Rows outside of a fold of which the share of a label is known.
    ///
    /// # Panics  if there is no such label
    pub(super) fn rows(&self, label_idx: usize, without: u8) -> impl Iterator<Item = Row<'_>> {
        let rows = self.shares[label_idx].iter().enumerate();
        let rows = rows.filter(move |(idx, share)| !share.is_nan() && self.folds[*idx] != without);
        rows.map(|(idx, &share)| self.row(idx, share))
    }

    fn row(&self, idx: usize, share: f64) -> Row<'_> {
        let end = |at: usize| self.ends[at] as usize;
        let at = N_BLOCKS * idx;
        let start = if at == 0 { 0 } else { end(at - 1) };
        Row {
            idx,
            share,
            gaps: [&self.gaps[start..end(at)], &self.gaps[end(at)..end(at + 1)]],
            scales: [f64::from(self.scales[at]), f64::from(self.scales[at + 1])],
        }
    }

    /// Number of labels.
    pub(super) fn n_labels(&self) -> usize {
        self.shares.len()
    }

    /// Logits of all rows at a point, if they were kept; not a number for rows that a fit leaves out.
    pub(super) fn logits(&self, fit: &Fit) -> Option<Arc<Vec<f64>>> {
        let kept = self.logits.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().find(|(known, _)| known == fit)?;
        Some(Arc::clone(&found.1))
    }

    /// Keeps logits for the products of the Hessian at that point.
    pub(super) fn keep_logits(&self, fit: &Fit, logits: Vec<f64>) {
        let mut kept = self.logits.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == MAX_POINTS {
            kept.pop_front();
        }
        kept.push_back((fit.clone(), Arc::new(logits)));
    }

    /// Number of rows.
    pub(super) fn n_rows(&self) -> usize {
        self.folds.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_come_back_whatever_the_gap() {
        let blocks = [vec![0, 0, 65_534, 131_069, 262_143], vec![65_535, 200_000]];
        let mut shard = Shard {
            folds: vec![0],
            shares: vec![vec![1.0]],
            ..Shard::default()
        };
        shard.push_row(&blocks, &vec![1.0; 1 << 18]);
        let row = shard.rows(0, u8::MAX).next().unwrap();
        let mut sums = vec![0; 1 << 18];
        row.add(1.0, &mut sums).unwrap();
        for (block, scale) in blocks.iter().zip(row.scales) {
            let step = to_units(scale).unwrap();
            for bucket in block {
                let same = block.iter().filter(|it| *it == bucket);
                assert_eq!(sums[*bucket as usize], same.map(|_| step).sum::<i64>());
            }
        }
        assert_eq!(sums.iter().filter(|sum| **sum > 0).count(), 6);
        assert!(row.add(f64::NAN, &mut sums).is_err());
        let once = row.dot(&vec![1.0; 1 << 18]);
        assert!((once - 5.0 * row.scales[0] - 2.0 * row.scales[1]).abs() < 1e-12);
        assert_eq!(shard.rows(0, 0).count(), 0);
    }
}
