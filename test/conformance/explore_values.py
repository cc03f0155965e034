"""Values that are odd for a place of a schema: of other types, empty, too long, at the bounds, of unusual spelling."""

BIG = 1e20
ODD = [None, [], {}, "", 5, -1, 1.5, True, False, "x", "1", ["x"], {"a": 1}, [None], [[]], {"": None}, BIG, 12345678901234567890]
TEXTS = ["é✓𝄞", "a" * 300, "a\u0000b", "'", '"', "%", "_", " x ", "A", "a/b", "a&b", "<", "\ud800", "\u2028", "x" * 2001, "y" * 5001, "a:b", "None", "\\", "\n", "{{ x }}", "prefect-x"]
TIMES = ["2023-01-01", "2023-01-01T00:00:00", "2023-01-01T00:00:00Z", "2023-01-01T00:00:00+02:00", "2023-01-01 00:00", 1672531200, "1672531200", "1.5", "now",
         "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2023-W01-1", "20230101", "2023-01-01T24:00:00", "2023-02-30", "P1D", "2023-01-01T00:00:00.1234567Z", "12:00",
         "2023-01-01T00:00:00-0330", "2023-001", "2023", "2023-01", "2023-1-1", "2023-01-01T00:00:00.1Z", "2023-01-01T00:00:60Z", "2023-01-01t00:00:00z", "10000-01-01T00:00:00Z",
         "2023-01-01T00:00:00[Europe/Berlin]", "2023-01-01/2023-01-02", "2023-01-01T00:00:00+25:00", " 2023-01-01 "]
WHOLE = [0, 1, 200, 201, 2**31, 2**53, 2**63, -(2**63), " 5 ", "5.0", 1.0, 1.9, "1e3", "0x5", "1_000", "+5", "-0", "٣"]
NUMBERS = ["1.5", "nan", "inf", 1e308, 0.1, 1e-7, "1e3", -0.0, " 1 ", "1_0.5", 86400, 31536000.5, "PT1H", "1:00:00", "P1D", "01:30", "1 day", "-5"]
BOOLS = [0, 1, 2, "true", "yes", "ON", "maybe", 1.0, "T", "off"]
UUIDS = ["00000000-0000-0000-0000-000000000000", "11111111111111111111111111111111", "{11111111-1111-1111-1111-111111111111}",
         "urn:uuid:11111111-1111-1111-1111-111111111111", "AAAAAAAA-1111-1111-1111-111111111111", "1111", 123, "gggggggg-1111-1111-1111-111111111111"]
URLS = ["http://x", "https://example.com/a b", "ftp://x.y", "//x", "http://", "https://u:p@example.com:99999/", "https://example.com:80/é?q#f", "javascript:x", "http://localhost", "http://127.0.0.1:1/"]


def odd_values(schema):
    values = list(ODD)
    kind, form = schema.get("type"), schema.get("format")
    if "enum" in schema:
        values += [schema["enum"][0].lower(), *schema["enum"], "nope"]
    elif form == "uuid":
        values += UUIDS
    elif form == "date-time":
        values += TIMES
    elif form == "uri":
        values += URLS
    elif kind == "string":
        values += TEXTS
    elif kind == "integer":
        values += WHOLE
    elif kind == "number":
        values += NUMBERS + WHOLE
    elif kind == "boolean":
        values += BOOLS
    elif kind == "array":
        inner = schema.get("items", {})
        values += [[5], ["x", None], {"0": "x"}, "abc", [True], [1.5], ["x", "x"], [{"a": 1}], ["é", "a" * 300]] if inner.get("type") == "string" else [[5], [{}]]
    elif kind == "object":
        values += [{"a": {"b": [1, 2.0, None, True, "é\u0000"]}}, [["a", 1]], {"é": 1.0}, {"n": 1e400}, {"n": 1.0, "m": 12345678901234567890, "e": 1e22, "z": -0.0}]
    return values
