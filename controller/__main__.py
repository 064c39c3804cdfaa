"""`python -m controller` is `contosoctl`."""

import sys

from controller.cli.main import main

sys.exit(main())
