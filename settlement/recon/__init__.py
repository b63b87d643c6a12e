"""Our books against what venues and custodians say: statements in, matches and breaks, a signature a day."""
