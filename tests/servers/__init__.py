"""Real servers on loopback: Dovecot, an SMTP server that misbehaves on request, a proxy that cuts and stalls."""
