"""`tenantry catalog import`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from tenantry.cli.desk import Desk, desk_of, now, progress, read_file
from tenantry.commands.as_owner import owner
from tenantry.commands.import_catalog import CatalogImported, import_catalog
from tenantry.queries.catalog_files import CatalogFiles
from tenantry.queries.house import House
from tenantry.sample import sample
from tenantry.words.speech import N_

app = typer.Typer(name="catalog", help="What is sold: products, their apps, rules and prices.", no_args_is_help=True)

PARTS = {
    "products": N_("Products"),
    "plans": N_("Apps and services"),
    "product_plans": N_("Apps in products"),
    "rules": N_("Rules"),
    "prices": N_("Prices"),
    "limits": N_("Limits"),
    "taxes": N_("Tax rates"),
    "doors": N_("Products of the doors"),
    "mail_domains": N_("Blocked mail domains"),
    "takeover_bars": N_("Apps that bar a takeover"),
}


@app.callback()
def group() -> None:
    """What is sold: products, their apps, rules and prices."""


@app.command("import")
def import_files(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="The product table, as CSV.", show_default=False)] = None,
    rules: Annotated[Path | None, typer.Option(help="Apps that exclude or need each other; country bars.")] = None,
    prices: Annotated[Path | None, typer.Option(help="What a seat costs, by currency and term.")] = None,
    company: Annotated[Path | None, typer.Option(help="Products that serve the whole organization.")] = None,
    limits: Annotated[Path | None, typer.Option(help="Numbers that an app grants its user.")] = None,
    taxes: Annotated[Path | None, typer.Option(help="Standard tax rates by country.")] = None,
    doors: Annotated[Path | None, typer.Option(help="What sign-up gives, and what becoming the admin sells.")] = None,
    mail_domains: Annotated[Path | None, typer.Option(help="Domains that nobody signs up with.")] = None,
    takeover_bars: Annotated[Path | None, typer.Option(help="Apps whose data no takeover moves.")] = None,
    use_sample: Annotated[bool, typer.Option("--sample", help="Import the sample that came along.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")] = False,
) -> None:
    """Import products, apps, rules and prices from CSV files.

    Adds what is new and mends what differs; what the files do not name stays. All in one go: with a fault in
    any file nothing is saved, and every fault is listed with its line. Importing twice changes nothing.

    \b
    tenantry catalog import --sample
    tenantry catalog import products.csv --rules rules.csv --prices prices.csv
    """
    desk = desk_of(context, json=json)
    if (file is None) == (not use_sample):
        raise typer.BadParameter("give a FILE, or --sample")
    paths = {"rules": rules, "prices": prices, "company": company, "limits": limits, "taxes": taxes}
    paths |= {"doors": doors, "mail_domains": mail_domains, "takeover_bars": takeover_bars}
    files = sample_files() if file is None else _read(file, paths)
    imported = desk.run(lambda house: load(house, files, desk))
    _show(desk, imported)


def sample_files() -> CatalogFiles:
    """The sample that came along. Its own products stand below those of the real table, whose headings they have."""
    names = ("rules", "prices", "limits", "company", "taxes", "doors", "mail_domains", "takeover_bars")
    _, _, own = sample("own_products.csv").partition(b"\n")
    return CatalogFiles(sample("products.csv") + own, **{name: sample(f"{name}.csv") for name in names})


def _read(file: Path, paths: dict[str, Path | None]) -> CatalogFiles:
    return CatalogFiles(read_file(file), **{name: read_file(path) for name, path in paths.items() if path})


async def load(house: House, files: CatalogFiles, desk: Desk) -> CatalogImported:
    """Imports with a bar on the terminal."""
    async with owner(house) as db:
        with progress() as bar:
            task = bar.add_task("", total=None)

            def step(part: str, done: int, total: int) -> None:
                title = desk.speech.say(PARTS[part]) if part else ""
                bar.update(task, description=title, completed=done, total=total)

            return await import_catalog(db, desk.operator, files=files, step=step, now=now())


def _show(desk: Desk, imported: CatalogImported) -> None:
    say, number = desk.speech.say, desk.speech.number
    table = Table(box=None)
    for title in ("", say(N_("added")), say(N_("changed")), say(N_("unchanged"))):
        table.add_column(title, justify="right" if title else "left")
    for part, count in imported.counts.items():
        table.add_row(say(PARTS[part]), number(count.added), number(count.changed), number(count.unchanged))
    desk.show(table)
    desk.answer(**imported.counts)
