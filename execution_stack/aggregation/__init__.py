"""Pooling: intents that want the same become one omnibus order, and nobody can be favoured afterwards.

Owns: windows, omnibus orders, their members, and the manifests that say who is in an order with how much and in which
priority. A manifest's root is in the sealed audit tree before its order, or the change of it, leaves.

Never: crosses two customers' intents inside. Buys and sells go to the venue as separate orders, unless an operator has
said otherwise in the settings. It does not know how a venue speaks: `ports.Desk` does.

States: gathering -> manifested -> leaving -> working -> ended, and gathering -> ended when nobody is left in it.

Invariants: an order asks for exactly the lots of its manifest; a manifest is never changed, it is replaced by a higher
version; an intent is in one open order at a time.
"""
