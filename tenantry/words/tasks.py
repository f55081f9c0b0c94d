"""The work of the queue in words. A task that is not here is called by its own name."""

from tenantry.domain.timetable import DAY, HOUR, MINUTE, Rhythm
from tenantry.words.speech import N_, Speech

TASKS = {
    "send_letter": N_("Send a letter"),
    "send_reset_link": N_("Write a letter with a link to a new password"),
    "run_long_operation": N_("Do a long operation"),
    "follow_clock": N_("Do what fell due when a sandbox’s clock was moved"),
    "take_up_stalled_jobs": N_("Take up jobs whose worker died"),
    "take_up_lost_letters": N_("Take up letters that lost their job"),
    "take_up_lost_operations": N_("Take up long operations that lost their job"),
    "send_events": N_("Tell the vendor’s app of events"),
    "sweep_meetings": N_("Take out of meetings whoever is not there any more"),
    "remind_of_meetings": N_("Write letters before meetings begin"),
    "watch_conflicts": N_("Warn of seat conflicts, and switch service off at their deadline"),
    "mail_notices": N_("Write letters about new notices"),
    "run_subscriptions": N_("Renew, charge and end subscriptions"),
    "charge_payment": N_("Take the money of a payment"),
    "refund_payment": N_("Give a payment back"),
    "look_at_payment": N_("Ask how it stands with a payment"),
    "look_at_refund": N_("Ask how it stands with money that is given back"),
    "open_card_page": N_("Open a page to enter a card at"),
    "look_at_card": N_("Ask for a card that was entered"),
    "forget_card": N_("Have the payment provider forget a removed card"),
    "use_credit": N_("Use a new credit note"),
    "use_credits": N_("Set credit notes off against open invoices"),
    "mail_invoices": N_("Write letters about new invoices"),
    "forget_stripe_events": N_("Forget old events of the payment provider"),
    "forget_events": N_("Forget events that apps took long ago"),
    "chase_payments": N_("Ask again for payments that failed, and look for cards that expire"),
    "check_domain": N_("Look a domain up in the DNS"),
    "look_at_domains": N_("Look at domains that wait for their proof, and at proofs again"),
    "sweep_sessions": N_("Remove expired sessions, tries and links"),
    "sweep_files": N_("Remove expired files"),
    "purge_people": N_("Remove people who were deleted 30 days ago"),
    "purge_data": N_("Delete the data that apps kept of ended licenses"),
    "purge_tenants": N_("End organizations that were deleted 30 days ago"),
}


def task_name(speech: Speech, task: str) -> str:
    return speech.say(TASKS[task]) if task in TASKS else task


def how_often(speech: Speech, rhythm: Rhythm) -> str:
    """Every 5 minutes; every day at 02:20 UTC."""
    if rhythm.period == DAY:
        return speech.say("Every day at %(time)s UTC", time=speech.hour(rhythm.offset))
    minutes = (rhythm.offset if rhythm.period == HOUR else rhythm.period) // MINUTE
    if rhythm.period == HOUR:
        return speech.count("At %(num)s minute past every hour", "At %(num)s minutes past every hour", minutes)
    return speech.count("Every minute", "Every %(num)s minutes", minutes)
