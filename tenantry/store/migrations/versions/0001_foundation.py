"""Foundation: tenants, people, catalog, seats, licenses, audit."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    raise NotImplementedError("Tenantry goes forward: restore a backup to go back")
