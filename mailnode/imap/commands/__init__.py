"""The commands of RFC 9051 and RFC 3501, by the state they belong to."""
