"""Who holds the key-encryption keys, and where the erasure ledger's file is.

files      keys in files of this machine
transit    keys in a key service that speaks the transit engine's HTTP API
opening    the vault of a process, from its settings
ledger     the erasure ledger's file
"""
