"""Every knob of trust in the ear, with its unit and the measurement that set it. Numbers only; who turns them is named.

Measured again, for another model or other recordings: `python -m voicestretch.measuring search RECORDINGS`. It tries
values around those that stand here on recordings that training left out and on synthetic voices, and says which would
take fewer false commands. What it says of safety words counts only where no report is lost: a false alarm costs
seconds, a missed one an injury.

Knobs that are not there
------------------------
- **How long somebody spoke, how quiet it was before, how quiet it is by now**: set so that no true command is lost,
  each of these gates keeps none of 41 wrong and false commands away; for 5 of 776 true ones, 2 at most. Talk that is
  taken for a command is as long, and has as much quiet around it, as a command (`measuring/gates.py`).
- **A margin against `[unk]`**: listed twice it keeps 5 of 23 false commands away and loses 2 of 560 reports (none with
  the two synthetic voices of the search), listed three times 8 and 6. Listing the reports as often gives them back, and
  the false ones with them.
- **Recogniser's confidence**: 1 for whatever fits least badly when there are few phrases.

The numbers inside the learnt echo path stand with it (`near_end.py`), those of the gate that saves work in standby in
`adapters/voice_gate.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from voicestretch.core.units import SECOND, Milliseconds


class Trust(Enum):
    """How sure we must be before acting, by what a mistake costs."""

    SAFETY = "safety"
    """A false alarm costs seconds, a missed one an injury: the first stable partial, also while the coach speaks."""
    PLAIN = "plain"
    """Undone by one word: a partial that has been stable for a while."""
    ANSWER = "answer"
    """A short word in answer to a question: a little longer, they are easily mistaken."""
    COSTLY = "costly"
    """Ends the session or the listening: only when the recogniser has made up its mind."""


# ---- how long words must stay as they are (core/commands.py) ---------------------------------------------------------

STABLE_MS: Mapping[Trust, Milliseconds] = {
    Trust.SAFETY: 100,
    Trust.PLAIN: 180,
    Trust.ANSWER: 200,
    Trust.COSTLY: 600,
}
"""How long a partial must have been the same, in ms; partials change every 90 ms.

Searched on 282 real takes of commands and 532 synthetic ones (each as it was and at 12 dB), and on 1.0 hour of other
words by real voices, in two states. Safety: 100 asks one more chunk of sound to agree; 60 took 25 false commands more.
180 would take 7 of 21 fewer, but miss a report more, and silence single words like "stop" 60 ms later than aimed at
(95 % within 300 ms; now 280). 100 silences 20 ms sooner than 120. Plain: 120 took 5 more, 300 one fewer, 120 ms later.
Answer: 120 took one more, from 180 to 500 there is no difference; 95 % come within 400 ms up to 200. Costly: from 480
to the end of the utterance no difference, 240 took 2 more; nobody waits for these.
"""

OWN_STABLE_MS: Mapping[str, Milliseconds] = {}
"""The same, in ms, for intents (by their value) that need a time of their own. None does: what is taken wrongly is
spread over eleven intents, and more time for any of them spares 4 of 21 real mistakes at most (alarm, 120 ms later)."""

AHEAD_MS: Milliseconds = 80
"""Asked of a report of several words on top: a partial runs ahead to the only possible next word, so "my neighbour"
shows as "my knee hurts" for a moment, and a real one shows before it has been said to its end.

With 100 it makes two chunks that must agree. Of 360 takes of talk that begins like a report ("I feel fine", "sharp
pencils") 60 were taken for one or for another command without it, 30 with 80 to 130, 15 with 170; asking 130 of three
words or more only, as before, 43. No report is lost by any of them; with 80 the median comes 40 ms after the end of two
words and 130 ms after the end of three (before: 20 ms before it, and 190 ms after it).
"""

COULD_BECOME_MS: Milliseconds = 500
"""A phrase that could still grow into one of another meaning waits this long ("hold on" and "hold on longer").

From 180 to 650 the recordings show no difference in mistakes: few of them are such a phrase, and none is said slowly.
"""


@dataclass(frozen=True, slots=True)
class Patience:
    """The times above as one value, so that others can be tried on the same recordings."""

    stable_ms: Mapping[Trust, Milliseconds]
    own_ms: Mapping[str, Milliseconds]
    """By intent; takes the place of its trust's."""
    ahead_ms: Milliseconds
    could_become_ms: Milliseconds

    def for_intent(self, intent: str, trust: Trust) -> Milliseconds:
        """How long a partial of this intent must have been the same."""
        return self.own_ms.get(intent, self.stable_ms[trust])


PATIENCE = Patience(STABLE_MS, OWN_STABLE_MS, AHEAD_MS, COULD_BECOME_MS)
"""What a session goes by."""

# ---- after a command (core/session.py, core/requests.py) -------------------------------------------------------------

REFRACTORY_MS: Milliseconds = 700
"""After a command, words that began earlier than this are its own tail ("next ... one"). Reports are exempt.

From 0 to 800 no difference on 814 takes: an utterance is obeyed once anyway. It stays for who breathes in the middle,
and for what is armed anew: of "pause please" over the coach "please" came back as "resume", 520 to 610 ms later.
"""
UNDO_MS: Milliseconds = 5 * SECOND
"""How long "go back" takes back the last change instead of the exercise. Judged, not measured: long enough to notice,
to breathe in and to say it."""

# ---- our own voice (core/session.py, core/menu.py) -------------------------------------------------------------------

ECHO_TAIL_MS: Milliseconds = 300
"""How long the room may still carry the coach's last word."""
LONG_TAIL_MS: Milliseconds = 800
"""The same where the coach's voice is known to come back: a late echo (0.25 s) and the recogniser's own delay."""
WHILE_SPEAKING_MS: Milliseconds = 150
"""Asked for on top of an intent's own stability while the coach speaks."""
LONE_WORD_MS: Milliseconds = 350
"""Asked of a single safety word in a room that carries the coach's voice back, while the coach speaks or a tone rings:
the beginning of "stand in a doorway" shows as "stop" for 180 ms, the end of "slow breath out" as "ouch" for 360 ms.
"It hurts" is asked for nothing more."""
FIRST_WORDS_MS: Milliseconds = 5 * SECOND
"""Before so much of the session has passed nobody can tell our voice from another's: single words are taken for ours
as in a room that is known to carry them back. The echo path is learnt after 1 to 2 s of the coach's voice, and what is
looked at of an utterance reaches 1.8 s back: with 3 s a session at -12 dB obeyed its own "ouch" at 3.0 s."""
TONE_MS: Milliseconds = 1_600
"""The longest tone."""

# ---- what is being said, word by word (core/echo.py) -----------------------------------------------------------------

ECHO_WINDOW_MS: Milliseconds = 2_000
"""How far back words may have been said: recogniser delay (about 0.4 s), room, and the length of a phrase."""
ECHO_ALIKE = 0.6
"""Share of letters two words have in common, in order, to be taken for each other ("next", "text": 0.75)."""

# ---- whether there is somebody else's voice (core/session.py, playout.py) --------------------------------------------

NEAR_MS: Milliseconds = 140
"""So much of an utterance must be a voice that is not ours, where that can be told. A word has 200 to 600; what the
measured echo path leaves unexplained of our own voice has 0 to 60 once it is learnt (and had up to 420 after a hold,
while its ticks still taught the path; the figures below are from then). Words that sound like what is being said stay
ours until the sentence is over, or until there is more of another voice than that (`SURELY_MS`): with 300 taken for
enough, "release slowly" was obeyed as "repeat" in 2 of 15 sessions. With 120 one of 15 sessions in the loudest rooms
halted at its own "slowly"; 140 cost none of 37 interruptions at 0 and -10 dB, and one obeyed nothing false any more."""
SURELY_MS: Milliseconds = 600
"""With so much of it every word has to sound like ours to be taken for ours, else half of them: "switch sides" was
refused over "the shoulders, without any pull". A single word, and our own sentence where somebody turned the volume or
talks beside us, stay ours."""
REPORT_MS: Milliseconds = 80
"""A report of several words is only doubted when hardly anybody can be heard beside us. With 40 "coming up", after a
long silence, was obeyed as "going numb" in one of 15 sessions in the loudest rooms."""
DUCKED_PERCENT = 12
"""Of the coach's volume while somebody speaks over it, 18 dB softer: a person at the loudness of the coach is then
understood like in a quiet room."""
WORDS_MS: Milliseconds = 1_200
"""A command is over in that time; what was heard before it is not its voice."""
BEFORE_WORDS_MS: Milliseconds = 500
"""Words show up this long after their sound began, at most."""
AFTER_WORDS_MS: Milliseconds = 600
"""A partial runs ahead of a person's voice: so much of what follows counts as the same words."""
ENDPOINT_MS: Milliseconds = 500
"""A final result comes so long after the voice."""
NEW_WORDS_MS: Milliseconds = 300
"""A person who begins while we speak is heard from here on, else their words are the continuation of ours: "[unk]". The
recogniser believes nothing sooner, and their voice began 60 to 120 ms ago."""
VOICE_BEGAN_MS: Milliseconds = 60
"""Of the last 80: so long a voice must be there before the coach lowers its own. With the block and the mixer's
buffer the coach is softer within 100 ms of the first sound."""
VOICE_OVER_MS: Milliseconds = 600
"""Of quiet: longer than the pauses inside a command."""
LONGEST_COMMAND_MS: Milliseconds = 2_500
"""Who talks longer is not talking to us: a radio must not keep the coach down."""
STRAIGHT_DB = 8.0
"""Explained by the path; in twelve measured living rooms it is 20 to 37. Less is a loudspeaker that distorts, where a
canceller that also suppresses does better. Elsewhere it takes the person away with the coach."""

# ---- the recogniser (adapters/listening_vosk.py) ---------------------------------------------------------------------

WARM_UP_MS: Milliseconds = 270
"""Three chunks. What shows up sooner after a start ("quieter", "hurts") is guesswork, in silence too."""
KEPT_MS: Milliseconds = 500
"""Sound kept from before an arming: partials lag 0.2 to 0.4 s behind the voice."""
ALONE_WEIGHT = 3
"""How often the words that begin a phrase, or end one and go on in another, are also listed alone. Else the recogniser
runs ahead in the silence after a word: "go" becomes "go back" and "go back" becomes "go back hurts", and only the end
of the utterance shows the truth. Of 222 single words by 20 speakers that are no commands it halved those taken for one
(49 to 21), and of 54 "yes" and "no" 6 more were understood; listing each once changed nothing."""
OTHERS_CHUNK_FRAMES = 9
"""Frames of 10 ms that a model of somebody else's is evaluated in at once, and how often its partials can change; ours
says the same by itself. Stock is 20 (210 ms). With the Korean model 6 instead of 20 took twice the processor time
(0.026 instead of 0.013 of real time) and gave finals up to 0.16 s sooner; 9 lies between, partials every 90 ms."""
OTHERS_ENDPOINT_S: Mapping[str, float] = {"rule2": 0.4, "rule3": 0.5, "rule4": 0.7}
"""Seconds of silence that end an utterance; stock 0.5, 1 and 2. A command is short, nobody dictates."""

# ---- the microphone (adapters/listening_vosk.py) ---------------------------------------------------------------------

STALL_MS: Milliseconds = 1 * SECOND
"""No sound for so long is a microphone that is gone; told within 1.5 s, with the reader's own wait of 0.1 s."""
MUTED_MS: Milliseconds = 20 * SECOND
"""Nothing but zeros for so long is a mute switch; microphones that gate noise send zeros for shorter whiles."""
BEHIND_MS: Milliseconds = 2 * SECOND
"""Waiting sound beyond this is thrown away, oldest first: a late command is worse than a repeated one."""
