"""How much a run of letters resembles language: what tells a name from a ticker, a nonce or a base64 MAC.

One digit of evidence per pair of neighbouring letters, learnt once from names and words of many languages: row = first
letter, column = second, `e` = as frequent as chance, each step away a factor of two in the frequency.
"""

_PAIRS = """
ceeeccddfcefegccagfeddcadd
gdadgaaefebeabgaafcafaaaca
gadafachfafdabgabdbdeaaacf
gbadgabegbbdbbgaafdbfbcadd
eceedcdcecegegccagfecdcbec
gaabgfbdgbaebdfaagedfaaaca
gcbbgbdgfaaecefaafdbgbcaca
hbabgaaagbaeddfaaebdfabada
fdfefcebacefegecbffeccaacc
hadcgaabeadbcdgaaadcfabaab
hbaagaaegbdebcgaaeecfbcada
gdcegdcbgccgdbfbabddecaada
heebgaadgabbebfdacdbfabaca
gcefgbfbgcdcbffaabefdbaadc
cddeccdcdcdfegddagfeefdacd
habagbaefadeabgeafddeaaaca
gcbcdbbbfbbccbdbbbdciebbcb
gcdegbebgbdddefbaeeeecbaec
gbeagaafgaeddcfdabfgecbace
gabagaafgaccccfaafdfebbaec
eeeeecedebefegbdagfebbcbcd
habahaaahabdabfaadcacaaaca
habbgaadhacdadfaadebdaaada
gcecfcbdgbbdcdefbcdfebcccc
hddefacbebefegfcaffdecbacb
hcddgacdgaedddfbabccfbcafd
""".strip().splitlines()
_EVIDENCE = {
    chr(97 + first) + chr(97 + second): ord(level) - ord("e")
    for first, row in enumerate(_PAIRS)
    for second, level in enumerate(row)
}
_EVIDENCE |= {pair.upper(): level for pair, level in _EVIDENCE.items()}
_EVIDENCE |= {pair.title(): level for pair, level in _EVIDENCE.items() if pair.islower()}


def resemblance(text: str) -> float:
    """Mean evidence per pair of letters: names lie above 0, chance lies near -1.5. Pairs with other signs do not count."""
    total = pairs = 0
    evidence = _EVIDENCE
    previous = ""
    for char in text:
        level = evidence.get(previous + char)
        if level is not None:
            total += level
            pairs += 1
        previous = char
    return total / pairs if pairs else -4.0
