"""The house stands as it was drawn: who may know whom, and nothing in the tables without somebody behind it."""

import ast
from collections.abc import Iterator
from enum import Enum
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

import voicestretch
from voicestretch.core import actions, commands, events, menu, prompts, requests, safety, standby, state
from voicestretch.core.commands import INTENTS, Intent, Phase

PACKAGE = Path(voicestretch.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
PURE = frozenset({"dataclasses", "enum", "typing", "collections.abc", "functools", "difflib"})
"""What the core may import besides itself: nothing that sees a clock, a file, a device or a thread."""

MAY_PRINT = frozenset({"adapters/pyttsx3_process.py"})
"""Speaks with the program that started it over a pipe."""
MAY_SLEEP = frozenset({"adapters/microphone.py", "adapters/pyttsx3_process.py", "cli/doctor.py", "cli/sound.py"})
"""Waits for a foreign library that cannot be asked to say when it is done, or for a tone to be over."""
DRIVERS = frozenset({"__main__.py", "bench.py"})
"""Besides the command line."""


def name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imported(path: Path) -> Iterator[str]:
    """Every module a file imports, wherever in it: `from a import b` gives `a.b` when that is a module, else `a`."""
    for node in ast.walk(tree(path)):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=module, level=level, names=names):
                assert level == 0, f"{name(path)} imports relatively"
                for alias in names:
                    inner = PACKAGE.parent.joinpath(*f"{module}.{alias.name}".split("."))
                    yield f"{module}.{alias.name}" if inner.is_dir() or inner.with_suffix(".py").exists() else module


def called(path: Path) -> Iterator[str]:
    """Every name a file calls, as it is written: `print`, `time.sleep`."""
    yield from (ast.unparse(node.func) for node in ast.walk(tree(path)) if isinstance(node, ast.Call))


def under(folder: str) -> list[Path]:
    return [path for path in MODULES if name(path).startswith(f"{folder}/")]


@pytest.mark.parametrize("path", under("core"), ids=name)
def test_the_study_has_no_windows(path):
    """Nothing in the core sees a clock, a file, a device or a thread."""
    own = {module for module in imported(path) if module.startswith("voicestretch.core")}
    assert set(imported(path)) - own <= PURE


@pytest.mark.parametrize("path", under("core"), ids=name)
def test_the_core_asks_the_world_for_nothing(path):
    for call in called(path):
        assert call not in {"open", "input", "print", "exec", "eval", "__import__", "globals"}, call


@pytest.mark.parametrize("path", under("adapters"), ids=name)
def test_each_door_opens_to_one_street(path):
    """Adapters know the ports, the core's types and pure helpers; never one another, the loop or the app."""
    for module in imported(path):
        assert not module.startswith("voicestretch.adapters"), module
        assert module not in {"voicestretch.app", "voicestretch.loop", "voicestretch.journal"}, module
        assert not module.startswith("voicestretch.core.session"), module


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_nobody_imports_the_command_line_or_the_app(path):
    """They stand above everything: only what drives the whole program may."""
    if name(path).startswith("cli/") or name(path) in DRIVERS:
        return
    for module in imported(path):
        assert not module.startswith("voicestretch.cli"), module
        assert module != "voicestretch.app", module


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_nothing_is_printed_but_by_those_whose_work_it_is(path):
    if name(path) not in MAY_PRINT:
        assert "print" not in called(path)


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_nothing_sleeps_but_who_waits_for_a_foreign_library(path):
    if name(path) not in MAY_SLEEP:
        assert not {"sleep", "time.sleep"} & set(called(path))


def test_the_lists_of_exceptions_name_no_one_who_is_gone():
    assert {name(path) for path in MODULES} >= MAY_PRINT | MAY_SLEEP
    assert all("print" in called(PACKAGE / one) for one in MAY_PRINT)
    assert all("time.sleep" in called(PACKAGE / one) for one in MAY_SLEEP)


@pytest.mark.parametrize("path", [p for p in MODULES if p.name != "__main__.py"], ids=name)
def test_every_module_says_what_it_is_for(path):
    assert ast.get_docstring(tree(path)) or not tree(path).body


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_no_error_is_swallowed_whole(path):
    """Never a bare `except`."""
    for node in ast.walk(tree(path)):
        assert not (isinstance(node, ast.ExceptHandler) and node.type is None)


# ---- nothing in the tables without somebody behind it


@cache
def attributes(outside: str) -> frozenset[str]:
    """Every `Name.ATTRIBUTE` that is written somewhere in the package, one module left aside."""
    return frozenset(
        f"{node.value.id}.{node.attr}"
        for path in MODULES
        if name(path) != outside
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    )


@pytest.mark.parametrize("prompt", sorted(prompts.Prompt))
def test_every_prompt_is_said_somewhere(prompt):
    assert f"Prompt.{prompt.name}" in attributes("core/prompts.py")


@pytest.mark.parametrize("kind", [state.Asked, state.Stage, safety.Response, actions.Outcome])
def test_every_member_is_used(kind: type[Enum]):
    for member in kind:
        assert f"{kind.__name__}.{member.name}" in attributes("")


@pytest.mark.parametrize("intent", Intent)
def test_every_intent_is_done_by_somebody(intent):
    in_a_session = intent in requests.REQUESTS or intent in safety.REPORTS
    outside = [tree(Path(module.__file__)) for module in (menu, standby)]
    in_the_menu = any(ast.unparse(n) == f"Intent.{intent.name}" for one in outside for n in ast.walk(one))
    assert in_a_session or in_the_menu
    if intent is not Intent.MIC_ON:  # armed in a session by hand
        assert in_a_session == bool(INTENTS[intent].where - {Phase.MENU}), "a session does what can be said in it"


def test_every_intent_has_its_line_in_the_table():
    assert set(INTENTS) == set(Intent)
    assert set(commands.SAFETY_ORDER) == safety.REPORTS


@pytest.mark.parametrize("action", get_args(actions.Action), ids=lambda a: a.__name__)
def test_every_action_is_performed_by_the_loop(action):
    assert f"do.{action.__name__}" in {
        ast.unparse(n) for n in ast.walk(tree(PACKAGE / "loop.py")) if isinstance(n, ast.Attribute)
    }


@pytest.mark.parametrize("event", get_args(events.Event), ids=lambda e: e.__name__)
def test_every_event_comes_from_somewhere(event):
    senders = [p for p in MODULES if not name(p).startswith("core/") and event.__name__ in called(p)]
    assert senders, event
