"""What does `celery -A workers.worker` run? The application of this process."""

from __future__ import annotations

import sys

from mappings.errors import MappingFault
from workers.app import start
from workers.settings import SettingsFault
from workers.telemetry import set_up_logging

try:
    set_up_logging()
    app = start()
except (SettingsFault, MappingFault) as fault:
    sys.exit(f"isthmus cannot start:\n{fault}")
