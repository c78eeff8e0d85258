"""Finding, checking and fetching models. The publisher is a server on this machine."""

import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from voicestretch import speech_models
from voicestretch.errors import ModelError
from voicestretch.speech_models import Published, Source

SMALL = "vosk-model-small-en-us-9.9"
FILES = {
    "am/final.mdl": b"\0B" + bytes(5_000),
    "conf/mfcc.conf": b"--num-ceps=40\n",
    "conf/model.conf": b"--beam=10\n",
    "graph/HCLr.fst": (2125659606).to_bytes(4, "little") + bytes(range(256)) * 1_000,
    "graph/Gr.fst": (2125659606).to_bytes(4, "little") + bytes(100),
    "graph/disambig_tid.int": b"",
}
"""The least that passes for a model; Vosk never sees it."""


def make_model(folder: Path, *, without: str = "", **changed: bytes) -> Path:
    for name, content in FILES.items():
        if name != without:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(changed.get(name, content))
    return folder


def archive(members: dict[str, bytes], *, symlink: str = "") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as contents:
        for name, content in members.items():
            contents.writestr(name, content)
        if symlink:
            link = zipfile.ZipInfo(symlink)
            link.external_attr = 0o120777 << 16
            contents.writestr(link, "/etc/passwd")
    return packed.getvalue()


GOOD = archive({f"{SMALL}/{name}": content for name, content in FILES.items()})


@dataclass
class Publisher:
    """A web server with an index and archives; `cut_after` bytes it hangs up, once."""

    url: str
    bodies: dict[str, bytes] = field(default_factory=dict)
    cut_after: int | None = None
    ranges: bool = True
    asked_from: list[int] = field(default_factory=list)

    def offer(self, body: bytes = GOOD, name: str = SMALL, **changed: Any) -> Published:
        self.bodies[f"/{name}.zip"] = body
        line = {
            "name": name, "lang": "en-us", "lang_text": "US English", "type": "small", "version": "9.9",
            "obsolete": "false", "size": len(body), "size_text": "1K", "url": f"{self.url}/{name}.zip",
            "md5": hashlib.md5(body).hexdigest(),
        } | changed  # fmt: skip
        index = json.loads(self.bodies.get("/index.json", b"[]"))
        self.bodies["/index.json"] = json.dumps([*index, line]).encode()
        return next(model for model in speech_models.published() if model.name == name)


@pytest.fixture
def publisher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = site.bodies.get(self.path)
            if body is None:
                self.send_error(404)
                return
            begin = int(self.headers.get("Range", "bytes=0-")[6:-1]) if site.ranges else 0
            site.asked_from += [begin] if self.path.endswith(".zip") else []
            self.send_response(206 if begin else 200)
            self.send_header("Content-Length", str(len(body) - begin))
            self.end_headers()
            end = site.cut_after if site.cut_after and self.path.endswith(".zip") else len(body)
            site.cut_after = None if self.path.endswith(".zip") else site.cut_after
            self.wfile.write(body[begin:end])

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = Publisher(f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv(speech_models.INDEX_SETTING, f"{site.url}/index.json")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def nothing_of_vosk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("VOSK_MODEL_PATH", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def left_over() -> list[str]:
    return sorted(path.name for path in speech_models.models_home().iterdir())


# ---- which model ---------------------------------------------------------------------------------------------------


def test_english_needs_nothing_installed() -> None:
    model = speech_models.find("en")
    assert model.built_in
    assert speech_models.faults(model.path) == ()


def test_korean_comes_from_its_package() -> None:
    model = speech_models.find("ko")
    assert model.source is Source.PACKAGE
    assert speech_models.faults(model.path) == ()


def test_an_installed_model_is_preferred_to_the_built_in_one() -> None:
    path = make_model(speech_models.models_home() / "vosk-model-small-en-us-0.15")
    model = speech_models.find("en")
    assert (model.path, model.source, model.language) == (path, Source.INSTALLED, "en-us")
    assert speech_models.find("ko").source is Source.PACKAGE


def test_the_largest_installed_model_is_preferred() -> None:
    make_model(speech_models.models_home() / "vosk-model-small-en-us-0.15")
    large = {"graph/HCLr.fst": FILES["graph/HCLr.fst"] * 2}
    path = make_model(speech_models.models_home() / "vosk-model-en-us-0.22-lgraph", **large)
    assert speech_models.find("en").path == path


def test_a_damaged_installed_model_is_passed_over() -> None:
    make_model(speech_models.models_home() / "vosk-model-small-en-us-0.15", without="graph/HCLr.fst")
    assert speech_models.find("en").built_in


def test_models_are_found_where_vosk_itself_looks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VOSK_MODEL_PATH", str(tmp_path / "shared"))
    path = make_model(tmp_path / "shared" / "vosk-model-small-fr-0.22")
    assert speech_models.find("fr").path == path
    cached = make_model(tmp_path / "home" / ".cache" / "vosk" / "vosk-model-small-de-0.15")
    assert speech_models.find("de").path == cached


def test_a_given_folder_comes_before_everything(tmp_path: Path) -> None:
    make_model(speech_models.models_home() / "vosk-model-small-en-us-0.15")
    path = make_model(tmp_path / "mine")
    assert speech_models.find("en", override=path).source is Source.GIVEN


def test_a_language_without_a_model_says_how_to_get_one() -> None:
    with pytest.raises(ModelError, match="voicestretch model get fr"):
        speech_models.find("fr")


# ---- what a model is -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lacking", FILES)
def test_a_lacking_file_is_named(tmp_path: Path, lacking: str) -> None:
    path = make_model(tmp_path / "model", without=lacking)
    with pytest.raises(ModelError, match=f"lacks {lacking}"):
        speech_models.validate(path)


@pytest.mark.parametrize("damaged", ["am/final.mdl", "graph/HCLr.fst", "graph/Gr.fst"])
def test_a_damaged_file_is_named(tmp_path: Path, damaged: str) -> None:
    path = make_model(tmp_path / "model", **{damaged: b"<html>404</html>"})
    with pytest.raises(ModelError, match=f"damaged files: {damaged}"):
        speech_models.validate(path)


def test_a_model_with_a_fixed_graph_is_refused_with_the_alternative(tmp_path: Path) -> None:
    path = make_model(tmp_path / "vosk-model-en-us-0.22", without="graph/HCLr.fst")
    (path / "graph" / "HCLG.fst").write_bytes(b"")
    with pytest.raises(ModelError, match=r"recognises no grammars.*ends in lgraph"):
        speech_models.validate(path)


def test_incomplete_speaker_adaptation_is_named(tmp_path: Path) -> None:
    path = make_model(tmp_path / "model")
    (path / "ivector").mkdir()
    with pytest.raises(ModelError, match=r"lacks ivector/final\.ie"):
        speech_models.validate(path)


def test_the_folder_around_a_model_leads_to_the_model(tmp_path: Path) -> None:
    inner = make_model(tmp_path / "unpacked" / "vosk-model-x")
    with pytest.raises(ModelError, match=f"Did you mean {inner}"):
        speech_models.validate(tmp_path / "unpacked")


def test_a_missing_folder_and_a_file_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "model.zip").write_bytes(GOOD)
    with pytest.raises(ModelError, match="a file, not a folder"):
        speech_models.validate(tmp_path / "model.zip")
    with pytest.raises(ModelError, match="no such folder"):
        speech_models.validate(tmp_path / "nowhere")


# ---- the index -----------------------------------------------------------------------------------------------------


def test_obsolete_models_are_not_offered(publisher: Publisher) -> None:
    publisher.offer()
    old = json.loads(publisher.bodies["/index.json"])[0] | {"name": "vosk-model-old", "obsolete": "true"}
    publisher.bodies["/index.json"] = json.dumps([old, json.loads(publisher.bodies["/index.json"])[0]]).encode()
    assert [model.name for model in speech_models.published()] == [SMALL]


@pytest.mark.parametrize(
    ("body", "problem"),
    [(b"<html>", "not JSON"), (b'[{"name": "x"}]', "unknown format"), (b"{}7", "not JSON"), (b"[1]", "unknown format")],
)
def test_an_index_that_is_none_is_named(publisher: Publisher, body: bytes, problem: str) -> None:
    publisher.bodies["/index.json"] = body
    with pytest.raises(ModelError, match=problem):
        speech_models.published()


def test_a_server_without_an_index_is_named(publisher: Publisher) -> None:  # noqa: ARG001
    with pytest.raises(ModelError, match="answered 404"):
        speech_models.published()


def test_without_a_network_the_built_in_model_is_pointed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(speech_models.INDEX_SETTING, "http://127.0.0.1:9/index.json")
    with pytest.raises(ModelError, match=r"no connection.*the built-in model needs none"):
        speech_models.published()


def offered(name: str, language: str, kind: str, size: int) -> Published:
    return Published(name, language, kind, size, "", f"https://example.org/{name}.zip")


OFFERED = (
    offered("vosk-model-en-us-0.22", "en-us", "big", 1_800),
    offered("vosk-model-en-us-0.22-lgraph", "en-us", "big-lgraph", 130),
    offered("vosk-model-small-en-us-0.15", "en-us", "small", 41),
    offered("vosk-model-small-en-in-0.4", "en-in", "small", 36),
    offered("vosk-model-small-ko-0.22", "ko", "small", 82),
)


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("en", "vosk-model-small-en-us-0.15"),
        ("en-in", "vosk-model-small-en-in-0.4"),
        ("ko", "vosk-model-small-ko-0.22"),
        ("vosk-model-en-us-0.22-lgraph", "vosk-model-en-us-0.22-lgraph"),
    ],
)
def test_a_language_means_its_small_model_and_a_name_itself(wanted: str, name: str) -> None:
    assert speech_models.choose(wanted, OFFERED).name == name


def test_a_model_with_a_fixed_graph_is_refused_before_it_is_fetched() -> None:
    with pytest.raises(ModelError, match=r"no given phrases\. Take vosk-model-en-us-0\.22-lgraph or"):
        speech_models.choose("vosk-model-en-us-0.22", OFFERED)


def test_a_mistyped_name_is_answered_with_a_guess() -> None:
    with pytest.raises(ModelError, match=r"Did you mean vosk-model-small-en-us-0\.15\?"):
        speech_models.choose("vosk-model-small-en-0.15", OFFERED)


# ---- fetching ------------------------------------------------------------------------------------------------------


def test_a_fetched_model_is_whole_and_used_from_then_on(publisher: Publisher) -> None:
    progress: list[int] = []
    fetched = speech_models.fetch(publisher.offer(), progress=progress.append)
    assert speech_models.find("en") == fetched
    assert {name: (fetched.path / name).read_bytes() for name in FILES} == FILES
    assert left_over() == [SMALL]
    assert (progress[0], progress[-1]) == (0, len(GOOD))


def test_what_is_there_is_not_fetched_again(publisher: Publisher) -> None:
    model = publisher.offer()
    speech_models.fetch(model)
    speech_models.fetch(model)
    assert publisher.asked_from == [0]


def test_a_broken_off_download_goes_on_where_it_broke_off(publisher: Publisher) -> None:
    model = publisher.offer()
    publisher.cut_after = 150_000
    with pytest.raises(ModelError, match="Run the same command again"):
        speech_models.fetch(model)
    assert left_over() == [f"{SMALL}.zip.part"]
    assert speech_models.find("en").built_in, "half a model is none"
    speech_models.fetch(model)
    assert publisher.asked_from[0] == 0
    assert 65_536 <= publisher.asked_from[1] <= 150_000
    assert left_over() == [SMALL]


def test_a_server_that_cannot_resume_starts_over(publisher: Publisher) -> None:
    publisher.ranges = False
    model = publisher.offer()
    publisher.cut_after = 150_000
    with pytest.raises(ModelError):
        speech_models.fetch(model)
    speech_models.fetch(model)
    assert left_over() == [SMALL]


@pytest.mark.parametrize(
    ("change", "problem"),
    [({"md5": "0" * 32}, r"index's MD5 checksum.*deleted"), ({"size": len(GOOD) - 7}, "larger than the index says")],
)
def test_an_archive_that_differs_from_the_index_is_deleted(
    publisher: Publisher, change: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ModelError, match=problem):
        speech_models.fetch(publisher.offer(**change))
    assert left_over() == []


def test_a_pinned_checksum_counts_more_than_the_index(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(speech_models.SHA256, SMALL, "0" * 64)
    with pytest.raises(ModelError, match="pinned SHA-256"):
        speech_models.fetch(publisher.offer())


def test_a_server_that_promises_more_than_it_has_is_told_so(publisher: Publisher) -> None:
    with pytest.raises(ModelError, match="closed early"):
        speech_models.fetch(publisher.offer(size=len(GOOD) + 1_000))


EVIL: dict[str, Callable[[], bytes]] = {
    "../": lambda: archive({f"{SMALL}/../../escaped": b"x"}),
    "an absolute path": lambda: archive({"/tmp/escaped": b"x"}),
    "a drive": lambda: archive({f"{SMALL}/c:x": b"x"}),
    "a backslash": lambda: archive({f"{SMALL}\\..\\x": b"x"}),
    "a link": lambda: archive({}, symlink=f"{SMALL}/link"),
    "another folder": lambda: archive({"elsewhere/x": b"x"}),
}


@pytest.mark.parametrize("trick", EVIL)
def test_an_archive_with_tricks_is_refused_and_deleted(publisher: Publisher, trick: str) -> None:
    with pytest.raises(ModelError, match="Refused to unpack"):
        speech_models.fetch(publisher.offer(EVIL[trick]()))
    assert left_over() == []


def test_an_archive_that_unpacks_without_end_is_refused(publisher: Publisher) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as contents:
        contents.writestr(f"{SMALL}/graph/HCLr.fst", bytes(10_000_000))
    with pytest.raises(ModelError, match="far more than a model"):
        speech_models.fetch(publisher.offer(packed.getvalue()))
    assert left_over() == []


@pytest.mark.parametrize("body", [b"no archive at all", GOOD[:-100]])
def test_an_archive_that_is_none_is_deleted(publisher: Publisher, body: bytes) -> None:
    with pytest.raises(ModelError, match="Cannot unpack"):
        speech_models.fetch(publisher.offer(body))
    assert left_over() == []


def test_an_archive_without_a_model_leaves_nothing_behind(publisher: Publisher) -> None:
    with pytest.raises(ModelError, match="lacks"):
        speech_models.fetch(publisher.offer(archive({f"{SMALL}/README": b"no model"})))
    assert SMALL not in left_over()


@pytest.mark.parametrize("change", [{"name": "../../evil"}, {"url": "ftp://example.org/x.zip"}, {"size": 0}])
def test_an_unsafe_line_of_the_index_is_not_followed(publisher: Publisher, change: dict[str, Any]) -> None:
    publisher.offer(**change)
    with pytest.raises(ModelError, match="Cannot trust"):
        speech_models.fetch(speech_models.published()[0])


def test_a_full_disk_is_told_before_anything_is_fetched(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        free = 1_000

    model = publisher.offer()
    monkeypatch.setattr(speech_models.shutil, "disk_usage", lambda _folder: Full)
    with pytest.raises(ModelError, match="0 MB are free"):
        speech_models.fetch(model)
    assert publisher.asked_from == []


def test_a_disk_that_fills_up_on_the_way_keeps_what_is_there(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    model = publisher.offer()
    monkeypatch.setattr(speech_models, "_unpack", full)
    with pytest.raises(ModelError, match=r"No space left on device\. Make room"):
        speech_models.fetch(model)
    assert left_over() == [f"{SMALL}.zip.part"]


@pytest.mark.parametrize(
    ("language", "wanted", "other"),
    [
        ("de", "vosk-model-small-de-0.15", "vosk-model-small-de-zamia-0.3"),
        ("fr", "vosk-model-small-fr-0.22", "vosk-model-small-fr-pguyot-0.3"),
        ("es", "vosk-model-small-es-0.42", "vosk-model-es-0.42-lgraph"),
    ],
)
def test_a_language_means_the_publishers_own_small_model(
    publisher: Publisher, language: str, wanted: str, other: str
) -> None:
    """Others' models may be smaller still, and have licences of their own."""
    own = archive({f"{wanted}/{name}": content for name, content in FILES.items()})
    publisher.offer(b"x", other, lang=language, type="small" if "small" in other else "big-lgraph")
    publisher.offer(own, wanted, lang=language)
    chosen = speech_models.choose(language, speech_models.published())
    assert (chosen.name, chosen.licence) == (wanted, "Apache-2.0")
    with pytest.raises(ModelError, match=f"model get {language}`"):
        speech_models.find(language)
    speech_models.fetch(chosen)
    assert speech_models.find(language).name == wanted
