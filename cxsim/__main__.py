"""``python -m cxsim``: the same as the command ``cxsim``."""

import sys

from cxsim.cli import main

if __name__ == "__main__":
    sys.exit(main())
