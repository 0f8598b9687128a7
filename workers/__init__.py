"""Who does the work: the Celery app, settings, wiring, telemetry and the command line. Knows all other rooms."""
