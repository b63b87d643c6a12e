"""The REST door: read a request strictly, ask the desk, write the answer. Errors are RFC 9457 problems."""
