import json
from pathlib import Path

import pytest

from radar_assets_tests.samples import NAMES, check_samples


def test_expected_values_and_files_are_of_the_same_names(samples: Path):
    expected = json.loads((samples / "expected.json").read_text())
    assert sorted(expected) == sorted(map(str, NAMES))


def test_a_folder_without_the_real_files_fails_rather_than_skips(tmp_path: Path):
    with pytest.raises(pytest.fail.Exception, match="lacks expected"):
        check_samples(tmp_path)
