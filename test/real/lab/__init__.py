"""A laboratory of real programs on loopback: each is started with a configuration given as text, on a
free port, in a folder of its own, and ended when the case ends."""
