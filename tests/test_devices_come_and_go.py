"""Devices are pulled out and put back, the machine sleeps: noticed, said, and nothing goes on unheard.

First with told time, by chance a thousand times over; then with a sound server of our own whose devices are unloaded.
"""

import json
import os
import queue
import random
import select
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from fakes import FakeJournal, FakeScreen, FakeSound, FakeSynthesizer
from fakes_ear import FakeListener
from rehearsal import THREE, Rehearsal, said

from voicestretch import languages
from voicestretch.adapters.clock import SessionClock
from voicestretch.adapters.listening_vosk import LiveEar, MicrophoneWatch
from voicestretch.core import actions as do
from voicestretch.core import menu
from voicestretch.core.actions import Action, Outcome
from voicestretch.core.commands import Phase
from voicestretch.core.cues import Cue
from voicestretch.core.events import (
    Event,
    KeyPressed,
    ListeningLost,
    ListeningRestored,
    SessionStarted,
    SoundLost,
    SoundRestored,
    Suspended,
)
from voicestretch.core.plan import Options, build
from voicestretch.core.prompts import Prompt
from voicestretch.core.session import update
from voicestretch.core.sight import view_of
from voicestretch.core.state import SessionState
from voicestretch.devices import PatientSound
from voicestretch.errors import ListeningError, SoundError
from voicestretch.loop import Doors, Loop
from voicestretch.ports import Pcm
from voicestretch.street import AWAY_MS, WATCH_MS, LiveStreet

NOTICED_MS = 1_500
BACK_MS = 3_000
BLOCK_MS = 100
SOUND = np.ones(BLOCK_MS * 16, np.int16)

# ---- by chance, with told time


@dataclass
class Socket:
    """Where something is plugged in. What was opened before it was pulled out stays dead."""

    there: bool = True
    since_ms: int = 0
    plugged: int = 0

    def plug(self, there: bool, at_ms: int) -> None:
        if there != self.there:
            self.there, self.since_ms = there, at_ms
            self.plugged += there


@dataclass
class PulledMicrophone:
    """An open microphone; pulled out it says so, or falls silent without a word (`tells`)."""

    socket: Socket
    tells: bool
    opened: int = field(init=False)

    def __post_init__(self) -> None:
        if not self.socket.there:
            raise ListeningError("there is none")
        self.opened = self.socket.plugged

    def read(self, timeout_s: float) -> Pcm | None:  # noqa: ARG002 (a port)
        if self.socket.there and self.opened == self.socket.plugged:
            return SOUND
        if self.tells:
            raise ListeningError("taken away")
        return None

    def waiting_ms(self) -> int:
        return 0

    def close(self) -> None:
        pass


@dataclass
class PulledLoudspeaker(FakeSound):
    socket: Socket = field(default_factory=Socket)
    opened: int = 0

    def signs(self) -> int:
        return self.socket.plugged

    def lost(self) -> str | None:
        return None if self.socket.there and self.opened == self.socket.plugged else "pulled out"

    def reopen(self) -> None:
        if not self.socket.there:
            raise SoundError("no device")
        self.opened = self.socket.plugged


@dataclass
class House:
    """A street with sockets: its script pulls plugs, presses keys and closes the lid. Checks what must hold."""

    script: list[tuple[int, str]]
    tells: bool
    state: SessionState
    now: int = 0
    mic: Socket = field(default_factory=Socket)
    speaker: Socket = field(default_factory=Socket)
    journal: FakeJournal = field(default_factory=FakeJournal)
    kept: list[Action] = field(default_factory=list)
    by_hand: bool = True
    """A key has been pressed since a device was lost: the person goes on without it."""
    noticed_ms: list[int] = field(default_factory=list)
    back_ms: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sound = PatientSound(PulledLoudspeaker(socket=self.speaker), FakeSound(), beside=lambda work: work())
        self.events: queue.Queue[Event] = queue.Queue()
        self.ear = LiveEar(FakeListener(), self.events, now_ms=self.now_ms, open_microphone=self._open)
        self.ear.close()  # its thread; the steps are taken here
        self.ear._microphone = self._open()
        while not self.events.empty():
            self.events.get()
        self.ear_watch = MicrophoneWatch(at_ms=0)
        self.ear_at = self.ask_at = 0
        self.left_ms = self.script[-1][0] + 200_000

    def _open(self) -> PulledMicrophone:
        return PulledMicrophone(self.mic, self.tells)

    def play(self) -> SessionState:
        doors: Doors[SessionState] = Doors(
            self, FakeSynthesizer(), self.sound, None, self.journal, FakeScreen(), view_of, (self._seen,)
        )
        return Loop(update, self.state, doors).run()

    # the street

    def now_ms(self) -> int:
        return self.now

    def wait(self, until_ms: int | None) -> Event | None:
        while True:
            self._check()
            assert self.script or self.now < self.left_ms, f"still here, in {self.state.phase}"
            if not self.events.empty():
                return self.events.get()
            times = [self.ear_at, self.ask_at, *([self.script[0][0]] if self.script else []), until_ms]
            due_ms = min(t for t in times if t is not None)
            self.now = max(self.now, due_ms)
            if self.script and self.script[0][0] <= self.now:
                event = self._happen(self.script.pop(0)[1])
            elif until_ms is not None and until_ms <= self.now:
                return None
            else:
                event = self._look()
            if event:
                return event

    def _look(self) -> Event | None:
        if self.ask_at <= self.now:
            self.ask_at = self.now + WATCH_MS
            return self.sound.watch(self.now)
        self.ear._hear(self.ear_watch)
        self.ear_at = self.now + (BLOCK_MS if self.ear._microphone else self.ear_watch.RETRY_MS)
        return None

    def _happen(self, what: str) -> Event | None:
        match what.split():
            case ["mic", there]:
                self.mic.plug(there == "in", self.now)
            case ["speaker", there]:
                self.speaker.plug(there == "in", self.now)
            case ["sleep", seconds]:
                before_ms, away_ms = self.now, int(seconds) * 1_000
                self.now += away_ms
                self.script = [(at_ms + away_ms, item) for at_ms, item in self.script]
                self.left_ms += away_ms
                self.ear_at = self.ask_at = self.now
                for socket in (self.mic, self.speaker):
                    socket.since_ms = self.now
                return Suspended(self.now, before_ms, away_ms)
            case ["key", key]:
                return KeyPressed(self.now, key)
        return None

    # what must hold

    def _check(self) -> None:
        for socket, known in ((self.mic, self.state.ear), (self.speaker, not self.state.sound_notices)):
            since_ms = self.now - socket.since_ms
            if not socket.there:
                assert not known or since_ms <= NOTICED_MS, f"not noticed for {since_ms} ms"
            else:
                assert known or since_ms <= BACK_MS, f"not back after {since_ms} ms"

    def _seen(self, state: SessionState, event: Event, actions: tuple[Action, ...]) -> None:
        self.state = state
        self.kept += [a for a in actions if isinstance(a, do.RecordHold | do.RecordPain | do.EndSession)]
        match event:
            case ListeningLost() | SoundLost() | Suspended():
                self.by_hand = False
            case KeyPressed():
                self.by_hand = True
        if isinstance(event, ListeningLost) and not self.mic.there:
            self.noticed_ms.append(event.at_ms - self.mic.since_ms)
        if isinstance(event, ListeningRestored) and self.mic.there:
            self.back_ms.append(event.at_ms - self.mic.since_ms)
        assert self.by_hand or state.hold is None, f"{event} and a hold runs"


PLUGS = ("mic out", "mic out", "mic in", "mic in", "speaker out", "speaker in")


def day(chance: random.Random, plugs: int) -> list[tuple[int, str]]:
    """So many plugs pulled or put back, keys between them; then the person wants to leave, whatever is plugged in."""
    at_ms, script = 0, []
    while plugs:
        at_ms += chance.choice([10, 90, 400, 1_100, 2_600, 4_000, 9_000, 20_000])
        kind = chance.random()
        if kind < 0.6:
            script.append((at_ms, chance.choice(PLUGS)))
            plugs -= 1
        elif kind < 0.97:
            script.append((at_ms, f"key {chance.choice(['space', 'space', 'space', 'h', '2', 'left'])}"))
        else:
            script.append((at_ms, f"sleep {chance.choice([6, 400, 30_000])}"))
    return [*script, (at_ms + 4_000, "key q"), (at_ms + 6_000, "key y")]


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_pulled_out_is_noticed_said_and_back_and_nothing_is_lost(seed: int) -> None:
    """20 sessions of 50 plugs: the checks are the house's, at every moment."""
    state = SessionState(build(THREE, Options(), languages.load("en")))
    house = House(day(random.Random(seed), 50), tells=bool(seed % 2), state=state)
    assert house.play().phase is Phase.ENDED
    assert [r for r in house.journal.records if type(r) in {type(k) for k in house.kept}] == house.kept
    assert isinstance(house.kept[-1], do.EndSession)
    assert house.noticed_ms, "or nothing has been tried"
    assert max(house.noticed_ms) <= NOTICED_MS
    assert max(house.back_ms, default=0) <= BACK_MS


# ---- missing from the beginning


def begun_without(**missing: tuple[str, ...]) -> Rehearsal:
    rehearsal = Rehearsal.of(THREE)
    notices = tuple(notice for some in missing.values() for notice in some)
    rehearsal.state = replace(rehearsal.state, ear="ear_notices" not in missing, notices=notices, **missing)  # type: ignore[arg-type]
    return rehearsal.begin()


def test_a_microphone_that_was_missing_from_the_beginning_stops_nobody_and_is_taken_up_with_a_tone() -> None:
    room = begun_without(ear_notices=("Not listening: there is none.",))
    assert room.happen(ListeningLost(room.now_ms, "there is none.")) == ()
    room.holding(12)
    assert room.state.armed == ()
    actions = room.happen(ListeningRestored(room.now_ms))
    assert actions[0] == do.PlayCue(Cue.MIC_ON)
    assert any(isinstance(action, do.Arm) and "it hurts" in action.phrases for action in actions)
    assert room.phase is Phase.HOLDING
    assert room.state.notices == ()


def test_one_that_was_found_and_is_lost_again_stops_the_hold_as_ever() -> None:
    room = begun_without(ear_notices=("Not listening: there is none.",))
    room.happen(ListeningRestored(room.now_ms))
    room.holding(12)
    assert said(room.happen(ListeningLost(room.now_ms, "there is none."))) == [room.prompt(Prompt.EAR_LOST)]
    assert room.phase is Phase.PAUSED


def test_a_loudspeaker_that_was_missing_from_the_beginning_takes_its_line_away_when_it_comes() -> None:
    room = begun_without(sound_notices=("No loudspeaker: there is none.",))
    room.holding(12)
    room.happen(SoundRestored(room.now_ms))
    assert room.state.notices == ()
    assert room.phase is Phase.HOLDING


def test_the_menu_goes_on_with_keys_and_takes_up_what_comes() -> None:
    state = menu.MenuState((menu.Choice("seed", "Chest and biceps"),), languages.load("en"))
    state, _ = menu.update(state, SessionStarted(0))
    state, actions = menu.update(state, ListeningLost(1_000, "no microphone"))
    state, _ = menu.update(state, ListeningLost(1_500, "no microphone"))
    state, _ = menu.update(state, SoundLost(2_000, "no loudspeaker"))
    assert (actions, state.ear, state.notices) == ((), False, ("no microphone", "no loudspeaker"))
    state, actions = menu.update(state, ListeningRestored(3_000))
    assert [type(action) for action in actions] == [do.Arm]
    assert state.notices == ("no loudspeaker",)
    state, actions = menu.update(state, SoundRestored(4_000))
    assert [type(action) for action in actions] == [do.Speak], "the list was read to nobody"
    assert state.notices == ()


# ---- both at once, and a sleep


@pytest.fixture
def room() -> Rehearsal:
    return Rehearsal.of(THREE).begin()


def test_each_device_takes_its_own_notice_away(room: Rehearsal) -> None:
    room.holding(12)
    room.happen(ListeningLost(room.now_ms, "no microphone"))
    room.happen(SoundLost(room.now_ms, "no loudspeaker"))
    room.happen(SoundRestored(room.now_ms))
    assert room.state.notices == ("no microphone",)
    room.happen(ListeningRestored(room.now_ms))
    assert room.state.notices == ()


def test_a_loudspeaker_that_is_back_says_that_nobody_is_listening(room: Rehearsal) -> None:
    """It was said before, to nobody."""
    room.holding(12)
    room.happen(SoundLost(room.now_ms, "no loudspeaker"))
    room.happen(ListeningLost(room.now_ms, "no microphone"))
    assert said(room.happen(SoundRestored(room.now_ms))) == [room.prompt(Prompt.EAR_LOST)]


@pytest.mark.parametrize("event", ["sleep", "sound"])
def test_a_sentence_of_the_pain_flow_that_nobody_heard_is_said_again(room: Rehearsal, event: str) -> None:
    room.holding(12).press("h")
    speaking = room.state.speaking
    assert speaking is not None
    room.happen(SoundLost(room.now_ms, "no loudspeaker"))
    news: Event = SoundRestored(room.now_ms)
    if event == "sleep":
        news = Suspended(room.now_ms + 60_000, room.now_ms, 60_000)
        room.now_ms += 60_000
    assert said(room.happen(news)) == [speaking.text]
    assert room.phase is Phase.PAIN_CHECK


@pytest.mark.parametrize("clock_stops", [True, False])
def test_a_hold_goes_on_after_a_sleep_where_it_stood(room: Rehearsal, clock_stops: bool) -> None:
    room.holding(12)
    before_ms = room.now_ms
    room.now_ms += 10 if clock_stops else 60_000
    actions = room.happen(Suspended(room.now_ms, before_ms, 60_000))
    assert actions[0] == do.Hush()
    assert said(actions) == [room.prompt(Prompt.PAUSED, remaining=room.length(28))]
    room.pass_seconds(600)
    assert room.phase is Phase.PAUSED
    assert room.state.elapsed_ms(room.now_ms) == 12_000


def test_a_long_sleep_is_a_long_pause(room: Rehearsal) -> None:
    """Also by a clock that stood still: the whole hold is offered."""
    room.holding(12)
    room.happen(Suspended(room.now_ms, room.now_ms, 3_600_000))
    assert said(room.press("space")) == [room.prompt(Prompt.WHOLE_HOLD_ASK)]
    room.quiet()
    room.press("n")
    room.until(Phase.RESTING)
    hold = room.recorded(do.RecordHold)[0]
    assert isinstance(hold, do.RecordHold)
    assert (hold.outcome, hold.held_ms) == (Outcome.DONE, 40_000)


@pytest.mark.parametrize("phase", [Phase.OPENING, Phase.SETUP, Phase.RESTING, Phase.CLOSING])
def test_between_holds_a_sleep_pauses_too(room: Rehearsal, phase: Phase) -> None:
    room.until(phase)
    actions = room.happen(Suspended(room.now_ms + 60_000, room.now_ms, 60_000))
    assert room.phase is Phase.PAUSED
    assert said(actions) == [room.prompt(Prompt.PAUSED_BETWEEN)]


# ---- a sleep is noticed


class Lid:
    """A clock that jumps when the lid has been closed; `stops`: it stands still and another one tells."""

    def __init__(self, stops: bool) -> None:
        self.stops, self.now, self.slept, self.looks = stops, 0, 0, 0
        self.sleep_after, self.sleep_ms = 1, 0

    def now_ms(self) -> int:
        self.looks += 1
        if self.looks == self.sleep_after + 1:
            self.now += 0 if self.stops else self.sleep_ms
            self.slept += self.sleep_ms if self.stops else 0
        return self.now

    def slept_ms(self) -> int:
        return self.slept


@pytest.fixture
def street() -> Iterator[LiveStreet]:
    one = LiveStreet()
    yield one
    one.close()


@pytest.mark.parametrize("stops", [True, False])
def test_a_sleep_is_told_before_what_has_piled_up(street: LiveStreet, stops: bool) -> None:
    lid = Lid(stops)
    lid.sleep_ms = 60_000
    street._clock = cast(SessionClock, lid)
    street.events.put(KeyPressed(60_000, "space"))
    news = street.wait(None)
    assert isinstance(news, Suspended)
    assert 59_000 <= news.away_ms <= 60_000
    assert news.since_ms == 0
    assert street.wait(None) == KeyPressed(60_000, "space")


@pytest.mark.parametrize("stops", [True, False])
def test_a_machine_that_is_only_busy_has_not_slept(street: LiveStreet, stops: bool) -> None:
    lid = Lid(stops)
    lid.sleep_ms = AWAY_MS - 1
    street._clock = cast(SessionClock, lid)
    assert street.wait(0) is None


def test_the_watches_are_asked_however_much_is_heard(street: LiveStreet) -> None:
    """Somebody talks without end; the loudspeaker is pulled out."""
    lid = Lid(stops=False)
    street._clock = cast(SessionClock, lid)
    street.watches.append(lambda at_ms: SoundLost(at_ms, "pulled out"))
    for _ in range(20):
        street.events.put(KeyPressed(lid.now, "x"))
    seen = []
    while not isinstance(street.wait(None), SoundLost):
        seen.append(lid.now)
        lid.now += 90
        assert lid.now < NOTICED_MS
    assert isinstance(street.wait(None), KeyPressed), "nothing that was put in is lost"


# ---- a real sound server

WATCHER = """\
    import json, sys, time
    from voicestretch import assets, tone_files
    from voicestretch.adapters.console import TextSound
    from voicestretch.adapters.listening_vosk import LiveEar
    from voicestretch.adapters.sound_pygame import PygameSound
    from voicestretch.core.events import SoundRestored
    from voicestretch.devices import PatientSound, PoliteMicrophone
    from voicestretch.errors import SoundError
    from voicestretch.street import LiveStreet

    class Deaf:
        def arm(self, phrases, *, at_ms, keep_tail=False): pass
        def feed(self, block, *, at_ms): return ()

    def tell(name):
        print(json.dumps([name, time.monotonic()]), flush=True)

    street = LiveStreet()
    microphone = PoliteMicrophone(None)
    real = PygameSound(tone_files.load(assets.audio_dir()), sys.argv[1] or None, aside=microphone.aside)
    try:
        real.open()
        missing = False
    except SoundError:
        missing = True
    sound = PatientSound(real, TextSound(), missing=missing, settled=microphone.until_awake)
    street.watches.append(sound.watch)
    ear = LiveEar(Deaf(), street.events, now_ms=street.now_ms, open_microphone=microphone.open)
    while ear.level_dbfs() is None and not microphone.missing():
        time.sleep(0.01)
    tell("Ready")
    while True:
        event = street.wait(None)
        tell(type(event).__name__)
        if isinstance(event, SoundRestored):
            tell("lost" if real.lost() else "and deaf" if ear.level_dbfs() is None else "and heard")
"""
SERVER = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--system=false", "--log-target=stderr"]
MODULES = {
    "speaker": "module-null-sink sink_name=speaker sink_properties=device.description=Speaker",
    "other speaker": "module-null-sink sink_name=other_speaker sink_properties=device.description=OtherSpeaker",
    "air": "module-null-sink sink_name=air sink_properties=device.description=Air",
    "mic": "module-remap-source source_name=mic master=air.monitor source_properties=device.description=Mic",
    "other mic": "module-remap-source source_name=other_mic master=air.monitor",
}


class Server:
    """A PulseAudio server for this test alone, and the program that watches its devices."""

    def __init__(self, folder: Path) -> None:
        folder.chmod(0o700)
        home = {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "PULSE_RUNTIME_PATH": str(folder / "pulse")}
        self._env = {**os.environ, **home, "XDG_CONFIG_HOME": str(folder), "SDL_AUDIODRIVER": "pulseaudio"}
        self._env.pop("PULSE_SERVER", None)
        self._watcher: subprocess.Popen[str] | None = None
        self._unread = b""
        self._events = folder / "events.jsonl"

    def start(self) -> bool:
        """Whether it answers. Without devices, also after `stop`."""
        self._loaded: dict[str, str] = {}
        self._server = subprocess.Popen(
            [*SERVER, "-L", "module-native-protocol-unix", "-L", "module-always-sink"],
            env=self._env, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        return self._ready()

    def stop(self) -> None:
        self._server.kill()
        self._server.wait()

    def _ready(self) -> bool:
        """Whether it answers within ten seconds."""
        for _ in range(100):
            if self._server.poll() is not None:
                return False
            if subprocess.run(["pactl", "info"], env=self._env, capture_output=True, check=False).returncode == 0:
                return True
            time.sleep(0.1)
        return False

    def watch(self, loudspeaker: str = "") -> None:
        """Begin to watch this loudspeaker, or the server's choice, and the microphone."""
        program = [sys.executable, "-c", textwrap.dedent(WATCHER), loudspeaker]
        self._watcher = subprocess.Popen(program, env=self._env, stdout=subprocess.PIPE, text=True)
        self.until("Ready", at_s=time.monotonic())

    def play(self) -> None:
        """Begin a session of the whole program."""
        program = [sys.executable, "-m", "voicestretch", "play", "microbreak", "--language", "en"]
        self._watcher = subprocess.Popen(
            [*program, "--events", str(self._events)],
            env=self._env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def until_recorded(self, name: str, *, at_s: float) -> float:
        """Seconds from `at_s` until the session has written this event down; within 20."""
        while time.monotonic() < at_s + 20:
            if name in self.recorded():
                return time.monotonic() - at_s
            time.sleep(0.02)
        pytest.fail(f"no {name} in {self.recorded()}")

    def recorded(self) -> list[str]:
        """The session's events, by name."""
        lines = self._events.read_text("utf-8").split("\n")[:-1] if self._events.exists() else []
        return [line["event"] for line in map(json.loads, lines) if "event" in line]

    def end(self) -> list[str]:
        """End the session; what it has shown."""
        assert self._watcher is not None
        self._watcher.send_signal(signal.SIGINT)
        return self._watcher.communicate(timeout=20)[0].splitlines()

    def plug(self, device: str) -> float:
        at_s = time.monotonic()
        self._loaded[device] = self._pactl("load-module", *MODULES[device].split())
        return at_s

    def pull(self, device: str) -> float:
        at_s = time.monotonic()
        self._pactl("unload-module", self._loaded.pop(device))
        return at_s

    def prefer(self, kind: str, name: str) -> float:
        at_s = time.monotonic()
        self._pactl(f"set-default-{kind}", name)
        return at_s

    def until(self, name: str, *, at_s: float) -> float:
        """Seconds from `at_s` to this event, which must come before any other of its device."""
        told = self._told(20)
        assert told, f"no {name}"
        kind, event_s = told
        assert kind == name
        return event_s - at_s

    def quiet(self, seconds: float) -> list[tuple[str, float]]:
        """What is told in so many seconds."""
        told, until_s = [], time.monotonic() + seconds
        while (left_s := until_s - time.monotonic()) > 0:
            if one := self._told(left_s):
                told.append(one)
        return told

    def _told(self, seconds: float) -> tuple[str, float] | None:
        """The next thing that is told. Read by the byte: what a buffer holds back no `select` can see."""
        assert self._watcher is not None
        assert self._watcher.stdout is not None
        while b"\n" not in self._unread:
            if not select.select([self._watcher.stdout], [], [], seconds)[0]:
                return None
            more = os.read(self._watcher.stdout.fileno(), 4_096)
            assert more, "the program that watches has ended"
            self._unread += more
        line, _, self._unread = self._unread.partition(b"\n")
        name, at_s = json.loads(line)
        return name, float(at_s)

    def close(self) -> None:
        for process in (self._watcher, self._server):
            if process is not None:
                process.kill()
                process.communicate()

    def _pactl(self, *words: str) -> str:
        done = subprocess.run(["pactl", *words], env=self._env, capture_output=True, text=True, check=True)
        return done.stdout.strip()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    missing = [program for program in ("pulseaudio", "pactl") if shutil.which(program) is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not installed (Debian: apt install pulseaudio pulseaudio-utils)")
    one = Server(tmp_path)
    try:
        if not one.start():
            pytest.skip("the PulseAudio server does not start here")
        yield one
    finally:
        one.close()


@pytest.mark.slow
def test_a_real_microphone_and_loudspeaker_are_missed_and_found_again(server: Server) -> None:
    """Where nothing is left a sound server hands out the loudspeaker's own sound, and plays into nothing."""
    for device in ("speaker", "air", "mic"):
        server.plug(device)
    server.watch()
    took = {
        "mic lost": server.until("ListeningLost", at_s=server.pull("mic")),
        "mic back": server.until("ListeningRestored", at_s=server.plug("mic")),
    }
    server.pull("mic")
    server.until("ListeningLost", at_s=0)
    server.pull("air")
    took["speaker lost"] = server.until("SoundLost", at_s=server.pull("speaker"))
    took["speaker back"] = server.until("SoundRestored", at_s=server.plug("speaker"))
    server.until("and deaf", at_s=0)
    server.plug("air")
    took["mic back, too"] = server.until("ListeningRestored", at_s=server.plug("mic"))
    in_time(took)


@pytest.mark.slow
def test_a_loudspeaker_chosen_by_name_comes_back_while_the_microphone_is_open(server: Server) -> None:
    """It is opened anew, not moved by the server; the microphone steps aside, and nobody is told that it did."""
    for device in ("other speaker", "air", "mic", "speaker"):  # no number of a source is one of a sink to come
        server.plug(device)
    server.watch("OtherSpeaker")
    took = {"speaker lost": server.until("SoundLost", at_s=server.pull("other speaker"))}
    took["speaker back"] = server.until("SoundRestored", at_s=server.plug("other speaker"))
    server.until("and heard", at_s=0)
    took["mic lost"] = server.until("ListeningLost", at_s=server.pull("mic"))
    took["mic back"] = server.until("ListeningRestored", at_s=server.plug("mic"))
    server.stop()
    assert sorted(name for name, _ in server.quiet(1.0)) == ["ListeningLost", "SoundLost"]
    server.start()
    for device in ("other speaker", "air"):
        server.plug(device)
    at_s = server.plug("mic")
    back = {name: told_s - at_s for name, told_s in server.quiet(3.0)}
    in_time(took | {f"{name} after all": back[name] for name in ("SoundRestored", "ListeningRestored")})


@pytest.mark.slow
def test_a_device_that_is_missing_at_the_start_is_taken_when_it_comes(server: Server) -> None:
    server.plug("air")
    server.plug("mic")
    server.watch("Speaker")
    took = {"speaker": server.until("SoundRestored", at_s=server.plug("speaker"))}
    server.until("and heard", at_s=0)
    in_time(took)


@pytest.mark.slow
def test_a_session_that_began_with_nothing_takes_up_what_is_plugged_in(server: Server) -> None:
    """The whole program, from the command line: one line each for what is missing, then both are there."""
    server.play()
    server.until_recorded("SessionStarted", at_s=time.monotonic())
    took = {"speaker back": server.until_recorded("SoundRestored", at_s=server.plug("speaker"))}
    server.plug("air")
    took["mic back"] = server.until_recorded("ListeningRestored", at_s=server.plug("mic"))
    recorded, shown = server.recorded(), server.end()
    in_time(took)
    assert "SoundLost" not in recorded
    assert [line.split(":")[1].strip(" 0123456789!") for line in shown if "! " in line] == [
        "No loudspeaker",
        "Not listening",
    ]


def in_time(took: dict[str, float]) -> None:
    for what, seconds in took.items():
        assert seconds <= (NOTICED_MS if "lost" in what else BACK_MS) / 1_000, took


@pytest.mark.slow
def test_another_default_is_taken_without_leaving_anybody_unheard(server: Server) -> None:
    for device in ("speaker", "air", "mic"):
        server.plug(device)
    server.watch()
    server.plug("other speaker")
    server.plug("other mic")
    assert server.quiet(1.0) == []
    at_s = server.prefer("source", "other_mic")
    server.prefer("sink", "other_speaker")
    told = server.quiet(3.0)
    assert all(event_s - at_s <= BACK_MS / 1_000 for _, event_s in told), told
    assert [name for name, _ in told] in ([], ["ListeningLost", "ListeningRestored"]), told
    server.pull("mic")
    server.pull("speaker")
    told += server.quiet(3.0)
    names = [name for name, _ in told]
    assert names.count("ListeningLost") == names.count("ListeningRestored"), told
    assert "SoundLost" not in names, told
