-- A subscription's life: terms are stepped from `anchor_at`; `term_at` is when the running one began; `billed_until` is
-- how far it is charged; `due_at` is when a sweep has to look at it again ('epoch': at the next one).
ALTER TABLE subscriptions
    ADD COLUMN anchor_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN term_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN billed_until TIMESTAMP WITH TIME ZONE,
    ADD COLUMN due_at TIMESTAMP WITH TIME ZONE DEFAULT 'epoch' NOT NULL,
    ADD COLUMN converts BOOLEAN DEFAULT false NOT NULL,
    ADD COLUMN extended_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN unpaid_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN canceled_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN delete_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN method_id UUID,
    ADD COLUMN order_id UUID,
    ADD COLUMN po_number TEXT;

CREATE TABLE seat_batches (
    tenant_id UUID NOT NULL,
    id UUID DEFAULT uuidv7() NOT NULL,
    subscription_id UUID NOT NULL,
    seats INTEGER NOT NULL,
    bought_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT seat_batches_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT seat_batches_tenant_id_subscription_id_fk FOREIGN KEY (tenant_id, subscription_id)
        REFERENCES subscriptions (tenant_id, id),
    CONSTRAINT seat_batches_seats_positive CHECK (seats > 0)
);
CREATE INDEX seat_batches_tenant_id_subscription_id_index ON seat_batches (tenant_id, subscription_id);

-- The rows of every tenant, once: forced policies hide them from their owner too.
ALTER TABLE subscriptions NO FORCE ROW LEVEL SECURITY;
UPDATE subscriptions SET anchor_at = starts_at, term_at = starts_at, billed_until = ends_at;
INSERT INTO seat_batches (tenant_id, subscription_id, seats, bought_at)
    SELECT tenant_id, id, seats, starts_at FROM subscriptions;
ALTER TABLE subscriptions FORCE ROW LEVEL SECURITY;
ALTER TABLE subscriptions
    ALTER COLUMN anchor_at SET NOT NULL,
    ALTER COLUMN term_at SET NOT NULL,
    ALTER COLUMN billed_until SET NOT NULL;
CREATE INDEX subscriptions_due ON subscriptions (due_at, tenant_id, id);

-- What is to happen at renewal. One row per subscription: a new wish replaces the one before, and says so.
CREATE TABLE scheduled_changes (
    tenant_id UUID NOT NULL,
    subscription_id UUID NOT NULL,
    seats INTEGER,
    sku_id UUID,
    term_months INTEGER,
    frequency TEXT,
    unit_price BIGINT,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    made_by TEXT NOT NULL,
    operation_id UUID NOT NULL,
    CONSTRAINT scheduled_changes_pk PRIMARY KEY (tenant_id, subscription_id),
    CONSTRAINT scheduled_changes_tenant_id_subscription_id_fk FOREIGN KEY (tenant_id, subscription_id)
        REFERENCES subscriptions (tenant_id, id),
    CONSTRAINT scheduled_changes_sku_id_fk FOREIGN KEY (sku_id) REFERENCES products (sku_id),
    CONSTRAINT scheduled_changes_something CHECK (num_nonnulls(seats, sku_id, term_months, frequency) > 0),
    CONSTRAINT scheduled_changes_seats_positive CHECK (seats > 0),
    CONSTRAINT scheduled_changes_frequency_known CHECK (frequency IN ('monthly', 'yearly'))
);

-- A pool whose seats went below its licenses. `reduced` of them were taken at `reduced_at` and keep service for a while;
-- `conflict_at`: since when it is short and people were told.
ALTER TABLE seat_pools
    ADD COLUMN reduced INTEGER DEFAULT 0 NOT NULL,
    ADD COLUMN reduced_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN conflict_at TIMESTAMP WITH TIME ZONE,
    ADD CONSTRAINT seat_pools_reduced_whole CHECK ((reduced = 0) = (reduced_at IS NULL) AND reduced >= 0);

CREATE TABLE pins (
    tenant_id UUID NOT NULL,
    sku_id UUID NOT NULL,
    user_id UUID NOT NULL,
    CONSTRAINT pins_pk PRIMARY KEY (tenant_id, sku_id, user_id),
    CONSTRAINT pins_tenant_id_user_id_fk FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
-- Licenses without service, because their pool is short and its deadline has passed. The license itself stays.
CREATE TABLE service_cuts (
    tenant_id UUID NOT NULL,
    sku_id UUID NOT NULL,
    user_id UUID NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT service_cuts_pk PRIMARY KEY (tenant_id, sku_id, user_id),
    CONSTRAINT service_cuts_tenant_id_user_id_fk FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
        ON DELETE CASCADE
);
ALTER TABLE users ADD COLUMN seen_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE license_history ADD COLUMN purged_at TIMESTAMP WITH TIME ZONE;
CREATE INDEX license_history_unpurged ON license_history (tenant_id, ended_at, id) WHERE purged_at IS NULL;

-- Money. Amounts are whole minor units; negative ones are credits.
CREATE TABLE tax_rates (
    country TEXT NOT NULL,
    permille NUMERIC(6, 2) NOT NULL,
    reverse_charge BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT tax_rates_pk PRIMARY KEY (country),
    CONSTRAINT tax_rates_permille_fits CHECK (permille >= 0 AND permille < 1000)
);
CREATE TABLE invoice_numbers (
    year INTEGER NOT NULL,
    last INTEGER NOT NULL,
    CONSTRAINT invoice_numbers_pk PRIMARY KEY (year)
);
CREATE TABLE webhook_events (
    provider TEXT NOT NULL,
    id TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT webhook_events_pk PRIMARY KEY (provider, id)
);

CREATE TABLE billing_accounts (
    tenant_id UUID NOT NULL,
    legal_name TEXT NOT NULL,
    street TEXT NOT NULL,
    postal_code TEXT NOT NULL,
    city TEXT NOT NULL,
    country TEXT NOT NULL,
    vat_number TEXT,
    email TEXT,
    po_number TEXT,
    CONSTRAINT billing_accounts_pk PRIMARY KEY (tenant_id),
    CONSTRAINT billing_accounts_tenant_id_fk FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
);

CREATE TABLE payment_methods (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    provider TEXT NOT NULL,
    label TEXT NOT NULL,
    external_id TEXT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    is_default BOOLEAN DEFAULT false NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    removed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT payment_methods_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT payment_methods_tenant_id_fk FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id),
    CONSTRAINT payment_methods_provider_known CHECK (provider IN ('invoice', 'stripe', 'sandbox'))
);
CREATE UNIQUE INDEX payment_methods_default_key ON payment_methods (tenant_id) WHERE is_default AND removed_at IS NULL;

-- What somebody wants to buy or change for money. It is done once it is paid, or at once where an invoice is trusted.
CREATE TABLE orders (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    lines JSONB NOT NULL,
    currency TEXT NOT NULL,
    net BIGINT NOT NULL,
    tax BIGINT NOT NULL,
    po_number TEXT,
    method_id UUID,
    invoice_id UUID,
    actor_id UUID,
    actor_name TEXT NOT NULL,
    operation_id UUID NOT NULL,
    failure TEXT,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    done_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT orders_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT orders_tenant_id_method_id_fk FOREIGN KEY (tenant_id, method_id) REFERENCES payment_methods (tenant_id, id),
    CONSTRAINT orders_kind_known CHECK (kind IN ('buy', 'seats', 'renewal', 'switch', 'conversion', 'cancellation')),
    CONSTRAINT orders_state_known CHECK (state IN ('waiting', 'action', 'done', 'failed', 'dropped'))
);

-- What somebody has chosen and not ordered yet.
CREATE TABLE cart_lines (
    tenant_id UUID NOT NULL,
    actor_id UUID NOT NULL,
    sku_id UUID NOT NULL,
    seats INTEGER NOT NULL,
    term_months INTEGER NOT NULL,
    frequency TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT cart_lines_pk PRIMARY KEY (tenant_id, actor_id, sku_id),
    CONSTRAINT cart_lines_sku_id_fk FOREIGN KEY (sku_id) REFERENCES products (sku_id),
    CONSTRAINT cart_lines_seats_positive CHECK (seats > 0),
    CONSTRAINT cart_lines_frequency_known CHECK (frequency IN ('monthly', 'yearly'))
);

CREATE TABLE invoices (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    number TEXT NOT NULL,
    state TEXT NOT NULL,
    currency TEXT NOT NULL,
    net BIGINT NOT NULL,
    tax BIGINT NOT NULL,
    buyer JSONB NOT NULL,
    seller JSONB NOT NULL,
    po_number TEXT,
    issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    paid_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT invoices_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT invoices_tenant_id_number_key UNIQUE (tenant_id, number),
    CONSTRAINT invoices_tenant_id_fk FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id),
    CONSTRAINT invoices_state_known CHECK (state IN ('open', 'paid', 'credited'))
);

-- The lines of invoices: one per period and change, each with the operation that caused it.
CREATE TABLE charges (
    tenant_id UUID NOT NULL,
    id UUID DEFAULT uuidv7() NOT NULL,
    invoice_id UUID,
    subscription_id UUID NOT NULL,
    operation_id UUID NOT NULL,
    kind TEXT NOT NULL,
    product TEXT NOT NULL,
    seats INTEGER NOT NULL,
    unit_price BIGINT NOT NULL,
    frequency TEXT NOT NULL,
    from_at TIMESTAMP WITH TIME ZONE NOT NULL,
    until_at TIMESTAMP WITH TIME ZONE NOT NULL,
    currency TEXT NOT NULL,
    net BIGINT NOT NULL,
    tax BIGINT NOT NULL,
    tax_permille NUMERIC(6, 2) NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT charges_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT charges_tenant_id_invoice_id_fk FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoices (tenant_id, id),
    CONSTRAINT charges_tenant_id_subscription_id_fk FOREIGN KEY (tenant_id, subscription_id)
        REFERENCES subscriptions (tenant_id, id),
    CONSTRAINT charges_kind_known CHECK (kind IN ('purchase', 'renewal', 'period', 'seats', 'switch', 'cancellation'))
);
CREATE INDEX charges_tenant_id_invoice_id_index ON charges (tenant_id, invoice_id);
CREATE INDEX charges_tenant_id_subscription_id_index ON charges (tenant_id, subscription_id);
CREATE INDEX charges_tenant_id_operation_id_index ON charges (tenant_id, operation_id);

CREATE TABLE payments (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    invoice_id UUID,
    order_id UUID,
    method_id UUID,
    provider TEXT NOT NULL,
    state TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL,
    external_id TEXT,
    action_url TEXT,
    failure TEXT,
    tries INTEGER DEFAULT 0 NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    settled_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT payments_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT payments_tenant_id_invoice_id_fk FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoices (tenant_id, id),
    CONSTRAINT payments_tenant_id_order_id_fk FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id),
    CONSTRAINT payments_tenant_id_method_id_fk FOREIGN KEY (tenant_id, method_id)
        REFERENCES payment_methods (tenant_id, id),
    CONSTRAINT payments_state_known CHECK (state IN ('waiting', 'action', 'paid', 'failed', 'refunded')),
    CONSTRAINT payments_provider_known CHECK (provider IN ('invoice', 'stripe', 'sandbox'))
);
CREATE INDEX payments_tenant_id_invoice_id_index ON payments (tenant_id, invoice_id);

-- What people with a right should know; letters say the same by mail.
CREATE TABLE notices (
    tenant_id UUID NOT NULL,
    id UUID DEFAULT uuidv7() NOT NULL,
    kind TEXT NOT NULL,
    permission TEXT NOT NULL,
    subject_id UUID NOT NULL,
    params JSONB NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    mailed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT notices_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT notices_tenant_id_fk FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
);
CREATE UNIQUE INDEX notices_open_key ON notices (tenant_id, kind, subject_id) WHERE ended_at IS NULL;
-- The kinds of notices that somebody does not want by mail.
ALTER TABLE users ADD COLUMN unmailed TEXT[] DEFAULT '{}' NOT NULL;
CREATE TABLE notices_seen (
    tenant_id UUID NOT NULL,
    user_id UUID NOT NULL,
    until UUID NOT NULL,
    CONSTRAINT notices_seen_pk PRIMARY KEY (tenant_id, user_id),
    CONSTRAINT notices_seen_tenant_id_user_id_fk FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
        ON DELETE CASCADE
);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['seat_batches', 'scheduled_changes', 'pins', 'service_cuts', 'billing_accounts',
        'payment_methods', 'orders', 'cart_lines', 'invoices', 'charges', 'payments', 'notices', 'notices_seen']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY tenant ON %I USING (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid) '
            'WITH CHECK (tenant_id = (SELECT nullif(current_setting(''app.tenant'', true), '''')::uuid))', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO tenantry_app', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['seat_batches', 'scheduled_changes', 'orders', 'invoices', 'charges', 'payments',
        'payment_methods', 'billing_accounts', 'role_assignments', 'notices']
    LOOP
        EXECUTE format('CREATE POLICY sweep ON %I FOR SELECT TO tenantry_jobs USING (true)', name);
        EXECUTE format('GRANT SELECT ON %I TO tenantry_jobs', name);
    END LOOP;
END $$;

-- Invoices and their lines are only ever added to; of an invoice its state may change.
REVOKE UPDATE, DELETE ON charges, invoices FROM tenantry_app;
GRANT UPDATE (state, paid_at) ON invoices TO tenantry_app;
GRANT UPDATE (invoice_id) ON charges TO tenantry_app;
GRANT UPDATE (purged_at) ON license_history TO tenantry_app;
GRANT SELECT ON tax_rates TO tenantry_app, tenantry_jobs;
GRANT SELECT, INSERT, UPDATE ON invoice_numbers TO tenantry_app, tenantry_jobs;
GRANT SELECT, INSERT, DELETE ON webhook_events TO tenantry_app;

-- The tenant's last day, with the tables of this version.
CREATE OR REPLACE FUNCTION purge_tenant(at TIMESTAMP WITH TIME ZONE) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    name text;
    theirs uuid[];
    mine uuid := nullif(current_setting('app.tenant', true), '')::uuid;
BEGIN
    PERFORM 1 FROM tenants WHERE tenant_id = mine AND deleted_at <= at - interval '30 days' FOR UPDATE;
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
        'operations', 'outbox', 'notices_seen', 'notices', 'payments', 'orders', 'cart_lines', 'charges', 'invoices',
        'payment_methods', 'billing_accounts', 'pins', 'service_cuts', 'license_history', 'licenses', 'search_tokens',
        'role_assignments', 'scheduled_changes', 'seat_batches', 'subscriptions', 'seat_pools', 'users', 'domains',
        'domain_registry', 'handles', 'tenants']
    LOOP
        EXECUTE format('DELETE FROM %I WHERE tenant_id = $1', name) USING mine;
    END LOOP;
    RETURN true;
END $$;
