"""FIX 4.4: our dictionary, the codec between our words and FIX tags, and the port to the engine."""
