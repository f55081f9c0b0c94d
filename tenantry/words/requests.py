"""Service requests in words: their categories, severities, states and sides."""

from tenantry.words.speech import N_

CATEGORIES = {
    "before_buying": N_("Before buying"),
    "account": N_("Accounts and sign-in"),
    "billing": N_("Billing"),
    "technical": N_("Technical"),
}
SEVERITIES = {
    "low": N_("Low"),
    "normal": N_("Normal"),
    "high": N_("High"),
    "critical": N_("Critical"),
}
STATES = {
    "new": N_("New"),
    "working": N_("In progress"),
    "waiting": N_("Waits for your answer"),
    "closed": N_("Closed"),
}
# The same states, as the operator reads them.
HOUSE_STATES = {**STATES, "waiting": N_("Waits for an answer")}
SIDES = {"tenant": N_("Organization"), "operator": N_("Support")}
STEPS = {
    "write": N_("Message"),
    "close": N_("Closed"),
    "reopen": N_("Opened again"),
    "take": N_("Taken"),
    "answer": N_("Answer"),
    "ask_back": N_("Question"),
    "finish": N_("Closed"),
}
BADGES = {"new": "brand", "working": "brand", "waiting": "soon", "closed": ""}
