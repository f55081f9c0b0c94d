"""Refusals about taking over people who signed up elsewhere, as sentences."""

from tenantry.words.phrases import N_, Phrase

TAKEOVERS: dict[str, Phrase] = {
    "plan_name_differs": N_("The app is called “%(known)s”, not “%(value)s”."),
    "takeover_missing": N_("There is no such takeover here."),
    "takeover_nothing": N_("There is nobody to take over with %(domain)s, or the domain is not proven yet."),
    "takeover_elsewhere": N_(
        "Meanwhile somebody else has proven this domain. It is used elsewhere and cannot be taken."
    ),
    "takeover_edition": N_("These people signed up in another edition of the service. They cannot be taken over."),
    "takeover_proof_old": N_("The proof of the domain was seen too long ago. Have it looked up again, then go on."),
    "takeover_names_taken": N_("Somebody else here has the username already: %(names)s. Change these usernames first."),
    "takeover_barred": N_("Data of these products cannot be moved: %(products)s. Only a forced takeover is possible."),
    "takeover_typed": N_("Type the name of the domain: %(domain)s."),
    "takeover_changed": N_("Meanwhile something changed, and nothing was moved. Look at what would move now."),
    "takeover_over": N_("The old organization is gone for good, or was brought back before."),
}
