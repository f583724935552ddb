"""Check digits, from their published definitions. Every function takes ASCII digits (or letters where it says so)."""

_LUHN_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_VERHOEFF_PERMUTED = [list(range(10)), [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]]
for _row in range(2, 8):
    _VERHOEFF_PERMUTED.append([_VERHOEFF_PERMUTED[_row - 1][_VERHOEFF_PERMUTED[1][digit]] for digit in range(10)])


def luhn(digits: str) -> bool:
    """ISO/IEC 7812: payment cards, IMEI, Saudi and Emirati identity numbers."""
    values = [ord(c) - 48 for c in reversed(digits)]
    return (sum(values[::2]) + sum(_LUHN_DOUBLED[value] for value in values[1::2])) % 10 == 0


def _dihedral(left: int, right: int) -> int:
    """Multiplication in the symmetry group of the pentagon, on which Verhoeff's scheme rests."""
    turned = left % 5 - right % 5 if left >= 5 else left % 5 + right % 5
    return turned % 5 + (5 if (left >= 5) != (right >= 5) else 0)


def verhoeff(digits: str) -> bool:
    """Aadhaar, and Luxembourg's second check digit."""
    check = 0
    for place, char in enumerate(reversed(digits)):
        check = _dihedral(check, _VERHOEFF_PERMUTED[place % 8][ord(char) - 48])
    return check == 0


def mod97(text: str) -> bool:
    """ISO 7064 mod 97-10 over letters and digits: LEI as it stands, IBAN with its first four signs moved to the end."""
    return int("".join(str(int(char, 36)) for char in text)) % 97 == 1


def iban(text: str) -> bool:
    return mod97(text[4:] + text[:4])


def weighted(digits: str, weights: tuple[int, ...]) -> int:
    return sum(weight * (ord(char) - 48) for weight, char in zip(weights, digits, strict=False))


def chinese(text: str) -> bool:
    """GB 11643: eighteenth sign by mod 11, ten written X."""
    return "10X98765432"[weighted(text, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)) % 11] == text[17].upper()


def brazilian(digits: str) -> bool:
    """CPF: two digits by mod 11."""
    first = weighted(digits, tuple(range(10, 1, -1))) * 10 % 11 % 10
    second = weighted(digits, tuple(range(11, 1, -1))) * 10 % 11 % 10
    return digits[9:] == f"{first}{second}" and len(set(digits)) > 1


def turkish(digits: str) -> bool:
    values = [ord(c) - 48 for c in digits]
    tenth = (7 * sum(values[:9:2]) - sum(values[1:8:2])) % 10
    return values[9] == tenth and values[10] == sum(values[:10]) % 10 and values[0] > 0


def polish(digits: str) -> bool:
    """PESEL's check digit; its date of birth is looked at by the caller."""
    return weighted(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0


def german(digits: str) -> bool:
    """Steuer-ID: exactly one digit twice or thrice among the first ten, then ISO 7064 mod 11,10."""
    counts = sorted(digits[:10].count(d) for d in set(digits[:10]))
    if digits[0] == "0" or counts[-1] not in {2, 3} or counts[-2] != 1:
        return False
    product = 10
    for char in digits[:10]:
        total = (ord(char) - 48 + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == ord(digits[10]) - 48


def kuwaiti(digits: str) -> bool:
    return 11 - weighted(digits, (2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)) % 11 == ord(digits[11]) - 48


def french(digits: str) -> bool:
    """NIR: thirteen digits and a key of two, mod 97."""
    return 97 - int(digits[:13]) % 97 == int(digits[13:])


def bulgarian(digits: str) -> bool:
    """EGN: tenth digit by mod 11, ten written 0."""
    return weighted(digits, (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11 % 10 == ord(digits[9]) - 48


def norwegian(digits: str) -> bool:
    """Fødselsnummer: two digits by mod 11."""
    first = -weighted(digits, (3, 7, 6, 1, 8, 9, 4, 5, 2)) % 11
    second = -weighted(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return digits[9:] == f"{first}{second}"


def estonian(digits: str) -> bool:
    """Isikukood, and Lithuania's asmens kodas: mod 11 with a second set of weights where the first gives ten."""
    check = weighted(digits, (1, 2, 3, 4, 5, 6, 7, 8, 9, 1)) % 11
    if check == 10:
        check = weighted(digits, (3, 4, 5, 6, 7, 8, 9, 1, 2, 3)) % 11 % 10
    return check == ord(digits[10]) - 48


def romanian(digits: str) -> bool:
    """CNP: thirteenth digit by mod 11, ten written 1."""
    check = weighted(digits, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return (1 if check == 10 else check) == ord(digits[12]) - 48
