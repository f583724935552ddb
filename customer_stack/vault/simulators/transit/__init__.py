"""A key service that speaks the transit engine's HTTP API and misbehaves on command.

Written from https://developer.hashicorp.com/vault/api-docs/secret/transit and
https://developer.hashicorp.com/vault/api-docs#http-status-codes; it shares no line with the adapter.
"""
