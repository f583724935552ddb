"""Who may decide by four eyes on this stack's host: references and public keys, for commands that one person may not run.

Owns the register and the statements that were decided. Never holds anything that signs, and is no part of the staff's
accounts: an operator is a key on paper, a file or a device, and works when nobody can sign in.

States: registered -> active -> revoked, and registered -> revoked. A statement decides once; two operators of the stack
remain whatever is revoked.
"""
