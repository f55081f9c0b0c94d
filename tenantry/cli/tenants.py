"""`tenantry tenant create`."""

from typing import Annotated

import typer

from tenantry.cli.desk import desk_of, now
from tenantry.commands.manage_tenants import FirstAdmin, create_tenant
from tenantry.domain.people import Person
from tenantry.kit.ids import new_id
from tenantry.kit.passwords import hash_password, new_password
from tenantry.queries.house import House
from tenantry.words.speech import N_

app = typer.Typer(name="tenant", help="Organizations.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Organizations: whose people have licenses."""


@app.command()
def create(
    context: typer.Context,
    slug: Annotated[str, typer.Argument(help="Its part of every address: small letters, digits and hyphens.")],
    name: Annotated[str, typer.Option(help="Its name.")],
    domain: Annotated[str, typer.Option(help="The domain of its people's e-mail addresses, taken as verified.")],
    country: Annotated[str, typer.Option(help="Two letters, like DK.")],
    currency: Annotated[str, typer.Option(help="Three letters, like DKK.")] = "USD",
    language: Annotated[str, typer.Option(help="en, da, nb or nl.")] = "en",
    admin: Annotated[str | None, typer.Option(help="The e-mail address of its first global admin.")] = None,
    admin_name: Annotated[str | None, typer.Option(help="The admin's name.")] = None,
    sandbox: Annotated[bool, typer.Option("--sandbox", help="With a clock that can be moved ahead.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")] = False,
) -> None:
    """Make an organization, and if you like its first admin, whose password is printed once.

    \b
    tenantry tenant create fabrikam --name "Fabrikam A/S" --domain fabrikam.com --country DK --currency DKK \\
        --admin ane.holm@fabrikam.com --admin-name "Ane Holm"
    """
    desk = desk_of(context, json=json)
    password = new_password() if admin else None
    first = None
    if admin and password:
        person = Person(user_name=admin, display_name=admin_name or admin, usage_location=country.upper())
        first = FirstAdmin(person, hash_password(password))

    async def work(house: House) -> str:
        facts = {"name": name, "domain": domain, "language": language, "sandbox": sandbox}
        where = {"country": country.upper(), "currency": currency.upper()}
        tenant_id = await create_tenant(
            house.db, desk.operator, tenant_id=new_id(), slug=slug, **facts, **where, now=now(), admin=first
        )
        return str(tenant_id)

    tenant_id = desk.run(work)
    desk.say(N_("%(name)s is made. Its address is %(slug)s."), name=name, slug=slug)
    if first:
        desk.say(N_("%(user)s signs in with the password %(password)s"), user=admin, password=password)
    desk.answer(tenant_id=tenant_id, slug=slug, admin=admin, password=password)
