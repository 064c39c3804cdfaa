"""What is laid over the service's files: a quicker look for the generic types of C#."""

import json
import os
from pathlib import Path

from controller.kql.engine import FILES, load
from tests.kusto import needs_service

LOOKS = """
var text = {}, number = {}, other = {}, list = {$cache: [{args: [text], is: "list of text"}]};
function is(args) { var found = knownType(list, args); return found && found.is; }
check = function () {
  var before = [is([text]), is([number]), is([text, number])];
  list.$cache.push({args: [number], is: "list of number"});
  list.$cache.push({args: [text, number], is: "from text to number"});
  return JSON.stringify(before.concat([is([text]), is([number]), is([text, number]), is([other])]));
};
"""


def test_a_generic_type_is_the_one_of_its_arguments_as_soon_as_it_is_listed(tmp_path: Path) -> None:
    needs_service(os.environ)  # for its engine
    for name, script in zip(FILES, (LOOKS, ""), strict=True):
        (tmp_path / name).write_text(script)
    before, after = ["list of text", None, None], ["list of number", "from text to number"]
    assert json.loads(load(tmp_path)("")) == [*before, "list of text", *after, None]
