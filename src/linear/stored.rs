//! Long lists that are read in order: in memory, or in a file without a name where memory is short.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::marker::PhantomData;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use bytemuck::Pod;

/// Where long lists are kept.
#[derive(Clone, Debug, Default)]
pub enum Room {
    /// In memory.
    #[default]
    Memory,
    /// In files without a name in this folder: nothing of them is left, however the program ends.
    Folder(PathBuf),
}

/// A list of numbers, or arrays of them, that grows at its end and is read range by range.
#[derive(Debug)]
pub struct Stored<T> {
    place: Place<T>,
}

#[derive(Debug)]
enum Place<T> {
    Memory(Vec<T>),
    File {
        file: Mutex<File>,
        len: usize,
        of: PhantomData<T>,
    },
}

impl<T: Pod> Stored<T> {
    /// An empty list.
    ///
    /// # Errors
    /// The folder takes no file.
    pub fn new(room: &Room) -> io::Result<Self> {
        let place = match room {
            Room::Memory => Place::Memory(Vec::new()),
            Room::Folder(folder) => Place::File {
                file: Mutex::new(tempfile::tempfile_in(folder)?),
                len: 0,
                of: PhantomData,
            },
        };
        Ok(Self { place })
    }

    /// Number of items.
    pub fn len(&self) -> usize {
        match &self.place {
            Place::Memory(items) => items.len(),
            Place::File { len, .. } => *len,
        }
    }

    /// Whether it has no item.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends some items.
    ///
    /// # Errors
    /// The file cannot be written, as on a full disk.
    pub fn append(&mut self, more: &[T]) -> io::Result<()> {
        match &mut self.place {
            Place::Memory(items) => {
                // Room for some more, and an eighth: twice as much, as vectors grow by themselves, would be most of a
                // training's memory.
                if items.capacity() - items.len() < more.len() {
                    items.reserve_exact(more.len() + items.len() / 8);
                }
                items.extend_from_slice(more);
            }
            Place::File { file, len, .. } => {
                let file = file.get_mut().unwrap_or_else(PoisonError::into_inner);
                file.seek(SeekFrom::Start((*len * size_of::<T>()) as u64))?;
                file.write_all(bytemuck::cast_slice(more))?;
                *len += more.len();
            }
        }
        Ok(())
    }

    /// The items of a range: borrowed from memory, or read into it.
    ///
    /// # Errors
    /// The file cannot be read.
    ///
    /// # Panics  if the range is not within the list
    pub fn read(&self, range: Range<usize>) -> io::Result<Cow<'_, [T]>> {
        match &self.place {
            Place::Memory(items) => Ok(Cow::Borrowed(&items[range])),
            Place::File { file, len, .. } => {
                assert!(
                    range.start <= range.end && range.end <= *len,
                    "{range:?} of {len}"
                );
                let mut items = vec![T::zeroed(); range.len()];
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                file.seek(SeekFrom::Start((range.start * size_of::<T>()) as u64))?;
                file.read_exact(bytemuck::cast_slice_mut(&mut items))?;
                Ok(Cow::Owned(items))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gives_back_what_memory_does() {
        let folder = tempfile::tempdir().unwrap();
        let mut lists = [Room::Memory, Room::Folder(folder.path().into())]
            .map(|room| Stored::<[u16; 2]>::new(&room).unwrap());
        for list in &mut lists {
            assert!(list.is_empty());
            list.append(&[[1, 2], [3, 4]]).unwrap();
            assert_eq!(*list.read(1..2).unwrap(), [[3, 4]]);
            // Between two readings, at the end.
            list.append(&[[5, 6]]).unwrap();
            assert_eq!(*list.read(0..3).unwrap(), [[1, 2], [3, 4], [5, 6]]);
            assert_eq!((list.len(), list.read(3..3).unwrap().len()), (3, 0));
        }
        // No name: nothing to tidy up.
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let room = Room::Folder("/no/such/folder".into());
        assert!(Stored::<u32>::new(&room).is_err());
    }
}
