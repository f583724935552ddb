"""Whether what a customer says of themselves fits the policy and itself. Pure."""

from collections.abc import Collection
from datetime import date

from customer_stack.kyc import model
from customer_stack.kyc.rules import numbers, policies

_R = model.Reason
AGE_MAX = 130


def age(birth: date, day: date) -> int:
    """Full years on a day; somebody born on 29 February is a year older on 1 March where there is no 29th."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def faults(form: model.Form, policy: policies.Policy) -> list[model.Reason]:
    """Every rule that the form breaks, in a fixed order."""
    found: list[model.Reason] = []
    years = age(form.birth, policy.day)
    if years < policy.minimum_age:
        found.append(_R.UNDER_AGE)
    elif years > AGE_MAX:
        found.append(_R.DATA_MISMATCH)
    if form.residence not in policy.residences:
        found.append(_R.NOT_RESIDENT)
    document = form.document
    if document.kind.value not in policy.identity_documents:
        found.append(_R.DOCUMENT_KIND)
    if document.expires is not None and document.expires <= policy.day:
        found.append(_R.DOCUMENT_EXPIRED)
    found += _number(form)
    return found


def _number(form: model.Form) -> list[model.Reason]:
    document = form.document
    read = numbers.read(document.kind, document.country, document.number)
    if read is None:
        return [_R.DOCUMENT_NUMBER]
    wrong: list[model.Reason] = []
    if read.births and form.birth not in read.births:
        wrong.append(_R.DOCUMENT_BIRTH)
    if read.sex is not None and form.sex is not model.Sex.OTHER and form.sex not in {None, read.sex}:
        wrong.append(_R.DOCUMENT_SEX)
    return wrong


def missing(level: policies.Level, uploaded: Collection[model.UploadKind]) -> list[frozenset[model.UploadKind]]:
    """What the level asks for and nobody uploaded."""
    return [wanted for wanted in level.uploads if not wanted & set(uploaded)]


def person(form: model.Form) -> model.Person:
    """What screening is asked about."""
    document = form.document
    return model.Person(
        names=(f"{form.given_names} {form.family_names}",),
        birth=form.birth,
        nationalities=(form.nationality,),
        countries=(form.residence, document.country),
        documents=((document.kind.value, document.number, document.country),),
    )
