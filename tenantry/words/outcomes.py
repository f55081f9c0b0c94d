"""Why somebody is left out of an assignment, in a few words: the head of a line whose sentence is the refusal's."""

from tenantry.words.speech import N_

REASONS = {
    "seats_short": N_("No seat"),
    "usage_location_missing": N_("No usage location"),
    "country_barred": N_("Not offered there"),
    "plan_conflict": N_("Plan conflict"),
    "plan_missing": N_("Needs another app"),
    "plan_needed": N_("App still needed"),
    "license_gone": N_("License is gone"),
    "license_inherited": N_("From a group"),
}
