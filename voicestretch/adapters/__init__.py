"""The doors: one foreign library each. Here only what SDL has to find in the environment before a door starts it."""

import os
import sys

# Otherwise SDL answers SIGTERM itself, and a polite `kill` no longer ends the program.
os.environ.setdefault("SDL_NO_SIGNAL_HANDLERS", "1")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
if sys.platform.startswith("linux"):
    # The sound servers move a stream to another device when one is unplugged; ALSA alone cannot.
    os.environ.setdefault("SDL_AUDIODRIVER", "pipewire,pulseaudio,alsa")
