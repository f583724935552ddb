"""What others ask of screening: `screener` screens for them and `standing` tells them where subjects stand.

Behind those: `matching` compares, `listing` keeps lists, `loaded` holds them in memory, `decisions` screens somebody,
`replaying` does it again, `hits` lets people decide, `rescreening` follows lists.
"""
