"""Rules that were measured together, as evidence names them."""

from django.db import models


class RuleFamily(models.Model):
    """Rules of one measure, each with the version and the level that decisions were made by. Append-only.

    ``rules`` are [[rule id, version, "level"], ...], with a level for each way of a control that has several. The id
    follows from all of it (``risk.family``), so that the same rules are one row and any other set, or another version
    of one of them, is another.
    """

    id = models.BigIntegerField(primary_key=True)
    control = models.CharField(max_length=8)
    dry_run = models.BooleanField()
    rules = models.JSONField()
    first_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "rule families"
        ordering = ["first_at", "id"]

    def __str__(self) -> str:
        return f"{self.control}: {len(self.rules)} rules"
