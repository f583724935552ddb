"""Sets of words, written as running text so that a list of thousands stays a page."""


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())
