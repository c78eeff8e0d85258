import json
import re
import tomllib
from pathlib import Path

import jsonschema
import pytest

from voicestretch import assets, languages, routine_schema
from voicestretch.cli.routines import STARTER

ROUTINES = assets.routines_dir()
SCHEMA = json.loads((ROUTINES / "routine.v1.schema.json").read_text(encoding="utf-8"))
VALIDATORS = [jsonschema.Draft4Validator, jsonschema.Draft7Validator]
ROUTINE_FILES = sorted(path for path in ROUTINES.glob("*.toml") if "." not in path.stem)


def test_the_schema_beside_the_routines_is_the_one_the_reader_uses() -> None:
    """After a change: write `json.dumps(routine_schema.json_schema(), indent=2)` and a newline into the file."""
    assert routine_schema.json_schema() == SCHEMA


@pytest.mark.parametrize("validator", VALIDATORS)
def test_the_schema_is_valid_in_both_drafts_that_editors_use(validator: type[jsonschema.protocols.Validator]) -> None:
    validator.check_schema(SCHEMA)
    keywords = set(re.findall(r'"(\$?\w+)":', json.dumps(SCHEMA)))
    assert not keywords & {"const", "if", "then", "contains", "exclusiveMinimum", "exclusiveMaximum", "id", "$id"} - {
        "id"
    }


@pytest.mark.parametrize("validator", VALIDATORS)
@pytest.mark.parametrize("path", ROUTINE_FILES, ids=lambda path: path.stem)
def test_shipped_routines_fit_the_schema(path: Path, validator: type[jsonschema.protocols.Validator]) -> None:
    validator(SCHEMA).validate(tomllib.loads(path.read_text(encoding="utf-8")))
    assert path.read_text(encoding="utf-8").startswith("#:schema ./routine.v1.schema.json\n")


@pytest.mark.parametrize("validator", VALIDATORS)
@pytest.mark.parametrize(
    ("old", "new"),
    [("format = 1", "format = 2"), ("hold = {", "hold = 4 #"), ('sides = "each"', 'sides = "eech"'), ("reps", "repz"),
     ('id = "arm-swings"', 'id = "Arm swings"')],
)  # fmt: skip
def test_an_editor_marks_what_the_reader_refuses(
    old: str, new: str, validator: type[jsonschema.protocols.Validator]
) -> None:
    starter = STARTER.format(name="mine", title="Mine")
    validator(SCHEMA).validate(tomllib.loads(starter))
    with pytest.raises(jsonschema.ValidationError):
        validator(SCHEMA).validate(tomllib.loads(starter.replace(old, new)))


def test_every_key_is_explained_while_typing() -> None:
    assert all(key.about.endswith(".") for keys in routine_schema.KEYS.values() for key in keys.values())


def test_every_key_is_in_the_readme() -> None:
    readme = (ROUTINES / "README.md").read_text(encoding="utf-8")
    for kind in ("routine", "level", "source", "exercise", "cue"):
        for key in routine_schema.KEYS[kind]:
            assert re.search(rf"`{key}`|\[\[?(\w+\.)?{key}(\.\w+)?\]\]?", readme), key


def test_every_language_has_a_word_for_everything_that_can_be_needed() -> None:
    assert languages.NEEDS == routine_schema.NEEDS
