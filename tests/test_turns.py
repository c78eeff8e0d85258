"""One standby at a time, and none that listens while a session runs; told by other processes, as it is."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from voicestretch import turns
from voicestretch.turns import Lock, StandbyRunsError

HOLD = "import sys; from voicestretch import turns\nwith turns.{}():\n    print('held', flush=True); sys.stdin.read()"


@contextmanager
def another_process(turn: str) -> Iterator[subprocess.Popen[str]]:
    """Somebody else's turn, until the block is left."""
    command = [sys.executable, "-c", HOLD.format(turn)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        yield other
        assert other.stdin is not None
        other.stdin.close()


def test_a_second_standby_is_refused_and_names_the_first() -> None:
    with another_process("of_standby") as other:
        with (
            pytest.raises(StandbyRunsError, match=rf"already running \(pid {other.pid}\)") as refused,
            turns.of_standby(),
        ):
            pass
        assert refused.value.exit_code == 1
    with turns.of_standby():
        pass


def test_a_standby_that_was_killed_leaves_no_lock() -> None:
    with another_process("of_standby") as other:
        other.kill()
        other.wait()
        with turns.of_standby():
            pass


def test_a_session_elsewhere_is_seen_while_it_lasts() -> None:
    assert not turns.session_runs()
    with another_process("of_session"):
        assert turns.session_runs()
    assert not turns.session_runs()


def test_two_sessions_do_not_keep_each_other_waiting() -> None:
    with another_process("of_session"), turns.of_session():
        assert turns.session_runs()


def test_a_session_waits_until_standby_has_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    class Patience:
        def wait(self, seconds: float) -> None:
            waits.append(seconds)
            if len(waits) == 3:
                standby.release()

    standby = Lock("listening")
    assert standby.take()
    monkeypatch.setattr(turns, "Event", Patience)
    with turns.of_session():
        assert len(waits) == 3
        assert turns.session_runs()


def test_a_standby_that_hangs_holds_no_session_up_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(
        turns, "Event", lambda: type("Patience", (), {"wait": lambda _, seconds: waits.append(seconds)})()
    )
    with turns.of_listening(), turns.of_session():
        assert sum(waits) == pytest.approx(turns.LET_GO_S)


def test_where_no_lock_can_be_a_session_begins_all_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with turns.of_session():
        assert not turns.session_runs()
    with turns.of_standby(), turns.of_listening():
        pass
