"""A form of products and their apps: what was ticked in it, and how it is shown, again with what is wrong in it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tenantry.domain.licenses import Refusal, Wish
from tenantry.kit.ids import parse_id
from tenantry.queries.licenses import OwnedProduct
from tenantry.words.speech import Speech

type_apps = Mapping[UUID, frozenset[UUID]]


@dataclass(frozen=True)
class Switches:
    """What was sent. `offered`: the apps that the form showed of each product that could be changed;
    `held`: the products that the person had then; `on`: the apps switched on."""

    offered: type_apps
    held: frozenset[UUID]
    ticked: frozenset[UUID]
    on: type_apps

    @property
    def removed(self) -> frozenset[UUID]:
        """Licenses that go: held when the form was shown, and no longer ticked."""
        return self.held - self.ticked

    def wish(self) -> Wish:
        """An app that the form did not show stays as the product brings it: on."""
        assign = {sku_id: self.offered[sku_id] - self.on.get(sku_id, frozenset()) for sku_id in self.ticked}
        return Wish(assign, remove=self.removed, set_apps=True)


def read_switches(form: Any) -> Switches:
    """From a form's fields: `offered` (product:app,app), `held`, `product`, `app` (product/app), and from its
    buttons `on`, `off` (product/app,product/app: to be switched) and `without` (a product that is left out)."""
    offered = dict(_product_and_apps(text, ":") for text in form.getall("offered", []))
    offered.pop(None, None)
    shown = {sku_id: apps for sku_id, apps in offered.items() if sku_id}
    left_out = set(_ids(form.getall("without", [])))
    ticked = frozenset(_ids(form.getall("product", []))) & shown.keys() - left_out
    held = frozenset(_ids(form.getall("held", []))) & shown.keys()
    on = _gather([*form.getall("app", []), *_pairs(form.getall("on", []))])
    dark = _gather(_pairs(form.getall("off", [])))
    lit = {s: (on.get(s, frozenset()) - dark.get(s, frozenset())) & apps for s, apps in shown.items()}
    return Switches(shown, held, ticked, lit)


def _ids(texts: Iterable[str]) -> list[UUID]:
    return [found for text in texts if (found := parse_id(text))]


def _pairs(texts: Iterable[str]) -> list[str]:
    return [pair for text in texts for pair in text.split(",")]


def _product_and_apps(text: str, separator: str) -> tuple[UUID | None, frozenset[UUID]]:
    product, _, apps = text.partition(separator)
    return parse_id(product), frozenset(_ids(apps.split(",")))


def _gather(pairs: Iterable[str]) -> dict[UUID, frozenset[UUID]]:
    found: dict[UUID, frozenset[UUID]] = {}
    for product, apps in (_product_and_apps(pair, "/") for pair in pairs):
        if product:
            found[product] = found.get(product, frozenset()) | apps
    return found


@dataclass(frozen=True)
class Problem:
    """What is wrong with one product. `off`, `on`: values of the buttons that switch apps; "" for none."""

    title: str
    sentences: tuple[str, ...]
    off: str = ""
    off_label: str = ""
    on: str = ""
    on_label: str = ""
    apps: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class ProductView:
    """A product as `product_switches` shows it; `sent` goes into its hidden field `offered`."""

    id: UUID
    name: str
    note: str
    checked: bool
    locked: bool
    held: bool
    inherited: bool
    badge: str
    apps: tuple[dict[str, Any], ...]
    sent: str
    problems: tuple[Problem, ...] = field(default=())


def view_products(
    products: Sequence[OwnedProduct],
    speech: Speech,
    *,
    switches: Switches | None = None,
    refusals: Sequence[Refusal] = (),
    locked: bool = False,
) -> tuple[list[ProductView], list[Refusal]]:
    """The products, as held or as `switches` says, each with its problems; and the refusals of no product.

    locked: nothing may be changed.
    """
    known = {product.name: product.sku_id for product in products}
    owners = [(refusal, _owner(refusal, known)) for refusal in refusals]
    dark = _dark(products, switches) if switches else {}
    views = []
    for product in products:
        mine = [refusal for refusal, sku_id in owners if sku_id == product.sku_id]
        views.append(_view(product, speech, switches, _problems(mine, dark, speech), locked))
    return views, [refusal for refusal, sku_id in owners if sku_id is None]


def _owner(refusal: Refusal, known: Mapping[str, UUID]) -> UUID | None:
    """The product on screen that a refusal is about."""
    named = known.get(str(refusal.params.get("product")))
    found: UUID | None = refusal.params.get("sku_id", named)
    return found if found in known.values() else None


def _dark(products: Sequence[OwnedProduct], switches: Switches) -> dict[str, str]:
    """The apps that are off in ticked products: name -> product/app."""
    return {
        plan.friendly_name: f"{product.sku_id}/{plan.id}"
        for product in products
        if product.sku_id in switches.ticked
        for plan in product.plans
        if plan.id not in switches.on.get(product.sku_id, frozenset())
    }


def _problems(refusals: Sequence[Refusal], dark: Mapping[str, str], speech: Speech) -> tuple[Problem, ...]:
    """One problem for all plan conflicts and one for each other refusal."""
    conflicts = [refusal for refusal in refusals if refusal.code == "plan_conflict"]
    groups = [conflicts] if conflicts else []
    groups += [[refusal] for refusal in refusals if refusal.code != "plan_conflict"]
    return tuple(_problem(group, dark, speech) for group in groups)


def _problem(group: Sequence[Refusal], dark: Mapping[str, str], speech: Speech) -> Problem:
    """Its ways out: apps to switch off, or one to switch on that another needs."""
    titles = {
        "plan_conflict": speech.say("Plan conflict"),
        "plan_missing": speech.say("Something is missing"),
        "plan_needed": speech.say("Still needed"),
        "country_barred": speech.say("Not offered there"),
    }
    sentences = tuple(speech.refusal(refusal.code, refusal.params) for refusal in group)
    apps = {r.params["plan_id"]: r.params for r in group if "plan_id" in r.params}
    label = ""
    if len(apps) == 1:
        label = speech.say("Switch off %(app)s", app=group[0].params["plan"])
    elif apps:
        label = speech.count("Switch off this %(num)s app", "Switch off these %(num)s apps", len(apps))
    off = ",".join(f"{params['sku_id']}/{plan_id}" for plan_id, params in apps.items())
    title = titles.get(group[0].code, speech.say("This does not work"))
    wanted = next((name for name in group[0].params.get("needs", ()) if name in dark), "")
    on_label = speech.say("Switch on %(app)s", app=wanted) if wanted else ""
    return Problem(title, sentences, off, label, dark.get(wanted, ""), on_label, frozenset(apps))


def _view(
    product: OwnedProduct, speech: Speech, switches: Switches | None, problems: tuple[Problem, ...], locked: bool
) -> ProductView:
    fixed = locked or product.inherited
    draft = switches if switches and product.sku_id in switches.offered and not fixed else None
    checked = product.sku_id in draft.ticked if draft else product.held
    broken = frozenset().union(*(problem.apps for problem in problems))
    off = product.disabled
    if draft:
        off = frozenset(plan.id for plan in product.plans) - draft.on.get(product.sku_id, frozenset())
    apps = [
        {"id": p.id, "name": p.friendly_name, "on": p.id not in off, "locked": fixed, "broken": p.id in broken}
        for p in product.plans
    ]
    plans = ",".join(plan.id.hex for plan in product.plans)
    return ProductView(
        id=product.sku_id,
        name=product.name,
        note=_note(product, speech),
        checked=checked,
        locked=fixed,
        held=product.held,
        inherited=product.inherited,
        badge=speech.say("New") if checked and not product.held else "",
        apps=tuple(sorted(apps, key=lambda app: not app["broken"])),
        sent="" if fixed else f"{product.sku_id}:{plans}",
        problems=problems,
    )


def _note(product: OwnedProduct, speech: Speech) -> str:
    """Since when and by whom for a license that is held; else how many could be assigned."""
    if product.cut:
        return speech.say("No service, because seats are missing")
    if product.kept_until and not product.held:
        return speech.say("Data kept until %(date)s", date=speech.date(product.kept_until))
    if not product.held:
        free = product.seats.free
        return speech.count("%(num)s available", "%(num)s available", free) if free else speech.say("None available")
    if product.assigned_at is None:
        return ""
    date = speech.date(product.assigned_at)
    if product.assigned_by is None:
        return speech.say("Since %(date)s", date=date)
    return speech.say("By %(name)s, %(date)s", name=product.assigned_by, date=date)
