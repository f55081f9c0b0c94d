"""What each setting means, for the operator's page; the English is that of docs/settings.md."""

from tenantry.words.speech import N_

MEANINGS = {
    "host": N_("address to serve on"),
    "port": N_("port to serve on"),
    "workers": N_("web worker processes"),
    "data": N_("folder of the embedded database"),
    "database_url": N_("the application role's database; empty: the embedded server"),
    "database_owner_url": N_("the owner's connection, for `migrate` and `catalog import`"),
    "database_jobs_url": N_("the jobs role's connection, for `doctor` and sweeps"),
    "pool_size": N_("database connections per web worker"),
    "session_days": N_("days an unused sign-in lasts"),
    "secure_cookies": N_("set Secure on cookies: switch on behind HTTPS"),
    "public_url": N_("the address people use, like https://tenantry.example; empty: as a request says"),
    "contact": N_("whom people are told to ask who are kept out, like support@tenantry.example"),
    "direct_limit": N_("people per action on the Licenses page"),
    "import_limit": N_("people per CSV file"),
    "jobs": N_("inside: `serve` starts the worker; apart: `tenantry worker` runs elsewhere"),
    "smtp_url": N_("the mail server, like smtp://user:password@host:587; empty: letters wait"),
    "mail_from": N_("the address that letters come from"),
    "demo_mailbox": N_("keep letters for the page /mailbox, open to everybody; `serve --demo` does"),
    "log_level": N_("DEBUG, INFO, WARNING or ERROR"),
    "log_format": N_("json, text, or auto: text at a terminal, else json"),
    "stop_seconds": N_("how long a stop waits for running requests"),
    "trusted_proxies": N_("addresses and networks whose X-Forwarded-For is believed, with commas between"),
    "metrics_token": N_("who asks for `/metrics` must send it; empty: this machine alone may ask"),
    "otel_endpoint": N_("where spans are sent (OTLP over HTTP, the path included); empty: there are none"),
    "database_backup_url": N_("a role that may read past the row policies, for `backup` and `restore`"),
    "seller_name": N_("whose name stands on invoices"),
    "seller_address": N_("its address on invoices, with ; between the lines"),
    "seller_country": N_("its country, two letters: whose tax is taken"),
    "seller_vat": N_("its VAT number, on invoices"),
    "seller_account": N_("the bank account that invoices are paid to"),
    "invoice_days": N_("days until an invoice is due"),
    "events_url": N_("where the vendor's app gets events, like https://app.example/events; empty: they are kept"),
    "events_secret": N_("what events are signed with: whsec_ and 24 to 64 bytes in base64"),
    "payment_provider": N_(
        "invoice: nothing is paid by card; sandbox: test cards, no money moves (`serve --demo` takes it); "
        "stripe: real cards"
    ),
    "stripe_secret_key": N_("Stripe's secret or restricted key, sk_… or rk_…"),
    "stripe_webhook_secret": N_("the signing secret of Stripe's webhook to `/webhooks/stripe`, whsec_…"),
    "stripe_url": N_("where Stripe's API answers"),
}
