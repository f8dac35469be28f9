"""Count the letters of a day without reading them: a table of letters is as long as all that they say."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the index."""
    op.create_index("ix_outgoing_queued_at_recipient", "outgoing", ["queued_at", "recipient"])
