"""The book: what was asked, what happened, what we hold."""
