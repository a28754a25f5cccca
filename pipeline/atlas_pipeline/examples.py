"""Reads the examples of a docstring.

Forms: doctests; `f(x) == y`, `f(x) -> y`, `f(x) => y`, `f(x) returns y` in prose; `Input: [1, 2], k = 3` above
`Output: 4`; `For s = "ab", c = "b" the result should be "a"`. In prose `true`, `false` and `null` are Python's.

An example that cannot be split into a call and an expected value is returned as text, so that it can be shown; it is
never dropped silently.
"""

from __future__ import annotations

import ast
import copy
import doctest
import re
from dataclasses import dataclass, field

from atlas_pipeline.records import Expected, ExpectedKind, Provenance, TestCase
from atlas_pipeline.sandbox.canonical import canonical

_MOST_EXAMPLES = 100
"""Each is a call for every candidate."""
_ARROW = re.compile(
    r"\s*(?:#\s*)?(?:==>|==|=>|->|→|➞|⇒|(?:should\s+|will\s+|must\s+)?(?:returns?|gives?|yields?|equals?|be|equal|is)\b|=(?!=))\s*",
    re.IGNORECASE,
)
_RAISES = re.compile(r"\s*(?:#\s*)?(?:=>|->|→)?\s*(?:raises?|throws?)\s+(?:an?\s+)?`{0,2}([A-Z]\w+)", re.IGNORECASE)
_ENDS_HERE = re.compile(
    r"`*(?:\s*$|\s*[;:)\]}#]|\s*\.(?:\s|$)|\s*,(?!\s*[\d'\"\[({-])|\s+\(|\s*//(?!\s*[\d(])|\s+\w+\(|"
    r"\s+(?:and|but|while|whereas|because|since|as|so|which|not)\b(?!\s*[\d'\"\[({-]))"
)
"""What may follow an expected literal in prose; anything else goes on with the expression or with the sentence."""
_PART_OF_EXPRESSION = re.compile(r"(?:[-+*/%<>=!&|^~,\[{]|\w\(|\b(?:not|in|is|or|and|if|lambda|await|yield))\s*$")
"""What may not stand before a call in prose: then the call is not the whole of what is compared."""
_SEPARATED = re.compile(r"[\w'\"\])}]\s*,\s*$|\band\s*$")
"""A list of examples: `f(1) == 2, f(2) == 3 and f(3) == 4`."""
_DENIED = re.compile(
    r"\b(?:not|never|neither|nor|unlike|cannot|(?:instead|rather) (?:of|than))\b[^,;.:]*$|n't\b[^,;.:]*$"
    r"|\b(?:wrong|incorrect|bad|bug)\w*\b",
    re.IGNORECASE,
)
"""Said before a call, in its clause: what follows is what the function does not do."""
_CALLED_WRONG = re.compile(r"\b(?:wrong|incorrect|a bug)\b", re.IGNORECASE)
_CONDITIONAL = re.compile(r"[`\s,]*(?:(?:or|if|unless|when|only|in|under)\b|[/|])", re.IGNORECASE)
"""After an exception: it is raised under a condition that the call does not show, or another one may be."""
_BULLET = re.compile(r"^\s*(?:[-*]|\d+[.)])\s+$")

_ONLY_LOOK = frozenset(
    ("all", "any", "bool", "dict", "id", "isinstance", "len", "list", "max", "min", "print", "repr", "round", "set",
     "sorted", "str", "sum", "tuple", "type")
)  # fmt: skip
"""Functions that change nothing they are given."""
_WORDS = {"true": True, "false": False, "null": None}
_FEWEST_BARE_WORDS = 3
_INPUT_OUTPUT = re.compile(
    r"^[ \t]*(?:[-*][ \t]*)?Inputs?[ \t]*:[ \t]*+\n?(?P<input>[^\n]++)\n++[ \t]*(?:[-*][ \t]*)?Outputs?[ \t]*:[ \t]*+\n?"
    r"(?P<output>[^\n]+)$",
    re.MULTILINE | re.IGNORECASE,
)
_FOR = re.compile(
    r"^[ \t]*(?:[-*][ \t]*)?(?:For|If|With|Given|When)[ \t]+(?P<input>[^\W\d]\w*[ \t]*=[^\n]{0,400}?[^\s,])"
    r"(?:[ \t]*+,)?[ \t]++(?:[\w \t]{0,80}[ \t])?the[ \t]++(?:output|result|answer|return value|function)[ \t]++"
    r"(?:should|must|will|would)?[ \t]*+(?:return|be|is|equals?)[ \t]++(?P<output>[^\n]+)$",
    re.MULTILINE | re.IGNORECASE,
)


def literal(text: str) -> tuple[bool, object]:
    """Return whether `text` is a Python literal, and its value."""
    try:
        return True, ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return False, None


def expect_value(value: object, shown: str) -> Expected:
    """Return the expectation that a call returns `value`."""
    return Expected(kind=ExpectedKind.VALUE, text=canonical(value), shown=shown)


def read_examples(
    docstring: str,
    *,
    name: str,
    is_method: bool,
    prints: bool,
    document: str = "",
    first_line: int = 0,
    parameters: tuple[str, ...] = (),
) -> tuple[tuple[TestCase, ...], tuple[str, ...]]:
    """Return the examples that could be read and the text of those that could not.

    Args:
        docstring: The docstring's value, dedented.
        name: Name of the function; an example has to mention it.
        is_method: Prose forms are not looked for, since they rarely say on which object.
        prints: The function is meant to print, so a shown literal may be its output.
        document: The text in which examples are located.
        first_line: Line of `document` (0-based) at which the docstring begins.
        parameters: Names of the parameters, for the forms that do not write the call.
    """
    found, unread = _doctests(docstring, name, prints=prints, document=document)
    if not is_method:
        for read in (_prose(docstring, name), _described(docstring, name, parameters)):
            found, unread = found + read[0], unread + read[1]
    lines = document.split("\n")
    unique: dict[tuple[str, str], TestCase] = {}
    last: dict[tuple[str, str], int | None] = {}
    for call, expected, marker in found:
        # The same call may stand there again, with another answer: each has its own line.
        before = last.get((call, marker))
        line = _locate(lines, marker, first_line if before is None else before + 1)
        last[call, marker] = line = before if line is None else line
        key = (call, expected.text)
        unique.setdefault(key, TestCase(call=call, expected=expected, provenance=Provenance.GIVEN, line=line))
    cases = tuple(unique.values())
    over = [f"{case.call} (only the first {_MOST_EXAMPLES} examples are checked)" for case in cases[_MOST_EXAMPLES:]]
    return cases[:_MOST_EXAMPLES], (*unread, *over)


_Found = tuple[str, Expected, str]


def _locate(lines: list[str], marker: str, first_line: int) -> int | None:
    for number in range(first_line, len(lines)):
        if marker and marker in lines[number]:
            return number
    return None


@dataclass(slots=True)
class _Bound:
    """A name that a doctest session bound: its expression can stand in for it until something may have changed it."""

    expression: ast.expr
    is_literal: bool
    used: bool = False
    touched: bool = False
    """It was handed to the function, which may have changed it."""
    history: list[ast.expr] | None = field(default_factory=list)
    """What has been called with it, in order; None where that is not known."""


class _Inline(ast.NodeTransformer):
    """Replaces the names of a doctest session by what they were bound to, where that means the same."""

    def __init__(self, bound: dict[str, _Bound]) -> None:
        self.bound = bound
        self.failed = False

    def visit_Name(self, node: ast.Name) -> ast.expr:
        entry = self.bound.get(node.id)
        if entry is None:
            return node
        if entry.used and not entry.is_literal:
            self.failed = True
        entry.used = True
        return entry.expression


def _doctests(docstring: str, name: str, *, prints: bool, document: str) -> tuple[list[_Found], list[str]]:
    try:
        examples = doctest.DocTestParser().get_examples(docstring)
    except ValueError as error:
        return [], [f"doctest: {error}"]
    session = _Session(name, prints=prints, document=document)
    for example in examples:
        try:
            session.read(example)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            session.unread.append(example.source.strip())
    return session.found, session.unread


class _Session:
    """Follows a doctest session from example to example."""

    def __init__(self, name: str, *, prints: bool, document: str) -> None:
        self.name = name
        self.prints = prints
        self.document = document
        self.found: list[_Found] = []
        self.unread: list[str] = []
        self.bound: dict[str, _Bound] = {}
        self.unknown: set[str] = set()
        """Names that the session bound to something that is not followed."""

    def read(self, example: doctest.Example) -> None:
        """Take in one example.

        Raises:
            SyntaxError, ValueError, RecursionError, MemoryError: it cannot be read.
        """
        source = example.source.strip()
        tree = ast.parse(source)
        statement = tree.body[0] if len(tree.body) == 1 else None
        if isinstance(statement, ast.Assign) and not example.want and self._binds(statement):
            return
        used_before = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in self.bound}
        mentions = _mentions(tree, self.name)
        if isinstance(statement, ast.Expr):
            original = copy.deepcopy(statement.value)
            inline = _Inline(self.bound)
            expression = inline.visit(_awaited(statement.value))
            mentions = mentions or _mentions(expression, self.name)
            is_closed = not inline.failed and not any(
                isinstance(node, ast.Name) and node.id in self.unknown for node in ast.walk(expression)
            )
            is_run = not example.options.get(doctest.SKIP, False)
            read = _doctest_case(expression, example, self.name, prints=self.prints) if is_closed and is_run else None
            if mentions and read is not None:
                self.found.append((*read, source.split("\n")[0]))
                if any(not isinstance(self.bound[used].expression, ast.Constant) for used in used_before):
                    for used in used_before:  # the call may have changed it: what it shows later is another example
                        self.bound[used].touched = True
                self._note(used_before, original)
                return
            shown = self._shown(used_before, original, example) if not mentions and is_run else None
            if shown is not None:
                self.found.append((*shown, source.split("\n")[0]))
                return
            is_step = _may_change(original)
            if is_step:
                self._note(used_before, original)
                self._lose(used_before)
            is_followed = is_step and not example.want and all(self.bound[used].history for used in used_before)
            if not is_followed:
                mentions = mentions or any(self.bound[used].touched for used in used_before)
        else:
            self._lose(used_before)
            self._note(used_before, None)
            self.unknown |= self._bound_by(tree)
        if mentions:
            self.unread.append(source)

    def _binds(self, statement: ast.Assign) -> bool:
        """Follow the assignment to a name; tell whether it can be followed."""
        target = statement.targets[0]
        if len(statement.targets) > 1 or not isinstance(target, ast.Name):
            return False
        shared = _outside_calls(statement.value)
        if _may_change(statement.value) and not _mentions(statement.value, self.name):
            shared = {node.id for node in ast.walk(statement.value) if isinstance(node, ast.Name)}
        shared &= self.bound.keys()
        inlined = _Inline(self.bound)
        value = inlined.visit(_awaited(statement.value))
        if inlined.failed:
            return False
        self._lose(shared)  # two names for one object: what happens to the one happens to the other
        self._note(shared, None)
        self.bound[target.id] = _Bound(value, is_literal=literal(ast.unparse(value))[0])
        self.unknown.discard(target.id)
        return True

    def _lose(self, names: set[str]) -> None:
        """Note that what names are bound to may have been changed."""
        for name in names:
            if not isinstance(self.bound[name].expression, ast.Constant):
                self.bound[name].used = True
                self.bound[name].is_literal = False

    def _note(self, names: set[str], call: ast.expr | None) -> None:
        """Note that a call was made with what names are bound to; None: something was done with it that is not followed."""
        changed = [self.bound[name] for name in names if not isinstance(self.bound[name].expression, ast.Constant)]
        for bound in changed:
            if call is None or len(changed) > 1 or isinstance(call, ast.Await):
                bound.history = None
            elif bound.history is not None:
                bound.history.append(call)

    def _shown(self, names: set[str], looked_at: ast.expr, example: doctest.Example) -> tuple[str, Expected] | None:
        """Read an example that shows what the function did to an object: `xs` after `f(xs)`.

        All that was called with the object before is in the call: `(lambda xs: (f(xs), xs)[-1])([3, 1])`.
        """
        objects = [name for name in names if not isinstance(self.bound[name].expression, ast.Constant)]
        if len(objects) != 1 or not example.want or _may_change(looked_at) or "print" in example.source:
            return None
        (name,) = objects
        bound = self.bound[name]
        if not (bound.touched and bound.history):
            return None
        steps = ast.Tuple([*bound.history, looked_at], ast.Load())
        last = ast.Subscript(steps, ast.UnaryOp(ast.USub(), ast.Constant(1)), ast.Load())
        constants = {key: other for key, other in self.bound.items() if isinstance(other.expression, ast.Constant)}
        body = _Inline(constants).visit(copy.deepcopy(last))
        if any(isinstance(node, ast.Name) and node.id in self.unknown for node in ast.walk(body)):
            return None
        arguments = ast.arguments([], [ast.arg(name)], None, [], [], None, [])
        call = ast.Call(ast.Lambda(arguments, body), [bound.expression], [])
        return _doctest_case(call, example, self.name, prints=False)

    def _bound_by(self, tree: ast.Module) -> set[str]:
        names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store | ast.Del)}
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                names.add(node.name)
            elif isinstance(node, ast.Import | ast.ImportFrom):
                imported = {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
                names |= imported - {self.name} - _top_level_names(self.document)
        for name in names:
            self.bound.pop(name, None)
        return names


def _top_level_names(document: str) -> set[str]:
    """Return the names that a document imports or defines."""
    try:
        statements = ast.parse(document).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        lines = re.findall(r"(?m)^(?:from\s+\S+\s+)?import\s+([^\n#]+)|^(?:class|def)\s+(\w+)", document)
        return {name for line in lines for name in re.findall(r"\w+", " ".join(line))}
    names = {getattr(statement, "name", "") for statement in statements}
    for statement in statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.alias):
                names.add((node.asname or node.name).partition(".")[0])
    return names


def _awaited(expression: ast.expr) -> ast.expr:
    """Return what `await` and `asyncio.run` are given: the sandbox runs a coroutine to its end."""
    match expression:
        case ast.Await(value=value):
            return value
        case ast.Call(func=ast.Attribute(value=ast.Name(id="asyncio"), attr="run"), args=[value], keywords=[]):
            return value
    return expression


def _may_change(expression: ast.expr) -> bool:
    """Tell whether an expression may change what it names: it calls more than functions that only look."""
    calls = [node.func for node in ast.walk(expression) if isinstance(node, ast.Call)]
    return any(not (isinstance(function, ast.Name) and function.id in _ONLY_LOOK) for function in calls)


def _outside_calls(expression: ast.expr) -> set[str]:
    """Return the names in an expression that are not arguments of a call."""
    names: set[str] = set()
    todo: list[ast.AST] = [expression]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Name):
            names.add(node.id)
        elif not isinstance(node, ast.Call):
            todo.extend(ast.iter_child_nodes(node))
    return names


def _mentions(tree: ast.AST, name: str) -> bool:
    return any(getattr(node, "id", getattr(node, "attr", None)) == name for node in ast.walk(tree))


def _doctest_case(
    expression: ast.expr, example: doctest.Example, name: str, *, prints: bool
) -> tuple[str, Expected] | None:
    """Return the call and what is expected of it; None where the example does not say."""
    bare = not example.want.strip() and example.exc_msg is None
    if bare and isinstance(expression, ast.Compare):
        # `>>> f(1) == 2` without an output line is meant as a statement that it is so.
        right = expression.comparators[0]
        is_literal, value = literal(ast.unparse(right))
        if len(expression.ops) == 1 and isinstance(expression.ops[0], ast.Eq) and is_literal:
            return ast.unparse(expression.left), expect_value(value, ast.unparse(right))
        return None
    if bare and not (isinstance(expression, ast.Call) and _is_named(expression.func, name)):
        return None  # that `print` or `append` returns nothing says nothing of what the function gave them
    if "..." in example.want and example.exc_msg is None and _stands_for_more(example):
        return None
    call = ast.unparse(expression)
    return call, _doctest_expectation(example, call, prints=prints)


def _is_named(function: ast.expr, name: str) -> bool:
    return getattr(function, "id", getattr(function, "attr", None)) == name


def _stands_for_more(example: doctest.Example) -> bool:
    """Tell whether the dots in an output stand for what is left out: `[1, ..., 9]` is no value that anybody expects."""
    is_literal, value = literal(example.want.strip())
    return doctest.ELLIPSIS in example.options or (is_literal and "Ellipsis" in canonical(value))


def _doctest_expectation(example: doctest.Example, call: str, *, prints: bool) -> Expected:
    want = "\n".join("" if line.strip() == "<BLANKLINE>" else line for line in example.want.rstrip().split("\n"))
    if example.exc_msg is not None:
        exception = example.exc_msg.split(":")[0].strip().rsplit(".", 1)[-1]
        return Expected(kind=ExpectedKind.RAISES, text=exception, shown=f"raises {exception}")
    if not want:
        return expect_value(None, "None")
    is_literal, value = literal(want.strip())
    if call.startswith("print(") or (is_literal and prints):
        return Expected(kind=ExpectedKind.PRINTED, text=want, shown=f"prints {want}")
    if is_literal:
        return expect_value(value, want.strip())
    return Expected(kind=ExpectedKind.SHOWN, text=" ".join(want.split()), shown=want)


def _prose(docstring: str, name: str) -> tuple[list[_Found], list[str]]:
    found: list[_Found] = []
    unread: list[str] = []
    in_doctest = False
    bare_words = _arguments_are_bare_words(docstring, name)
    for line in docstring.split("\n"):
        stripped = line.strip()
        if stripped.startswith((">>>", "...")) and not stripped.endswith("..."):
            in_doctest = True
        if in_doctest:
            in_doctest = bool(stripped)
            continue
        position = 0
        while match := re.compile(rf"(?<![\w.]){re.escape(name)}\(").search(line, position):
            call, end = _balanced_call(line, match.start())
            position = max(end, match.end())
            if call is None or (
                not _ARROW.match(line[end:].lstrip("`\"'")) and not _RAISES.match(line[end:].lstrip("`"))
            ):
                continue
            before = line[: match.start()].rstrip("`")
            whole = (
                not _PART_OF_EXPRESSION.search(before)
                or (position and _SEPARATED.search(before))
                or _BULLET.match(before)
            )
            if bare_words:
                call = _quoted(call)
            denied = _DENIED.search(before) or _CALLED_WRONG.search(line[end:])
            read = _prose_expectation(line[end:]) if whole and not denied else None
            if read is not None and not _has_free_names(call):
                found.append((ast.unparse(call), read, line.strip()))
            elif read is not None or not _has_free_names(call):
                unread.append(line.strip())
    return found, unread


def _arguments_are_bare_words(docstring: str, name: str) -> bool:
    """Tell whether the examples leave the quotes of strings out: `is_happy(abcd) => True`, `is_happy(aa) => False`.

    Only where the docstring speaks of strings and at least three examples with different words look like this, all that
    have an argument at all: a single `f(x) => True` may mean any value.
    """
    if not re.search(r"\bstrings?\b|\bwords?\b", docstring, re.IGNORECASE):
        return False
    written = re.findall(rf"(?m)^[^\w\n]*+{re.escape(name)}\(([^()\n]*)\)\s*(?:==?>?|->|→|➞)\s*\S", docstring)
    words = {text.strip() for text in written if text.strip()}
    return len(words) >= _FEWEST_BARE_WORDS and all(re.fullmatch(r"[a-zA-Z]+", word) for word in words)


def _quoted(call: ast.Call) -> ast.Call:
    return ast.Call(
        func=call.func,
        args=[ast.Constant(node.id) if isinstance(node, ast.Name) else node for node in call.args],
        keywords=call.keywords,
    )


def _described(docstring: str, name: str, parameters: tuple[str, ...]) -> tuple[list[_Found], list[str]]:
    """Return the examples that name the arguments and the result, but do not write the call."""
    found: list[_Found] = []
    unread: list[str] = []
    for match in sorted([*_INPUT_OUTPUT.finditer(docstring), *_FOR.finditer(docstring)], key=re.Match.start):
        arguments = _arguments(match["input"], parameters)
        expected = _literal_at_start(match["output"])
        if arguments is None or expected is None:
            is_example = match.re is _INPUT_OUTPUT and any(
                char.isdigit() or char in "'\"[({" for char in match["input"]
            )
            if parameters and (is_example or arguments is not None):
                unread.append(" ".join(match[0].split()))
            continue
        found.append((f"{name}({', '.join(arguments)})", expected, match["input"].strip()))
    return found, unread


def _arguments(text: str, parameters: tuple[str, ...]) -> list[str] | None:
    """Return one literal for each parameter, in order: from `xs = [1], k = 2`, or from a single value for a single one."""
    try:
        tree = ast.parse(f"_({text.strip().rstrip(',')})", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not isinstance(tree, ast.Call) or not parameters:
        return None
    given = {keyword.arg: keyword.value for keyword in tree.keywords}
    if len(parameters) == 1 and len(tree.args) == 1 and not given:
        given = {parameters[0]: tree.args[0]}
    elif tree.args or set(given) != set(parameters):
        return None
    values = [ast.unparse(_python_words(given[parameter])) for parameter in parameters]
    return values if all(literal(value)[0] for value in values) else None


def _python_words(tree: ast.expr) -> ast.expr:
    """Return the expression with the words of other languages for True, False and None replaced."""
    return _Words().visit(tree)  # type: ignore[no-any-return]


class _Words(ast.NodeTransformer):
    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Constant(_WORDS[node.id.lower()]) if node.id.lower() in _WORDS else node


def _balanced_call(line: str, start: int) -> tuple[ast.Call | None, int]:
    """Return the shortest call that parses from `start`, and where it ends."""
    for end in [m.end() for m in re.finditer(r"\)", line[start:])][:12]:
        try:
            tree = ast.parse(line[start : start + end], mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        return (tree.body if isinstance(tree.body, ast.Call) else None), start + end
    return None, start


def _has_free_names(call: ast.Call) -> bool:
    """Tell whether an argument stands for any value: then the call is a description, `f(x) returns ...`, no example."""
    called = {id(node.func) for node in ast.walk(call) if isinstance(node, ast.Call)}
    return any(
        (isinstance(node, ast.Name) and id(node) not in called)
        or (isinstance(node, ast.Constant) and node.value is Ellipsis)
        for node in ast.walk(call)
    )


def _prose_expectation(rest: str) -> Expected | None:
    rest = rest.lstrip("`")
    if raised := _RAISES.match(rest):
        if _CONDITIONAL.match(rest[raised.end() :]):
            return None
        return Expected(kind=ExpectedKind.RAISES, text=raised[1], shown=f"raises {raised[1]}")
    arrow = _ARROW.match(rest)
    if arrow is None:
        return None
    return _literal_at_start(rest[arrow.end() :])


def _literal_at_start(text: str) -> Expected | None:
    """Return the longest literal a text begins with as what is expected, None where the text goes on with the expression."""
    text = text.strip().lstrip("`")
    if (word := re.match(r"(true|false|null)\b", text, re.IGNORECASE)) and _ENDS_HERE.match(text[word.end() :]):
        meant = _WORDS[word[1].lower()]
        return expect_value(meant, str(meant))
    for end in range(min(len(text), 400), 0, -1):
        piece = text[:end].rstrip()
        if end < len(text) and (text[end].isalnum() or text[end] == "_") and (piece[-1].isalnum() or piece[-1] == "_"):
            continue  # cut in the middle of a word or a number
        if piece.endswith((",", ".")):
            continue
        is_literal, value = literal(piece)
        if is_literal and not (isinstance(value, tuple) and not piece.startswith("(")):
            if not _ENDS_HERE.match(text[end:]):
                return None  # the literal is only the beginning of what is expected: `1/2`, `'a' * 3`, `2 if x`
            return expect_value(value, ast.unparse(ast.parse(piece, mode="eval")))
    return None
