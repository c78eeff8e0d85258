"""One hearing, many settings: the events of a take are judged as a session would."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from voicestretch import languages, pcm
from voicestretch.core.commands import Command, Intent, Phase
from voicestretch.core.events import Heard
from voicestretch.core.knobs import PATIENCE, STABLE_MS, Trust
from voicestretch.core.units import Milliseconds
from voicestretch.errors import UsageError
from voicestretch.measuring.clips import Kind
from voicestretch.measuring.takes import Judge, Setting, Take, left_out, planned, score, texts
from voicestretch.ports import EAR_RATE_HZ
from voicestretch.training.recordings import Recording

EN = languages.load("en")
SAFETY_MS = STABLE_MS[Trust.SAFETY]


def partials(words: str, *, since_ms: int, for_ms: int, heard_id: int = 1, final: bool = False) -> list[Heard]:
    """Words that stay for a while, a block every 30 ms."""
    events = [Heard(since_ms + ms, words, ms, False, heard_id, since_ms) for ms in range(0, for_ms + 1, 30)]
    last = Heard(since_ms + for_ms + 30, words, for_ms + 30, True, heard_id, since_ms)
    return [*events, last] if final else events


def take(text: str, heard: list[Heard], *, ended_ms: int = 1_000, kind: Kind = Kind.REAL) -> Take:
    """A second and a half of sound in a hold."""
    wanted = EN.phrases.get(text, ())
    trust = {"stop": Trust.SAFETY, "it hurts": Trust.SAFETY, "next one": Trust.PLAIN}.get(text)
    sound = np.zeros(EAR_RATE_HZ * 3 // 2, np.int16)
    return Take(text, kind, Phase.HOLDING, wanted, trust, ended_ms, sound, tuple(heard))


def stable(trust: Trust, ms: Milliseconds) -> Setting:
    return Setting(replace(PATIENCE, stable_ms={**STABLE_MS, trust: ms}))


def acts(heard: list[Heard], setting: Setting | None = None) -> list[tuple[Intent, int]]:
    return [(a.command.intent, a.event.at_ms) for a in Judge(EN, setting or Setting()).acts(heard, Phase.HOLDING)]


def test_a_partial_is_taken_as_soon_as_the_setting_allows() -> None:
    heard = partials("stop", since_ms=900, for_ms=300)
    assert acts(heard, stable(Trust.SAFETY, 60)) == [(Intent.HALT, 960)]
    assert acts(heard, stable(Trust.SAFETY, 150)) == [(Intent.HALT, 1_050)]
    assert acts(heard, stable(Trust.SAFETY, 400)) == []


def test_an_utterance_is_obeyed_once() -> None:
    assert len(acts(partials("next one", since_ms=900, for_ms=600, final=True))) == 1


def test_the_tail_of_a_command_is_left_alone_but_a_report_never() -> None:
    first = partials("next one", since_ms=0, for_ms=300, final=True)
    soon = first[-1].at_ms - 60
    again = partials("skip this", since_ms=soon, for_ms=300, heard_id=2, final=True)
    hurt = partials("it hurts", since_ms=soon, for_ms=300, heard_id=2, final=True)
    assert [intent for intent, _ in acts(first + again)] == [Intent.NEXT]
    assert [intent for intent, _ in acts(first + again, Setting(refractory_ms=0))] == [Intent.NEXT, Intent.NEXT]
    assert [intent for intent, _ in acts(first + hurt)] == [Intent.NEXT, Intent.HURT]


def test_a_score_counts_hits_mistakes_and_delays() -> None:
    right = take("stop", partials("stop", since_ms=900, for_ms=300), ended_ms=950)
    wrong = take("next one", partials("it hurts", since_ms=900, for_ms=300))
    missed = take("next one", [])
    talk = take("tree", partials("stop", since_ms=900, for_ms=300))
    made = score([right, wrong, missed, talk], EN, Setting())
    assert (made.hits.count, made.hits.total, made.safety_hits.count, made.safety_hits.total) == (1, 3, 1, 1)
    assert (made.wrong, made.false) == (1, 1)
    assert made.false_an_hour == pytest.approx(1 / (1.5 / 3_600))
    assert made.delay(50, Trust.SAFETY) == 900 + -(-SAFETY_MS // 30) * 30 - 950
    assert made.delay(95, Trust.PLAIN) == 0


def test_a_hit_with_something_wrong_after_it_is_a_hit_and_a_mistake() -> None:
    after = partials("it hurts", since_ms=2_000, for_ms=300, heard_id=2)
    made = score([take("stop", partials("stop", since_ms=900, for_ms=300) + after)], EN, Setting())
    assert (made.hits.count, made.wrong) == (1, 1)


def test_a_judge_remembers_nothing_of_another_state() -> None:
    """ "Yes" is asked for in one phase and means nothing in the other."""
    judge = Judge(EN, Setting())
    heard = [Heard(900, "yes", 600, True, 1, 0)]
    assert judge.acts(heard, Phase.HOLDING) == []
    assert [a.command for a in judge.acts(heard, Phase.PAIN_CHECK)] == [Command(Intent.YES)]


# ---- what is listened to


def record(folder: Path, rows: list[tuple[str, str, str]]) -> None:
    lines = ["path\ttext\tspeaker\tsource\tkind\tsplit"]
    for name, text, speaker in rows:
        pcm.write_wav(folder / name, np.full(EAR_RATE_HZ // 2, 4_000, np.int16), EAR_RATE_HZ)
        lines.append(f"{name}\t{text}\t{speaker}\tgsc_mini\treal\tdev")
    (folder / "manifest.tsv").write_text("\n".join(lines) + "\n")


def speakers(folder: Path, *, held_back: bool) -> list[str]:
    names = [f"speaker {i}" for i in range(60)]
    return [n for n in names if Recording(folder, "stop", n, "gsc_mini", "real").held_back is held_back]


def test_only_what_training_left_out_is_taken(tmp_path: Path) -> None:
    (out, *_), (trained_on, *_) = speakers(tmp_path, held_back=True), speakers(tmp_path, held_back=False)
    rows = [("a.wav", "stop", out), ("b.wav", "tree", out), ("c.wav", "stop", trained_on), ("d.wav", "dog", trained_on)]
    record(tmp_path, rows)
    (material,) = left_out(tmp_path, EN, most=9, most_others=9)
    assert [c.text for c in material.commands] == ["stop"]
    assert [c.text for c in material.others] == ["tree"]


def test_recordings_that_were_all_trained_on_are_refused(tmp_path: Path) -> None:
    trained_on = speakers(tmp_path, held_back=False)[0]
    record(tmp_path, [("c.wav", "stop", trained_on), ("d.wav", "dog", trained_on)])
    with pytest.raises(UsageError, match="left out no commands"):
        left_out(tmp_path, EN, most=9, most_others=9)


def test_other_peoples_folders_are_taken_whole(tmp_path: Path) -> None:
    for word in ("stop", "tree"):
        (tmp_path / word).mkdir()
        pcm.write_wav(tmp_path / word / "1.wav", np.full(EAR_RATE_HZ // 2, 4_000, np.int16), EAR_RATE_HZ)
    (material,) = left_out(tmp_path, EN, most=9, most_others=9)
    assert [c.text for c in material.commands] == ["stop"]


def test_an_answer_is_listened_for_where_it_is_one(tmp_path: Path) -> None:
    (tmp_path / "help").mkdir()
    pcm.write_wav(tmp_path / "help" / "1.wav", np.full(EAR_RATE_HZ // 2, 4_000, np.int16), EAR_RATE_HZ)
    (material,) = left_out(tmp_path, EN, most=9, most_others=9)
    assert {phase for _, phase, _, _ in planned(material, EN)} == {Phase.HOLDING, Phase.PAIN_CHECK}


def test_every_report_and_every_taught_phrase_of_a_session_is_spoken() -> None:
    said = set(texts(EN))
    assert {"it hurts", "ouch", "chest pain", "stop", "next one", "yes", "seven"} <= said
