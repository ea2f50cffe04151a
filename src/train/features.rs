//! What every comment of a training set looks like to the models.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::{CHUNK, Progress, TrainingSet};
use crate::evidence::{CommentFeatures, N_NAMED};
use crate::linear::pattern::{Pattern, Piece, Seen};
use crate::linear::stored::{Room, Stored};
use crate::relation::Space;
use crate::relation::vectors::WordVectors;
use crate::text::TextTables;

/// What every comment of a set looks like to the models; made once, used by all fits.
#[derive(Debug)]
pub struct Features {
    pub(crate) text: Pattern,
    pub(crate) name: Pattern,
    /// In single precision: they are half of what a comment takes up.
    pub(crate) named: Stored<[f32; N_NAMED]>,
    /// Rows whose relation to a context cannot be told.
    pub(crate) silent: Vec<bool>,
    /// What the relations were measured in; only where a label needs them.
    pub(crate) space: Option<Space>,
}

impl Features {
    /// Reads every comment. `vectors` serve the label [`relation::LABEL`](crate::relation::LABEL), if the set has it.
    ///
    /// # Errors
    /// Only if `room` is a folder: files that cannot be written or read.
    ///
    /// # Complexity  O(bytes); in the room 4 bytes per word and n-gram of words, about 1 kB for a comment of 70 words
    pub fn extract(
        set: &TrainingSet,
        tables: &TextTables,
        vectors: &Arc<WordVectors>,
        bits: u32,
        room: &Room,
        progress: &dyn Progress,
    ) -> io::Result<Self> {
        let n_rows = set.rows.len();
        progress.start("features", n_rows);
        let mut features = Self {
            text: Pattern::new(bits, room)?,
            name: Pattern::new(bits, room)?,
            named: Stored::new(room)?,
            silent: Vec::with_capacity(n_rows),
            space: set
                .relation_idx()
                .map(|_| Space::new(Arc::clone(vectors), &set.articles, tables)),
        };
        let space = features.space.clone();
        let starts: Vec<usize> = (0..n_rows).step_by(CHUNK).collect();
        // A few chunks at a time, so that the pieces never double the memory of the whole.
        for wave in starts.chunks(4 * rayon::current_num_threads()) {
            let pieces: Vec<FeaturePiece> = wave
                .par_iter()
                .map_init(
                    || (CommentFeatures::default(), Seen::new(bits)),
                    |scratch, &start| {
                        let rows = start..n_rows.min(start + CHUNK);
                        progress.advance(rows.len());
                        FeaturePiece::of_rows(set, rows, tables, space.as_ref(), bits, scratch)
                    },
                )
                .collect::<io::Result<_>>()?;
            pieces.iter().try_for_each(|piece| features.append(piece))?;
        }
        Ok(features)
    }

    fn append(&mut self, piece: &FeaturePiece) -> io::Result<()> {
        self.text.append(&piece.text)?;
        self.name.append(&piece.name)?;
        self.named.append(&piece.named)?;
        self.silent.extend_from_slice(&piece.silent);
        Ok(())
    }
}

/// The features of some rows in a line.
struct FeaturePiece {
    text: Piece,
    name: Piece,
    named: Vec<[f32; N_NAMED]>,
    silent: Vec<bool>,
}

impl FeaturePiece {
    fn of_rows(
        set: &TrainingSet,
        rows: Range<usize>,
        tables: &TextTables,
        space: Option<&Space>,
        bits: u32,
        (reader, seen): &mut (CommentFeatures, Seen),
    ) -> io::Result<Self> {
        let mut piece = Self {
            text: Piece::new(bits),
            name: Piece::new(bits),
            named: Vec::with_capacity(rows.len()),
            silent: Vec::with_capacity(rows.len()),
        };
        let texts = set.texts(rows.clone())?;
        for row in rows {
            reader.read(&set.comment_of(row, texts.get(row)), tables, space);
            piece.text.push_row(&reader.text, seen);
            piece.name.push_row(&reader.name, seen);
            piece.named.push(reader.named.map(|x| x as f32));
            piece.silent.push(reader.silence.is_some());
        }
        Ok(piece)
    }
}
