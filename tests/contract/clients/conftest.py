"""What do the tests of real clients share? One pair of twins for each worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.clients.stage import Stage, staged


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("stage")) as found:
        yield found
