"""Every refusal and fault as a sentence: what is wrong, and the way out."""

from tenantry.words.phrases import N_, NN_, Phrase
from tenantry.words.refusals_domains import DOMAINS
from tenantry.words.refusals_meetings import MEETINGS
from tenantry.words.refusals_requests import REQUESTS
from tenantry.words.refusals_takeovers import TAKEOVERS

SENTENCES: dict[str, Phrase] = {
    **DOMAINS,
    **MEETINGS,
    **REQUESTS,
    **TAKEOVERS,
    # rights and sign-in
    "permission_missing": N_("Your roles do not allow this. Ask a %(roles)s."),
    "sign_in_wrong": N_("The e-mail address or the password is wrong."),
    "sign_in_limited": NN_(
        "Too many tries. Wait %(minutes)s minute and try again.",
        "Too many tries. Wait %(minutes)s minutes and try again.",
        "minutes",
    ),
    "admin_out_of_reach": N_("%(name)s has an admin role. Only a %(roles)s may do this to them."),
    "last_global_admin": N_("Somebody who can sign in must stay global admin. Give the role to another person first."),
    "second_step_over": N_("That took too long. Sign in again."),
    "code_wrong": N_("The code is wrong. Take the one that the app shows now."),
    "code_used": N_("This code was used already. Wait for the next one."),
    "code_clock": NN_(
        "The phone’s clock is wrong by about %(minutes)s minute. Let it set the time by itself and take a new code.",
        "The phone’s clock is wrong by about %(minutes)s minutes. Let it set the time by itself and take a new code.",
        "minutes",
    ),
    "recovery_code_wrong": N_("This is not one of your recovery codes, or it was used before."),
    "passkey_wrong": N_("The passkey was not accepted. Try again, or use another way."),
    "passkey_unknown": N_("No account here knows this passkey. Sign in with your password."),
    "proof_wrong": N_("That is neither your password nor a code of your authenticator app."),
    "factors_too_many": N_("You have %(limit)s second steps. Remove one before you add another."),
    "factor_missing": N_("This second step was removed already."),
    "authenticator_missing": N_("Adding it took too long or was ended elsewhere. Begin again."),
    "two_step_missing": N_("Two-step sign-in is off. Add a second step first."),
    "second_steps_own": N_("You remove your own second steps on the page of your account."),
    "second_steps_none": N_("%(name)s has no second step."),
    "account_elsewhere": N_("%(name)s has no account that your organization looks after."),
    "form_stale": N_("This page has been open for too long. Nothing was saved: send it again."),
    # people
    "address_invalid": N_("“%(address)s” is not an e-mail address."),
    "address_tagged": N_("Leave out the plus and what follows it: %(address)s."),
    "address_mixed": N_("“%(address)s” mixes letters of two alphabets that look alike. Type it letter by letter."),
    "address_letters": N_("“%(address)s” cannot get mail from here: before the @ use a to z, digits and signs."),
    "user_name_taken": N_("That username is already in use. Choose another."),
    "operation_missing": N_("There is no such operation here."),
    "user_missing": N_("There is no such person here."),
    "own_deletion": N_("You cannot delete yourself. Another admin has to do it."),
    "own_password": N_("You change your own password in your account’s settings."),
    "password_elsewhere": N_(
        "%(name)s signs in with an account that is not your organization’s. Its password is changed where it belongs."
    ),
    "deleted_missing": N_("There is no such person among the deleted users, or the 30 days are over."),
    "user_name_differs": N_("This is not the username. Type %(wanted)s."),
    "people_gone": N_("Some of the people you selected are no longer here. Select them again."),
    "nobody_selected": N_("Nobody is selected. Select at least one person."),
    "too_many_selected": NN_(
        "At most %(limit)s person at a time here. For more, use Active users.",
        "At most %(limit)s people at a time here. For more, select them on Active users, or use a group.",
        "limit",
    ),
    "language_unknown": N_("“%(value)s” is not one of the languages here."),
    "password_is_email": N_("The password is your e-mail address. Choose another."),
    "password_common": N_("That password is among the first that anybody would try. Choose another."),
    "password_same": N_("That is the password you have. Choose another."),
    "password_differs": N_("This is not the same as above. Type the new password once more."),
    "password_wrong": N_("This is not your password."),
    "reset_link_dead": N_(
        "This link was used already, is too old, or your password was changed since. Ask for a new one."
    ),
    "session_missing": N_("That session is over already."),
    "time_zone_unknown": N_("“%(value)s” is not a time zone. Choose one of the list."),
    "choice_unknown": N_("“%(value)s” cannot be chosen here."),
    "password_weak": NN_(
        "The password is too short: use at least %(least)s character.",
        "The password is too short: use at least %(least)s characters.",
        "least",
    ),
    # signing up
    "sign_up_off": N_("There is nothing to sign up for here."),
    "sign_up_consumer": N_("%(domain)s is for private mail. Sign up with your work address."),
    "sign_up_disposable": N_("%(domain)s is for mail that is thrown away. Sign up with your work address."),
    "sign_up_shared": N_("%(domain)s is shared by people who do not belong together. Sign up with your work address."),
    "sign_up_federated": N_("%(name)s adds its people itself. Ask your admin for an account."),
    "sign_up_not_joined": N_("%(name)s does not let people join by e-mail. Ask your admin to add you."),
    "sign_up_not_licensed": N_("%(name)s does not let people take products themselves. Ask your admin for a license."),
    "sign_up_blocked": N_("Your sign-in at %(name)s is blocked. Ask your admin."),
    "sign_up_closed": N_("%(name)s is closed for now. Ask your admin."),
    "sign_up_code_wrong": NN_(
        "The code is wrong. Only that of the newest letter is good. You have %(left)s more try.",
        "The code is wrong. Only that of the newest letter is good. You have %(left)s more tries.",
        "left",
    ),
    "sign_up_code_old": N_("This code is too old. Have a new one sent."),
    "sign_up_code_spent": N_("There were too many wrong codes. Have a new one sent."),
    "sign_up_letters": N_("Enough codes were sent to this address. Begin again in a while."),
    "sign_up_over": N_("This sign-up took too long, or it is done already. Sign in, or begin again."),
    "sign_up_known": N_("You have an account already. Sign in with it."),
    "terms_not_accepted": N_("You have to accept the terms."),
    "own_use_only": N_("Only the people of the organization do this, for themselves."),
    "account_kept": N_("Accounts of %(name)s are closed by its admins. Ask one."),
    "colleagues_missing": N_("Colleagues are shown in groups that have no admin."),
    "product_not_given": N_("This product is not given away here."),
    # tenants
    "tenant_missing": N_("There is no organization “%(slug)s”."),
    "tenant_suspended": N_("%(name)s is suspended. Ask those who run this service."),
    "tenant_deleted": N_("%(name)s was deleted. Its global admins can undo that for 30 days."),
    "tenant_is_suspended": N_("%(name)s is suspended already."),
    "operator_link_dead": N_(
        "This link was used already, or it is older than a day. Make a new one on the machine: tenantry operator link"
    ),
    "support_not_allowed": N_("%(name)s does not allow support access. Ask its global admins to allow it."),
    "support_is_open": N_("You look after %(name)s already. Go on there, or leave it first."),
    "support_needs_account": N_("Support access is opened by an operator who is signed in, not from the command line."),
    "support_level_unknown": N_("Choose whether to look or to change things as well."),
    "support_hours_invalid": N_("Support access lasts from 1 to %(limit)s hours."),
    "tenant_address_taken": N_("Another organization already has this address. Choose another."),
    "tenant_address_invalid": N_("“%(slug)s” is not an address: use small letters, digits and hyphens."),
    "domain_taken": N_("This domain belongs to another organization."),
    "role_held": N_("The person already has this role."),
    "role_unknown": N_("There is no such role. Load the page again."),
    "guest_not_global": N_(
        "%(name)s is a guest. A guest cannot be global admin: the account is looked after elsewhere."
    ),
    "billing_account_changed": N_(
        "Somebody else changed the billing account meanwhile. Nothing was saved: look at it again, and save once more."
    ),
    "vat_number_invalid": N_(
        "This is not a VAT number of %(country)s: its form or its check digits are wrong. "
        "Leave it empty if there is none."
    ),
    "invoice_missing": N_("There is no such invoice here."),
    "invoice_not_open": N_("Invoice %(number)s is not open: nothing is to be paid on it."),
    "payment_amount_invalid": N_("Type an amount of more than nothing, with at most %(decimals)s decimals."),
    "payment_too_much": N_("Only %(left)s is left to pay of this invoice."),
    "payment_date_invalid": N_("Type a day that is not in the future, and not before the invoice."),
    "organization_changed": N_(
        "Somebody else changed this meanwhile. Nothing was saved: compare what stands below, and save again."
    ),
    "two_step_first": N_(
        "Set up two-step sign-in for your own account first. Without it you could not come back to change this."
    ),
    "name_differs": N_("That is not the name of the organization. Type it as it stands above."),
    "organization_busy": NN_(
        "%(count)s operation is still under way. Wait until it is done.",
        "%(count)s operations are still under way. Wait until they are done.",
        "count",
    ),
    "clock_missing": N_("Only a sandbox has a test clock."),
    "clock_days": N_("Move it by 1 to %(most)s days."),
    "clock_idle": N_("Nothing more will happen by itself."),
    "own_block": N_("You cannot block yourself. Another admin has to do it."),
    "person_changed": N_("Somebody has changed this person meanwhile. Nothing was saved: see what is there now."),
    "users_unknown": N_("Nobody here is called %(names)s."),
    # what is bought
    "seats_invalid": N_("The number of seats must be from 1 to %(limit)s."),
    "price_missing": N_(
        "%(product)s has no price in %(currency)s for this term and billing. Choose other terms, or import a price."
    ),
    "form_damaged": N_("The form did not arrive whole. Load the page again and repeat it."),
    "seats_whole": N_("Type the number of seats in digits, from 1 on."),
    "percent_form": N_("“%(value)s” is not a percentage such as 25 or 25.5."),
    "yes_or_no": N_("“%(value)s” has to be “yes” or “no”."),
    "price_missing_here": N_("The product is not sold on these terms. Choose others."),
    "order_empty": N_("Nothing is chosen yet. Choose a product and a number of seats."),
    "order_twice": N_("One subscription can be changed once in an order."),
    "order_too_large": N_("The order is larger than can be written on an invoice. Order fewer seats."),
    "order_missing": N_("This order is not in your organization."),
    "part_at_renewal": N_("At the renewal nobody moves by itself. Choose nobody here, and assign the licenses then."),
    "part_people": N_("Choose at most as many people as licenses change: %(most)s."),
    "order_open": N_("Another order for this subscription waits for its payment. Finish that one first."),
    "order_not_failed": N_("This order is not one that failed."),
    "link_unsafe": N_("A link has to begin with https:// and lead to a public address."),
    "audience_changed": N_("It would reach %(people)s people now. Nothing was sent: look at the preview again."),
    "letters_limited": N_(
        "%(limit)s letters to everybody are the most in a day. Nothing was sent: try again tomorrow."
    ),
    "quick_start_changed": N_("Somebody else changed the page meanwhile. Nothing was saved: look at it again."),
    "quick_start_gone": N_("There is no such page any more. Ask who sent you the link for another one."),
    "quick_start_missing": N_("There is no quick-start page yet. Write it first."),
    "own_people_only": N_("This is for the organization’s own people. Support access does not reach here."),
    "already_managed": N_("This organization has an admin already. Ask %(admins)s. Nothing was charged."),
    "door_closed": N_("Nothing is offered here right now. Your free service goes on as it is."),
    "step_early": N_("Another step comes first. Nothing was changed."),
    "product_not_offered": N_("This product is not offered here. Choose one of the list."),
    "upgrade_bought": N_(
        "You have ordered another product already. Buy the missing licenses of it, or give up its order."
    ),
    "upgrade_paying": N_("Your order waits for its payment. Finish or give up that one first."),
    "purchase_needed": N_("Licenses have to be bought before you become the admin."),
    "seats_below_people": NN_(
        "%(people)s person has signed up, so that at least as many licenses are needed.",
        "%(people)s people have signed up, so that at least as many licenses are needed.",
        "people",
    ),
    "people_came": NN_(
        "Meanwhile %(names)s signed up: %(people)s license is needed now. Nothing was ordered. Look at the new cost.",
        "Meanwhile %(names)s signed up: %(people)s licenses are needed now. Nothing was ordered. Look at the new cost.",
        "people",
    ),
    "quote_stale": N_(
        "The cost has changed since you saw it. Nothing was ordered. Look at the new cost and order again."
    ),
    "billing_account_missing": N_("Say who pays before you order: the billing account has no name and address yet."),
    "payment_missing": N_("There is no such payment here, or it is settled already."),
    "payment_not_owed": N_("This is paid, or under way, or not wanted any more. Nothing was charged."),
    "method_in_use": N_("%(label)s pays for what renews: %(products)s. Choose what pays for it instead."),
    "method_expects_money": N_("A payment by %(label)s is under way. Remove it once that is settled."),
    "card_unknown": N_("Choose one of the test cards."),
    "payment_method_missing": N_("This payment method is gone. Choose another one."),
    "po_number_long": N_("A purchase order number has at most %(most)s characters."),
    "subscription_missing": N_("There is no such subscription here."),
    "subscription_changed": N_("The subscription has changed since you saw it. Nothing was done: look at it again."),
    "subscription_not_active": N_("It ended on %(date)s. Renew it first."),
    "subscription_not_started": N_("It starts on %(date)s. Until then nothing can be changed."),
    "subscription_gone": N_("This subscription is deleted, and its data with it."),
    "subscription_ended": N_("It ended on %(date)s already: there is nothing to cancel."),
    "subscription_runs": N_("It has not ended: there is nothing to renew yet."),
    "subscription_channel": N_("It was not bought here. It is changed where it was bought."),
    "cancel_window": N_(
        "It can be canceled only within 7 days of its start or renewal. The term ends on %(date)s: "
        "turn recurring billing off, and it is not renewed."
    ),
    "seats_same": N_("There are %(seats)s licenses already. Type another total."),
    "seats_out_of_range": N_("The total has to be from 1 to %(most)s."),
    "seats_channel": N_("These licenses were not bought here. Their number is changed where they were bought."),
    "seats_below_assigned": NN_(
        "%(assigned)s of these licenses are assigned. Unassign %(more)s license first.",
        "%(assigned)s of these licenses are assigned. Unassign %(more)s licenses first.",
        "more",
    ),
    "seats_window": N_(
        "Licenses can be given back only within 7 days of their purchase or renewal: now there must stay at least "
        "%(least)s. A lower total can be booked for the renewal."
    ),
    "seats_not_recurring": N_(
        "The subscription ends on %(date)s and is not renewed, so nothing can be booked for the renewal. "
        "Turn recurring billing on first."
    ),
    "renewal_off": N_(
        "The subscription ends on %(date)s and is not renewed, so nothing can be booked for the renewal. "
        "Turn recurring billing on first."
    ),
    "booking_same": N_("That is how it is already, or how it is booked. Choose something else."),
    "nothing_booked": N_("Nothing is booked for the renewal any more."),
    "choice_missing": N_("Choose one."),
    "nothing_chosen": N_("Choose licenses to release, or seats to buy."),
    "trial_seats": N_("This is a trial, and its seats are fixed. Buy the subscription first."),
    "trial_over": N_("The trial ended on %(date)s. Renew it, and it goes on as a subscription."),
    "not_a_trial": N_("This is not a trial."),
    "trial_cancel": N_("A trial costs nothing. Turn recurring billing off, and it ends on %(date)s by itself."),
    "trial_extended": N_("The trial was extended on %(date)s. That can be done once."),
    "trial_extend_early": NN_(
        "A trial can be extended in its last %(days)s day, from %(date)s on.",
        "A trial can be extended in its last %(days)s days, from %(date)s on.",
        "days",
    ),
    "trial_needs_method": N_("A trial goes on by itself only with a payment method. Add one first, or buy it now."),
    "delete_runs": N_("Only a disabled subscription can be deleted. Cancel it, or let it end."),
    "delete_asked": N_("It is deleted already, for good on %(date)s. Until then that can be undone."),
    "delete_not_asked": N_("It is not deleted: there is nothing to undo."),
    "trial_had": N_("Your organization has or had %(product)s. A trial is for a product that it never had."),
    # licenses: what is wrong for everybody
    "product_not_owned": N_("Your organization has no subscription of %(product)s. Buy one first."),
    "product_unknown": N_("The catalog has no product “%(value)s”."),
    "product_ambiguous": N_("“%(value)s” names several products. Use its id: %(choices)s."),
    "product_for_company": N_("%(product)s serves the whole organization and is not assigned to people."),
    "plan_not_in_product": N_("An app was switched off that is not part of %(product)s. Load the page again."),
    "wish_contradicts": N_("%(product)s cannot be assigned and removed at once."),
    "app_unknown": N_("%(product)s has no app “%(value)s”. It has: %(choices)s."),
    "forecast_stale": N_("Something changed since the preview. Nothing was saved: look at the new preview."),
    "key_reused": N_("This form was already used for something else. Load the page again."),
    "assignment_refused": N_("Nothing was saved: the licenses cannot be assigned to everyone."),
    # licenses: what is wrong for one person
    "seats_short": NN_(
        "%(products)s: %(short)s seat is missing. Buy it, or free one by removing a license.",
        "%(products)s: %(short)s seats are missing. Buy them, or free some by removing licenses.",
        "short",
    ),
    "usage_location_missing": N_("The usage location is missing. Set it first: it decides which services are allowed."),
    "country_barred": N_("%(product)s is not offered in %(country)s. Change the usage location or leave it out."),
    "plan_conflict": N_(
        "%(plan)s in %(product)s and %(other_plan)s in %(other_product)s exclude each other. "
        "Switch one of them off and try again."
    ),
    "plan_missing": N_("%(plan)s in %(product)s needs %(needs)s. Assign that first, or switch %(plan)s off."),
    "plan_needed": N_(
        "%(plan)s in %(product)s still needs %(needs)s. Switch %(plan)s off as well, or keep one of these."
    ),
    "license_gone": N_("The license of %(product)s was removed meanwhile. If it is still needed, assign it again."),
    "license_inherited": N_("%(product)s comes from a group. Change it in the group."),
    # files
    "csv_too_large": N_("The file is too large: at most %(limit)s bytes are allowed."),
    "csv_encoding": N_("Line %(line)s is not UTF-8. Save the file as CSV UTF-8."),
    "csv_binary": N_("Line %(line)s is not text: this is not a CSV file."),
    "csv_malformed": N_("The file breaks off in a quoted cell at line %(line)s."),
    "csv_headings_missing": N_("These headings are missing: %(headings)s."),
    "csv_headings_repeated": N_("These headings stand twice: %(headings)s."),
    "csv_too_many_rows": N_("The file has too many rows: at most %(limit)s are allowed."),
    "csv_cells": NN_(
        "The row has %(found)s cell; the heading has %(wanted)s.",
        "The row has %(found)s cells; the heading has %(wanted)s.",
        "found",
    ),
    "file_faults": NN_(
        "The file has %(count)s fault; nothing was saved.", "The file has %(count)s faults; nothing was saved.", "count"
    ),
    "file_headings": N_("The headings must be, in this order: %(wanted)s. Found: %(found)s."),
    "file_empty": N_("The file has headings but no rows."),
    "file_needed": N_("Choose the file of products: the others speak of what it names."),
    "file_missing": N_("There is no file %(path)s that can be read."),
    "text_missing": N_("This must not be empty."),
    "text_control": N_("There is a control character at position %(position)s."),
    "text_long": N_("This is %(length)s characters long; at most %(limit)s are allowed."),
    "guid_form": N_("“%(value)s” is not an id like 00000000-0000-0000-0000-000000000000."),
    "row_differs": N_("“%(value)s” differs from “%(first)s” in line %(first_line)s, which has the same id."),
    "row_repeated": N_("Line %(first_line)s already says this for “%(value)s”."),
    "rule_unknown": N_("“%(value)s” is not a rule; known are %(known)s."),
    "rule_same_plan": N_("A rule needs two different plans; “%(value)s” stands on both sides."),
    "plan_unknown": N_("The catalog has no service plan “%(value)s”."),
    "country_unknown": N_("“%(value)s” is not a country: use a two-letter code like DK."),
    "part_number_differs": N_("The product with this id is “%(known)s”, not “%(value)s”."),
    "currency_unknown": N_("“%(value)s” is not a known currency code."),
    "term_invalid": N_("“%(value)s” is not a term: use 1 to %(most)s months."),
    "frequency_unknown": N_("“%(value)s” is not a billing frequency; known are %(known)s."),
    "frequency_too_long": NN_(
        "A term of %(months)s month cannot be billed yearly.",
        "A term of %(months)s months cannot be billed yearly.",
        "months",
    ),
    "money_invalid": N_("“%(value)s” is not an amount in %(currency)s: use digits, a dot and %(decimals)s decimals."),
    "money_form": N_("“%(value)s” is not an amount: use digits, with a dot before the cents."),
    "money_digits": N_("“%(value)s” has too many decimals: %(currency)s has %(digits)s."),
    "limit_name_form": N_("“%(value)s” is not the name of a limit: use words joined by dots."),
    "number_form": N_("“%(value)s” is not a whole number."),
    "door_unpriced": N_("%(product)s has no price, so it cannot be sold."),
    "door_unknown": N_("“%(value)s” is no door. Known are: %(known)s."),
    "app_key_wrong": N_("This key is unknown or revoked. Keys are made by the operator."),
    "mail_domain_form": N_("“%(value)s” is not a domain. Write it like example.com, or example.* for all endings."),
    "mail_domain_kind_unknown": N_("“%(value)s” is no kind of mail domain. Known are: %(known)s."),
    "from_day_form": N_("“%(value)s” is not a number of days from 0 to %(most)s."),
    "user_name_form": N_("“%(value)s” is not a username like name@example.com."),
    "user_name_alias_long": N_("The part before @ is %(length)s characters long; at most %(limit)s are allowed."),
    "user_name_domain_long": N_("The domain is %(length)s characters long; at most %(limit)s are allowed."),
    "domain_unknown": N_("%(domain)s is not a domain of this organization."),
    "user_name_repeated": N_("“%(value)s” is already in line %(first_line)s."),
    "user_name_known": N_("Somebody here is already called “%(value)s”."),
    "draft_missing": N_(
        "These people are no longer kept for you: a file that is not added is kept for a day. Begin again."
    ),
    "people_too_many": N_("The file has %(found)s people; at most %(limit)s are allowed. Split the file."),
    # long operations and letters
    "person_needed": N_("Only one of the organization’s own people can ask for this."),
    "actor_gone": N_("Whoever asked for this may not sign in to this organization any more."),
    "operation_broken": N_("This broke off several times, and nothing of it was done. Try again later."),
    "file_gone": N_("The file is no longer kept. Have it made again."),
    "file_exists": N_("There is something at %(path)s already. Choose another name."),
    "file_place": N_("Nothing can be written at %(path)s: %(reason)s."),
    "letter_missing": N_("There is no such letter here."),
    # the machine
    "setting_invalid": N_("The setting %(name)s is “%(value)s”; wanted is %(wanted)s."),
    "port_taken": N_(
        "Nothing can be served on %(host)s, port %(port)s: another program is there, or it is not yours to use. "
        "Choose another with PORT=8001."
    ),
    "embedded_failed": N_("The embedded database did not start (%(step)s). %(log)s"),
    "database_down": N_("The database does not answer. Start it, or check DATABASE_URL."),
    "schema_missing": N_("The database is not set up for this version. Run: tenantry migrate"),
    "database_rights": N_(
        "The database role lacks a right. Check the addresses, or run as the owner: tenantry migrate"
    ),
    "database_role": N_("The database role %(role)s may read past the row policies. Use the application role."),
    "backup_role_missing": N_(
        "The row policies hide rows from the database's owner. As a superuser run CREATE ROLE tenantry_backup LOGIN "
        "BYPASSRLS PASSWORD '…'; GRANT pg_read_all_data TO tenantry_backup; and set DATABASE_BACKUP_URL to that role."
    ),
    "backup_role_fenced": N_(
        "The row policies hide rows from %(role)s. As a superuser run ALTER ROLE %(role)s BYPASSRLS; "
        "GRANT pg_read_all_data TO %(role)s;"
    ),
    "backup_exists": N_("There is something at %(path)s already. Choose another name."),
    "backup_place": N_("Nothing can be written at %(path)s: %(reason)s."),
    "backup_failed": N_("PostgreSQL's own program gave up. Nothing was kept. %(log)s"),
    "backup_missing": N_("There is no backup at %(path)s."),
    "backup_unreadable": N_("%(path)s is not a backup that Tenantry made."),
    "backup_damaged": N_("%(path)s was cut off or changed since it was made. Nothing was done: take another backup."),
    "backup_newer": N_(
        "The backup was made by version %(version)s (schema %(revision)s), which this one does not know. Install that "
        "version or a newer one."
    ),
    "place_taken": N_(
        "The database is not empty: %(tables)s. Nothing was done. Choose another DATA folder, or make a new database."
    ),
    "backup_differs": N_("What was restored is not what was put away: %(tables)s. Do not work with this database."),
    "database_old": N_("The database is at version %(found)s, this program wants %(wanted)s. Run: tenantry migrate"),
}
