"""The lock on a folder of results."""

from pathlib import Path

import pytest

from a2c.config import ConfigError
from a2c.pipeline.locks import claim_folder


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="file/x: Not a directory; allowed: a folder that can be written"):
        claim_folder(tmp_path / "file" / "x")
