"""Explores where two servers differ: every operation of the reference's OpenAPI document, valid and damaged in every place.

    explore.py --reference URL --target URL --key KEY --openapi FILE [-k TEXT] [--part fields|filters|pairs|protocol] [--seed S] [--out FILE]

Both servers must be fresh or hold the same, and do nothing by themselves. See README.md.
"""
import argparse
import json
import random
import re
import sys
import time
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

import httpx  # noqa: E402
from explore_values import odd_values  # noqa: E402
from explore_world import PARAMETERS, QUERIES, REQUESTS, World  # noqa: E402
import play  # noqa: E402
from play import UUID, CaseError, Comparison, Play, Reply, Setup, Side, Stop, short  # noqa: E402

class Document:
    def __init__(self, path):
        self.document = json.loads(Path(path).read_text())

    def resolve(self, schema):
        while True:
            if "$ref" in schema:
                schema = self.document["components"]["schemas"][schema["$ref"].split("/")[-1]]
            elif len(schema.get("allOf", ())) == 1:
                schema = schema["allOf"][0]
            else:
                return schema

    def operations(self):
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                content = operation.get("requestBody", {}).get("content", {})
                body = next(iter(content.values()))["schema"] if content else None
                yield f"{method.upper()} {path.removeprefix('/api')}", operation, body

    def places(self, schema, path=(), depth=3):
        """Every place in a body with its schema: keys of objects, the first item of lists."""
        schema = self.resolve(schema)
        if path:
            yield path, schema
        if depth < 0:
            return
        for name, inner in schema.get("properties", {}).items():
            yield from self.places(inner, path + (name,), depth - 1)
        for option in schema.get("anyOf", ()):
            option = self.resolve(option)
            if option.get("type") == "object" and "properties" in option:
                yield from self.places(option, path, depth) if not path else ((p, s) for p, s in self.places(option, path, depth) if p != path)
        if schema.get("type") == "array" and isinstance(schema.get("items"), dict) and schema["items"]:
            yield from self.places(schema["items"], path + (0,), depth - 1)


def copied(value):
    if isinstance(value, dict):
        return {k: copied(v) for k, v in value.items()}
    return [copied(v) for v in value] if isinstance(value, list) else value


MISSING = object()


def placed(body, path, value):
    """The body with a value at the path (or without it), or None where there is no such place."""
    body = copied(body)
    node = body
    for key, after in zip(path[:-1], path[1:]):
        try:
            inner = node[key]
        except (KeyError, IndexError):
            inner = None
        except TypeError:
            return None
        if not isinstance(inner, (dict, list)) or isinstance(inner, list) != isinstance(after, int):
            if value is MISSING:
                return None
            inner = [] if isinstance(after, int) else {}
            if isinstance(node, list):
                node[:] = [inner]
            else:
                node[key] = inner
        node = inner
    key = path[-1]
    if isinstance(node, list) and isinstance(key, int):
        if value is MISSING:
            return None
        node[key:key + 1] = [value]
    elif isinstance(node, dict):
        if value is MISSING:
            if key not in node:
                return None
            del node[key]
        else:
            node[key] = value
    else:
        return None
    return body


class Ranked(Comparison):
    """Lists without an order are put into that of what their items are called."""

    def _rank(self, item, side):
        names = [str(item.get(key)) for key in ("name", "key", "tag", "slug", "message", "label", "id")] if isinstance(item, dict) else []
        known = self.play.symbols[side]
        return [UUID.sub(lambda m: known.get(m[0], "<id>"), name) for name in names] + [super()._rank(item, side)]


play.Comparison = Ranked


class RawSide(Side):
    """A side whose answers keep `allow` and `location` too."""

    def send(self, method, path, retries, **request):
        url = self.url + path if path.startswith("/") else path
        for attempt in range(3):
            try:
                response = self.client.request(method, url, **request)
            except httpx.TransportError:  # a connection that the server closed after its own failure
                if attempt == 2:
                    raise
                self.connect()
                continue
            if response.status_code == 503 and attempt < retries:
                time.sleep(0.2 * (attempt + 1))
                continue
            break
        try:
            body = json.loads(response.content) if response.content else None
        except ValueError:
            body = response.text
        pick = {"content-type": response.headers.get("content-type"), "retry-after": response.headers.get("retry-after"), "allow": response.headers.get("allow"),
                "location": UUID.sub("<id>", re.sub(r"^https?://[^/]+", "", response.headers.get("location") or "")) or None}
        return Reply(response.status_code, pick, body)


class Explorer:
    def __init__(self, setup, document, out, seed):
        self.setup, self.document, self.out, self.rng = setup, document, out, random.Random(seed)
        self.base = Play(setup, "world")
        self.world = World(self.base)
        self.seen, self.count, self.failed = Counter(), 0, 0
        self.report("world", "", self.base)

    def player(self):
        """A player of one request, which knows the world's ids: what differs in one spoils no other."""
        child = Play(self.setup, "x", self.base.suffix)
        child.symbols = [dict(s) for s in self.base.symbols]
        child.tokens, child.sent_times, child.made_ids = self.base.tokens, set(self.base.sent_times), self.base.made_ids
        return child

    def report(self, operation, what, p):
        for diff in p.diffs:
            where = re.sub(r"\[\d+\]", "[]", diff["where"])
            key = (operation, re.sub(r"=.*", "", what), where)
            self.seen[key] += 1
            line = {"operation": operation, "what": what, **{k: diff[k] for k in ("method", "path", "request", "where", "reference", "target")}}
            self.out.write(json.dumps(line, default=repr) + "\n")
            if self.seen[key] == 1:
                print(f"DIFF {operation} {what}\n   {diff['method']} {diff['path']} {short(diff['request'], 300)}\n   at {diff['where']}\n"
                      f"   reference {short(diff['reference'], 500)}\n   target    {short(diff['target'], 500)}", flush=True)

    def ask(self, operation, what, prepare, method, **how):
        """prepare(play) gives (path, body) or a dict of call options."""
        p = self.player()
        try:
            path, options = prepare(p)
            p.call(method, path, **options, **{"reference_bug": "anything", "unordered": True, "generated": ("name",), "ignore": ("last_polled",), **how})
        except Stop as stop:
            if not p.diffs:
                print("STOP", operation, what, stop)
        except CaseError as error:
            print("CASE", operation, what, error)
        self.count += 1
        if p.calls and p.calls[-1].answers[0] is not None and p.calls[-1].answers[0].status >= 500:
            self.failed += 1
        self.report(operation, what, p)

    def request(self, key, p):
        """The valid request of an operation: path and body."""
        if key in REQUESTS:
            return REQUESTS[key](self.world, p)
        path = key.split(" ")[1]
        noun = path.split("/")[1]
        values = PARAMETERS.get(noun, lambda w: {})(self.world)
        if "/queues/{name}" in path:
            path = path.replace("/queues/{name}", f"/queues/{self.world.queues[0]['name']}")
        if "/workers/{name}" in path:
            path = path.replace("/workers/{name}", "/workers/none")
        for name in re.findall(r"{(\w+)}", path):
            path = path.replace("{%s}" % name, str(values.get(name, "x")))
        return path + QUERIES.get(key, lambda w: "")(self.world), {}

    # ---- the parts

    def fields(self, key, body):
        method = key.split(" ")[0]
        self.ask(key, "valid", lambda p: self.as_call(self.request(key, p)), method)
        if body is None:
            return
        for odd in [None, [], {}, "x", 5, True, [[]], {"unknown": 1}]:
            self.ask(key, f"body={odd!r}", lambda p: (self.request(key, p)[0], {"content": json.dumps(odd)}), method)
        for path, schema in self.document.places(body):
            name = ".".join(map(str, path))
            if not self.takes(key, path):
                continue
            for value in [MISSING, *odd_values(schema)]:
                def prepare(p):
                    where, sent = self.request(key, p)[:2]
                    return self.as_call((where, placed(sent, path, value)))
                shown = "missing" if value is MISSING else short(repr(value), 60)
                self.ask(key, f"{name}={shown}", prepare, method)
            if schema.get("properties") and len(path) < 3:
                self.ask(key, f"{name}.unknown=", lambda p: self.as_call((lambda r: (r[0], placed(r[1], path, {"unheard_of": 1})))(self.request(key, p))), method)

    def takes(self, key, path):
        """Criteria of other nouns' filters are the filters part's; here each once, in one list."""
        return len(path) < 2 or not key.endswith(("/filter", "/count", "history", "lateness", "counts")) or path[0] in key or key == "POST /flow_runs/filter"

    @staticmethod
    def as_call(request):
        path, body = request[:2]
        return path, {} if body is None else {"json": body}

    def criteria(self, body):
        """[(noun, path, values)] of every criterion of every filter in a body."""
        result = []
        for noun, schema in self.document.resolve(body).get("properties", {}).items():
            schema = self.document.resolve(schema)
            if schema.get("type") != "object" or "properties" not in schema:
                continue
            for path, inner in self.document.places(schema, (noun,)):
                if "properties" in inner or path[-1] == 0 or path == (noun,):
                    continue
                criterion = path[-2] if len(path) > 2 else path[-1]
                owner = path[-3] if len(path) > 3 else noun
                if path[-1] == "operator" and len(path) == 2:
                    continue
                result.append((noun, path, self.world.values(owner if owner == "state" else noun, criterion, path[-1])))
        return result

    def is_filter(self, key, body):
        return body is not None and key.endswith(("/filter", "/count", "/history", "/lateness", "/counts")) and self.criteria(body)

    def filters(self, key, body):
        if not self.is_filter(key, body):
            return
        method = key.split(" ")[0]
        for noun, path, values in self.criteria(body):
            for value in values:
                self.ask(key, f"{'.'.join(path)}=", lambda p: self.as_call((lambda r: (r[0], placed(r[1], path, value)))(self.request(key, p))), method)
        sorts = self.document.resolve(self.document.resolve(body).get("properties", {}).get("sort", {})).get("enum", [])
        for sort in sorts:
            by = re.sub(r"_(ASC|DESC)$", "", sort).lower()
            how = {"unordered": ("tags",)} if by == "name" else {"unordered": False, "only": (by,)} if by != "id" else {}
            for page in ({}, {"limit": 2}, {"limit": 2, "offset": 1}, {"offset": 3}, {"offset": 1000}, {"limit": 0}) if how else ({},):
                self.ask(key, f"sort {sort}=", lambda p: self.as_call((lambda r: (r[0], {**r[1], "sort": sort, **page}))(self.request(key, p))), method, **how)

    def pairs(self, key, body, times=120):
        """Random filters over several nouns at once."""
        if not self.is_filter(key, body):
            return
        method, criteria = key.split(" ")[0], self.criteria(body)
        for _ in range(times):
            made = {}
            for noun, path, values in self.rng.sample(criteria, min(len(criteria), self.rng.randint(2, 5))):
                made = placed(made, path, self.rng.choice(values))
                if self.rng.random() < 0.4 and "operator" in self.document.resolve(self.document.resolve(body)["properties"][noun]).get("properties", {}):
                    made = placed(made, (noun, "operator"), self.rng.choice(["and_", "or_"]))
                if len(path) == 3 and self.rng.random() < 0.3:
                    brother = self.rng.choice([c for c in criteria if c[1][:2] == path[:2]])
                    made = placed(made, brother[1], self.rng.choice(brother[2]))
            self.ask(key, "pairs=", lambda p: self.as_call((lambda r: (r[0], {**r[1], **made}))(self.request(key, p))), method)

    def protocol(self, key, body):
        method = key.split(" ")[0]
        path_of = lambda p: self.request(key, p)[0]
        valid = lambda p: json.dumps(p._resolve(self.request(key, p)[1], 0))
        if body is not None:
            for content in [b"", b"{", b"nope", b'{"a": 1,}', b"\xff\xfe", b"[1, 2", b'"', b"NaN", b'{"a": Infinity}', b"{} x", b"\xef\xbb\xbf{}", b"'x'", b"  ", b'{"a": 1, "a": 2}', b"[" * 300, b"1" * 400]:
                self.ask(key, f"content={content[:20]!r}", lambda p: (path_of(p), {"content": content}), method)
            for kind in ["text/plain", "application/x-www-form-urlencoded", "application/vnd.api+json", "application/json; charset=utf-8", "APPLICATION/JSON", "multipart/form-data", "x", "", "application/octet-stream"]:
                self.ask(key, f"type={kind}", lambda p: (path_of(p), {"content": b"{}", "headers": {"Content-Type": kind}}), method)
            self.ask(key, "no body=", lambda p: (path_of(p), {}), method)
        for version in ["0.8.4", "0.7.9", "abc", "1.2", "", "99.0.0", "0.8", "1.2.3.4", "a.b.c", "0.8.0"]:
            self.ask(key, f"version={version}", lambda p: (path_of(p), {"headers": {"X-PREFECT-API-VERSION": version}}), "GET" if method != "GET" else "POST")
        for other in ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "POST", "TRACE"]:
            if other == method or (other == "DELETE" and method != "DELETE"):
                continue
            self.ask(key, f"method={other}", lambda p: (path_of(p), {}), other)
        slashed = lambda p: (lambda t: t[:-1] if t.endswith("/") else t + "/")(path_of(p))
        self.ask(key, "slash=", lambda p: (slashed(p), {}), method if method != "DELETE" else "GET")
        self.ask(key, "slash query=", lambda p: (slashed(p) + "?a=b&c=%20d", {}), method if method != "DELETE" else "GET")
        self.ask(key, "query=", lambda p: (path_of(p) + ("&" if "?" in str(path_of(p)) else "?") + "unknown=1", {}), "GET")
        template = key.split(" ")[1]
        names = re.findall(r"{(\w+)}", template)
        for name in names:
            for value in ["00000000-0000-0000-0000-000000000000", "x", "1", "%20", "é", "a%2Fb", "%00", "AAAAAAAA-1111-1111-1111-111111111111", "11111111111111111111111111111111", "a%25b", "..", "a'b", "+"]:
                def prepare(p, with_body):
                    path = template.replace("{%s}" % name, value)
                    noun = path.split("/")[1]
                    values = PARAMETERS.get(noun, lambda w: {})(self.world)
                    for rest in re.findall(r"{(\w+)}", path):
                        path = path.replace("{%s}" % rest, str(values.get(rest, "x")))
                    return path, with_body(p)
                self.ask(key, f"{name}={value}", lambda p: prepare(p, lambda p: {} if body is None else {"json": self.request(key, p)[1]}), method)
                if body is not None:
                    self.ask(key, f"{name} and body={value}", lambda p: prepare(p, lambda p: {"json": {"limit": "x", "unknown": 1}}), method)

    def queries(self, key, operation):
        for parameter in operation.get("parameters", ()):
            if parameter["in"] != "query":
                continue
            method = key.split(" ")[0]
            for value in ["", "x", "true", "1", "00000000-0000-0000-0000-000000000000", "2023-01-01", "2023-01-01T00:00:00Z", "null", "-1", "yes", "1672531200", "%C3%A9"]:
                self.ask(key, f"?{parameter['name']}={value}", lambda p: (self.request(key, p)[0].split("?")[0] + f"?{parameter['name']}={value}", {}), method)
            self.ask(key, f"?{parameter['name']} absent=", lambda p: (self.request(key, p)[0].split("?")[0], {}), method)
            self.ask(key, f"?{parameter['name']} twice=", lambda p: (self.request(key, p)[0].split("?")[0] + f"?{parameter['name']}=1&{parameter['name']}=x", {}), method)


def main():
    sys.stdout.reconfigure(errors="backslashreplace")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", required=True)
    parser.add_argument("--target", required=True)
    parser.add_argument("--key")
    parser.add_argument("--openapi", required=True, help="the reference's OpenAPI document")
    parser.add_argument("-k", dest="text", default="", help="only operations whose method and path match this expression")
    parser.add_argument("--part", action="append", choices=["fields", "filters", "pairs", "protocol"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", default="/dev/null", help="every difference, one JSON object a line")
    args = parser.parse_args()
    document = Document(args.openapi)
    started = time.monotonic()
    with open(args.out, "a") as out:
        explorer = Explorer(Setup(RawSide(args.reference), RawSide(args.target, args.key)), document, out, args.seed)
        for key, operation, body in document.operations():
            if not re.search(args.text, key):
                continue
            before, found = explorer.count, sum(explorer.seen.values())
            deletes = key.startswith("DELETE") or key == "POST /block_types/install_system_block_types"
            for part in args.part or ["filters", "pairs", "fields", "protocol"]:
                if deletes and part != "protocol":
                    continue
                getattr(explorer, part)(key, body)
            if "fields" in (args.part or ["fields"]):
                explorer.queries(key, operation)
            print(f"{key}: {explorer.count - before} requests, {sum(explorer.seen.values()) - found} differences ({time.monotonic() - started:.0f} s)", flush=True)
    print(f"{explorer.count} requests compared, {explorer.failed} of them 5xx of the reference, {len(explorer.seen)} kinds of difference, {sum(explorer.seen.values())} in all")
    return 1 if explorer.seen else 0


if __name__ == "__main__":
    sys.exit(main())
