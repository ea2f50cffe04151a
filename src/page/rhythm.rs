//! The rhythm of a comment section: which lines begin a comment.
//!
//! Sites differ in what they print around a comment, but print the same around each. So the first
//! comment is looked at: what follows its name tells how the names of the others are known.

use std::collections::BTreeMap;

use super::dates::{is_name, name_and_date};
use super::furniture::Furniture;

/// A line of a comment section as far as it can be told by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Blank,
    Text,
    Furniture(Furniture),
}

/// Lines and their kinds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lines<'a> {
    pub(super) texts: &'a [&'a str],
    pub(super) kinds: &'a [Kind],
}

/// A comment as positions of lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Draft {
    pub(super) author: Option<String>,
    pub(super) published: Option<String>,
    /// The line of the name.
    pub(super) name_idx: Option<usize>,
    /// Lines of its text, with the blank ones between.
    pub(super) text: Vec<usize>,
}

/// How comments are told apart, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rhythm {
    /// Nothing but blank lines.
    Blanks,
    /// Buttons after each comment.
    FurnitureAfter,
    /// The name and furniture, then the text.
    FurnitureBefore,
    /// Name and date in one line.
    NameAndDate,
}

impl Rhythm {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Blanks => "blank lines",
            Self::FurnitureAfter => "the lines after each comment",
            Self::FurnitureBefore => "the lines between name and text",
            Self::NameAndDate => "lines of name and date",
        }
    }
}

/// Cuts a section into comments.
pub(super) fn cut(lines: Lines) -> Option<(Rhythm, Vec<Draft>)> {
    let first = lines.next_text(0)?;
    let is_inline = name_and_date(lines.texts[first]).is_some();
    let after = lines.next_filled(first + 1);
    let (rhythm, drafts) = match after {
        _ if is_inline => (Rhythm::NameAndDate, lines.cut_at_name_lines()),
        Some(after) if lines.is_furniture(after) => {
            (Rhythm::FurnitureBefore, lines.cut_by_headers(after))
        }
        _ if (first..lines.texts.len()).any(|idx| lines.is_boundary(idx)) => {
            (Rhythm::FurnitureAfter, lines.cut_at_furniture(first))
        }
        _ => (Rhythm::Blanks, lines.cut_at_blanks(first)),
    };
    let drafts: Vec<Draft> = drafts
        .into_iter()
        .filter_map(|draft| lines.trim(draft))
        .collect();
    (!drafts.is_empty()).then_some((rhythm, drafts))
}

impl Lines<'_> {
    fn is_furniture(&self, idx: usize) -> bool {
        matches!(self.kinds[idx], Kind::Furniture(_))
    }

    /// Furniture that stands between comments, never in one.
    fn is_boundary(&self, idx: usize) -> bool {
        use Furniture::{Action, Count, Date, Note, Repeated};
        matches!(
            self.kinds[idx],
            Kind::Furniture(Action | Count | Date | Note | Repeated)
        )
    }

    fn next_text(&self, from: usize) -> Option<usize> {
        (from..self.kinds.len()).find(|&idx| self.kinds[idx] == Kind::Text)
    }

    fn next_filled(&self, from: usize) -> Option<usize> {
        (from..self.kinds.len()).find(|&idx| self.kinds[idx] != Kind::Blank)
    }

    /// What a line of furniture is told by: its kind where the words differ from comment to comment, else
    /// its words.
    fn mark(&self, idx: usize) -> Option<String> {
        match self.kinds[idx] {
            Kind::Furniture(kind @ (Furniture::Date | Furniture::Count)) => {
                Some(kind.as_str().to_owned())
            }
            Kind::Furniture(_) => Some(self.texts[idx].to_lowercase()),
            Kind::Blank | Kind::Text => None,
        }
    }

    /// Furniture from a line on, up to the next text.
    fn run(&self, from: usize) -> impl Iterator<Item = usize> {
        (from..self.kinds.len())
            .take_while(|&idx| self.kinds[idx] != Kind::Text)
            .filter(|&idx| self.is_furniture(idx))
    }

    /// Comments that begin with a line of name and date.
    fn cut_at_name_lines(&self) -> Vec<Draft> {
        let mut drafts: Vec<Draft> = Vec::new();
        for idx in 0..self.texts.len() {
            let is_text = self.kinds[idx] == Kind::Text;
            match name_and_date(self.texts[idx]).filter(|_| is_text) {
                Some((name, date)) => drafts.push(Draft {
                    author: Some(name.to_owned()),
                    published: date.map(str::to_owned),
                    name_idx: Some(idx),
                    text: Vec::new(),
                }),
                None => self.extend(drafts.last_mut(), idx),
            }
        }
        drafts
    }

    /// Comments that begin with a name, furniture after it. `after` is that of the first comment: the
    /// others begin where the same furniture follows a line.
    fn cut_by_headers(&self, after: usize) -> Vec<Draft> {
        let Some(mark) = self.mark(after) else {
            return Vec::new();
        };
        let is_header = |idx: usize| {
            self.run(idx).next().is_some_and(|first| {
                let is_button = |idx: usize| self.kinds[idx] == Kind::Furniture(Furniture::Action);
                let begins = first == after || !is_button(first) || is_button(after);
                begins
                    && self
                        .run(idx)
                        .any(|idx| self.mark(idx).as_ref() == Some(&mark))
            })
        };
        let mut drafts: Vec<Draft> = Vec::new();
        let mut idx = 0;
        while idx < self.texts.len() {
            let is_name =
                self.kinds[idx] == Kind::Text && is_name(self.texts[idx]) && is_header(idx + 1);
            // A header without a name: the comment before must not swallow the one after it.
            let is_nameless = !is_name && self.is_nameless(idx, &mark, &is_header);
            if is_name || is_nameless {
                let header: Vec<usize> = self.run(idx + usize::from(is_name)).collect();
                drafts.push(Draft {
                    author: is_name.then(|| self.texts[idx].to_owned()),
                    published: self.date_of(&header),
                    name_idx: is_name.then_some(idx),
                    text: Vec::new(),
                });
                idx = header.last().map_or(idx, |last| *last) + 1;
                continue;
            }
            self.extend(drafts.last_mut(), idx);
            idx += 1;
        }
        drafts
    }

    /// Whether a header begins here that has no name over it, and a text of its own follows.
    fn is_nameless(&self, idx: usize, mark: &String, is_header: &dyn Fn(usize) -> bool) -> bool {
        if self.mark(idx).as_ref() != Some(mark) {
            return false;
        }
        // What follows is the name of the next comment, and this is the foot of the last.
        self.next_text(idx)
            .is_some_and(|text| !(is_name(self.texts[text]) && is_header(text + 1)))
    }

    fn date_of(&self, header: &[usize]) -> Option<String> {
        let is_date = |idx: &&usize| self.kinds[**idx] == Kind::Furniture(Furniture::Date);
        header
            .iter()
            .find(is_date)
            .map(|idx| self.texts[*idx].to_owned())
    }

    /// Comments that end with furniture: the first line is the name where more follows.
    fn cut_at_furniture(&self, first: usize) -> Vec<Draft> {
        let mut drafts = vec![Draft::default()];
        for idx in first..self.texts.len() {
            let is_open = drafts.last().is_some_and(|draft| !draft.text.is_empty());
            if self.is_boundary(idx) && is_open {
                drafts.push(Draft::default());
            }
            self.extend(drafts.last_mut(), idx);
        }
        drafts.into_iter().map(|draft| self.name(draft)).collect()
    }

    /// Comments with nothing around them: each block of lines is one. A short line over more lines is the
    /// name, and so is a short block before a longer one, where blocks alternate throughout.
    fn cut_at_blanks(&self, first: usize) -> Vec<Draft> {
        let mut drafts = vec![Draft::default()];
        for idx in first..self.texts.len() {
            let is_open = drafts.last().is_some_and(|draft| !draft.text.is_empty());
            if self.kinds[idx] == Kind::Blank && is_open {
                drafts.push(Draft::default());
            }
            if self.kinds[idx] != Kind::Blank {
                self.extend(drafts.last_mut(), idx);
            }
        }
        drafts.retain(|draft| !draft.text.is_empty());
        let is_single = |draft: &Draft| draft.text.len() == 1 && is_name(self.texts[draft.text[0]]);
        let alternates = drafts.len() % 2 == 0
            && drafts
                .chunks(2)
                .all(|pair| is_single(&pair[0]) && !is_single(&pair[1]));
        if alternates {
            let pair = |pair: &[Draft]| Draft {
                text: pair.iter().flat_map(|draft| draft.text.clone()).collect(),
                ..Draft::default()
            };
            drafts = drafts.chunks(2).map(pair).collect();
        }
        drafts.into_iter().map(|draft| self.name(draft)).collect()
    }

    /// Takes the first line of a comment for its name, if it can be one and more follows.
    fn name(&self, mut draft: Draft) -> Draft {
        let filled = |idx: &&usize| self.kinds[**idx] != Kind::Blank;
        let n_filled = draft.text.iter().filter(filled).count();
        if let Some(&idx) = draft.text.iter().find(filled)
            && n_filled > 1
            && is_name(self.texts[idx])
        {
            draft.author = Some(self.texts[idx].to_owned());
            draft.name_idx = Some(idx);
            draft.text.retain(|&line| line > idx);
        }
        draft
    }

    /// Adds a line of text, or a blank one within the text, to a comment.
    fn extend(&self, draft: Option<&mut Draft>, idx: usize) {
        if let Some(draft) = draft
            && (self.kinds[idx] == Kind::Text
                || (self.kinds[idx] == Kind::Blank && !draft.text.is_empty()))
        {
            draft.text.push(idx);
        }
    }

    /// A comment without the blank lines at its end. One whose whole text looks like furniture (`42`)
    /// gets it back; one without any line is none.
    fn trim(&self, mut draft: Draft) -> Option<Draft> {
        while draft
            .text
            .last()
            .is_some_and(|&idx| self.kinds[idx] == Kind::Blank)
        {
            draft.text.pop();
        }
        if draft.text.is_empty() {
            let name = draft.name_idx?;
            let is_date = |idx: &usize| self.kinds[*idx] == Kind::Furniture(Furniture::Date);
            let is_count = |idx: &usize| self.kinds[*idx] == Kind::Furniture(Furniture::Count);
            // Its own text stands before the buttons.
            let found = self
                .run(name + 1)
                .take_while(|&idx| is_date(&idx) || is_count(&idx) || idx == name + 1)
                .find(is_count)?;
            draft.text.push(found);
        }
        Some(draft)
    }
}

/// Lines of text that are furniture by their place: the same words in every comment, with room for a
/// name and a text between two of them. `announced` is the number of comments, if the page says.
pub(super) fn find_repeated(texts: &[&str], kinds: &mut [Kind], announced: Option<usize>) {
    const MAX_LINE: usize = 120;
    let filled: Vec<usize> = (0..texts.len())
        .filter(|&idx| kinds[idx] == Kind::Text)
        .collect();
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, &idx) in filled.iter().enumerate() {
        if texts[idx].len() <= MAX_LINE {
            places.entry(texts[idx]).or_default().push(place);
        }
    }
    for places in places.into_values() {
        let is_often = places.len() >= 3 || (places.len() >= 2 && announced == Some(places.len()));
        let has_room = places.windows(2).all(|pair| pair[1] - pair[0] > 2);
        // Between name and text, or after the text; a line that comes first is a name.
        let ends = places.last().is_some_and(|last| last + 1 == filled.len());
        let is_furniture = if ends { places[0] >= 2 } else { places[0] == 1 };
        if is_often && has_room && is_furniture {
            for place in places {
                kinds[filled[place]] = Kind::Furniture(Furniture::Repeated);
            }
        }
    }
}
