"""Takes code out of model text: the one place where code leaves it, as the body of a function or as a whole program.

Models think aloud, fence, repeat the signature or not, add helpers and imports, talk around the code, and stop in the
middle. What comes out parses, or is the reason why nothing does.

Which block, for a function:
    the last one with a complete definition of the function, since models correct themselves downwards; without any,
    the last one that returns something; text that goes on from the prompt's indentation comes before what follows it.
Which block, for a program:
    the last complete one: it defines the entry, or it acts at its top level and reads its input. Where none is
    complete, all of them together, if that is: some models show the functions first and the call of `main` after.
Helpers that stand beside the function in the answer become local to the body, the only place an edit touches: imports,
functions, classes and constants that it uses and the document does not have, methods of its class too.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tree_sitter import Node

from atlas_pipeline import layout
from atlas_pipeline.code_blocks import blocks, code_between_sentences, mended, parsed, shortened, without_thinking
from atlas_pipeline.functions import Document, Function, is_stub
from atlas_pipeline.records import FunctionTask

MOST_CHARACTERS = 40_000
"""A longer answer is no function; parsing it would hold up everything else."""

_NAME = re.compile(r"[^\W\d]\w*")
_READS_INPUT = re.compile(
    r"\binput\s*\(|\bstdin\b|\bopen\s*\(\s*(?:0|['\"]/dev/stdin)|\bos\.read\s*\(\s*0|\bfileinput\b"
)
_RETURNS = re.compile(r"\b(?:return|yield|raise)\b")
_CACHES = ("cache", "lru_cache")
_FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """A function's body or a whole program, or None and the reason."""

    body: str | None
    reason: str = ""


def extract_body(text: str, task: FunctionTask, *, truncated: bool = False) -> Extracted:
    """Return the body that `text` proposes for the task's function: dedented, four spaces a level.

    Args:
        text: What the model wrote.
        task: The function that was asked for.
        truncated: The model was cut off, so a last incomplete statement may be dropped.
    """
    answer = without_thinking(_with_line_feeds(text))
    if answer is None:
        return Extracted(body=None, reason="the answer ended while the model was still thinking")
    if len(answer) > MOST_CHARACTERS:
        return _too_long(answer)
    reason = "the answer holds no code"
    for source, is_definition in _function_sources(answer, task):
        try:
            body = _from_definition(source, task, truncated) if is_definition else _from_body(source, truncated)
        except _OtherSignatureError as error:
            reason = str(error)
            continue
        if body is None:
            reason = "the code in the answer does not parse" if source.strip() else reason
        elif not _does_something(body):
            reason = "the answer is an empty body"
        else:
            return Extracted(body=body)
    return Extracted(body=None, reason=reason)


def extract_program(text: str, *, entry: str = "", truncated: bool = False) -> Extracted:
    """Return the whole program that `text` proposes.

    Args:
        text: What the model wrote.
        entry: What is called, `Solution().maxSum`; empty for a program that reads standard input.
        truncated: The model was cut off, so a last incomplete statement may be dropped.
    """
    answer = without_thinking(_with_line_feeds(text))
    if answer is None:
        return Extracted(body=None, reason="the answer ended while the model was still thinking")
    if len(answer) > MOST_CHARACTERS:
        return _too_long(answer)
    sources = list(_program_sources(answer, truncated))
    if not sources:
        reason = "the code in the answer does not parse" if blocks(answer) else "the answer holds no code"
        return Extracted(body=None, reason=reason)
    if entry:
        return _with_entry(sources, entry)
    return Extracted(body=_main_program(sources))


def _main_program(sources: Sequence[str]) -> str:
    """Return the last source that acts and reads its input, else all of them if they do, else the last best one."""
    choices = [*reversed(sources), "\n\n".join(sources)]
    reading = [source for source in choices if _READS_INPUT.search(source)]
    acting = [source for source in choices if _acts(source)]
    complete = [source for source in reading if source in acting]
    return (complete or acting or reading or choices)[0]


def _with_line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")


def _too_long(answer: str) -> Extracted:
    size = f"{len(answer):,} characters, at most {MOST_CHARACTERS:,} are read"
    return Extracted(body=None, reason=f"the answer does not stop: {size}")


# Functions


def _function_sources(answer: str, task: FunctionTask) -> Iterator[tuple[str, bool]]:
    """Yield the texts that may hold the function, best first, and whether the function is defined in them."""
    definition = re.compile(rf"^(?P<indent>[ \t]*)(?:async[ \t]+)?def[ \t]+{re.escape(task.name)}[ \t]*\(", re.M)
    fenced = blocks(answer)
    sources = [block.text for block in fenced if block.may_be_python] or [block.text for block in fenced]
    if not fenced:
        sources = [answer]
        first = next((line for line in answer.split("\n") if line.strip()), "")
        defined = definition.search(answer)
        if defined and layout.indentation(first) and len(layout.indentation(first)) > len(defined["indent"]):
            yield answer, False  # the text goes on from the prompt; what is defined after it is something else
    for source in reversed(sources):
        if definition.search(source):
            yield source, True
    rest = [source for source in reversed(sources) if not definition.search(source)]
    yield from ((source, False) for source in sorted(rest, key=lambda source: _RETURNS.search(source) is None))


class _OtherSignatureError(Exception):
    """The function in the answer cannot be called as the one that was asked for."""


def _from_definition(source: str, task: FunctionTask, truncated: bool) -> str | None:
    for text in shortened(source, truncated=truncated):
        dedented = layout.dedent(text)
        whole = mended(dedented)
        if whole is None and truncated and text != source.rstrip():
            continue
        # tree-sitter reads past what does not parse
        for code in [whole] if whole is not None else [code_between_sentences(dedented), dedented]:
            if code is None:
                continue
            document = Document(code)
            found = [f for f in document.functions() if f.name == task.name and "<locals>" not in f.qualname]
            found.sort(key=lambda function: function.qualname == task.qualname)  # stable: the document's own class last
            for function in reversed(found):
                body = _body_of(document, function, task)
                if body is not None:
                    return body
    return None


def _body_of(document: Document, function: Function, task: FunctionTask) -> str | None:
    node = document.node_of(function)
    block = node.child_by_field_name("body")
    if node.has_error or block is None or is_stub(document, node):
        return None
    tree = parsed(layout.dedent(_lines_of(document, node)))
    definition = tree.body[0] if tree is not None and tree.body else None
    if not isinstance(definition, _FunctionNode):
        return None
    statements = _block_text(document, node, block)
    if task.receiver is None and _needs_its_class(function, definition, statements):
        body = _calling_the_class(document, function, task, definition)
    elif task.receiver is None and _needs_its_definition(document, node, definition, task):
        body = f"{_definition_text(document, node)}\n{_call_of(task, task.name, definition)}"
    else:
        body = _join(_renamed_parameters(definition, task), statements)
        if "." in function.qualname:
            body = _with_methods(document, function, task, body)
    body = _join(_helpers(document, task, body, function.qualname.split(".")[0]), body)
    return body if _parses(body) else None


def _join(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _names_of(definition: _FunctionNode) -> list[str]:
    """Return the names of the parameters, without `self` and `cls`."""
    arguments = definition.args
    names = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    names = names[1:] if names and names[0] in ("self", "cls") else names
    star = [arguments.vararg.arg] if arguments.vararg else []
    double = [arguments.kwarg.arg] if arguments.kwarg else []
    return [*names, *star, *(argument.arg for argument in arguments.kwonlyargs), *double]


def _renamed_parameters(definition: _FunctionNode, task: FunctionTask) -> str:
    """Return the assignments that give the answer's parameters their values where they are not the document's.

    Raises:
        _OtherSignatureError: that cannot be done.
    """
    own, wanted = _names_of(definition), list(task.parameters)
    if set(own) <= set(wanted):
        return ""
    arguments = definition.args
    simple = not (arguments.vararg or arguments.kwarg or arguments.kwonlyargs)
    defaults = [ast.unparse(default) for default in arguments.defaults]
    surplus = len(own) - len(wanted)
    if not simple or surplus > len(defaults) or surplus < 0:
        raise _OtherSignatureError(
            f"the function in the answer takes ({', '.join(own)}), the one asked for takes ({', '.join(wanted)})"
        )
    pairs = [(a, b) for a, b in zip(own, wanted, strict=False) if a != b]
    pairs += list(zip(own[len(wanted) :], defaults[len(defaults) - surplus :], strict=True)) if surplus else []
    return f"{', '.join(a for a, _ in pairs)} = {', '.join(b for _, b in pairs)}"


def _needs_its_definition(document: Document, node: Node, definition: _FunctionNode, task: FunctionTask) -> bool:
    """Tell whether the function calls itself in a way only its own definition allows: more parameters, or a cache."""
    calls_itself = any(isinstance(n, ast.Name) and n.id == task.name for n in ast.walk(definition))
    surplus = len(_names_of(definition)) - len(task.parameters)
    if not calls_itself or definition.args.vararg or surplus > len(definition.args.defaults):
        return False
    outer = node.parent
    decorators = document.node_text(outer).split("def ")[0] if outer and outer.type == "decorated_definition" else ""
    return surplus > 0 or any(re.search(rf"@(?:functools\.)?{name}\b", decorators) for name in _CACHES)


def _needs_its_class(function: Function, definition: _FunctionNode, statements: str) -> bool:
    """Tell whether a method, given in answer to a plain function, uses its object or its class."""
    if "." not in function.qualname:
        return False
    first = [argument.arg for argument in (*definition.args.posonlyargs, *definition.args.args)][:1]
    names = (
        {*first, function.qualname.split(".")[0]} if first in (["self"], ["cls"]) else {function.qualname.split(".")[0]}
    )
    return bool(names & set(_NAME.findall(statements)))


def _calling_the_class(document: Document, function: Function, task: FunctionTask, definition: _FunctionNode) -> str:
    name = function.qualname.split(".")[0]
    for child in document.root.named_children:
        head = child.child_by_field_name("name")
        if child.type == "class_definition" and head is not None and document.node_text(head) == name:
            source = layout.normalise_unit(layout.dedent(document.node_text(child)))
            return f"{source}\n{_call_of(task, f'{name}().{function.name}', definition)}"
    raise _OtherSignatureError(f"the function in the answer is a method of {name}, the one asked for is not")


def _call_of(task: FunctionTask, callee: str, definition: _FunctionNode) -> str:
    waits = "await " if isinstance(definition, ast.AsyncFunctionDef) else ""
    return f"return {waits}{callee}({', '.join(task.parameters)})"


def _lines_of(document: Document, node: Node) -> str:
    """Return a node's text with the indentation of its first line."""
    start = document.character(node.start_byte)
    line_start = document.text.rfind("\n", 0, start) + 1
    lead = document.text[line_start:start]
    return (lead if not lead.strip() else "") + document.node_text(node)


def _definition_text(document: Document, node: Node) -> str:
    outer = node.parent if node.parent is not None and node.parent.type == "decorated_definition" else node
    return layout.normalise_unit(layout.dedent(_lines_of(document, outer)))


def _block_text(document: Document, node: Node, block: Node) -> str:
    """Return the statements of a definition without its docstring, dedented."""
    statements = list(block.named_children)
    first = statements[0]
    if first.type == "expression_statement" and first.named_children and first.named_children[0].type == "string":
        statements = statements[1:]
    if not statements:
        return ""
    start = document.character(statements[0].start_byte)
    line_start = document.text.rfind("\n", 0, start) + 1
    if not document.text[line_start:start].strip():
        start = line_start
    text = document.text[start : document.character(block.end_byte)]
    return layout.normalise_unit(layout.dedent(text)).rstrip()


def _with_methods(document: Document, function: Function, task: FunctionTask, body: str) -> str:
    """Return the body with the answer's own methods that it calls on `self` as local functions before it."""
    scope = function.qualname.rsplit(".", 1)[0]
    present = set(_NAME.findall(task.source))
    methods = {
        other.name: document.node_of(other)
        for other in document.functions()
        if other.qualname == f"{scope}.{other.name}" and other.name not in present
    }
    called = {name for name in methods if re.search(rf"\bself\.{name}\s*\(", body)}
    texts: list[str] = []
    done: set[str] = set()
    while called - done:
        name = min(called - done)
        done.add(name)
        text = layout.normalise_unit(layout.dedent(_lines_of(document, methods[name])))
        texts.append(text)
        called |= {other for other in methods if re.search(rf"\bself\.{other}\s*\(", text)}
    with_self = {name: _takes_self(methods[name], document) for name in done}
    return _join(*(_as_functions(text, with_self) for text in (*texts, body)))


def _takes_self(node: Node, document: Document) -> bool:
    parameters = node.child_by_field_name("parameters")
    return parameters is not None and document.node_text(parameters).lstrip("( \n\t").startswith("self")


def _as_functions(text: str, with_self: dict[str, bool]) -> str:
    """Turn `self.name(x)` into `name(self, x)` for the given names."""
    for name, takes_self in with_self.items():
        text = re.sub(rf"\bself\.{name}\s*\(\s*\)", f"{name}(self)" if takes_self else f"{name}()", text)
        text = re.sub(rf"\bself\.{name}\s*\(", f"{name}(self, " if takes_self else f"{name}(", text)
    return text


def _helpers(document: Document, task: FunctionTask, body: str, own_class: str) -> str:
    """Return the answer's own imports and helpers that the body needs and the document does not have."""
    used = set(_NAME.findall(body))
    present = set(_NAME.findall(task.source))
    chosen: list[str] = []
    for child in reversed(document.root.named_children):
        text = document.node_text(child)
        if child.type in ("import_statement", "import_from_statement"):
            names = set(_NAME.findall(text)) - {"from", "import", "as"}
            wanted = bool(names & used) or text.rstrip().endswith("*")
            wanted = wanted and f"\n{text}\n" not in f"\n{task.source}\n" and not text.rstrip().endswith("*")
        elif child.type in ("function_definition", "class_definition", "decorated_definition", "expression_statement"):
            head = re.search(r"(?:def|class)\s+(\w+)|^(\w+)\s*(?::[^=]+)?=", text)
            name = (head[1] or head[2]) if head else None
            wanted = name is not None and name not in (task.name, own_class) and name in used and name not in present
            wanted = wanted and name != (task.receiver or "").split(".")[-1]
        else:
            wanted = False
        if wanted:
            chosen.append(layout.normalise_unit(text))
            used |= set(_NAME.findall(text))
    return "\n".join(reversed(chosen))


def _from_body(source: str, truncated: bool) -> str | None:
    for text in shortened(_until_unindented(source.strip("\n").rstrip()), truncated=truncated):
        for attempt in (text, _first_line_indented(text.split("\n"))):
            whole = mended(layout.dedent(attempt))
            if whole is None:
                continue
            body = _without_docstring(layout.normalise_unit(whole).strip("\n"))
            if _parses(body):
                return body
    return None


def _without_docstring(body: str) -> str:
    tree = parsed(body)
    if tree is None or len(tree.body) < 2:
        return body
    first, second = tree.body[:2]
    is_text = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    if not is_text or first.end_lineno is None or second.lineno <= first.end_lineno:
        return body
    return "\n".join(body.split("\n")[first.end_lineno :]).strip("\n")


def _until_unindented(source: str) -> str:
    """Cut an indented continuation at its end, where the model goes on with other top-level code."""
    lines = source.split("\n")
    if not layout.indentation(lines[0]):
        return source
    fixed = layout.string_lines(source)
    for number, line in enumerate(lines):
        if line.strip() and not layout.indentation(line) and number not in fixed:
            return "\n".join(lines[:number]).rstrip()
    return source


def _first_line_indented(lines: Sequence[str]) -> str:
    """Return the text as it is where the prompt already held the first line's indentation."""
    rest = [layout.indentation(line) for line in lines[1:] if line.strip()]
    return "\n".join([min(rest, key=len, default="") + lines[0].lstrip(), *lines[1:]])


def _parses(body: str) -> bool:
    """Tell whether a body parses and stays inside its function: Python reads on from column 0 after a form feed."""
    tree = parsed(f"async def _():\n{layout.indent(body, by=layout.UNIT)}\n") if body.strip() else None
    return tree is not None and len(tree.body) == 1


def _does_something(body: str) -> bool:
    document = Document(f"def _():\n{layout.indent(body, by=layout.UNIT)}\n")
    functions = document.functions()
    return bool(functions) and not is_stub(document, document.node_of(functions[0]))


# Programs


def _program_sources(answer: str, truncated: bool) -> Iterator[str]:
    """Yield the texts of the answer that parse, dedented, in order."""
    fenced = blocks(answer)
    chosen = [block for block in fenced if block.may_be_python] or fenced
    for block in chosen:
        for text in shortened(
            block.text.strip("\n"), truncated=truncated and block is fenced[-1] and not block.is_closed
        ):
            source = mended(layout.dedent(text))
            if source is not None:
                yield source
                break
    if not fenced:
        for text in shortened(answer.strip("\n"), truncated=truncated):
            source = mended(layout.dedent(text)) or code_between_sentences(text)
            if source is not None and source.strip():
                yield source
                return


def _acts(source: str) -> bool:
    """Tell whether a program does anything at its top level, beyond importing, defining and naming."""
    tree = parsed(source)
    for statement in tree.body if tree is not None else []:
        match statement:
            case ast.For() | ast.While() | ast.With() | ast.If() | ast.Try() | ast.Assert() | ast.Raise():
                return True
            case ast.Expr(value=value) if any(isinstance(node, ast.Call | ast.Await) for node in ast.walk(value)):
                return True
            case _:
                continue
    return False


def _with_entry(sources: Sequence[str], entry: str) -> Extracted:
    """Return the last program that defines the entry; a bare function of its name is put into the class."""
    owner, method = entry.split("().")
    together = "\n\n".join(sources)
    for source in (*reversed(sources), together):
        tree = parsed(source)
        classes = [
            node for node in (tree.body if tree else []) if isinstance(node, ast.ClassDef) and node.name == owner
        ]
        if any(isinstance(node, _FunctionNode) and node.name == method for own in classes for node in own.body):
            return Extracted(body=source)
    for source in reversed(sources):
        tree = parsed(source)
        for node in tree.body if tree else []:
            if isinstance(node, _FunctionNode) and node.name == method:
                first = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)][:1]
                value = method if first == ["self"] else f"staticmethod({method})"
                return Extracted(body=f"{source}\n\n\nclass {owner}:\n    {method} = {value}\n")
    return Extracted(body=None, reason=f"the answer does not define {owner}.{method}")
