"""Versioned matchers. One that has made a decision is never edited: a better one is a new module beside it."""
