"""Tools whose JSON has facts and no words of its own: a row for each says how it is known and what is said of it.

Each row names where its fields are documented. Whatever is missing in a body is left out of the line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from twistchat.wire.hook_shapes import Object, first, objects
from twistchat.wire.hook_text import joined, words

MOST_COMMITS = 5
"""Of a push that are named."""


class KnownTool(NamedTuple):
    """A tool."""

    name: str
    is_it: Callable[[Object, Mapping[str, str]], bool]
    """Whether a body, with the request's headers, is from there."""
    said: Callable[[Object, Mapping[str, str]], Iterable[str]]


def part(value: Object, *keys: str) -> Object:
    """An object within objects; an empty one where there is none."""
    for key in keys:
        inner = value.get(key)
        value = inner if isinstance(inner, Mapping) else {}
    return value


def line(*parts: object, link: object = "") -> str:
    """One line of what there is of some parts, and where to read more."""
    said = joined(parts)
    return f"{said} ({link})" if said and words(link) else said


def _headline(text: object) -> str:
    """The first line of a text."""
    return next(iter(words(text).splitlines()), "")


def _branch(ref: object) -> str:
    return words(ref).removeprefix("refs/heads/").removeprefix("refs/tags/")


def _commits(value: Object) -> list[str]:
    return [_headline(commit.get("message")) for commit in objects(value.get("commits"))[:MOST_COMMITS]]


# --- GitLab: https://docs.gitlab.com/user/project/integrations/webhook_events/


def _is_gitlab(value: Object, headers: Mapping[str, str]) -> bool:
    return isinstance(value.get("object_kind"), str)


def _gitlab(value: Object, headers: Mapping[str, str]) -> Iterable[str]:
    kind, facts = words(value["object_kind"]), part(value, "object_attributes")
    project = words(part(value, "project").get("path_with_namespace")) or words(value.get("project_name"))
    who = words(value.get("user_name")) or words(part(value, "user").get("name"))
    where, link = f"[{project}]" if project else "", first(facts, ("url",))
    if kind in ("push", "tag_push"):
        return [line(where, who, _pushed(kind, value)), *_commits(value)]
    if kind in ("pipeline", "build"):
        state = words(facts.get("status")) or words(value.get("build_status"))
        name = f"#{facts['id']}" if words(facts.get("id")) else words(value.get("build_name"))
        ref = words(facts.get("ref")) or words(value.get("ref"))
        kind = "job" if kind == "build" else kind
        return [line(where, kind, name, state, f"on {ref}" if ref else "", link=link)]
    if kind == "note":
        return [line(where, who, "commented:", _headline(facts.get("note")), link=link)]
    name = {"merge_request": "merge request", "wiki_page": "page"}.get(kind, kind.replace("_", " "))
    number = f"{'!' if kind == 'merge_request' else '#'}{facts['iid']}" if words(facts.get("iid")) else ""
    did = words(facts.get("action")) or first(value, ("action", "status"))
    about = first(facts, ("title", "name")) or first(value, ("name", "environment", "tag"))
    link = link or first(value, ("url", "deployable_url"))
    return [line(where, who, name, number, f"{did}:" if did and about else did, about, link=link)]


def _pushed(kind: str, value: Object) -> str:
    """What a push did to a branch or a tag: GitLab says by a number of zeros alone that there was none, or is none."""
    count, ref = words(value.get("total_commits_count")), _branch(value.get("ref"))
    name = f"the {'tag' if kind == 'tag_push' else 'branch'} {ref}"
    if _is_nothing(value.get("after")):
        return f"removed {name}"
    if kind == "tag_push":
        return f"pushed {name}"
    if _is_nothing(value.get("before")):
        return f"made {name}"
    return line("pushed", f"{count} commits" if count else "", f"to {ref}")


def _is_nothing(commit: object) -> bool:
    """Whether a push names no commit there."""
    return bool(words(commit)) and not words(commit).strip("0")


# --- GitHub, Gitea, Forgejo, Gogs: https://docs.github.com/en/webhooks/webhook-events-and-payloads

_EVENT_HEADERS = ("x-github-event", "x-gitea-event", "x-forgejo-event", "x-gogs-event")
_SUBJECTS = ("pull_request", "issue", "release", "workflow_run", "check_run", "discussion")


def _github_event(headers: Mapping[str, str]) -> str:
    return next((headers[name] for name in _EVENT_HEADERS if name in headers), "")


def _is_github(value: Object, headers: Mapping[str, str]) -> bool:
    return bool(_github_event(headers)) and isinstance(value.get("repository", {}), Mapping)


def _github(value: Object, headers: Mapping[str, str]) -> Iterable[str]:
    event, repository = _github_event(headers), words(part(value, "repository").get("full_name"))
    who, where = words(part(value, "sender").get("login")), f"[{repository}]" if repository else ""
    if event == "ping":
        return [line(where, "the hook works:", value.get("zen"))]
    if event == "push":
        count = len(objects(value.get("commits")))
        ref = _branch(value.get("ref"))
        return [line(where, who, f"pushed {count} commits to", ref, link=value.get("compare")), *_commits(value)]
    about = next((part(value, key) for key in _SUBJECTS if part(value, key)), {})
    comment = part(value, "comment") or part(value, "review")
    number = f"#{about['number']}" if words(about.get("number")) else ""
    title = first(about, ("title", "name", "tag_name", "display_title"))
    did = first(about, ("conclusion",)) or words(value.get("action")) or words(value.get("state"))
    said = f"{title}: {_headline(comment.get('body'))}" if words(comment.get("body")) else title
    link = first(comment, ("html_url",)) or first(about, ("html_url",)) or value.get("target_url")
    return [line(where, who, event.replace("_", " "), number, did, said, link=link)]


# --- Jenkins, its Notification plugin: https://plugins.jenkins.io/notification/


def _is_jenkins(value: Object, headers: Mapping[str, str]) -> bool:
    return "phase" in part(value, "build")


def _jenkins(value: Object, headers: Mapping[str, str]) -> Iterable[str]:
    build = part(value, "build")
    number = f"#{build['number']}" if words(build.get("number")) else ""
    name, tests = first(value, ("display_name", "name")), part(build, "test_summary")
    failed = words(tests.get("failed")).strip("0")
    return [
        line(name, number, words(build.get("phase")).lower(), build.get("status"), link=build.get("full_url")),
        f"{tests['failed']} of {words(tests.get('total'))} tests failed" if failed else "",
        _headline(build.get("notes")),
    ]


# --- Docker Hub: https://docs.docker.com/docker-hub/repos/manage/webhooks/


def _is_docker_hub(value: Object, headers: Mapping[str, str]) -> bool:
    return bool(part(value, "push_data")) and bool(part(value, "repository"))


def _docker_hub(value: Object, headers: Mapping[str, str]) -> Iterable[str]:
    pushed, name = part(value, "push_data"), words(part(value, "repository").get("repo_name"))
    return [line(pushed.get("pusher"), "pushed", f"{name}:{words(pushed.get('tag')) or 'latest'}")]


# --- Sentry: https://docs.sentry.io/organization/integrations/integration-platform/webhooks/


def _is_sentry(value: Object, headers: Mapping[str, str]) -> bool:
    return "sentry-hook-resource" in headers or bool(part(value, "data", "event"))


def _sentry(value: Object, headers: Mapping[str, str]) -> Iterable[str]:
    data = part(value, "data")
    about = part(data, "event") or part(data, "issue") or part(data, "error")
    link = first(about, ("web_url", "permalink", "url"))
    return [line(headers.get("sentry-hook-resource", ""), value.get("action"), about.get("title"), link=link)]


# --- Sonarr, Radarr and their kind: https://wiki.servarr.com/sonarr/settings#connections


_SUBJECTS_OF_SERVARR = ("series", "movie", "artist", "author")


def _is_servarr(value: Object, headers: Mapping[str, str]) -> bool:
    return isinstance(value.get("eventType"), str) and any(part(value, key) for key in _SUBJECTS_OF_SERVARR)


def _servarr(value: Object, headers: Mapping[str, str]) -> Iterable[str]:
    about = next(part(value, key) for key in _SUBJECTS_OF_SERVARR if part(value, key))
    name = first(about, ("title", "name", "artistName", "authorName"))
    more = [words(each.get("title")) for each in objects(value.get("episodes"))[:MOST_COMMITS]]
    return [line(value.get("instanceName"), value["eventType"], name, *more)]


TOOLS = (
    KnownTool("gitlab", _is_gitlab, _gitlab),
    KnownTool("github", _is_github, _github),
    KnownTool("jenkins", _is_jenkins, _jenkins),
    KnownTool("docker-hub", _is_docker_hub, _docker_hub),
    KnownTool("sentry", _is_sentry, _sentry),
    KnownTool("servarr", _is_servarr, _servarr),
)


def said_by(value: Object, headers: Mapping[str, str]) -> list[str] | None:
    """What a tool of the table says by a body; None where none of them sent it."""
    sender = next((each for each in TOOLS if each.is_it(value, headers)), None)
    return None if sender is None else [*filter(None, sender.said(value, headers))]
