"""The colours of a drawing's roles, for light and dark backgrounds: red, green, blue from 0 to 255.

The tinted area (`STRETCH`) and the arrow stand out from clothes and skin by lightness too, not by hue alone.
"""

from collections.abc import Mapping
from typing import TypeAlias

from voicestretch.figures.drawing import Role

Colour: TypeAlias = tuple[int, int, int]
Palette: TypeAlias = Mapping[Role, Colour]

LIGHT: Palette = {
    Role.FLOOR: (226, 226, 222),
    Role.MAT: (186, 204, 186),
    Role.PROP: (214, 202, 184),
    Role.PROP_SHADE: (190, 176, 156),
    Role.PROP_EDGE: (140, 127, 108),
    Role.OUTLINE: (46, 52, 64),
    Role.SKIN: (226, 178, 146),
    Role.FAR_SKIN: (196, 148, 118),
    Role.SHIRT: (120, 168, 190),
    Role.FAR_SHIRT: (88, 134, 156),
    Role.TROUSERS: (82, 96, 126),
    Role.FAR_TROUSERS: (60, 71, 96),
    Role.SHOE: (236, 236, 232),
    Role.FAR_SHOE: (196, 198, 198),
    Role.HAIR: (84, 62, 50),
    Role.FACE: (58, 44, 40),
    Role.STRETCH: (232, 94, 58),
    Role.ARROW: (176, 36, 88),
}

DARK: Palette = {
    Role.FLOOR: (58, 62, 70),
    Role.MAT: (78, 98, 84),
    Role.PROP: (112, 104, 94),
    Role.PROP_SHADE: (88, 81, 73),
    Role.PROP_EDGE: (150, 139, 124),
    Role.OUTLINE: (16, 18, 24),
    Role.SKIN: (222, 174, 142),
    Role.FAR_SKIN: (180, 136, 108),
    Role.SHIRT: (120, 172, 196),
    Role.FAR_SHIRT: (82, 126, 148),
    Role.TROUSERS: (104, 122, 160),
    Role.FAR_TROUSERS: (74, 88, 120),
    Role.SHOE: (222, 222, 218),
    Role.FAR_SHOE: (170, 172, 174),
    Role.HAIR: (132, 98, 78),
    Role.FACE: (40, 30, 28),
    Role.STRETCH: (255, 112, 72),
    Role.ARROW: (255, 132, 178),
}
