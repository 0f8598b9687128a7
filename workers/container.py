"""How is everything wired? The only place that knows every concrete class; built once a process."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

import redis
from celery import Celery

from connectors.governor import DailyBudget, Governor
from connectors.netsuite import connect as connect_netsuite
from connectors.salesforce import connect as connect_salesforce
from flows.ports import Pace, Services
from ledger.ledger import Ledger
from mappings.language import load_flows
from mappings.tables import load_tables
from workers.bell import CeleryBell
from workers.keeping import LeaseKeeper
from workers.settings import Settings
