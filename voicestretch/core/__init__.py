"""The study without windows: no clock, file, device, thread, log or randomness in here.

What the session must know comes in as an event; what it wants goes out as an action.
"""
