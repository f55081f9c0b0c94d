"""Deeds on the organization itself, and of the operator."""

from datetime import datetime

from tenantry.words.deeds.frame import type_deed, type_facts
from tenantry.words.speech import Speech


def _advance_clock(speech: Speech, subject: str, facts: type_facts) -> str:
    at = datetime.fromisoformat(str(facts["clock_at"]))
    return speech.say("Moved the test clock to %(date)s", date=speech.date(at))


def _change_profile(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Changed the profile of %(name)s", name=subject)


def _change_policies(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Changed the policies of %(name)s", name=subject)


def _change_self_service(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Changed the self-service of %(name)s", name=subject)


def _offer_at_door(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Offered %(product)s at a door", product=subject)


def _withdraw_from_door(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Withdrew %(product)s from a door", product=subject)


def _block_mail_domain(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Blocked sign-ups with %(domain)s", domain=subject)


def _unblock_mail_domain(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Let people sign up with %(domain)s again", domain=subject)


def _create_app_key(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Made a key for the app %(name)s", name=subject)


def _revoke_app_key(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Revoked a key of the app %(name)s", name=subject)


def _delete_tenant(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Deleted the organization %(name)s", name=subject)


def _undo_deletion(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Undid the deletion of %(name)s", name=subject)


def _purge_tenant(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Ended the organization %(name)s for good", name=subject)


def _export_tenant(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Exported everything that %(name)s has", name=subject)


def _create_tenant(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Created the organization %(name)s", name=subject)


def _import_catalog(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Imported the catalog")


def _make_operator(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("%(name)s became an operator", name=subject)


def _suspend_tenant(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Suspended the organization %(name)s", name=subject)


def _resume_tenant(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Resumed the organization %(name)s", name=subject)


def _retry_letters(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.count("Sent %(num)s letter again", "Sent %(num)s letters again", facts["retried"])


def _retry_events(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.count("Had %(num)s event sent again", "Had %(num)s events sent again", facts["retried"])


def _retry_jobs(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.count("Had %(num)s job done again", "Had %(num)s jobs done again", facts["retried"])


def _open_support_access(speech: Speech, subject: str, facts: type_facts) -> str:
    hours = speech.count("%(num)s hour", "%(num)s hours", facts["hours"])
    if facts["level"] == "look":
        return speech.say("Opened support access to %(name)s for %(hours)s, to look", name=subject, hours=hours)
    return speech.say("Opened support access to %(name)s for %(hours)s, to change things", name=subject, hours=hours)


def _end_support_access(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Ended the support access of %(name)s", name=subject)


def _leave_support_access(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Left %(name)s after support access", name=subject)


DEEDS: dict[str, type_deed] = {
    "advance_clock": _advance_clock,
    "change_profile": _change_profile,
    "change_policies": _change_policies,
    "change_self_service": _change_self_service,
    "offer_at_door": _offer_at_door,
    "withdraw_from_door": _withdraw_from_door,
    "block_mail_domain": _block_mail_domain,
    "unblock_mail_domain": _unblock_mail_domain,
    "create_app_key": _create_app_key,
    "revoke_app_key": _revoke_app_key,
    "delete_tenant": _delete_tenant,
    "undo_deletion": _undo_deletion,
    "purge_tenant": _purge_tenant,
    "export_tenant": _export_tenant,
    "create_tenant": _create_tenant,
    "import_catalog": _import_catalog,
    "make_operator": _make_operator,
    "suspend_tenant": _suspend_tenant,
    "resume_tenant": _resume_tenant,
    "retry_letters": _retry_letters,
    "retry_events": _retry_events,
    "retry_jobs": _retry_jobs,
    "open_support_access": _open_support_access,
    "end_support_access": _end_support_access,
    "leave_support_access": _leave_support_access,
}
