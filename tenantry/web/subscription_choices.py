"""What is chosen before a preview: a total, when, terms, another product. It stands in the address of every step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Response

from tenantry.domain.charges import Price
from tenantry.domain.seat_changes import When
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import parse_id
from tenantry.queries.subscription import Subscription
from tenantry.web.answers import address
from tenantry.web.errors import STATUS
from tenantry.web.find import parse_ids
from tenantry.web.subscription import crumbs_of, place_of
from tenantry.web.subscription_sheets import ways_out
from tenantry.web.subscription_words import price_words, terms_words
from tenantry.web.visit import Visit
from tenantry.words.speech import Speech

FIELDS = ("seats", "terms", "product", "people")  # where a refusal can stand; others stand over the form


@dataclass(frozen=True)
class Choice:
    """What was chosen, as it was sent. ready: it is to be previewed."""

    total: str
    when: When
    terms: str
    product: UUID | None
    ready: bool
    people: tuple[UUID, ...] = ()

    def seats(self) -> int:
        """The total. Raises Refused("number_form")."""
        text = self.total.strip().replace("\u00a0", "").replace(" ", "")
        if not text.isdecimal() or len(text) > 12:
            raise Refused("number_form", Kind.INVALID, field="seats", value=self.total[:40])
        return int(text)

    def months_and_frequency(self) -> tuple[int, str]:
        """The terms. Raises Refused("choice_unknown")."""
        months, _, frequency = self.terms.partition("-")
        if not months.isdecimal() or len(months) > 3 or frequency not in ("monthly", "yearly"):
            raise Refused("choice_unknown", Kind.INVALID, field="terms", value=self.terms[:40])
        return int(months), frequency

    def query(self, **more: str) -> dict[str, Any]:
        """The choice as it stands in an address."""
        product = str(self.product) if self.product else ""
        chosen = {"total": self.total, "when": self.when.value, "terms": self.terms, "product": product}
        return {**chosen, "user": self.people, **more}


def read_choice(visit: Visit, *, seats: int, terms: str = "") -> Choice:
    """What the address says; what it does not say is as it is now."""
    query = visit.request.query_params
    return Choice(
        total=query.get("total", "")[:40] or str(seats),
        when=When.RENEWAL if query.get("when") == When.RENEWAL else When.NOW,
        terms=query.get("terms", "")[:20] or terms,
        product=parse_id(query.get("product", "")),
        ready=query.get("step") == "preview",
        people=parse_ids(query.getall("user", [])),
    )


def terms_options(speech: Speech, offers: Sequence[tuple[int, Price]]) -> list[tuple[str, str]]:
    """Terms to choose from, each with its price."""
    return [
        (
            f"{months}-{price.frequency}",
            f"{terms_words(speech, months, price.frequency)} · {price_words(speech, price)}",
        )
        for months, price in offers
    ]


@dataclass(frozen=True)
class Form:
    """Which fields a choice is made with. seats_help: what stands under the total; later: whether it may wait.

    picker: where people are looked up who may be chosen; chosen: those who are, by id and name.
    """

    title: str
    seats_label: str = ""
    seats_help: str = ""
    terms: Sequence[tuple[str, str]] = ()
    products: Sequence[tuple[str, str]] = ()
    later: bool = False
    now: bool = True
    notes: Sequence[str] = ()
    picker: str = ""
    most: int = 0
    chosen: Sequence[tuple[UUID, str]] = ()


def show_form(
    visit: Visit, seen: Subscription, form: Form, choice: Choice, refused: Refused | None = None
) -> Response[Any]:
    """The form; *Send* leads to the preview."""
    return visit.page(
        "products/choose.html",
        title=form.title,
        crumbs=crumbs_of(visit, seen, form.title),
        status=STATUS[refused.kind] if refused else 200,
        form=form,
        choice=choice,
        action=visit.request.url.path,
        error={refused.field if refused.field in FIELDS else None: visit.speech.refused(refused)} if refused else {},
        ways=ways_out(visit, seen, refused) if refused else [],
        renewal=seen.held.facts.ends_at,
        held=seen.held,
        back=place_of(visit, seen.held.id),
    )


def form_address(visit: Visit, choice: Choice) -> str:
    """Back to the form, with what was chosen."""
    return address(visit.request.url.path, **choice.query())
