"""The session in a window, readable from three metres. Drawn in a process of its own; decides nothing.

The session sends what a `View` says over a pipe (`messages.py`) and gets back keys. So drawing takes no moment from a
tone or a command, a frozen or vanished display cannot take the session with it (Xlib ends a process whose display
goes away), and the window has the main thread that macOS asks for. From view to picture:

    stage.py   what was told, put together -> one View for this moment
    page.py    View -> what stands on the page, in words: headline, answers, buttons
    layout.py  page and size -> rectangles with fitted text; nothing overlaps, nothing is outside
    painter.py layout -> pixels, only those that changed; ring.py, figures.py, lettering.py draw for it
    process.py the program: window, keys, touch, and how often to draw
"""
