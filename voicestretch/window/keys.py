"""Keys of a window as the session names them: what the letter says, on whatever keyboard."""

import pygame

_NAMES = {
    pygame.K_SPACE: "space",
    pygame.K_RETURN: "enter",
    pygame.K_KP_ENTER: "enter",
    pygame.K_ESCAPE: "esc",
    pygame.K_UP: "up",
    pygame.K_DOWN: "down",
    pygame.K_LEFT: "left",
    pygame.K_RIGHT: "right",
}
_KEYPAD = {pygame.K_KP_PLUS: "+", pygame.K_KP_MINUS: "-", pygame.K_KP_PERIOD: "."}
_FIRST_SCANCODE, _LETTERS = 4, "abcdefghijklmnopqrstuvwxyz"


def key_of(key: int, text: str, scancode: int, *, shift: bool) -> str:
    """The session's name of a key: a letter, a digit, a sign, or a word like "space". Empty: it has none.

    `key` and `scancode`: SDL's. `text`: what would be written. Where that is no Latin letter (a Korean, Russian or
    Greek keyboard), the letter at that place of a Latin one counts: "it hurts" must not depend on the input language.
    """
    if key in _NAMES:
        return _NAMES[key]
    if key in _KEYPAD:
        return _KEYPAD[key]
    if len(text) == 1 and text.isascii() and text.isprintable():
        return text
    letter = chr(key) if 97 <= key <= 122 else ""
    place = scancode - _FIRST_SCANCODE
    if not letter and 0 <= place < len(_LETTERS) and not text.isascii():
        letter = _LETTERS[place]
    return letter.upper() if shift else letter
