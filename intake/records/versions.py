"""What is known of the database without opening it: the schema of this program, and how long it is waited for."""

from __future__ import annotations

HEAD = "0005"  # the last of ``migrations/versions``
LOCK_TIMEOUT = 30.0  # seconds that a transaction waits for another one before it gives up
