"""Public documents by the hash of their bytes: rules, resolution sources, prospectuses, terms.

Owns the register of documents and their import, which two operators sign and the sweep must pass. The bytes lie outside
the database, in a store named by hash; the database holds hashes, sizes and words of closed lists. A document never
changes and is never taken out: another text is another hash. Nothing is served that is not registered, and no bytes
that do not hash to their name.
"""
