"""The language service inside a JavaScript engine. Runs in the child process only.

Decides which of the two engines is used; both take the same code.
"""

import json
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

FILES = ("bridge.min.js", "Kusto.Language.Bridge.min.js")
ENGINES = ("quickjs", "py_mini_racer")
"""quickjs is small (70 MB of memory with the service) and has no wheels for Python 3.13 and later;
mini-racer has them, and takes 170 MB"""

_OURS = Path(__file__).with_name("service.js")

Check = Callable[[str], str]
"""a request as JSON -> the reply as JSON"""


def missing(folder: Path) -> str | None:
    """What is not installed, None when all is there."""
    absent = [file for file in FILES if not (folder / file).is_file()]
    if absent:
        return f"{absent[0]} is not in {folder}"
    if not any(find_spec(engine) for engine in ENGINES):
        return "neither quickjs nor mini-racer is installed"
    return None


def load(folder: Path) -> Check:
    """The service, ready to check; takes half a second, and its first text two more."""
    scripts = [_OURS.read_text(), *((folder / file).read_text("utf-8-sig") for file in FILES)]
    engine = next(name for name in ENGINES if find_spec(name))
    evaluate = _evaluator(engine)
    for script in scripts:
        evaluate(f"{script};0")
    return lambda request: str(evaluate(f"check({json.dumps(request)})"))


def _evaluator(engine: str) -> Callable[[str], Any]:
    module = import_module(engine)
    context = module.Context() if engine == "quickjs" else module.MiniRacer()
    evaluate: Callable[[str], Any] = context.eval
    return evaluate
