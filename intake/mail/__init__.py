"""What arrived: mailboxes, messages, their parts and the sender's own words."""
