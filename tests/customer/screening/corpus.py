"""A fixed corpus for matchers that are kept for ever: names in five scripts against the invented and the sample lists."""

from collections.abc import Iterator
from datetime import date

from customer_stack.screening import model
from customer_stack.screening.service import matching
from tests.customer.screening import samples

QUERIES = (
    model.Query("Harun Misbahi", model.Kind.PERSON, date(1970, 5, 4), ("sy",), ("S0001234",)),
    model.Query("Misbahy, Haroun", born=date(1970, 4, 5)),
    model.Query("H. Misbahi", model.Kind.PERSON, date(1991, 1, 1), ("is",)),
    model.Query("هارون المصباحي"),
    model.Query("හරුන් මිස්බාහි", model.Kind.PERSON),
    model.Query("ஹருன் மிஸ்பாஹி", model.Kind.PERSON),
    model.Query("Харун Мисбахи"),
    model.Query("LanternStar"),
    model.Query("Lantern Oil & Gas Trading Co. Ltd 2", model.Kind.ORGANISATION),
    model.Query("Lantern"),
    model.Query("Abdul Rahman Mohammad bin Ali"),
    model.Query("Mohammed Ali Hassan"),
    model.Query("Sergey Ivanov"),
    model.Query("Olga Maria Kim"),
    model.Query("Carlos Juan Hussein Omar"),
    model.Query("International Petroleum Shipping Industries Inc."),
    model.Query("Tilda Sample"),
    model.Query("x"),
    model.Query("!!"),
)
PAIRS = (
    ("Harun Misbahi", "MISBAHI, Harun"),
    ("Harun Misbahi", "Aaron Misbah"),
    ("هارون المصباحي", "Haroun al-Misbahi"),
    ("Lantern Oil Trading Ltd", "Lantern Oil Trading Limited Liability Company"),
    ("Lantern Shipping 2", "Lantern Shipping 3"),
    ("Bill Sample", "William Sample"),
    ("Juan Carlos Sample", "Carlos Sample"),
)


def answers() -> Iterator[tuple[str, bytes]]:
    """What matcher v1 says of the corpus; libraries' versions left out, for they are told apart."""
    lists = matching.read_lists(
        [
            model.ListFile("un.xml", samples.UN),
            model.ListFile("sdn.csv", samples.SDN),
            model.ListFile("alt.csv", samples.ALT),
            model.ListFile("add.csv", samples.ADD),
            model.ListFile("eu.xml", samples.EU),
        ]
    )
    screener = matching.prepare(lists)
    for query in QUERIES:
        decision = matching.screen(screener, query, threshold=300_000, limit=10)
        yield query.name, repr((decision.matcher, decision.threshold, decision.candidates)).encode()
    for left, right in PAIRS:
        yield f"{left} | {right}", str(matching.pair(left, right)).encode()
