"""Opaque operators: who may sign decisions, as references minted here and public keys that they proved to hold.

Owns the register and the statements that were decided. Never learns who an operator is, and holds nothing that signs:
a private key is its person's file. An operator of a channel approves that channel's messages and nothing else, an
operator of this stack approves its commands.

States: registered -> active -> revoked, and registered -> revoked. A statement decides once; two operators of the stack
remain whatever is revoked.
"""
