"""The back office over people: finding accounts, looking at them, suspending and activating them, inviting staff.

Owns: who may see what of somebody's contacts, and the audit entries of every look. It has no table.

Never: decides what an account may do (`access` does, and serves the grid of permissions), knows a password, or reads
another capability's tables. Whatever it changes it changes through `identity`.

Invariants: every search, list and look is audited with who looked; contacts are masked unless the one who looks holds
a permission to read them; nobody suspends or activates themselves; who works here is touched only by those who hand
out permissions; the last super admin stays.
"""
