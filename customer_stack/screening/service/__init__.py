"""What others ask of screening: `matching` compares, `listing` keeps lists, `loaded` holds them in memory, `decisions`
screens somebody, `replaying` does it again, `hits` lets people decide, `standing` tells, `rescreening` follows lists.
"""
