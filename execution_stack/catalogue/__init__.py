"""How public text of a venue becomes a document here: signed by the import's own key, once the sweep has passed it.

Owns the register of catalogue keys, the signature under which each document came in, and the list of documents in which
the sweep found something. A key is registered and revoked by two operators; its secret is a file of the worker, so
whoever holds the database alone publishes nothing. What a key signs is swept first; what the sweep does not pass waits,
outside the store that is served, until two operators publish it or one of them refuses it.

States of a key: active -> revoked. States of what is held: waiting -> published, waiting -> refused.
"""
