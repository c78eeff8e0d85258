"""How the English ear is made: from synthetic and real speech to a model folder that the stock `vosk` wheel loads.

Nothing in the player imports this package. It needs the extra `[train]` and, for the graph, OpenFst's command-line
tools; the recipe and the licences of the data are in `README.md`, what was tried is in `RESULTS.md`.
"""
