"""Personal data of people who do not exist: one maker per kind, each in the many ways people write such things down.

The check digits are computed here from their published definitions, on purpose not with the detector's functions.
"""

import random  # noqa: TID251 -- a corpus is drawn from a printed seed
import string
from collections.abc import Callable
from typing import Any

from tests.boundary.privacy import corpus_people as people

Rng = random.Random


def _digits(rng: Rng, count: int) -> str:
    return "".join(rng.choices(string.digits, k=count))


def _latin_pair(rng: Rng) -> tuple[str, str]:
    given, family = people.LATIN[rng.choice(list(people.LATIN))]
    return rng.choice(given.split()), rng.choice(family.split())


def name(rng: Rng) -> Any:
    if rng.random() < 0.25:
        given, family = people.NATIVE[rng.choice(list(people.NATIVE))]
        first, last = rng.choice(given.split()), rng.choice(family.split())
        return rng.choice([f"{first} {last}", first, last, f"{last} {first}"])
    first, last = _latin_pair(rng)
    middle = rng.choice(string.ascii_uppercase)
    forms = [
        f"{first} {last}",
        f"{first} {last}",
        f"{first} {middle}. {last}",
        f"{last}, {first}",
        f"{first} {last}".upper(),
        f"{first} {last}".lower(),
        f"{middle}. {last}",
        f"{middle}.{first[0]}. {last}",
        f"{rng.choice(['Mr', 'Mrs', 'Dr', 'Ms', 'Rev.', 'Prof.'])} {first} {last}",
        f"{first}.{last}".lower(),
        f"{first}_{last}".lower(),
        f"{first}-{last}".lower(),
        f"{first}_{last}".upper(),
        f"{first}{last}",
        f"{first}{last}".lower(),
        f"{first[0]}{last}".lower(),
        f"{first}{rng.randint(50, 2009)}".lower(),
        f"{first}-{last}-27DEC".upper(),
        f"{first}.{last}-T{rng.randint(1, 99)}".upper(),
        last,
        last.lower(),
        last.upper() if len(last) > 5 else f"{first} {last}",
        first if len(first) > 3 else f"{first} {last}",
        f"order for {first} {last}",
        f"{first} {last} (beneficiary)",
    ]
    return rng.choice(forms)


def split_name(rng: Rng) -> Any:
    first, last = _latin_pair(rng)
    return rng.choice(
        [
            {"a": first, "b": last},
            {"p1": first[:3], "p2": first[3:] + " " + last},
            [first, last],
            list(f"{first} {last}"),
            {"x": first.upper(), "y": last.upper()},
            {f"{first} {last}": rng.randint(1, 9)},
            {first.lower() + "_" + last.lower(): {"quantity": 5}},
        ]
    )


def address(rng: Rng) -> Any:
    if rng.random() < 0.2:
        return rng.choice(people.NATIVE_ADDRESSES)
    number, street, city = rng.randint(1, 400), rng.choice(people.STREETS), rng.choice(people.CITIES)
    return rng.choice(
        [
            f"No. {number}/{rng.randint(1, 9)}, {street}, {city}",
            f"{number} {street}, {city}",
            f"{number} {street}\n{city}",
            f"Flat {rng.randint(1, 60)}, {number} {street}, {city}",
            f"Villa {number}, {street}, {city}",
            f"P.O. Box {rng.randint(100, 99999)}, {city}",
            f"{number}, {street}".upper(),
            f"{street} {number}",
            f"{number} {street}".lower(),
            {"a": f"{number} {street}", "b": city},
        ]
    )


PHONES = [  # dialling code, national prefixes, digits after the prefix
    ("94", ["70", "71", "72", "74", "75", "76", "77", "78"], 7),
    ("94", ["11", "81", "91", "21"], 7),
    ("966", ["50", "53", "54", "55", "56", "59"], 7),
    ("971", ["50", "52", "54", "55", "56", "58"], 7),
    ("44", ["74", "75", "77", "78", "79"], 8),
    ("91", ["98", "97", "96", "88", "70"], 8),
    ("352", ["621", "661", "691"], 6),
    ("1", ["212", "415", "305", "646", "312"], 7),
]
OTHER_PHONES = [
    "+49 151 2345 6789",
    "+33 6 12 34 56 78",
    "+81-90-1234-5678",
    "+86 138 0013 8000",
    "+55 (11) 98765-4321",
]
DIGIT_WORDS = people.words("zero one two three four five six seven eight nine")


def phone(rng: Rng) -> Any:
    if rng.random() < 0.05:
        return rng.choice(OTHER_PHONES)
    country, prefixes, rest = rng.choice(PHONES)
    prefix, line = rng.choice(prefixes), str(rng.randint(2, 9)) + _digits(rng, rest - 1)
    head, tail = line[:3], line[3:]
    forms: list[Any] = [
        f"+{country}{prefix}{line}",
        f"+{country} {prefix} {head} {tail}",
        f"+{country}-{prefix}-{head}-{tail}",
        f"+{country} ({prefix}) {head}-{tail}",
        f"(+{country}) {prefix} {head} {tail}",
        f"00{country}{prefix}{line}",
        f"00 {country} {prefix} {line}",
        f"+{country}.{prefix}.{head}.{tail}",
        f"tel:+{country}{prefix}{line}",
        f"+{country}{prefix}{line} ext. {rng.randint(10, 999)}",
        f"+{country} {prefix} {line} x{rng.randint(10, 99)}",
        f"call me on +{country} {prefix} {line}",
        f"whatsapp {country}{prefix}{line}",
        f"mobile: +{country}{prefix}{line}",
        {"p1": f"+{country}", "p2": prefix, "p3": line},
        {"a": f"+{country}{prefix}", "b": line},
        [f"+{country}", prefix, head, tail],
    ]
    if country != "1":
        forms += [
            f"0{prefix}{line}",
            f"0{prefix} {head} {tail}",
            f"0{prefix}-{line}",
            f"(0{prefix}) {line}",
            f"0{prefix}.{head}.{tail}",
        ]
        forms += [f"{country}{prefix}{line}", {"a": f"0{prefix}", "b": line}]
    else:
        forms += [
            f"({prefix}) {head}-{tail}",
            f"{prefix}-{head}-{tail}",
            f"{prefix}.{head}.{tail}",
            f"1-{prefix}-{head}-{tail}",
        ]
    if country in {"94", "971", "966"} and prefix not in {"11", "81", "91", "21"}:
        forms += [
            int(f"{country}{prefix}{line}"),
            f"{country}{prefix}{line}.00",
            " ".join(DIGIT_WORDS[int(d)] for d in f"0{prefix}{line}"),
        ]
    return rng.choice(forms)


def email(rng: Rng) -> Any:
    if rng.random() < 0.08:
        return rng.choice(people.NATIVE_MAILBOXES)
    first, last = _latin_pair(rng)
    host = rng.choice(people.HOSTS)
    user = rng.choice(
        [f"{first}.{last}", f"{first[0]}{last}", f"{first}{rng.randint(1, 99)}", last, f"{first}+orders"]
    ).lower()
    dotted = host.replace(".", rng.choice([" dot ", " [dot] ", "(dot)", " . "]))
    return rng.choice(
        [
            f"{user}@{host}",
            f"{user}@{host}",
            f"{user}@{host}".upper(),
            f"{first} {last} <{user}@{host}>",
            f"mailto:{user}@{host}",
            f"{user} (at) {host}",
            f"{user}[at]{dotted}",
            f"{user} at {dotted}",
            f"{user} @ {host}",
            f"info@{host}",
            f"contact {user}@{host} please",
            f"https://api.example.com/v1/users?email={user}%40{host}",
            {"user": user, "host": host},
            {"a": user, "b": "@", "c": host},
            [user, "@" + host],
            {f"{user}@{host}": True},
        ]
    )


def _luhn_digit(body: str) -> str:
    total = 0
    for place, char in enumerate(reversed(body)):
        value = int(char) * (2 if place % 2 == 0 else 1)
        total += value // 10 + value % 10
    return str(-total % 10)


def _verhoeff_digit(body: str) -> str:
    def times(a: int, b: int) -> int:  # multiplication in the dihedral group D5
        if a < 5:
            return (a + b) % 5 if b < 5 else 5 + (a + b - 5) % 5
        return 5 + (a - b) % 5 if b < 5 else (a - b) % 5

    first = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]
    check = 0
    for place, char in enumerate(reversed(body), start=1):
        digit = int(char)
        for _ in range(place % 8):
            digit = first[digit]
        check = times(check, digit)
    return str((5 - check) % 5 if check < 5 else check)


def _day_of_year(rng: Rng) -> int:
    return rng.randint(1, 365) + rng.choice([0, 500])


def national_id(rng: Rng) -> Any:
    year, day = rng.randint(1945, 2006), _day_of_year(rng)
    month, mday = rng.randint(1, 12), rng.randint(1, 28)
    saudi = rng.choice("12") + _digits(rng, 8)
    emirates = f"784{year}{_digits(rng, 7)}"
    emirates += _luhn_digit(emirates)
    aadhaar = rng.choice("23456789") + _digits(rng, 10)
    aadhaar += _verhoeff_digit(aadhaar)
    african = f"{year % 100:02}{month:02}{mday:02}{_digits(rng, 4)}08"
    chinese = f"110105{year}{month:02}{mday:02}{_digits(rng, 3)}"
    chinese += "10X98765432"[sum(int(c) * 2 ** (17 - i) for i, c in enumerate(chinese)) % 11]
    body = rng.randint(10_000_000, 99_999_999)
    old = f"{year % 100:02}{day:03}{_digits(rng, 4)}"
    new = f"{year}{day:03}{_digits(rng, 5)}"
    nino = rng.choice("ABCEGHJKLMNPRSTWXYZ") + rng.choice("ABCEGHJKLMPRSTWXYZ") + _digits(rng, 6) + rng.choice("ABCD")
    ssn = f"{rng.randint(100, 665):03}-{rng.randint(1, 99):02}-{rng.randint(1, 9999):04}"
    return rng.choice([
        old + rng.choice("VX"), old + rng.choice("vx"), old + " V", f"NIC {old}V", new, new, f"NIC: {new}", int(new),
        f"{new[:4]} {new[4:7]} {new[7:]}", {"a": old, "b": "V"}, {"p": new[:7], "q": new[7:]},
        saudi + _luhn_digit(saudi), saudi + _luhn_digit(saudi), f"iqama {saudi}{_luhn_digit(saudi)}", {"iqama_no": int(saudi + _luhn_digit(saudi))},
        emirates, f"{emirates[:3]}-{emirates[3:7]}-{emirates[7:14]}-{emirates[14]}", int(emirates),
        ssn, ssn, ssn.replace("-", " "), f"SSN {ssn.replace('-', '')}", {"ssn": int(ssn.replace("-", ""))},
        nino, nino.lower(), f"{nino[:2]} {nino[2:4]} {nino[4:6]} {nino[6:8]} {nino[8]}",
        aadhaar, f"{aadhaar[:4]} {aadhaar[4:8]} {aadhaar[8:]}",
        african + _luhn_digit(african), chinese, f"{body}{'TRWAGMYFPDXBNJZSQVHLCKE'[body % 23]}",
        {"national_id": new}, {"nic": old + "V"}, {"taxId": f"{body}"},
    ])  # fmt: skip


def passport(rng: Rng) -> Any:
    number = rng.choice(
        ["N" + _digits(rng, 7), rng.choice("ABCKPZ") + _digits(rng, 8), "OL" + _digits(rng, 7), "P" + _digits(rng, 7)]
    )
    first, last = _latin_pair(rng)
    return rng.choice([
        number, f"passport {number}", f"Passport No: {number}", {"passport": number}, {"passport_no": _digits(rng, 9)},
        f"P<LKA{last.upper()}<<{first.upper()}<<<<<<<<<<<<<<<<", f"{number[0]} {number[1:]}", number.lower(),
    ])  # fmt: skip


IBANS = [
    ("GB", "NWBK", 14),
    ("DE", "", 18),
    ("AE", "033", 16),
    ("SA", "80", 20),
    ("LU", "001", 13),
    ("FR", "", 23),
    ("CH", "", 17),
    ("QA", "DOHB", 21),
]


def iban(rng: Rng) -> Any:
    country, bank, digits = rng.choice(IBANS)
    body = bank + _digits(rng, digits)
    as_number = int("".join(str(int(c, 36)) for c in body + country + "00"))
    full = f"{country}{98 - as_number % 97:02}{body}"
    grouped = " ".join(full[i : i + 4] for i in range(0, len(full), 4))
    return rng.choice(
        [
            full,
            full,
            grouped,
            full.lower(),
            f"IBAN {grouped}",
            grouped.replace(" ", "-"),
            {"iban": full},
            {"a": full[:8], "b": full[8:]},
        ]
    )


def card(rng: Rng) -> Any:
    prefix, length = rng.choice(
        [
            ("4", 16),
            ("51", 16),
            ("55", 16),
            ("34", 15),
            ("37", 15),
            ("6011", 16),
            ("2221", 16),
            ("3530", 16),
            ("62", 16),
        ]
    )
    body = prefix + _digits(rng, length - len(prefix) - 1)
    full = body + _luhn_digit(body)
    groups = [full[i : i + 4] for i in range(0, len(full), 4)]
    return rng.choice([
        full, full, " ".join(groups), "-".join(groups), int(full), f"card {full}", {"card_number": full}, f"{full} 12/29 cvv 123",
        {f"c{i}": part for i, part in enumerate(groups)}, groups,
    ])  # fmt: skip


MONTHS = people.words("January February March April May June July August September October November December")


def birth_date(rng: Rng) -> Any:
    year, month, day = rng.randint(1930, 2006), rng.randint(1, 12), rng.randint(1, 28)
    word = MONTHS[month - 1]
    return rng.choice([
        f"{year}-{month:02}-{day:02}", f"{day:02}/{month:02}/{year}", f"{month:02}/{day:02}/{year}", f"{day} {word} {year}",
        f"{word} {day}, {year}", f"{day:02}.{month:02}.{year}", f"{day:02}-{month:02}-{year}", f"{day}-{word[:3]}-{year}",
        f"{year}/{month:02}/{day:02}", f"born {day} {word} {year}", f"DOB: {day:02}/{month:02}/{year % 100:02}", f"{year}-{month:02}-{day:02}T00:00:00Z",
        {"dob": f"{year}-{month:02}-{day:02}"}, {"birth_year": year}, {"year": year, "month": month, "day": day},
        {"date_of_birth": f"{rng.randint(2007, 2020)}-{month:02}-{day:02}"}, f"{year}{month:02}{day:02}",
    ])  # fmt: skip


def ip(rng: Rng) -> Any:
    four = ".".join(str(rng.randint(1, 254)) for _ in range(4))
    six = ":".join(f"{rng.getrandbits(16):x}" for _ in range(8))
    return rng.choice([
        four, four, f"{four}:{rng.randint(1024, 65535)}", f"{four}/24", six, six.upper(), f"2001:db8::{rng.getrandbits(16):x}", f"fe80::{rng.getrandbits(16):x}%eth0",
        f"::ffff:{four}", f"[{six}]:443", f"client {four} connected", {"client_ip": four}, f"ip={four}", f"http://{four}/login", four.replace(".", "-").join(["ip-", ""]),
    ])  # fmt: skip


def device(rng: Rng) -> Any:
    body = rng.choice(["35", "86", "01", _digits(rng, 2)]) + _digits(rng, 12)
    imei = body + _luhn_digit(body)
    octets = [f"{rng.getrandbits(8):02x}" for _ in range(6)]
    octets[0] = "00"
    ad = f"{rng.getrandbits(32):08x}-{rng.getrandbits(16):04x}-4{rng.getrandbits(12):03x}-a{rng.getrandbits(12):03x}-{rng.getrandbits(48):012x}"
    return rng.choice([
        imei, f"imei {imei}", f"{imei[:2]}-{imei[2:8]}-{imei[8:14]}-{imei[14]}", {"imei": int(imei)}, ":".join(octets), "-".join(octets).upper(), ":".join(octets).upper(),
        "".join(octets[:2]) + "." + "".join(octets[2:4]) + "." + "".join(octets[4:]), {"idfa": ad.upper()}, {"advertising_id": ad}, {"gaid": ad}, f"idfa={ad}", ad.upper(),
        {"device_id": ad}, {"android_id": ad[:8] + ad[-8:]}, "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15",
    ])  # fmt: skip


def vcard(rng: Rng) -> Any:
    first, last = _latin_pair(rng)
    return f"BEGIN:VCARD\r\nVERSION:3.0\r\nN:{last};{first};;;\r\nFN:{first} {last}\r\nTEL:+94{rng.randint(700000000, 789999999)}\r\nEND:VCARD"


def telling_key(rng: Rng) -> Any:
    first, last = _latin_pair(rng)
    key, value = rng.choice([
        ("full_name", f"{first} {last}"), ("firstName", first), ("surname", last), ("customer_name", last), ("Nom", last),
        ("phone_number", rng.randint(700000000, 789999999)), ("e-mail", "x"), ("mobile", _digits(rng, 10)), ("streetAddress", "7"), ("postcode", "10100"),
        ("NIC_NO", _digits(rng, 9)), ("beneficiaryName", last), ("account_holder", f"{first} {last}"), ("maiden_name", last), ("homeAddress", "12 A"),
        ("birthDate", rng.randint(10000, 40000)), ("passportNumber", _digits(rng, 8)), ("contact_no", _digits(rng, 9)),
    ])  # fmt: skip
    return {key: value}


def hidden_in_shape(rng: Rng) -> Any:
    first, last = _latin_pair(rng)
    mobile = f"9477{_digits(rng, 7)}"
    raw = f"{first} {last}".encode("ascii", "replace")
    return rng.choice([
        f"00000000-0000-4000-8000-0{mobile}",
        "0x" + raw.ljust(20, b"\0")[:20].hex(),
        "0x" + raw.rjust(20, b"\0")[-20:].hex(),
        raw.ljust(32, b" ")[:32].hex(),
        f"{mobile}.00",
        f"0.{mobile}",
        f"sNaN{mobile}",
        f"{first}-{last}-27DEC".upper(),
        f"{first}{last}".upper() + "-28JAN",
        "0x" + mobile.zfill(40),
        f"key-{first}-{last}".lower(),
        f"{first}.{last}/v1".lower(),
    ])  # fmt: skip


MAKERS: dict[str, Callable[[Rng], Any]] = {
    "name": name, "split_name": split_name, "address": address, "phone": phone, "email": email, "national_id": national_id,
    "passport": passport, "iban": iban, "card": card, "date_of_birth": birth_date, "ip": ip, "device_id": device,
    "vcard": vcard, "telling_key": telling_key, "hidden_in_shape": hidden_in_shape,
}  # fmt: skip
WEIGHTS = [22, 4, 9, 16, 10, 14, 4, 5, 6, 6, 5, 5, 1, 4, 5]


def plain(rng: Rng) -> tuple[str, Any]:
    kind = rng.choices(list(MAKERS), WEIGHTS)[0]
    return kind, MAKERS[kind](rng)
