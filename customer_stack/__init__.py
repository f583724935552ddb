"""The customer stack: everything about people, their money and the law they live under. One deployment per jurisdiction.

Personal data enters here and never leaves: `gate` is the only door to the execution stack, and what passes it has no
field that could hold a name. This package never holds an exchange, broker or chain credential.
"""
