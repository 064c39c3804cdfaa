"""The demo tells its story to the end, with kubectl and without, and leaves nothing behind."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHAPTERS = (
    "created Table ContosoSecurityAlerts_CL",
    "created DataConnector ContosoSecurityAlertsPushConnector",
    "Ready=True",
    "IsConnected=True",
    "DriftDetected: Rule ContosoSecurityAlertsPushDCR",
    "DriftRepaired: Rule ContosoSecurityAlertsPushDCR",
    "left in Azure: Table ContosoSecurityAlerts_CL",
    "That was the whole story.",
)


def _demo(path: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environ = {
        **os.environ,
        "KUBEBUILDER_ASSETS": "/nonexistent",
        "PATH": path,
        "TMPDIR": str(folder),
        "COLUMNS": "100",
    }
    command = [sys.executable, "-m", "controller", "demo"]
    return subprocess.run(  # noqa: S603 - our own program
        command, env=environ, capture_output=True, text=True, timeout=90, check=False
    )


def _told_in_order(output: str) -> list[str]:
    places = [output.find(chapter) for chapter in CHAPTERS]
    return [chapter for chapter, place in zip(CHAPTERS, places, strict=True) if place < 0] or (
        [] if places == sorted(places) else ["out of order"]
    )


def test_the_story_is_told_without_kubectl(tmp_path: Path) -> None:
    """The same table comes from the API then, and a line says so; no file stays behind."""
    told = _demo("/nonexistent", tmp_path)

    assert told.returncode == 0, told.stdout + told.stderr
    assert _told_in_order(told.stdout) == []
    assert "kubectl is not on the PATH; the same table from the API:" in told.stdout
    assert "NAME                      READY   STATUS   ACTIVE   CONNECTED" in told.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(
    shutil.which("kubectl") is None and "CI" not in os.environ, reason="kubectl is not on the PATH"
)
def test_the_story_is_told_with_kubectl(tmp_path: Path) -> None:
    """Every command on the screen is one that a user can type."""
    told = _demo(os.environ["PATH"], tmp_path)

    assert told.returncode == 0, told.stdout + told.stderr
    assert _told_in_order(told.stdout) == []
    assert "$ kubectl apply --server-side -f manifests/contoso-security-alerts.yaml" in told.stdout
