"""What the gate does: `channels` keeps them, `receiving` takes frames in, `effects` applies messages, `outbound` answers.

`telling` answers polls of market data, which is no part of any transcript.
"""
