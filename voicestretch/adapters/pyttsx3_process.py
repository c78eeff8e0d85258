"""pyttsx3 in a process of its own: texts come in on stdin, one JSON object a line, and go out as sound files.

Run as a script by `speech_pyttsx3.py`, which says why. Imports nothing of ours, so that it starts quickly.

    {"voices": true}                                        -> {"voices": [[id, name, [language, ...]], ...]}
    {"text": ..., "voice": ..., "rate": 150, "file": ...}   -> {"ok": true}, and the file is there
    what went wrong                                         -> {"error": reason} or {"unknown_voice": id}
"""

import ctypes
import json
import os
import signal
import sys
import time
from contextlib import suppress
from typing import Any

SETTLE_S = 0.05
"""Wait before a change of voice. pyttsx3 comes back while espeak still finishes the last text in a thread of its own;
without the wait one text in 200 came out empty, with 20 ms none of 600."""
RATE_LIMIT_S = 1.0
"""Longest wait for a new rate. espeak takes it up in that thread, too; a text that comes before is spoken at the old
one, as more than half were."""


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the session, which then closes our stdin
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # pyttsx3 prints "Audio saved to ..."
    speaker: Speaker | None = None
    for line in sys.stdin:
        try:
            speaker = speaker or Speaker()
            reply = speaker.answer(json.loads(line))
        except Exception as error:  # noqa: BLE001 - whatever pyttsx3 raises, the session has to be told
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=replies, flush=True)


class Speaker:
    """One pyttsx3 engine."""

    def __init__(self) -> None:
        if sys.platform != "darwin":
            use_own_espeak()
        import pyttsx3

        self._engine = pyttsx3.init(None if sys.platform == "darwin" else "espeak")
        if sys.platform != "darwin":
            self._engine.runAndWait()  # with nothing to say: before its first run it only notes what is set
        self._voice, self._rate = "", 0
        self._spoken = False

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        if "voices" in request:
            return {"voices": [[v.id, v.name, list(v.languages or [])] for v in self._engine.getProperty("voices")]}
        self._set(request["voice"], request["rate"])
        self._engine.save_to_file(request["text"], request["file"])
        self._engine.runAndWait()
        self._spoken = True
        now = str(self._engine.getProperty("voice"))
        if now.casefold() != self._voice.casefold():  # pyttsx3 keeps its voice, and quiet, when it does not know one
            self._voice = ""
            return {"unknown_voice": request["voice"]}
        return {"ok": True}

    def _set(self, voice: str, rate: int) -> None:
        if (voice, rate) == (self._voice, self._rate):
            return
        if self._spoken:
            time.sleep(SETTLE_S)
        self._engine.setProperty("voice", voice)
        self._engine.setProperty("rate", rate)
        self._voice, self._rate = voice, rate
        give_up = time.monotonic() + RATE_LIMIT_S
        while int(self._engine.getProperty("rate")) != rate and time.monotonic() < give_up:
            time.sleep(0.002)


def use_own_espeak() -> None:
    """Load the espeak-ng that was installed with us, before pyttsx3 looks for the system's.

    pyttsx3 asks for `libespeak-ng.so.1`; a library of that name that is already loaded is the one it gets.
    """
    with suppress(ImportError, OSError, RuntimeError):  # no wheel for this machine: the system's will do
        import espeakng_loader

        ctypes.CDLL(espeakng_loader.get_library_path(), mode=ctypes.RTLD_GLOBAL)
        os.environ["ESPEAK_DATA_PATH"] = espeakng_loader.get_data_path()


if __name__ == "__main__":
    main()
