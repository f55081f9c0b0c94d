CREATE TABLE accounts (
    id UUID NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT GENERATED ALWAYS AS (casefold(email COLLATE pg_unicode_fast)) STORED NOT NULL,
    password_hash TEXT,
    must_change_password BOOLEAN DEFAULT false NOT NULL,
    language TEXT,
    theme TEXT DEFAULT 'auto' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT accounts_pk PRIMARY KEY (id),
    CONSTRAINT accounts_email_key_key UNIQUE (email_key),
    CONSTRAINT accounts_theme_known CHECK (theme IN ('auto', 'light', 'dark'))
);

CREATE TABLE catalog_version (
    id BOOLEAN DEFAULT true NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT catalog_version_pk PRIMARY KEY (id),
    CONSTRAINT catalog_version_single CHECK (id)
);

CREATE TABLE domain_registry (
    name TEXT NOT NULL,
    tenant_id UUID NOT NULL,
    CONSTRAINT domain_registry_pk PRIMARY KEY (name)
);

CREATE TABLE handles (
    kind TEXT NOT NULL,
    hash BYTEA NOT NULL,
    tenant_id UUID NOT NULL,
    row_id UUID NOT NULL,
    CONSTRAINT handles_pk PRIMARY KEY (kind, hash, tenant_id),
    CONSTRAINT handles_kind_known CHECK (kind IN ('tenant', 'member'))
);
CREATE UNIQUE INDEX handles_tenant_address_key ON handles (hash) WHERE kind = 'tenant';

CREATE TABLE license_history (
    tenant_id UUID NOT NULL,
    id UUID DEFAULT uuidv7() NOT NULL,
    sku_id UUID NOT NULL,
    user_id UUID NOT NULL,
    disabled_plans UUID[],
    group_ids UUID[] NOT NULL,
    operation_id UUID NOT NULL,
    assigned_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_by UUID NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT license_history_pk PRIMARY KEY (tenant_id, id)
);
CREATE INDEX license_history_tenant_id_user_id_index ON license_history (tenant_id, user_id);

CREATE TABLE licenses (
    tenant_id UUID NOT NULL,
    sku_id UUID NOT NULL,
    user_id UUID NOT NULL,
    disabled_plans UUID[],
    group_ids UUID[] DEFAULT '{}' NOT NULL,
    operation_id UUID NOT NULL,
    assigned_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT licenses_pk PRIMARY KEY (tenant_id, sku_id, user_id),
    CONSTRAINT licenses_has_a_path CHECK (disabled_plans IS NOT NULL OR group_ids <> '{}')
);

CREATE TABLE operations (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    command TEXT NOT NULL,
    actor_id UUID,
    actor_name TEXT NOT NULL,
    via TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    subject TEXT NOT NULL,
    facts JSONB NOT NULL,
    CONSTRAINT operations_pk PRIMARY KEY (tenant_id, id)
);

CREATE TABLE outbox (
    tenant_id UUID NOT NULL,
    id UUID DEFAULT uuidv7() NOT NULL,
    kind TEXT NOT NULL,
    payload JSONB NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT outbox_pk PRIMARY KEY (tenant_id, id)
);
CREATE INDEX outbox_waiting ON outbox (tenant_id, id) WHERE sent_at IS NULL;

CREATE TABLE plans (
    id UUID NOT NULL,
    name TEXT NOT NULL,
    friendly_name TEXT NOT NULL,
    retention_days INTEGER DEFAULT 30 NOT NULL,
    CONSTRAINT plans_pk PRIMARY KEY (id)
);

CREATE TABLE products (
    sku_id UUID NOT NULL,
    part_number TEXT NOT NULL,
    name TEXT NOT NULL,
    applies_to TEXT DEFAULT 'user' NOT NULL,
    CONSTRAINT products_pk PRIMARY KEY (sku_id),
    CONSTRAINT products_applies_to_known CHECK (applies_to IN ('user', 'company'))
);

CREATE TABLE receipts (
    tenant_id UUID NOT NULL,
    actor_id UUID NOT NULL,
    key TEXT NOT NULL,
    command TEXT NOT NULL,
    answer JSONB NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT receipts_pk PRIMARY KEY (tenant_id, actor_id, key)
);

CREATE TABLE search_tokens (
    tenant_id UUID NOT NULL,
    token TEXT COLLATE "C" NOT NULL,
    user_id UUID NOT NULL,
    CONSTRAINT search_tokens_pk PRIMARY KEY (tenant_id, token, user_id)
);

CREATE TABLE tenants (
    tenant_id UUID NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT DEFAULT 'managed' NOT NULL,
    country TEXT NOT NULL,
    language TEXT DEFAULT 'en' NOT NULL,
    currency TEXT DEFAULT 'USD' NOT NULL,
    test_clock BIGINT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT tenants_pk PRIMARY KEY (tenant_id),
    CONSTRAINT tenants_kind_known CHECK (kind IN ('managed', 'unmanaged'))
);

CREATE TABLE throttles (
    kind TEXT NOT NULL,
    hash BYTEA NOT NULL,
    window_at TIMESTAMP WITH TIME ZONE NOT NULL,
    tries INTEGER NOT NULL,
    CONSTRAINT throttles_pk PRIMARY KEY (kind, hash, window_at)
);

CREATE TABLE domains (
    tenant_id UUID NOT NULL,
    name TEXT NOT NULL,
    is_default BOOLEAN DEFAULT false NOT NULL,
    verified_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT domains_pk PRIMARY KEY (tenant_id, name),
    CONSTRAINT domains_tenant_id_fk FOREIGN KEY(tenant_id) REFERENCES tenants (tenant_id)
);
CREATE UNIQUE INDEX domains_default_key ON domains (tenant_id) WHERE is_default;

CREATE TABLE operation_faults (
    tenant_id UUID NOT NULL,
    operation_id UUID NOT NULL,
    user_id UUID NOT NULL,
    code TEXT NOT NULL,
    params JSONB NOT NULL,
    CONSTRAINT operation_faults_pk PRIMARY KEY (tenant_id, operation_id, user_id),
    CONSTRAINT operation_faults_tenant_id_operation_id_fk FOREIGN KEY(tenant_id, operation_id) REFERENCES operations (tenant_id, id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE plan_exclusions (
    plan_a UUID NOT NULL,
    plan_b UUID NOT NULL,
    CONSTRAINT plan_exclusions_pk PRIMARY KEY (plan_a, plan_b),
    CONSTRAINT plan_exclusions_plan_a_fk FOREIGN KEY(plan_a) REFERENCES plans (id),
    CONSTRAINT plan_exclusions_plan_b_fk FOREIGN KEY(plan_b) REFERENCES plans (id),
    CONSTRAINT plan_exclusions_ordered CHECK (plan_a < plan_b)
);

CREATE TABLE plan_limits (
    plan_id UUID NOT NULL,
    name TEXT NOT NULL,
    value BIGINT NOT NULL,
    CONSTRAINT plan_limits_pk PRIMARY KEY (plan_id, name),
    CONSTRAINT plan_limits_plan_id_fk FOREIGN KEY(plan_id) REFERENCES plans (id)
);

CREATE TABLE plan_requirements (
    plan_id UUID NOT NULL,
    needs_plan_id UUID NOT NULL,
    CONSTRAINT plan_requirements_pk PRIMARY KEY (plan_id, needs_plan_id),
    CONSTRAINT plan_requirements_plan_id_fk FOREIGN KEY(plan_id) REFERENCES plans (id),
    CONSTRAINT plan_requirements_needs_plan_id_fk FOREIGN KEY(needs_plan_id) REFERENCES plans (id)
);

CREATE TABLE prices (
    sku_id UUID NOT NULL,
    currency TEXT NOT NULL,
    term_months INTEGER NOT NULL,
    frequency TEXT NOT NULL,
    minor BIGINT NOT NULL,
    CONSTRAINT prices_pk PRIMARY KEY (sku_id, currency, term_months, frequency),
    CONSTRAINT prices_sku_id_fk FOREIGN KEY(sku_id) REFERENCES products (sku_id),
    CONSTRAINT prices_minor_not_negative CHECK (minor >= 0),
    CONSTRAINT prices_frequency_known CHECK (frequency IN ('monthly', 'yearly'))
);

CREATE TABLE product_bars (
    sku_id UUID NOT NULL,
    country TEXT NOT NULL,
    CONSTRAINT product_bars_pk PRIMARY KEY (sku_id, country),
    CONSTRAINT product_bars_sku_id_fk FOREIGN KEY(sku_id) REFERENCES products (sku_id)
);

CREATE TABLE product_plans (
    sku_id UUID NOT NULL,
    plan_id UUID NOT NULL,
    CONSTRAINT product_plans_pk PRIMARY KEY (sku_id, plan_id),
    CONSTRAINT product_plans_sku_id_fk FOREIGN KEY(sku_id) REFERENCES products (sku_id),
    CONSTRAINT product_plans_plan_id_fk FOREIGN KEY(plan_id) REFERENCES plans (id)
);

CREATE TABLE seat_pools (
    tenant_id UUID NOT NULL,
    sku_id UUID NOT NULL,
    consumed INTEGER DEFAULT 0 NOT NULL,
    CONSTRAINT seat_pools_pk PRIMARY KEY (tenant_id, sku_id),
    CONSTRAINT seat_pools_tenant_id_fk FOREIGN KEY(tenant_id) REFERENCES tenants (tenant_id),
    CONSTRAINT seat_pools_sku_id_fk FOREIGN KEY(sku_id) REFERENCES products (sku_id),
    CONSTRAINT seat_pools_consumed_not_negative CHECK (consumed >= 0)
);

CREATE TABLE sessions (
    token_hash BYTEA NOT NULL,
    account_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT sessions_pk PRIMARY KEY (token_hash),
    CONSTRAINT sessions_account_id_fk FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE
);
CREATE INDEX sessions_account_id_index ON sessions (account_id);

CREATE TABLE users (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    kind TEXT DEFAULT 'member' NOT NULL,
    user_name TEXT NOT NULL,
    user_key TEXT COLLATE "C" GENERATED ALWAYS AS (casefold(user_name COLLATE pg_unicode_fast)) STORED NOT NULL,
    display_name TEXT NOT NULL,
    first_name TEXT,
    last_name TEXT,
    job_title TEXT,
    department TEXT,
    office TEXT,
    office_phone TEXT,
    mobile_phone TEXT,
    fax TEXT,
    address TEXT,
    city TEXT,
    state TEXT,
    postal_code TEXT,
    country TEXT,
    usage_location TEXT,
    account_id UUID,
    blocked_at TIMESTAMP WITH TIME ZONE,
    deleted_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    words TEXT[] COLLATE "C" NOT NULL,
    sort_en_nl BYTEA NOT NULL,
    sort_da_nb BYTEA NOT NULL,
    CONSTRAINT users_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT users_tenant_id_fk FOREIGN KEY(tenant_id) REFERENCES tenants (tenant_id),
    CONSTRAINT users_account_id_fk FOREIGN KEY(account_id) REFERENCES accounts (id),
    CONSTRAINT users_kind_known CHECK (kind IN ('member', 'guest')),
    CONSTRAINT users_usage_location_code CHECK (usage_location ~ '^[A-Z]{2}$'),
    CONSTRAINT users_named CHECK (user_name <> '' AND display_name <> '')
);
CREATE INDEX users_by_name_da_nb ON users (tenant_id, kind, sort_da_nb, id) WHERE deleted_at IS NULL;
CREATE INDEX users_by_location ON users (tenant_id, kind, usage_location) WHERE deleted_at IS NULL;
CREATE INDEX users_by_name_en_nl ON users (tenant_id, kind, sort_en_nl, id) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX users_name_key ON users (tenant_id, user_key) WHERE deleted_at IS NULL;

CREATE TABLE role_assignments (
    tenant_id UUID NOT NULL,
    user_id UUID NOT NULL,
    role TEXT NOT NULL,
    CONSTRAINT role_assignments_pk PRIMARY KEY (tenant_id, user_id, role),
    CONSTRAINT role_assignments_tenant_id_user_id_fk FOREIGN KEY(tenant_id, user_id) REFERENCES users (tenant_id, id)
);

CREATE TABLE subscriptions (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    sku_id UUID NOT NULL,
    seats INTEGER NOT NULL,
    channel TEXT DEFAULT 'direct' NOT NULL,
    trial BOOLEAN DEFAULT false NOT NULL,
    recurring BOOLEAN DEFAULT true NOT NULL,
    term_months INTEGER NOT NULL,
    frequency TEXT DEFAULT 'monthly' NOT NULL,
    currency TEXT NOT NULL,
    unit_price BIGINT NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT subscriptions_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT subscriptions_tenant_id_sku_id_fk FOREIGN KEY(tenant_id, sku_id) REFERENCES seat_pools (tenant_id, sku_id),
    CONSTRAINT subscriptions_seats_positive CHECK (seats > 0),
    CONSTRAINT subscriptions_ends_after_start CHECK (ends_at > starts_at),
    CONSTRAINT subscriptions_unit_price_not_negative CHECK (unit_price >= 0),
    CONSTRAINT subscriptions_frequency_known CHECK (frequency IN ('monthly', 'yearly')),
    CONSTRAINT subscriptions_channel_known CHECK (channel IN ('direct', 'enterprise', 'volume', 'open', 'reseller', 'free'))
);
CREATE INDEX subscriptions_tenant_id_sku_id_index ON subscriptions (tenant_id, sku_id);

-- Declared and not enforced: checked row by row they cost more than the rows themselves. Rows come only from a
-- SELECT over the users, in the same statement; `tenantry doctor` and tests/store prove that they hold.
ALTER TABLE licenses ADD CONSTRAINT licenses_user_fk FOREIGN KEY (tenant_id, user_id)
    REFERENCES users (tenant_id, id) NOT ENFORCED;
ALTER TABLE licenses ADD CONSTRAINT licenses_pool_fk FOREIGN KEY (tenant_id, sku_id)
    REFERENCES seat_pools (tenant_id, sku_id) NOT ENFORCED;
ALTER TABLE search_tokens ADD CONSTRAINT search_tokens_user_fk FOREIGN KEY (tenant_id, user_id)
    REFERENCES users (tenant_id, id) NOT ENFORCED;

INSERT INTO catalog_version (version) VALUES (1);

-- The fence: forced on every table of a tenant, for everyone, its owner included.
DO $$
DECLARE name text;
BEGIN
    FOR name IN
        SELECT table_name FROM information_schema.columns
        WHERE table_schema = current_schema() AND column_name = 'tenant_id'
          AND table_name NOT IN ('handles', 'domain_registry')
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY tenant ON %I USING (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid) '
            'WITH CHECK (tenant_id = (SELECT nullif(current_setting(''app.tenant'', true), '''')::uuid))', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['tenants', 'users', 'subscriptions', 'seat_pools', 'licenses', 'search_tokens',
                                'operations', 'outbox']
    LOOP
        EXECUTE format('CREATE POLICY sweep ON %I FOR SELECT TO tenantry_jobs USING (true)', name);
        EXECUTE format('GRANT SELECT ON %I TO tenantry_jobs', name);
    END LOOP;
END $$;

GRANT SELECT ON catalog_version, products, plans, product_plans, plan_exclusions, plan_requirements, product_bars,
    plan_limits, prices TO tenantry_app, tenantry_jobs;
GRANT SELECT, INSERT, UPDATE, DELETE ON accounts, sessions, throttles, handles, domain_registry, tenants, domains, users,
    search_tokens, role_assignments, subscriptions, seat_pools, licenses, outbox TO tenantry_app;
-- History and audit are only ever added to.
GRANT SELECT, INSERT ON license_history, operations, operation_faults, receipts TO tenantry_app;
GRANT SELECT ON alembic_version TO tenantry_app, tenantry_jobs;
