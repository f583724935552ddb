"""The execution deployment: the only place with exchange, broker and chain credentials, and none with a person in it.

It knows opaque references, amounts in USD, instruments and orders. Its database refuses a column that could hold a
name. One deployment serves many customer stacks; every row that belongs to one carries its channel's id.
"""
