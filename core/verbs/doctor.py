"""Test every codec against values that are known exactly."""

from __future__ import annotations

import argparse

from core.verbs import Parser, say

ABOUT = "Test every codec against values that are known exactly."


def options(p: Parser) -> None:
    """What it takes."""


def run(args: argparse.Namespace) -> int:
    """Self-tests of every codec."""
    from core.compress.doctor import checks

    code = 0
    for name, ok, detail in checks():
        code = code if ok else 1
        say(args, {"name": name, "ok": ok, "detail": detail}, f"{'ok    ' if ok else 'FAILED'}  {name}: {detail}")
    return code
