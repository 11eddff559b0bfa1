"""What the row of a claim says about its registration: were its tests fixed before the runs?"""

from collections.abc import Collection, Iterable, Mapping

from a2c.config.registration import Registration, StudyRegistration

UNREGISTERED, ADDED, CHANGED = "not registered before the runs", "added after the runs", "changed after the runs"
Trained = Mapping[str, Collection[str]]  # by configuration: the hashes over all tests in its runs' manifests, or ""


def note(claim: str, names: Iterable[str], registration: StudyRegistration | None, trained: Trained) -> str:
    """Whether the test of a claim stood before the runs of the configurations `names`; empty if nothing is registered.

    Of several answers the worst is given.
    """
    if registration is None:
        return ""
    known = {one.tests_sha256: one for one in registration.history}
    hashes = {tests for name in names for tests in trained.get(name, ("",))}
    now = registration.tests.get(claim)
    answers = {_answer(claim, now, known.get(tests)) for tests in hashes}
    for worst in (UNREGISTERED, ADDED, CHANGED):
        if worst in answers:
            return worst
    first = next(one for one in registration.history if one.tests.get(claim) == now)
    return f"registered before the runs, {first.date}, commit {first.commit[:12]}"


def _answer(claim: str, test: str | None, registered: Registration | None) -> str:
    """What is wrong with a test in the light of the registration that a run was trained under; empty if nothing is."""
    if registered is None:
        return UNREGISTERED
    if claim not in registered.tests:
        return ADDED
    return "" if registered.tests[claim] == test else CHANGED
