"""Tries to sign in, in words: what came of them, and by what."""

from tenantry.words.speech import N_

OUTCOMES = {
    "done": N_("Signed in"),
    "wrong": N_("Refused"),
    "limited": N_("Too many tries"),
}
METHODS = {
    "password": N_("Password"),
    "authenticator": N_("Authenticator app"),
    "passkey": N_("Passkey"),
    "recovery_code": N_("Recovery code"),
}
