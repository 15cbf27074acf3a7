"""Bodies that tools send to hooks, as their makers document them; what no line is made of is left out. Those that some
tools' own code has sent are in `tests/recorded/`.

Each names its source. `SAID` has what is to be said of each.
"""

from __future__ import annotations

from typing import Any

GRAFANA: dict[str, Any] = {  # https://grafana.com/docs/grafana/latest/alerting/ (webhook notifier, example JSON body)
    "receiver": "My Super Webhook",
    "status": "firing",
    "orgId": 1,
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "High memory usage", "team": "blue", "zone": "us-1"},
            "annotations": {
                "description": "The system has high memory usage",
                "summary": "This alert was triggered for zone us-1",
            },
            "endsAt": "0001-01-01T00:00:00Z",
            "values": {"B": 44.23943737541908, "C": 1},
        },
    ],
    "version": "1",
    "truncatedAlerts": 0,
    "title": "[FIRING:2]  (blue)",
    "state": "alerting",
    "message": "**Firing**\n\nLabels:\n - alertname = T2\n - team = blue\nAnnotations:\n - description = high memory\n",
}

ALERTMANAGER: dict[str, Any] = {  # https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
    "version": "4",
    "status": "firing",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "DiskFull", "instance": "db1"},
            "annotations": {"summary": "Disk of db1 is 97 % full"},
        },
        {"status": "resolved", "labels": {"alertname": "Down", "instance": "db2"}, "annotations": {}},
    ],
}

# https://docs.gitlab.com/user/project/integrations/webhook_events/: push, issue, merge request, pipeline, job, note
GITLAB_PUSH: dict[str, Any] = {
    "object_kind": "push",
    "ref": "refs/heads/master",
    "user_name": "John Smith",
    "project": {"path_with_namespace": "mike/diaspora"},
    "commits": [
        {"message": "Update Catalan translation to e38cb41.\n\nSee https://gitlab.com for more information"},
        {"message": "fixed readme"},
    ],
    "total_commits_count": 4,
}
GITLAB_TAG: dict[str, Any] = {
    "object_kind": "tag_push",
    "ref": "refs/tags/v1.0.0",
    "user_name": "John Smith",
    "project": {"path_with_namespace": "jsmith/example"},
    "commits": [],
    "total_commits_count": 0,
}
GITLAB_ISSUE: dict[str, Any] = {
    "object_kind": "issue",
    "user": {"name": "Administrator", "username": "root"},
    "project": {"path_with_namespace": "gitlabhq/gitlab-test"},
    "object_attributes": {
        "title": "New API: create/update/delete file",
        "iid": 23,
        "url": "http://example.com/diaspora/issues/23",
        "action": "open",
    },
}
GITLAB_MERGE: dict[str, Any] = {
    "object_kind": "merge_request",
    "user": {"name": "Administrator"},
    "project": {"path_with_namespace": "gitlabhq/gitlab-test"},
    "object_attributes": {
        "title": "MS-Viewport",
        "iid": 1,
        "url": "http://example.com/diaspora/merge_requests/1",
        "action": "open",
    },
}
GITLAB_PIPELINE: dict[str, Any] = {
    "object_kind": "pipeline",
    "user": {"name": "Administrator"},
    "project": {"path_with_namespace": "gitlab-org/gitlab-test"},
    "object_attributes": {"id": 31, "ref": "master", "status": "success", "url": "http://example.com/pipelines/31"},
}
GITLAB_JOB: dict[str, Any] = {
    "object_kind": "build",
    "ref": "gitlab-script-trigger",
    "build_name": "test",
    "build_status": "created",
    "user": {"name": "User"},
}
GITLAB_NOTE: dict[str, Any] = {
    "object_kind": "note",
    "user": {"name": "Administrator"},
    "project": {"path_with_namespace": "gitlabhq/gitlab-test"},
    "object_attributes": {
        "note": "This is a commit comment.\nHow does this work?",
        "url": "http://example.com/#note_1",
    },
}

JENKINS: dict[str, Any] = {  # https://plugins.jenkins.io/notification/
    "name": "asgard",
    "url": "job/asgard/",
    "build": {
        "full_url": "http://localhost:8080/job/asgard/18/",
        "number": 18,
        "phase": "COMPLETED",
        "status": "SUCCESS",
        "url": "job/asgard/18/",
        "scm": {"branch": "origin/master"},
    },
}

UPTIME_KUMA: dict[str, Any] = {  # louislam/uptime-kuma, server/notification-providers/webhook.js
    "heartbeat": {"monitorID": 1, "status": 0, "msg": "connect ECONNREFUSED", "important": True},
    "monitor": {"id": 1, "name": "db1", "url": "https://db1.example"},
    "msg": "[db1] [🔴 Down] connect ECONNREFUSED",
}

# https://docs.github.com/en/webhooks/webhook-events-and-payloads: push, pull_request, issue_comment, workflow_run
GITHUB_PUSH: dict[str, Any] = {
    "ref": "refs/heads/main",
    "compare": "https://github.com/octo/hello/compare/a...b",
    "repository": {"full_name": "octo/hello"},
    "sender": {"login": "octocat"},
    "commits": [{"message": "Mend the roof\n\nIt leaked."}],
}
GITHUB_PULL: dict[str, Any] = {
    "action": "opened",
    "pull_request": {"number": 7, "title": "A new door", "html_url": "https://github.com/octo/hello/pull/7"},
    "repository": {"full_name": "octo/hello"},
    "sender": {"login": "octocat"},
}
GITHUB_COMMENT: dict[str, Any] = {
    "action": "created",
    "issue": {"number": 3, "title": "It leaks"},
    "comment": {"body": "Since when?\nHere too.", "html_url": "https://github.com/octo/hello/issues/3#1"},
    "repository": {"full_name": "octo/hello"},
    "sender": {"login": "octocat"},
}
GITHUB_RUN: dict[str, Any] = {
    "action": "completed",
    "workflow_run": {"name": "ci", "conclusion": "failure", "html_url": "https://github.com/octo/hello/actions/1"},
    "repository": {"full_name": "octo/hello"},
    "sender": {"login": "octocat"},
}

DOCKER_HUB: dict[str, Any] = {  # https://docs.docker.com/docker-hub/repos/manage/webhooks/
    "push_data": {"pusher": "ada", "tag": "1.2"},
    "repository": {"repo_name": "ada/tea", "repo_url": "https://hub.docker.com/r/ada/tea"},
}
SENTRY: dict[str, Any] = {  # https://docs.sentry.io/organization/integrations/integration-platform/webhooks/
    "action": "triggered",
    "data": {"event": {"title": "ReferenceError: heck is not defined", "web_url": "https://sentry.io/issues/1"}},
}
SONARR: dict[str, Any] = {  # https://wiki.servarr.com/sonarr/settings#connections
    "eventType": "Download",
    "instanceName": "Sonarr",
    "series": {"id": 1, "title": "The Show"},
    "episodes": [{"id": 2, "title": "Pilot"}],
}

SLACK: dict[str, Any] = {  # https://docs.slack.dev/messaging/formatting-message-text/ and legacy attachments
    "text": "Deployed <https://example.com/r/1|release 1> &amp; <https://example.com>",
    "username": "deployer",
    "channel": "#general",
    "attachments": [{"fallback": "unseen", "title": "db1", "title_link": "https://db1", "text": "ok &lt;3"}],
}
SLACK_BLOCKS: dict[str, Any] = {
    "blocks": [
        {"type": "header", "text": {"type": "plain_text", "text": "Budget"}},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "*Sum*"}]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "by ada"}]},
    ]
}
DISCORD: dict[str, Any] = {  # https://discord.com/developers/docs/resources/webhook#execute-webhook
    "content": "",
    "embeds": [{"title": "Backup", "description": "done", "fields": [{"name": "size", "value": "3 GB"}]}],
}
TEAMS_CARD: dict[str, Any] = {  # https://adaptivecards.io, as Teams' workflows take it
    "type": "message",
    "attachments": [
        {
            "contentType": "application/vnd.microsoft.card.adaptive",
            "content": {
                "type": "AdaptiveCard",
                "body": [
                    {"type": "TextBlock", "text": "Backup done"},
                    {"type": "FactSet", "facts": [{"title": "size", "value": "3 GB"}]},
                ],
            },
        }
    ],
}
MESSAGE_CARD: dict[str, Any] = {  # Microsoft's older MessageCard
    "@type": "MessageCard",
    "summary": "Backup",
    "sections": [{"activityTitle": "db1", "facts": [{"name": "size", "value": "3 GB"}]}],
}
APPRISE: dict[str, Any] = {"version": "1.0", "title": "Disk", "message": "full", "type": "warning"}
NTFY: dict[str, Any] = {"topic": "t", "title": "Disk", "message": "full", "tags": ["warning"], "priority": 4}

GITHUB = "x-github-event"

SAID: list[tuple[str, dict[str, Any], dict[str, str], list[str]]] = [
    (
        "grafana",
        GRAFANA,
        {},
        [
            "[FIRING:2]  (blue)",
            "**Firing**",
            "Labels:",
            "- alertname = T2",
            "- team = blue",
            "Annotations:",
            "- description = high memory",
        ],
    ),
    (
        "grafana without texts",
        {**GRAFANA, "title": "", "message": ""},
        {},
        ["[FIRING] High memory usage This alert was triggered for zone us-1"],
    ),
    ("alertmanager", ALERTMANAGER, {}, ["[FIRING] DiskFull Disk of db1 is 97 % full", "[RESOLVED] Down db2"]),
    (
        "gitlab push",
        GITLAB_PUSH,
        {},
        [
            "[mike/diaspora] John Smith pushed 4 commits to master",
            "Update Catalan translation to e38cb41.",
            "fixed readme",
        ],
    ),
    ("gitlab tag", GITLAB_TAG, {}, ["[jsmith/example] John Smith pushed the tag v1.0.0"]),
    (
        "gitlab issue",
        GITLAB_ISSUE,
        {},
        [
            "[gitlabhq/gitlab-test] Administrator issue #23 open: New API: create/update/delete file "
            "(http://example.com/diaspora/issues/23)"
        ],
    ),
    (
        "gitlab merge request",
        GITLAB_MERGE,
        {},
        [
            "[gitlabhq/gitlab-test] Administrator merge request !1 open: MS-Viewport "
            "(http://example.com/diaspora/merge_requests/1)"
        ],
    ),
    (
        "gitlab pipeline",
        GITLAB_PIPELINE,
        {},
        ["[gitlab-org/gitlab-test] pipeline #31 success on master (http://example.com/pipelines/31)"],
    ),
    ("gitlab job", GITLAB_JOB, {}, ["job test created on gitlab-script-trigger"]),
    (
        "gitlab note",
        GITLAB_NOTE,
        {},
        [
            "[gitlabhq/gitlab-test] Administrator commented: This is a commit comment. (http://example.com/#note_1)",
        ],
    ),
    ("gitlab, whatever comes", {"object_kind": "emoji", "event_type": "award"}, {}, ["emoji"]),
    ("jenkins", JENKINS, {}, ["asgard #18 completed SUCCESS (http://localhost:8080/job/asgard/18/)"]),
    ("uptime kuma", UPTIME_KUMA, {}, ["[db1] [🔴 Down] connect ECONNREFUSED"]),
    (
        "github push",
        GITHUB_PUSH,
        {GITHUB: "push"},
        [
            "[octo/hello] octocat pushed 1 commits to main (https://github.com/octo/hello/compare/a...b)",
            "Mend the roof",
        ],
    ),
    (
        "github pull request",
        GITHUB_PULL,
        {GITHUB: "pull_request"},
        ["[octo/hello] octocat pull request #7 opened A new door (https://github.com/octo/hello/pull/7)"],
    ),
    (
        "github comment",
        GITHUB_COMMENT,
        {"x-gitea-event": "issue_comment"},
        [
            "[octo/hello] octocat issue comment #3 created It leaks: Since when? "
            "(https://github.com/octo/hello/issues/3#1)"
        ],
    ),
    (
        "github run",
        GITHUB_RUN,
        {GITHUB: "workflow_run"},
        ["[octo/hello] octocat workflow run failure ci (https://github.com/octo/hello/actions/1)"],
    ),
    ("github ping", {"zen": "Keep it simple."}, {GITHUB: "ping"}, ["the hook works: Keep it simple."]),
    ("docker hub", DOCKER_HUB, {}, ["ada pushed ada/tea:1.2"]),
    (
        "sentry",
        SENTRY,
        {"sentry-hook-resource": "event_alert"},
        ["event_alert triggered ReferenceError: heck is not defined (https://sentry.io/issues/1)"],
    ),
    ("sonarr", SONARR, {}, ["Sonarr Download The Show Pilot"]),
    (
        "slack",
        SLACK,
        {},
        [
            "Deployed release 1 (https://example.com/r/1) & https://example.com",
            "db1 (https://db1)",
            "ok <3",
        ],
    ),
    ("slack's blocks", SLACK_BLOCKS, {}, ["Budget", "*Sum*", "by ada"]),
    ("slack's fallback", {"attachments": [{"fallback": "seen"}]}, {}, ["seen"]),
    ("a fallback alone", {"fallback": "seen"}, {}, ["seen"]),
    ("discord", DISCORD, {}, ["Backup", "done", "size: 3 GB"]),
    ("teams", TEAMS_CARD, {}, ["Backup done", "size: 3 GB"]),
    ("teams' message card", MESSAGE_CARD, {}, ["Backup", "db1", "size: 3 GB"]),
    ("apprise", APPRISE, {}, ["Disk", "full"]),
    ("ntfy", NTFY, {}, ["Disk", "full"]),
]
"""What it is, a body, header fields that matter, and the lines that are said."""
