"""The vault: everything personal is encrypted under one key per subject, so that one key's end is the person's end.

Owns: the subjects' data keys (wrapped), the form of a sealed value, blind indexes, the erasure ledger, and the port to
whoever holds the key-encryption keys. Sealed values stand in the tables of the capabilities that own them; a table says
with `schema.sealed` which of its columns are such, and the vault re-encrypts and erases by that.

Never: stores a key-encryption key, hands out a data key, writes a key or a person's value into a log, an error or an
audit entry, or opens anything for a subject whose key row is not there.

States of a data key: current, replaced (there is a newer one), retired (and nothing is under it; deleted ten minutes later).
A subject is unknown, known or erased; an erased one never comes back under its number.

Invariants: every use of a key reads its wrapped row in the same transaction, so a deletion is in force everywhere as soon
as it is committed, whatever a process remembers. A key that a transaction seals with cannot be deleted before it ends.
An erasure is written to the ledger in the transaction that deletes the key; the ledger is also a signed file outside the
database, which a restored database must have applied before anything is served.
"""
