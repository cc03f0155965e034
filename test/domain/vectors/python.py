"""Writes python.json: what Python 3.11 makes of JSON texts, values and patterns."""

import json
import re
from pathlib import Path

TEXTS = [
    "", " ", "null", " true ", "false", "nul", "NaN", "[NaN, Infinity, -Infinity]", "-", "-a", "01", "0", "-0", "0.0", "1.", ".5", "1.5", "1e5", "1E+5", "1e-7",
    "1e", "12345678901234567890", "1.0", "100", "--1", "+1", "[", "[1", "[1,", "[1,]", "[1 2]", "[ ]", "[ 1 , 2 ]", "[\t1\r\n]", "{", "{ }", "{\"a\"", "{\"a\":", "{\"a\":1",
    "{\"a\":1,", "{\"a\":1,}", "{\"a\" : 1 , \"b\" : [ ] }", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "{a:1}", "{1:2}", "{\"a\":1,\"a\":2}", "[1]]", "[1] \n ", "1 \n 2", "\ufeff1",
    "\"", "\"a", "\"\\", "\"\\\"", "\"\\u", "\"\\u00e9\"", "\"\\u00E9\\n\\t\\r\\b\\f\\/\\\\\\\"\"", "\"\\ud83d\\ude00\"", "\"\\ud83d\"", "\"\\u12g4\"", "\"\\u123\"", "\"\\u1234", "\"\\x\"", "\"a\\qb\"", "\"\t\"",
    "\"\x1f\"", "\"\x7f\"", "\"\u2028\"", "[\n 1,\n \"\U0001f600\" x]", "\n\n  x", "{\"__proto__\": 1}", "tru", "[,]", "[1,,2]", "{,}", "\u00a01", "\x0c1", "[1}", "{\"a\":1]",
]

VALUES = [
    None, True, False, "", "a", "it's", "\"", "'\"", "a\\b", "\n\r\t", "\x00\x1f\x7f\x80\xa0\xad", "é€😀", "\u2028\u200b\ue000\uffff", "\U000e0001\U0010ffff", "\ud800", " ", "\u3000",
    0, 1, -1, 1.0, -1.5, -0.0, 1e15, 1e16, 123456789012345678, 1.5e16, 9999999999999998.0, 1e22, 1.25e-4, 0.0001, 1e-5, 1.5e-5, 5e-324, 1.7976931348623157e308, 1e100, 123.456,
    0.1, 100.0, 12345.678, [], {}, [1, [2.0, "x"]], {"a": {"b": [None, True]}}, {"it's": 1, "": 2}, [0], [""], {"a": 0},
]

PATTERNS = [
    ("a", ["a", "ba", "b"]), ("^a$", ["a", "a\n", "a\n\n", "ba", "ab"]), (r"a\Z", ["a", "a\n"]), (r"\Aa", ["a", "ba"]), (r"(?m)^a$", ["b\na\nc", "ba"]), ("(?s)a.b", ["a\nb", "ab"]), ("a.b", ["a\nb", "a\rb", "a\u2028b", "axb"]),
    (r"^\d+$", ["12", "٣", "a", ""]), (r"^\D$", ["1", "a", "٣"]), (r"^\w+$", ["aé_1", "a-b", "中", " "]), (r"^\W$", ["a", "-", "é", "_"]), (r"^\s$", [" ", "\u00a0", "a", "\x1c", "\x1f", "\u2028"]), (r"^\S$", [" ", "a", "\x1c"]),
    (r"^[\d_]+$", ["1_", "a"]), (r"^[\w-]+$", ["a-b", "a b"]), (r"^[\s]$", ["\x1d", "a"]), (r"^[^\d]$", ["1", "a"]), (r"^[\D]$", ["1", "a"]), (r"^\s$", ["\x85", "\ufeff", "\x1b", "\u3000"]), (r"^\S$", ["\x85", "\ufeff", "\x1b", "\u3000", "_", "é", "1"]),
    (r"^[\S]$", [" ", "a", "\x1c", "\x85", "\x00", "\x9f", "€", "-", "\u200b", "\U0010ffff"]), (r"^[\W]$", ["é", "_", "-", "\u203f", " ", "€", "1", "\n", "\u0301", "½"]), (r"^[\W\d]$", ["5", "a", "-"]), (r"[\b]", ["\b", "b"]), (r"\bfoo\b", ["a foo b", "afoo"]), (r"a\Bb", ["ab", "a b"]),
    ("(?P<q>a|b)(?P=q)", ["aa", "ab"]), (r"(a)(b)\2\1", ["abba", "abab"]), ("(?i)^ABC", ["abc", "xabc"]), ("(?i)[A-C]+$", ["abc", "d"]), ("(?im)^b$", ["a\nB", "aB"]), ("(?a)x", ["x"]), ("(?u)x", ["x"]), ("(?x) a  # one\n b{2}[ ]", ["abb ", "abb", " a"]),
    ("a{2}", ["aa", "a"]), ("^a{2,}$", ["a", "aaa"]), ("^a{,2}$", ["", "aa", "aaa"]), ("^a{1,2}$", ["a", "aaa"]), ("a{", ["a{", "a"]), ("a{x}", ["a{x}"]), ("{", ["{"]), ("}", ["}"]), ("]", ["]"]), ("a{,}b", ["aaab", "a{,}b", "b"]), ("a{1,2,3}", ["a{1,2,3}", "aa"]),
    ("[]a]+$", ["]a", "b"]), ("[^]a]", ["]", "b"]), ("[a[]", ["[", "b"]), (r"[\]\-]", ["]", "-", "a"]), (r"[a\-z]", ["-", "b"]), ("[a-c]", ["b", "d"]), ("[a-]", ["-", "b"]), ("[&&a]", ["&", "b"]), ("[|~]", ["~", "|"]),
    (r"\.", [".", "a"]), (r"\-\_\@\#\ \/\,", ["-_@# /,"]), (r"\x41\u0042", ["AB", "x"]), (r"\a\f\n\r\t\v", ["\x07\f\n\r\t\v", "a"]), (r"\0", ["\x00", "0"]), ("(?#note)a", ["a", "note"]), ("(?:ab)+c", ["ababc", "c"]), ("(?=a)ab", ["ab"]), ("(?!b)a", ["a"]), ("(?<=x)a", ["xa", "a"]), ("(?<!x)a", ["xa", "a"]),
    ("a|b|", ["", "c"]), ("(", [""]), (")", [""]), ("[", [""]), ("[a", [""]), ("a**", [""]), ("*", [""]), ("\\", [""]), (r"\q", [""]), (r"\y", [""]), (r"[\q]", [""]), ("(?P<1>a)", [""]), ("(?P=x)", [""]), (r"\1", [""]), ("(?P<n>a)|(?P<m>b)", ["b"]), ("a{2}{3}", [""]), ("^[^@]+@[^@]+$", ["a@b", "a@@b"]), (r"^\$\{(\w+)\}$", ["${x}", "{x}"]), ("é", ["é", "e"]), ("^.$", ["😀", "ab"]),
]


def loaded(text):
    try:
        return {"text": text, "dumped": json.dumps(json.loads(text), sort_keys=True)}
    except json.JSONDecodeError as error:
        return {"text": text, "error": str(error), "at": [error.msg, error.pos, error.lineno, error.colno]}


def searched(pattern, text):
    try:
        return bool(re.search(pattern, text))
    except re.error:
        return None


def main():
    rows = {
        "texts": [loaded(text) for text in TEXTS],
        "values": [{"value": value, "repr": repr(value), "str": str(value), "type": type(value).__name__, "truth": bool(value), "dumped": json.dumps(value)} for value in VALUES],
        "patterns": [{"pattern": pattern, "found": {text: searched(pattern, text) for text in texts}} for pattern, texts in PATTERNS],
    }
    parts = (f'  "{name}": [\n' + ",\n".join("    " + json.dumps(row) for row in list) + "\n  ]" for name, list in rows.items())
    Path(__file__).with_suffix(".json").write_text("{\n" + ",\n".join(parts) + "\n}\n")


main()
