"""What each account may do: roles, permissions, grants, and actions that need two people.

It never authenticates anybody: `identity` says who calls, as a `model.Caller`. Permissions are denied unless a rule on
the route allows them; a route without a rule is a failing test. Whose objects a caller may see is said in queries, by
the caller's account, and not here.
"""
