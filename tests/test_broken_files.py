"""Files broken in one way each: what an editor says of them by the schema, and what `check` says.

The table is `tests/data/broken/README.md`; a change of wording has to be made there, too.
"""

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from voicestretch import assets, library
from voicestretch.errors import Severity

FOLDER = Path(__file__).parent / "data" / "broken"
SCHEMA = json.loads((assets.routines_dir() / "routine.v1.schema.json").read_text(encoding="utf-8"))
VALIDATORS = [jsonschema.Draft4Validator, jsonschema.Draft7Validator]


def table() -> dict[str, tuple[str, str]]:
    lines = (FOLDER / "README.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return {name: (schema, check) for name, schema, check in rows if name not in ("file", "---")}


TABLE = table()


def by_schema(path: Path, validator: type[jsonschema.protocols.Validator]) -> str:
    """`exercise.0.hold anyOf`: path and keyword of each complaint."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError:
        return "cannot be read"
    errors = sorted(validator(SCHEMA).iter_errors(values), key=lambda error: [str(p) for p in error.absolute_path])
    found = (f"{'.'.join(map(str, e.absolute_path)) or 'top'} {e.validator}" for e in errors)
    return "; ".join(found) or "accepts"


def test_the_table_has_every_file_and_forty_of_them() -> None:
    assert set(TABLE) == {path.stem for path in FOLDER.glob("*.toml")}
    assert len(TABLE) >= 40


@pytest.mark.parametrize("validator", VALIDATORS)
@pytest.mark.parametrize("name", TABLE)
def test_an_editor_says_what_the_table_says(name: str, validator: type[jsonschema.protocols.Validator]) -> None:
    assert by_schema(FOLDER / f"{name}.toml", validator) == TABLE[name][0]


@pytest.mark.parametrize("name", TABLE)
def test_check_says_what_the_table_says(name: str) -> None:
    faults = library.check(FOLDER / f"{name}.toml")
    assert "; ".join(f"{f.line}:{f.column} {f.severity}: {f.text}" for f in faults) == TABLE[name][1]


@pytest.mark.parametrize("name", TABLE)
def test_what_an_editor_marks_check_finds_too(name: str) -> None:
    """Never the other way round: nothing that `check` lets pass may look wrong in an editor."""
    faults = library.check(FOLDER / f"{name}.toml", strict=True)
    assert faults
    refused = any(fault.severity is Severity.ERROR for fault in faults)
    if TABLE[name][0] == "accepts":
        assert refused, "neither of the two would have said anything"
