"""Refusals about domains, their proof and the demo's DNS, as sentences."""

from tenantry.words.phrases import N_, NN_, Phrase

DOMAINS: dict[str, Phrase] = {
    "domain_invalid": N_("“%(domain)s” is not the name of a domain. Type one like contoso.com."),
    "domain_shared": N_("%(domain)s is shared: names below it belong to different owners."),
    "domain_mail_service": N_("%(domain)s is a mail service for everybody. Add a domain of your organization’s own."),
    "domain_there": N_("%(domain)s is in the list already."),
    "domain_missing": N_("There is no such domain here."),
    "domain_unproven": N_("%(domain)s has to be verified first."),
    "domain_needless": N_("%(domain)s is verified without a record: there is nothing to look for."),
    "domains_too_many": N_("An organization has at most %(limit)s domains. Remove one before you add another."),
    "domain_looked_up": N_("%(domain)s was looked up a moment ago. Wait some seconds and try again."),
    "domains_looked_up": N_("Many domains were looked up within a minute. Wait a minute and try again."),
    "domain_initial": N_("%(domain)s came with the organization and is never removed."),
    "domain_default": N_("%(domain)s is the default domain. Make another one the default first."),
    "domain_own": N_("You sign in with an address of %(domain)s yourself. Another admin has to remove it."),
    "domain_below": N_("%(below)s is verified because %(domain)s is. Remove what is below it first."),
    "domain_people": NN_(
        "%(count)s person has a username of %(domain)s.",
        "%(count)s people have a username of %(domain)s.",
        "count",
    ),
    "domain_force_many": N_(
        "More than %(limit)s people have a username of %(domain)s: too many to rename at once. Rename some first."
    ),
    "domain_differs": N_("Type %(domain)s to confirm."),
    "zone_value": N_("Type the value of the record: at most %(limit)s characters in one line."),
    "zone_full": N_("The demo’s DNS holds %(limit)s records. Remove one before you add another."),
}
