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


@dataclass(frozen=True)
class _Guide:
    """Makes the lines for one who is somewhere. sandbox: the tenant has a clock of its own."""

    viewer: Viewer
    home: str
    path: str
    speech: Speech
    sandbox: bool

    def entry(
        self, label: str, place: str, icon: str = "", *, divider: bool = False, also: tuple[str, ...] = ()
    ) -> Entry:
        href, path = f"{self.home}{place}", self.path
        inside = tuple(f"{self.home}{part}/" for part in (place, *also))
        here = path.rstrip("/") == self.home if place == "/" else f"{path}/".startswith(inside)
        return Entry(label, href, icon, here, divider=divider)

    def group(self, label: str, icon: str, children: list[Entry], within: str = "") -> list[Entry]:
        inside = any(child.active for child in children)
        inside = inside or (bool(within) and self.path.startswith(f"{self.home}{within}"))
        return [Entry(label, children[0].href, icon, False, inside, children=tuple(children))] if children else []


def navigation(
    viewer: Viewer, home: str, path: str, speech: Speech, *, sandbox: bool = False, group: bool = False
) -> list[Entry]:
    """The entries that `viewer` may use, the one of `path` marked.

    sandbox: the tenant has a clock of its own. group: nobody is its admin.
    """
    guide = _Guide(viewer, home, path, speech, sandbox)
    entry, several = guide.entry, guide.group
    entries = [entry(speech.say("Home"), "/", "home")] if viewer.can(Permission.HOME_READ) else _own(guide, group)
    entries += several(speech.say("Users"), "person", _people(guide), "/users/")
    if viewer.can(Permission.ROLE_READ):
        entries.append(entry(speech.say("Roles"), "/roles", "shield_person"))
    entries += several(speech.say("Billing"), "wallet", _money(guide))
    entries += several(speech.say("Settings"), "settings", _settings(guide), "/settings/")
    if viewer.can(Permission.OWN_USE):
        entries.append(entry(speech.say("Support"), "/support", "person_support"))
    if viewer.can(Permission.AUDIT_READ):
        entries.append(entry(speech.say("Audit log"), "/audit", "history", divider=True))
    return entries


def _own(guide: _Guide, group: bool) -> list[Entry]:
    """For people without a role: what is theirs, and in a group the others."""
    if not guide.viewer.can(Permission.OWN_USE):
        return []
    say, entry = guide.speech.say, guide.entry
    entries = [entry(say("Apps"), "/apps", "apps", also=("/meetings",))]
    return [*entries, entry(say("Colleagues"), "/colleagues", "people")] if group else entries


def _people(guide: _Guide) -> list[Entry]:
    viewer, speech, entry = guide.viewer, guide.speech, guide.entry
    people: list[Entry] = []
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
    return people


def _money(guide: _Guide) -> list[Entry]:
    viewer, speech, entry = guide.viewer, guide.speech, guide.entry
    money: list[Entry] = []
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
    return money


def _settings(guide: _Guide) -> list[Entry]:
    viewer, speech, entry = guide.viewer, guide.speech, guide.entry
    settings: list[Entry] = []
    if viewer.can(Permission.ORGANIZATION_READ):
        settings.append(entry(speech.say("Organization"), "/settings/organization"))
        settings.append(entry(speech.say("Self-service"), "/settings/self-service"))
    elif viewer.can(Permission.ORGANIZATION_DELETE):  # all that is left of a tenant that is deleted
        settings.append(entry(speech.say("Organization"), "/settings/organization/delete"))
    if viewer.can(Permission.DOMAIN_READ):
        settings.append(entry(speech.say("Domains"), "/settings/domains"))
    if viewer.can(Permission.HOME_READ) and viewer.user_id is not None:
        settings.append(entry(speech.say("Notifications"), "/settings/notifications"))
    if guide.sandbox and viewer.can(Permission.ORGANIZATION_READ):
        settings.append(entry(speech.say("Test clock"), "/settings/clock"))
    return settings
