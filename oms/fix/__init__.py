"""The door for clients that speak FIX: their requests in, what happened to their orders out."""
