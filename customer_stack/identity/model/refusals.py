"""How identity says no. What is told before somebody is signed in never depends on whether there is an account."""

from boundary.kernel import errors


class CredentialsWrong(errors.Unauthenticated):
    """E-mail and password do not belong together, or the account is not open for signing in. Which of them is not told."""

    code = "credentials_wrong"


class CodeWrong(errors.Invalid):
    """The code is wrong, was used, has expired, or was tried too often. Ask for a new one."""

    code = "code_wrong"


class FactorWrong(errors.Unauthenticated):
    """The one-time password or recovery code is wrong or was used already, or the challenge is over."""

    code = "factor_wrong"


class SessionOver(errors.Unauthenticated):
    """The session has ended or expired: sign in again."""

    code = "session_over"


class TokenRefused(errors.Unauthenticated):
    """The credential was not made here, not for this, or its time is over."""

    code = "token_refused"


class RefreshReused(errors.Unauthenticated):
    """The refresh token was used before. Somebody else may hold a copy, so the session was ended."""

    code = "refresh_reused"


class ClientChanged(errors.Unauthenticated):
    """The session was begun by another program or system: sign in again from here."""

    code = "client_changed"


class CrossSite(errors.Forbidden):
    """The request carries a session cookie without the session's CSRF token, or comes from an origin that is not ours."""

    code = "cross_site"


class EnrolmentRequired(errors.Forbidden):
    """The role works with a second factor: enrol one first."""

    code = "enrolment_required"


class ReadOnlyKey(errors.Forbidden):
    """The API key may only read."""

    code = "api_key_read_only"


class PasswordRefused(errors.Invalid):
    """The password is too short or long, common, known from a breach, or made of what everybody knows about its owner."""

    code = "password_refused"


class ConsentMissing(errors.Invalid):
    """Terms, privacy notice and essential services have to be agreed to, each in the version that is in force."""

    code = "consent_missing"


class RoleRefused(errors.Forbidden):
    """Nobody gives this role to themselves."""

    code = "role_refused"


class AddressTaken(errors.Conflict):
    """The verified e-mail address belongs to an account by now. Sign in to it, or reset its password."""

    code = "email_taken"


class FactorPresent(errors.Conflict):
    """There is a second factor already: remove it before another is enrolled."""

    code = "factor_present"


class FactorAbsent(errors.Conflict):
    """There is no second factor to confirm, remove or make codes for."""

    code = "factor_absent"


class FactorRequired(errors.Forbidden):
    """The role cannot be without a second factor."""

    code = "factor_required"


class ChangePending(errors.Conflict):
    """A change of this contact is on its way already: cancel it before another is begun."""

    code = "change_pending"


class ChangedSince(errors.Conflict):
    """The account is no longer as the caller last saw it: read it again and decide anew."""

    code = "changed_since"


class TooManyKeys(errors.Conflict):
    """The account has as many live API keys as it may have."""

    code = "too_many_keys"


class KeyRange(errors.Invalid):
    """The API key would last too long, or may do what its owner may not."""

    code = "api_key_refused"
