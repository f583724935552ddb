"""Stand-ins for vendors, written from the same documents as the adapters and importing nothing of them.

Each is a server of its own: `python -m customer_stack.fx.simulators.<vendor> --port N`. It misbehaves on command, in
process (`misbehave`) or over HTTP (`POST /_simulator`), and is never part of a deployment.
"""
