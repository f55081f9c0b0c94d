"""The catalog from files: uploaded, looked at product by product, then imported by one button.

Between the two pages the files travel in the form, packed: nothing is kept of what nobody imports.
"""

import base64
import binascii
import zlib
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body

from tenantry.commands.as_owner import has_owner, owner
from tenantry.commands.import_catalog import import_catalog
from tenantry.kit.csvfile import MAX_BYTES, Fault
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.money import Money
from tenantry.queries.catalog_files import CatalogFiles
from tenantry.queries.catalog_preview import CatalogPreview, PriceChange, ProductChange, preview_catalog
from tenantry.web.errors import STATUS
from tenantry.web.operator.frame import HOME, operator, operator_page
from tenantry.web.pages import go
from tenantry.web.visit import Visit

type_form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
PLACE = f"{HOME}/catalog"
FILES = ("products", "rules", "prices", "limits", "company", "taxes")
SHOWN = 200  # products and faults on the page


@get("/catalog/import")
async def ask(visit: Visit) -> Response[Any]:
    return _form(visit)


def _form(visit: Visit, error: Refused | None = None) -> Response[Any]:
    say, refused = visit.speech.say, visit.speech.refused
    labels = {
        "products": (say("Products and their apps"), ""),
        "rules": (say("Rules"), say("Which apps exclude or need each other, and where a product is not offered.")),
        "prices": (say("Prices"), say("What a seat costs, by currency, term and billing.")),
        "limits": (say("Limits"), say("Numbers that an app grants its user.")),
        "taxes": (say("Tax rates"), say("The standard rate of each country.")),
        "company": (say("Products for the whole organization"), say("Those that are not assigned to people.")),
    }
    faults = error.params.get("files", {}) if error else {}
    return operator_page(
        visit,
        "operator/import.html",
        title=say("Import a catalog"),
        crumbs=[(say("Catalog"), PLACE)],
        status=STATUS[error.kind] if error else 200,
        files=[(name, *labels[name]) for name in FILES],
        error=refused(error) if error else "",
        faults=[(labels[name][0], _faults(visit, found)) for name, found in faults.items()],
        more=error.params.get("more", 0) if error else 0,
        place=PLACE,
    )


def _faults(visit: Visit, found: tuple[Fault, ...]) -> list[tuple[int, str, str]]:
    """Line, column and what is wrong there."""
    return [(fault.line, fault.column, visit.speech.refusal(fault.code, fault.params)) for fault in found[:SHOWN]]


@post("/catalog/import")
async def preview(visit: Visit) -> Response[Any]:
    """What the uploaded files would change; nothing is saved yet."""
    try:
        files = await _uploaded(visit)
        seen = await preview_catalog(visit.house, operator(visit), files=files)
    except Refused as refused:
        return _form(visit, refused)
    return _preview(visit, files, seen)


async def _uploaded(visit: Visit) -> CatalogFiles:
    """The files of the form. Raises Refused: "file_needed", "csv_too_large"."""
    form, read = await visit.request.form(), {}
    for name in FILES:
        file = form.get(name)
        if isinstance(file, UploadFile) and (data := await file.read()):
            if len(data) > MAX_BYTES:
                raise Refused("csv_too_large", Kind.INVALID, limit=MAX_BYTES)
            read[name] = data
    if "products" not in read:
        raise Refused("file_needed", Kind.INVALID, field="products")
    return CatalogFiles(**read)


def _preview(visit: Visit, files: CatalogFiles, seen: CatalogPreview, *, stale: bool = False) -> Response[Any]:
    say, count = visit.speech.say, visit.speech.count
    changes = [one for one in seen.products if not one.nothing]
    kept = [one for one in seen.products if one.nothing]
    return operator_page(
        visit,
        "operator/import_preview.html",
        title=say("What the import would change"),
        crumbs=[(say("Catalog"), PLACE), (say("Import a catalog"), f"{PLACE}/import")],
        status=409 if stale else 200,
        stale=stale,
        figures=_figures(visit, seen),
        changes=[_change(visit, one) for one in changes[:SHOWN]],
        unseen=max(len(changes) - SHOWN, 0),
        kept=[(one.product.name, visit.speech.all_of(one.apps_kept)) for one in [*changes, *kept] if one.apps_kept][
            :SHOWN
        ],
        nothing=seen.nothing,
        button_label=count(
            "Import the changes of %(num)s product", "Import the changes of %(num)s products", len(changes)
        )
        if changes
        else say("Import the changes"),
        can_import=has_owner(visit.house),
        packed=pack(files),
        stamp=seen.stamp,
        place=PLACE,
    )


def _figures(visit: Visit, seen: CatalogPreview) -> list[tuple[str, str, str]]:
    """What comes, what changes and what stays, for the strip over the preview."""
    say, number = visit.speech.say, visit.speech.number
    new = sum(one.is_new for one in seen.products)
    changed = sum(not one.is_new and not one.nothing for one in seen.products)
    return [
        (say("Products added"), number(new), ""),
        (say("Products changed"), number(changed), ""),
        (say("Apps added or renamed"), number(len(seen.apps)), ""),
        (say("Rules added"), number(seen.rules), ""),
        (say("Prices added or changed"), number(sum(len(one.prices) for one in seen.products)), ""),
        (say("Limits added or changed"), number(seen.limits), ""),
        (say("Tax rates added or changed"), number(seen.taxes), ""),
        (say("Products in no file"), number(len(seen.absent)), say("They stay as they are.") if seen.absent else ""),
    ]


def _change(visit: Visit, change: ProductChange) -> dict[str, Any]:
    """A product of the preview: its name, what it is, and each change as a line."""
    say, product, before = visit.speech.say, change.product, change.before
    lines = []
    if before is not None and before.name != product.name:
        lines.append(say("Name until now: %(name)s", name=before.name))
    if before is not None and before.part_number != product.part_number:
        lines.append(say("Part number: %(before)s → %(after)s", before=before.part_number, after=product.part_number))
    if before is not None and before.applies_to != product.applies_to:
        lines.append(
            say("For the whole organization from now on")
            if product.applies_to == "company"
            else say("Assigned to people from now on")
        )
    if change.apps_added:
        lines.append(say("Apps added: %(names)s", names=visit.speech.all_of(change.apps_added)))
    lines += [_price(visit, one) for one in change.prices]
    return {"name": product.name, "part_number": product.part_number, "is_new": change.is_new, "lines": lines}


def _price(visit: Visit, change: PriceChange) -> str:
    _, currency, months, frequency = change.key
    money, say = visit.speech.money, visit.speech.say
    after = money(Money(change.after, currency))
    term = visit.speech.count("%(num)s month", "%(num)s months", months)
    billed = say("Billed yearly") if frequency == "yearly" else say("Billed monthly")
    if change.before is None:
        return say("%(term)s · %(billed)s: %(after)s", term=term, billed=billed, after=after)
    before = money(Money(change.before, currency))
    return say("%(term)s · %(billed)s: %(before)s → %(after)s", term=term, billed=billed, before=before, after=after)


@post("/catalog/import/apply")
async def apply(visit: Visit, data: type_form) -> Response[Any]:
    """Imports exactly what was looked at; if the catalog changed meanwhile, shows the new preview instead."""
    files, house = unpack(data.get("packed", "")), visit.house
    try:
        seen = await preview_catalog(house, operator(visit), files=files)
        if seen.stamp != data.get("stamp") or not has_owner(house):
            return _preview(visit, files, seen, stale=has_owner(house))
        async with owner(house) as db:
            await import_catalog(db, operator(visit), files=files, now=visit.now)
    except Refused as refused:
        return _form(visit, refused)
    return go(PLACE, toast={"kind": "ok", "text": visit.speech.say("The catalog is imported.")})


def pack(files: CatalogFiles) -> str:
    """The files as letters, for a field of a form."""
    return base64.b64encode(zlib.compress(msgspec.msgpack.encode(files), 6)).decode()


def unpack(text: str) -> CatalogFiles:
    """The files again. Raises Refused("form_stale") for anything that `pack` does not write, or that is too large."""
    try:
        opened = zlib.decompressobj()
        data = opened.decompress(base64.b64decode(text, validate=True), len(FILES) * MAX_BYTES)
        if opened.unconsumed_tail:
            raise Refused("csv_too_large", Kind.INVALID, limit=MAX_BYTES)
        return msgspec.msgpack.decode(data, type=CatalogFiles)
    except (binascii.Error, zlib.error, msgspec.DecodeError) as error:
        raise Refused("form_stale", Kind.INVALID) from error


HANDLERS = [ask, preview, apply]
