"""``python -m podlib``: the same as the command ``podlib``."""

import sys

from podlib.cli import main

if __name__ == "__main__":
    sys.exit(main())
