"""Verifiers for outsiders: each is one file that runs alone, with Python and `cryptography`, and imports nothing of ours.

They repeat the formats and the mathematics on purpose. Whoever checks us should not have to trust our code to do it,
and an error in the kernel must not be able to hide behind the same error here. The public key to check against is
always an argument: an artefact that brings its own key proves nothing.
"""
