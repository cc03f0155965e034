"""Writes json-schema.json: what python-jsonschema and Prefect 2.20 say of values. Run it with a Python that has Prefect 2.20."""

import json
from pathlib import Path

from prefect._internal.schemas.validators import validate_values_conform_to_schema
from prefect.utilities.schema_tools.validation import CircularSchemaRefError, ValidationError, build_error_obj, validate

BIG = 9007199254740993
TEXTS = {
    "email": ["a@b", "ab", ""],
    "idn-email": ["a@b", "ab"],
    "ipv4": ["1.2.3.4", "255.255.255.255", "256.1.1.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.1000", "1..2.3", "a.b.c.d", "0.0.0.0", " 1.2.3.4"],
    "ipv6": [
        "::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "::12345", "::g", "::ffff:1.2.3.4", "::ffff:1.2.3.256",
        "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:8::", "", "1.2.3.4", ":1", "1:", "ABCD::EF01",
    ],
    "idn-hostname": ["example.com", "a", "", "-a", "a-", "ab--c", "xn--bcher-kva", "bücher.de", "a_b", "a b", "a..b", "a.", "a。b", "l·l", "x" * 63, "x" * 64, "a!b", "€"],
    "date": ["2020-02-29", "2021-02-29", "2020-13-01", "2020-00-10", "2020-01-00", "2020-1-01", "20200101", "0000-01-01", "0001-01-01", "2020-01-01x", "x2020-01-01", "2020-04-31"],
    "time": ["12:00:00Z", "23:59:59+23:59", "24:00:00Z", "12:60:00Z", "12:00:60Z", "12:00:00", "12:00:00.5Z", "12:00:00.Z", "12:00Z", "12:00:00z", "12:00:00+24:00", "12:00:00-05:60", "09:08:07-19:00"],
    "date-time": [
        "2020-01-01T12:00:00Z", "2020-01-01t12:00:00z", "2020-01-01 12:00:00Z", "2020-02-30T12:00:00Z", "2020-01-01T12:00:00", "2020-01-01T12:00:00.123456789-05:00",
        "x2020-01-01T12:00:00Z", "2020-01-01T12:00:00Zx", "",
    ],
    "regex": ["a+", "(", "[a", "a**", "(?P<n>a)(?P=n)"],
    "uuid": ["00000000-0000-4000-8000-00000000000A", "00000000-0000-4000-8000-00000000000", "00000000000040008000000000000000", "x0000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000a0"],
    "json-pointer": ["", "/", "/a~0b~1", "/a~2", "a", "#/a", "/a\n/b"],
    "relative-json-pointer": ["0", "1/a", "0#", "01", "", "-1", "1/a~2", "10#", "1#/a", "a"],
    "uri": ["", "not a uri"],
    "duration": ["x"],
    "color": ["x"],
    "unknown": ["x"],
}
REF = {"$ref": "#/$defs/A"}

# Schemas, each with values to hold against it.
CASES = [
    # Types
    *[({"type": kind}, [None, True, False, 0, 1, 1.0, 1.5, BIG, "", "a", [], {}]) for kind in ("null", "boolean", "integer", "number", "string", "array", "object")],
    ({"type": ["integer", "null"]}, [1, None, "a", 1.5]),
    # Equality
    ({"enum": [1, "a", None, {"a": [1, {"b": 2, "c": 3}]}, [True], 0.5]}, [1, 1.0, True, "a", "1", None, {"a": [1.0, {"c": 3, "b": 2}]}, {"a": [1]}, {}, [True], [1], [], 0.5, False, 0]),
    ({"const": {"a": 1, "b": [2]}}, [{"b": [2.0], "a": 1.0}, {"a": 1}, {"a": 1, "b": [2, 3]}, None]),
    ({"const": 0}, [0, 0.0, -0.0, False, None, ""]),
    ({"const": BIG}, [BIG, BIG - 1, BIG + 1]),
    ({"const": "a"}, ["a", "b", ["a"]]),
    ({"uniqueItems": True}, [[1, 2], [1, 1.0], [1, True], [{"a": 1, "b": 2}, {"b": 2, "a": 1}], [[1], [1]], ["1", 1], [None, None], [], "aa", {"a": 1}]),
    ({"uniqueItems": False}, [[1, 1]]),
    # Bounds
    *[({word: limit}, [2, 3, 4, 3.0, 2.5, BIG, "3", True]) for word in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum") for limit in (3, 3.0, BIG)],
    ({"minimum": 5, "maximum": 1}, [3]),
    ({"multipleOf": 2}, [4, 5, 4.0, 4.5, 0, -6, BIG, "4"]),
    ({"multipleOf": 0.5}, [1, 1.5, 1.2, 3, 0]),
    ({"multipleOf": 1.0}, [1, 1.5]),
    ({"multipleOf": 3}, [BIG, BIG + 2, 9.0, 10.0]),
    *[({word: size}, ["", "a", "ab", "abc", "😀", "😀😀😀", [], [1], [1, 2], [1, 2, 3], {}, {"a": 1}, {"a": 1, "b": 2}, 5]) for word in ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties") for size in (0, 1, 2)],
    ({"pattern": "^a+$"}, ["aa", "ab", "xaax", 5, "a\n"]),
    ({"pattern": "b"}, ["abc", "ac"]),
    # Objects
    ({"required": ["a", "it's"]}, [{}, {"a": None}, {"a": 1, "it's": 2}, [], "a"]),
    ({"properties": {"a": {"type": "integer"}, "b": {"properties": {"c": False}}}}, [{"a": "x", "b": {"c": 1}}, {"b": {"c": 1}}, {"b": 5}, {"z": 1}, ["a"], "a"]),
    ({"patternProperties": {"^a": {"type": "integer"}, "b$": {"type": "string"}}}, [{"a": "x", "b": 1, "ab": None, "c": 5}, {"a": 1, "b": "x"}, ["a"]]),
    ({"properties": {"a": {}}, "patternProperties": {"^p": {}, "^b": {}}, "additionalProperties": False}, [{"a": 1, "p": 2, "b1": 3}, {"x": 1}, {"y": 1, "x": 2}, ["x"]]),
    ({"patternProperties": {"^0$": False}}, [["x"], "x", {"0": 1}]),
    ({"additionalProperties": False}, [{}, {"a": 1}, {"b": 1, "a": 2}, {"S": 1}]),
    ({"properties": {"a": {}}, "additionalProperties": {"type": "integer"}}, [{"a": "x", "b": "y", "c": 1}, {"a": "x"}]),
    ({"additionalProperties": True}, [{"a": 1}]),
    ({"propertyNames": {"maxLength": 2}}, [{"abc": 1, "a": 2}, {}, ["abc"]]),
    ({"dependentRequired": {"a": ["b", "c"], "d": ["e"]}}, [{"a": 1}, {"a": 1, "b": 2}, {"b": 1}, {"d": 1, "e": 1}, ["a"]]),
    ({"dependentSchemas": {"a": {"required": ["b"]}, "c": False}}, [{"a": 1}, {"a": 1, "b": 1}, {"b": 1}, {"c": 1}, ["a"]]),
    # Arrays
    ({"prefixItems": [{"type": "integer"}, {"type": "string"}]}, [[1, "a"], ["a", 1, 2], [1], [], {"0": "a"}, "ab"]),
    ({"prefixItems": [{}], "items": {"type": "integer"}}, [["a", 1, "b", "c"], ["a"], []]),
    ({"prefixItems": [{}, {}], "items": False}, [[1, 2], [1, 2, 3], [1, 2, 3, "a"]]),
    ({"prefixItems": [{}], "items": False}, [[1, 2], [1]]),
    ({"items": False}, [[], [1], [1, 2], {"a": 1}]),
    ({"items": {"type": "integer"}}, [[1, "a", 2, "b"], [], "ab"]),
    ({"contains": {"type": "integer"}}, [[], ["a"], ["a", 1], [1, 2], "a", {"a": 1}]),
    ({"contains": {"type": "integer"}, "minContains": 2, "maxContains": 3}, [[1], [1, 2], [1, 2, 3], [1, 2, 3, 4], ["a"], []]),
    ({"contains": {"type": "integer"}, "minContains": 0}, [[], ["a"]]),
    ({"contains": {"type": "integer"}, "maxContains": 1}, [[1, "a"], [1, 2]]),
    ({"minContains": 2, "maxContains": 0}, [[1]]),
    # Combinations
    ({"allOf": [{"type": "integer"}, {"minimum": 3}, {"maximum": 1}]}, [2, "a", 5]),
    ({"anyOf": [{"type": "integer"}, {"minLength": 2}]}, [1, "ab", "a", None]),
    ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, [None, [], 1]),
    ({"oneOf": [{"type": "integer"}, {"minimum": 2}, {"maximum": 5}]}, [1, 3, 3.5, 1.5, "a"]),
    ({"oneOf": [{"type": "integer"}, {"type": "null"}]}, [1, "a", None]),
    ({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, [{}, {"a": 1}, {"a": 1, "b": 1}]),
    ({"not": {"type": ["integer", "null"]}}, [1, "a", None]),
    ({"not": {}}, [{"a": [1.0, None, True]}]),
    ({"if": {"type": "integer"}, "then": {"minimum": 3}, "else": {"minLength": 2}}, [1, 5, "a", "ab"]),
    ({"if": {"type": "integer"}, "then": {"minimum": 3}}, [1, 5, "a"]),
    ({"if": {"type": "integer"}, "else": {"minLength": 2}}, [1, "a"]),
    ({"then": False, "else": False}, [1]),
    (False, [1, None, {"a": "b"}]),
    ({"properties": {"a": False, "b": {"items": False}}}, [{"a": 1}, {"b": [1]}]),
    # What no keyword spoke of
    ({"unevaluatedProperties": False}, [{}, {"a": 1}, {"b": 1, "a": 2}, ["a"]]),
    ({"properties": {"a": {}}, "patternProperties": {"^p": {}}, "unevaluatedProperties": False}, [{"a": 1, "p": 1}, {"a": 1, "x": 1}]),
    ({"additionalProperties": {"type": "integer"}, "unevaluatedProperties": False}, [{"a": 1}, {"a": "x"}]),
    ({"unevaluatedProperties": {"type": "integer"}}, [{"a": 1}, {"a": "x", "b": "y"}]),
    ({"allOf": [{"properties": {"a": {}}}], "unevaluatedProperties": False}, [{"a": 1}, {"b": 1}]),
    ({"anyOf": [{"properties": {"a": {"type": "integer"}}}, {"properties": {"b": {}}}], "unevaluatedProperties": False}, [{"a": 1}, {"a": "x"}, {"a": 1, "b": 1}]),
    ({"oneOf": [{"properties": {"a": {}}, "required": ["a"]}, {"properties": {"b": {}}, "required": ["b"]}], "unevaluatedProperties": False}, [{"a": 1}, {"b": 1}, {"a": 1, "c": 1}]),
    ({"if": {"properties": {"a": {"const": 1}}, "required": ["a"]}, "then": {"properties": {"b": {}}}, "else": {"properties": {"c": {}}}, "unevaluatedProperties": False}, [{"a": 1, "b": 1}, {"a": 1, "c": 1}, {"a": 2, "c": 1}, {"c": 1}]),
    ({"dependentSchemas": {"a": {"properties": {"a": {}, "b": {}}}}, "unevaluatedProperties": False}, [{"a": 1, "b": 1}, {"b": 1}]),
    ({"$ref": "#/$defs/A", "$defs": {"A": {"properties": {"a": {}}}}, "unevaluatedProperties": False}, [{"a": 1}, {"b": 1}]),
    ({"$dynamicRef": "#/$defs/A", "$defs": {"A": {"properties": {"a": {}}}}, "unevaluatedProperties": False}, [{"a": 1}, {"b": 1}]),
    ({"allOf": [{"unevaluatedProperties": True}], "unevaluatedProperties": False}, [{"a": 1}]),
    ({"unevaluatedItems": False}, [[], [1], [1, "a"], {"a": 1}]),
    ({"prefixItems": [{}], "unevaluatedItems": False}, [[1], [1, 2], [1, 2, 3]]),
    ({"prefixItems": [{}], "contains": {"type": "string"}, "unevaluatedItems": False}, [[1, "a"], [1, "a", 2]]),
    ({"items": {}, "unevaluatedItems": False}, [[1]]),
    ({"allOf": [{"prefixItems": [{}, {}]}], "unevaluatedItems": False}, [[1, 2], [1, 2, 3]]),
    ({"anyOf": [{"prefixItems": [{"type": "integer"}]}, {"prefixItems": [{}, {}]}], "unevaluatedItems": False}, [[1], [1, 2], ["a", 1], ["a", 1, 2]]),
    ({"if": {"prefixItems": [{"const": 1}]}, "then": {"prefixItems": [{}, {}]}, "else": {"prefixItems": [{}, {}, {}]}, "unevaluatedItems": False}, [[1, 2], [1, 2, 3], [2, 2, 3], [2, 2, 3, 4]]),
    ({"$ref": "#/$defs/A", "$defs": {"A": {"prefixItems": [{}]}}, "unevaluatedItems": False}, [[1], [1, 2]]),
    ({"allOf": [{"unevaluatedItems": {"type": "integer"}}], "unevaluatedItems": False}, [[1], [1, "a"]]),
    # References
    ({"properties": {"x": REF}, "$defs": {"A": {"type": "integer"}}}, [{"x": "a"}, {"x": 1}, {}]),
    ({**REF, "minimum": 5, "$defs": {"A": {"type": "integer"}}}, [1, "a", 6]),
    ({"properties": {"x": {"$ref": "#/$defs/a~1b~0c"}}, "$defs": {"a/b~c": {"type": "integer"}}}, [{"x": "a"}]),
    ({"properties": {"x": {"$ref": "#/$defs/a%20b"}}, "$defs": {"a b": {"type": "integer"}}}, [{"x": "a"}]),
    ({"properties": {"x": {"$ref": "#/$defs/A/prefixItems/1"}}, "$defs": {"A": {"prefixItems": [{}, {"type": "integer"}]}}}, [{"x": "a"}]),
    ({"properties": {"x": {"$ref": "#here"}}, "$defs": {"A": {"$anchor": "here", "type": "integer"}}}, [{"x": "a"}]),
    ({"$id": "http://example.com/root", "properties": {"x": {"$ref": "other"}, "y": {"$ref": "other#in"}, "z": {"$ref": "root#/$defs/Z"}}, "$defs": {"A": {"$id": "other", "type": "integer", "$defs": {"I": {"$anchor": "in", "type": "null"}}}, "Z": {"type": "string"}}}, [{"x": "a", "y": 1, "z": 2}]),
    ({"$id": "http://example.com/root", "$ref": "tree", "$defs": {"T": {"$id": "tree", "$dynamicAnchor": "node", "properties": {"kids": {"items": {"$dynamicRef": "#node"}}}, "type": "object"}}}, [{"kids": [{"kids": [1]}]}, {"kids": [2]}]),
    ({"$id": "http://example.com/strict", "$dynamicAnchor": "node", "$ref": "tree", "unevaluatedProperties": False, "$defs": {"T": {"$id": "tree", "$dynamicAnchor": "node", "properties": {"v": {}, "kids": {"items": {"$dynamicRef": "#node"}}}}}}, [{"kids": [{"w": 1}]}, {"kids": [{"v": 1}]}, {"w": 1}]),
    ({"properties": {"x": {"$ref": "https://json-schema.org/draft/2020-12/schema"}}}, [{"x": {"type": 5}}, {"x": {"type": "integer"}}]),
    ({"properties": {"a": {"$ref": "#"}, "b": {"type": "integer"}}}, [{"a": {"a": {"b": "x"}}}]),
    # Places
    ({"properties": {"a": {"items": {"properties": {"b c": {"type": "null"}, "d'e\\": {"type": "null"}, "_x": {"type": "null"}, "x1": {"type": "null"}, "1x": {"type": "null"}}}}}}, [{"a": [{}, {"b c": 1}]}, {"a": [{"d'e\\": 1}]}, {"a": [{"_x": 1}]}, {"a": [{"x1": 1}]}, {"a": [{"1x": 1}]}]),
    ({"items": {"properties": {"a": {"type": "null"}, "b": {"type": "null"}}}}, [[{"a": 1, "b": 1}], [{}, {"a": 1}, {"b": 1, "a": 1}]]),
    ({"required": ["\"'", "a b", "''"]}, [{}]),
    # Which violation is told of
    ({"properties": {"a": {"type": "null"}, "b": {"type": "null"}}, "required": ["z"]}, [{"a": 1, "b": 1}, {"a": 1, "z": 1}, {"b": 1, "a": 1, "z": 1}]),
    ({"properties": {"a": {"properties": {"x": {"type": "null"}}}, "b": {"type": "null"}}}, [{"a": {"x": 1}, "b": 1}]),
    ({"items": {"type": "null"}}, [[1, 2, 3], [None, 1, None, 2]]),
    ({"properties": {"x": {"anyOf": [{"type": "integer"}, {"type": "object", "required": ["k"]}]}}}, [{"x": {}}, {"x": "a"}, {"x": []}]),
    ({"properties": {"x": {"anyOf": [{"type": "object", "properties": {"p": {"type": "null"}}}, {"type": "array", "items": {"type": "null"}}]}}}, [{"x": {"p": 1}}, {"x": [None, 1]}, {"x": 1}]),
    ({"properties": {"x": {"oneOf": [{"properties": {"p": {"type": "null"}, "q": {"type": "null"}}}, {"properties": {"p": {"properties": {"r": False}}}}]}}}, [{"x": {"p": {"r": 1}}}, {"x": {"p": {"r": 1}, "q": 1}}]),
    ({"anyOf": [{"type": "integer"}], "type": "string", "minLength": 9}, [None, "a"]),
    ({"anyOf": [{"anyOf": [{"type": "integer"}, {"type": "string", "minLength": 3}]}, {"type": "null"}]}, ["a", []]),
    ({"type": "integer", "allOf": [{"type": "object", "required": ["a"]}], "required": ["b"]}, [{}]),
    ({"properties": {"a": {"enum": [1]}, "b": {"enum": [1]}}, "anyOf": [{"required": ["q"]}]}, [{"a": 2, "b": 2}]),
    # Formats
    *[({"format": name}, texts) for name, texts in TEXTS.items()],
    ({"format": "date"}, [5, None, "2023-02-30", "2023-04-31", "2024-02-29"]),
    ({"format": "ipv6"}, ["1::2::3", "::", "1:2:3:4:5:6:7::8", "1:2:3:4:5:6:7:8", "::1.2.3.4"]),
    ({"contains": {"type": "null"}, "minContains": 2, "maxContains": 3}, [[None], [None, 1, None], [None] * 4, []]),
    ({"contains": {"type": "null"}, "maxContains": 0}, [[1], [None]]),
    ({"$id": "http://example.com/root", "properties": {"a": {"$ref": "#/$defs/A"}, "b": {"$ref": "b"}, "c": {"$ref": "b#in"}, "d": {"$ref": "http://example.com/root#x"}}, "$defs": {"A": {"type": "null"}, "B": {"$id": "b", "type": "integer", "$defs": {"I": {"$anchor": "in", "type": "string"}}}, "X": {"$anchor": "x", "type": "boolean"}}}, [{"a": 1}, {"a": None}, {"b": "x"}, {"b": 1}, {"c": 1}, {"c": "x"}, {"d": 1}, {"d": True}]),
    ({"$id": "http://example.com/dir/root", "$defs": {"B": {"$id": "sub/b", "properties": {"up": {"$ref": "../c"}, "own": {"$ref": "#/$defs/O"}}, "$defs": {"O": {"type": "null"}}}, "C": {"$id": "c", "type": "integer"}}, "$ref": "sub/b"}, [{"up": "x"}, {"up": 1}, {"own": 1}, {"own": None}]),
    # Repairs of what pydantic v1 writes
    ({"properties": {"a": {"type": "integer"}, "b": {"type": "integer", "default": 1}, "c": {"type": "null"}, "d": {}}, "required": ["a"]}, [{"a": None}, {"a": 1, "b": None}, {"a": 1, "c": 1}, {"a": 1, "d": None}]),
    ({"properties": {"o": {"type": "object", "required": ["i"], "properties": {"i": {"type": "integer"}, "j": {"type": "integer"}}}, "i": {"type": "integer"}, "k": {"type": "integer"}}, "required": ["o", "k"]}, [{"o": {"i": None}}, {"o": {"i": 1, "j": None}}, {"o": {"i": 1}, "i": None}, {"o": {"i": 1}, "k": None}]),
    ({"properties": {"t": {"items": [{"type": "integer"}, {"type": "string"}], "minItems": 2}}}, [{"t": ["a", 1]}, {"t": [1]}, {"t": [1, "a", 2]}]),
    ({"properties": {"x": {"$ref": "#/definitions/M"}}, "definitions": {"M": {"type": "object", "properties": {"a": {"type": "integer"}, "t": {"items": [{"type": "null"}]}}, "required": ["t"]}, "E": {"enum": [1]}}}, [{"x": {"a": None, "t": [1]}}, {"x": {}}]),
]

D4, D6, D7 = ("http://json-schema.org/draft-0%d/schema#" % number for number in (4, 6, 7))
OLDER = [
    *[({"$schema": draft, "properties": {"x": {"type": "integer"}}}, [{"x": 1.0}, {"x": 1.5}, {"x": "a"}]) for draft in (D4, D6, D7)],
    *[({"$schema": D4, "properties": {"x": {word: 3, **more}}}, [{"x": 2}, {"x": 3}, {"x": 4}, {"x": "a"}]) for word, more in (("minimum", {}), ("maximum", {}), ("minimum", {"exclusiveMinimum": True}), ("maximum", {"exclusiveMaximum": True}), ("minimum", {"exclusiveMinimum": False}), ("maximum", {"exclusiveMaximum": False}))],
    ({"$schema": D4, "properties": {"x": {"exclusiveMinimum": 3}}}, [{"x": 1}]),
    ({"$schema": D6, "properties": {"x": {"exclusiveMinimum": 3, "exclusiveMaximum": 5}}}, [{"x": 3}, {"x": 4}, {"x": 5}]),
    *[({"$schema": draft, "properties": {"x": {"const": 1}, "y": {"contains": {"type": "null"}}, "z": {"propertyNames": {"maxLength": 1}}, "w": {"if": {"type": "null"}, "then": False}}}, [{"x": 2}, {"y": [1]}, {"y": [None, None]}, {"y": {}}, {"z": {"ab": 1}}, {"w": None}]) for draft in (D4, D6, D7)],
    *[({"$schema": draft, "properties": {"x": {"$ref": "#/definitions/A", "minimum": 5}}, "definitions": {"A": {"type": "integer"}}}, [{"x": 1}, {"x": "a"}]) for draft in (D4, D6, D7)],
    *[({"$schema": draft, "properties": {"x": {"items": [{"type": "integer"}], "additionalItems": False}, "y": {"items": [{}], "additionalItems": {"type": "null"}}, "z": {"additionalItems": False}, "w": {"items": {"type": "null"}, "additionalItems": False}}}, [{"x": [1]}, {"x": ["a"]}, {"x": [1, 2]}, {"x": [1, 2, 3]}, {"x": {}}, {"y": [1, 2]}, {"y": [1, None]}, {"z": [1]}, {"w": [1]}, {"w": [None]}, {"w": "a"}]) for draft in (D4, D7)],
    *[({"$schema": draft, "dependencies": {"a": ["b", "c"], "d": {"required": ["e"]}}}, [{"a": 1}, {"a": 1, "b": 1, "c": 1}, {"d": 1}, {"d": 1, "e": 1}, {"b": 1}]) for draft in (D4, D6, D7)],
    *[({"$schema": draft, "properties": {"x": {"prefixItems": [{"type": "null"}], "dependentRequired": {"a": ["b"]}, "dependentSchemas": {"a": False}, "unevaluatedProperties": False, "unevaluatedItems": False}}}, [{"x": [1]}, {"x": {"a": 1}}]) for draft in (D4, D6, D7)],
    *[({"$schema": draft, "properties": {"x": {"contains": {"type": "null"}}}}, [{"x": [1, None]}, {"x": [None, None]}, {"x": []}, {"x": 1}]) for draft in (D6, D7)],
    *[({"$schema": draft, "properties": {"x": {"items": [{}, {}], "additionalItems": {"type": "null"}}, "y": {"items": [{}], "additionalItems": True}}}, [{"x": [1, 2, None, 4]}, {"y": [1, 2]}, {"x": [1]}]) for draft in (D4, D6, D7)],
    ({"$schema": D4, "type": "nope"}, [{}]),
    ({"$schema": D6, "type": "nope"}, [{}]),
    ({"$schema": D7, "type": "nope"}, [{}]),
    ({"type": "nope"}, [{}]),
    ({"$schema": "http://json-schema.org/draft-07/schema", "properties": {"x": {"items": [{"type": "null"}]}}}, [{"x": [1]}]),
    ({"$schema": "http://example.com/unknown", "properties": {"x": {"prefixItems": [{"type": "null"}]}}}, [{"x": [1]}]),
    ({"$schema": D4, "id": "http://example.com/a", "properties": {"x": {"$ref": "b"}, "y": {"$ref": "#in"}}, "definitions": {"B": {"id": "http://example.com/b", "type": "null"}, "C": {"id": "#in", "type": "null"}}}, [{"x": 1}, {"y": 1}]),
    ({"$schema": D7, "properties": {"y": {"$ref": "#in"}}, "definitions": {"C": {"$id": "#in", "type": "null"}}}, [{"y": 1}]),
    ({"required": ["a"], "properties": {"x": {"required": ["b"]}, "required": {"type": "null"}}}, [{}, {"x": {}}, {"required": 1}]),
]


def told(check):
    try:
        check()
    except (ValidationError, ValueError) as error:
        return str(error)
    except CircularSchemaRefError:
        return "circular"
    return None


def violations(schema, value):
    return [[list(error.path), error.message] for error in validate(value, schema, preprocess=False)]


def tree(schema, value):
    return build_error_obj(validate(value, schema, preprocess=False))


def answered(case, key, ask):
    """Adds an answer to a case, unless the reference breaks on it."""
    try:
        return {**case, key: ask()}
    except (AttributeError, TypeError):
        return case


def lines(groups):
    return ",\n".join("    " + json.dumps({"schema": schema, "answers": answers}, ensure_ascii=False) for schema, answers in groups)


def main():
    cases = []
    for schema, values in CASES:
        answers = []
        for value in values:
            answer = answered({"value": value}, "violations", lambda: violations(schema, value))
            answer = answered(answer, "told", lambda: told(lambda: validate(value, schema, raise_on_error=True)))
            answers.append(answered(answer, "tree", lambda: tree(schema, value)))
        cases.append((schema, answers))
    older = [
        (schema, [{"value": value, "told": told(lambda: validate_values_conform_to_schema(value, schema, ignore_required=True))} for value in values])
        for schema, values in OLDER
    ]
    text = f'{{\n  "cases": [\n{lines(cases)}\n  ],\n  "older": [\n{lines(older)}\n  ]\n}}\n'
    Path(__file__).with_suffix(".json").write_text(text)


main()
