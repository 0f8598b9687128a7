"""Does each wrong flow file get the message that helps? The gallery is the folder `wrong`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mappings.errors import MappingFault
from mappings.loading import load_flow, load_flows

GALLERY = sorted((Path(__file__).parent / "wrong").glob("*.yaml"))


@pytest.mark.parametrize("path", GALLERY, ids=lambda path: path.stem)
def test_a_wrong_file_says_what_is_wrong(path: Path, tmp_path: Path) -> None:
    expected = path.read_text().splitlines()[0].removeprefix("# expect: ")
    shutil.copy(path, tmp_path)
    with pytest.raises(MappingFault) as refused:
        load_flows(tmp_path)
    assert path.name in refused.value.message or tmp_path.name in refused.value.message
    assert expected in refused.value.message


def test_the_gallery_is_large() -> None:
    assert len(GALLERY) >= 22


def test_flows_that_wait_for_each_other_are_refused(tmp_path: Path) -> None:
    text = (Path(__file__).parent / "circle.txt").read_text()
    for own, other in (("one", "two"), ("two", "one")):
        (tmp_path / f"{own}.yaml").write_text(text.replace("OWN", own).replace("OTHER", other))
    with pytest.raises(MappingFault, match=r"in a circle: .*one"):
        load_flows(tmp_path)


def test_a_file_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_text("flow: large\n" + "# and so on\n" * 30_000)
    with pytest.raises(MappingFault, match="larger than 256 KB"):
        load_flow(path)
