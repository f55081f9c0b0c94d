-- Accounts: wishes of their own, an operator's mark, and an address that is free again once an account is closed.
ALTER TABLE accounts DROP CONSTRAINT accounts_email_key_key;
ALTER TABLE accounts
    ADD COLUMN name TEXT,
    ADD COLUMN time_zone TEXT,
    ADD COLUMN page_rows INTEGER DEFAULT 50 NOT NULL,
    ADD COLUMN is_operator BOOLEAN DEFAULT false NOT NULL,
    ADD COLUMN password_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN closed_at TIMESTAMP WITH TIME ZONE,
    ADD CONSTRAINT accounts_page_rows_known CHECK (page_rows IN (25, 50, 100, 200));
CREATE UNIQUE INDEX accounts_email_key_key ON accounts (email_key) WHERE closed_at IS NULL;

ALTER TABLE sessions
    ADD COLUMN id UUID DEFAULT uuidv7() NOT NULL,
    ADD COLUMN stage TEXT DEFAULT 'full' NOT NULL,
    ADD COLUMN two_step BOOLEAN DEFAULT false NOT NULL,
    ADD COLUMN challenge BYTEA,
    ADD COLUMN address TEXT DEFAULT '' NOT NULL,
    ADD COLUMN agent TEXT DEFAULT '' NOT NULL,
    ADD CONSTRAINT sessions_stage_known CHECK (stage IN ('second_step', 'full'));
CREATE UNIQUE INDEX sessions_id_key ON sessions (id);

CREATE TABLE factors (
    id UUID NOT NULL,
    account_id UUID NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    secret TEXT,
    last_step BIGINT,
    credential_id BYTEA,
    public_key BYTEA,
    sign_count BIGINT DEFAULT 0 NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT factors_pk PRIMARY KEY (id),
    CONSTRAINT factors_account_id_fk FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE,
    CONSTRAINT factors_kind_known CHECK (kind IN ('authenticator', 'passkey')),
    CONSTRAINT factors_whole CHECK (
        CASE kind WHEN 'authenticator' THEN secret IS NOT NULL
        ELSE credential_id IS NOT NULL AND public_key IS NOT NULL END)
);
CREATE INDEX factors_account_id_index ON factors (account_id);
CREATE UNIQUE INDEX factors_credential_key ON factors (credential_id);

CREATE TABLE recovery_codes (
    account_id UUID NOT NULL,
    hash BYTEA NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT recovery_codes_pk PRIMARY KEY (account_id, hash),
    CONSTRAINT recovery_codes_account_id_fk FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE TABLE sign_ins (
    id UUID DEFAULT uuidv7() NOT NULL,
    account_id UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    outcome TEXT NOT NULL,
    method TEXT NOT NULL,
    address TEXT NOT NULL,
    agent TEXT NOT NULL,
    CONSTRAINT sign_ins_pk PRIMARY KEY (id),
    CONSTRAINT sign_ins_account_id_fk FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE,
    CONSTRAINT sign_ins_outcome_known CHECK (outcome IN ('done', 'wrong', 'limited')),
    CONSTRAINT sign_ins_method_known CHECK (method IN ('password', 'authenticator', 'passkey', 'recovery_code'))
);
CREATE INDEX sign_ins_account_id_id_index ON sign_ins (account_id, id);

CREATE TABLE links (
    hash BYTEA NOT NULL,
    kind TEXT NOT NULL,
    account_id UUID,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT links_pk PRIMARY KEY (hash),
    CONSTRAINT links_account_id_fk FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE,
    CONSTRAINT links_kind_known CHECK (kind IN ('password', 'operator', 'passkey'))
);
CREATE INDEX links_account_id_index ON links (account_id);

CREATE TABLE letters (
    id UUID DEFAULT uuidv7() NOT NULL,
    kind TEXT NOT NULL,
    recipient TEXT NOT NULL,
    language TEXT NOT NULL,
    params JSONB NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    tries INTEGER DEFAULT 0 NOT NULL,
    error TEXT,
    sent_at TIMESTAMP WITH TIME ZONE,
    failed_at TIMESTAMP WITH TIME ZONE,
    subject TEXT,
    body TEXT,
    CONSTRAINT letters_pk PRIMARY KEY (id)
);
CREATE INDEX letters_waiting ON letters (id) WHERE sent_at IS NULL;

CREATE TABLE house_operations (
    id UUID NOT NULL,
    command TEXT NOT NULL,
    actor_id UUID,
    actor_name TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    subject TEXT NOT NULL,
    facts JSONB NOT NULL,
    CONSTRAINT house_operations_pk PRIMARY KEY (id)
);

-- Tenants: their profile, their policies, their end.
ALTER TABLE tenants
    ADD COLUMN name_key TEXT COLLATE "C" GENERATED ALWAYS AS (casefold(name COLLATE pg_unicode_fast)) STORED NOT NULL,
    ADD COLUMN street TEXT,
    ADD COLUMN postal_code TEXT,
    ADD COLUMN city TEXT,
    ADD COLUMN technical_contact TEXT,
    ADD COLUMN require_two_step BOOLEAN DEFAULT false NOT NULL,
    ADD COLUMN allow_support BOOLEAN DEFAULT true NOT NULL,
    ADD COLUMN suspended_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN deleted_at TIMESTAMP WITH TIME ZONE;

CREATE INDEX users_deleted ON users (tenant_id, deleted_at, id) WHERE deleted_at IS NOT NULL;
CREATE INDEX operations_by_actor ON operations (tenant_id, actor_id, id);

-- Whom an operation was about, so that a person's own history is found without reading everybody's.
CREATE TABLE operation_people (
    tenant_id UUID NOT NULL,
    user_id UUID NOT NULL,
    operation_id UUID NOT NULL,
    CONSTRAINT operation_people_pk PRIMARY KEY (tenant_id, user_id, operation_id),
    CONSTRAINT operation_people_tenant_id_operation_id_fk FOREIGN KEY (tenant_id, operation_id)
        REFERENCES operations (tenant_id, id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE support_access (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    account_id UUID NOT NULL,
    name TEXT NOT NULL,
    reason TEXT NOT NULL,
    level TEXT NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    ended_by TEXT,
    CONSTRAINT support_access_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT support_access_tenant_id_fk FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id),
    CONSTRAINT support_access_account_id_fk FOREIGN KEY (account_id) REFERENCES accounts (id),
    CONSTRAINT support_access_level_known CHECK (level IN ('look', 'change')),
    CONSTRAINT support_access_short CHECK (ends_at > started_at AND ends_at <= started_at + interval '8 hours')
);
ALTER TABLE handles DROP CONSTRAINT handles_kind_known;
ALTER TABLE handles ADD CONSTRAINT handles_kind_known CHECK (kind IN ('tenant', 'member', 'support'));

-- Work that takes longer than a page: asked for by a door, done by a job.
CREATE TABLE files (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT files_pk PRIMARY KEY (tenant_id, id)
);
CREATE TABLE file_parts (
    tenant_id UUID NOT NULL,
    file_id UUID NOT NULL,
    number INTEGER NOT NULL,
    content BYTEA NOT NULL,
    CONSTRAINT file_parts_pk PRIMARY KEY (tenant_id, file_id, number),
    CONSTRAINT file_parts_tenant_id_file_id_fk FOREIGN KEY (tenant_id, file_id)
        REFERENCES files (tenant_id, id) ON DELETE CASCADE
);
CREATE TABLE long_operations (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    command TEXT NOT NULL,
    actor_id UUID,
    actor_name TEXT NOT NULL,
    language TEXT NOT NULL,
    state TEXT DEFAULT 'waiting' NOT NULL,
    done INTEGER DEFAULT 0 NOT NULL,
    total INTEGER NOT NULL,
    request JSONB NOT NULL,
    secret TEXT,
    refusal JSONB,
    file_id UUID,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE,
    finished_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT long_operations_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT long_operations_tenant_id_file_id_fk FOREIGN KEY (tenant_id, file_id) REFERENCES files (tenant_id, id),
    CONSTRAINT long_operations_state_known CHECK (state IN ('waiting', 'running', 'done', 'failed')),
    CONSTRAINT long_operations_done_fits CHECK (done >= 0 AND done <= total)
);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['operation_people', 'support_access', 'files', 'file_parts', 'long_operations']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY tenant ON %I USING (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid) '
            'WITH CHECK (tenant_id = (SELECT nullif(current_setting(''app.tenant'', true), '''')::uuid))', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['files', 'long_operations']
    LOOP
        EXECUTE format('CREATE POLICY sweep ON %I FOR SELECT TO tenantry_jobs USING (true)', name);
        EXECUTE format('GRANT SELECT ON %I TO tenantry_jobs', name);
    END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE, DELETE ON factors, recovery_codes, links, letters, support_access, files, file_parts,
    long_operations TO tenantry_app;
GRANT SELECT, INSERT, DELETE ON sign_ins TO tenantry_app;
GRANT SELECT, INSERT ON house_operations TO tenantry_app;
-- Whom an operation was about is forgotten with the person; the operation itself stays.
GRANT SELECT, INSERT, DELETE ON operation_people TO tenantry_app;
GRANT SELECT ON letters, house_operations, domain_registry TO tenantry_jobs;

-- Where an account may go, and who it is there: behind each tenant's fence in turn, in one round trip.
CREATE FUNCTION tenants_of(account UUID)
RETURNS TABLE (slug TEXT, name TEXT, display_name TEXT, is_open BOOLEAN)
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE way handles;
BEGIN
    FOR way IN SELECT * FROM handles WHERE handles.kind = 'member' AND handles.hash = sha256(uuid_send(account))
    LOOP
        PERFORM set_config('app.tenant', way.tenant_id::text, true);
        RETURN QUERY
            SELECT tenants.slug, tenants.name, users.display_name,
                tenants.suspended_at IS NULL AND tenants.deleted_at IS NULL
            FROM users JOIN tenants ON tenants.tenant_id = users.tenant_id
            WHERE users.id = way.row_id AND users.deleted_at IS NULL AND users.blocked_at IS NULL;
    END LOOP;
    PERFORM set_config('app.tenant', '', true);
END $$;
REVOKE ALL ON FUNCTION tenants_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenants_of TO tenantry_app;

-- A tenant's last day. Audit and history can only be added to by the application; this alone ends them, thirty days
-- after the tenant was deleted, and only for the tenant that the transaction is fenced to. The tenant stands in every
-- condition: policies would not hold an owner who is a superuser.
CREATE FUNCTION purge_tenant(at TIMESTAMP WITH TIME ZONE) RETURNS boolean
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
        'operations', 'outbox', 'license_history', 'licenses', 'search_tokens', 'role_assignments', 'subscriptions',
        'seat_pools', 'users', 'domains', 'domain_registry', 'handles', 'tenants']
    LOOP
        EXECUTE format('DELETE FROM %I WHERE tenant_id = $1', name) USING mine;
    END LOOP;
    RETURN true;
END $$;
REVOKE ALL ON FUNCTION purge_tenant FROM PUBLIC;
GRANT EXECUTE ON FUNCTION purge_tenant TO tenantry_app;
