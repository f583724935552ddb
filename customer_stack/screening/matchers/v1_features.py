"""Matcher v1, everything but the name: what is known of somebody beside it raises or lowers the score of the name.

A feature that either side says nothing about has no effect: a list that knows no birth date must not let anybody pass.
"""

from datetime import date

from customer_stack.screening import model

WEAK = -60_000
BORN_SAME, BORN_NEAR, BORN_OTHER = 20_000, -30_000, -150_000
COUNTRY_SAME, COUNTRY_OTHER = 10_000, -40_000
IDENTIFIER_SAME = 980_000  # at least this, whatever the name
GAIN_MAX = BORN_SAME + COUNTRY_SAME  # what can be added to a name's score without the same document
KIND_OTHER = -200_000
IDENTIFIER_LENGTH_MIN = 5  # shorter numbers are met by chance


def alias(quality: model.Quality) -> model.Feature:
    """A weak alias finds more than it should."""
    weak = quality == model.Quality.WEAK
    return model.Feature("alias_quality", 0 if weak else model.ONE, WEAK if weak else 0, detail=quality.value)


def kind(query: model.Kind, candidate: model.Kind) -> model.Feature | None:
    if model.Kind.UNKNOWN in {query, candidate}:
        return None
    same = query == candidate
    return model.Feature("kind", model.ONE * same, 0 if same else KIND_OTHER, query.value, candidate.value)


def born(query: date | None, candidates: tuple[model.Born, ...]) -> model.Feature | None:
    """The best of several dates that a list gives counts."""
    if query is None or not candidates:
        return None
    nearness, nearest = max((_nearness(query, each), each) for each in candidates)
    effect = BORN_SAME if nearness >= 900_000 else 0 if nearness >= 700_000 else BORN_NEAR if nearness else BORN_OTHER
    return model.Feature("birth_date", nearness, effect, query.isoformat(), _written(nearest))


def _nearness(query: date, listed: model.Born) -> int:
    if listed.month and listed.day and listed.first == query.year:
        if (listed.month, listed.day) == (query.month, query.day):
            return model.ONE
        if (listed.day, listed.month) == (query.month, query.day):
            return 900_000  # written the other way round
        return 500_000 if query.month == listed.month or query.day == listed.day else 300_000
    if listed.first <= query.year <= listed.last:
        return 800_000
    slack = 3 if listed.about else 1
    return 300_000 if listed.first - slack <= query.year <= listed.last + slack else 0


def _written(listed: model.Born) -> str:
    if listed.month and listed.day:
        return f"{listed.first:04}-{listed.month:02}-{listed.day:02}"
    years = f"{listed.first}" if listed.first == listed.last else f"{listed.first} to {listed.last}"
    return f"about {years}" if listed.about else years


def country(query: tuple[str, ...], candidate: tuple[str, ...]) -> model.Feature | None:
    if not query or not candidate:
        return None
    shared = sorted(set(query) & set(candidate))
    effect = COUNTRY_SAME if shared else COUNTRY_OTHER
    return model.Feature("country", model.ONE * bool(shared), effect, " ".join(query), " ".join(shared or candidate))


def identifier(query: tuple[str, ...], candidate: tuple[model.Identifier, ...]) -> model.Feature | None:
    """The same number of a document. Another number says nothing: people have several passports."""
    if not query or not candidate:
        return None
    plain = {plain_identifier(each) for each in query}
    for each in sorted(candidate):
        if each.value in plain and len(each.value) >= IDENTIFIER_LENGTH_MIN:
            return model.Feature("identifier", model.ONE, IDENTIFIER_SAME, each.value, each.value, each.kind)
    return model.Feature("identifier", 0, 0)


def plain_identifier(text: str) -> str:
    """Letters and digits alone, in upper case: how a number is written differs by clerk."""
    return "".join(letter for letter in text.upper() if letter.isalnum())
