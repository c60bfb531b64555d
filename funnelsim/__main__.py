"""`python -m funnelsim` is `funnelsim`, and this is where both begin: quick to be there, it imports the rest."""

from __future__ import annotations

from funnelsim.interrupts import leave_at_once


def main() -> None:
    """Run the command line."""
    leave_at_once()
    from funnelsim.cli import main as run

    run()


if __name__ == "__main__":
    main()
