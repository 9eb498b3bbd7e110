"""Bundles as another process finds them: nothing of this one's memory helps."""

import json
import subprocess
import sys
from dataclasses import asdict

from wenmai.bundle import load_bundle, verify_bundle

PROGRAM = """
import json, sys
from wenmai.bundle import verify_bundle
from wenmai.data.dataset import Inputs
found = {}
for name in sys.argv[2:]:
    checked = verify_bundle(f"{sys.argv[1]}/{name}")
    found[name] = {
        "said": [row.to_dict() for row in checked.bundle.predict(Inputs(**json.loads(sys.stdin.readline())))],
        "fingerprint": checked.bundle.fingerprint,
        "difference": checked.difference,
    }
print(json.dumps(found))
"""


def assert_they_come_back(bundles, inputs, folder, threads=None):
    """Save bundles, by name, and see them say the same of the inputs here and in a process that knows nothing.

    Args:
        threads: of that process; all processors by default, whatever the tests themselves have.
    """
    expected = {}
    for number, bundle in enumerate(bundles.values()):
        bundle.save(folder / str(number))
        said = [row.to_dict() for row in bundle.predict(inputs)]
        expected[str(number)] = {"said": said, "fingerprint": bundle.fingerprint, "difference": 0.0}
        assert load_bundle(folder / str(number)).recipe == bundle.recipe
        assert verify_bundle(folder / str(number)).difference == 0
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder), *expected],
        input=f"{json.dumps(asdict(inputs))}\n" * len(expected),
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "", **({} if threads is None else {"OMP_NUM_THREADS": str(threads)})},
    )
    assert ran.stderr == ""
    found = json.loads(ran.stdout)
    for number, name in enumerate(bundles):
        assert found[str(number)] == expected[str(number)], name
