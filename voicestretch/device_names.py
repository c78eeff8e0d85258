"""Which device a person means by a name, or by a part of one. Knows no device itself."""

from collections.abc import Sequence
from difflib import get_close_matches

from voicestretch.errors import VoicestretchError


def choose(wanted: str, names: Sequence[str], *, kind: str, remedy: str, error: type[VoicestretchError]) -> str:
    """The one of `names` that is meant. `kind`: "microphone", "loudspeaker".

    Raises `error` when none is meant or several are, with the names there are; with `remedy` when there are none.
    """
    exact = [n for n in names if n.casefold() == wanted.casefold()]
    found = exact or [n for n in names if wanted.casefold() in n.casefold()]
    if len(found) == 1:
        return found[0]
    if not names:
        raise error(f"Cannot use the {kind} {wanted!r}: there is no {kind}. {remedy}")
    close = get_close_matches(wanted, names, n=1, cutoff=0.4)
    problem = "several have that in their names" if found else "there is none of that name"
    hint = f" Did you mean {close[0]!r}?" if close and not found else ""
    listed = ", ".join(repr(n) for n in found or names)
    raise error(f"Cannot use the {kind} {wanted!r}: {problem}. There is {listed}.{hint}")
