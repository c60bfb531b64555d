"""The command line: its words are the verbs of the library, and it alone prints.

Results go to stdout, everything else to stderr. Exit codes: 0 fine, 1 unexpected, 2 the input is wrong, 130
interrupted. Heavy packages are imported inside the commands, so that `--help` answers at once.
"""

from funnelsim.cli import commands
from funnelsim.cli.app import app, main

__all__ = ["app", "commands", "main"]
