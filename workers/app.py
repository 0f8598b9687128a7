"""Which Celery application is this? Routes, and every setting with its reason."""

from __future__ import annotations

from functools import cache, partial

from celery import Celery
from celery.signals import worker_init

from beat_schedule import timetable
from flows.ports import Services
from mappings.loading import load_flows
from tasks.door import Door
from workers.queues import ANSWER, CAPTURE, CONTROL, ENQUEUE, is_redis, queues
from workers.settings import ROOT, Settings, load

TASKS = ("tasks.ask", "tasks.backfill", "tasks.capture", "tasks.relay", "tasks.deliver", "tasks.sweep")

DELIVERY = {
    "task_acks_late": True,  # acknowledged after the ledger row is settled, not before the work
    "task_reject_on_worker_lost": True,  # a killed worker's message goes back; the fence makes a second run harmless
    "task_acks_on_failure": True,  # a failure is in the ledger, which decides on another attempt; the broker does not
    "task_acks_on_timeout": True,  # the same
    "worker_prefetch_multiplier": 1,  # more would hoard parcels that an idle worker could deliver
    "worker_disable_prefetch": True,  # on Redis: reserve nothing beyond a free slot
    "worker_cancel_long_running_tasks_on_connection_loss": False,  # half a POST is worse than a second one
    "task_ignore_result": True,  # states live in the ledger; no result is kept
    "task_store_errors_even_if_ignored": False,  # the same for errors
    "task_create_missing_queues": False,  # a misspelt queue fails at once instead of parking messages nobody reads
    "worker_disable_rate_limits": True,  # Celery's limits are per worker; the account's is the governor's
}
WIRE = {
    "task_serializer": "json",  # pickle from a broker is remote code execution
    "result_serializer": "json",  # the same
    "accept_content": ["json"],  # what a worker is willing to read
    "enable_utc": True,  # time is UTC inside
    "timezone": "UTC",  # the company's zone is the flows' business, not the scheduler's
}
CONNECTIONS = {
    "broker_connection_retry_on_startup": True,  # a worker may start before its broker
    "broker_connection_max_retries": None,  # and outlive a long outage
    "broker_pool_acquire_timeout": 10,  # a publish never waits for ever for a connection
    "broker_heartbeat": 10,  # a vanished worker is noticed after three of these
    "task_publish_retry_policy": {"max_retries": 3, "interval_start": 0, "interval_step": 0.2, "interval_max": 1},
}
WATCHING = {
    "worker_send_task_events": True,  # Flower sees nothing otherwise
    "task_send_sent_event": True,  # the same, for what is still queued
    "worker_hijack_root_logger": False,  # our own structured log stays
    "worker_soft_shutdown_timeout": 25.0,  # finish the call in hand, then go
}
REDIS = {
    "visibility_timeout": 300,  # seconds; longer than any task runs
    "unacked_restore_interval": 5,  # look for forsaken messages this often, not every 100 s
    "unacked_restore_throttle": 1,  # the same
    "health_check_interval": 10,  # half-open sockets are found
    "socket_keepalive": True,  # the same
    "socket_timeout": 30,  # a publish to a vanished broker ends
    "socket_connect_timeout": 5,  # the same
}


def sender(broker_url: str) -> Celery:
    """Return an application that can send tasks and run none: all that a service beside us needs."""
    app = Celery("isthmus", broker=broker_url)
    app.conf.update(**WIRE, **CONNECTIONS, task_create_missing_queues=False)
    app.conf.task_queues = queues(load_flows(ROOT / "mappings").values(), broker_url)
    return app


def build(settings: Settings) -> Celery:
    """Return the application for these settings."""
    flows = load_flows(settings.flows_folder).values()
    app = Celery("isthmus", broker=settings.broker_url, include=list(TASKS))
    app.conf.update(**DELIVERY, **WIRE, **CONNECTIONS, **WATCHING)
    app.conf.update(
        task_queues=queues(flows, settings.broker_url),
        task_default_queue=CONTROL,
        task_default_exchange="",
        task_default_routing_key=CONTROL,
        task_routes={
            "isthmus.capture": {"queue": CAPTURE},
            "isthmus.enqueue": {"queue": ENQUEUE},
            "isthmus.answer": {"queue": ANSWER},
        },
        broker_transport_options=REDIS if is_redis(settings.broker_url) else {"confirm_publish": True},
    )
    return app


def start() -> Celery:
    """Return the application of this process, wired to its timetable and, in a worker, to its services."""
    settings = load()
    app = build(settings)
    app.conf.beat_schedule = timetable(load_flows(settings.flows_folder).values())
    Door.provider = staticmethod(cache(partial(_services, settings, app)))
    worker_init.connect(_be_ready, weak=False)
    return app


def _be_ready(**_about: object) -> None:
    """Load the connectors before the first task, which would wait more than a second for them."""
    Door.provider()


def _services(settings: Settings, app: Celery) -> Services:
    from workers.container import wire  # noqa: PLC0415 — connectors are heavy, and beat and Flower never need them

    return wire(settings, app)
