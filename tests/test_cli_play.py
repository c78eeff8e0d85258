"""`play`, `render`, `replay` as they are typed: what they answer, exit codes, faults, and Ctrl-C at any moment."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import soundfile

from voicestretch.cli import main


@pytest.fixture
def voicestretch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., int]:
    """The program in this process, in a folder of its own. Returns the exit code."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["voicestretch", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0)

    return run


Run = Callable[..., int]


# ---- what is answered


def test_render_writes_a_session_and_says_how_long_it_is(
    voicestretch: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert voicestretch("render", "microbreak", "-o", "mine.wav") == 0
    out, err = capsys.readouterr()
    found = re.fullmatch(r"mine\.wav: (\d+):(\d\d)\n", out)
    assert found
    assert err == ""
    info = soundfile.info(tmp_path / "mine.wav")
    assert (info.samplerate, info.channels, info.subtype) == (48_000, 1, "PCM_16")
    assert int(info.duration) == int(found[1]) * 60 + int(found[2])


def test_render_does_not_wait_for_a_word_that_nobody_can_say(
    voicestretch: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "asking.toml").write_text(
        'format = 1\nid = "asking"\ntitle = "Asking"\nlanguage = "en"\n'
        '[[exercise]]\nid = "table"\nname = "Table stretch"\nready = "ask"\nhold = { light = 20, medium = 30 }\n'
        'setup = "Palms on the table."\nfeel = "In the arms."\nposition = "standing"\n'
    )
    assert voicestretch("render", "asking.toml", "-o", "asking.wav") == 0
    capsys.readouterr()
    assert soundfile.info(tmp_path / "asking.wav").duration > 30


def test_a_session_in_the_virtual_room_is_shown_line_by_line_and_replays(
    voicestretch: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert voicestretch("play", "microbreak", "--person", "25s next one", "--events", "events.jsonl") == 0
    out, err = capsys.readouterr()
    assert "heard: next one -> next" in out
    assert re.search(r"^ ?\d+:\d\d  coach: Micro break\.", out, re.MULTILINE)
    assert err == ""
    assert voicestretch("replay", "events.jsonl") == 0
    assert re.fullmatch(r"\d+ events: the same actions\n", capsys.readouterr().out)


def test_a_replay_that_goes_another_way_says_where(
    voicestretch: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    voicestretch("play", "microbreak", "--quiet", "--speaker-wav", "out.wav", "--events", "events.jsonl")
    events = tmp_path / "events.jsonl"
    events.write_text(events.read_text("utf-8").replace("Micro break. About", "Macro break. About", 1), "utf-8")
    events.write_text(events.read_text("utf-8").replace('"text": "Micro', '"text": "Macro', 1), "utf-8")
    capsys.readouterr()
    assert voicestretch("replay", "events.jsonl") == 1
    out = capsys.readouterr().out
    assert re.match(r"events\.jsonl:\d+: recorded .*Macro.*, replayed .*Micro", out)
    assert out.endswith("1 differences\n")


def test_quiet_says_nothing(voicestretch: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert voicestretch("play", "microbreak", "--quiet", "--speaker-wav", "out.wav") == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("command", ["play", "render", "replay", "menu"])
def test_help_has_an_example(voicestretch: Run, capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert voicestretch(command, "--help") == 0
    assert f"voicestretch {command}" in capsys.readouterr().out.split("Example", 1)[1]


# ---- what is refused


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("play pecs-biceps", "Did you mean pecs-biceps-upper-back?"),
        ("play nothing-like-it", "voicestretch list"),
        ("play ./missing.toml", "missing.toml:1:1: error: the file cannot be read"),
        ("render ./notes.txt -o o.wav", "notes.txt:1:"),
        ("play --language xx", "only de, en, es, fr, ko"),
        ("play --language kp --quiet", "only de, en, es, fr, ko"),
        ("play --voice nobody --speaker-wav o.wav", "'nobody': there is none of that name"),
        ("play --voice nobody", "'nobody': there is none of that name"),
        ("play --model . --speaker-wav o.wav", "as a speech model: it lacks"),
        ("play --mic usb --mic-wav notes.txt", "leave out one of them"),
        ("play --speaker usb --speaker-wav o.wav", "leave out one of them"),
        ("play --text --speaker-wav o.wav", "Cannot use --text in the virtual room"),
        ("play --window --speaker-wav o.wav", "Cannot use --window in the virtual room"),
        ("play --theme dark", "Cannot use --theme in the terminal, which has its own colours: add --window."),
        ("menu --theme dark", "add --window"),
        ("play --mic-wav missing.wav", "Cannot read the recording missing.wav: there is no such file"),
        ("play --mic-wav notes.txt", "Cannot read the recording notes.txt: it is no sound file"),
        ("play --room noise=notes.txt@-30dB", "Cannot read the recording notes.txt: it is no sound file"),
        ("play --room loud", "Cannot understand 'loud' in --room"),
        ("play --person hello", "Cannot understand --person 'hello'"),
        ("play --speaker-wav no/folder/o.wav", "Cannot write the sound file no/folder/o.wav: No such file"),
        ("render -o no/folder/o.wav", "Cannot write the sound file no/folder/o.wav: No such file"),
        ("render -o .", "File '.' is a directory"),
        ("play --speaker-wav o.wav --events .", "File '.' is a directory"),
        ("play --speaker-wav o.wav --events no/folder/e.jsonl", "Cannot write the events to no/folder/e.jsonl"),
        ("play --level hard", "'hard' is not one of 'light', 'medium'"),
        ("play --start whenever", "'whenever' is not one of"),
        ("render microbreak", "Missing option '-o'"),
        ("replay missing.jsonl", "Cannot read the events of missing.jsonl: No such file"),
        ("replay notes.txt", "notes.txt:1: is not JSON"),
        ("plai", "Did you mean 'play'?"),
    ],
)
def test_wrong_usage_is_said_in_a_line_with_its_remedy(
    voicestretch: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: str, message: str
) -> None:
    (tmp_path / "notes.txt").write_text("buy milk\n")
    assert voicestretch(*arguments.split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert "Traceback" not in err
    assert not (tmp_path / "o.wav").exists()


# ---- a process of its own


class Session:
    """`voicestretch play` as a process, with a pipe or a terminal to type into."""

    def __init__(self, folder: Path, *arguments: str, terminal: bool = False, **environment: str) -> None:
        self.folder = folder
        self.events = folder / "events.jsonl"
        self._output = ""
        command = [sys.executable, "-m", "voicestretch", "play", "microbreak", *arguments]
        command += ["--events", str(self.events)]
        environment = {**os.environ, "TERM": "xterm", "PYTHONUNBUFFERED": "1", **environment}
        if terminal:
            self._typing, slave = pty.openpty()
            self.before = termios.tcgetattr(slave)
            self._reading = self._typing
            self.process = subprocess.Popen(
                command, stdin=slave, stdout=slave, stderr=slave, env=environment, preexec_fn=own_terminal
            )
            self._slave = slave
        else:
            stdin, self._typing = os.pipe()
            self._reading, stdout = os.pipe()
            self.process = subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=stdout, env=environment)
            os.close(stdin)
            os.close(stdout)

    def type(self, text: str) -> None:
        os.write(self._typing, text.encode())

    def read_until(self, text: str, *, timeout_s: float = 20) -> str:
        """What has been written so far, up to this text at least."""
        until = time.monotonic() + timeout_s
        while text not in self._output:
            left = until - time.monotonic()
            ready = select.select([self._reading], [], [], max(0, left))[0]
            assert ready, f"{text!r} never came:\n{self._output}"
            more = b""
            with suppress(OSError):  # how Linux says that a terminal has no more writers
                more = os.read(self._reading, 65_536)
            assert more, f"{text!r} never came:\n{self._output}"
            self._output += more.decode(errors="replace")
        return self._output

    def wait_for(self, text: str) -> None:
        """Until this has been written down."""
        until = time.monotonic() + 20
        while not self.events.exists() or text not in self.events.read_text("utf-8"):
            assert time.monotonic() < until, f"{text} never came"
            time.sleep(0.01)  # another process is at work: there is nobody who could tell the time

    def end(self) -> tuple[int, str]:
        """The exit code and all that was written."""
        code, chunk = self.process.wait(timeout=20), b"x"
        while chunk and select.select([self._reading], [], [], 0.2)[0]:
            chunk = b""
            with suppress(OSError):
                chunk = os.read(self._reading, 65_536)
            self._output += chunk.decode(errors="replace")
        return code, self._output

    def mode(self) -> list[object]:
        return list(termios.tcgetattr(self._slave))

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for fd in {self._typing, self._reading, getattr(self, "_slave", self._typing)}:
            os.close(fd)


def own_terminal() -> None:
    """In the child: its standard input is the terminal it belongs to, as for a shell's foreground job."""
    import fcntl

    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Callable[..., Session]]:
    begun: list[Session] = []

    def begin(*arguments: str, terminal: bool = False, **environment: str) -> Session:
        begun.append(Session(tmp_path, *arguments, terminal=terminal, **environment))
        return begun[-1]

    yield begin
    for one in begun:
        one.close()


Begin = Callable[..., Session]


def test_without_loudspeaker_and_microphone_it_runs_as_text_and_takes_typed_words(session: Begin) -> None:
    here = session(SDL_AUDIODRIVER="bogus")
    here.read_until("?")
    here.type("i understand\n")
    shown = here.read_until("coach: Micro break")
    missing = [line for line in shown.splitlines() if "! " in line]
    assert len(missing) == 2
    assert re.search(r"No loudspeaker: .*Plug one in", missing[0])
    assert re.search(r"Not listening: .*every command has a key", missing[1])
    here.type("end session\n")
    here.read_until("Finish here?")
    here.type("y\n")
    code, shown = here.end()
    assert code == 0
    assert "Traceback" not in shown
    assert shown.rstrip().splitlines()[-1].startswith("Micro break")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_being_told_to_stop_ends_cleanly(session: Begin, number: int) -> None:
    here = session("--text")
    here.read_until("?")
    here.type("y\n")
    here.read_until("coach: Micro break")
    here.process.send_signal(number)
    code, shown = here.end()
    assert code == 130
    assert "Traceback" not in shown
    last = here.events.read_text("utf-8").splitlines()[-1]
    assert '"reason": "interrupted"' in last


@pytest.mark.parametrize("after_s", [0.3, 0.6, 0.9, 1.2])
def test_ctrl_c_while_starting_leaves_no_trace(session: Begin, after_s: float) -> None:
    """Whatever was being done at that moment. Before Python itself is up, its own message may come."""
    here = session("--text")
    time.sleep(after_s)  # another process is at work: there is nobody who could tell the time
    here.process.send_signal(signal.SIGINT)
    code, shown = here.end()
    assert code in (130, -signal.SIGINT)
    assert "Traceback" not in shown or "voicestretch/cli/play.py" not in shown


def test_ctrl_c_in_the_virtual_room_ends_it(session: Begin) -> None:
    here = session("--speaker-wav", "/dev/null", "--room", "echo=-60dB")
    here.read_until("coach:")
    here.process.send_signal(signal.SIGINT)
    code, shown = here.end()
    assert code in (0, 130), "unless it was quicker"
    assert "Traceback" not in shown


@pytest.mark.parametrize("how", ["keys", "ctrl-c"])
def test_the_terminal_is_given_back_as_it_was(session: Begin, how: str) -> None:
    here = session("--text", terminal=True)
    here.wait_for("SessionStarted")
    assert here.mode() != here.before, "keys come one by one"
    if how == "keys":
        here.type("q")
        here.wait_for("Finish here?")
        here.type("y")
    else:
        here.type("\x03")
    code, shown = here.end()
    assert code == (0 if how == "keys" else 130)
    assert here.mode() == here.before
    assert "Traceback" not in shown
    assert shown.rfind("\x1b[?25h") >= shown.rfind("\x1b[?25l"), "the cursor is back"


def test_a_closed_terminal_ends_the_session(session: Begin) -> None:
    here = session("--text", terminal=True)
    here.wait_for("SessionStarted")
    os.close(here._slave)
    os.close(here._typing)
    here._slave = here._typing = here._reading = os.open(os.devnull, os.O_RDWR)
    assert here.process.wait(timeout=20) in (130, -signal.SIGHUP)
    assert '"reason": "interrupted"' in here.events.read_text("utf-8").splitlines()[-1]
