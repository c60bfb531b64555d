"""`python -m funnelsim` is `funnelsim`."""

from funnelsim.cli import main

if __name__ == "__main__":
    main()
