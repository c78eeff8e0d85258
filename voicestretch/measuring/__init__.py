"""How well people are understood, beside what a person would otherwise pick: the figures of `voicestretch bench`.

`clips.py` says what is listened to, `contestants.py` who listens, `hearing.py` what is counted, `plots.py` draws it.
Measures only; nothing here is used while playing.
"""
