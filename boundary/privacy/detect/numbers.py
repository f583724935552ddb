"""Which runs of digits are a person's number, although an integer looks just the same.

`strong` holds where the structure alone is rare among integers (at most a few in a thousand of that length), so it may
be applied to any bare number. `written` adds what is only believed of digits written as text under no telling key,
where an amount would have been a number. Trailing zeros speak for an amount: people's numbers end in 0000 by chance
only. Every figure about false alarms rests on these two lists.
"""

import re

from boundary.privacy.detect import checksums

_EARLIEST_BIRTH, _LATEST_BIRTH = 1920, 2009  # the platform's own dates are later, its customers are adults

_MOBILE = re.compile(r"94(?:7[0-8]\d{7})|971(?:5[024568]\d{7})|9665\d{8}")
_MOBILE_WRITTEN = re.compile(
    r"447[1-9]\d{8}|91[6-9]\d{9}|3526[269]1\d{6}|923[0-4]\d{8}|8801[3-9]\d{8}|861[3-9]\d{9}|94(?:11|81|91|21|31|41)[2-9]\d{6}"
)
_CARD = re.compile(
    r"4\d{15}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|35(?:2[89]|[3-8]\d)\d{12}|6(?:011|5\d\d|4[4-9]\d|2\d\d|0\d\d)\d{12}"
)
_CARD_WRITTEN = re.compile(r"3(?:0[0-5]|[689]\d)\d{11}|(?:62|5[06-8]|6\d)\d{15,17}|4\d{18}")
_IMEI_COMMON = re.compile(r"(?:35|86|01|99)\d{13}")


def is_day(month: str, day: str) -> bool:
    return 1 <= int(month) <= 12 and 1 <= int(day) <= 31


def _birth_year(year: str) -> bool:
    return _EARLIEST_BIRTH <= int(year) <= _LATEST_BIRTH


def _day_of_year(text: str) -> bool:
    return 1 <= int(text) % 500 <= 366 and int(text) < 867


def is_birth_year(digits: str) -> bool:
    return len(digits) == 4 and _birth_year(digits)


def sri_lankan_new(digits: str) -> bool:
    """YYYYDDDSSSSC, women's days counted from 501."""
    return _birth_year(digits[:4]) and _day_of_year(digits[4:7])


def sri_lankan_old(digits: str) -> bool:
    """YYDDDSSSC, followed by V or X."""
    return _day_of_year(digits[2:5])


def card(digits: str) -> bool:
    return bool(_CARD.fullmatch(digits) or _CARD_WRITTEN.fullmatch(digits)) and checksums.luhn(digits)


def mobile(digits: str) -> bool:
    """International form without its plus."""
    return bool(_MOBILE.fullmatch(digits) or _MOBILE_WRITTEN.fullmatch(digits))


def strong(digits: str) -> str | None:
    if digits.endswith("0000") and not (digits[-6:-4] != "00" and len(digits) == 16 and card(digits)):
        return None
    match len(digits):
        case 8:
            found = "date_of_birth" if _birth_year(digits[:4]) and is_day(digits[4:6], digits[6:]) else None
        case 11 | 12 if _MOBILE.fullmatch(digits):
            found = "phone"
        case 12 if sri_lankan_new(digits):
            found = "national_id"
        case 15 if digits[:5] in {"78419", "78420"}:
            found = "national_id"
        case 15 | 16 if _CARD.fullmatch(digits) and checksums.luhn(digits):
            found = "card"
        case 15 if _IMEI_COMMON.fullmatch(digits) and checksums.luhn(digits):
            found = "device_id"
        case 18 if _chinese(digits):
            found = "national_id"
        case _:
            found = None
    return found


def written(digits: str) -> str | None:
    """For digits in text, where neither key nor unit says what they count."""
    if digits[0] == "0" and 9 <= len(digits) <= 17 and digits.strip("0"):
        return "phone"
    found = strong(digits)
    if found or digits.endswith("0000") or len(digits) < 8:
        return found
    if _MOBILE_WRITTEN.fullmatch(digits):
        return "phone"
    if _CARD_WRITTEN.fullmatch(digits) and checksums.luhn(digits) and not is_recent_epoch(digits):
        return "card"
    if len(digits) == 8:
        return "date_of_birth" if _birth_year(digits[4:]) and _two_way_date(digits) else None
    if len(digits) == 15 and checksums.luhn(digits):
        return "device_id"
    if digits.startswith("89") and len(digits) in {19, 20} and checksums.luhn(digits):
        return "device_id"  # the number of a SIM card
    check = _IDENTITY_CHECKS.get(len(digits))
    return "national_id" if check and check(digits) and not is_recent_epoch(digits) else None


def _two_way_date(digits: str) -> bool:
    return is_day(digits[2:4], digits[:2]) or is_day(digits[:2], digits[2:4])


def is_recent_epoch(digits: str) -> bool:
    """Seconds, ms, µs or ns between 2020 and 2030."""
    return len(digits) in {10, 13, 16, 19} and "158" <= digits[:3] < "190"


def birth_moment(number: int) -> bool:
    """Midnight UTC of some day on which an adult may have been born, as epoch seconds or milliseconds."""
    for scale in (1, 1000):
        days, rest = divmod(number, 86_400 * scale)
        if (
            rest == 0 and -18_000 < days < 14_400 and abs(days) > 365 and number % 10**4
        ):  # 1920 to mid 2009; no round amounts
            return True
    return False


def _chinese(digits: str) -> bool:
    return _birth_year(digits[6:10]) and is_day(digits[10:12], digits[12:14]) and checksums.chinese(digits)


def _ten(digits: str) -> bool:
    """Saudi national identity (1) and iqama (2); Swedish and Bulgarian numbers, which begin with the day of birth."""
    if is_day(digits[2:4], digits[4:6]) and (checksums.luhn(digits) or checksums.bulgarian(digits)):
        return True
    return digits[0] in "12" and checksums.luhn(digits)


def _eleven(digits: str) -> bool:
    if checksums.polish(digits) and is_day(str(int(digits[2:4]) % 20), digits[4:6]) and int(digits[2:4]) < 33:
        return True
    if is_day(digits[2:4], digits[:2]) and checksums.norwegian(digits):
        return True
    if digits[0] in "123456" and is_day(digits[3:5], digits[5:7]) and checksums.estonian(digits):
        return True
    return checksums.brazilian(digits) or checksums.turkish(digits) or checksums.german(digits)


def _twelve(digits: str) -> bool:
    if digits[0] in "23" and is_day(digits[3:5], digits[5:7]) and checksums.kuwaiti(digits):
        return True
    return digits[0] > "1" and checksums.verhoeff(digits)


def _thirteen(digits: str) -> bool:
    south_african = is_day(digits[2:4], digits[4:6]) and digits[10] in "01" and checksums.luhn(digits)
    luxembourgish = (
        _birth_year(digits[:4])
        and is_day(digits[4:6], digits[6:8])
        and checksums.luhn(digits[:12])
        and checksums.verhoeff(digits[:11] + digits[12])
    )
    romanian = digits[0] in "1256" and is_day(digits[3:5], digits[5:7]) and checksums.romanian(digits)
    return south_african or luxembourgish or romanian


def _fourteen(digits: str) -> bool:
    """Egypt: century, day of birth, governorate."""
    return digits[0] in "23" and is_day(digits[3:5], digits[5:7]) and 1 <= int(digits[7:9]) <= 35


def _fifteen(digits: str) -> bool:
    return digits[0] in "12" and is_day(digits[3:5], "1") and checksums.french(digits)


_IDENTITY_CHECKS = {10: _ten, 11: _eleven, 12: _twelve, 13: _thirteen, 14: _fourteen, 15: _fifteen}
