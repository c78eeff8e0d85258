"""Keys are what is written on them, on whatever keyboard."""

import pygame
import pytest

from voicestretch.core.commands import INTENTS
from voicestretch.window.keys import key_of


@pytest.mark.parametrize(
    ("key", "text", "scancode", "shift", "name"),
    [
        (pygame.K_h, "h", pygame.KSCAN_H, False, "h"),
        (pygame.K_r, "R", pygame.KSCAN_R, True, "R"),
        (pygame.K_SPACE, " ", pygame.KSCAN_SPACE, False, "space"),
        (pygame.K_RETURN, "\r", pygame.KSCAN_RETURN, False, "enter"),
        (pygame.K_ESCAPE, "\x1b", pygame.KSCAN_ESCAPE, False, "esc"),
        (pygame.K_RIGHT, "", pygame.KSCAN_RIGHT, False, "right"),
        (pygame.K_1, "!", pygame.KSCAN_1, True, "!"),
        (0xDF, "?", pygame.KSCAN_MINUS, True, "?"),  # where a German keyboard has it
        (pygame.K_KP_PLUS, "", pygame.KSCAN_KP_PLUS, False, "+"),
        (pygame.K_KP5, "5", pygame.KSCAN_KP5, False, "5"),
        (pygame.K_h, "ㅗ", pygame.KSCAN_H, False, "h"),  # a Korean input language
        (0x0440, "р", pygame.KSCAN_H, False, "h"),  # a Russian keyboard
        (pygame.K_v, "", pygame.KSCAN_V, True, "V"),
        (pygame.K_LSHIFT, "", pygame.KSCAN_LSHIFT, True, ""),
        (pygame.K_F5, "", pygame.KSCAN_F5, False, ""),
    ],
)
def test_a_key_is_what_its_letter_says(key: int, text: str, scancode: int, shift: bool, name: str) -> None:
    assert key_of(key, text, scancode, shift=shift) == name


def test_every_key_of_the_session_can_be_typed() -> None:
    named = {"space", "enter", "right", "left", "esc", "0-9", "1-9"}
    for row in INTENTS.values():
        assert row.key in named or key_of(0, row.key, 0, shift=False) == row.key
    assert "f" not in {row.key for row in INTENTS.values()}, "f is full screen"
