"""People, accounts and the operator; and the queue, in a schema of its own that its library defines."""

from pathlib import Path

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
    run = op.get_bind().exec_driver_sql
    run("CREATE SCHEMA queue")
    run("SET LOCAL search_path = queue")
    run(SchemaManager.get_schema().replace("%", "%%"))
    run("SET LOCAL search_path = public")
    run("GRANT USAGE ON SCHEMA queue TO tenantry_app, tenantry_jobs")
    run("GRANT ALL ON ALL TABLES IN SCHEMA queue TO tenantry_app, tenantry_jobs")
    run("GRANT ALL ON ALL SEQUENCES IN SCHEMA queue TO tenantry_app, tenantry_jobs")


def downgrade() -> None:
    raise NotImplementedError("Tenantry goes forward: restore a backup to go back")
