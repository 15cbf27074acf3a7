"""The requests of `tests/recorded/`, which tools' own code has sent, and what is to be said of each."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent.parent / "recorded"

_JOB = "Deploy #18 {} (https://ci.example/job/deploy/18/)"
_HOUSE = "https://gitlab.example/ada/house/-/"
_DISK = "Disk is nearly full Less than a tenth of the disk of {} is free"
_DOWN = "[db1] [🔴 Down] connect ECONNREFUSED 192.0.2.7:443"
_ERROR = "Error: connect ECONNREFUSED 192.0.2.7:443"
_WHEN = "Time (Europe/Berlin): 2026-11-27 17:02:13"

CHUNKED = "uptime-kuma-webhook-form-down"
"""That one comes in chunks, without its length, and so is refused."""

SAID: dict[str, list[str]] = {
    "gitlab-push": ["[ada/house] Ada pushed 1 commits to main", "Mend the roof"],
    "gitlab-push-new-branch": ["[ada/house] Ada made the branch door/new"],
    "gitlab-push-branch-removed": ["[ada/house] Ada removed the branch door/old"],
    "gitlab-tag": ["[ada/house] Ada pushed the tag v1.0"],
    "gitlab-tag-removed": ["[ada/house] Ada removed the tag v1.0"],
    "gitlab-issue": [f"[ada/house] Ada issue #23 open: The door creaks ({_HOUSE}issues/23)"],
    "gitlab-merge-request": [f"[ada/house] Ada merge request !7 merge: Oil the door ({_HOUSE}merge_requests/7)"],
    "gitlab-pipeline": [f"[ada/house] pipeline #31 failed on main ({_HOUSE}pipelines/31)"],
    "gitlab-job": ["[Ada / House] job unit failed on main"],
    "gitlab-note": [f"[ada/house] Ada commented: Since when? ({_HOUSE}issues/23#note_1244)"],
    "gitlab-deployment": [f"[ada/house] Ada deployment success: production ({_HOUSE}jobs/81)"],
    "gitlab-release": [f"[ada/house] release create: Version 1.0 ({_HOUSE}releases/v1.0)"],
    "gitlab-wiki-page": [f"[ada/house] Ada page update: Doors ({_HOUSE}wikis/doors)"],
    "jenkins-queued": [_JOB.format("queued"), "nightly"],
    "jenkins-completed-failure": [_JOB.format("completed FAILURE"), "1 of 3 tests failed", "nightly"],
    "jenkins-finalized-success": [_JOB.format("finalized SUCCESS"), "1 of 3 tests failed", "nightly"],
    "grafana-webhook-firing": ["[FIRING:1] Disk is nearly full servers (db1)", f"[FIRING] {_DISK.format('db1')}"],
    "grafana-webhook-two": [
        "[FIRING:1, RESOLVED:1] Disk is nearly full servers",
        f"[FIRING] {_DISK.format('db1')}",
        f"[RESOLVED] {_DISK.format('db2')}",
    ],
    "grafana-webhook-resolved": ["[RESOLVED] Disk is nearly full servers (db1)", f"[RESOLVED] {_DISK.format('db1')}"],
    "grafana-slack-firing": [
        "[FIRING:1] Disk is nearly full servers (db1) (https://grafana.example/alerting/grafana/d1sk/view?orgId=1)",
        "**Firing**",
        "Value: B=7.25, C=1",
        "Labels:",
        "- alertname = Disk is nearly full",
        "- grafana_folder = servers",
        "- instance = db1",
        "Annotations:",
        "- summary = Less than a tenth of the disk of db1 is free",
        "... and 4 more lines",
    ],
    "uptime-kuma-webhook-json-down": [_DOWN],
    "uptime-kuma-webhook-json-up": ["[db1] [✅ Up] 200 - OK"],
    "uptime-kuma-webhook-json-test": ["webhook Testing"],
    CHUNKED: [_DOWN],
    "uptime-kuma-slack-down": ["_servers_", "db1", _DOWN],
    "uptime-kuma-slack-rich-down": [
        _DOWN,
        "db1",
        "_servers_",
        "*Message*",
        _DOWN,
        "*Time (Europe/Berlin)*",
        "2026-11-27 17:02:13",
    ],
    "uptime-kuma-discord-down": [
        "❌ Your service db1 went down. ❌",
        "Service Name: db1",
        "Service URL: https://db1.example/health",
        "Went Offline: 2026-11-27 16:02 UTC",
        _WHEN,
        _ERROR,
    ],
    "uptime-kuma-discord-up": [
        "✅ Your service db1 is up! ✅",
        "Service Name: db1",
        "Service URL: https://db1.example/health",
        "Went Offline: 2026-11-27 16:01 UTC",
        "Downtime Duration: 1m 1s",
        _WHEN,
        "Ping: 42 ms",
    ],
    "uptime-kuma-mattermost-down": [
        "servers / db1 service went down. (https://db1.example/health)",
        _ERROR,
        _WHEN,
    ],
    "uptime-kuma-rocket-chat-down": [
        "Uptime Kuma Alert",
        "Uptime Kuma Alert *Time (Europe/Berlin)*",
        "2026-11-27 17:02:13 (https://status.example/dashboard/7)",
        "*Message*",
        _DOWN,
    ],
    "uptime-kuma-teams-down": [
        "🔴 [db1] went down",
        "Description: connect ECONNREFUSED 192.0.2.7:443",
        "Monitor: db1",
        "URL: [https://db1.example/health](https://db1.example/health)",
        "Time: 2026-11-27 17:02:13 (Europe/Berlin)",
    ],
    "uptime-kuma-ntfy-down": ["db1 Down [Uptime-Kuma]", "connect ECONNREFUSED 192.0.2.7:443"],
}
"""By the files' names."""


class Recorded(NamedTuple):
    """A request."""

    name: str
    data: bytes
    """All of it, with its head."""

    @property
    def headers(self) -> dict[str, str]:
        """The fields of its head, by names in lower case."""
        fields = (line.partition(":") for line in self._head.split("\r\n")[1:])
        return {name.lower(): value.strip() for name, _, value in fields}

    @property
    def body(self) -> bytes:
        """What comes behind its head, put together where it came in chunks."""
        body = self.data.partition(b"\r\n\r\n")[2]
        if self.headers.get("transfer-encoding") != "chunked":
            return body
        whole = b""
        while body:
            size, _, body = body.partition(b"\r\n")
            whole, body = whole + body[: int(size, 16)], body[int(size, 16) + 2 :]
        return whole

    def to(self, token: str) -> bytes:
        """The request to a hook."""
        head, _, body = self.data.partition(b"\r\n\r\n")
        body = body.replace(b'"TOKEN"', f'"{token}"'.encode())
        head = re.sub(rb"(?i)(content-length: )\d+", rb"\g<1>%d" % len(body), head.replace(b"TOKEN", token.encode()))
        return head + b"\r\n\r\n" + body

    @property
    def _head(self) -> str:
        return self.data.partition(b"\r\n\r\n")[0].decode("latin-1")


def recorded() -> list[Recorded]:
    """All of them."""
    return [Recorded(path.stem, path.read_bytes()) for path in sorted(FOLDER.glob("*.http"))]
