"""Argo CD's Lua in the tests' hands: 5.1 with base and table, and `os` only by require.

Stricter than Argo CD where its releases differ: no string, no math, no methods on strings, no
global `os`, and of `os.date` only the letters that its own implementation knows
(argo-cd, util/lua/oslib_safe.go: %S is not among them and would be printed as it stands).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from lupa.lua51 import (  # type: ignore[import-untyped]  # it ships no types
    LuaError,
    LuaRuntime,
)

__all__ = ["LuaError", "run"]

BASE = (
    *("assert", "error", "ipairs", "next", "pairs", "pcall", "print", "rawequal", "rawget"),
    *("rawset", "select", "setmetatable", "tonumber", "tostring", "type", "unpack", "table"),
)
LETTERS = {"F": "%Y-%m-%d", "X": "%H:%M:%S", "Y": "%Y", "m": "%m", "d": "%d", "H": "%H", "M": "%M"}
SANDBOX = """
local names, date = ...
local sandbox = {}
for name in python.iter(names) do sandbox[name] = _G[name] end
local os = {date = date}
sandbox.require = function(name)
  if name == "os" then return os end
  error("module " .. name .. " not found")
end
debug.setmetatable("", nil)
return sandbox
"""


def run(script: str, obj: Mapping[str, Any], now: datetime) -> Any:
    """What the script returns for the object, as JSON would have it. Raises LuaError."""
    lua = LuaRuntime(unpack_returned_tuples=True, register_eval=False)
    sandbox = lua.execute(SANDBOX, BASE, lambda form: _date(form, now))
    sandbox["obj"] = _to(lua, obj)
    chunk = lua.eval("function(text, env) return setfenv(assert(loadstring(text)), env)() end")
    return _from(chunk(script, sandbox), obj)


def _date(form: str, now: datetime) -> str:
    """Argo CD's os.date; a letter that it does not know is an error here."""
    pieces = form.removeprefix("!").split("%")
    time = now.astimezone(UTC) if form.startswith("!") else now.astimezone()
    return pieces[0] + "".join(time.strftime(LETTERS[piece[0]]) + piece[1:] for piece in pieces[1:])


def _to(lua: LuaRuntime, value: Any) -> Any:
    """Mappings and lists become tables, lists count from 1, null is absent."""
    if isinstance(value, Mapping):
        return lua.table_from({k: _to(lua, v) for k, v in value.items() if v is not None})
    if isinstance(value, list | tuple):
        return lua.table_from([_to(lua, item) for item in value])
    return value


def _from(value: Any, before: Any) -> Any:
    """Tables become dicts or lists; an empty one is what it was before, as Argo CD has it."""
    if not hasattr(value, "items"):
        return value
    entries = dict(value.items())
    if not entries:
        return {} if isinstance(before, Mapping) else []
    if set(entries) == set(range(1, len(entries) + 1)):
        old = before if isinstance(before, list) and len(before) == len(entries) else entries
        return [_from(entries[i + 1], o) for i, o in enumerate(old)]
    known = before if isinstance(before, Mapping) else {}
    return {key: _from(item, known.get(key)) for key, item in entries.items()}
