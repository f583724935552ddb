"""What a customer is told of a change of their application, and what they are not. Pure.

Whoever is suspected of something must not learn it from us. No text gives a reason; and a final rejection of somebody who
was let in, which freezes their account, has the same words as the everyday case of somebody looking at the papers.
"""

from customer_stack.kyc import model

_S, _N = model.State, model.Notice
_TOLD = {
    _S.APPROVED: _N.APPROVED,
    _S.EXPIRED: _N.EXPIRED,
    _S.IN_REVIEW: _N.CHECKING,
    _S.REJECTED: _N.REJECTED,
    _S.RETURNED: _N.RETURNED,
}


def notice(state: model.State, *, frozen: bool) -> model.Notice | None:
    """What is said when an application has come to this state; nothing where nothing changed for its owner."""
    return _TOLD.get(shown(state, frozen=frozen))


def shown(state: model.State, *, frozen: bool) -> model.State:
    """The state as its owner sees it. Verified and not yet approved is one thing to them with pending, as what screening
    thinks is not told; and as long as an account is frozen, somebody is looking.
    """
    if state is _S.VERIFIED:
        return _S.PENDING
    return _S.IN_REVIEW if frozen and state is _S.REJECTED else state
