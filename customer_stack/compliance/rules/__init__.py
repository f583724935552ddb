"""How an operation is judged, how amounts are told in one currency, and what may become of a held one. Pure."""
