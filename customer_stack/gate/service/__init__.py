"""What the gate does: `links` knows the state of the channel, `outbound` says things, `inbound` hears the answers,
`references` attaches opaque participants, `relay` carries frames.
"""
