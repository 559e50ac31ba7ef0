"""C{python -m mailnode.ctl} is mailnodectl."""

import sys

from mailnode.ctl.main import main

sys.exit(main())
