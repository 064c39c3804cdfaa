"""What a transform may use, as data. Judges nothing.

Sources: Microsoft's "Supported KQL features in Azure Monitor transformations" of 2026-01-20, and
the transforms of 26 push connectors in the public Azure-Sentinel repository.
"""

SOURCES = frozenset({"print", "datatable"})
"""beside `source` itself"""

OPERATORS = frozenset(
    {"extend", "project", "print", "where", "parse", "project-away", "project-rename"}
)

FUNCTIONS = frozenset(
    {
        *("binary_and", "binary_or", "binary_xor", "binary_not"),
        *("binary_shift_left", "binary_shift_right"),
        *("tobool", "todatetime", "todouble", "toreal", "toguid", "toint", "tolong"),
        *("tostring", "totimespan"),
        *("ago", "now", "datetime_add", "datetime_diff", "datetime_part"),
        *("dayofmonth", "dayofweek", "dayofyear", "getmonth", "getyear", "hourofday"),
        *("startofday", "startofweek", "startofmonth", "startofyear"),
        *("endofday", "endofweek", "endofmonth", "endofyear", "weekofyear"),
        *("make_datetime", "make_timespan"),
        *("array_concat", "array_length", "pack", "pack_array", "parse_json", "parse_xml", "zip"),
        *("abs", "bin", "floor", "ceiling", "exp", "exp2", "exp10", "log", "log2", "log10"),
        *("pow", "round", "sign", "isfinite", "isinf", "isnan"),
        *("case", "iif", "max_of", "min_of"),
        *("base64_encodestring", "base64_decodestring", "countof", "extract", "extract_all"),
        *("indexof", "isempty", "isnotempty", "split", "strcat", "strcat_delim", "strlen"),
        *("substring", "tolower", "toupper", "hash_sha256"),
        *("gettype", "isnull", "isnotnull"),
        *("parse_cef_dictionary", "geo_location", "columnifexists"),
    }
)
"""what the document lists"""

SHIPPED = frozenset({"iff", "not", "todynamic", "datetime", "timespan"})
"""what it does not list, though several shipped rules use it without trouble"""

DOUBTFUL = {
    "coalesce": "a shipped connector uses it, two field reports say that Azure refuses it; "
    "iif(isnull(a), b, a) does the same",
    "replace": "only the document's own CEF sample has it",
}

COMPARISONS = frozenset(
    {
        *("==", "!=", "=~", "!~", "<", ">", "<=", ">=", "and", "or", "+", "-", "*", "/", "%"),
        *("in", "!in", "matches regex"),
        *(
            f"{sign}{word}{case}"
            for word in ("contains", "has", "startswith", "endswith")
            for sign in ("", "!")
            for case in ("", "_cs")
        ),
    }
)

REFUSED_OPERATORS = frozenset(
    {
        *("summarize", "join", "union", "lookup", "mv-expand", "mv-apply", "take", "limit"),
        *("top", "top-nested", "top-hitters", "sort", "order", "distinct", "count"),
        *("make-series", "evaluate", "invoke", "render", "search", "find", "externaldata"),
        *("parse-where", "parse-kv", "project-keep", "project-reorder", "sample"),
        *("sample-distinct", "serialize", "as", "getschema", "facet", "fork", "partition"),
        *("scan", "reduce", "range", "consume", "make-graph", "graph-match", "macro-expand"),
    }
)
"""what looks at more than one row or at another source, or is left out by the document"""

REFUSED_FUNCTIONS = {
    "column_ifexists": "in a transform it is called columnifexists",
    "ingestion_time": "use now()",
    "workspace": "a transform reads only source",
    "table": "a transform reads only source",
    "cluster": "a transform reads only source",
    "database": "a transform reads only source",
    "app": "a transform reads only source",
}
"""each with what to do instead"""

OTHER_SPELLINGS = {
    "base64_encode_tostring": "base64_encodestring",
    "base64_decode_tostring": "base64_decodestring",
}

MOST_CHARACTERS = 15_360
MOST_PARSED_COLUMNS = 10
