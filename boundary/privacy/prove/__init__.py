"""Proves the wall on a running deployment, in two signed halves that no host ever holds together.

    subject      what a half is about: one database session that only reads, one manifest, one environment
    report       what a check answers, the report, its two forms and its signature
    half         the checks in order; merge puts two signed halves together
    plants       known violations, which no check imports; selftest plants them and expects each to be found

A finding names a code and a place, never a value. A check that could not run is "not run", never "passed".
"""
