"""A drawn person for every exercise: pose data in `routines/figures/ID.toml`, drawn by our own code.

How to use it:

    figure = library.load_figure("doorway-chest")           # None where there is none
    drawing = figure.drawing(1.0, Side.LEFT)                # 0 start, 1 stretched; anything between
    for shape in drawing.shapes:                            # from the back to the front
        colour = palette.LIGHT[shape.role]                  # or palette.DARK: (red, green, blue)
        match shape:
            case Polygon(points=points): ...                # fill
            case Disc(centre=centre, radius=radius): ...    # fill
            case Line(points=points, width=width): ...      # round ends and corners

A drawing is `drawing.width` x `drawing.height` (100 x 100) units, y down, with nothing outside and no background. Seen
from the front the person faces us, so the person's left is on the viewer's right. For exercises of one side pass the
side; None draws the left. `figure.progress_at(at_ms)` gives the progress of an endless demonstration: to the stretched
position, a pause, back. For moves (`figure.cycle`) the progress 0 to 1 is once round, and 1 looks like 0.
"""
