"""Intents as they arrived: one row for each, named by its place in the channel's transcript.

Owns the intake: which intents were accepted, amended, cancelled. Judges each by the participant's standing and the
instrument's grid, bounds and window. Nobody chooses an intent's name: it is (channel, epoch, sequence, index).

States: open -> cancelled | expired | closed. Only an open intent can be amended.
"""
