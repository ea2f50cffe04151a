//! Where each byte of a changed text came from.
//!
//! Every step that rewrites text tells an [`Alignment`] what it did, so that any later span can be
//! shown on what the reader typed. Scoring does not need spans and passes `()`, which costs nothing.

use crate::comment::Span;

/// Receives the origin of every byte that a rewriting step emits.
pub trait Alignment {
    /// `n_bytes` were emitted; together they stand for `start..end` of the step's input.
    fn push(&mut self, n_bytes: usize, start: usize, end: usize);
    /// One byte was emitted for each of `n_bytes` of the input from `start` on.
    fn push_each(&mut self, n_bytes: usize, start: usize) {
        for at in start..start + n_bytes {
            self.push(1, at, at + 1);
        }
    }
    /// Input up to `end` was dropped and belongs to the byte emitted last (a squeezed repeat).
    fn extend(&mut self, end: usize);
    /// The last `n_bytes` were taken back.
    fn pop(&mut self, n_bytes: usize);
}

/// Keeps nothing: the choice for scoring.
impl Alignment for () {
    #[inline]
    fn push(&mut self, _: usize, _: usize, _: usize) {}
    #[inline]
    fn extend(&mut self, _: usize) {}
    #[inline]
    fn pop(&mut self, _: usize) {}
}

/// The origin of each byte: the choice for explaining.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ByteMap {
    starts: Vec<u32>,
    ends: Vec<u32>,
}

impl ByteMap {
    /// Forgets everything, keeping the memory.
    pub fn clear(&mut self) {
        self.starts.clear();
        self.ends.clear();
    }

    /// The input range that the output range `start..end` stands for.
    ///
    /// An empty or out-of-range output range gives an empty span at the nearest place.
    pub fn source(&self, start: usize, end: usize) -> Span {
        let last = end.min(self.ends.len());
        match (self.starts.get(start), last.checked_sub(1)) {
            (Some(&from), Some(i)) if i >= start => Span {
                start: from as usize,
                end: self.ends[i].max(from) as usize,
            },
            _ => {
                let at = self.ends.last().map_or(0, |&end| end as usize);
                Span { start: at, end: at }
            }
        }
    }

    /// This map (middle → output) after `first` (raw → middle): raw → output.
    pub fn compose(&mut self, first: &ByteMap) {
        for (start, end) in self.starts.iter_mut().zip(&mut self.ends) {
            let source = first.source(*start as usize, *end as usize);
            (*start, *end) = (source.start as u32, source.end as u32);
        }
    }
}

impl Alignment for ByteMap {
    #[inline]
    fn push(&mut self, n_bytes: usize, start: usize, end: usize) {
        if n_bytes == 1 {
            self.starts.push(start as u32);
            self.ends.push(end as u32);
            return;
        }
        self.starts
            .resize(self.starts.len() + n_bytes, start as u32);
        self.ends.resize(self.ends.len() + n_bytes, end as u32);
    }

    fn extend(&mut self, end: usize) {
        if let Some(last) = self.ends.last_mut() {
            *last = end as u32;
        }
    }

    fn pop(&mut self, n_bytes: usize) {
        let len = self.starts.len().saturating_sub(n_bytes);
        self.starts.truncate(len);
        self.ends.truncate(len);
    }
}
