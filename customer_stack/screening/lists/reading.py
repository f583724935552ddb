"""From files to list versions. What a file is, its content says; only OFAC's three headerless files need their names.

A version's hash goes over the bytes of all its files, each after its length, so that no two sets of files share one.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence

from customer_stack.screening import model
from customer_stack.screening.formats import eu, ftm, ofac_advanced, ofac_csv, ofac_xml, uk, un, xml_records

_XML = {
    un.ROOT: un.parse,
    eu.ROOT: eu.parse,
    uk.ROOT: uk.parse_xml,
    ofac_xml.ROOT: ofac_xml.parse,
    ofac_advanced.ROOT: ofac_advanced.parse,
}
_OFAC_CSV = ("sdn", "alt", "add")
_PART = re.compile(r"(?:^|[^a-z])(sdn|alt|add)(?:[^a-z]|$)")


def read(files: Iterable[model.ListFile]) -> tuple[model.List, ...]:
    """The lists in these files. OFAC's three CSV files are one list and come together."""
    ordered = sorted(files, key=lambda file: file.name)
    slices = {part: file for file in ordered if (part := _ofac_part(file))}
    alone = [_list(_parsed(file), (file,)) for file in ordered if _ofac_part(file) is None]
    if slices:
        if missing := [part for part in _OFAC_CSV if part not in slices]:
            raise model.ListRefused(model.Reason.INCOMPLETE, f"OFAC's files without {', '.join(missing)}")
        three = [slices[part] for part in _OFAC_CSV]
        alone.append(_list(ofac_csv.parse(*(file.data for file in three)), three))
    return tuple(alone)


def _ofac_part(file: model.ListFile) -> str | None:
    head = file.data[:1].strip()
    found = _PART.search(file.name.lower())
    return found[1] if found and head.isdigit() else None


def _parsed(file: model.ListFile) -> model.Parsed:
    head = file.data[:4096].lstrip(b"\xef\xbb\xbf \r\n\t")
    if not head:
        raise model.ListRefused(model.Reason.EMPTY, file.name)
    if head.startswith(b"<"):
        root = xml_records.root(file.data)
        if root is None or root.name not in _XML:
            raise model.ListRefused(model.Reason.UNKNOWN_FORMAT, f"{file.name}: XML of no list that we know")
        return _XML[root.name](file.data)
    if head.startswith(b"{"):
        return ftm.parse(file.data)
    if uk.is_csv(file.data):
        return uk.parse_csv(file.data)
    raise model.ListRefused(model.Reason.UNKNOWN_FORMAT, file.name)


def _list(parsed: model.Parsed, files: Sequence[model.ListFile]) -> model.List:
    digest = hashlib.sha256()
    if len(files) > 1:
        for file in files:
            digest.update(len(file.data).to_bytes(8, "big"))
            digest.update(file.data)
    else:
        digest.update(files[0].data)  # of one file it is what `sha256sum` prints
    refs = {entity.ref for entity in parsed.entities}
    if not refs:
        raise model.ListRefused(model.Reason.EMPTY, "there is no entry in it")
    if len(refs) != len(parsed.entities):
        raise model.ListRefused(model.Reason.MALFORMED, "two entries have one reference")
    version = model.Version(
        publisher=parsed.publisher,
        sha256=digest.hexdigest(),
        entities=len(parsed.entities),
        names=sum(len(entity.names) for entity in parsed.entities),
        published=parsed.published,
    )
    return model.List(version, parsed.entities)
