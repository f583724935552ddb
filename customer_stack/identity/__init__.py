"""Who somebody is: registration, passwords, sessions, second factors, keys for machines, consents.

It never says what an account may do (`access`), holds nothing personal in clear (`vault` seals it; look-up goes by
keyed blind indexes), and keeps no secret that it could hand out again: passwords, codes, refresh tokens, recovery
codes and API keys stand here as hashes.

An account is pending until e-mail and phone are verified, then active; staff may suspend and reinstate it; closed is
the end. What always holds:

* an e-mail address belongs to one active or suspended account; pending ones may share it, and say nothing about it;
* a session ends at once: every request asks whether its session and account still stand;
* a refresh token is used once; an older one that comes again ends the session, and that is committed;
* a step of a one-time password, a recovery code and a mailed code each pass once;
* issuers, administrators and staff do nothing before they have a second factor but enrol one;
* an answer to somebody who is not signed in is the same whether or not there is an account.
"""
