"""What each kind of notice may say, to whom it matters, and on which channels it leaves.

A fact is free text from outside (a device's name) or one word of a closed list, which every language file translates.
"""

from collections.abc import Mapping
from typing import NamedTuple

from customer_stack.notifications import model

_K, _C = model.Kind, model.Category
EMAIL = frozenset({model.Channel.EMAIL})
BOTH = frozenset(model.Channel)

FACT_LENGTH_MAX = 200


class Definition(NamedTuple):
    """`facts` names the texts, `words` the closed lists; a notice carries exactly these."""

    category: model.Category
    channels: frozenset[model.Channel] = EMAIL
    facts: frozenset[str] = frozenset()
    words: Mapping[str, frozenset[str]] = {}

    @property
    def names(self) -> frozenset[str]:
        return self.facts | self.words.keys()


class FactsError(ValueError):
    """A caller gave other facts than its kind has: a defect of that caller. Values are not repeated."""


FACTORS = frozenset({"totp", "recovery_codes"})
CHANGES = frozenset({"enrolled", "removed", "renewed", "used"})
_CONTACT = frozenset({"address", "effective_at"})

KINDS: Mapping[model.Kind, Definition] = {
    _K.ANNOUNCEMENT: Definition(_C.ANNOUNCEMENTS, facts=frozenset({"title", "text"})),
    _K.ACTIVATED: Definition(_C.ACCOUNT),
    _K.API_KEY_CREATED: Definition(_C.SECURITY, facts=frozenset({"name"})),
    _K.EMAIL_CHANGE_CANCELLED: Definition(_C.SECURITY),
    _K.EMAIL_CHANGE_REQUESTED: Definition(_C.SECURITY, BOTH, facts=_CONTACT),
    _K.EMAIL_CHANGED: Definition(_C.SECURITY, BOTH, facts=frozenset({"address"})),
    _K.FACTOR_CHANGED: Definition(_C.SECURITY, words={"factor": FACTORS, "change": CHANGES}),
    _K.KYC_APPROVED: Definition(_C.ACCOUNT, facts=frozenset({"level"})),
    _K.KYC_CHECKING: Definition(_C.ACCOUNT),  # the same words whatever is looked at: some reasons must not be told
    _K.KYC_EXPIRED: Definition(_C.ACCOUNT),
    _K.KYC_REJECTED: Definition(_C.ACCOUNT),
    _K.KYC_RETURNED: Definition(_C.ACCOUNT),
    _K.NEW_SIGN_IN: Definition(_C.SECURITY, facts=frozenset({"device", "place"})),
    _K.PASSWORD_CHANGED: Definition(_C.SECURITY),
    _K.PASSWORD_RESET: Definition(_C.SECURITY, BOTH),
    _K.PHONE_CHANGE_CANCELLED: Definition(_C.SECURITY),
    _K.PHONE_CHANGE_REQUESTED: Definition(_C.SECURITY, BOTH, facts=_CONTACT),
    _K.PHONE_CHANGED: Definition(_C.SECURITY, BOTH, facts=frozenset({"address"})),
    _K.REALITY_CHECK: Definition(_C.ACCOUNT, frozenset(), facts=frozenset({"minutes", "spent"})),
    _K.REGISTERED_ALREADY: Definition(_C.SECURITY),
    _K.REUSE_DETECTED: Definition(_C.SECURITY, BOTH),
    _K.SUSPENDED: Definition(_C.SECURITY),  # never why: some reasons must not reach the person they concern
}
PARAGRAPHS = frozenset({"text"})
"""Facts that staff wrote, whose empty lines are kept. Whatever else comes from outside is one line."""
CODE_FACTS = frozenset({"code"})
"""What the words of every purpose say beside the brand."""


def check(kind: model.Kind, facts: Mapping[str, str]) -> None:
    """Raise unless these are the facts of the kind, each bounded, each word on its list."""
    definition = KINDS[kind]
    if facts.keys() != definition.names:
        raise FactsError(f"{kind.value} has the facts {sorted(definition.names)}")
    for name, value in facts.items():
        if name in definition.words:
            if value not in definition.words[name]:
                raise FactsError(f"{kind.value}: {name} is not a word of its list")
        elif kind is not model.Kind.ANNOUNCEMENT and len(value) > FACT_LENGTH_MAX:
            raise FactsError(f"{kind.value}: {name} is longer than {FACT_LENGTH_MAX}")
