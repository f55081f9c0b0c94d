"""The titles of help pages, and what each is about."""

from tenantry.domain.help_pages import Topic
from tenantry.words.speech import N_

TOPICS = {
    Topic.SIGN_UP: (N_("Signing up"), N_("With a work address, and a minute later you meet your colleagues.")),
    Topic.BECOME_ADMIN: (N_("Becoming the admin"), N_("From a group of people who signed up to an organization.")),
    Topic.DOMAINS: (N_("Proving a domain"), N_("What to put into the DNS, and what goes wrong most often.")),
    Topic.LICENSES: (N_("Licenses and conflicts"), N_("Seats, who has them, and what to do when they run short.")),
    Topic.REQUESTS: (N_("Service requests"), N_("Asking us for help, and what happens then.")),
}
