//! Lists of shards out of memory.

use std::borrow::Cow;
use std::io;
use std::ops::Range;

use super::lists::Lists;
use crate::linear::stored::{Room, Stored};

/// Where the lists of all shards stand, one after the other.
#[derive(Debug)]
pub(super) struct Shelf {
    keys: Stored<u32>,
    ends: Stored<u32>,
    items: Stored<u16>,
}

/// The lists of a shard: in memory, or a place on a [`Shelf`].
#[derive(Debug)]
pub(super) enum Kept {
    Here(Lists<u16>),
    There {
        keys: Range<usize>,
        items: Range<usize>,
    },
}

impl Shelf {
    pub(super) fn new(room: &Room) -> io::Result<Self> {
        Ok(Self {
            keys: Stored::new(room)?,
            ends: Stored::new(room)?,
            items: Stored::new(room)?,
        })
    }
}

impl Kept {
    /// Puts lists on the shelf, if there is one.
    pub(super) fn new(lists: Lists<u16>, shelf: Option<&mut Shelf>) -> io::Result<Self> {
        let Some(shelf) = shelf else {
            return Ok(Self::Here(lists));
        };
        let (first_key, first_item) = (shelf.keys.len(), shelf.items.len());
        shelf.keys.append(&lists.keys)?;
        shelf.ends.append(&lists.ends)?;
        shelf.items.append(&lists.items)?;
        Ok(Self::There {
            keys: first_key..shelf.keys.len(),
            items: first_item..shelf.items.len(),
        })
    }

    /// The lists, read from the shelf if they are there.
    pub(super) fn lists(&self, shelf: Option<&Shelf>) -> io::Result<Cow<'_, Lists<u16>>> {
        match (self, shelf) {
            (Self::Here(lists), _) => Ok(Cow::Borrowed(lists)),
            (Self::There { keys, items }, Some(shelf)) => Ok(Cow::Owned(Lists {
                keys: shelf.keys.read(keys.clone())?.into_owned(),
                ends: shelf.ends.read(keys.clone())?.into_owned(),
                items: shelf.items.read(items.clone())?.into_owned(),
            })),
            (Self::There { .. }, None) => Err(io::Error::other("lists without their shelf")),
        }
    }
}
