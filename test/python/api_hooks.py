"""What `npm run test:api` checks beside the checks of schemathesis."""

import re

import schemathesis

# Rules that JSON Schema cannot say, by the fields that they are about. All else that fits the document must be accepted.
UNDESCRIBABLE_FIELDS = {
    "on_failure": "rollback is only for calls that make a revision",
    "commands": "commands or target, which are no oneof",
    "target": "commands or target, which are no oneof",
    "": "a rule over several fields",
    "the file": "the content of a graph file",
}

# Durations are text, and every number may be: JSON Schema compares numbers alone.
COMPARISON = re.compile(r"must be (greater|less) than")


def is_describable(violation):
    return (
        violation["field"] not in UNDESCRIBABLE_FIELDS
        and COMPARISON.search(violation["description"]) is None
    )


@schemathesis.check
def accepts_what_is_described(ctx, response, case):
    """A request that fits the document is refused with 400 only for a reason that the document cannot know."""
    if response.status_code != 400 or case.meta is None or not case.meta.generation.mode.is_positive:
        return None
    details = response.json()["details"]
    reason = next((detail["reason"] for detail in details if "domain" in detail), None)
    faults = [fault for detail in details for fault in detail.get("field_violations", [])]
    is_known = reason != "FIELD_INVALID" or not any(is_describable(fault) for fault in faults)
    if reason is None or reason == "FIELD_UNKNOWN" or not is_known:
        raise AssertionError(f"a described request was refused: {response.json()['message']}")
    return None
