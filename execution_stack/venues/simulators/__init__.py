"""Stand-ins for exchanges, each a server of its own process, written from the exchange's documents and nothing else.

They import nothing of an adapter, nor the model that adapters answer in: what both believe wrongly would never be found.
"""
