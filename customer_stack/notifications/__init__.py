"""What people are told, and how it reaches them: an inbox for each account, and e-mail and SMS beside it.

Owns: the kinds of notice and what each may say, the templates in `templates/` (one file for each language), the inbox
with its unread count, each account's choice of channels, announcements to many, and the delivery of every message,
one-time codes included.

Never: decides that something happened (whoever does calls `service.notices.Post.notify` in the same transaction), keeps
anything personal in the clear (facts and addresses are sealed by the vault under the account's subject), or puts a
one-time code into an inbox.

States: a delivery is waiting, sending, sent, unknown or dead; an announcement is writing or done. Both are tables in
`rules.delivering` and `rules.announcing`.

Invariants: a notice about security goes out whatever its receiver prefers; a template holds the placeholders that its
kind has facts for, and no other; an account receives an announcement exactly once; an SMS whose fate is unknown is not
sent again by itself, since nobody could tell the second from the first, while an e-mail is, under the same Message-ID.
"""
