"""What the routes of access take and show."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

from customer_stack.access import model, rules
from customer_stack.access.service import rights

End = Annotated[
    datetime,
    msgspec.Meta(tz=True, description="the moment from which it holds no longer", examples=["2027-06-30T00:00:00Z"]),
]


class GivenPreset(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    preset: model.Preset
    until: End | None = None


class GivenPermission(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    permission: model.Permission
    until: End | None = None


class WantedRights(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole of what an account is to be and hold: what does not stand here is taken away."""

    role: model.Role
    presets: Annotated[list[GivenPreset], msgspec.Meta(max_length=len(model.Preset))]
    permissions: Annotated[list[GivenPermission], msgspec.Meta(max_length=len(model.Permission))]

    def plain(self) -> rights.Wanted:
        grants = [model.Grant(each.preset, each.until) for each in self.presets]
        return rights.Wanted(
            self.role, (*grants, *(model.Grant(each.permission, each.until) for each in self.permissions))
        )


class Cell(msgspec.Struct, frozen=True):
    """One permission of the grid, and what it comes from: the role, presets, or itself."""

    permission: model.Permission
    held: bool
    sources: list[str]


class AccountRights(msgspec.Struct, frozen=True, kw_only=True):
    """What an account is and was given, without what has ended, and what that comes to."""

    account: UUID
    role: model.Role
    presets: list[GivenPreset]
    permissions: list[GivenPermission]
    grid: list[Cell]


def account_rights(standing: model.Standing, now: datetime) -> AccountRights:
    live = [grant for grant in standing.grants if grant.until is None or grant.until > now]
    sources = rules.sources(standing, now)
    return AccountRights(
        account=standing.account,
        role=standing.role,
        presets=[GivenPreset(grant.item, grant.until) for grant in live if isinstance(grant.item, model.Preset)],
        permissions=[
            GivenPermission(grant.item, grant.until) for grant in live if isinstance(grant.item, model.Permission)
        ],
        grid=[Cell(each, each in sources, list(sources.get(each, ()))) for each in model.Permission],
    )


class OwnRights(msgspec.Struct, frozen=True):
    role: model.Role
    permissions: list[model.Permission]


class PresetMeaning(msgspec.Struct, frozen=True):
    preset: model.Preset
    permissions: list[model.Permission]
    ends: bool


class Catalogue(msgspec.Struct, frozen=True):
    """Every permission, and what each preset gives; a preset that `ends` needs a date."""

    permissions: list[model.Permission]
    presets: list[PresetMeaning]


CATALOGUE = Catalogue(
    list(model.Permission),
    [PresetMeaning(preset, sorted(model.PRESETS[preset]), preset in model.OUTSIDERS) for preset in model.Preset],
)


class ProposalView(msgspec.Struct, frozen=True, kw_only=True):
    """An act that takes two people. What is approved is `hash`: it stands for everything else that is shown."""

    hash: str
    kind: str
    act: dict[str, Any]
    needs: model.Permission
    proposer: UUID
    proposed_at: datetime
    expires_at: datetime
    state: model.ProposalState
    decided_by: UUID | None
    decided_at: datetime | None


def proposal(found: model.Proposal) -> ProposalView:
    act = found.act
    return ProposalView(
        hash=found.hash.hex(),
        kind=str(act.__struct_config__.tag),
        act={name: msgspec.to_builtins(getattr(act, name)) for name in act.__struct_fields__},
        needs=found.needs,
        proposer=found.proposer,
        proposed_at=found.proposed_at,
        expires_at=found.expires_at,
        state=found.state,
        decided_by=found.decided_by,
        decided_at=found.decided_at,
    )
