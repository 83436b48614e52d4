"""Bad values for every parameter of the audited operations, made out of the contract: `ccc_audited_contract.json` is
what the server's table says of them, and a test of the call centre keeps the file equal to the table."""

import json
from pathlib import Path

from alibabacloud_ccc20170705 import models
from ccc_audited_table import TABLE
from ccc_prepared import NEWER

CONTRACT = json.loads((Path(__file__).parent / "ccc_audited_contract.json").read_text())
# The bound of a number that has none of its own.
SMALLEST, LARGEST = -(2**63), 2**63 - 1


def fields_of(operation):
    """The client's fields by the names of the wire."""
    request = getattr(models, f"{operation}Request")
    names = [name for name in vars(request()) if not name.startswith("_")]
    fields = {wire: name for name in names for wire in request(**{name: "x"}).to_map()}
    return fields | {wire: name for name, wire in NEWER.get(operation, {}).items()}


def in_a_list(shape, value):
    return [value] if "max_elements" in shape else value


def bad_values(name, shape):
    """Condition, code and value."""
    if shape.get("required"):
        yield f"without {name}", f"Missing{name}", None
    for condition, code, value in bad_elements(name, shape):
        yield condition, code, in_a_list(shape, value)
    if "max_elements" in shape:
        yield f"too many {name}", "Parameter.Maximum", [good_element(shape)] * (shape["max_elements"] + 1)


def bad_elements(name, shape):
    kind = shape["kind"]
    if kind == "text":
        yield f"a too long {name}", "Parameter.Maximum", "x" * (shape["max_chars"] + 1)
    elif kind == "one of":
        yield f"a strange {name}", "Parameter.Enumeration", "no such value"
    elif kind == "boolean":
        yield f"a {name} that is neither true nor false", "Parameter.Format", "maybe"
    elif kind == "JSON":
        yield f"a {name} that is no JSON", "Parameter.Format", "{"
        yield f"a {name} that is no object", "Parameter.Format", "1"
    elif kind == "integer":
        yield f"a {name} that is no number", "Parameter.Format", "one"
        if name.endswith("Time"):
            yield f"{name} with a zone", "Parameter.Format", "2026-03-01T00:00:00+08:00"
        if shape["min"] > SMALLEST:
            yield f"a too small {name}", "Parameter.Minimum", str(shape["min"] - 1)
        above = "Parameter.Maximum" if shape["max"] < LARGEST else "Parameter.Format"
        yield f"a too large {name}", above, str(shape["max"] + 1)
    else:
        raise AssertionError(f"{name} is of an unknown kind: {kind}")


def good_element(shape):
    """One that the check of parameters lets pass."""
    if shape["kind"] == "one of":
        return shape["values"][0]
    return {"text": "x", "JSON": '{"Name":"x"}', "integer": "1", "boolean": "true"}[shape["kind"]]


def bounds(name, shape):
    """Condition and value: what is just allowed."""
    if shape["kind"] == "text":
        yield f"the longest {name}", in_a_list(shape, "x" * shape["max_chars"])
    elif shape["kind"] == "integer":
        yield f"the smallest {name}", in_a_list(shape, str(shape["min"]))
        yield f"the largest {name}", in_a_list(shape, str(shape["max"]))
    if "max_elements" in shape:
        yield f"as many {name} as allowed", [good_element(shape)] * shape["max_elements"]


def each(of_parameter):
    """Operation, condition, and the rest with the value as the client's field."""
    for operation in TABLE:
        fields = fields_of(operation)
        for name, shape in CONTRACT[operation]["parameters"].items():
            for condition, *rest, value in of_parameter(name, shape):
                yield operation, condition, *rest, {fields[name]: value}
