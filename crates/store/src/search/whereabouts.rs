//! Where a condition may be true, told from where its parts may be.

use super::compile::Node;

/// A set of places that may hold something; nothing of it is anywhere else.
pub(crate) trait Whereabouts: Sized {
    /// All places.
    const EVERYWHERE: Self;
    /// No place.
    const NOWHERE: Self;

    /// Whether there is no place in it.
    fn is_nowhere(&self) -> bool;

    /// What is in both.
    fn and(self, other: Self) -> Self;

    /// What is in either.
    fn or(self, other: Self) -> Self;

    /// What is in all of these; the rest is not asked once nothing is left.
    fn in_all<T, E>(parts: impl IntoIterator<Item = T>, mut of: impl FnMut(T) -> Result<Self, E>) -> Result<Self, E> {
        let mut both = Self::EVERYWHERE;
        for part in parts {
            if both.is_nowhere() {
                break;
            }
            both = both.and(of(part)?);
        }
        Ok(both)
    }
}

impl Node {
    /// Where it may be true, when each atom may be there.
    pub(crate) fn whereabouts<W: Whereabouts, E>(&self, of_atom: &impl Fn(u8) -> Result<W, E>) -> Result<W, E> {
        match self {
            Node::Atom(atom) => of_atom(*atom),
            Node::AtMost(inner, _) => inner.whereabouts(of_atom),
            // Where something may be says nothing about where it is not.
            Node::Not(_) => Ok(W::EVERYWHERE),
            Node::And(parts) => W::in_all(parts, |part| part.whereabouts(of_atom)),
            Node::Or(parts) => {
                parts.iter().try_fold(W::NOWHERE, |either, part| Ok(either.or(part.whereabouts(of_atom)?)))
            }
        }
    }
}
