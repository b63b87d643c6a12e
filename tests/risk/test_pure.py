"""The controls and the decision know neither Django nor a database."""

import subprocess
import sys

KERNELS = "risk.ahead risk.controls risk.context risk.known risk.family risk.finding risk.parts risk.params risk.plan risk.reasons risk.result risk.terms risk.verdict"


def test_the_kernels_load_nothing_but_themselves():
    code = f"import sys, orders.identifiers, {', '.join(KERNELS.split())}; print(*sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = {module.split(".")[0] for module in answer.split()}
    assert "risk" in loaded
    assert not {"django", "celery", "redis", "psycopg2", "rest_framework"} & loaded
