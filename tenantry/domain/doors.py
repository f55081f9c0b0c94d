"""Doors: where somebody serves themselves, and which products each of them offers."""

from collections.abc import Mapping
from enum import StrEnum
from uuid import UUID

from tenantry.domain.catalog import Product
from tenantry.domain.file_rows import Parsed, Rows

COLUMNS = ("door", "sku_id")
POSITIONS = range(100)


class Door(StrEnum):
    """SIGN_UP gives its products; the others sell theirs to whoever becomes the admin."""

    SIGN_UP = "sign_up"
    ADMIN = "admin"
    MEETINGS = "meetings"


type_offers = Mapping[tuple[Door, UUID], int]


def parse_door(text: str) -> Door | None:
    """The door that `text` names, or None if it names none."""
    return next((door for door in Door if door.value == text), None)


def parse_doors(data: bytes, *, products: Mapping[UUID, Product]) -> Parsed[type_offers]:
    """(door, product) -> its place among the door's products, from a row for each."""
    rows = Rows(data, COLUMNS, ("part_number", "position"))
    offers: dict[tuple[Door, UUID], int] = {}
    for row in rows:
        door, position = parse_door(row.cell("door")), row.cell("position") or "0"
        sku_id = row.known("product_unknown", "sku_id", products)
        if door is None:
            row.fault("door", "door_unknown", value=row.cell("door"), known=", ".join(Door))
        if not position.isdecimal() or int(position) not in POSITIONS:
            row.fault("position", "number_form", value=position)
        part_number = row.cell("part_number")
        if sku_id and part_number and part_number != products[sku_id].part_number:
            row.fault("part_number", "part_number_differs", value=part_number, known=products[sku_id].part_number)
        if door and sku_id and not row.faulty:
            row.once("sku_id", door, sku_id)
            offers[door, sku_id] = int(position)
    return rows.parsed(offers)
