"""The standard's own validator without a network: the one document that it would fetch is beside this file."""

from pathlib import Path

from requests_cache import CachedResponse, CachedSession
from requests_cache.models import CachedRequest
from rocrate_validator import services

PROFILE = "workflow-run-crate-0.5"  # and with it those it builds on: RO-Crate 1.1, Process Run Crate, Workflow RO-Crate
CONTEXT = "https://w3id.org/ro/crate/1.1/context"
COPY = Path(__file__).parent / "ro-crate-1.1-context.jsonld"  # version 1.1.0, in the public domain (CC0)


def findings(crate: Path, severity: str, cache: Path) -> list[tuple[str, str]]:
    """Check and message of all findings of the validator, of `severity` (REQUIRED, RECOMMENDED) and above.

    `cache`: a path for the validator's cache of web pages, which gets the context of RO-Crate 1.1 and nothing else.
    """
    with CachedSession(str(cache), backend="sqlite", expire_after=-1) as session:
        request = CachedRequest(method="GET", url=CONTEXT, headers={})
        kind = {"Content-Type": "application/ld+json"}
        page = CachedResponse(status_code=200, url=CONTEXT, content=COPY.read_bytes(), headers=kind, request=request)
        session.cache.save_response(page)
    asked = {
        "rocrate_uri": str(crate),
        "profile_identifier": PROFILE,
        "requirement_severity": severity,
        "offline": True,
        "cache_path": str(cache),
    }
    return [(issue.check.identifier, issue.message) for issue in services.validate(asked).get_issues()]
