"""`python -m calcrag`: the command line, where its script is not on the path."""

import sys

from calcrag.surfaces.cli import main

sys.exit(main())
