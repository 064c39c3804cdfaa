"""The child process: one request a line on standard input, one reply a line on standard output.

`python -m controller.kql.child FOLDER`. Ends with its input, so never outlives its parent.
"""

import json
import os
import sys
from pathlib import Path

from controller.kql.engine import Check, load


def answer(check: Check, line: str) -> str:
    """A reply, or {"failed": why}: no text may end the process."""
    try:
        return json.dumps(json.loads(check(line)))
    except Exception as error:  # noqa: BLE001 - the edge of the process; the engines share no base
        first, *_ = (str(error) or "no message").splitlines()
        return json.dumps({"failed": f"{type(error).__name__}: {first}"})


def main() -> None:
    """Serves until standard input ends."""
    check = load(Path(sys.argv[1]))
    for line in sys.stdin:
        sys.stdout.write(answer(check, line) + "\n")
        sys.stdout.flush()
    os._exit(0)  # mini-racer's threads keep a process that would end by itself


if __name__ == "__main__":
    main()
