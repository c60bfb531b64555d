"""The commands, a module each, in the order in which help lists them.

A command loads a file, asks the library one question, and hands the answer on. Importing its module gives it to the
application.
"""

# isort: off
from funnelsim.cli.commands import init
from funnelsim.cli.commands import validate
from funnelsim.cli.commands import run
from funnelsim.cli.commands import compare
from funnelsim.cli.commands import solve
from funnelsim.cli.commands import leaks
from funnelsim.cli.commands import history
from funnelsim.cli.commands import fit
from funnelsim.cli.commands import check
from funnelsim.cli.commands import choose
from funnelsim.cli.commands import sensitivity
from funnelsim.cli.commands import report
from funnelsim.cli.commands import lesson
from funnelsim.cli.commands import serve
from funnelsim.cli.commands import causes
from funnelsim.cli.commands import schema
from funnelsim.cli.commands import lab
# isort: on

__all__ = [
    "causes",
    "check",
    "choose",
    "compare",
    "fit",
    "history",
    "init",
    "lab",
    "leaks",
    "lesson",
    "report",
    "run",
    "schema",
    "sensitivity",
    "serve",
    "solve",
    "validate",
]
