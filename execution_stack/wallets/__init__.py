"""Which wallet belongs to which participant: registered with proof of possession, or kept here in custody.

Owns the register of wallets. An address is one participant's, once, over all channels, because the chain's own register
knows one holder for each. Never learns who holds a wallet, never holds the key of a participant's own wallet, and never
stores a key at all: those of custody wallets come from a vault outside the database. A registered wallet stays.

A proof is a low-s secp256k1 signature over one text that names channel, participant, address and time.
"""
