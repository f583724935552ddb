"""How identity's credentials look: signed access tokens, opaque secrets, key rings, and the square of an enrolment."""
