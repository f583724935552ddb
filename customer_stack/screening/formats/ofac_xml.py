"""OFAC's SDN list as one XML file (`sdn.xml`, root `sdnList`): states its own count and grades its aliases."""

from customer_stack.screening import model
from customer_stack.screening.formats import values, xml_records

ROOT = "sdnList"
_KINDS = {"individual": model.Kind.PERSON, "vessel": model.Kind.VESSEL, "aircraft": model.Kind.AIRCRAFT}


def parse(data: bytes) -> model.Parsed:
    published, stated, entities = None, -1, []
    for record in xml_records.records(data, "publshInformation", "sdnEntry"):  # their spelling
        if record.name == "sdnEntry":
            entities.append(_entity(record))
        else:
            month, _, rest = record.word("Publish_Date").partition("/")
            published = values.moment(f"{rest.partition('/')[0]}/{month}/{rest.partition('/')[2]}")
            stated = int(count) if (count := record.word("Record_Count")).isdecimal() else -1
    if stated >= 0 and len(entities) != stated:
        raise model.ListRefused(model.Reason.TRUNCATED, f"{len(entities)} entries, the file says {stated}")
    return model.Parsed(model.Publisher.OFAC, tuple(entities), published)


def _entity(record: xml_records.Element) -> model.Entity:
    aliases = [
        model.Alias(_name(each), model.Quality.WEAK if each.word("category") == "weak" else model.Quality.GOOD)
        for each in record.all("akaList", "aka")
    ]
    return values.entity(
        record.word("uid"),
        _KINDS.get(record.word("sdnType").lower(), model.Kind.ORGANISATION),
        [model.Alias(_name(record), model.Quality.PRIMARY), *aliases],
        born=[values.born(text) for text in record.words("dateOfBirthList", "dateOfBirthItem", "dateOfBirth")],
        countries=values.countries(
            (
                *record.words("nationalityList", "nationality", "country"),
                *record.words("citizenshipList", "citizenship", "country"),
                *record.words("addressList", "address", "country"),
                record.word("vesselInfo", "vesselFlag"),
            )
        ),
        identifiers=[
            values.identifier(each.word("idNumber"), each.word("idType"), each.word("idCountry"))
            for each in record.all("idList", "id")
            if each.word("idType") not in {"Gender", "Secondary sanctions risk:"}
        ],
        programmes=record.words("programList", "program"),
    )


def _name(element: xml_records.Element) -> str:
    first, last = element.word("firstName"), element.word("lastName")
    return f"{last}, {first}" if first else last
