"""What a message means: category, facts, punctuality, and whether it may be answered. Pure: no I/O, no clock."""
