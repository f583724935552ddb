"""Instruments as customers see them: what the execution stack lists, replicated over the channel.

Owns the customer side's copy of the register. Never invents an instrument and never changes one by itself: every row
follows from a message of the execution stack, in the order of its transcript.
"""
