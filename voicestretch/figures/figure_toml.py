"""Text of a figure's file -> Figure, and every fault with its line. Pure: opens no file.

README.md in `routines/figures` tells the same to people: keys, units, what the angles mean.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from pathlib import PurePath
from typing import TypeGuard, TypeVar

from voicestretch.errors import Fault
from voicestretch.figures import body
from voicestretch.figures.areas import AREAS
from voicestretch.figures.bases import BASES
from voicestretch.figures.body import ANKLE_HEIGHT, JOINTS, LIMITS, Posture
from voicestretch.figures.figure import Arrow, Figure
from voicestretch.figures.geometry import Vector, minus, mixed, plus, scaled, unit
from voicestretch.figures.pose import Arm, Bend, Leg, Pose, Reach, mirrored
from voicestretch.figures.props import Kind, Layer, Prop
from voicestretch.figures.sketch import View
from voicestretch.toml_positions import KeyPath
from voicestretch.toml_reader import Document, Notes, TextFile, did_you_mean, read_document, shown

FORMAT = 1
VIEWS = {"front": 0.0, "left": 90.0, "back": 180.0, "right": -90.0, "side": -90.0}
HEIGHT = 9.0
"""Degrees from above, when nothing else is said."""
DIRECTIONS: Mapping[str, Vector] = {
    "left": (1.0, 0.0, 0.0),
    "right": (-1.0, 0.0, 0.0),
    "up": (0.0, 1.0, 0.0),
    "down": (0.0, -1.0, 0.0),
    "forward": (0.0, 0.0, 1.0),
    "back": (0.0, 0.0, -1.0),
}
"""`out` and `in`, seen from the limb's own side, come on top."""
FARTHEST = 300.0
"""Centimetres; nothing in a picture is farther away."""
_TOP = (
    "format", "view", "height", "base", "sided", "cycle", "show", "keep", "stretch", "start", "stretched", "pose",
    "prop", "arrow",
)  # fmt: skip
_POSE = (
    "hips", "pelvis", "spine", "upper_back", "neck", "nod", "glide", "breath",
    "arms", "left_arm", "right_arm", "legs", "left_leg", "right_leg",
)  # fmt: skip
_BEND = ("bend", "lean", "turn")
_ARM_ANGLES = ("shrug", "round", "lift", "aside", "turn", "elbow", "palm", "wrist", "fingers")
_ARM = (*_ARM_ANGLES, "hand", "elbow_to", "fingers_to", "palm_to", "upper_to", "fore_to", "follow")
_LEG_ANGLES = ("lift", "aside", "turn", "knee", "ankle")
_LEG = (*_LEG_ANGLES, "foot", "knee_to", "toes_to", "thigh_to", "shin_to")
_PLACED_BY_HAND = frozenset({"lift", "aside", "turn", "elbow"})
_PLACED_BY_FOOT = frozenset({"lift", "aside", "turn", "knee"})
_PROP = ("kind", "at", "size", "turn", "layer", "along")
_ARROW = ("at", "by", "off", "bow", "both", "loop")
_MOST_POSES = 8
_T = TypeVar("_T", bound=StrEnum)
_L = TypeVar("_L", Arm, Leg)


def read(file: TextFile) -> tuple[Figure | None, tuple[Fault, ...]]:
    """The figure (None when any fault is an error) and all faults, in the order of the lines. Never raises."""
    notes = Notes()
    document = read_document(file, notes)
    figure = _Reader(document, notes).figure(PurePath(file.path).stem) if document else None
    return (None if notes.errors else figure), notes.faults()


@dataclass(frozen=True, slots=True)
class _Reader:
    document: Document
    notes: Notes

    def error(self, path: KeyPath, text: str) -> None:
        label = ", ".join(str(name + 1) if isinstance(name, int) else name for name in path)
        place = self.document.positions.of_value(path)
        self.notes.add(self.document.path, place, f"{label}: {text}" if label else text)

    def figure(self, name: str) -> Figure:
        top = self.document.values
        self.keys((), top, _TOP)
        if top.get("format") != FORMAT:
            self.error(("format",), f"is {shown(top.get('format'))}; this version reads format = {FORMAT}")
        base = BASES[self.one_of(("base",), top.get("base"), tuple(BASES), "standing")]
        paths, poses = self.poses(base)
        figure = Figure(
            id=name,
            poses=poses,
            view=View.of(self.view(top.get("view")), self.number(("height",), top.get("height"), HEIGHT, -30, 60)),
            cycle=self.flag(("cycle",), top.get("cycle")),
            sided=self.flag(("sided",), top.get("sided")),
            show=self.names(("show",), top.get("show"), JOINTS),
            keep=self.one_of(("keep",), top.get("keep"), JOINTS, "") if "keep" in top else "",
            tinted=self.names(("stretch",), top.get("stretch"), tuple(AREAS)),
            props=tuple(self.prop(("prop", i), row) for i, row in self.rows("prop")),
            arrows=tuple(self.arrow(("arrow", i), row) for i, row in self.rows("arrow")),
        )
        return figure if self.notes.errors else self.checked(figure, paths)

    # what the poses come to

    def checked(self, figure: Figure, paths: Sequence[KeyPath]) -> Figure:
        """The figure with poses that can be mixed, after every joint has been looked at."""
        try:
            postures = [body.solve(pose) for pose in figure.poses]
        except body.CircleError:
            self.error(paths[0], "the limbs reach for one another in a circle; give one of them a place in the room")
            return figure
        figure = replace(figure, poses=alike(figure.poses, postures))
        for i, path in enumerate(paths):
            posture = figure.posture(i / len(paths) if figure.cycle else float(i))
            for limb, text in body.overstretched(posture):
                table = self.document.values.get(str(path[0]), {}) if len(path) == 1 else {}
                both = limb.split("_")[1] + "s"
                key = limb if isinstance(table, Mapping) and limb in table else both
                self.error((*path, key), text)
        return figure

    # poses

    def poses(self, base: Pose) -> tuple[list[KeyPath], tuple[Pose, ...]]:
        top = self.document.values
        start = self.pose(("start",), top.get("start", {}), base)
        rows = list(self.rows("pose"))
        if top.get("cycle") is True:
            if not 2 <= len(rows) <= _MOST_POSES:
                self.error(("pose",), f"a cycle has 2 to {_MOST_POSES} poses: [[pose]]; here are {len(rows)}")
            paths: list[KeyPath] = [("pose", i) for i, _ in rows]
            return paths, tuple(self.pose(("pose", i), row, start) for i, row in rows) or (start, start)
        if rows:
            self.error(("pose",), "needs cycle = true; a stretch has [start] and [stretched]")
        if "stretched" not in top:
            self.error((), "[stretched] is missing: what is different once the stretch is taken up")
        return [("start",), ("stretched",)], (start, self.pose(("stretched",), top.get("stretched", {}), start))

    def pose(self, path: KeyPath, table: object, base: Pose) -> Pose:
        if not isinstance(table, Mapping):
            self.error(path, f"is {shown(table)}; it must be a table")
            return base
        self.keys(path, table, _POSE)
        return Pose(
            hips=self.point((*path, "hips"), table.get("hips"), base.hips),
            pelvis=self.bend((*path, "pelvis"), table.get("pelvis"), base.pelvis),
            spine=self.bend((*path, "spine"), table.get("spine"), base.spine),
            upper_back=self.limited(path, "upper_back", table, base.upper_back),
            neck=self.bend((*path, "neck"), table.get("neck"), base.neck),
            nod=self.limited(path, "nod", table, base.nod),
            glide=self.limited(path, "glide", table, base.glide),
            breath=self.limited(path, "breath", table, base.breath),
            left_arm=self.limb(path, table, "arm", "left", base.left_arm),
            right_arm=self.limb(path, table, "arm", "right", base.right_arm),
            left_leg=self.limb(path, table, "leg", "left", base.left_leg),
            right_leg=self.limb(path, table, "leg", "right", base.right_leg),
        )

    def bend(self, path: KeyPath, value: object, base: Bend) -> Bend:
        if value is None:
            return base
        if not isinstance(value, Mapping):
            self.error(path, f"is {shown(value)}; it must be a table. Did you mean {{ bend = 10 }}?")
            return base
        self.keys(path, value, _BEND)
        kind = str(path[-1])
        found = {key: self.limited(path, key, value, getattr(base, key), f"{kind}.{key}") for key in _BEND}
        return Bend(**found)

    def limb(self, path: KeyPath, table: Mapping[str, object], kind: str, side: str, base: _L) -> _L:
        """A limb: first what is said of both, then what is said of this side."""
        limb = base
        for key in (f"{kind}s", f"{side}_{kind}"):
            if key not in table:
                continue
            value = table[key]
            if isinstance(value, Mapping):
                limb = self.one_limb((*path, key), value, kind, side, limb)
            elif side == "left" or not key.endswith("s"):
                self.error((*path, key), f"is {shown(value)}; it must be a table. Did you mean {{ lift = 90 }}?")
        return limb

    def one_limb(self, path: KeyPath, table: Mapping[str, object], kind: str, side: str, base: _L) -> _L:
        angles, keys = (_ARM_ANGLES, _ARM) if kind == "arm" else (_LEG_ANGLES, _LEG)
        both = str(path[-1]).endswith("s")
        if not both or side == "left":
            self.keys(path, table, keys)
        goal = "hand" if kind == "arm" else "foot"
        bones = ("upper_to", "fore_to") if kind == "arm" else ("thigh_to", "shin_to")
        placed = _PLACED_BY_HAND if kind == "arm" else _PLACED_BY_FOOT
        changes: dict[str, object] = {
            key: self.limited(path, key, table, getattr(base, key), f"{kind}.{key}") for key in angles if key in table
        }
        if goal in table:
            changes[goal] = self.reach((*path, goal), table[goal], flipped=both and side == "right")
            changes |= dict.fromkeys(bones)
        elif placed & table.keys():
            changes[goal] = None
            changes |= dict.fromkeys(bones)
        elif bones[0] in table:
            changes[goal] = None
        for key in keys:
            if key.endswith("_to") and key in table:
                changes[key] = self.direction((*path, key), table[key], side, flipped=both and side == "right")
        if goal in changes and changes[goal] is None and getattr(base, goal) is not None:
            changes |= {key: None for key in keys if key.endswith("_to") and key not in changes}
        if "follow" in table:
            changes["follow"] = self.flag((*path, "follow"), table["follow"])
        if kind == "arm" and {"palm", "wrist"} & table.keys():
            changes |= {key: None for key in ("fingers_to", "palm_to") if key not in table}
        if kind == "leg" and "ankle" in table and "toes_to" not in table:
            changes["toes_to"] = None
        return replace(base, **changes)  # type: ignore[arg-type]

    def limited(self, path: KeyPath, key: str, table: Mapping[str, object], default: float, limit: str = "") -> float:
        """A number within the limits of its joint."""
        if key not in table:
            return default
        value = table[key]
        where = (*path, key)
        if not _is_number(value):
            self.error(where, f"is {shown(value)}; it must be a number")
            return default
        limits = LIMITS[limit or key]
        if not limits.least <= value <= limits.most:
            unit_of = "" if key == "breath" else " cm" if key == "glide" else " degrees"
            self.error(where, f"is {shown(value)}{unit_of}; {limits.words} from {limits.least:g} to {limits.most:g}")
            return default
        return float(value)

    def reach(self, path: KeyPath, value: object, *, flipped: bool) -> Reach | None:
        """`[x, y, z]`, `"right_knee"`, or `{ on = "right_knee", by = [0, 3, 0] }`."""
        on = ""
        by: object = value
        if isinstance(value, str):
            on, by = self.one_of(path, value, JOINTS, ""), None
        elif isinstance(value, Mapping):
            self.keys(path, value, ("on", "by"))
            on, by = self.one_of((*path, "on"), value.get("on"), JOINTS, ""), value.get("by")
        place = self.point(path if by is value else (*path, "by"), by, (0.0, 0.0, 0.0))
        if flipped:
            place, on = mirrored(place), _other_side(on)
        return Reach(place, on)

    def direction(self, path: KeyPath, value: object, side: str, *, flipped: bool) -> Vector | None:
        """`"up"`, `"left-forward"`, or `[x, y, z]`."""
        if not isinstance(value, str):
            found = self.point(path, value, (0.0, 0.0, 1.0))
        else:
            found = (0.0, 0.0, 0.0)
            words = {**DIRECTIONS, "out": DIRECTIONS["left"], "in": DIRECTIONS["right"]}
            for word in value.split("-"):
                if word not in words:
                    hint = did_you_mean(word, tuple(words))
                    self.error(path, f"{shown(word)} is no direction; they are {', '.join(words)}.{hint}")
                    return None
                step = words[word]
                if word in ("out", "in") and side == "right" and not flipped:
                    step = mirrored(step)
                found = plus(found, step)
        if sum(abs(x) for x in found) < 1e-6:
            self.error(path, f"{shown(value)} points nowhere")
            return None
        return unit(mirrored(found) if flipped else found)

    # things

    def prop(self, path: KeyPath, row: Mapping[str, object]) -> Prop:
        self.keys(path, row, _PROP)
        kind = self.choice((*path, "kind"), row.get("kind"), Kind)
        along = self.names((*path, "along"), row.get("along"), JOINTS)
        if (kind is Kind.TOWEL) != bool(along):
            self.error((*path, "along"), "is for a towel, which needs it: the joints it runs along")
        layer = row.get("layer")
        return Prop(
            kind=kind or Kind.MAT,
            at=self.point((*path, "at"), row.get("at"), (0.0, 0.0, 0.0)),
            size=self.point((*path, "size"), row.get("size"), (0.0, 0.0, 0.0)),
            turn=self.number((*path, "turn"), row.get("turn"), 0.0, -180, 180),
            layer=None if layer is None else self.choice((*path, "layer"), layer, Layer),
            along=along,
        )

    def arrow(self, path: KeyPath, row: Mapping[str, object]) -> Arrow:
        self.keys(path, row, _ARROW)
        if "at" not in row or not {"by", "loop"} & row.keys():
            self.error((*path, "at"), "needs at = JOINT, and by = [x, y, z] centimetres on the way there (or loop = 9)")
        return Arrow(
            at=self.one_of((*path, "at"), row.get("at", "head"), JOINTS, "head"),
            by=self.point((*path, "by"), row.get("by"), (0.0, 0.0, 0.0)),
            off=self.point((*path, "off"), row.get("off"), (0.0, 0.0, 0.0)),
            bow=self.number((*path, "bow"), row.get("bow"), 0.0, -1, 1),
            both=self.flag((*path, "both"), row.get("both")),
            loop=self.number((*path, "loop"), row.get("loop"), 0.0, -40, 40),
        )

    # values

    def keys(self, path: KeyPath, table: Mapping[str, object], known: Sequence[str]) -> None:
        for name in table:
            if name not in known:
                label = ", ".join(str(n + 1) if isinstance(n, int) else n for n in path)
                hint = did_you_mean(name, known) or f" Keys here: {', '.join(known)}."
                place = self.document.positions.of_key((*path, name))
                text = f"unknown key {shown(name)}.{hint}"
                self.notes.add(self.document.path, place, f"{label}: {text}" if label else text)

    def rows(self, key: str) -> Iterator[tuple[int, Mapping[str, object]]]:
        value = self.document.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
            self.error((key,), f"is {shown(value)}; it must be a list of tables: [[{key}]]")
            return
        if len(value) > 20:
            self.error((key,), f"has {len(value)} entries; 20 are the most")
        yield from enumerate(value[:20])

    def view(self, value: object) -> float:
        if value is None:
            return 0.0
        if isinstance(value, str):
            return VIEWS[self.one_of(("view",), value, tuple(VIEWS), "front")]
        return self.number(("view",), value, 0.0, -180, 180)

    def number(self, path: KeyPath, value: object, default: float, least: float, most: float) -> float:
        if value is None:
            return default
        if not _is_number(value):
            self.error(path, f"is {shown(value)}; it must be a number")
        elif not least <= value <= most:
            self.error(path, f"is {shown(value)}; it runs from {least:g} to {most:g}")
        else:
            return float(value)
        return default

    def flag(self, path: KeyPath, value: object) -> bool:
        if value is not None and not isinstance(value, bool):
            self.error(path, f"is {shown(value)}; it must be true or false")
        return value is True

    def point(self, path: KeyPath, value: object, default: Vector) -> Vector:
        if value is None:
            return default
        numbers = [v for v in value if _is_number(v)] if isinstance(value, list) else []
        if not isinstance(value, list) or len(value) != 3 or len(numbers) != 3:
            self.error(path, f"is {shown(value)}; it must be [left, up, forward] in centimetres")
            return default
        x, y, z = (float(v) for v in numbers)
        if not max(abs(x), abs(y), abs(z)) <= FARTHEST:
            self.error(path, f"is farther away than {FARTHEST:g} cm; places are centimetres from between the feet")
            return default
        return x, y, z

    def one_of(self, path: KeyPath, value: object, known: Sequence[str], default: str) -> str:
        if value is None:
            return default
        if isinstance(value, str) and value in known:
            return value
        hint = did_you_mean(value, known) if isinstance(value, str) else ""
        self.error(path, f"is {shown(value)}; it must be one of {', '.join(known)}.{hint}")
        return default

    def choice(self, path: KeyPath, value: object, of: type[_T]) -> _T | None:
        if value is None:
            self.error(path, f"is missing; it must be one of {', '.join(of)}")
            return None
        names = [one.value for one in of]
        found = self.one_of(path, value, names, "")
        return of(found) if found else None

    def names(self, path: KeyPath, value: object, known: Sequence[str]) -> tuple[str, ...]:
        if value is None:
            return ()
        if not isinstance(value, list):
            hint = f" Did you mean [{shown(value)}]?" if isinstance(value, str) else ""
            self.error(path, f"is {shown(value)}; it must be a list.{hint}")
            return ()
        return tuple(name for name in (self.one_of((*path, i), v, known, "") for i, v in enumerate(value)) if name)


def _is_number(value: object) -> TypeGuard[int | Decimal]:
    return isinstance(value, int | Decimal) and not isinstance(value, bool) and math.isfinite(value)


def _other_side(joint: str) -> str:
    side, _, rest = joint.partition("_")
    return {"left": f"right_{rest}", "right": f"left_{rest}"}.get(side, joint)


# ---- poses that can be mixed


def alike(poses: Sequence[Pose], postures: Sequence[Posture]) -> tuple[Pose, ...]:
    """The same poses, each limb told in the same way in all of them: by angles, or by what it reaches for."""
    changes: list[dict[str, object]] = [{} for _ in poses]
    for side in ("left", "right"):
        arms = [getattr(pose, f"{side}_arm") for pose in poses]
        legs = [getattr(pose, f"{side}_leg") for pose in poses]
        for change, arm in zip(changes, _alike(arms, side, postures, "hand", _arm_told), strict=True):
            change[f"{side}_arm"] = arm
        for change, leg in zip(changes, _alike(legs, side, postures, "foot", _leg_told), strict=True):
            change[f"{side}_leg"] = leg
    return tuple(replace(pose, **change) for pose, change in zip(poses, changes, strict=True))  # type: ignore[arg-type]


def _alike(
    limbs: list[_L],
    side: str,
    postures: Sequence[Posture],
    goal: str,
    told: Callable[[str, Posture], dict[str, object]],
) -> list[_L]:
    bones = ("upper_to", "fore_to") if goal == "hand" else ("thigh_to", "shin_to")
    ways = {_way(limb, goal, bones[0]) for limb in limbs}
    result = []
    for limb, posture in zip(limbs, postures, strict=True):
        facts = told(side, posture)
        if len(ways) > 1:
            facts = {k: v for k, v in facts.items() if k == goal or getattr(limb, k, None) is None}
            limb = replace(limb, **facts, **dict.fromkeys(bones))  # type: ignore[arg-type]
        else:
            told_elsewhere = {k for k in facts if k != goal and any(getattr(other, k) is not None for other in limbs)}
            limb = replace(limb, **{k: facts[k] for k in told_elsewhere if getattr(limb, k) is None})  # type: ignore[arg-type]
        result.append(limb)
    return result


def _way(limb: Arm | Leg, goal: str, bone: str) -> str:
    """By which of its keys a limb is placed, and on what."""
    reach = getattr(limb, goal)
    if reach is not None:
        return f"{goal} {reach.on}"
    return bone if getattr(limb, bone) is not None else "angles"


def _arm_told(side: str, posture: Posture) -> dict[str, object]:
    """What an arm does, told by its hand."""
    sign = 1.0 if side == "left" else -1.0
    hand, upper = posture.frames[f"{side}_hand"], posture.frames[f"{side}_upper_arm"]
    middle = mixed(posture.at(f"{side}_shoulder"), posture.at(f"{side}_wrist"), 0.5)
    out = minus(posture.at(f"{side}_elbow"), middle)
    return {
        "hand": Reach(posture.at(f"{side}_hand")),
        "elbow_to": unit(out) if sum(abs(x) for x in out) > 3 else scaled(upper[2], -1.0),
        "fingers_to": scaled(hand[1], -1.0),
        "palm_to": scaled(hand[0], -sign),
    }


def _leg_told(side: str, posture: Posture) -> dict[str, object]:
    foot, thigh = posture.frames[f"{side}_foot"], posture.frames[f"{side}_thigh"]
    return {
        "foot": Reach(minus(posture.at(f"{side}_ankle"), (0.0, ANKLE_HEIGHT, 0.0))),
        "knee_to": thigh[2],
        "toes_to": foot[2],
    }
