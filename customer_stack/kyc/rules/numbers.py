"""Numbers of identity documents: their form, their check digits, and what they say about birth and sex.

Sri Lanka's NIC and Saudi Arabia's identity and residence numbers are read here; others by python-stdnum. A number whose
issuer publishes no check is only held to be letters and digits.

Sri Lanka: old cards `YY DDD SSS C` with V or X behind, new ones `YYYY DDD SSSS C`; an old number is a new one without
century and the serial's first zero, so both have one check digit. The day of the year has 500 added for women. The
office counts every February with 29 days, so that 1 March is day 61 of any year; issuers who did not are known too, so
behind February both readings of a day are taken.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from stdnum import exceptions, luhn
from stdnum.cn import ric
from stdnum.my import nric
from stdnum.pk import cnic
from stdnum.pl import pesel
from stdnum.tr import tckimlik
from stdnum.za import idnr

from customer_stack.kyc import model

_PLAIN = re.compile(r"[0-9A-Z]{3,32}")
_NIC_OLD = re.compile(r"([0-9]{2})([0-9]{3})([0-9]{3})([0-9])[VX]")
_NIC_NEW = re.compile(r"([0-9]{4})([0-9]{3})([0-9]{4})([0-9])")
_NIC_WEIGHTS = (8, 4, 3, 2, 7, 6, 5, 8, 4, 3, 2)
_SAUDI = re.compile(r"[12][0-9]{9}")
_EMIRATI = re.compile(r"784([0-9]{4})[0-9]{8}")
_PASSPORT = re.compile(r"(?=.*[0-9])[0-9A-Z]{5,15}")


class Read(NamedTuple):
    """What a number says: the births that it allows (none: it says nothing of them), the sex, and itself in one form."""

    number: str
    births: frozenset[date] = frozenset()
    sex: model.Sex | None = None


def plain(text: str) -> str:
    """Letters and digits alone, in capitals: how people group a number says nothing."""
    return re.sub(r"[\s./-]", "", text).upper()


def read(kind: model.DocumentKind, country: str, text: str) -> Read | None:
    """What the number says, or nothing if it cannot be one of this kind and country."""
    number = plain(text)
    if not _PLAIN.fullmatch(number):
        return None
    if kind is model.DocumentKind.PASSPORT:
        return Read(number) if _PASSPORT.fullmatch(number) else None
    reader = _READERS.get((country, kind))
    return reader(number) if reader else Read(number)


def sri_lankan(number: str) -> Read | None:
    old, new = _NIC_OLD.fullmatch(number), _NIC_NEW.fullmatch(number)
    if old:
        year, day, serial, check = f"19{old[1]}", old[2], f"0{old[3]}", old[4]
    elif new:
        year, day, serial, check = new.groups()
    else:
        return None
    if _nic_check(year + day + serial) != int(check):
        return None
    count = int(day)
    if int(year) < 1880:
        return None
    sex = model.Sex.FEMALE if count > 500 else model.Sex.MALE
    births = _births(int(year), count - 500 if count > 500 else count)
    return Read(number, births, sex) if births else None


def _nic_check(digits: str) -> int:
    rest = sum(weight * int(digit) for weight, digit in zip(_NIC_WEIGHTS, digits, strict=True)) % 11
    return 0 if rest < 2 else 11 - rest


def _births(year: int, day: int) -> frozenset[date]:
    """The days that a number of a day may mean: by a calendar in which every February has 29 days, and by the real one."""
    if not 1 <= day <= 366:
        return frozenset()
    office = date(2000, 1, 1) + timedelta(days=day - 1)
    found = {date(year, 1, 1) + timedelta(days=day - 1)}
    if (office.month, office.day) != (2, 29) or _leap(year):
        found.add(date(year, office.month, office.day))
    return frozenset(each for each in found if each.year == year)


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def saudi(number: str) -> Read | None:
    """Ten digits with Luhn's check digit; those of nationals begin with 1."""
    return Read(number) if _SAUDI.fullmatch(number) and luhn.is_valid(number) else None


def _saudi_national(number: str) -> Read | None:
    return saudi(number) if number.startswith("1") else None


def _iqama(number: str) -> Read | None:
    return saudi(number) if number.startswith("2") else None


def _emirati(number: str) -> Read | None:
    """784, year of birth, serial, Luhn. The year alone says too little of a day, so every day of it is allowed."""
    form = _EMIRATI.fullmatch(number)
    if form is None or not luhn.is_valid(number):
        return None
    year = int(form[1])
    if not 1880 <= year <= 2100:
        return None
    days = (date(year + 1, 1, 1) - date(year, 1, 1)).days
    return Read(number, frozenset(date(year, 1, 1) + timedelta(days=day) for day in range(days)))


def _pakistani(number: str) -> Read | None:
    if not _valid(cnic.validate, number):
        return None
    return Read(number, sex=model.Sex.FEMALE if cnic.get_gender(number) == "F" else model.Sex.MALE)


def _south_african(number: str) -> Read | None:
    if not _valid(idnr.validate, number):
        return None
    sex = model.Sex.FEMALE if idnr.get_gender(number) == "F" else model.Sex.MALE
    born = idnr.get_birth_date(number)
    births = {born}
    if born.year >= 2000 and ((born.month, born.day) != (2, 29) or _leap(born.year - 100)):
        births.add(born.replace(year=born.year - 100))
    return Read(number, frozenset(births), sex)


def _polish(number: str) -> Read | None:
    if not _valid(pesel.validate, number):
        return None
    sex = model.Sex.FEMALE if pesel.get_gender(number) == "F" else model.Sex.MALE
    return Read(number, frozenset({pesel.get_birth_date(number)}), sex)


def _chinese(number: str) -> Read | None:
    return Read(number, frozenset({ric.get_birth_date(number)})) if _valid(ric.validate, number) else None


def _malaysian(number: str) -> Read | None:
    return Read(number, frozenset({nric.get_birth_date(number)})) if _valid(nric.validate, number) else None


def _turkish(number: str) -> Read | None:
    return Read(number) if _valid(tckimlik.validate, number) else None


def _valid(validate: Callable[[str], str], number: str) -> bool:
    """Tables of places in the library have holes, in which it stumbles: what it cannot read is no number."""
    try:
        validate(number)
    except (exceptions.ValidationError, LookupError, ValueError):
        return False
    return True


_NIC, _PERMIT = model.DocumentKind.NATIONAL_IDENTITY_CARD, model.DocumentKind.RESIDENCE_PERMIT
_READERS: Mapping[tuple[str, model.DocumentKind], Callable[[str], Read | None]] = {
    ("AE", _NIC): _emirati,
    ("AE", _PERMIT): _emirati,
    ("CN", _NIC): _chinese,
    ("LK", _NIC): sri_lankan,
    ("MY", _NIC): _malaysian,
    ("PK", _NIC): _pakistani,
    ("PL", _NIC): _polish,
    ("SA", _NIC): _saudi_national,
    ("SA", _PERMIT): _iqama,
    ("TR", _NIC): _turkish,
    ("ZA", _NIC): _south_african,
}
