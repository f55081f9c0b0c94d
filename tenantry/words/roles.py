"""Roles in words: what each is for, and what can be allowed, as the Roles page and whoever is refused read it."""

from tenantry.domain.roles import Permission, Role
from tenantry.words.speech import N_

PURPOSES: dict[Role, str] = {
    Role.GLOBAL: N_("Does everything, and is the only one who makes other admins. Give it to few."),
    Role.BILLING: N_("Buys, renews and cancels. Does not decide who gets a license."),
    Role.LICENSE: N_("Decides who gets which license. Does not buy."),
    Role.USER: N_("Looks after people from the first day to the last, their licenses included."),
    Role.HELPDESK: N_("Helps people who cannot sign in, other helpdesk admins too."),
    Role.PASSWORD: N_("Gives new passwords to people without an admin role and to other password admins."),
    Role.GROUPS: N_("Looks after groups and who is in them."),
    Role.SUPPORT: N_("Opens and follows service requests."),
    Role.READER: N_("Sees what a global admin sees and changes nothing."),
}

# What can be allowed, by what it is about. Home is not told of: it shows what the others allow.
TASKS: tuple[tuple[str, tuple[tuple[Permission, str], ...]], ...] = (
    (
        N_("People"),
        (
            (Permission.USER_READ, N_("See people")),
            (Permission.USER_ADD, N_("Add people")),
            (Permission.USER_EDIT, N_("Edit people")),
            (Permission.USER_LOCATION, N_("Set the usage location")),
            (Permission.USER_BLOCK, N_("Block and unblock sign-in")),
            (Permission.USER_DELETE, N_("Delete and restore people")),
            (Permission.PASSWORD_RESET, N_("Reset passwords")),
            (Permission.SIGN_IN_READ, N_("See sign-ins")),
        ),
    ),
    (
        N_("Licenses and billing"),
        (
            (Permission.LICENSE_READ, N_("See licenses")),
            (Permission.LICENSE_ASSIGN, N_("Assign and remove licenses")),
            (Permission.SUBSCRIPTION_READ, N_("See what was bought")),
            (Permission.SUBSCRIPTION_CHANGE, N_("Buy, reduce, cancel and renew")),
            (Permission.BILLING_READ, N_("See invoices and how they are paid")),
            (Permission.BILLING_CHANGE, N_("Change the billing account and pay")),
        ),
    ),
    (
        N_("Organization"),
        (
            (Permission.ROLE_READ, N_("See who has which role")),
            (Permission.ROLE_ASSIGN, N_("Assign and remove roles")),
            (Permission.ORGANIZATION_READ, N_("See the organization’s settings")),
            (Permission.ORGANIZATION_CHANGE, N_("Change the organization’s settings")),
            (Permission.DOMAIN_READ, N_("See domains")),
            (Permission.DOMAIN_CHANGE, N_("Add, prove and remove domains")),
            (Permission.AUDIT_READ, N_("See the audit log")),
            (Permission.SUPPORT_ASK, N_("Open and follow service requests")),
            (Permission.ORGANIZATION_EXPORT, N_("Export everything")),
            (Permission.ORGANIZATION_DELETE, N_("Delete the organization")),
        ),
    ),
)

# What an organization would rather not show to everybody.
SIGHTS = (
    (Permission.USER_READ, N_("People")),
    (Permission.LICENSE_READ, N_("Licenses")),
    (Permission.SUBSCRIPTION_READ, N_("Purchases and prices")),
    (Permission.BILLING_READ, N_("Invoices and payments")),
    (Permission.SIGN_IN_READ, N_("Sign-ins")),
    (Permission.ROLE_READ, N_("Who has which role")),
    (Permission.AUDIT_READ, N_("Audit log")),
)
