"""The one door of the customer stack: whatever crosses to the execution stack leaves and arrives here.

Owns the sending half of the channel and the record of its state. Personal data stops here: no type that this package
hands to `boundary.channel` could carry any. Never opens a port; every exchange is a request of ours.

States of a link: unseen -> open -> lost -> open. Only a verified answer makes it open.
States of the channel: running -> halted -> running, in a new epoch. One process or one operator halts it, with evidence;
two operators of each stack let it go on. Signed heads of the other side are kept for good.
"""
