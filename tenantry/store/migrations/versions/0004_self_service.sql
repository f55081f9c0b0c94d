-- A tenant may be a group of people who signed up (unmanaged: nobody is its admin). `managed_at`: when one of them became it.
-- `merged_into`: the tenant that took this one over; what is left of it goes ten days later.
ALTER TABLE tenants
    ADD COLUMN join_by_email BOOLEAN DEFAULT true NOT NULL,
    ADD COLUMN self_licensing BOOLEAN DEFAULT true NOT NULL,
    ADD COLUMN federated BOOLEAN DEFAULT false NOT NULL,
    ADD COLUMN edition TEXT DEFAULT 'worldwide' NOT NULL,
    ADD COLUMN terms TEXT,
    ADD COLUMN quick_start JSONB,
    ADD COLUMN managed_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN merged_into UUID;

-- How somebody came: added by an admin, by proving their address, or with a takeover.
ALTER TABLE users
    ADD COLUMN origin TEXT DEFAULT 'added' NOT NULL,
    ADD CONSTRAINT users_origin_known CHECK (origin IN ('added', 'email_verified', 'moved'));
CREATE INDEX users_id_index ON users (id);
-- What stands behind the @ of a user name. A column of its own: behind the row policies no index of an expression is used.
ALTER TABLE users ADD COLUMN at_domain TEXT COLLATE "C"
    GENERATED ALWAYS AS (split_part(casefold(user_name COLLATE pg_unicode_fast), '@'::text, 2)) STORED NOT NULL;
CREATE INDEX users_by_domain ON users (tenant_id, at_domain) WHERE deleted_at IS NULL AND kind = 'member';
-- Whose license nobody misses: those who were away longest, and the blocked. Of licenses, those that differ from the rest.
CREATE INDEX users_by_seen ON users (tenant_id, seen_at, id) WHERE deleted_at IS NULL;
CREATE INDEX users_blocked ON users (tenant_id, blocked_at, id) WHERE blocked_at IS NOT NULL AND deleted_at IS NULL;
-- At its renewal a part of a subscription may become one of another product: so many seats, each at that price.
ALTER TABLE scheduled_changes
    ADD COLUMN part_sku_id UUID,
    ADD COLUMN part_seats INTEGER,
    ADD COLUMN part_price BIGINT,
    ADD CONSTRAINT scheduled_changes_part_sku_id_fk FOREIGN KEY (part_sku_id) REFERENCES products (sku_id),
    ADD CONSTRAINT scheduled_changes_part_whole CHECK (num_nonnulls(part_sku_id, part_seats, part_price) IN (0, 3)),
    ADD CONSTRAINT scheduled_changes_part_seats_positive CHECK (part_seats > 0),
    DROP CONSTRAINT scheduled_changes_something,
    ADD CONSTRAINT scheduled_changes_something
        CHECK (num_nonnulls(seats, sku_id, term_months, frequency, part_sku_id) > 0);
CREATE INDEX license_history_ended ON license_history (tenant_id, ended_at);  -- what a year's charts ask for
CREATE INDEX licenses_unlike ON licenses (tenant_id, sku_id) WHERE disabled_plans <> '{}' OR group_ids <> '{}';

-- A domain and its proof. `token`: the value to be put into the DNS; `found`: what the last look-up saw; `check_at`: when to
-- look again; `lapsed_at`: since when the proof of a verified domain is not seen any more.
ALTER TABLE domains
    ADD COLUMN added_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN token TEXT,
    ADD COLUMN method TEXT,
    ADD COLUMN outcome TEXT,
    ADD COLUMN found JSONB,
    ADD COLUMN tries INTEGER DEFAULT 0 NOT NULL,
    ADD COLUMN checked_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN check_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN lapsed_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN is_initial BOOLEAN DEFAULT false NOT NULL,
    ADD CONSTRAINT domains_method_known CHECK (method IN ('initial', 'email', 'txt', 'mx', 'inherited'));
CREATE INDEX domains_check ON domains (check_at, tenant_id, name) WHERE check_at IS NOT NULL;
ALTER TABLE domains NO FORCE ROW LEVEL SECURITY;
UPDATE domains SET added_at = coalesce(verified_at, now()), method = CASE WHEN verified_at IS NOT NULL THEN 'initial' END,
    is_initial = is_default AND verified_at IS NOT NULL;
ALTER TABLE domains FORCE ROW LEVEL SECURITY;
ALTER TABLE domains ALTER COLUMN added_at SET NOT NULL;
CREATE POLICY sweep ON domains FOR SELECT TO tenantry_jobs USING (true);
GRANT SELECT ON domains TO tenantry_jobs;

-- `proven_at`: NULL while a name only groups people who signed up with it. What is proven is never taken.
ALTER TABLE domain_registry ADD COLUMN proven_at TIMESTAMP WITH TIME ZONE;
UPDATE domain_registry SET proven_at = now();

ALTER TABLE handles DROP CONSTRAINT handles_kind_known;
ALTER TABLE handles ADD CONSTRAINT handles_kind_known
    CHECK (kind IN ('tenant', 'member', 'support', 'meeting', 'quick_start'));

-- A limit may begin some days after its holder came: the row with the highest `from_day` that is reached holds.
ALTER TABLE plan_limits ADD COLUMN from_day INTEGER DEFAULT 0 NOT NULL;
ALTER TABLE plan_limits DROP CONSTRAINT plan_limits_pk;
ALTER TABLE plan_limits ADD CONSTRAINT plan_limits_pk PRIMARY KEY (plan_id, name, from_day);

-- What is offered where somebody serves themselves: 'sign_up' gives, 'admin' and 'meetings' sell.
CREATE TABLE doors (
    door TEXT NOT NULL,
    sku_id UUID NOT NULL,
    position INTEGER DEFAULT 0 NOT NULL,
    CONSTRAINT doors_pk PRIMARY KEY (door, sku_id),
    CONSTRAINT doors_sku_id_fk FOREIGN KEY (sku_id) REFERENCES products (sku_id),
    CONSTRAINT doors_door_known CHECK (door IN ('sign_up', 'admin', 'meetings'))
);
-- Apps whose data cannot move to another tenant: who holds them is not taken over, unless by force.
CREATE TABLE takeover_bars (
    plan_id UUID NOT NULL,
    CONSTRAINT takeover_bars_pk PRIMARY KEY (plan_id),
    CONSTRAINT takeover_bars_plan_id_fk FOREIGN KEY (plan_id) REFERENCES plans (id)
);
-- Registrable domains that are nobody's organization.
CREATE TABLE mail_domains (
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    CONSTRAINT mail_domains_pk PRIMARY KEY (name),
    CONSTRAINT mail_domains_kind_known CHECK (kind IN ('consumer', 'disposable'))
);
-- The keys of the vendor's apps.
CREATE TABLE app_keys (
    id UUID NOT NULL,
    hash BYTEA NOT NULL,
    name TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT app_keys_pk PRIMARY KEY (id)
);
CREATE UNIQUE INDEX app_keys_hash_key ON app_keys (hash);
-- The demo's own DNS.
CREATE TABLE demo_zone (
    id UUID DEFAULT uuidv7() NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT demo_zone_pk PRIMARY KEY (id),
    CONSTRAINT demo_zone_kind_known CHECK (kind IN ('TXT', 'MX'))
);
CREATE UNIQUE INDEX demo_zone_record_key ON demo_zone (name, kind, value);
CREATE TABLE editions (
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    features TEXT[] DEFAULT '{}' NOT NULL,
    community_url TEXT,
    terms TEXT,
    CONSTRAINT editions_pk PRIMARY KEY (code)
);
CREATE TABLE support_phones (
    id UUID DEFAULT uuidv7() NOT NULL,
    edition TEXT NOT NULL,
    country TEXT NOT NULL,
    phone TEXT NOT NULL,
    hours TEXT DEFAULT '' NOT NULL,
    CONSTRAINT support_phones_pk PRIMARY KEY (id),
    CONSTRAINT support_phones_edition_fk FOREIGN KEY (edition) REFERENCES editions (code)
);
CREATE TABLE help_ratings (
    id UUID DEFAULT uuidv7() NOT NULL,
    page TEXT NOT NULL,
    language TEXT NOT NULL,
    helpful BOOLEAN NOT NULL,
    comment TEXT DEFAULT '' NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT help_ratings_pk PRIMARY KEY (id)
);
INSERT INTO editions (code, name, features)
    VALUES ('worldwide', 'Worldwide', '{self_service,meetings,takeover,cards,community}');

-- Somebody on their way in: found by the token that their browser holds. Codes are hashed together with it.
CREATE TABLE sign_ups (
    token_hash BYTEA NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT GENERATED ALWAYS AS (casefold(email COLLATE pg_unicode_fast)) STORED NOT NULL,
    language TEXT NOT NULL,
    code_hash BYTEA,
    code_expires_at TIMESTAMP WITH TIME ZONE,
    tries INTEGER DEFAULT 0 NOT NULL,
    sent INTEGER DEFAULT 0 NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    verified_at TIMESTAMP WITH TIME ZONE,
    done_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT sign_ups_pk PRIMARY KEY (token_hash)
);
CREATE INDEX sign_ups_email_key_index ON sign_ups (email_key);
CREATE INDEX sign_ups_expires_at_index ON sign_ups (expires_at);

-- The wizard of somebody who wants to be the admin: one row each, from the first step to the last. `token`: the value that was
-- shown to them, so that nobody is let in by what somebody else proved; `method_ids`: the cards that they added themselves;
-- `left_at`: somebody else was faster; `dismissed_at`: what to do next is not shown any more.
CREATE TABLE upgrades (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    user_id UUID NOT NULL,
    door TEXT NOT NULL,
    sku_id UUID,
    domain TEXT,
    seats INTEGER,
    term_months INTEGER,
    frequency TEXT,
    order_id UUID,
    method_ids UUID[] DEFAULT '{}' NOT NULL,
    token TEXT,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    proven_at TIMESTAMP WITH TIME ZONE,
    finished_at TIMESTAMP WITH TIME ZONE,
    left_at TIMESTAMP WITH TIME ZONE,
    dismissed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT upgrades_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT upgrades_tenant_id_user_id_fk FOREIGN KEY (tenant_id, user_id)
        REFERENCES users (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT upgrades_sku_id_fk FOREIGN KEY (sku_id) REFERENCES products (sku_id),
    CONSTRAINT upgrades_door_known CHECK (door IN ('admin', 'meetings')),
    CONSTRAINT upgrades_seats_positive CHECK (seats > 0)
);
CREATE UNIQUE INDEX upgrades_open_key ON upgrades (tenant_id, user_id) WHERE finished_at IS NULL AND left_at IS NULL;

-- What came from another tenant, and who is who there and here.
CREATE TABLE takeovers (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    old_tenant_id UUID NOT NULL,
    old_name TEXT NOT NULL,
    domain TEXT NOT NULL,
    forced BOOLEAN DEFAULT false NOT NULL,
    people INTEGER NOT NULL,
    moved JSONB NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    undone_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT takeovers_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT takeovers_tenant_id_fk FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
);
CREATE TABLE moved_people (
    tenant_id UUID NOT NULL,
    old_tenant_id UUID NOT NULL,
    old_user_id UUID NOT NULL,
    user_id UUID NOT NULL,
    CONSTRAINT moved_people_pk PRIMARY KEY (tenant_id, old_tenant_id, old_user_id),
    CONSTRAINT moved_people_tenant_id_user_id_fk FOREIGN KEY (tenant_id, user_id)
        REFERENCES users (tenant_id, id) ON DELETE CASCADE
);

-- `present`: who is in now; it is what the limit is held against, under the meeting's lock.
CREATE TABLE meetings (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    organizer_id UUID NOT NULL,
    title TEXT NOT NULL,
    token TEXT NOT NULL,
    lobby BOOLEAN DEFAULT false NOT NULL,
    mute_on_entry BOOLEAN DEFAULT false NOT NULL,
    present INTEGER DEFAULT 0 NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    reminded_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT meetings_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT meetings_tenant_id_organizer_id_fk FOREIGN KEY (tenant_id, organizer_id)
        REFERENCES users (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT meetings_present_not_negative CHECK (present >= 0),
    CONSTRAINT meetings_titled CHECK (title <> '')
);
CREATE INDEX meetings_by_organizer ON meetings (tenant_id, organizer_id, id);
CREATE INDEX meetings_under_way ON meetings (tenant_id, id) WHERE present > 0;
CREATE INDEX meetings_to_come ON meetings (starts_at, tenant_id, id) WHERE reminded_at IS NULL AND ended_at IS NULL;
CREATE TABLE meeting_people (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    meeting_id UUID NOT NULL,
    user_id UUID,
    name TEXT NOT NULL,
    token_hash BYTEA,
    state TEXT NOT NULL,
    muted BOOLEAN DEFAULT false NOT NULL,
    joined_at TIMESTAMP WITH TIME ZONE NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    left_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT meeting_people_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT meeting_people_tenant_id_meeting_id_fk FOREIGN KEY (tenant_id, meeting_id)
        REFERENCES meetings (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT meeting_people_state_known CHECK (state IN ('waiting', 'in', 'left')),
    CONSTRAINT meeting_people_named CHECK (name <> '')
);
CREATE INDEX meeting_people_by_meeting ON meeting_people (tenant_id, meeting_id, id);
CREATE INDEX meeting_people_by_user ON meeting_people (tenant_id, user_id, id) WHERE user_id IS NOT NULL;
-- What somebody chose for their own meetings. Language and time zone belong to the account.
CREATE TABLE meeting_settings (
    tenant_id UUID NOT NULL,
    user_id UUID NOT NULL,
    lobby BOOLEAN DEFAULT false NOT NULL,
    mute_on_entry BOOLEAN DEFAULT false NOT NULL,
    reminder_minutes INTEGER,
    CONSTRAINT meeting_settings_pk PRIMARY KEY (tenant_id, user_id),
    CONSTRAINT meeting_settings_tenant_id_user_id_fk FOREIGN KEY (tenant_id, user_id)
        REFERENCES users (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT meeting_settings_reminder_known CHECK (reminder_minutes BETWEEN 1 AND 1440)
);

-- What the people of a tenant ask of the operator. `unanswered`: the last word is theirs.
CREATE TABLE service_requests (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    number BIGINT GENERATED ALWAYS AS IDENTITY (START WITH 1001),
    category TEXT NOT NULL,
    severity TEXT NOT NULL,
    state TEXT DEFAULT 'new' NOT NULL,
    title TEXT NOT NULL,
    opened_by UUID,
    opened_name TEXT NOT NULL,
    about_user_id UUID,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    unanswered BOOLEAN DEFAULT true NOT NULL,
    CONSTRAINT service_requests_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT service_requests_tenant_id_fk FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id),
    CONSTRAINT service_requests_category_known CHECK (category IN ('before_buying', 'account', 'billing', 'technical')),
    CONSTRAINT service_requests_severity_known CHECK (severity IN ('low', 'normal', 'high', 'critical')),
    CONSTRAINT service_requests_state_known CHECK (state IN ('new', 'working', 'waiting', 'closed'))
);
CREATE INDEX service_requests_id_index ON service_requests (id);
CREATE TABLE service_messages (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    request_id UUID NOT NULL,
    side TEXT NOT NULL,
    author_id UUID,
    author_name TEXT NOT NULL,
    body TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT service_messages_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT service_messages_tenant_id_request_id_fk FOREIGN KEY (tenant_id, request_id)
        REFERENCES service_requests (tenant_id, id),
    CONSTRAINT service_messages_side_known CHECK (side IN ('tenant', 'operator'))
);
CREATE INDEX service_messages_by_request ON service_messages (tenant_id, request_id, id);
CREATE TABLE service_files (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    message_id UUID NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    content BYTEA NOT NULL,
    CONSTRAINT service_files_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT service_files_tenant_id_message_id_fk FOREIGN KEY (tenant_id, message_id)
        REFERENCES service_messages (tenant_id, id)
);
CREATE INDEX service_files_by_message ON service_files (tenant_id, message_id, id);

-- What is told to the vendor's apps: tried until it is taken.
ALTER TABLE outbox
    ADD COLUMN tries INTEGER DEFAULT 0 NOT NULL,
    ADD COLUMN next_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN answer TEXT,
    ADD COLUMN given_up_at TIMESTAMP WITH TIME ZONE;
CREATE INDEX outbox_newest ON outbox (id);  -- as the operator looks at those of everybody

-- Who the tenant is at a payment provider.
CREATE TABLE payment_customers (
    tenant_id UUID NOT NULL,
    provider TEXT NOT NULL,
    external_id TEXT NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT payment_customers_pk PRIMARY KEY (tenant_id, provider),
    CONSTRAINT payment_customers_tenant_id_fk FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
);
-- A card that somebody is about to enter at the provider's own page.
CREATE TABLE card_setups (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    provider TEXT NOT NULL,
    state TEXT NOT NULL,
    external_id TEXT,
    url TEXT,
    actor_id UUID,
    actor_name TEXT NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT card_setups_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT card_setups_tenant_id_fk FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id),
    CONSTRAINT card_setups_state_known CHECK (state IN ('waiting', 'open', 'done', 'failed'))
);
-- Money given back of a payment: all of it, or a part. `credit_id`: the credit note that it settles; NULL where nobody wanted
-- the payment.
CREATE TABLE refunds (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    payment_id UUID NOT NULL,
    credit_id UUID,
    state TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL,
    external_id TEXT,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    settled_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT refunds_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT refunds_tenant_id_payment_id_fk FOREIGN KEY (tenant_id, payment_id) REFERENCES payments (tenant_id, id),
    CONSTRAINT refunds_tenant_id_credit_id_fk FOREIGN KEY (tenant_id, credit_id) REFERENCES invoices (tenant_id, id),
    CONSTRAINT refunds_state_known CHECK (state IN ('waiting', 'done', 'failed')),
    CONSTRAINT refunds_amount_positive CHECK (amount > 0)
);
CREATE INDEX refunds_tenant_id_payment_id_index ON refunds (tenant_id, payment_id);
CREATE INDEX refunds_tenant_id_credit_id_index ON refunds (tenant_id, credit_id);
-- A credit note set off against an open invoice is a payment of that invoice, by `credit_id`. `attended`: somebody asked for
-- the payment, who can make a second step.
ALTER TABLE payments
    ADD COLUMN attended BOOLEAN DEFAULT false NOT NULL,
    ADD COLUMN credit_id UUID,
    ADD CONSTRAINT payments_tenant_id_credit_id_fk FOREIGN KEY (tenant_id, credit_id) REFERENCES invoices (tenant_id, id),
    DROP CONSTRAINT payments_provider_known,
    ADD CONSTRAINT payments_provider_known CHECK (provider IN ('invoice', 'stripe', 'sandbox', 'credit')),
    ADD CONSTRAINT payments_credit_told CHECK ((provider = 'credit') = (credit_id IS NOT NULL));
CREATE INDEX payments_tenant_id_credit_id_index ON payments (tenant_id, credit_id);
-- A credit note whose credit is used up has its `paid_at`. What was sent before there were letters is not mailed now.
ALTER TABLE invoices ADD COLUMN mailed_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE invoices NO FORCE ROW LEVEL SECURITY;
UPDATE invoices SET mailed_at = issued_at;
ALTER TABLE invoices FORCE ROW LEVEL SECURITY;
CREATE INDEX invoices_unmailed ON invoices (tenant_id, id) WHERE mailed_at IS NULL;
CREATE INDEX invoices_credit ON invoices (tenant_id, id) WHERE state = 'credited' AND paid_at IS NULL;
GRANT UPDATE (mailed_at) ON invoices TO tenantry_app;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['payment_customers', 'card_setups', 'refunds', 'upgrades', 'takeovers', 'moved_people', 'meetings', 'meeting_people', 'meeting_settings',
        'service_requests', 'service_messages', 'service_files']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY tenant ON %I USING (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid) '
            'WITH CHECK (tenant_id = (SELECT nullif(current_setting(''app.tenant'', true), '''')::uuid))', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO tenantry_app', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['service_requests', 'service_messages', 'meetings', 'meeting_people',
        'meeting_settings', 'refunds']
    LOOP
        EXECUTE format('CREATE POLICY sweep ON %I FOR SELECT TO tenantry_jobs USING (true)', name);
        EXECUTE format('GRANT SELECT ON %I TO tenantry_jobs', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['sign_ups', 'doors', 'takeover_bars', 'mail_domains', 'app_keys', 'demo_zone', 'editions',
        'support_phones', 'help_ratings']
    LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO tenantry_app', name);
        EXECUTE format('GRANT SELECT ON %I TO tenantry_jobs', name);
    END LOOP;
END $$;

-- What falls due is done for many tenants at once, as the jobs role: it writes these tables and columns, and no other.
CREATE POLICY sweep_update ON subscriptions FOR UPDATE TO tenantry_jobs USING (true) WITH CHECK (true);
GRANT UPDATE (sku_id, seats, trial, converts, term_months, frequency, unit_price, anchor_at, term_at, ends_at,
    billed_until, due_at) ON subscriptions TO tenantry_jobs;
CREATE POLICY sweep_update ON notices FOR UPDATE TO tenantry_jobs USING (true) WITH CHECK (true);
GRANT UPDATE (params, ended_at) ON notices TO tenantry_jobs;
-- A pool is locked and not changed: without the right to change a column nobody may lock a row.
CREATE POLICY sweep_update ON seat_pools FOR UPDATE TO tenantry_jobs USING (true) WITH CHECK (false);
GRANT UPDATE (conflict_at) ON seat_pools TO tenantry_jobs;
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['seat_batches', 'charges', 'invoices', 'notices', 'operations']
    LOOP
        EXECUTE format('CREATE POLICY sweep_insert ON %I FOR INSERT TO tenantry_jobs WITH CHECK (true)', name);
        EXECUTE format('GRANT INSERT ON %I TO tenantry_jobs', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['seat_batches', 'scheduled_changes', 'outbox']
    LOOP
        EXECUTE format('CREATE POLICY sweep_delete ON %I FOR DELETE TO tenantry_jobs USING (true)', name);
        EXECUTE format('GRANT DELETE ON %I TO tenantry_jobs', name);
    END LOOP;
END $$;

-- The tenant's last day, with the tables of this version; ten days are enough where a takeover emptied it.
CREATE OR REPLACE FUNCTION purge_tenant(at TIMESTAMP WITH TIME ZONE) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    name text;
    theirs uuid[];
    mine uuid := nullif(current_setting('app.tenant', true), '')::uuid;
BEGIN
    PERFORM 1 FROM tenants WHERE tenant_id = mine
        AND deleted_at <= at - make_interval(days => CASE WHEN merged_into IS NULL THEN 30 ELSE 10 END) FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    theirs := ARRAY(
        SELECT account_id FROM users JOIN accounts ON accounts.id = account_id
        WHERE tenant_id = mine AND kind = 'member' AND user_key = email_key AND NOT is_operator);
    UPDATE accounts SET closed_at = coalesce(closed_at, at), password_hash = NULL WHERE id = ANY (theirs);
    FOREACH name IN ARRAY ARRAY['sessions', 'factors', 'recovery_codes', 'links', 'sign_ins']
    LOOP
        EXECUTE format('DELETE FROM %I WHERE account_id = ANY ($1)', name) USING theirs;
    END LOOP;
    FOREACH name IN ARRAY ARRAY[
        'operation_faults', 'operation_people', 'long_operations', 'file_parts', 'files', 'support_access', 'receipts',
        'operations', 'outbox', 'service_files', 'service_messages', 'service_requests', 'meeting_people',
        'meeting_settings', 'meetings', 'moved_people', 'takeovers', 'upgrades', 'notices_seen', 'notices', 'refunds', 'payments',
        'card_setups', 'payment_customers', 'orders', 'cart_lines', 'charges', 'invoices', 'payment_methods', 'billing_accounts', 'pins', 'service_cuts', 'license_history', 'licenses', 'search_tokens',
        'role_assignments', 'scheduled_changes', 'seat_batches', 'subscriptions', 'seat_pools', 'users', 'domains',
        'domain_registry', 'handles', 'tenants']
    LOOP
        EXECUTE format('DELETE FROM %I WHERE tenant_id = $1', name) USING mine;
    END LOOP;
    RETURN true;
END $$;
