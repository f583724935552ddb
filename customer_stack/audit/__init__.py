"""The customer stack's audit log: its tables. What happened is written by the capability where it happened.

Never updated, never deleted: grants and triggers refuse both. Sealing, proofs and verification are the kernel's.
"""
