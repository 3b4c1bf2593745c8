"""What `npm run test:api` checks beside the checks of schemathesis."""

import re

import schemathesis

# Rules that JSON Schema cannot say, by the fields that they are about. All else that fits the document must be accepted.
UNDESCRIBABLE_FIELDS = {
    "on_failure": "rollback is only for calls that make a revision",
    "commands": "commands or target, which are no oneof; each must be an edit",
    "target": "commands or target, which are no oneof",
    "labels": "the lengths of keys and values are rules of the runtime",
    "strategy_name": "a name or a code, which are no oneof",
    "spec.strategy_name": "a name or a code, which are no oneof",
    "spec.data": "one of a oneof, which JSON Schema cannot require",
    "symbol": "only what a feed offers",
    "spec.symbol": "only what the file or a feed offers",
    "replace_config": "a config must come with it",
    "": "a rule over several fields",
    "the file": "the content of a graph file",
    "body": "the content of a graph file",
    "request_id": "printable ASCII is a rule of the runtime and none of the schema",
    "page_token": "only what an earlier page gave",
    "update_mask": "only the fields that this update knows",
}

# Durations are text, and every number may be: JSON Schema compares numbers alone.
COMPARISON = re.compile(
    r"must (be (greater than|less than|above|below)|be an integer from -?\d+ to \d+|fit a (double|float))"
)

# The parts of edits and targets have no rules in the schema, since the journal keeps them as well.
EDIT_PART = re.compile(r"(?<=^commands)\[\d+\].*|(?<=^target)\..*")

# A pipeline's config is checked as a whole, so that one answer names all its faults; its types know most of the rules.
PIPELINE_PART = re.compile(r"(nodes|connections)\[\d+\]|pipeline_config\.")


def is_describable(violation):
    if PIPELINE_PART.match(violation["field"]):
        return False
    return (
        EDIT_PART.sub("", violation["field"]) not in UNDESCRIBABLE_FIELDS
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
    # The config of a processor is described by its type, in the registry.
    is_config = all(re.match(r"config[.\[]", fault["field"]) for fault in faults)
    if reason == "FIELD_UNKNOWN":
        is_known = is_config
    elif reason == "FIELD_INVALID":
        is_known = not any(is_describable(fault) for fault in faults)
    else:
        is_known = reason is not None
    if not is_known:
        raise AssertionError(f"a described request was refused: {response.json()['message']}")
    return None
