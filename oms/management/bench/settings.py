"""The settings of the system under measurement: as always, and a bare view to compare with."""

from oms.settings import *  # noqa: F403

ROOT_URLCONF = "oms.management.bench.urls"
