"""What each account may do: roles, permissions, grants, and acts that need two people.

Owns: the rule that every route states and the guard that asks it; the standing of each account (its role and what it
was given); proposals, and that approving one is doing it.

Never: authenticates anybody (`identity` says who calls, as a `model.Caller`), or says whose objects a caller may see:
that is said in queries, by the caller's account.

States: a proposal is open -> executed | rejected | withdrawn | expired.

Invariants: what no rule allows is denied, and a route without a rule is open to nobody; rights hold or end with the
next request; nobody changes their own rights or gives what they do not hold; what lets somebody hand out rights takes
two people with fresh factors, who hold the permission for it at that moment; a super admin whose rights do not end
stays; outsiders only read, and until a day that was set when they came.
"""
