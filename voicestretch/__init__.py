"""Voicestretch: a voice-guided stretching session that needs no hands and no network.

    street                     hall                    study (no windows)
    person, mic, speaker, disk | loop.py, app.py       | core/: routine, plan, events, actions,
    adapters/ are the doors    | one queue, one state  | session, safety, commands, echo, prompts, cues
    library, journal, assets   | one clock             |

What happens becomes an event; `core.session.update(state, event)` answers with a new state and a list of actions;
the loop performs them. Nothing in `core/` sees a clock, a file, a device or a thread.
"""

__version__ = "0.1.0"
