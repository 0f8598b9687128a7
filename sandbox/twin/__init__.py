"""What both twins have: state in one file, a control API, faults on request, latency, usage, credentials and a server."""
