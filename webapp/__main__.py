"""`python -m webapp` is `hotel-assistant`."""

import sys

from webapp.cli import main

sys.exit(main())
