"""The way around: what the viewer may use, and where they are."""

from dataclasses import dataclass

from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.words.speech import Speech


@dataclass(frozen=True)
class Entry:
    """A line of the navigation."""

    label: str
    href: str
    icon: str
    active: bool
    open: bool = False
    divider: bool = False
    children: tuple["Entry", ...] = ()


def navigation(viewer: Viewer, home: str, path: str, speech: Speech, *, sandbox: bool = False) -> list[Entry]:
    """The entries that `viewer` may use, the one of `path` marked. sandbox: the tenant has a clock of its own."""

    def entry(label: str, place: str, icon: str = "", *, divider: bool = False, also: tuple[str, ...] = ()) -> Entry:
        href = f"{home}{place}"
        inside = tuple(f"{home}{part}/" for part in (place, *also))
        here = path.rstrip("/") == home if place == "/" else f"{path}/".startswith(inside)
        return Entry(label, href, icon, here, divider=divider)

    def group(label: str, icon: str, children: list[Entry], within: str = "") -> list[Entry]:
        inside = any(child.active for child in children) or (bool(within) and path.startswith(f"{home}{within}"))
        return [Entry(label, children[0].href, icon, False, inside, children=tuple(children))] if children else []

    people, money, settings = [], [], []
    if viewer.can(Permission.USER_READ):
        bulk = (
            "/users/manage-licenses",
            "/users/set-location",
            "/users/delete",
            "/users/reset-password",
            "/users/block",
            "/users/unblock",
            "/operations",
        )
        people.append(entry(speech.say("Active users"), "/users/active", also=bulk))
        people.append(entry(speech.say("Guest users"), "/users/guests"))
        people.append(entry(speech.say("Deleted users"), "/users/deleted", also=("/users/restore",)))
    if viewer.can(Permission.SUBSCRIPTION_READ):
        money.append(entry(speech.say("Overview"), "/billing/overview"))
        money.append(entry(speech.say("Your products"), "/products"))
    if viewer.can(Permission.LICENSE_READ):
        money.append(entry(speech.say("Licenses"), "/licenses"))
    if viewer.can(Permission.SUBSCRIPTION_CHANGE):
        money.append(entry(speech.say("Purchase services"), "/purchase", also=("/orders",)))
    if viewer.can(Permission.BILLING_READ):
        money.append(entry(speech.say("Bills & payments"), "/billing/invoices"))
        money.append(entry(speech.say("Payment methods"), "/billing/methods"))
        money.append(entry(speech.say("Billing account"), "/billing/account"))
    if viewer.can(Permission.ORGANIZATION_READ):
        settings.append(entry(speech.say("Organization"), "/settings/organization"))
    elif viewer.can(Permission.ORGANIZATION_DELETE):  # all that is left of a tenant that is deleted
        settings.append(entry(speech.say("Organization"), "/settings/organization/delete"))
    if viewer.can(Permission.HOME_READ) and viewer.user_id is not None:
        settings.append(entry(speech.say("Notifications"), "/settings/notifications"))
    if sandbox and viewer.can(Permission.ORGANIZATION_READ):
        settings.append(entry(speech.say("Test clock"), "/settings/clock"))
    entries = [entry(speech.say("Home"), "/", "home")] if viewer.can(Permission.HOME_READ) else []
    entries += group(speech.say("Users"), "person", people, "/users/")
    if viewer.can(Permission.ROLE_READ):
        entries.append(entry(speech.say("Roles"), "/roles", "shield_person"))
    entries += group(speech.say("Billing"), "wallet", money)
    entries += group(speech.say("Settings"), "settings", settings, "/settings/")
    if viewer.can(Permission.AUDIT_READ):
        entries.append(entry(speech.say("Audit log"), "/audit", "history", divider=True))
    return entries
