"""What a key says about its value: that it is personal whatever it looks like, or what kind of number stands there."""

import re
from enum import Enum
from typing import NamedTuple

from boundary.privacy.detect import codes, lists, words


class Context(Enum):
    NEUTRAL = "neutral"
    NUMBER = "number"  # amounts, counts, sequence numbers: any integer is one
    TIME = "time"
    OLD_TIME = "old_time"  # a date that may well lie before the platform: issue, maturity
    SYMBOL = "symbol"
    VERSION = "version"
    OPAQUE = "opaque"  # hashes, nonces, keys, signatures, addresses on a ledger: chance, or the image of chance
    KEY_ID = "key_id"


class Key(NamedTuple):
    """`telling` names the kind of person's data that the key announces; `printable` allows its use in a path."""

    context: Context = Context.NEUTRAL
    telling: str | None = None
    printable: bool = False


def _table(text: str) -> dict[str, str]:
    return {
        word: kind
        for line in text.strip().splitlines()
        for kind, _, found in [line.partition(":")]
        for word in found.split()
    }


_ALONE = _table("""
email: email emails mail mailbox correo courriel
phone: phone phones telephone tel telefon telefono msisdn whatsapp fax cellphone landline handynummer mobile mobilephone phonenumber mobileno
passport: passport passports passportno passportnumber mrz
national_id: ssn nic nin nino nid nric aadhaar aadhar iqama cpf curp dni pesel cnic bvn bsn tckn taxid nationalid idcard qid hkid
iban: iban ibans
card: cvv cvc pan cardholder cardnumber
device_id: imei imsi meid iccid idfa idfv gaid aaid useragent bssid macaddress
date_of_birth: dob birth birthday birthdate birthplace dateofbirth born geburtsdatum
name: surname firstname lastname fullname forename givenname familyname middlename maiden nickname patronymic initials nom prenom vorname nachname nombre apellido spouse kin mother father username accountholder signatory
address: street streetaddress postcode postal zip zipcode city suburb latitude longitude lat lon lng gps geolocation adresse strasse direccion homeaddress
ip: ip ips ipv4 ipv6 ipaddress
personal: gender sex religion ethnicity nationality marital
""")
_JOINED = {
    "useragent": "device_id",
    "fingerprint": "device_id",
    "idnumber": "national_id",
    "idno": "national_id",
    "idcard": "national_id",
}
_NAMED = lists.words(
    "first last full given family middle customer client user account holder beneficiary person legal contact recipient payer payee "
    "owner display director shareholder investor employee login member applicant employer debtor creditor buyer seller trader "
    "operator signatory real preferred other alternate"
)
_NUMBERED = {
    "national_id": lists.words(
        "national identity civil tax voter emirates citizen government resident social personal licence license driver driving photo"
    ),
    "iban": frozenset({"account", "acct", "bank"}),
    "card": frozenset({"card"}),
    "phone": frozenset({"contact"}),
    "device_id": lists.words("device advertising android hardware handset idfa push"),
}
_NUMBERS = lists.words("number no num id nr identifier serial token card")
# A last word that turns a telling key into a statement about it: `email_verified_at`, `address_type`.
_ABOUT = lists.words(
    "ref refs required verified status state count enabled type kind version policy rule check checked level valid matched mismatch "
    "at ms us ns bytes pct bps score result outcome flag present missing changed format scheme length limit"
)
_ON_CHAIN = lists.words(
    "wallet token contract chain evm eth deployer sender to from spender minter settlement custody registry factory proxy implementation recipient owner compliance identity bind listen"
)

_COUNTED = lists.words(
    "amount amounts qty quantity quantities price prices px seq sequence count counts counter size sizes volume notional fee fees balance "
    "balances reserved free total sum ticks tick lots lot micros cents units unit bps gas block height nonce index offset limit cap min max "
    "strike rate number channel shard epoch version weight nanos millis seconds minutes hours days bytes rows lag backlog depth duration "
    "latency bids asks levels candles ohlcv klines trades fills params improvement mark residue open high low close vwap slot wei gwei cost value "
    "proceeds margin equity pnl exposure position positions cash credit debit attempts retries capacity port cursor lsn xid batch chain "
    "confirmations supply interest yield principal coupon discount premium spread delta gamma vega theta cumulative collateral deposit "
    "withdrawal payout stake reserve available locked outstanding order orders lsn"
) - {"order", "orders", "value"}
_TIMES = lists.words(
    "ts time timestamp at date datetime expiry expires expiration until deadline since start end exp iat nbf effective valid from"
)
_OLD = lists.words(
    "issue issued issuance maturity inception listing listed incorporation founded base coupon dated record vesting grant plan approval accrual dividend matures"
)
_SYMBOLS = lists.words(
    "symbol symbols sym ticker tickers instrument instruments isin pair market product series underlying contract code asset base quote coin token"
)
_OPAQUE = lists.words(
    "hash hashes digest head root nonce salt tx txid mac hmac tag signature sig pubkey key fingerprint checksum sha256 merkle commitment address wallet addr"
)
_VERSIONS = lists.words("version versions ver release build protocol library schema")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

_PLAIN = re.compile(r"[A-Za-z0-9_.-]+")

_seen: dict[str, Key] = {}
_SEEN_MAX = 2048


def classify(key: str) -> Key:
    found = _seen.get(key)
    if found is None:
        found = _classify(key)
        if found.printable and len(_seen) < _SEEN_MAX:  # only vocabulary is remembered, never what a stranger sent
            _seen[key] = found
    return found


def _classify(key: str) -> Key:
    parts = [part.lower() for part in _WORDS.findall(key)] if key.isascii() and len(key) <= 80 else []
    if not parts:
        return Key()
    return Key(_context(parts), telling(parts), _printable(key, parts))


def _printable(key: str, parts: list[str]) -> bool:
    if not _PLAIN.fullmatch(key) or (codes.judge(key) != "" and _ALONE.keys().isdisjoint(parts)):
        return False
    words_ = [part for part in parts if len(part) > 1 and not part.isdigit()]
    number = "".join(filter(str.isdigit, parts))
    # One letter and a number of two digits beside words: more of either could spell or count somebody.
    return len(number) <= 2 and len(parts) - len(words_) <= 1 + bool(words_) and all(map(_is_ours, words_))


def _is_ours(word: str) -> bool:
    return words.known(word) or word in _ALONE or word in codes.SMALL


def telling(parts: list[str]) -> str | None:
    """The kind of personal data that the words of a key announce."""
    if parts[-1] in _ABOUT and len(parts) > 1:
        return None
    joined = "".join(parts)
    if joined in _JOINED:
        return _JOINED[joined]
    for part in (joined, *parts):
        if part in _ALONE:
            return _ALONE[part]
    return _together(set(parts))


def _together(present: set[str]) -> str | None:
    """Words that announce something only in company: customer name, tax number, home address."""
    if present & {"address", "addresses", "addr"}:
        return None if present & _ON_CHAIN else "address"
    if ("name" in present and present & _NAMED) or ("holder" in present and present & {"account", "card", "policy"}):
        return "name"
    if not present & _NUMBERS:
        return None
    return next(
        (kind for kind, owners in _NUMBERED.items() if present & owners and not (kind == "iban" and "id" in present)),
        None,
    )


def _context(parts: list[str]) -> Context:
    present = set(parts)
    if parts[-1] == "kid" or present >= {"key", "id"}:
        return Context.KEY_ID
    if present & _OPAQUE:
        return Context.OPAQUE
    if present & _TIMES:
        return Context.OLD_TIME if present & _OLD else Context.TIME
    if present & _VERSIONS:
        return Context.VERSION
    if present & _COUNTED:
        return Context.NUMBER
    return Context.SYMBOL if present & _SYMBOLS else Context.NEUTRAL
