// What the child process asks of Kusto's language service: one text in, facts out, no judgement.
// Stubs come first: the two files of the service are written for a browser.
var console = { log: function () {}, error: function () {}, warn: function () {} };
var window = globalThis;
globalThis.addEventListener = function () {};
var document = { readyState: "complete", addEventListener: function () {} };

var TRIVIAL = { List: 1, SeparatedElement: 1, TokenName: 1, NameReference: 1, ExpressionList: 1 };
var ONLY_IN_TRANSFORMS = ["parse_cef_dictionary", "geo_location"];
var MOST_UNKNOWN = 20;
var kinds = null, prepared = false;

// Two things take the service a third of its start: it looks for a generic type of C# from one end
// of a list to the other, and makes what an editor would offer at every place of the grammar.
function prepare() {
  if (prepared) return;
  prepared = true;
  Bridge.Class.getCachedType = knownType;
  var P = Kusto.Language.Parsing.SyntaxParsers;
  P.CreateCompletionItem = P.CreateCompletionItem$1 = function () { return null; };
}

// The entry of a generic type's list that has these arguments, null when there is none yet. Asked
// hundreds of thousands of times: no closures.
function knownType(generic, args) {
  var list = generic.$cache, index = generic.$index || (generic.$index = { upTo: 0, by: new Map() });
  for (; index.upTo < list.length; index.upTo++) {
    var entry = list[index.upTo], first = entry.args[0];
    if (index.by.has(first)) index.by.get(first).push(entry);
    else index.by.set(first, [entry]);
  }
  var found = index.by.get(args[0]) || [];
  for (var i = 0; i < found.length; i++) if (same(found[i].args, args)) return found[i];
  return null;
}

function same(some, others) {
  if (some.length !== others.length) return false;
  for (var i = 0; i < some.length; i++) if (some[i] !== others[i]) return false;
  return true;
}

function kindOf(node) {
  if (kinds === null) {
    kinds = {};
    var all = Kusto.Language.Syntax.SyntaxKind;
    for (var name in all) if (typeof all[name] === "number") kinds[all[name]] = name;
  }
  return kinds[node.Kind];
}

// Azure Monitor adds these two to transforms; the language service does not know them.
function transformFunctions() {
  var S = Kusto.Language.Symbols;
  return ONLY_IN_TRANSFORMS.map(function (name) {
    var text = new S.Parameter.$ctor2("text", S.ScalarTypes.String);
    return new S.FunctionSymbol.$ctor5(name, S.ScalarTypes.Dynamic, [text]);
  });
}

// schema: "(['a']:string)", "" for a table whose columns nobody knows
function table(name, schema) {
  var S = Kusto.Language.Symbols;
  if (schema !== "") return new S.TableSymbol.$ctor7(name, schema, null);
  return new S.TableSymbol.$ctor7(name, "()", null).WithIsOpen(true);
}

function analysed(text, schemas) {
  var K = Kusto.Language, members = transformFunctions();
  for (var name in schemas) members.push(table(name, schemas[name]));
  var database = new K.Symbols.DatabaseSymbol.$ctor1("workspace", members);
  return K.KustoCode.ParseAndAnalyze(text, K.GlobalState.Default.WithDatabase(database));
}

function listed(list) {
  var out = [];
  for (var i = 0; list && i < list.Count; i++) out.push(list.getItem(i));
  return out;
}

// the names of tables that did not resolve: KS204, KS205 inside a fuzzy union, and KS142 where the
// name is a whole statement
function unresolved(code, text) {
  var statements = {};
  Kusto.Language.Syntax.SyntaxElement.WalkNodes(code.Syntax, function (node) {
    if (kindOf(node) === "ExpressionStatement") statements[node.TextStart] = node.Width;
  });
  return listed(code.GetDiagnostics())
    .filter(function (d) {
      var whole = d.Code === "KS142" && statements[d.Start] === d.Length;
      return whole || d.Code === "KS204" || d.Code === "KS205";
    })
    .map(function (d) { return text.substr(d.Start, d.Length).replace(/^\[['"]|['"]\]$/g, ""); });
}

// an operator's own name, not the name that it gives: `as X`, `range x from …`
function word(node, kind) {
  var first = node.GetFirstToken();
  if (/Operator$/.test(kind)) return first ? first.Text : "";
  if (node.Name && node.Name.SimpleName) return node.Name.SimpleName;
  if (node.Operator && node.Operator.Text) return node.Operator.Text;
  return first ? first.Text : "";
}

function syntax(code) {
  var out = [];
  Kusto.Language.Syntax.SyntaxElement.WalkNodes(code.Syntax, function (node) {
    var kind = kindOf(node);
    if (!TRIVIAL[kind]) out.push([kind, node.TextStart, node.TextStart + node.Width, word(node, kind)]);
  });
  return out;
}

function check(request) {
  prepare();
  var asked = JSON.parse(request), schemas = asked.tables, unknown = [];
  var code = analysed(asked.text, schemas);
  for (var turn = 0; asked.lenient && turn < MOST_UNKNOWN; turn++) {
    var names = unresolved(code, asked.text).filter(function (n) { return !(n in schemas); });
    if (!names.length) break;
    names.forEach(function (name) { schemas[name] = ""; unknown.push(name); });
    code = analysed(asked.text, schemas);
  }
  var result = code.ResultType;
  return JSON.stringify({
    mistakes: listed(code.GetDiagnostics()).map(function (d) {
      return [d.Code, d.Severity, d.Start, d.Message];
    }),
    columns: listed(result && result.Columns).map(function (column) {
      return [column.Name, column.Type ? column.Type.Name : "unknown"];
    }),
    syntax: syntax(code),
    unknown: unknown.filter(function (name, place) { return unknown.indexOf(name) === place; }),
  });
}
