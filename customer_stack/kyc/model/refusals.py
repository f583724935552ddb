"""How onboarding says no."""

from boundary.kernel import errors


class UnknownApplication(errors.NotFound):
    """There is no such application, or it is not yours."""

    code = "kyc_application_unknown"


class UnknownUpload(errors.NotFound):
    """There is no such file, or it is not yours."""

    code = "kyc_upload_unknown"


class AlreadyOpen(errors.Conflict):
    """The account has an application under way. It comes to its end first."""

    code = "kyc_application_open"


class RejectedForGood(errors.Conflict):
    """The account was rejected, and not asked to try again. Only the operator lifts that."""

    code = "kyc_rejected"


class LevelHeld(errors.Conflict):
    """The account has this level already."""

    code = "kyc_level_held"


class NotEligible(errors.Invalid):
    """What was said does not fit the rules; the fact `reason` says which."""

    code = "kyc_not_eligible"


class TooOften(errors.Conflict):
    """The application was submitted as often as it may be."""

    code = "kyc_resubmissions_exhausted"


class NotNow(errors.Conflict):
    """The application's state does not allow this."""

    code = "kyc_not_in_this_state"


class Decided(errors.Conflict):
    """Somebody else was first: the facts say what kind of person, what, and when."""

    code = "kyc_decided_already"


class ClaimedByAnother(errors.Conflict):
    """Another officer works on it; the facts say since when."""

    code = "kyc_claimed_by_another"


class NotClaimed(errors.Conflict):
    """Claim the application first."""

    code = "kyc_not_claimed"


class NotScreened(errors.Conflict):
    """Nobody is approved whose screening is not clear; the fact `screening` says what it is."""

    code = "kyc_screening_not_clear"


class WaitsForDocuments(errors.Conflict):
    """Files of the application are missing or not yet found clean."""

    code = "kyc_documents_not_ready"


class OwnApplication(errors.Forbidden):
    """Nobody decides about themselves."""

    code = "kyc_own_application"


class FileRefused(errors.Invalid):
    """The file is no JPEG, PNG or PDF, or is more than that; the fact `reason` says what was found."""

    code = "kyc_file_refused"


class FileTooLarge(errors.TooLarge):
    """The file is larger than it may be."""

    code = "kyc_file_too_large"


class PartWrong(errors.Invalid):
    """The piece of a file is empty, too long, or none of this file."""

    code = "kyc_part_wrong"


class Incomplete(errors.Conflict):
    """Pieces of the file are missing, or it is not as long as it was said to be."""

    code = "kyc_file_incomplete"


class NotClean(errors.Conflict):
    """The file has not been found clean, so nobody sees it."""

    code = "kyc_file_not_clean"


class ProviderDown(errors.Unavailable):
    """Who verifies cannot be reached. The application waits."""

    code = "kyc_provider_unavailable"


class ProviderWrong(errors.Unavailable):
    """Who verifies answered, but not with what it was asked for."""

    code = "kyc_provider_wrong"


class NoLink(errors.Conflict):
    """The application has no page elsewhere: files are uploaded here."""

    code = "kyc_no_link"


class ScannerDown(errors.Unavailable):
    """The malware scanner cannot be reached or does not make sense."""

    code = "kyc_scanner_unavailable"


class HookRefused(errors.Unauthenticated):
    """The message is not signed by who it claims to be from."""

    code = "kyc_hook_refused"


class NotFrozen(errors.Conflict):
    """The account is not frozen by this."""

    code = "kyc_not_frozen"


class NotFinished(errors.Conflict):
    """The freeze is still on its way through its steps; it can be lifted when it is done."""

    code = "kyc_freeze_not_finished"
