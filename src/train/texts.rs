//! Texts of a training set that are not in memory.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::{CHUNK, TrainRow, TrainingSet};
use crate::linear::stored::{Room, Stored};

/// Texts in a file, in the order in which they were put there.
#[derive(Debug)]
pub struct Away {
    bytes: Stored<u8>,
    /// By row: where its text begins, and its length.
    places: Vec<(u64, u32)>,
}

/// The texts of some rows.
#[derive(Debug)]
pub enum Texts<'a> {
    /// In their rows, all of them.
    Here(&'a [TrainRow]),
    /// Read from a file, from this row on.
    Read(usize, Vec<String>),
}

impl Texts<'_> {
    /// The text of a row of the set.
    ///
    /// # Panics  if it is none of these rows
    pub fn get(&self, row: usize) -> &str {
        match self {
            Self::Here(rows) => &rows[row].text,
            Self::Read(first, texts) => &texts[row - first],
        }
    }
}

impl Away {
    /// The texts of some rows in a line; those between the first and the last are read in one go.
    pub(super) fn texts(&self, rows: Range<usize>) -> io::Result<Texts<'_>> {
        let places = &self.places[rows.clone()];
        let end = |&(start, len): &(u64, u32)| start as usize + len as usize;
        let (start, end) = match (places.first(), places.last()) {
            (Some(&(start, _)), Some(last)) => (start as usize, end(last)),
            _ => (0, 0),
        };
        let bytes = self.bytes.read(start..end)?;
        let text = |&(at, len): &(u64, u32)| {
            let at = at as usize - start;
            let text = &bytes[at..at + len as usize];
            String::from_utf8(text.to_vec()).map_err(io::Error::other)
        };
        let texts = places.iter().map(text).collect::<io::Result<_>>()?;
        Ok(Texts::Read(rows.start, texts))
    }
}

/// A clone would be changed with it.
fn shared() -> io::Error {
    io::Error::other("a clone of the set has these texts, too")
}

impl TrainingSet {
    /// Moves the texts of all rows that still hold theirs into a file of a folder. Rows must not change places afterwards,
    /// save by [`retain`](Self::retain), and rows that are added must be put away before texts are read.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn put_away(&mut self, room: &Room) -> io::Result<()> {
        if self.away.is_none() {
            self.away = Some(Arc::new(Away {
                bytes: Stored::new(room)?,
                places: Vec::new(),
            }));
        }
        let away = self.away.as_mut().and_then(Arc::get_mut);
        let away = away.ok_or_else(shared)?;
        let new = &mut self.rows[away.places.len()..];
        let mut bytes = Vec::with_capacity(new.iter().map(|row| row.text.len()).sum());
        for row in new {
            let start = away.bytes.len() + bytes.len();
            // A row of a file has less than four gigabytes.
            away.places.push((start as u64, row.text.len() as u32));
            bytes.extend_from_slice(std::mem::take(&mut row.text).as_bytes());
        }
        away.bytes.append(&bytes)
    }

    /// Something of the text of every row.
    ///
    /// # Errors
    /// As [`texts`](Self::texts).
    pub fn map_texts<T: Send>(&self, each: impl Fn(&str) -> T + Sync) -> io::Result<Vec<T>> {
        let starts: Vec<usize> = (0..self.rows.len()).step_by(CHUNK).collect();
        let of_chunk = |start: usize| -> io::Result<Vec<T>> {
            let rows = start..self.rows.len().min(start + CHUNK);
            let texts = self.texts(rows.clone())?;
            Ok(rows.map(|row| each(texts.get(row))).collect())
        };
        let chunks = starts.into_par_iter().map(of_chunk);
        let chunks: Vec<Vec<T>> = chunks.collect::<io::Result<_>>()?;
        Ok(chunks.into_iter().flatten().collect())
    }

    /// Keeps some rows, by their position and content.
    ///
    /// # Errors
    /// Texts that a clone of the set has, too.
    pub fn retain(&mut self, mut keep: impl FnMut(usize, &TrainRow) -> bool) -> io::Result<()> {
        let mut row_idx = 0;
        let mut kept = Vec::with_capacity(self.rows.len());
        self.rows.retain(|row| {
            kept.push(keep(row_idx, row));
            row_idx += 1;
            kept[row_idx - 1]
        });
        if let Some(away) = self.away.take() {
            let mut of_places = kept.into_iter();
            let mut away = Arc::try_unwrap(away).map_err(|_| shared())?;
            away.places.retain(|_| of_places.next().unwrap_or(true));
            self.away = Some(Arc::new(away));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_back_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let room = Room::Folder(folder.path().into());
        let texts = ["eins", "", "drei \u{1f642}", "vier", "fünf"];
        let row = |text: &&str| TrainRow {
            text: (*text).to_owned(),
            ..TrainRow::default()
        };
        let mut set = TrainingSet::default();
        set.rows.extend(texts[..2].iter().map(row));
        set.put_away(&room).unwrap();
        set.rows.extend(texts[2..].iter().map(row));
        set.put_away(&room).unwrap();
        assert!(set.rows.iter().all(|row| row.text.is_empty()));
        let read = |set: &TrainingSet, rows: Range<usize>| -> Vec<String> {
            let found = set.texts(rows.clone()).unwrap();
            rows.map(|row| found.get(row).to_owned()).collect()
        };
        assert_eq!(read(&set, 0..5), texts);
        assert_eq!(read(&set, 2..4), texts[2..4]);
        set.retain(|row, _| row != 1 && row != 3).unwrap();
        assert_eq!(read(&set, 0..3), [texts[0], texts[2], texts[4]]);
        assert_eq!(read(&set, 1..1).len(), 0);
    }
}
