"""The demo's editions: worldwide, and one of a country with less in it; numbers to call in both."""

import csv
from datetime import datetime
from io import StringIO

from tenantry.commands.manage_editions import add_support_phone, save_edition
from tenantry.domain.editions import Edition, features_of
from tenantry.domain.operators import Operator
from tenantry.queries.house import House
from tenantry.queries.operator_editions import list_editions
from tenantry.sample import sample


async def make_editions(house: House, by: Operator, now: datetime) -> None:
    """Makes the editions of the sample and their numbers, each once; what is changed since stays as it is."""
    known = {row.edition.code: row for row in await list_editions(house, by)}
    for row in _rows("editions.csv"):
        code = row["code"]
        wish = Edition(code, row["name"], features_of(row["features"].split()), row["community"])
        if code not in known or not (known[code].phones or known[code].edition.community):
            await save_edition(house.db, by, edition=wish, is_new=code not in known, now=now)
    for row in _rows("support_phones.csv"):
        if row["edition"] not in known or not known[row["edition"]].phones:
            await add_support_phone(house.db, by, **row, now=now)


def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(sample(name).decode())))
