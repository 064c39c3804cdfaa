"""One transform against what Azure runs, and its output against the table.

The syntax tree tells what is used: the type checker alone takes `summarize` in a transform.
"""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import pairwise

from controller.model.columns import TIME_GENERATED, quoted
from controller.model.kql import UNKNOWN, Columns, Mistake, Node, Reply
from controller.reconcile.preflight import supported
from controller.reconcile.preflight.findings import Finding, Severity, error, in_text, warning

WIDENINGS = frozenset({("int", "long"), ("int", "real"), ("long", "real")})
SOURCE = "source"

_CASTS = {
    "string": "tostring",
    "int": "toint",
    "long": "tolong",
    "real": "toreal",
    "bool": "tobool",
    "datetime": "todatetime",
    "guid": "toguid",
    "dynamic": "parse_json",
}
_SEVERITIES = {"Error": Severity.ERROR, "Warning": Severity.WARNING}
_ECHOES = frozenset({"KS198"})
"""what only follows from a mistake before it: "The incomplete fragment is unexpected" """
_SHOWN = 5

_Remark = tuple[Severity, int, str]
"""severity, character, sentence"""
_Spans = Sequence[tuple[int, int]]


def uses(field: str, text: str, reply: Reply, columns: Columns) -> Iterator[Finding]:
    """What is wrong with the text itself; `columns` are the stream's, empty if nobody knows."""
    spans = _refused_spans(reply.syntax)
    remarks = [
        *_supported(reply.syntax, spans),
        *_empty(text, reply),
        *_mistakes(reply, columns, spans),
    ]
    worst: dict[int, _Remark] = {}
    for remark in sorted(remarks, key=lambda remark: remark[0]):  # "error" before "warning"
        worst.setdefault(remark[1], remark)
    for severity, start, sentence in sorted(worst.values(), key=lambda remark: remark[1]):
        yield in_text(severity, field, sentence, text=text, start=start)


def _mistakes(reply: Reply, columns: Columns, spans: _Spans) -> Iterator[_Remark]:
    for mistake in reply.mistakes:
        severity = _SEVERITIES.get(mistake.severity)
        echo = mistake.code in _ECHOES or _within(mistake.start, spans)
        if severity is not None and not echo:
            yield severity, mistake.start, _explained(mistake, columns, reply.syntax)


def _refused_spans(syntax: Sequence[Node]) -> _Spans:
    """What is inside of a refused operator goes with it."""
    return [
        (node.start, node.end)
        for node in syntax
        if node.kind.endswith("Operator") and node.word.casefold() in supported.REFUSED_OPERATORS
    ]


def _within(start: int, spans: _Spans) -> bool:
    return any(begin < start < end for begin, end in spans)


def _empty(text: str, reply: Reply) -> Iterator[_Remark]:
    if not any(node.kind == "ExpressionStatement" for node in reply.syntax) and not reply.mistakes:
        yield Severity.ERROR, len(text), "the transform selects nothing: begin with source"


def _explained(mistake: Mistake, columns: Columns, syntax: Sequence[Node]) -> str:
    """The checker's sentence with what to do about it."""
    sentence = mistake.message.rstrip(".")
    if "does not refer to any known column" not in sentence:
        return f"{sentence}: correct the KQL"
    name = sentence.split("'")[1]
    if any(node.kind == "ExpressionStatement" and node.start == mistake.start for node in syntax):
        return f"{name} cannot be read here: begin with {SOURCE}, the stream's events"
    near = get_close_matches(name.casefold(), [known.casefold() for known in columns], n=1)
    meant = [known for known in columns if near and known.casefold() == near[0]]
    if meant:
        return f"{name} is no column here: write {quoted(meant[0])}, which the stream declares"
    return f"{name} is no column here: declare it in the stream, or correct the name"


def _supported(syntax: Sequence[Node], spans: _Spans) -> Iterator[_Remark]:
    named = {node.word for node in syntax if node.kind == "NameDeclaration"}
    for node in syntax:
        if _within(node.start, spans):
            continue
        if node.kind.endswith("Operator") or node.kind in _SOURCES:
            yield from _operator(node)
        elif node.kind == "FunctionCallExpression" and node.word not in named:
            yield from _function(node)
        elif node.kind.endswith("Expression"):
            yield from _expression(node)
    yield from _parsed_too_much(syntax)
    yield from _literals(syntax)


_SOURCES = {"ExternalDataExpression", "DataTableExpression"}


def _operator(node: Node) -> Iterator[_Remark]:
    name = node.word.casefold()
    if name in supported.OPERATORS or name in supported.SOURCES or node.kind == "BadQueryOperator":
        return
    if name in supported.REFUSED_OPERATORS:
        sentence = f"{name} does not work in a transform, which sees each event alone: leave it out"
        yield Severity.ERROR, node.start, sentence
        return
    yield Severity.WARNING, node.start, _unlisted(f"the operator {name}")


def _function(node: Node) -> Iterator[_Remark]:
    name = node.word
    if name in supported.FUNCTIONS or name in supported.SHIPPED:
        return
    if name in supported.REFUSED_FUNCTIONS:
        advice = supported.REFUSED_FUNCTIONS[name]
        yield Severity.ERROR, node.start, f"{name}() does not work in a transform: {advice}"
    elif name in supported.OTHER_SPELLINGS:
        other = supported.OTHER_SPELLINGS[name]
        sentence = f"{name}() is spelled {other}() in transforms: write it so"
        yield Severity.WARNING, node.start, sentence
    elif name in supported.DOUBTFUL:
        why = supported.DOUBTFUL[name]
        sentence = f"{name}() is not in Microsoft's list of what transforms support: {why}"
        yield Severity.WARNING, node.start, sentence
    else:
        yield Severity.WARNING, node.start, _unlisted(f"{name}()")


def _expression(node: Node) -> Iterator[_Remark]:
    """Each comparison has its own kind of node: HasAnyExpression, NotBetweenExpression, …"""
    symbol = node.word.casefold()
    if node.kind.removeprefix("Not") in _COMPARING and symbol not in supported.COMPARISONS:
        yield Severity.WARNING, node.start, _unlisted(symbol)


_COMPARING = frozenset(
    f"{name}Expression"
    for name in (
        *("HasAny", "HasAll", "Between", "In", "InCs", "Like", "LikeCs"),
        *("HasPrefix", "HasPrefixCs", "HasSuffix", "HasSuffixCs"),
        *("ToScalar", "ToTable", "Materialize"),
    )
)


def _unlisted(what: str) -> str:
    return (
        f"{what} is not in Microsoft's list of what transforms support: Azure may refuse the "
        "rule, so prefer what is listed"
    )


def _parsed_too_much(syntax: Sequence[Node]) -> Iterator[_Remark]:
    for node in syntax:
        if node.kind != "ParseOperator":
            continue
        made = sum(
            other.kind == "NameDeclaration" and node.start <= other.start < node.end
            for other in syntax
        )
        most = supported.MOST_PARSED_COLUMNS
        if made > most:
            sentence = f"parse makes {made} columns, Azure takes {most} a statement: split it"
            yield Severity.ERROR, node.start, sentence


def _literals(syntax: Sequence[Node]) -> Iterator[_Remark]:
    for node, inner in pairwise(syntax):
        if node.kind != "DynamicExpression":
            continue
        if inner.kind == "JsonObjectExpression":
            sentence = "dynamic({…}) does not work in a transform: write parse_json('{…}')"
            yield Severity.ERROR, node.start, sentence
        else:
            sentence = "a dynamic literal may be refused in a transform: write parse_json('…')"
            yield Severity.WARNING, node.start, sentence


def untimed(field: str, made: Columns) -> Iterator[Finding]:
    """A table without a time for each row does not exist; who fills it is not documented alike."""
    if TIME_GENERATED not in made:
        yield warning(
            field,
            f"gives no {TIME_GENERATED}: Microsoft's guide says that Azure adds it, field reports "
            f"say that Azure refuses the rule. Add | extend {TIME_GENERATED} = now()",
        )


def typed(field: str, made: Columns, table: str, has: Columns | None) -> Iterator[Finding]:
    """Columns that the table has with another type; `has` None: nobody knows its columns."""
    known: Mapping[str, str] = {TIME_GENERATED: "datetime", **(has or {})}
    for name, type_ in made.items():
        if name in known:
            yield from _typed(field, name, table, (type_, known[name]))


def lost(field: str, made: Columns, table: str, has: Columns | None) -> Iterator[Finding]:
    """Columns that the table lacks; `has` None: nobody knows its columns."""
    if has is None:
        return
    extra = [name for name in made if name not in {TIME_GENERATED, *has}]
    if extra:
        more = f" and {len(extra) - _SHOWN} more" if len(extra) > _SHOWN else ""
        yield warning(
            field,
            f"gives {', '.join(extra[:_SHOWN])}{more}, which the table {table} lacks, so Azure "
            "drops them: add the columns to the table, or leave them out with project-away",
        )


def _typed(field: str, name: str, table: str, types: tuple[str, str]) -> Iterator[Finding]:
    made, wanted = types
    if made in (wanted, UNKNOWN):
        return
    column = quoted(name)
    remedy = f"write {column} = {_CASTS.get(wanted, f'to{wanted}')}({column})"
    sentence = f"gives {name} as {made}, in the table {table} it is {wanted}: {remedy}"
    if types in WIDENINGS:
        yield warning(field, sentence)
    else:
        yield error(field, sentence)
