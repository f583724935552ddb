"""Whether a text is an account number. A verdict names the first fault; it never says that the account exists."""

import re
from collections.abc import Callable, Mapping

from customer_stack.payments.model.accounts import Fault, Kind, Modulus, Verdict
from customer_stack.payments.rules import account_data, uk_modulus

LENGTH_MAX = 64
_SEPARATORS = re.compile(r"[ \-.]")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]+", re.ASCII)
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?", re.ASCII)
_SORT_CODE = re.compile(r"([0-9]{2})([ -]?)([0-9]{2})\2([0-9]{2})(?:[ /-]([0-9]{8}))?", re.ASCII)
_LK = re.compile(r"([0-9]{4})[ /-]?([0-9]{3})[ /-]([0-9]{1,24})", re.ASCII)
_PART = re.compile(r"([0-9]+)([nac])")
_CLASSES = {"n": "[0-9]", "a": "[A-Z]", "c": "[A-Z0-9]"}
_STRUCTURES = {
    country: re.compile("".join(f"{_CLASSES[kind]}{{{count}}}" for count, kind in _PART.findall(text)), re.ASCII)
    for country, text in account_data.IBAN.items()
}
_LENGTHS = {
    country: 4 + sum(int(count) for count, _ in _PART.findall(text)) for country, text in account_data.IBAN.items()
}
_MODULUS, _REMAINDER = 97, 1


def validate(kind: Kind, text: str, modulus: Modulus | None = None) -> Verdict:
    """With the weights of `modulus` an account behind a sort code is checked too."""
    stripped = text.strip()
    if not stripped:
        return Verdict(kind, Fault.EMPTY)
    if len(stripped) > LENGTH_MAX:
        return Verdict(kind, Fault.TOO_LONG)
    if not stripped.isascii() or not stripped.isprintable():
        return Verdict(kind, Fault.CHARACTERS)
    verdict = _KINDS[kind](stripped)
    if kind is Kind.SORT_CODE and modulus is not None and verdict.good:
        code, _, account = verdict.compact.partition("/")
        if account and not uk_modulus.possible(modulus, code, account):
            return Verdict(kind, Fault.MODULUS)
    return verdict


def iban(text: str) -> Verdict:
    """Country, length and structure by the registry, then MOD 97-10. Sri Lanka has none."""
    compact = _SEPARATORS.sub("", text).upper()
    country = compact[:2]
    fault: Fault | None = None
    if not _IBAN.fullmatch(compact):
        fault = Fault.CHARACTERS
    elif country not in account_data.IBAN:
        known = country in account_data.COUNTRIES
        fault = Fault.COUNTRY_HAS_NO_IBAN if known else Fault.COUNTRY_UNKNOWN
    elif len(compact) != _LENGTHS[country]:
        fault = Fault.LENGTH
    elif not _STRUCTURES[country].fullmatch(compact[4:]):
        fault = Fault.STRUCTURE
    elif not _check_digits_possible(compact[2:4]) or mod97(compact[4:] + compact[:4]) != _REMAINDER:
        fault = Fault.CHECKSUM
    return _verdict(Kind.IBAN, fault, compact, country)


def mod97(text: str) -> int:
    """ISO 7064 MOD 97-10: letters count from 10 to 35."""
    return int("".join(str(int(character, 36)) for character in text)) % _MODULUS


def check_digits(text: str) -> str:
    """Those that make `text` with them in front, counted last, leave one."""
    return f"{98 - mod97(text + '00'):02}"


def _check_digits_possible(digits: str) -> bool:
    """98 less a remainder: 00, 01 and 99 have the arithmetic of 97, 98 and 02 and are never given out."""
    return "02" <= digits <= "98"


def bic(text: str) -> Verdict:
    compact = text.upper()
    fault: Fault | None = None
    if not re.fullmatch(r"[A-Z0-9]+", compact, re.ASCII):
        fault = Fault.CHARACTERS
    elif len(compact) not in {8, 11}:
        fault = Fault.LENGTH
    elif not _BIC.fullmatch(compact):
        fault = Fault.STRUCTURE
    elif compact[4:6] not in account_data.COUNTRIES:
        fault = Fault.COUNTRY_UNKNOWN
    return _verdict(Kind.BIC, fault, compact, compact[4:6])


def aba(text: str) -> Verdict:
    """Nine digits: weights 3, 7, 1, and first digits that are given out."""
    compact = _SEPARATORS.sub("", text)
    fault: Fault | None = None
    if not re.fullmatch(r"[0-9]+", compact, re.ASCII):
        fault = Fault.CHARACTERS
    elif len(compact) != 9:
        fault = Fault.LENGTH
    elif not any(low <= int(compact[:2]) <= high for low, high in account_data.ABA_PREFIXES) or int(compact) == 0:
        fault = Fault.PREFIX
    elif sum(weight * int(digit) for weight, digit in zip((3, 7, 1) * 3, compact, strict=True)) % 10:
        fault = Fault.CHECKSUM
    return _verdict(Kind.ABA, fault, compact, "US")


def sort_code(text: str) -> Verdict:
    """Three pairs of digits, optionally with an account number behind."""
    found = _SORT_CODE.fullmatch(text)
    if found is None:
        digits = re.sub(r"[ /-]", "", text)
        fault = Fault.LENGTH if digits.isdigit() and len(digits) not in {6, 14} else Fault.STRUCTURE
        return _verdict(Kind.SORT_CODE, fault if digits.isdigit() else Fault.CHARACTERS, "", "GB")
    first, _, second, third, account = found.groups()
    return _verdict(Kind.SORT_CODE, None, f"{first}{second}{third}" + (f"/{account}" if account else ""), "GB")


def lk_account(text: str) -> Verdict:
    """Bank of four digits, branch of three, account, as LankaPay's rails want them: `7010-001-1234567890`."""
    found = _LK.fullmatch(text)
    if found is None:
        fault = Fault.STRUCTURE if re.fullmatch(r"[0-9 /-]+", text, re.ASCII) else Fault.CHARACTERS
        return _verdict(Kind.LK_ACCOUNT, fault, "", "LK")
    bank, branch, account = found.groups()
    lengths = account_data.LK_BANKS.get(bank)
    fault_: Fault | None = None
    if lengths is None:
        fault_ = Fault.BANK_UNKNOWN
    elif len(account) not in (lengths or account_data.LK_LENGTHS) or int(account) == 0:
        fault_ = Fault.ACCOUNT_LENGTH
    return _verdict(Kind.LK_ACCOUNT, fault_, f"{bank}-{branch}-{account}", "LK")


def _verdict(kind: Kind, fault: Fault | None, compact: str, country: str) -> Verdict:
    return Verdict(kind, fault) if fault else Verdict(kind, None, compact, country)


_KINDS: Mapping[Kind, Callable[[str], Verdict]] = {
    Kind.IBAN: iban,
    Kind.BIC: bic,
    Kind.ABA: aba,
    Kind.SORT_CODE: sort_code,
    Kind.LK_ACCOUNT: lk_account,
}
