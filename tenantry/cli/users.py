"""`tenantry users import`."""

from pathlib import Path
from typing import Annotated

import typer

from tenantry.cli.desk import desk_of, now, read_file
from tenantry.commands.manage_people import Imported, import_people
from tenantry.domain.people_files import parse_people
from tenantry.kit.encodings import decode
from tenantry.queries.house import House
from tenantry.queries.lookup import list_domains
from tenantry.words.countries import country_codes
from tenantry.words.people_files import ENCODINGS
from tenantry.words.speech import N_

app = typer.Typer(name="users", help="People.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """People of an organization."""


@app.command("import")
def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The people, as CSV.")],
    tenant: Annotated[str, typer.Option(help="The organization's address.")],
    usage_location: Annotated[
        str | None, typer.Option(help="Where those work who have no country in the file: two letters, like DK.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")] = False,
) -> None:
    """Add the people of a CSV file. With one fault nobody is added, and every fault is listed with its line.

    The headings, in this order: User Name, First Name, Last Name, Display Name, Job Title, Department, Office Number,
    Office Phone, Mobile Phone, Fax, Address, City, State or Province, ZIP or Postal Code, Country or Region; and, if
    you like, Usage Location.

    \b
    tenantry users import people.csv --tenant contoso --usage-location DK
    """
    desk = desk_of(context, json=json)
    decoded = decode(read_file(file))
    if decoded.encoding != "utf_8":
        desk.note(N_("Read as %(encoding)s."), encoding=desk.speech.say(ENCODINGS[decoded.encoding]))
    location = usage_location.upper() if usage_location else None

    async def work(house: House) -> Imported:
        _, viewer = await desk.enter(house, tenant)
        domains = await list_domains(house.db, viewer)
        limit = desk.settings.import_limit
        parsed = parse_people(decoded.text, limit=limit, domains=domains, country_codes=country_codes())
        wishes = {"rows": parsed.value, "faults": parsed.faults, "usage_location": location}
        return await import_people(house.db, viewer, **wishes, now=now())

    imported = desk.run(work)
    desk.say(N_("People added: %(count)s"), count=desk.speech.number(imported.count))
    desk.answer(count=imported.count, operation_id=imported.operation_id)
