"""Deeds on subscriptions, orders, invoices and payments."""

from datetime import datetime

from tenantry.kit.money import Money
from tenantry.words.deeds.frame import type_deed, type_facts
from tenantry.words.speech import Speech


def _day(speech: Speech, moment: str) -> str:
    """The date of a moment as it stands in facts."""
    return speech.date(datetime.fromisoformat(moment))


def _open_subscription(speech: Speech, subject: str, facts: type_facts) -> str:
    seats = speech.count("%(num)s seat", "%(num)s seats", facts["seats"])
    if facts["trial"]:
        return speech.say("Started a trial of %(product)s with %(seats)s", product=subject, seats=seats)
    return speech.say("Opened a subscription of %(product)s with %(seats)s", product=subject, seats=seats)


def _run_subscriptions(speech: Speech, subject: str, facts: type_facts) -> str:
    if not facts["charged"]:
        return speech.say("Asked for the payment of the next term: %(product)s", product=subject)
    if facts["renewed"]:
        return speech.say("Renewed and charged: %(product)s", product=subject)
    return speech.say("Charged the next billing period: %(product)s", product=subject)


def _set_recurring(speech: Speech, subject: str, facts: type_facts) -> str:
    date = _day(speech, facts["date"])
    if facts["recurring"]:
        return speech.say("Turned recurring billing on for %(product)s", product=subject)
    if facts["dropped"]:
        return speech.say(
            "Turned recurring billing off for %(product)s: it ends on %(date)s, what was booked is dropped",
            product=subject,
            date=date,
        )
    return speech.say("Turned recurring billing off for %(product)s: it ends on %(date)s", product=subject, date=date)


def _extend_trial(speech: Speech, subject: str, facts: type_facts) -> str:
    date = _day(speech, facts["date"])
    return speech.say("Extended the trial of %(product)s to %(date)s", product=subject, date=date)


def _delete_subscription(speech: Speech, subject: str, facts: type_facts) -> str:
    date = _day(speech, facts["date"])
    return speech.say("Deleted the subscription of %(product)s, for good on %(date)s", product=subject, date=date)


def _restore_subscription(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Undid the deletion of the subscription of %(product)s", product=subject)


def _set_po_number(speech: Speech, subject: str, facts: type_facts) -> str:
    if facts["po_number"]:
        number = facts["po_number"]
        return speech.say("Set the purchase order number of %(product)s to %(number)s", product=subject, number=number)
    return speech.say("Removed the purchase order number of %(product)s", product=subject)


def _book_change(speech: Speech, subject: str, facts: type_facts) -> str:
    date = _day(speech, facts["date"])
    return speech.say("Booked a change of %(product)s for its renewal on %(date)s", product=subject, date=date)


def _drop_booking(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Dropped what was booked for the renewal of %(product)s", product=subject)


def _place_order(speech: Speech, subject: str, facts: type_facts) -> str:
    """What was ordered, by its kind; of several products, the first is named."""
    seats = speech.count("%(num)s seat", "%(num)s seats", facts["ordered"][subject])
    told = {"product": subject, "seats": seats}
    if len(facts["ordered"]) > 1 and facts["kind"] == "switch":
        return speech.say("Ordered another product in the place of some seats: %(product)s keeps %(seats)s", **told)
    if len(facts["ordered"]) > 1:
        several = speech.count("%(num)s product", "%(num)s products", len(facts["ordered"]))
        return speech.say("Ordered %(products)s, %(product)s among them", products=several, product=subject)
    if facts["kind"] == "seats":
        before = speech.number(facts["before"])
        return speech.say("Ordered %(seats)s of %(product)s in all, instead of %(before)s", before=before, **told)
    if facts["kind"] == "renewal":
        return speech.say("Ordered the renewal of %(product)s with %(seats)s", **told)
    if facts["kind"] == "switch":
        return speech.say("Ordered the change to %(product)s with %(seats)s", **told)
    if facts["kind"] == "conversion":
        return speech.say("Bought the trial of %(product)s with %(seats)s", **told)
    if facts["kind"] == "cancellation":
        return speech.say("Canceled %(product)s", product=subject)
    return speech.say("Ordered %(product)s with %(seats)s", **told)


def _retry_order(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Tried the order of %(product)s again", product=subject)


def _drop_order(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Gave up the order of %(product)s", product=subject)


def _start_trial(speech: Speech, subject: str, facts: type_facts) -> str:
    seats = speech.count("%(num)s seat", "%(num)s seats", facts["seats"])
    return speech.say("Started a trial of %(product)s with %(seats)s", product=subject, seats=seats)


def _save_billing_account(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Saved the billing account of %(name)s", name=subject)


def _book_payment(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Booked a payment of invoice %(number)s", number=subject)


def _settle_payment(speech: Speech, subject: str, facts: type_facts) -> str:
    told = {"amount": speech.money(Money(**facts["total"])), "subject": subject}
    if facts["refunded"]:
        return speech.say("Received %(amount)s for %(subject)s, which is given back: it was paid already", **told)
    if facts["state"] == "paid":
        return speech.say("Received %(amount)s for %(subject)s", **told)
    if facts["state"] == "action":
        return speech.say("The payment of %(amount)s for %(subject)s waits for a second step", **told)
    return speech.say("The payment of %(amount)s for %(subject)s failed", **told)


def _book_refund(speech: Speech, subject: str, facts: type_facts) -> str:
    amount = speech.money(Money(**facts["total"]))
    if facts.get("state") == "failed":
        return speech.say("%(amount)s could not be given back", amount=amount)
    return speech.say("Gave back %(amount)s", amount=amount)


def _use_credits(speech: Speech, subject: str, facts: type_facts) -> str:
    if not facts["given_back"]:
        return speech.say("Set credit notes off against open invoices")
    if not facts["set_off"]:
        return speech.say("Gave back what credit notes came to")
    return speech.say("Set credit notes off against open invoices and gave back the rest")


def _begin_card(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Opened the payment provider’s page to add a card")


def _pay_invoice(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Asked for %(amount)s of an invoice", amount=speech.money(Money(**facts["total"])))


def _pay_again(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Asked again for %(amount)s", amount=speech.money(Money(**facts["total"])))


def _add_method(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Added the payment method %(name)s", name=subject)


def _choose_default_method(speech: Speech, subject: str, facts: type_facts) -> str:
    if subject:
        return speech.say("Made %(name)s the default payment method", name=subject)
    return speech.say("Made the invoice the default payment method")


def _remove_method(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Removed the payment method %(name)s", name=subject)


DEEDS: dict[str, type_deed] = {
    "open_subscription": _open_subscription,
    "run_subscriptions": _run_subscriptions,
    "set_recurring": _set_recurring,
    "extend_trial": _extend_trial,
    "delete_subscription": _delete_subscription,
    "restore_subscription": _restore_subscription,
    "set_po_number": _set_po_number,
    "book_change": _book_change,
    "drop_booking": _drop_booking,
    "place_order": _place_order,
    "retry_order": _retry_order,
    "drop_order": _drop_order,
    "start_trial": _start_trial,
    "save_billing_account": _save_billing_account,
    "book_payment": _book_payment,
    "settle_payment": _settle_payment,
    "make_second_step": _settle_payment,
    "book_refund": _book_refund,
    "pay_invoice": _pay_invoice,
    "pay_again": _pay_again,
    "chase_payments": _pay_again,
    "use_credits": _use_credits,
    "begin_card": _begin_card,
    "keep_customer": _begin_card,
    "note_card_page": _begin_card,
    "ask_provider": _begin_card,
    "save_card": _add_method,
    "add_test_card": _add_method,
    "choose_default_method": _choose_default_method,
    "remove_method": _remove_method,
}
