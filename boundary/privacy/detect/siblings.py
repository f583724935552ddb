"""Values cut into pieces over neighbouring fields: each piece is innocent, side by side they are a number or a name."""

import re
from collections.abc import Iterator, Sequence

from boundary.privacy.detect import checksums, codes, letters, numbers, words

_HEAD = re.compile(r"[+(]?\d|[A-Za-z]{2}\d{2}")
_WIDEST = 6
_DIALLING_CODES = frozenset({"94", "966", "971"})
_CODES_MIN = 5
_PIECE = re.compile(r"[A-Za-z0-9@._+() -]{1,34}")  # short ones only: whatever is longer has been judged on its own
Piece = tuple[str, object]


def joined(pieces: Sequence[Piece]) -> Iterator[tuple[str, str]]:
    """(path of the first piece, kind) for each run of neighbours that says more than its parts."""
    run: list[tuple[str, str, bool]] = []
    for path, value in [*pieces, ("", None)]:
        spelled = _spelled(value)
        if spelled is not None:
            run.append((path, spelled, isinstance(value, str)))
            continue
        if len(run) > 1:
            yield from _of_run(run)
        run = []


def _spelled(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value)
    return text if _PIECE.fullmatch(text) else None


def _of_run(run: list[tuple[str, str, bool]]) -> Iterator[tuple[str, str]]:
    if len(run) >= _CODES_MIN and _is_character_codes([text for _, text, _ in run]):
        yield run[0][0], "name"
        return
    for start, (_, head, quoted) in enumerate(run):
        if not _HEAD.match(head) or (not quoted and len(head) > 4):
            continue  # neither letters nor a longer number begin a number of a person's
        for stop in range(start + 2, min(start + _WIDEST, len(run)) + 1):
            window = run[start:stop]
            kind = _digits([text for _, text, _ in window], as_text=any(quoted for _, _, quoted in window))
            if kind:
                yield window[0][0], kind
                return
    if any(text[:1] == "@" for _, text, _ in run[1:]) and any(text.isalpha() for _, text, _ in run):
        yield run[0][0], "email"
    elif spelled := _spelled_out(run):
        yield run[0][0], spelled


def _is_character_codes(parts: list[str]) -> bool:
    if not all(part.isdigit() and 32 <= int(part) < 127 for part in parts):
        return False
    spelled = "".join(chr(int(part)) for part in parts)
    return sum(map(str.isalpha, spelled)) > len(spelled) * 0.7 and letters.resemblance(spelled) > 0


def _digits(parts: list[str], *, as_text: bool) -> str | None:
    text = "".join(parts)
    tail = parts[-1]
    if tail in {"V", "X", "v", "x"} and len(text) == 10 and text[:9].isdigit():
        return "national_id" if numbers.sri_lankan_old(text) else None
    if 15 <= len(text) <= 34 and text[:2].isalpha() and text[2:4].isdigit() and text.isalnum() and not text.isalpha():
        return "iban" if checksums.iban(text.upper()) else None
    bare = text.translate({ord(c): None for c in "+()"})
    if not bare.isdigit() or any(len(part) > 8 and not part.startswith("+") for part in parts[:-1]):
        return None
    if len(parts) == 3 and _is_day(parts):
        return "date_of_birth"
    if not 9 <= len(bare) <= 19 or max(map(len, parts)) > 12:
        return None
    if text[0] == "+" or (bare[0] == "0" and as_text and len(bare) <= 14 and len(parts[0]) > 1):
        return "phone"
    equal = len({len(part) for part in parts}) == 1
    kind = numbers.strong(bare)
    if kind in {"card", "device_id"}:
        return kind if as_text or (equal and len(parts) > 2) else None
    return kind if as_text or (kind == "phone" and parts[0] in _DIALLING_CODES) else None


def _is_day(parts: list[str]) -> bool:
    """Year, month and day of a birth, in either order."""
    year, month, day = (parts[0], parts[1], parts[2]) if len(parts[0]) == 4 else (parts[2], parts[1], parts[0])
    if len(year) != 4 or len(month) > 2 or len(day) > 2:
        return False
    return 1920 <= int(year) <= 2009 and 1 <= int(month) <= 12 and 1 <= int(day) <= 31


def _spelled_out(run: list[tuple[str, str, bool]]) -> str | None:
    """Letters handed over one by one, or syllables that are no words of their own."""
    parts = [text for _, text, _ in run if text.isalpha() or text in "@.-_ "]
    pieces = [text for text in parts if len(text) <= 3 and not words.known(text.lower())]
    if len(pieces) < 2 or len(pieces) * 2 < len(parts):
        return None
    word = "".join(pieces)
    unknown = len(word) >= 4 and codes.judge(word.lower()) != ""
    single = all(len(text) == 1 for text in pieces)
    return (
        "name"
        if unknown and (single or letters.resemblance(word.lower()) > 0) and (single or not word.isupper())
        else None
    )
