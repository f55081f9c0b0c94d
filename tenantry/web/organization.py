"""Settings of the organization: its profile, its policies, who may see what, and who of the operator was let in."""

from dataclasses import fields
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.response import Redirect

from tenantry.commands.manage_organization import change_policies, change_profile
from tenantry.commands.support_access import end_support_access
from tenantry.domain.organization import Policies, Profile, mark_of
from tenantry.domain.roles import Permission, roles_with
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import parse_id
from tenantry.queries.organization import Organization, read_organization
from tenantry.web.answers import onward
from tenantry.web.errors import STATUS
from tenantry.web.pages import go
from tenantry.web.visit import Visit
from tenantry.words.roles import SIGHTS
from tenantry.words.speech import LANGUAGES, Speech

type_crumbs = list[tuple[str, str | None]]


@get("/settings/organization")
async def organization(visit: Visit) -> Response[Any]:
    return await _show(visit)


async def _show(
    visit: Visit,
    *,
    profile: Profile | None = None,
    policies: Policies | None = None,
    refused: Refused | None = None,
) -> Response[Any]:
    """The page; `profile` or `policies`: as typed, where they were refused."""
    seen = await read_organization(visit.house.db, visit.viewer, now=visit.now)
    speech, say = visit.speech, visit.speech.say
    typed = profile or seen.profile
    return visit.page(
        "organization/settings.html",
        title=say("Organization"),
        crumbs=[(say("Settings"), None), (say("Organization"), None)],
        status=STATUS[refused.kind] if refused else 200,
        place=f"{visit.home}/settings/organization",
        seen=seen,
        typed=typed,
        policies=policies or seen.policies,
        marks={"profile": mark_of(seen.profile), "policies": mark_of(seen.policies)},
        errors={refused.field: speech.refused(refused)} if refused and refused.field else {},
        stale=speech.refused(refused) if refused and not refused.field else "",
        stale_in="profile" if profile else "policies",
        now_there=_now_there(typed, seen.profile, speech) if profile and refused and not refused.field else {},
        facts=_facts(seen, speech),
        sights=[(say(words), _who(right, speech)) for right, words in SIGHTS],
        countries=speech.countries,
        tongues=list(LANGUAGES.items()),
        may_change=visit.viewer.can(Permission.ORGANIZATION_CHANGE),
        may_export=visit.viewer.can(Permission.ORGANIZATION_EXPORT),
        may_delete=visit.viewer.can(Permission.ORGANIZATION_DELETE),
    )


def _facts(seen: Organization, speech: Speech) -> list[tuple[str, str]]:
    """The profile for those who only look."""
    say, profile = speech.say, seen.profile
    named = [
        (say("Name"), profile.name),
        (say("Street"), profile.street),
        (say("Postal code"), profile.postal_code),
        (say("City"), profile.city),
        (say("Country"), speech.country(profile.country)),
        (say("Language"), LANGUAGES[profile.language]),
        (say("Technical contact"), profile.technical_contact),
    ]
    return [(label, value) for label, value in named if value]


def _now_there(typed: Profile, stored: Profile, speech: Speech) -> dict[str, str]:
    """What somebody else saved meanwhile, by field, where it is not what was typed."""
    shown = {"country": speech.country, "language": LANGUAGES.__getitem__}
    found = {}
    for field in fields(Profile):
        value = getattr(stored, field.name)
        if value != getattr(typed, field.name):
            read = shown.get(field.name, str)(value) or speech.say("empty")
            found[field.name] = speech.say("Saved meanwhile: %(value)s", value=read)
    return found


def _who(right: Permission, speech: Speech) -> str:
    return speech.all_of(speech.role(role) for role in roles_with(right))


@post("/settings/organization")
async def save_profile(visit: Visit) -> Response[Any]:
    form = await visit.request.form()
    profile = Profile(**{field.name: str(form.get(field.name, "")).strip()[:2000] for field in fields(Profile)})
    try:
        await change_profile(visit.house.db, visit.viewer, profile=profile, seen=_seen(form), now=visit.now)
    except Refused as refused:
        _let_through(refused)
        return await _show(visit, profile=profile, refused=refused)
    return onward(visit, f"{visit.home}/settings/organization", toast=visit.speech.say("Profile saved"))


@post("/settings/organization/policies")
async def save_policies(visit: Visit) -> Response[Any]:
    form = await visit.request.form()
    policies = Policies("require_two_step" in form, "allow_support" in form)
    try:
        await change_policies(visit.house.db, visit.viewer, policies=policies, seen=_seen(form), now=visit.now)
    except Refused as refused:
        _let_through(refused)
        return await _show(visit, policies=policies, refused=refused)
    return onward(visit, f"{visit.home}/settings/organization", toast=visit.speech.say("Policies saved"))


def _seen(form: FormMultiDict) -> str:
    return str(form.get("seen", ""))[:40]


def _let_through(refused: Refused) -> None:
    if refused.kind is Kind.DENIED:
        raise refused


@post("/settings/organization/support")
async def end_support(visit: Visit) -> Response[Any]:
    """Ends an access of the operator at once."""
    form = await visit.request.form()
    access_id = parse_id(str(form.get("access", "")))
    ended = await end_support_access(visit.house.db, visit.viewer, access_id=access_id or UUID(int=0), now=visit.now)
    say = visit.speech.say
    said = say("The support access was ended") if ended else say("The support access had ended already")
    return onward(visit, f"{visit.home}/settings/organization", toast=said)


@get(["/settings/organization/policies", "/settings/organization/support"])
async def back(visit: Visit) -> Redirect:
    """A form's address, asked for again: the page it belongs to."""
    return go(f"{visit.home}/settings/organization")


HANDLERS = [organization, save_profile, save_policies, end_support, back]
