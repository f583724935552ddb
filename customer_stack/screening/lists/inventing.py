"""Lists of full size about nobody, for measuring: the same bytes in every run, in the formats that OFAC and UN use.

Names are made of syllables, a few of them far more often than others, as names are. Their number and their share of
aliases are those of both lists together.
"""

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Sequence
from xml.sax import saxutils

from customer_stack.screening import model

OFAC_ENTITIES, OFAC_ALIASED = 18_500, 55  # of a hundred, with two aliases each
UN_ENTITIES, UN_ALIASES = 1_050, 3
_ONSETS = [
    "b",
    "ch",
    "d",
    "f",
    "g",
    "h",
    "j",
    "k",
    "kh",
    "l",
    "m",
    "n",
    "p",
    "q",
    "r",
    "s",
    "sh",
    "t",
    "v",
    "w",
    "y",
    "z",
]
_VOWELS = ["a", "e", "i", "o", "u", "aa", "ei"]
_CODAS = ["", "", "", "d", "f", "k", "l", "m", "n", "r", "s", "t", "sh"]
_COMMON = [
    "Mohammad",
    "Ali",
    "Ahmed",
    "Hassan",
    "Abdul",
    "Ivan",
    "Maria",
    "Jose",
    "Kim",
    "Juan",
    "Omar",
    "Carlos",
    "Hussein",
    "Olga",
    "Sergei",
]
_FIRMS = ("Trading LLC", "Shipping Co. Ltd.", "Group", "International Bank", "Petroleum JSC", "Industries Inc.")


class _Source:
    """Numbers that look random and are the same each time."""

    def __init__(self, seed: str) -> None:
        self._blocks = self._stream(seed)

    @staticmethod
    def _stream(seed: str) -> Iterator[int]:
        for number in itertools.count():
            block = hashlib.sha256(f"{seed} {number}".encode()).digest()
            yield from (int.from_bytes(block[at : at + 4], "big") for at in range(0, 32, 4))

    def below(self, bound: int) -> int:
        return next(self._blocks) % bound

    def choose(self, among: Sequence[str]) -> str:
        return among[self.below(len(among))]


def files(ofac: int = OFAC_ENTITIES, un: int = UN_ENTITIES) -> tuple[model.ListFile, ...]:
    """OFAC's three files and the UN's, of so many entries each."""
    source = _Source("lists")
    words = _words(source)
    return (*_ofac(source, words, ofac), _un(source, words, un))


def queries(lists: Iterable[model.List], count: int) -> list[model.Query]:
    """A third as listed, a third with a letter changed, a third about nobody on them."""
    source = _Source("queries")
    words = _words(_Source("elsewhere"))
    names = [entity.names[source.below(len(entity.names))].name for each in lists for entity in each.entities]
    found = []
    for number in range(count):
        listed = names[source.below(len(names))]
        at = source.below(max(1, len(listed)))
        changed = listed[:at] + source.choose("aeinrst") + listed[at + 1 :]
        found.append(model.Query((listed, changed, _person(source, words))[number % 3]))
    return found


def _words(source: _Source) -> list[str]:
    """Words to draw from, each as often as it is common: the n-th about n times less than the first."""
    made = list(_COMMON)
    while len(made) < 12_000:
        syllables = (
            source.choose(_ONSETS) + source.choose(_VOWELS) + source.choose(_CODAS) for _ in range(2 + source.below(2))
        )
        made.append("".join(syllables).capitalize())
    return [word for number, word in enumerate(made) for _ in range(max(1, 1200 // (number + 1)))]


def _person(source: _Source, words: Sequence[str]) -> str:
    return " ".join(source.choose(words) for _ in range(2 + source.below(3)))


def _name(source: _Source, words: Sequence[str], *, person: bool) -> str:
    if person:
        first, _, rest = _person(source, words).partition(" ")
        return f"{rest.upper()}, {first}"
    return f"{source.choose(words)} {source.choose(words)} {source.choose(_FIRMS)}".upper()


def _ofac(source: _Source, words: Sequence[str], count: int) -> list[model.ListFile]:
    lines: dict[str, list[str]] = {"sdn": [], "alt": [], "add": []}
    for ref in range(1, count + 1):
        person = source.below(2) == 0
        kind = '"individual"' if person else "-0- "
        born = f"DOB {1 + source.below(28):02} Mar {1940 + source.below(60)}." if person else "-0- "
        name = _name(source, words, person=person)
        lines["sdn"].append(f'{ref},"{name}",{kind},"SDGT",' + "-0- ," * 7 + f'"{born}"')
        lines["alt"] += [
            f'{ref},{ref * 10 + number},"aka","{_name(source, words, person=person)}",-0- '
            for number in range(int(source.below(100) < OFAC_ALIASED) * 2)
        ]
        lines["add"].append(
            f'{ref},{ref},"1 Example Street","Sampletown","{source.choose(["Iran", "Cuba", "Syria"])}",-0- '
        )
    return [model.ListFile(f"{part}.csv", "\r\n".join(rows).encode()) for part, rows in lines.items()]


def _un(source: _Source, words: Sequence[str], count: int) -> model.ListFile:
    rows = []
    for ref in range(1, count + 1):
        aliases = "".join(
            f"<INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>{saxutils.escape(_person(source, words))}</ALIAS_NAME>"
            "</INDIVIDUAL_ALIAS>"
            for _ in range(UN_ALIASES)
        )
        name = saxutils.escape(_person(source, words).upper())
        rows.append(f"<INDIVIDUAL><DATAID>{ref}</DATAID><FIRST_NAME>{name}</FIRST_NAME>{aliases}</INDIVIDUAL>")
    body = f"<CONSOLIDATED_LIST><INDIVIDUALS>{''.join(rows)}</INDIVIDUALS></CONSOLIDATED_LIST>"
    return model.ListFile("un.xml", body.encode())
