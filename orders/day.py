"""The days of the desk: which steps of an end or a start of day were done, when, and with what."""

from django.db import models


class DayStep(models.Model):
    """One step of a business date's end or start. A step that is done is not done again: the run may be repeated.

    The first step of a run notes in ``venues`` which of them traded that day and which were shut, as they were then:
    whatever follows goes by it. ``reason`` is why operations ran it before the last venue had closed.
    """

    date = models.DateField()
    run = models.CharField(max_length=8)
    name = models.CharField(max_length=24)
    counts = models.JSONField(default=dict)
    venues = models.JSONField(default=list, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    actor = models.CharField(max_length=150)
    done_at = models.DateTimeField()

    class Meta:
        ordering = ["date", "id"]
        constraints = [
            models.UniqueConstraint(fields=["date", "run", "name"], name="day_step_once"),
            models.CheckConstraint(condition=models.Q(run__in=["end", "start"]), name="day_run_known"),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.run} {self.name}"
