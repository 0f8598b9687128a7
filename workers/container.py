"""How is everything wired? The only place that knows every concrete class; built once a process."""

from __future__ import annotations

