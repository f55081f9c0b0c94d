"""What `tenantry doctor` finds, as sentences: how it is, and how to mend what is wrong."""

from tenantry.words.phrases import N_, Phrase

CHECKS: dict[str, Phrase] = {
    "settings": N_("Settings"),
    "place": N_("Place"),
    "database": N_("Database"),
    "roles": N_("Roles"),
    "clock": N_("Clock"),
    "schema": N_("Schema"),
    "policies": N_("Row policies"),
    "counters": N_("Seat counters"),
    "licenses": N_("Licenses"),
    "search": N_("Search words"),
    "meetings": N_("Meetings"),
    "seats": N_("Seats"),
    "letters": N_("Letters"),
    "events": N_("Events"),
}

FINDINGS: dict[str, Phrase] = {
    "settings_sane": N_("The settings fit together."),
    "cookies_insecure": N_(
        "Pages are served on %(host)s, where others can read the cookies. "
        "Put HTTPS in front and set SECURE_COOKIES=yes."
    ),
    "place_server": N_("The database is the one that DATABASE_URL names."),
    "place_here": N_("The embedded database is in %(home)s."),
    "place_moved": N_("The embedded database is in %(home)s, because its user cannot reach %(wanted)s."),
    "server_answers": N_("PostgreSQL %(found)s answers."),
    "server_old": N_("PostgreSQL is %(found)s; at least %(wanted)s is needed. Upgrade the server."),
    "database_down": N_("The database does not answer. Start it, or check DATABASE_URL."),
    "schema_missing": N_("The database is not set up for this version. Run: tenantry migrate"),
    "database_rights": N_("The database role lacks a right. Run as the owner: tenantry migrate"),
    "role_safe": N_("%(role)s is held by the row policies."),
    "role_unsafe": N_(
        "%(role)s may read past the row policies. Let DATABASE_URL name a role that owns nothing, "
        "is no superuser and has no BYPASSRLS."
    ),
    "jobs_role_missing": N_(
        "The rows of all tenants cannot be counted. Let DATABASE_JOBS_URL name the role tenantry_jobs."
    ),
    "clock_same": N_("The clocks of database and program agree."),
    "clock_differs": N_("The clocks of database and program are %(seconds)s seconds apart. Set both by NTP."),
    "schema_newest": N_("The schema is at version %(found)s, the newest."),
    "schema_old": N_("The schema is at version %(found)s, this program wants %(wanted)s. Run: tenantry migrate"),
    "fence_whole": N_("Every table of the tenants is fenced by a forced row policy."),
    "fence_broken": N_(
        "These tables are not fenced: %(tables)s. Stop serving, then run as the owner: "
        "ALTER TABLE … ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; restore a lost policy from a backup."
    ),
    "counters_right": N_("Every seat counter is the number of its licenses."),
    "counters_wrong": N_("Seat counters that differ from their licenses: %(count)s. Please report this as a bug."),
    "licenses_right": N_("Every license has its user and its seats."),
    "licenses_wrong": N_("Licenses without a user or without seats: %(count)s. Please report this as a bug."),
    "search_right": N_("Search finds every word of every name."),
    "search_wrong": N_("Search words that differ from the names: %(count)s. Please report this as a bug."),
    "meetings_right": N_("Every meeting counts whoever is in it."),
    "meetings_wrong": N_("Meetings whose counter differs from who is in: %(count)s. Please report this as a bug."),
    "seats_enough": N_("No product has more licenses than seats."),
    "letters_sent": N_("Letters go to the mail server of SMTP_URL; waiting: %(count)s."),
    "letters_kept": N_("The demo keeps letters for its page /mailbox."),
    "letters_wait": N_(
        "No mail server is named, so letters wait: %(count)s. Nobody can choose a new password by mail. Set SMTP_URL."
    ),
    "events_sent": N_("Events go to the app of EVENTS_URL; waiting: %(count)s."),
    "events_kept": N_("No app is named, so events are kept: %(count)s. Set EVENTS_URL and EVENTS_SECRET to send them."),
    "events_nowhere": N_("Events are not sent: %(name)s makes no sense; wanted is %(wanted)s."),
    "events_given_up": N_(
        "Events that the app did not take in a week: %(count)s. "
        "The page Events says what it answered, and sends them again."
    ),
    "seats_conflict": N_("Products with more licenses than seats: %(count)s. Their admins have to buy or remove some."),
}
