"""The operations desk: one page a matter, from today's settlements to one trade's life.

Every page is a *sheet* (sheet.py): rows with columns, filters and acts, drawn by one template and one set of scripts.
Pages read the books themselves and change nothing: what operations does goes through the verbs of the REST door.
"""
