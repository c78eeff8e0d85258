"""Files made to hurt the loader: huge, deep, endless, odd letters, tricks with paths. Name -> the file's bytes."""

from collections.abc import Iterator

GOOD = """\
format = 1
id = "small"
title = "Small"
[[exercise]]
id = "reach"
name = "Reach"
hold = 20
setup = "Reach up."
feel = "Along the side."
easier = "Reach lower."
"""


def exercises(count: int, extra: str = "", cues: str = "") -> str:
    """As long a walk as a file may describe."""
    one = GOOD.split("[[exercise]]\n")[1].replace("hold = 20", "hold = 5\nsets = 10\nrest = 0") + extra
    top = 'format = 1\nid = "small"\ntitle = "Small"\n'
    top += 'when = ["any", "before-exercise", "after-exercise", "on-discomfort", "sensitive-day", "evening"]\n'
    return top + "".join("[[exercise]]\n" + one.replace('"reach"', f'"reach-{n}"') + cues for n in range(count))


REFUSED: dict[str, str | bytes] = {
    "dotted key": "a" + ".a" * 100_000 + " = 1",
    "dotted header": "[" + "a." * 100_000 + "a]",
    "brackets": "a = " + "[" * 200_000,
    "brackets closed": "a = " + "[" * 100_000 + "]" * 100_000,
    "braces": "a = " + "{a=" * 80_000,
    "integer": "format = " + "9" * 200_000,
    "hexadecimal": "format = 0x" + "f" * 200_000,
    "decimals": "rest = 1." + "9" * 200_000,
    "exponent": GOOD.replace("format = 1", "format = 1\nrest = 1e99999999999999999999"),
    "millions of sets": GOOD.replace("hold = 20", "hold = 20\nsets = 1000000"),
    "millions of repetitions": GOOD.replace("hold = 20", 'kind = "move"\nreps = 1000000\npace = 1'),
    "a hundred hours": exercises(100, 'kind = "move"\nreps = 100\npace = 60\n').replace("hold = 5\n", ""),
    "unknown keys": "".join(f"k{n} = 1\n" for n in range(15_000)),
    "long key": '"' + "k" * 200_000 + '" = 1',
    "exercises": "[[exercise]]\n" * 15_000,
    "cues": "[[exercise]]\n" + "[[exercise.cue]]\n" * 12_000,
    "tables": "".join(f"[t{n}]\n" for n in range(30_000)),
    "same key": "a = 1\n" * 30_000,
    "no values": "a =\n" * 40_000,
    "open quotes": 'a = "\n' * 40_000,
    "backslashes": 'a = "' + "\\" * 200_001 + '"',
    "words": 'title = "' + "next stop " * 24_000 + '"',
    "letters and digits": 'title = "' + "a1" * 100_000 + '"',
    "sentences": 'title = "' + ". " * 100_000 + '"',
    "spaces": 'title = "' + " " * 200_000 + 'x"',
    "areas": "areas = [" + "1," * 100_000 + "]",
    "too large": "#" * 300_000,
    "NUL": 'title = "\0"',
    "byte-order mark": "\ufeff" + GOOD,
    "UTF-16": GOOD.encode("utf-16"),
    "half a character": GOOD.encode() + b"# \xed\xa0\x80",
    "half a character, escaped": GOOD.replace("Reach up.", "Reach \\ud800 up."),
    "beyond Unicode": GOOD.replace("Reach up.", "Reach \\U00110000 up."),
    "terminal escape": GOOD.replace("Reach up.", "Reach \\u001b[2J up."),
    "direction override": GOOD.replace("Reach up.", "Reach \\u202e up."),
    "direction isolate, raw": GOOD.replace("Reach up.", "Reach \u2066 up."),
    "invisible name": GOOD.replace('"Reach"', '"\u200b\u200d\ufeff"'),
    "a million accents": GOOD.replace("Reach up.", "e" + "\u0301" * 120_000),
    "path as id": GOOD.replace('id = "small"', 'id = "../../small"'),
    "path as use": GOOD + '[[exercise]]\nuse = "../etc/passwd"\n',
    "path as swap": GOOD.replace("hold = 20", 'hold = 20\nswap = "/etc/passwd"'),
    "path as figure": GOOD.replace("hold = 20", 'hold = 20\nfigure = "..\\\\..\\\\secrets"'),
    "path as source": GOOD.replace("hold = 20", 'hold = 20\nsource = "../../x"'),
    "swap with oneself": GOOD.replace("hold = 20", 'hold = 20\nswap = "reach"'),
    "use of oneself": GOOD.replace('name = "Reach"', 'use = "reach"'),
    "an address that runs": GOOD + '[[sources]]\nkey = "a"\ntitle = "A"\nurl = "javascript:alert(1)"\n',
}
"""None of these may be played."""

HEAVY: dict[str, str | bytes] = {
    "as long as may be": exercises(100),
    "as many cues as may be": exercises(100, cues='[[exercise.cue]]\nat = 0\nsay = "Soft and slow."\n' * 20),
    "every start": exercises(100, 'starts = ["any", "evening", "after-exercise", "on-discomfort"]\n'),
}
"""These are routines, or nearly; they may only not take long."""


def every() -> Iterator[tuple[str, bytes]]:
    for name, content in (REFUSED | HEAVY).items():
        yield name, content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
