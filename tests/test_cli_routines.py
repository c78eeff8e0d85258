import json
import os
import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from voicestretch import assets, library
from voicestretch.cli import routines
from voicestretch.errors import UsageError, VoicestretchError

BROKEN = Path(__file__).parent / "data" / "routines"
SEED = str(assets.routines_dir() / "pecs-biceps-upper-back.toml")


def run(command: click.Command, *arguments: str | Path) -> Result:
    """The command as typed; our own errors are raised, as `main` expects them."""
    result = CliRunner().invoke(command, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(library, "personal_dir", lambda: tmp_path / "own")
    return tmp_path / "own"


def test_check_is_silent_and_succeeds_on_good_files() -> None:
    folder = assets.routines_dir()
    result = run(routines.check_command, *sorted(folder.glob("*.toml")), folder / "exercises" / "shared.toml")
    assert (result.exit_code, [line for line in result.stdout.splitlines() if ": note: " not in line]) == (0, [])
    assert "0 errors, 0 warnings" in result.stderr


def test_check_prints_one_line_a_fault_and_fails() -> None:
    result = run(routines.check_command, BROKEN / "ranges.toml", SEED)
    assert result.exit_code == 1
    for line in result.stdout.splitlines():
        assert re.fullmatch(rf"{re.escape(str(BROKEN / 'ranges.toml'))}:\d+:\d+: (error|warning): .+", line), line
    assert "exercise 1 (too-short), hold: is 4 seconds; holds run from 5 to 120. Did you mean 40?" in result.stdout


def test_check_succeeds_on_warnings() -> None:
    result = run(routines.check_command, BROKEN / "doses.toml")
    assert (result.exit_code, result.stdout.count(": warning: ")) == (0, 9)


def test_strict_refuses_unknown_keys(tmp_path: Path) -> None:
    path = tmp_path / "microbreak.toml"
    shipped = (assets.routines_dir() / "microbreak.toml").read_text(encoding="utf-8")
    path.write_text(shipped.replace("settle =", "colour = 1\nsettle ="), encoding="utf-8")
    assert run(routines.check_command, path).exit_code == 0
    assert run(routines.check_command, path, "--strict").exit_code == 1


def test_check_speaks_json_to_tools() -> None:
    result = run(routines.check_command, "--json", BROKEN / "newer.toml")
    assert json.loads(result.stdout) == [
        {
            "file": str(BROKEN / "newer.toml"),
            "line": 1,
            "column": 10,
            "level": "error",
            "text": "format: is 2; the file needs a newer Voicestretch (this one reads format 1)",
        }
    ]
    assert json.loads(run(routines.check_command, "--json", SEED).stdout) == []


def test_check_reports_missing_files_and_goes_on() -> None:
    result = run(routines.check_command, "nothing.toml", BROKEN / "newer.toml")
    assert result.exit_code == 1
    assert result.stdout.startswith("nothing.toml:1:1: error: the file cannot be read")
    assert "newer Voicestretch" in result.stdout


def test_check_without_a_file_is_wrong_usage() -> None:
    assert run(routines.check_command).exit_code == 2


def test_list_shows_titles_lengths_needs_and_bad_files(own: Path) -> None:
    own.mkdir()
    (own / "broken.toml").write_text("format = 1\n", encoding="utf-8")
    result = run(routines.list_command)
    assert "Chest and biceps for the upper back" in result.stdout
    assert "5 minutes (light), 8 minutes (medium); a doorway and a table" in result.stdout
    assert "broken" in result.stdout
    assert "cannot be used: " in result.stdout
    assert str(own) in result.stderr


def test_list_speaks_korean_and_json(own: Path) -> None:  # noqa: ARG001
    listed = json.loads(run(routines.list_command, "--language", "ko", "--json").stdout)
    rows = {row["name"]: row for row in listed}
    assert list(rows) == sorted(rows)
    assert len(rows) == 15
    seed = rows["pecs-biceps-upper-back"]
    assert (seed["language"], seed["needs"]) == ("ko", ["doorway", "table"])
    assert set(seed["minutes"]) == {"light", "medium"}
    assert set(rows["sensitive-day"]["minutes"]) == {"light"}


def test_show_tells_everything_about_a_routine() -> None:
    text = run(routines.show_command, "pecs-biceps-upper-back").stdout
    for part in ("40 s (light), 2 × 45 s (medium), each side; standing; a doorway", "3 × 10 s", "10 × 3 s",
                 "Swap: Wall biceps stretch", "https://www.mkuh.nhs.uk", "your left forearm"):  # fmt: skip
        assert part in text
    assert "{side}" not in text
    assert "*" not in text.replace("* ", "")


def test_show_writes_markdown_to_print() -> None:
    text = run(routines.show_command, "desk-reset", "--markdown", "--language", "ko").stdout
    assert text.startswith("# 책상 앞 스트레칭\n")
    assert "## 2. 고개 돌리기" in text


def test_show_guesses_what_was_meant() -> None:
    with pytest.raises(UsageError, match="Did you mean microbreak"):
        run(routines.show_command, "mikrobreak")


def test_preview_counts_every_hold_to_the_second() -> None:
    lines = run(routines.preview_command, "pecs-biceps-upper-back", "--level", "medium").stdout.splitlines()
    times = {mark: [_seconds(line) for line in lines if line.endswith(f"♪ {mark}")] for mark in ("go", "done", "half")}
    lengths = [round(done - go, 1) for go, done in zip(times["go"], times["done"], strict=True)]
    assert lengths == [30, 45, 45, 45, 45, 45, 45, 10, 10, 10]
    assert [round(half - go, 1) for go, half in zip(times["go"][1:], times["half"], strict=False)] == [22.5] * 6
    assert sorted(map(_seconds, lines)) == list(map(_seconds, lines))


def _seconds(line: str) -> float:
    minutes, seconds = line.split()[0].split(":")
    return int(minutes) * 60 + float(seconds)


def test_preview_follows_start_and_language() -> None:
    arguments = ("pecs-biceps-upper-back", "--start", "before-exercise", "--language", "ko")
    assert "팔 들어 올리기" in run(routines.preview_command, *arguments).stdout
    assert run(routines.preview_command, "desk-reset", "--level", "hard").exit_code == 2


def test_new_writes_a_starter_that_passes_its_own_check(own: Path) -> None:
    result = run(routines.new_command, "evening-neck")
    path = own / "evening-neck.toml"
    assert result.stdout == f"{path}\n"
    assert library.check(path, strict=True) == ()
    assert library.find("evening-neck").title == "Evening neck"
    assert (own / "routine.v1.schema.json").read_bytes() == (
        assets.routines_dir() / "routine.v1.schema.json"
    ).read_bytes()


def test_new_never_overwrites(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("mine", encoding="utf-8")
    (tmp_path / "routine.v1.schema.json").write_text("mine too", encoding="utf-8")
    with pytest.raises(UsageError, match="exists already"):
        run(routines.new_command, "mine", "--in", tmp_path)
    run(routines.new_command, "other", "--in", tmp_path)
    assert (tmp_path / "mine.toml").read_text(encoding="utf-8") == "mine"
    assert (tmp_path / "routine.v1.schema.json").read_text(encoding="utf-8") == "mine too"


def test_new_says_what_is_wrong_with_a_name_or_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Did you mean my-neck"):
        run(routines.new_command, "My Neck", "--in", tmp_path)
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(VoicestretchError, match="Choose another folder with --in"):
        run(routines.new_command, "mine", "--in", tmp_path / "file" / "below")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="is no folder"):
        run(routines.new_command, "mine", "--in", tmp_path / "pipe")


@pytest.mark.parametrize("name", ["check", "list", "show", "preview", "new"])
def test_every_command_has_help_with_an_example(name: str) -> None:
    result = run(getattr(routines, f"{name}_command"), "--help")
    assert f"Example: voicestretch {name}" in " ".join(result.stdout.split())


def test_routine_names_are_completed() -> None:
    argument = routines.show_command.params[0]
    context = click.Context(routines.show_command)
    assert [item.value for item in argument.shell_complete(context, "pecs")] == ["pecs-biceps-upper-back"]


def test_without_a_language_the_list_speaks_the_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `play` does."""
    monkeypatch.setenv("LANG", "ko_KR.UTF-8")
    assert "책상 앞 스트레칭" in run(routines.list_command).stdout
    monkeypatch.setenv("LANG", "nl_NL.UTF-8")
    assert "Desk reset" in run(routines.list_command).stdout


# the author's side


def test_the_list_marks_the_routine_that_plays_without_a_name(own: Path) -> None:  # noqa: ARG001
    lines = run(routines.list_command).stdout.splitlines()
    marked = [line for line in lines if line.startswith("* ")]
    assert [line.split()[1] for line in marked] == [library.DEFAULT_ROUTINE]
    rows = json.loads(run(routines.list_command, "--json").stdout)
    assert [row["name"] for row in rows if row["default"]] == [library.DEFAULT_ROUTINE]


def test_the_list_names_the_syntax_error_and_not_what_follows_from_it(own: Path) -> None:
    own.mkdir()
    (own / "broken.toml").write_text('format = 1\nid = "broken"\ntitle = My own\n', encoding="utf-8")
    (own / "warned.toml").write_text("colour = 1\nformat = 2\n", encoding="utf-8")
    lines = run(routines.list_command).stdout
    assert 'cannot be used: this is not TOML: invalid value. Texts stand in quotes: title = "..."' in lines
    assert "cannot be used: format: is 2; the file needs a newer Voicestretch" in lines


@pytest.mark.parametrize("command", [routines.list_command, routines.show_command, routines.preview_command])
def test_a_language_that_nobody_speaks_here_is_refused_with_those_there_are(command: click.Command) -> None:
    routine = [] if command is routines.list_command else ["microbreak"]
    with pytest.raises(UsageError, match=r"Cannot speak 'zz': .*, only .*en.*ko"):
        run(command, *routine, "--language", "zz")


def test_preview_draws_the_timeline_into_a_file(tmp_path: Path) -> None:
    picture = tmp_path / "timeline.svg"
    assert run(routines.preview_command, "microbreak", "--picture", picture).stdout == f"{picture}\n"
    assert "Shoulder rolls" in picture.read_text(encoding="utf-8")
    with pytest.raises(UsageError, match="Choose another file"):
        run(routines.preview_command, "microbreak", "--picture", tmp_path / "nowhere" / "timeline.svg")


def test_check_looks_for_room_at_the_speaking_rate_that_was_chosen(tmp_path: Path) -> None:
    path = tmp_path / "slow.toml"
    path.write_text(
        'format = 1\nid = "slow"\ntitle = "Slow"\n[[exercise]]\nid = "reach"\nname = "Reach"\nhold = 20\n'
        'setup = "Reach."\nfeel = "Here."\neasier = "Less."\n'
        '[[exercise.cue]]\nat = 13\nsay = "Let it be quite soft."\n',
        encoding="utf-8",
    )
    assert "is never said" not in run(routines.check_command, path, "--rate", "100").stdout
    assert "is never said" in run(routines.check_command, path, "--rate", "60").stdout
    assert run(routines.check_command, path, "--rate", "10").exit_code == 2


def test_only_strict_notes_figures_and_a_note_is_no_warning(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(routines.STARTER.format(name="mine", title="Mine").replace("arm-swings", "odd-swings"), "utf-8")
    assert "figure" not in run(routines.check_command, path).stdout
    result = run(routines.check_command, path, "--strict")
    assert result.exit_code == 0
    assert "note: exercise 2 (odd-swings): no figure; add figures/odd-swings.toml" in result.stdout
    assert "1 file, 0 errors, 0 warnings, " in result.stderr
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "odd-swings.toml").write_text("", encoding="utf-8")
    assert "odd-swings" not in run(routines.check_command, path, "--strict").stdout
