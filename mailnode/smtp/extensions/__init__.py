"""What RFCs have added to SMTP: one module each, found by looking here."""
