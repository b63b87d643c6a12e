"""The simulated custodian: a process of its own that speaks ISO 20022 through folders. No Django, no database.

It shares nothing with the order management system but folders of messages and the business date, and keeps its own
journal, so it may be killed at any moment: what it said before, it says again, under the same identifications.

    in/          instructions, cancellations, movements     out/          its answers
    statements/  what each account held and what moved      archive/      files both sides are done with
    aside/       files that could not be read whole         journal.jsonl, business_date, says.json
"""
