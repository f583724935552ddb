"""The one door of the execution stack: receives what customer stacks send, hands back what they may know.

Owns channels and the receiving half of the protocol. Nothing is written before a frame's tag verifies, and nothing of
a refused frame is kept but its digest and a reason. Never opens a connection to a customer stack.

States of a channel's link: unseen -> open -> lost -> open. Only a verified frame makes it open.
States of a channel: running -> halted -> running, in a new epoch. One process or one operator halts it, with evidence,
and no other channel; two operators of each stack let it go on. Signed heads of customer stacks are kept for good.
"""
