//! Words next to each other: what a row must have, and a matcher that is fed with the pieces of a row one by one.

use crate::limits::MAX_PHRASE_WORDS;
use crate::schema::{Piece, WordRules};
use crate::segment::needed_hashes;

use super::compile::SearchError;
use super::pattern::{Pattern, PatternPart};

/// Words that must stand next to each other.
#[derive(Debug)]
pub(crate) struct Phrase {
    wanted: Vec<Wanted>,
}

/// One of the words.
#[derive(Debug)]
enum Wanted {
    Word(String),
    /// A word of this form.
    WordLike(Pattern),
    /// A run of characters has no bounds of words: what is wanted may begin inside it when it is the phrase's first, and
    /// end inside it when it is the last.
    Run {
        text: String,
        is_open_before: bool,
        is_open_behind: bool,
    },
    /// A run of this form; where it is open the form has a `*`.
    RunLike(Pattern),
}

/// What a row with the phrase certainly has.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Needed<'a> {
    /// This word.
    Word(&'a str),
    /// A word that holds this text.
    PartOfWord(&'a str),
    /// These neighbouring characters.
    Run(&'a str),
}

impl Needed<'_> {
    /// The hashes under which a row with it is indexed, all of them; none of a part of a word, for the index has only whole
    /// ones.
    pub(crate) fn hashes(self) -> Vec<u32> {
        let piece = match self {
            Needed::Word(word) => Piece::Word(word),
            Needed::Run(run) => Piece::Run(run),
            Needed::PartOfWord(_) => return Vec::new(),
        };
        let mut hashes = Vec::new();
        needed_hashes(piece, |hash| hashes.push(hash));
        hashes
    }
}

/// A piece of a pattern: its kind is told by its letters, not by its wildcards.
struct Draft {
    is_run: bool,
    parts: Vec<PatternPart>,
}

impl Phrase {
    /// The words of a text.
    pub(crate) fn cut(rules: WordRules, text: &str) -> Result<Phrase, SearchError> {
        let mut drafts = Vec::new();
        rules.cut_text(text, &mut |piece: Piece<'_>| {
            let (is_run, text) = match piece {
                Piece::Word(word) => (false, word),
                Piece::Run(run) => (true, run),
            };
            drafts.push(Draft { is_run, parts: vec![PatternPart::Literal(text.to_owned())] });
        });
        Self::from_drafts(drafts, || text.to_owned())
    }

    /// The words of a pattern. Wildcards belong to the word that they touch, to the one before them if there are two.
    pub(crate) fn cut_pattern(rules: WordRules, pattern: &Pattern) -> Result<Phrase, SearchError> {
        let mut drafts: Vec<Draft> = Vec::new();
        // Whether the last draft goes on, and wildcards that wait for the word behind them.
        let (mut is_open, mut waiting) = (false, Vec::new());
        for part in pattern.parts() {
            let PatternPart::Literal(text) = part else {
                match drafts.last_mut().filter(|_| is_open) {
                    Some(draft) => draft.parts.push(part.clone()),
                    None => waiting.push(part.clone()),
                }
                continue;
            };
            for character in text.chars() {
                let letter = letter(rules, character);
                match (&letter, drafts.last_mut().filter(|_| is_open)) {
                    (Some((is_run, folded)), Some(draft)) if draft.is_run == *is_run => {
                        draft.parts.push(PatternPart::Literal(folded.clone()));
                    }
                    (Some((is_run, folded)), _) => {
                        let mut parts = std::mem::take(&mut waiting);
                        parts.push(PatternPart::Literal(folded.clone()));
                        drafts.push(Draft { is_run: *is_run, parts });
                    }
                    (None, _) if !waiting.is_empty() => {
                        drafts.push(Draft { is_run: false, parts: std::mem::take(&mut waiting) });
                    }
                    (None, _) => {}
                }
                is_open = letter.is_some();
            }
        }
        if !waiting.is_empty() {
            drafts.push(Draft { is_run: false, parts: waiting });
        }
        Self::from_drafts(drafts, || format!("{:?}", pattern.parts()))
    }

    fn from_drafts(drafts: Vec<Draft>, text: impl Fn() -> String) -> Result<Phrase, SearchError> {
        if drafts.is_empty() {
            return Err(SearchError::NoWord { text: text() });
        }
        if drafts.len() > MAX_PHRASE_WORDS {
            return Err(SearchError::LongPhrase);
        }
        let last = drafts.len() - 1;
        let wanted = drafts.into_iter().enumerate();
        Ok(Phrase { wanted: wanted.map(|(index, draft)| draft.finish(index == 0, index == last)).collect() })
    }

    /// What a row must have to match; for finding candidates.
    pub(crate) fn needed(&self) -> Vec<Needed<'_>> {
        let mut needed = Vec::new();
        for wanted in &self.wanted {
            match wanted {
                Wanted::Word(word) => needed.push(Needed::Word(word)),
                Wanted::Run { text, .. } => needed.push(Needed::Run(text)),
                Wanted::WordLike(pattern) => needed.extend(literals(pattern).map(Needed::PartOfWord)),
                Wanted::RunLike(pattern) => needed.extend(literals(pattern).map(Needed::Run)),
            }
        }
        needed
    }

    /// The state of a row of which no piece was seen.
    pub(crate) fn matcher(&self) -> Matcher<'_> {
        Matcher { phrase: self, begun: 0, is_found: false }
    }
}

fn literals(pattern: &Pattern) -> impl Iterator<Item = &str> {
    pattern.parts().iter().filter_map(|part| match part {
        PatternPart::Literal(text) => Some(text.as_str()),
        PatternPart::One | PatternPart::Many => None,
    })
}

/// Whether a character belongs to a run, and its folded form; nothing for one that cuts.
fn letter(rules: WordRules, character: char) -> Option<(bool, String)> {
    let mut letter = None;
    rules.cut_text(character.encode_utf8(&mut [0; 4]), &mut |piece: Piece<'_>| {
        letter = Some(match piece {
            Piece::Word(word) => (false, word.to_owned()),
            Piece::Run(run) => (true, run.to_owned()),
        });
    });
    letter
}

impl Draft {
    fn finish(self, is_first: bool, is_last: bool) -> Wanted {
        let pattern = Pattern::new(self.parts);
        match (self.is_run, pattern.parts()) {
            (false, [PatternPart::Literal(word)]) => Wanted::Word(word.clone()),
            (true, [PatternPart::Literal(text)]) => {
                Wanted::Run { text: text.clone(), is_open_before: is_first, is_open_behind: is_last }
            }
            (false, _) => Wanted::WordLike(pattern),
            (true, parts) => {
                let open = |is_open: bool| is_open.then_some(PatternPart::Many);
                let parts = open(is_first).into_iter().chain(parts.iter().cloned()).chain(open(is_last));
                Wanted::RunLike(Pattern::new(parts))
            }
        }
    }
}

impl Wanted {
    fn fits(&self, found: Piece<'_>) -> bool {
        match (self, found) {
            (Wanted::Word(wanted), Piece::Word(found)) => wanted == found,
            (Wanted::WordLike(wanted), Piece::Word(found)) => wanted.matches(found),
            (Wanted::RunLike(wanted), Piece::Run(found)) => wanted.matches(found),
            (Wanted::Run { text, is_open_before, is_open_behind }, Piece::Run(found)) => {
                match (is_open_before, is_open_behind) {
                    (true, true) => found.contains(text.as_str()),
                    (true, false) => found.ends_with(text.as_str()),
                    (false, true) => found.starts_with(text.as_str()),
                    (false, false) => found == text,
                }
            }
            _ => false,
        }
    }
}

/// How much of a phrase the last pieces of a row are.
pub(crate) struct Matcher<'a> {
    phrase: &'a Phrase,
    /// Bit n: the last piece fits word n, and those before it the words before.
    begun: u64,
    is_found: bool,
}

impl Matcher<'_> {
    /// Takes the next piece of the row.
    pub(crate) fn piece(&mut self, piece: Piece<'_>) {
        if self.is_found {
            return;
        }
        let mut possible = self.begun << 1 | 1;
        let mut begun = 0;
        while possible != 0 {
            let index = possible.trailing_zeros();
            possible &= possible - 1;
            match self.phrase.wanted.get(index as usize) {
                Some(wanted) if wanted.fits(piece) => begun |= 1 << index,
                _ => {}
            }
        }
        self.begun = begun;
        self.is_found = begun >> (self.phrase.wanted.len() - 1) & 1 == 1;
    }

    /// Whether the phrase was in the pieces so far.
    pub(crate) fn is_found(&self) -> bool {
        self.is_found
    }
}
