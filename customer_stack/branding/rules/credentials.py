"""A tripwire: text that looks like a credential does not belong in a file that every browser receives.

It knows shapes, not secrets: private keys, connection strings, passwords in addresses, signed tokens, the prefixes by
which well-known services mark their keys, and long strings that look random. No finding repeats the text.
"""

import itertools
import re

RANDOM_LENGTH_MIN = 24
CHANGES_MIN = 0.35  # per character: addresses stay near 0.1, random letters and digits near 0.6

_SHAPES = (
    ("a private key", re.compile(r"-----BEGIN |AGE-SECRET-KEY-|PuTTY-User-Key-File", re.IGNORECASE)),
    (
        "a connection string",
        re.compile(
            r"\b(postgres(ql)?|mysql|mariadb|mongodb|rediss?|valkeys?|amqps?|kafka|ldaps?|smtps?)(\+\w+)*://",
            re.IGNORECASE,
        ),
    ),
    ("an address with a password", re.compile(r"://[^/\s@]*@|\bsslmode=", re.IGNORECASE)),
    (
        "a password or key in plain text",
        re.compile(
            r"(passw(or)?d|passphrase|pwd|secret|api[_-]?key|access[_-]?key|token|signature)\w*\s*=\s*\S", re.IGNORECASE
        ),
    ),
    ("a signed token", re.compile(r"\beyJ[\w-]{8,}\.[\w-]{4,}|\b(Bearer|Basic)\s+[\w+/=.-]{8,}")),
    (
        "a service's key",
        re.compile(
            r"\b((sk|pk|rk)_(live|test)_\w{8,}|(AKIA|ASIA)[A-Z0-9]{12,}|gh[a-z]_\w{16,}|github_pat_\w+|glpat-[\w-]{8,}"
            r"|xox[a-z]-[\w-]{8,}|AIza[\w-]{20,}|ya29\.[\w-]+|SG\.[\w-]{8,}|npm_\w{16,}|hvs\.\w{8,})"
        ),
    ),
)
_RUN = re.compile(rf"[A-Za-z0-9+/_=-]{{{RANDOM_LENGTH_MIN},}}")
_HEX = re.compile(rf"[0-9a-fA-F]{{{RANDOM_LENGTH_MIN},}}")


def looks_like(text: str) -> str | None:
    """What kind of credential the text looks like, or nothing."""
    for kind, shape in _SHAPES:
        if shape.search(text):
            return kind
    if _HEX.search(text) or any(_is_random(run) for run in _RUN.findall(text)):
        return "a long random string"
    return None


def _is_random(run: str) -> bool:
    """Words change between capitals, small letters and digits now and then; random text at every second step."""
    changes = sum(
        one.isalnum() and other.isalnum() and _kind(one) != _kind(other) for one, other in itertools.pairwise(run)
    )
    return changes >= CHANGES_MIN * len(run)


def _kind(letter: str) -> tuple[bool, bool]:
    return letter.isdigit(), letter.isupper()
