"""An independent checker of the books: plain SQL and its own arithmetic, importing no business code."""
