"""What may stand on the far side of the wall, and the programs that check it.

`closed_types` is the norm: the only column types that the execution database knows. `catalogue` holds a live
database against it. `scan` looks for personal data in whatever is not positional. None of it is trusted alone.
"""
