"""Opaque participants: references minted here, at random, before anybody stands behind them.

Owns the register of issued references and each one's status. Never learns who a participant is; a reference that was
not minted here, for that very channel, is refused. Only the channel that it was issued to may speak of it.

States: issued -> eligible <-> frozen -> closed, and eligible -> closed. A reference is activated once, ever.
"""
