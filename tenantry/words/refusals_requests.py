"""Refusals about service requests, help pages and editions, as sentences."""

from tenantry.words.phrases import N_, NN_, Phrase

REQUESTS: dict[str, Phrase] = {
    "support_in_group": N_("Service requests come with an organization that has an admin. Become the admin first."),
    "request_missing": N_("There is no such service request here."),
    "request_file_missing": N_("There is no such file here."),
    "request_closed": N_("This service request is closed. Open it again to write more."),
    "request_open": N_("This service request is open already."),
    "request_deed_unknown": N_("Choose what is to be done, with one of the buttons."),
    "request_long": N_("There are %(limit)s messages here already. Open a new service request to go on."),
    "requests_limited": N_("Your organization opened %(limit)s service requests in the last day. Try again tomorrow."),
    "messages_limited": N_("Your organization wrote %(limit)s messages in the last day. Try again tomorrow."),
    "category_unknown": N_("Choose what it is about."),
    "severity_unknown": N_("Choose how bad it is."),
    "files_too_many": NN_(
        "At most %(limit)s file can be attached to a message.",
        "At most %(limit)s files can be attached to a message.",
        "limit",
    ),
    "file_too_large": N_("%(name)s is too large: a file can have at most %(megabytes)s MB."),
    "help_limited": N_("Thank you, we have heard you. You can tell us more in a quarter of an hour."),
    "edition_missing": N_("There is no such edition."),
    "edition_taken": N_("There is an edition with this code already."),
    "edition_code_form": N_("A code has 2 to 40 small letters, digits and dashes, and begins with a letter or digit."),
    "link_form": N_("This is not a link that begins with https://."),
    "phone_form": N_("A phone number has 3 to 20 digits, and may begin with + and hold blanks, dashes and brackets."),
}
