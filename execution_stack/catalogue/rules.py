"""What a catalogue key signs, what people sign about keys and held documents, and how what is held moves."""

from collections.abc import Mapping
from uuid import UUID

from boundary.kernel import canonical, primitives, states
from execution_stack.catalogue import model

ADMIT = "catalogue.admit_key"
REVOKE = "catalogue.revoke_key"
PUBLISH = "catalogue.publish"
_DOMAIN = b"catalogue-document/1\0"

HELD: states.Machine[model.HeldState, model.HeldEvent] = states.Machine(
    name="held document",
    initial=model.HeldState.WAITING,
    transitions={
        (model.HeldState.WAITING, model.HeldEvent.PUBLISH): model.HeldState.PUBLISHED,
        (model.HeldState.WAITING, model.HeldEvent.REFUSE): model.HeldState.REFUSED,
    },
    terminal=(model.HeldState.PUBLISHED, model.HeldState.REFUSED),
)


def signed_hash(content: model.Content) -> bytes:
    """What is signed: the SHA-256 of the document's particulars behind a domain of their own."""
    return primitives.sha256(_DOMAIN + canonical.pack(content))


def sign(seed: bytes, content: model.Content) -> bytes:
    return primitives.ed25519_sign(seed, signed_hash(content))


def subject(hashed: bytes) -> UUID:
    """A key or a document in the place where statements have a reference; the facts hold all of it."""
    return UUID(bytes=hashed[:16], version=4)


def key_facts(public_key: bytes) -> Mapping[str, str]:
    return {"public_key": public_key.hex()}


def held_facts(held: model.Held) -> Mapping[str, str]:
    return {"document": held.document.hex(), "size": str(held.size), "findings": str(held.findings)}
