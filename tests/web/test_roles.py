"""Who may do what, as one table of every way into the app (reference: the roles of domain/roles.py)."""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import pytest
from litestar import get

from tenantry.domain.billing_account import BillingAccount
from tenantry.domain.organization import Policies, Profile, SelfService, mark_of
from tenantry.domain.people import Person
from tenantry.domain.people_files import ALL_HEADINGS
from tenantry.domain.roles import Permission, permissions_of
from tenantry.queries.house import House
from tenantry.store.database import Database
from tenantry.web import create_app
from tests.cast import ADELE, BASIC, BILL, HENRIETTA, LIDIA, MEETINGS, NORA, PETER, RASMUS, ULLA, Character
from tests.conftest import type_run
from tests.web.conftest import Desk, type_browse, words
from tests.web.test_sweep import Way, ids_of, rows_of, type_ids, ways
from tests.world import Tenant

CAST = (ADELE, BILL, LIDIA, ULLA, HENRIETTA, RASMUS, PETER)  # global, billing, license, user, helpdesk, reader, nothing
BULK = "/users/manage-licenses"
PAYER = asdict(BillingAccount("Contoso", "Gade 1", "1000", "Aarhus", "DK"))
COUNTRIES = ("PL", "NO", "FI", "IS", "NL", "BE", "FR")  # another for each of CAST, so that there is something to change
DEEDS = {
    "/users/set-location": "country={country}",
    "/users/block": "",
    "/users/unblock": "",
    "/users/reset-password": "",
    "/users/delete": "user={nora}",
    "/users/restore": "user={nora}",
}  # what is done to many people, and what its address says besides

# x may; s may, and is told that this cannot be done now or has changed; . is refused; o finds only what they did
# themselves, and the operation here is Adele's.
# Gone in this order: the organization is deleted, and brought back, before an operation is under way that forbids it;
# its clock is moved last.
# Columns in the order of CAST: Adele, Bill, Lidia, Ulla, Henrietta, Rasmus, Peter.
ROUTES = """
    GET  /                                    x x x x x x x
    GET  /apps                                x x x x x x x
    POST /apps                                x x x x x x x
    GET  /colleagues                          o o o o o o o
    GET  /close-account                       . . . . . . .
    POST /close-account                       . . . . . . .
    GET  /become-admin                        x x x x x x x
    GET  /become-admin/start                  x x x x x x x
    POST /become-admin/start                  s s s s s s s
    GET  /become-admin/product                x x x x x x x
    POST /become-admin/product                s s s s s s s
    GET  /become-admin/domain                 x x x x x x x
    POST /become-admin/domain                 s s s s s s s
    GET  /become-admin/buy                    x x x x x x x
    POST /become-admin/buy                    s s s s s s s
    GET  /become-admin/buy/seats              x x x x x x x
    POST /become-admin/buy/seats              s s s s s s s
    GET  /become-admin/buy/payer              x x x x x x x
    POST /become-admin/buy/payer              s s s s s s s
    GET  /become-admin/buy/card               x x x x x x x
    POST /become-admin/buy/card               s s s s s s s
    GET  /become-admin/buy/drop               x x x x x x x
    POST /become-admin/buy/drop               s s s s s s s
    GET  /become-admin/buy/second-step/{payment_id}  o o o o o o o
    POST /become-admin/buy/second-step/{payment_id}  o o o o o o o
    GET  /become-admin/buy/cards/{setup_id}   x o o o o o o
    POST /become-admin/buy/cards/{setup_id}   x o o o o o o
    GET  /become-admin/done                   x x x x x x x
    GET  /next                                x . . . . . .
    GET  /next/dismiss                        x . . . . . .
    POST /next/dismiss                        x . . . . . .
    GET  /next/contact                        x . . . . . .
    POST /next/contact                        x . . . . . .
    GET  /quick-start                         x . . . . . .
    POST /quick-start                         x . . . . . .
    GET  /quick-start/share                   x . . . . . .
    POST /quick-start/share                   s . . . . . .
    GET  /notices                             x x x x x x .
    POST /notices/seen                        x x x x x x .
    GET  /settings/notifications              x x x x x x .
    POST /settings/notifications              x x x x x x .
    GET  /meetings                            x x x x x x x
    POST /meetings                            s s s s s s s
    GET  /meetings/settings                   x x x x x x x
    POST /meetings/settings                   x x x x x x x
    GET  /billing/overview                    x x x x . x .
    GET  /find                                x x x x x x x
    GET  /people                              x x x x x x .
    GET  /settings/organization               x x . . . x .
    POST /settings/organization               x . . . . . .
    GET  /settings/self-service               x x . . . x .
    POST /settings/self-service               x . . . . . .
    GET  /settings/organization/policies      x x . . . x .
    POST /settings/organization/policies      x . . . . . .
    GET  /settings/organization/support       x x . . . x .
    POST /settings/organization/support       x . . . . . .
    GET  /settings/organization/delete        x . . . . . .
    POST /settings/organization/delete        x . . . . . .
    GET  /settings/organization/delete/undo   x . . . . . .
    POST /settings/organization/delete/undo   x . . . . . .
    GET  /settings/organization/export        x . . . . . .
    POST /settings/organization/export        x . . . . . .
    GET  /settings/domains                    x x . . . x .
    GET  /settings/domains/export.csv         x x . . . x .
    GET  /settings/domains/add                x . . . . . .
    POST /settings/domains/add                x . . . . . .
    GET  /settings/domains/{name}             x x . . . x .
    GET  /settings/domains/{name}/check       x x . . . x .
    POST /settings/domains/{name}/check       s . . . . . .
    GET  /settings/domains/{name}/default     x x . . . x .
    POST /settings/domains/{name}/default     x . . . . . .
    GET  /settings/domains/{name}/remove      x . . . . . .
    POST /settings/domains/{name}/remove      s . . . . . .
    GET  /settings/domains/{name}/takeover    x . . . . . .
    POST /settings/domains/{name}/takeover    s . . . . . .
    POST /settings/domains/{name}/takeover/restore  s . . . . . .
    GET  /settings/clock                      x x . . . x .
    GET  /support                             x x x x x x x
    GET  /support/requests                    x x x x x . .
    GET  /support/requests/new                x x x x x . .
    POST /support/requests/new                x x x x x . .
    GET  /support/requests/{request_id}       x x x x x . .
    POST /support/requests/{request_id}       x x x x x . .
    GET  /support/requests/{request_id}/files/{file_id}  x x x x x . .
    GET  /users/active                        x x x x x x .
    GET  /users/guests                        x x x x x x .
    GET  /users/export.csv                    x x x x x x .
    GET  /users/{user_id}                     x x x x x x .
    GET  /users/{user_id}/licenses            x x x x x x .
    POST /users/{user_id}/licenses            x . x x . . .
    GET  /users/{user_id}/location            x x x x x x .
    POST /users/{user_id}/location            x . x x . . .
    GET  /users/{user_id}/second-steps        x . . x x . .
    POST /users/{user_id}/second-steps        x . . x x . .
    GET  /users/add                           x . . x . . .
    POST /users/add                           x . . x . . .
    GET  /users/add-many                      x . . x . . .
    POST /users/add-many                      x . . x . . .
    GET  /users/add-many/template.csv         x . . x . . .
    GET  /users/add-many/{draft_id}           x . . o . . .
    POST /users/add-many/{draft_id}           x . . o . . .
    GET  /users/add-many/{draft_id}/verify    x . . o . . .
    POST /users/add-many/{draft_id}/verify    x . . o . . .
    GET  /users/add-many/{draft_id}/faults.csv  x . . o . . .
    GET  /users/add-many/{draft_id}/fix       x . . o . . .
    POST /users/add-many/{draft_id}/fix       x . . o . . .
    GET  /users/add-many/{draft_id}/options   x . . o . . .
    POST /users/add-many/{draft_id}/options   x . . o . . .
    GET  /users/add-many/{draft_id}/review    x . . o . . .
    POST /users/add-many/{draft_id}/review    x . . o . . .
    GET  /operations/{operation_id}/people    o . . o . . .
    GET  /operations/{operation_id}/people.csv  o . . o . . .
    GET  /operations/{operation_id}/passwords  x o o o . x .
    POST /operations/{operation_id}/passwords  o . . o . . .
    GET  /operations/{operation_id}/correct   x o o o . x .
    POST /operations/{operation_id}/correct   o . . o . . .
    GET  /users/manage-licenses               x . x x . . .
    GET  /users/manage-licenses/products      x . x x . . .
    POST /users/manage-licenses/products      x . x x . . .
    GET  /users/manage-licenses/preview       x . x x . . .
    POST /users/manage-licenses/preview       x . x x . . .
    GET  /users/manage-licenses/preview.csv   x . x x . . .
    GET  /users/{user_id}/edit                x x x x x x .
    POST /users/{user_id}/edit                x . . x . . .
    GET  /users/{user_id}/block               x x x x x x .
    POST /users/{user_id}/block               x . . x . . .
    GET  /users/block                         x . . x . . .
    POST /users/block                         x . . x . . .
    GET  /users/unblock                       x . . x . . .
    POST /users/unblock                       x . . x . . .
    GET  /users/set-location                  x . x x . . .
    POST /users/set-location                  x . x x . . .
    GET  /licenses                            x x x x . x .
    GET  /licenses/export                     x x x x . x .
    GET  /licenses/{sku_id}                   x x x x . x .
    GET  /licenses/{sku_id}/people            x . x x . . .
    GET  /licenses/{sku_id}/assign            x x x x . x .
    POST /licenses/{sku_id}/assign            x . x x . . .
    GET  /licenses/{sku_id}/unassign          x x x x . x .
    POST /licenses/{sku_id}/unassign          x . x x . . .
    GET  /licenses/{sku_id}/location          x x x x . x .
    POST /licenses/{sku_id}/location          x . x x . . .
    GET  /licenses/{sku_id}/people/{user_id}  x x x x . x .
    POST /licenses/{sku_id}/people/{user_id}  x . x x . . .
    GET  /licenses/{sku_id}/buy-more          x x . . . . .
    GET  /licenses/{sku_id}/renew             x x . . . . .
    GET  /licenses/{sku_id}/remove            x . x x . . .
    GET  /licenses/{sku_id}/remove/confirm    x . x x . . .
    POST /licenses/{sku_id}/remove/confirm    x . x x . . .
    GET  /licenses/{sku_id}/remove/done       x . x x . . .
    POST /licenses/{sku_id}/pin               x . x x . . .
    POST /licenses/{sku_id}/unpin             x . x x . . .
    GET  /licenses/{sku_id}/conflict          x x x x . x .
    POST /licenses/{sku_id}/conflict          x . x x . . .
    GET  /products                            x x x x . x .
    GET  /products/{subscription_id}          x x x x . x .
    POST /products/{subscription_id}          x x . . . . .
    GET  /products/{subscription_id}/receipt  s s s s . s .
    GET  /products/{subscription_id}/switches.csv  x x . . . . .
    GET  /products/{subscription_id}/seats    x x . . . . .
    POST /products/{subscription_id}/seats    s s . . . . .
    GET  /products/{subscription_id}/switch   x x . . . . .
    POST /products/{subscription_id}/switch   s s . . . . .
    GET  /products/{subscription_id}/terms    x x . . . . .
    POST /products/{subscription_id}/terms    s s . . . . .
    GET  /products/{subscription_id}/booked   s s . . . . .
    POST /products/{subscription_id}/booked   s s . . . . .
    GET  /products/{subscription_id}/recurring  x x . . . . .
    POST /products/{subscription_id}/recurring  s s . . . . .
    GET  /products/{subscription_id}/cancel   s s . . . . .
    POST /products/{subscription_id}/cancel   s s . . . . .
    GET  /products/{subscription_id}/renew    s s . . . . .
    POST /products/{subscription_id}/renew    s s . . . . .
    GET  /products/{subscription_id}/convert  s s . . . . .
    POST /products/{subscription_id}/convert  s s . . . . .
    GET  /products/{subscription_id}/extend   s s . . . . .
    POST /products/{subscription_id}/extend   s s . . . . .
    GET  /products/{subscription_id}/delete   s s . . . . .
    POST /products/{subscription_id}/delete   s s . . . . .
    GET  /products/{subscription_id}/restore  s s . . . . .
    POST /products/{subscription_id}/restore  s s . . . . .
    GET  /billing/invoices                    x x . . . x .
    GET  /billing/invoices/export.csv         x x . . . x .
    GET  /billing/invoices/lines.csv          x x . . . x .
    GET  /billing/invoices/{invoice_id}       x x . . . x .
    GET  /billing/invoices/{invoice_id}/invoice.pdf  x x . . . x .
    GET  /billing/invoices/{invoice_id}/lines.csv  x x . . . x .
    GET  /billing/account                     x x . . . x .
    POST /billing/account                     x x . . . . .
    GET  /billing/invoices/{invoice_id}/pay   x x . . . . .
    POST /billing/invoices/{invoice_id}/pay   x x . . . . .
    GET  /billing/methods                     x x . . . x .
    POST /billing/methods                     x x . . . . .
    POST /billing/methods/default             x x . . . . .
    POST /billing/methods/pay                 x x . . . . .
    GET  /billing/methods/cards/{setup_id}    x x . . . . .
    POST /billing/methods/cards/{setup_id}    x x . . . . .
    GET  /billing/methods/{method_id}/remove  x x . . . . .
    POST /billing/methods/{method_id}/remove  x x . . . . .
    GET  /billing/payments/{payment_id}/second-step x x . . . . .
    POST /billing/payments/{payment_id}/second-step x x . . . . .
    GET  /purchase                            x x . . . . .
    GET  /purchase/compare                    x x . . . . .
    GET  /purchase/{sku_id}                   x x . . . . .
    POST /purchase/{sku_id}                   x x . . . . .
    GET  /purchase/{sku_id}/trial             x x . . . . .
    POST /purchase/{sku_id}/trial             s s . . . . .
    GET  /purchase/cart                       x x . . . . .
    POST /purchase/cart                       x x . . . . .
    GET  /purchase/checkout                   x x . . . . .
    POST /purchase/checkout                   s s . . . . .
    GET  /purchase/payer                      x x . . . . .
    POST /purchase/payer                      s s . . . . .
    GET  /orders                              x x x x . x .
    GET  /orders/{order_id}                   x x x x . x .
    GET  /orders/{order_id}/retry             x x x x . x .
    POST /orders/{order_id}/retry             s s . . . . .
    GET  /orders/{order_id}/drop              x x x x . x .
    POST /orders/{order_id}/drop              x x . . . . .
    GET  /operations/{operation_id}           x o o o . x .
    GET  /operations/{operation_id}/left-out.csv  x o o o . x .
    GET  /operations/{operation_id}/file      x o o o o x .
    POST /operations/{operation_id}/again     x o o o o o o
    GET  /roles                               x . . x x x .
    GET  /roles/assign                        x . . x x x .
    POST /roles/assign                        x . . . . . .
    GET  /roles/remove                        x . . x x x .
    POST /roles/remove                        x . . . . . .
    GET  /users/{user_id}/roles               x . . . . . .
    POST /users/{user_id}/roles               x . . . . . .
    GET  /audit                               x . . . . x .
    GET  /audit/export                        x . . . . x .
    GET  /users/reset-password                x . . x x . .
    POST /users/reset-password                x . . x x . .
    GET  /users/delete                        x . . x . . .
    POST /users/delete                        x . . x . . .
    GET  /users/deleted                       x x x x x x .
    GET  /users/deleted.csv                   x x x x x x .
    GET  /users/restore                       x . . x . . .
    POST /users/restore                       x . . x . . .
    GET  /users/{user_id}/purge               x . . x . . .
    POST /users/{user_id}/purge               x . . x . . .
    POST /settings/clock                      x . . . . . .
"""
ACTIVE, GUESTS, PRODUCT = "/users/active", "/users/guests", "/licenses/{sku_id}"
PERSON = "/users/active?open={user_id}"
# What stands on a page, as a link or a button, and who sees it; "-" for those who do not get the page.
THINGS = {
    ("/", "Home"): "x x x x x x -",
    ("/", "Notifications"): "x x x x x x -",
    ("/", "Active users"): "x x x x x x -",
    ("/", "Guest users"): "x x x x x x -",
    ("/", "Deleted users"): "x x x x x x -",
    ("/", "Overview"): "x x x x . x -",
    ("/", "Your products"): "x x x x . x -",
    ("/", "Purchase services"): "x x . . . . -",
    ("/", "Licenses"): "x x x x . x -",
    ("/", "Audit log"): "x . . . . x -",
    ("/", "Roles"): "x . . x x x -",
    ("/", "Organization"): "x x . . . x -",
    ("/", "Domains"): "x x . . . x -",
    ("/support", "New service request"): "x x x x x . .",
    ("/settings/domains", "Add a domain"): "x . - - - . -",
    ("/settings/organization", "Save profile"): "x . - - - . -",
    ("/settings/organization", "Save policies"): "x . - - - . -",
    ("/settings/organization", "See what would end"): "x . - - - . -",
    ("/settings/organization", "Export everything"): "x . - - - . -",
    ("/settings/organization", "Roles"): "x . - - - x -",
    ("/roles?open=global_admin", "Assign"): "x - - . . . -",
    ("/roles?open=global_admin", "Remove"): "x - - . . . -",
    ("/roles?open=global_admin", "Adele Vance"): "x - - x x x -",
    (ACTIVE, "Delete users"): "x . . x . . -",
    (ACTIVE, "Reset passwords"): "x . . x x . -",
    (ACTIVE, "Add a user"): "x . . x . . -",
    (ACTIVE, "Add many"): "x . . x . . -",
    (ACTIVE, "Manage product licenses"): "x . x x . . -",
    (GUESTS, "Manage product licenses"): "x . x x . . -",
    (ACTIVE, "Set usage location"): "x . x x . . -",
    (ACTIVE, "Block sign-in"): "x . . x . . -",
    (ACTIVE, "Unblock sign-in"): "x . . x . . -",
    (f"{PERSON}&tab=account", "Activity"): "x x x x x x -",
    (f"{PERSON}&tab=account", "Edit"): "x . . x . . -",
    (f"{PERSON}&tab=account", "Block sign-in"): "x . . x . . -",
    (f"{PERSON}&tab=edit", "Save changes"): "x . . x . . -",
    (f"{PERSON}&tab=account", "Licenses and apps"): "x x x x . x -",
    (f"{PERSON}&tab=account", "Change roles"): "x . . . . . -",
    (f"{PERSON}&tab=account", "Set usage location"): "x . x x . . -",
    (f"{PERSON}&tab=licenses", "Save changes"): "x . x x . . -",
    (f"{PERSON}&tab=licenses", "Set usage location"): "x . x x . . -",
    (PRODUCT, "Assign licenses"): "x . x x - . -",
    (PRODUCT, "Unassign licenses"): "x . x x - . -",
    (f"{PRODUCT}?open={{user_id}}", "Save changes"): "x . x x - . -",
    (f"{PRODUCT}?open={{user_id}}", "Unassign license"): "x . x x - . -",
    (f"{PRODUCT}?pane=assign", "Assign"): "x . x x - . -",
    (f"{PRODUCT}?pane=remove&user={{user_id}}", "Remove 1 license"): "x . x x - . -",
}


ANSWERS = {"x": {200, 303}, "s": {404, 409, 422}, "o": {404}, ".": {403}}


def read_table(text: str) -> dict[Way, dict[Character, str]]:
    """The table's lines: way -> who of the cast -> their mark."""
    lines = [line.split() for line in text.splitlines() if line.strip()]
    return {Way(method, path): dict(zip(CAST, marks, strict=True)) for method, path, *marks in lines}


TABLE = read_table(ROUTES)


def profile_form(tenant: Tenant) -> dict[str, str]:
    """The organization's profile as it is, with another city."""
    profile = Profile(tenant.slug.title(), "DK", "en")
    return {**asdict(profile), "city": "Aarhus", "seen": mark_of(profile)}


def edit_form(tenant: Tenant) -> dict[str, str]:
    """Peter as he is once his usage location has been set, with a job title."""
    names = {"first_name": "Peter", "last_name": "Plain", "display_name": PETER.name, "usage_location": "SE"}
    was = {**asdict(Person(tenant.email(PETER), PETER.name)), **names}
    return {**names, "alias": PETER.user_name, "domain": tenant.domain, "job_title": "Baker", "was": json.dumps(was)}


def fields(way: Way, ids: type_ids, tenant: Tenant, who: Character) -> dict[str, Any]:
    """A form, or an address, that is right but for who sends it."""
    user, sku, plans = str(ids["user_id"]), str(ids["sku_id"]), [str(plan) for plan in BASIC.plan_ids]
    apps = [f"{sku}/{plan}" for plan in plans]
    names = {"first_name": "Ane", "last_name": "Dahl", "alias": f"ane.{who.user_name}", "domain": tenant.domain}
    forms: dict[str, dict[str, Any]] = {
        "/users/{user_id}/licenses": {"offered": f"{sku}:{','.join(plans)}", "product": sku, "app": apps[:1]},
        "/users/{user_id}/location": {"country": "SE"},
        "/apps": {"product": str(MEETINGS.sku_id)},
        "/support/requests/new": {"category": "account", "severity": "low", "title": "Help", "body": "Please."},
        "/support/requests/{request_id}": {"do": "write", "body": "And this."},
        "/close-account": {"typed": tenant.email(who)},
        "/users/{user_id}/second-steps": {},
        "/users/{user_id}/edit": edit_form(tenant),
        "/users/{user_id}/block": {"do": "block"},
        "/users/block": {"expected": "0"},
        "/users/unblock": {"expected": "1"},
        "/users/set-location": {"expected": "1"},
        "/users/reset-password": {"expected": "1"},
        "/users/delete": {"expected": "2"},
        "/users/restore": {"sign_in": "none"},
        "/users/{user_id}/purge": {"typed": tenant.email(PETER)},
        "/users/{user_id}/roles": {"role": "license_admin"},
        "/settings/organization": profile_form(tenant),
        "/settings/organization/policies": {"allow_support": "1", "seen": mark_of(Policies())},
        "/settings/self-service": {"join_by_email": "1", "self_licensing": "1", "seen": mark_of(SelfService())},
        "/settings/organization/support": {},
        "/settings/organization/export": {},
        "/settings/clock": {"days": "1"},
        "/settings/domains/add": {"domain": f"{who.user_name}.{tenant.domain}"},
        "/settings/domains/{name}/check": {},
        "/settings/domains/{name}/default": {},
        "/settings/domains/{name}/remove": {},
        "/settings/domains/{name}/takeover": {"people": "1"},
        "/settings/domains/{name}/takeover/restore": {"takeover": user},
        "/settings/organization/delete": {"confirm": tenant.slug},
        "/settings/organization/delete/undo": {},
        "/billing/account": asdict(BillingAccount("Contoso", "Gade 1", "1000", "Aarhus", "DK")),
        "/purchase/{sku_id}": {"seats": "5", "terms": "12-monthly"},
        "/purchase/{sku_id}/trial": {},
        "/purchase/cart": {f"seats-{sku}": "6", f"terms-{sku}": "12-yearly"},
        "/purchase/checkout": {"line": f"{sku} 6 12 yearly"},
        "/purchase/payer": asdict(BillingAccount("Contoso", "Gade 1", "1000", "Aarhus", "DK")),
        "/orders/{order_id}/retry": {},
        "/orders/{order_id}/drop": {},
        "/billing/methods": {"card": "4242"},
        "/billing/invoices/{invoice_id}/pay": {"method": str(ids["other_method_id"])},
        "/billing/methods/default": {},
        "/billing/methods/pay": {"payment": str(ids["failed_id"])},
        "/billing/methods/cards/{setup_id}": {},
        "/billing/methods/{method_id}/remove": {},
        "/billing/payments/{payment_id}/second-step": {"do": "confirm"},
        "/operations/{operation_id}/again": {},
        "/roles/assign": {"role": "license_admin", "user": user},
        "/roles/remove": {"role": "license_admin", "user": user},
        "/users/add-many": {"text": f"{','.join(ALL_HEADINGS.values())}\nib@{tenant.domain},,,Ib,,,,,,,,,,,,DK"},
        "/users/add-many/{draft_id}": {},
        "/users/add-many/{draft_id}/verify": {"do": "go"},
        "/users/add-many/{draft_id}/fix": {"display_name": "Ib"},
        "/users/add-many/{draft_id}/options": {"sign_in": "none", "usage_location": "DK"},
        "/users/add-many/{draft_id}/review": {"expected": "1"},
        "/operations/{operation_id}/passwords": {},
        "/operations/{operation_id}/correct": {},
        "/users/add": {**names, "usage_location": "DK", "sign_in": "none"},
        "/meetings": {},
        "/meetings/settings": {"lobby": "1"},
        "/notices/seen": {"until": user},
        "/settings/notifications": {"offered": ["conflict"]},
        f"{BULK}/products": {"product": sku, "app": apps},
        f"{BULK}/preview": {"expected": "0,1,0"},
        "/licenses/{sku_id}/assign": {"user": user, "apps": " ".join(plans), "app": apps},
        "/licenses/{sku_id}/unassign": {"user": str(tenant.people[NORA]), "confirm": "1"},
        "/licenses/{sku_id}/location": {"located": user, "country": "SE"},
        "/licenses/{sku_id}/people/{user_id}": {"apps": " ".join(plans), "app": apps[1:]},
        "/licenses/{sku_id}/remove/confirm": {"user": str(tenant.people[NORA])},
        "/licenses/{sku_id}/conflict": {"do": "try"},
        "/licenses/{sku_id}/pin": {"user": user},
        "/licenses/{sku_id}/unpin": {"user": user},
    }
    if way.path.startswith("/products/{subscription_id}"):
        return {"po_number": f"PO-{who.user_name}"}
    if way.path.startswith(("/next", "/quick-start")):
        return {"subject": "Hello", "text": "All of you", "section-0-title": "Begin", "expected": "0"}
    if way.path.startswith("/become-admin"):
        return {"product": sku, "seats": "2", "terms": "12-monthly", "card": "4242", "do": "confirm", **PAYER}
    return forms[way.path] if way.method == "POST" else {}


async def gone(desk: Desk, way: Way, ids: type_ids, tenant: Tenant, who: Character) -> int:
    """The status that `who` gets in the end; a form is judged by what it is answered itself."""
    path = way.path.format(**{name: ids[name] for name in way.parameters})
    if way.path.startswith(BULK):
        path += f"?user={ids['user_id']}" + (f"&give={ids['sku_id']}" if "preview" in path else "")
    if way.path in DEEDS:
        more = DEEDS[way.path].format(country=COUNTRIES[CAST.index(who)], nora=tenant.people[NORA])
        path += f"?{more}" if way.path == "/users/restore" else f"?user={ids['user_id']}&{more}"
    if way.method == "POST":
        return (await desk.post(path, fields(way, ids, tenant, who))).status_code
    answer = await desk.get(path)
    return (await desk.get(answer.headers["location"])).status_code if answer.is_redirect else answer.status_code


@pytest.fixture
def ids(contoso: Tenant, db: Database, run: type_run) -> dict[str, Any]:
    """Peter, who has a license of a product, and the operation that gave it."""
    return run(ids_of(db, contoso, ADELE, PETER, BASIC))


def missing(some: Iterable[Way]) -> list[Way]:
    """Ways that the table does not speak of, or that it invents."""
    return sorted(set(some) ^ TABLE.keys(), key=str)


def test_the_table_speaks_of_every_route(house: House) -> None:
    assert missing(ways(create_app(house))) == []


def test_a_route_without_a_line_is_seen(house: House) -> None:
    @get("/t/{slug:str}/secrets")
    async def secrets(slug: str) -> str:
        return slug

    app = create_app(house)
    app.register(secrets)
    assert missing(ways(app)) == [Way("GET", "/secrets")]


@pytest.mark.parametrize("who", CAST, ids=lambda who: who.user_name)
async def test_everybody_may_what_the_table_says_and_nothing_else(
    who: Character, browse: type_browse, db: Database, contoso: Tenant, ids: dict[str, Any]
) -> None:
    wrong = []
    async with browse(contoso, who) as desk:
        before = await rows_of(db, contoso)
        for way, marks in TABLE.items():
            status = await gone(desk, way, ids, contoso, who)
            if status not in ANSWERS[marks[who]]:
                wrong.append(f"{way.method} {way.path}: {status}")
        after = await rows_of(db, contoso)
    assert wrong == []
    may_change = any(marks[who] == "x" for way, marks in TABLE.items() if way.method == "POST")
    assert (after != before) is may_change


@pytest.mark.parametrize("who", CAST, ids=lambda who: who.user_name)
def test_the_table_follows_the_roles(who: Character) -> None:
    rights = permissions_of(frozenset([who.role] if who.role else []))

    def may(method: str, path: str) -> bool:
        return TABLE[Way(method, path)][who] == "x"

    assert may("POST", "/licenses/{sku_id}/assign") is (Permission.LICENSE_ASSIGN in rights)
    assert may("POST", "/users/{user_id}/location") is (Permission.USER_LOCATION in rights)
    assert may("POST", "/users/add") is (Permission.USER_ADD in rights)
    assert may("GET", "/users/active") is (Permission.USER_READ in rights)
    assert may("GET", "/licenses") is (Permission.LICENSE_READ in rights)
    assert may("GET", "/products") is (Permission.SUBSCRIPTION_READ in rights)
    assert may("GET", "/audit") is (Permission.AUDIT_READ in rights)


# What each of them sees


def things(page: str) -> set[str]:
    """The words of every link and button of a page."""
    found = re.findall(r"<(a|button)\b[^>]*>(.*?)</\1>", page, re.DOTALL)
    return {words(inside) for _, inside in found}


@pytest.mark.parametrize("who", CAST, ids=lambda who: who.user_name)
async def test_everybody_is_offered_what_they_may_use_and_no_more(
    who: Character, browse: type_browse, contoso: Tenant, ids: dict[str, Any]
) -> None:
    async with browse(contoso, who) as desk:
        pages = {path: await desk.get(path.format(**ids)) for path in {path for path, _ in THINGS}}
    seen, told = {}, {}
    for (path, label), marks in THINGS.items():
        offered = "x" if label in things(pages[path].text) else "."
        seen[path, label] = offered if pages[path].status_code == 200 else "-"
        told[path, label] = dict(zip(CAST, marks.split(), strict=True))[who]
    assert seen == told


async def test_somebody_without_roles_finds_only_their_own_apps_and_support(
    browse: type_browse, contoso: Tenant, ids: dict[str, Any]
) -> None:
    async with browse(contoso, PETER) as desk:
        for q in ("", "peter", "business", "home", "users"):
            page = await desk.get(f"/find?q={q}", target="palette")
            assert things(page.text) == ({"Apps", "Support"} if q == "" else set())
