"""Self-service sign-up, domains, becoming the admin, meetings and support; what billing still owed."""

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    raise NotImplementedError("Tenantry goes forward: restore a backup to go back")
