"""The agreements between the rooms; nothing here knows SQL, TLS or a protocol."""
