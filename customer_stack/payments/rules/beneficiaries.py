"""What a beneficiary must have, and whether money may go there now. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from customer_stack.payments.model import beneficiaries as model
from customer_stack.payments.model import travel
from customer_stack.payments.model.accounts import Kind, Modulus
from customer_stack.payments.model.rails import Need
from customer_stack.payments.rules import account_data, accounts, uk_modulus

COOL_DOWN = timedelta(hours=24)
"""How long after its details were given or changed nothing goes there."""
COUNT_MAX = 50
_NUMBERS = {
    "iban": Kind.IBAN,
    "bic": Kind.BIC,
    "aba": Kind.ABA,
    "sort_code": Kind.SORT_CODE,
    "lk_account": Kind.LK_ACCOUNT,
}
_FIELDS: Mapping[Need, str] = {
    Need.IBAN: "iban",
    Need.BIC: "bic",
    Need.ABA: "aba",
    Need.ACCOUNT_NUMBER: "account_number",
    Need.SORT_CODE: "sort_code",
    Need.LK_ACCOUNT: "lk_account",
    Need.INTERAC_EMAIL: "email",
}


def check_name(name: str) -> None:
    """A name that a bank can read: something that is printed, and nothing else."""
    if not name.strip() or not name.isprintable():
        raise model.DetailsWrong("this is no name", field="name", fault="characters")


def checked(details: model.Details, country: str, modulus: Modulus | None = None) -> model.Details:
    """The details in their one form, or the first that is no account number. Whatever leaves the country has a
    structured address: it is asked for when the beneficiary is made, not when the money should go.
    """
    _check_countries(details, country)
    values = {name: getattr(details, name) for name in details.__struct_fields__}
    for name, kind in _NUMBERS.items():
        if values[name]:
            verdict = accounts.validate(kind, values[name], modulus)
            if verdict.fault is not None:
                raise model.DetailsWrong("a detail is no account number", field=name, fault=verdict.fault.value)
            values[name] = verdict.compact
    number = values["account_number"].replace(" ", "").replace("-", "")
    if number and not (number.isascii() and number.isalnum()):
        raise model.DetailsWrong("a detail is no account number", field="account_number", fault="characters")
    values["account_number"] = number.upper()
    _check_british(str(values["sort_code"]), values["account_number"], modulus)
    values["email"] = values["email"].strip().casefold()
    if values["email"] and (values["email"].count("@") != 1 or not values["email"].isprintable()):
        raise model.DetailsWrong("a detail is no address", field="email", fault="structure")
    _check_written(details)
    _check_enough(values, details)
    return model.Details(**values)


def _check_british(sort_code: str, number: str, modulus: Modulus | None) -> None:
    """Where sort code and account stand in fields of their own, they are held against each other here."""
    if not sort_code or "/" in sort_code or not number:
        return
    if len(number) != 8 or not number.isdigit():
        raise model.DetailsWrong("a detail is no account number", field="account_number", fault="account_length")
    if modulus is not None and not uk_modulus.possible(modulus, sort_code, number):
        raise model.DetailsWrong("a detail is no account number", field="account_number", fault="modulus")


def _check_written(details: model.Details) -> None:
    """What goes into messages word by word is printable; a town is not blank."""
    address = details.address
    if address is None:
        return
    for name in ("town", "street", "building", "post_code"):
        text = getattr(address, name)
        if not text.isprintable() or (name == "town" and not text.strip()):
            raise model.DetailsWrong("an address cannot be written so", field=f"address.{name}", fault="characters")


def _check_countries(details: model.Details, country: str) -> None:
    address = details.address.country if details.address is not None else ""
    for field, given in (("country", country), ("bank_country", details.bank_country), ("address.country", address)):
        if given not in account_data.COUNTRIES and (given or field == "country"):
            raise model.DetailsWrong("there is no such country", field=field, fault="country_unknown")


def _check_enough(values: Mapping[str, object], details: model.Details) -> None:
    if not any(values[name] for name in ("iban", "account_number", "lk_account", "email")):
        raise model.DetailsWrong("no account is named", field="iban", fault="empty")
    if values["bic"] and details.address is None:
        raise model.AddressNeeded("a payment by SWIFT needs the payee's town and country in fields of their own")


def identity(details: model.Details) -> str:
    """What makes two beneficiaries the same account, in one form for the blind index."""
    if details.iban:
        return f"iban:{details.iban}"
    if details.lk_account:
        return f"lk:{details.lk_account}"
    if details.account_number:
        return f"number:{details.aba or details.sort_code or details.bic}:{details.account_number}"
    return f"email:{details.email}"


def party(name: str, details: model.Details) -> travel.Party:
    """Who receives, as it must travel with a payment."""
    address = details.address
    number = details.iban or details.lk_account or details.account_number or details.sort_code or details.email
    place = (address.street, address.building, address.post_code, address.town, address.country) if address else ()
    return travel.Party(name, number, ", ".join(each for each in place if each))


def missing(needs: tuple[Need, ...], details: model.Details, payee: model.Payee) -> str:
    """The first thing that a rail needs and the beneficiary lacks; nothing if it has all."""
    for need in needs:
        if need is Need.STRUCTURED_ADDRESS:
            if details.address is None:
                return need.value
        elif need is Need.PAYEE_CHECK:
            if payee not in {model.Payee.MATCH, model.Payee.CLOSE}:
                return need.value
        elif not getattr(details, _FIELDS[need]) and not (need is Need.ACCOUNT_NUMBER and details.sort_code.count("/")):
            return need.value
    return ""


def unusable(beneficiary: model.Beneficiary, now: datetime) -> str:
    """Why nothing goes there now; nothing if it may."""
    if beneficiary.state is not model.State.ACTIVE:
        return "removed"
    if beneficiary.screened is not model.Screened.CLEAR:
        return "screening"
    if beneficiary.payee is model.Payee.NO_MATCH:
        return "payee_does_not_match"
    if now < beneficiary.usable_at:
        return "cool_down"
    return ""


def masked(details: model.Details) -> dict[str, object]:
    """As its owner is shown it: account numbers by their last characters."""
    found: dict[str, object] = {}
    for name in details.__struct_fields__:
        value = getattr(details, name)
        if not value:
            continue
        shown = model.MASKED.get(name)
        found[name] = f"…{value[-shown:]}" if shown and isinstance(value, str) else value
    return found
