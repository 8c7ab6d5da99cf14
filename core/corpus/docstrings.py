"""Documentation strings are read from source files with `ast`: nothing is imported, so nothing runs.

A documentation string has a first paragraph that says what the thing does (its summary), a body that explains it,
and, in numpy's style, a "See Also" section that names related things.
"""

from __future__ import annotations

import ast
import gc
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

SKIPPED = frozenset({"test", "tests", "testing", "_vendor", "vendored"})
ADDERS = frozenset({"add_newdoc", "add_docstr", "_add_docstr"})  # compiled functions get their text by such a call
SECTION = re.compile(r"^See Also\s*\n-{3,}[ ]*\n(.*?)(?=^\S[^\n]*\n-{3,}|\Z)", re.MULTILINE | re.DOTALL)
CALL = r"\w[\w.]*\([^()]*(?:\([^()]*\)[^()]*)*\)"
SIGNATURE = re.compile(
    rf"\A(?:{CALL}(?: *->[^\n]*)?[ ]*\n(?:--[ ]*\n)?\s*)+"
)  # compiled functions begin with their call
SUMMARY_END = re.compile(
    r"\n\s*(?:\n|[A-Z]\w+:\s*\n|:param |:return|@param |>>> |- |\* |\.\. )"
)  # a blank line, a list, …
SENTENCE = re.compile(r".{12,}?(?<!e\.g|i\.e)(?<!\bvs)(?<!\bcf)(?<!\betc)\.(?=\s+[A-Z`*\"'(])", re.DOTALL)
NAME = re.compile(r"(?::\w+:)?`?~?([A-Za-z_][\w.]*)`?")


@dataclass(frozen=True)
class Docstring:
    """One documented thing. name: dotted, with the module; see: names as they stand under "See Also"."""

    name: str
    summary: str
    body: str
    see: tuple[str, ...]


def docstrings(package: str) -> list[Docstring]:
    """Every documentation string of an installed package, files by path, things by line; [] if it is not installed."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return []
    root = Path(next(iter(spec.submodule_search_locations)))
    files = [f for f in sorted(root.rglob("*.py")) if not SKIPPED.intersection(f.relative_to(root).parts)]
    collecting = gc.isenabled()
    gc.disable()  # millions of small nodes: collecting between them takes a third of the time
    try:
        return [entry for f in files for entry in in_file(f, package, f.relative_to(root))]
    finally:
        if collecting:
            gc.enable()


def in_file(path: Path, package: str, relative: Path) -> Iterator[Docstring]:
    """The documentation strings of one source file; a file that is no UTF-8 Python holds none."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return
    parts = [p for p in relative.with_suffix("").parts if p != "__init__"]
    for name, text in texts(tree, ".".join([package, *parts])):
        entry = split(name, inspect.cleandoc(text))
        if entry:
            yield entry


def texts(node: ast.AST, name: str) -> Iterator[tuple[str, str]]:
    """(name, text) of this node and of all that is defined in it, in the order of the file."""
    body: list[ast.stmt] = getattr(node, "body", [])
    if body and not isinstance(node, ast.If | ast.With | ast.For) and (own := literal(body[0])):
        yield name, own
    for child in body:
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from texts(child, f"{name}.{child.name}")
        elif isinstance(child, ast.If | ast.With | ast.For | ast.Try):
            yield from texts(child, name)
        elif isinstance(child, ast.Expr) and isinstance(child.value, ast.Call):
            yield from added(child.value, name)


def literal(statement: ast.stmt) -> str:
    """The text of a statement that is nothing but a string, else ''."""
    value = statement.value if isinstance(statement, ast.Expr) else None
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""


def added(call: ast.Call, module: str) -> Iterator[tuple[str, str]]:
    """The text that `add_newdoc(place, name, text)` or `add_docstr(function, text)` gives to a compiled function."""
    function = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if function not in ADDERS or not call.args:
        return
    strings: list[str] = []
    for arg in call.args:
        value = arg.elts[-1] if isinstance(arg, ast.Tuple) and arg.elts else arg  # ('method', """text""")
        if isinstance(arg, ast.Tuple) and arg.elts and isinstance(arg.elts[0], ast.Constant):
            strings.append(str(arg.elts[0].value))
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):  # """text""".format(…)
            value = value.func.value
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            strings.append(value.value)
    if strings:
        first = call.args[0]
        named = strings[:-1] if len(strings) > 1 else [ast.unparse(first)]
        name = ".".join(named)
        package = module.partition(".")[0]
        yield name if name.startswith(f"{package}.") else f"{package}.{name}", strings[-1]


def split(name: str, text: str) -> Docstring | None:
    """Cut a documentation string in summary (first sentence, on one line), body and "See Also" names."""
    text = SIGNATURE.sub("", text)
    end = SUMMARY_END.search(text)
    cut = end.start() if end else len(text)
    if sentence := SENTENCE.match(text, 0, cut):
        cut = sentence.end()
    summary, body = " ".join(text[:cut].split()), text[cut:]
    related = SECTION.search(body)
    see = tuple(see_also(related.group(1))) if related else ()
    if related:
        body = body[: related.start()] + body[related.end() :]
    body = re.sub(r"\n{3,}", "\n\n", body.replace(summary, "")).strip() if summary else ""
    return Docstring(name, summary, body, see) if body else None


def see_also(section: str) -> Iterator[str]:
    """The names in a "See Also" section: `name : words`, or `name, name`, on lines that are not indented."""
    for line in section.splitlines():
        if line and not line[0].isspace():
            head = line.split(" : ")[0]
            for part in head.split(","):
                if found := NAME.fullmatch(part.strip()):
                    yield found.group(1)
