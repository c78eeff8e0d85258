"""It works with the network off, and opens none while it is on."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SESSION = (
    "play", "microbreak", "--quiet", "--speaker-wav", "out.wav", "--events", "events.jsonl", "--journal", "j.sqlite3",
    "--person", "75s it hurts",
)  # fmt: skip
NAMESPACE = ("unshare", "--map-root-user", "--net")

WATCHED = """
import sys
calls = []
sys.addaudithook(lambda name, args: calls.append((name, str(args))) if name.startswith("socket.") else None)
from voicestretch.cli import main
sys.argv = ["voicestretch", *sys.argv[1:]]
try:
    main()
finally:
    local = [c for c in calls if c[0] in ("socket.connect", "socket.getaddrinfo", "socket.sendto")]
    print("OPENED", local, file=sys.stderr)
"""


def has_namespaces() -> bool:
    tool = shutil.which("unshare")
    return tool is not None and subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode == 0


def pain_reported(folder: Path) -> bool:
    lines = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    return any(line.get("action") == "RecordPain" for line in lines)


@pytest.mark.skipif(not has_namespaces(), reason="this system lets nobody make a network namespace")
def test_a_session_is_played_and_obeys_where_there_is_no_network_at_all(tmp_path: Path) -> None:
    """Not even loopback is up: what opened a connection would fail."""
    command = [*NAMESPACE, sys.executable, "-m", "voicestretch", *SESSION]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert pain_reported(tmp_path)


def test_no_connection_is_opened_while_playing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WATCHED, *SESSION]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert pain_reported(tmp_path)
    assert (
        "OPENED []" in done.stderr
    )  # urllib3, which vosk imports, binds ::1 to see whether there is IPv6: no connection
