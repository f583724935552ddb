"""Whose platform this is, and under which law: the operator's `config.json` and the dated jurisdiction packs.

Owns: the shape and the rules of `config.json`, its JSON Schema, the packs in `jurisdictions/`, and the public routes
`GET /config.json` and `GET /jurisdiction`.

Never: holds a secret (the whole configuration is public, so whatever looks like a credential is refused), knows a
person, or writes to a database. It states limits; the capabilities that move money enforce them.

States: none. A configuration is valid as a whole or the process does not start. A pack is a row of dated versions; a
change of law is a new version, never an edit of one that has been in force.

Invariants: an operator's limit is never looser than the law's, whatever the configuration says; every figure of a pack
names its source, and our own choices are marked `operator default`; colours that carry text have a contrast of 4.5 : 1.
"""
