"""Writes golden vectors of schedules from the libraries of a real Prefect 2.20 server: random schedules, zones and windows.

    python schedules.py FOLDER [--count 3000] [--seed 1] [--zones Europe/Dublin,…] [--years 1970-2037] [--kind cron,interval,rrule]

Run it with the Python of the 2.20 client environment, then play FOLDER/schedules.json with `GOLDEN_DIR=FOLDER npm run test:golden -- schedules`.
All three libraries are given pytz's zone files, so that rules are compared and not versions of the zone database. Left out are cases with
dates past 2037, where dateutil knows standard time only, and those that take Python longer than two seconds.
"""

import argparse
import asyncio
import datetime
import json
import os
import pathlib
import random
import signal
import struct

import dateutil.tz
import dateutil.tz.tz
import pytz

ZONEINFO = str(pathlib.Path(pytz.__file__).parent / "zoneinfo")
os.environ["PYTZDATA_TZDATADIR"] = ZONEINFO
dateutil.tz.tz.TZPATHS[:] = [ZONEINFO]

import pendulum  # noqa: E402
from prefect.server.schemas.schedules import CronSchedule, IntervalSchedule, RRuleSchedule  # noqa: E402

MODELS = {"cron": CronSchedule, "interval": IntervalSchedule, "rrule": RRuleSchedule}
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
ZONES = (
    "UTC America/New_York America/Los_Angeles America/St_Johns America/Havana America/Asuncion America/Santiago America/Nuuk "
    "America/Sao_Paulo Europe/London Europe/Dublin Europe/Berlin Europe/Lisbon Europe/Moscow Europe/Istanbul Africa/Casablanca Africa/El_Aaiun "
    "Africa/Cairo Africa/Windhoek Asia/Beirut Asia/Tehran Asia/Kathmandu Asia/Amman Asia/Gaza Asia/Pyongyang Atlantic/Azores Antarctica/Troll "
    "Australia/Lord_Howe Australia/Sydney Pacific/Auckland Pacific/Chatham Pacific/Apia Pacific/Easter Pacific/Norfolk"
).split()


def transitions(zone):
    """The times at which a zone changes, in seconds since the epoch (RFC 8536, second data block)."""
    data = pathlib.Path(ZONEINFO, zone).read_bytes()
    counts = struct.unpack(">6l", data[20:44])
    second = 44 + counts[3] * 5 + counts[4] * 6 + counts[5] + counts[2] * 8 + counts[1] + counts[0]
    count = struct.unpack(">6l", data[second + 20 : second + 44])[3]
    return struct.unpack(f">{count}q", data[second + 44 : second + 44 + 8 * count])


class Maker:
    def __init__(self, seed, zones, years, kinds):
        self.random = random.Random(seed)
        self.zones, self.kinds = zones, kinds
        self.first, self.last = (int(datetime.datetime(year, 1, 1, tzinfo=datetime.timezone.utc).timestamp()) for year in years)
        self.changes = {zone: [at for at in transitions(zone) if self.first <= at < self.last] for zone in zones}

    def start(self, zone):
        """An instant, more often than not within two days of a change of the zone's clocks."""
        pick = self.random
        if self.changes[zone] and pick.random() < 0.75:
            at = pick.choice(self.changes[zone]) + pick.choice([pick.randint(-7200, 7200), pick.randint(-172_800, 172_800), -3600, 0, 3600, -1])
        else:
            at = pick.randint(self.first, self.last - 1)
        if pick.random() < 0.5:
            at -= at % 900
        return datetime.datetime.fromtimestamp(at, datetime.timezone.utc).replace(microsecond=pick.choice([0, 0, 0, pick.randint(1, 999_999)]))

    def window(self, start):
        pick = self.random
        window = {"start": start.isoformat(), "n": pick.choice([1, 3, 10, 30, 100, 400])}
        if pick.random() < 0.3:
            window["end"] = (start + datetime.timedelta(seconds=pick.randint(0, 10**pick.randint(3, 8)))).isoformat()
        return window

    def numbers(self, low, high, most=4):
        return sorted(self.random.sample(range(low, high + 1), min(high - low + 1, self.random.randint(1, most))))

    def cron_field(self, low, high, names=None, first=0):
        pick = self.random
        name = lambda value: names[(value - first) % len(names)] if names and pick.random() < 0.3 else str(value)

        def part():
            low_bound, high_bound = pick.randint(low, high), pick.randint(low, high)
            return pick.choice(
                [name(low_bound), name(low_bound), f"{name(low_bound)}-{name(high_bound)}", f"*/{pick.randint(1, high)}"]
                + [f"{low_bound}-{high_bound}/{pick.randint(1, 20)}", f"{low_bound}/{pick.randint(1, 20)}"]
            )

        if pick.random() < 0.45:
            return "*"
        return ",".join(part() for _ in range(pick.choice([1, 1, 1, 2, 3])))

    def cron(self, zone):
        pick = self.random
        day, weekday = self.cron_field(1, 31), self.cron_field(0, 6, ["sun"] + DAYS[:6])
        if pick.random() < 0.1:
            day = pick.choice(["L", f"{pick.randint(1, 28)},L", "?", f"{pick.randint(1, 31)}W"])
        if pick.random() < 0.15:
            weekday = pick.choice([f"{pick.choice(DAYS)}#{pick.randint(1, 5)}", f"L{pick.randint(0, 6)}", f"{pick.randint(0, 6)}#1,{pick.randint(0, 6)}#3", "7", "5-7", "?"])
        minute = pick.choice(["*", "0", "30", "*/15", str(pick.randint(0, 59)), self.cron_field(0, 59)])
        hour = pick.choice(["*", "0", "1", "2", "3", "1-3", self.cron_field(0, 23)])
        fields = [minute, hour, day, self.cron_field(1, 12, MONTHS, 1) if pick.random() < 0.5 else "*", weekday]
        if pick.random() < 0.6:
            fields[2:5] = ["*", "*", "*"]
        if pick.random() < 0.15:
            fields.append(self.cron_field(0, 59))
            if pick.random() < 0.2:
                fields.append(pick.choice(["*", "2020-2035", "2024/3", "1990,2026"]))
        text = " ".join(fields)
        schedule = {"cron": pick.choice([text, text, text.upper()]), "timezone": zone}
        if pick.random() < 0.3:
            schedule["day_or"] = pick.random() < 0.5
        return schedule

    def interval(self, zone, start):
        pick = self.random
        seconds = pick.choice(
            [600, 900, 1800, 2700, 3600, 5400, 7200, 10_800, 21_600, 43_200, 86_400, 86_400, 90_000, 172_800, 604_800, 2_592_000]
            + [pick.randint(1, 100_000), pick.randint(86_000, 2_000_000), pick.randint(1, 10**8) / 1000, pick.randint(1, 10**11) / 1_000_000]
        )
        distance = pick.choice([1, -1]) * pick.choice([0, pick.randint(0, 7200), pick.randint(0, 10**6), pick.randint(0, 10**8)])
        anchor = start + datetime.timedelta(seconds=distance)
        if pick.random() < 0.6:
            anchor = anchor.replace(minute=pick.choice([0, 15, 30]), second=0, microsecond=0)
        return {"interval": seconds, "anchor_date": anchor.isoformat(), "timezone": zone}

    def rule(self, start):
        pick = self.random
        frequency = pick.choice(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "DAILY", "HOURLY", "HOURLY", "MINUTELY", "SECONDLY"])
        parts = [f"FREQ={frequency}"]
        add = lambda chance, name, make: parts.append(f"{name}={make()}") if pick.random() < chance else None
        listed = lambda low, high: lambda: ",".join(map(str, self.numbers(low, high)))
        signed = lambda high: lambda: ",".join(str(pick.choice([1, 1, -1]) * value) for value in self.numbers(1, high))
        ordinal = lambda: pick.choice(["", str(pick.choice([1, 2, 3, 4, 5, -1, -2]))]) if frequency in ("YEARLY", "MONTHLY") else ""
        add(0.5, "INTERVAL", lambda: pick.choice([1, 2, 3, 5, 7, 15, 30, 90]))
        add(0.2, "BYMONTH", listed(1, 12))
        add(0.15, "BYMONTHDAY", signed(31))
        add(0.25, "BYDAY", lambda: ",".join(ordinal() + DAYS[day][:2].upper() for day in self.numbers(0, 6)))
        add(0.3, "BYHOUR", lambda: pick.choice([listed(0, 23)(), listed(0, 3)()]))
        add(0.3, "BYMINUTE", lambda: pick.choice(["0,30", listed(0, 59)()]))
        add(0.1, "BYSECOND", listed(0, 59))
        add(0.1, "BYSETPOS", signed(5))
        add(0.1, "WKST", lambda: DAYS[pick.randint(0, 6)][:2].upper())
        if frequency == "YEARLY":
            add(0.15, "BYYEARDAY", signed(366))
            add(0.15, "BYWEEKNO", signed(53))
            add(0.1, "BYEASTER", lambda: pick.choice([0, -2, 1, 39, 49]))
        if pick.random() < 0.15:
            parts.append(f"COUNT={pick.randint(1, 500)}")
        elif pick.random() < 0.15:
            parts.append("UNTIL=" + (start + datetime.timedelta(hours=pick.randint(-100, 5000))).strftime("%Y%m%dT%H%M%S"))
        return ";".join(parts)

    def rrule(self, zone, start):
        pick = self.random
        dates = lambda: ",".join((start + datetime.timedelta(minutes=30 * pick.randint(-48, 200))).strftime("%Y%m%dT%H%M00") for _ in range(3))
        rule = self.rule(start)
        lines = [f"RRULE:{rule}"]
        begun = start - datetime.timedelta(seconds=pick.randint(0, 10 ** (5 if "SECONDLY" in rule or "MINUTELY" in rule else 8)))
        if pick.random() < 0.6:
            begun = begun.replace(minute=pick.choice([0, 30]), second=0)
        if pick.random() < 0.85:
            lines.insert(0, f"DTSTART:{begun:%Y%m%dT%H%M%S}")
        elif pick.random() < 0.3:
            return {"rrule": rule, "timezone": zone}
        for chance, line in [(0.1, f"RDATE:{dates()}"), (0.1, f"EXDATE:{dates()}"), (0.06, f"EXRULE:{self.rule(start)}"), (0.06, f"RRULE:{self.rule(start)}")]:
            if pick.random() < chance:
                lines.append(line)
        return {"rrule": "\n".join(lines), "timezone": zone}

    def case(self):
        zone = self.random.choice(self.zones)
        start = self.start(zone)
        kind = self.random.choice(self.kinds)
        schedule = {"cron": lambda: self.cron(zone), "interval": lambda: self.interval(zone, start), "rrule": lambda: self.rrule(zone, start)}[kind]()
        return {"group": f"{kind} {zone}", "schedule": schedule, **self.window(start)}


class TooSlow(BaseException):
    pass


def stop(*_):
    raise TooSlow


def outcome(model, schedule):
    """What validation says: the stored form, or only that the schedule is refused."""
    try:
        return {"valid": True, "stored": json.loads(model.parse_obj(schedule).json())}
    except ValueError:
        return {"valid": False}


def answer(case, loop):
    kind = next(name for name in MODELS if name in case["schedule"])
    schedule = MODELS[kind].parse_obj(case["schedule"])
    window = {name: pendulum.parse(case[name]) for name in ("start", "end") if name in case}
    try:
        dates = loop.run_until_complete(schedule.get_dates(n=case["n"], **window))
    except Exception as error:
        return {"raises": {"type": type(error).__name__, "text": str(error)[:200]}}
    return {"expected": [date.isoformat() for date in dates]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--zones", type=lambda text: text.split(","), default=ZONES)
    parser.add_argument("--years", type=lambda text: tuple(map(int, text.split("-"))), default=(1970, 2037))
    parser.add_argument("--kind", type=lambda text: text.split(","), default=list(MODELS))
    options = parser.parse_args()
    maker = Maker(options.seed, options.zones, options.years, options.kind)
    signal.signal(signal.SIGALRM, stop)
    loop = asyncio.new_event_loop()
    cases, invalid = [], []
    while len(cases) < options.count:
        case = maker.case()
        kind = next(name for name in MODELS if name in case["schedule"])
        verdict = outcome(MODELS[kind], case["schedule"])
        # Validation reads a rule without DTSTART as if it began now.
        if (not verdict["valid"] or len(invalid) < 50) and (kind != "rrule" or "DTSTART" in case["schedule"]["rrule"]):
            invalid.append({"schedule": case["schedule"], "outcome": verdict})
        if not verdict["valid"]:
            continue
        signal.alarm(2)
        try:
            case.update(answer(case, loop))
        except TooSlow:
            continue
        finally:
            signal.alarm(0)
        if all(date < "2038" for date in case.get("expected", [])):
            cases.append(case)
    options.folder.mkdir(parents=True, exist_ok=True)
    (options.folder / "schedules.json").write_text(json.dumps({"cases": cases, "invalid": invalid}, indent=1))
    print(f"{len(cases)} expansions and {len(invalid)} validations in {options.folder}/schedules.json")


if __name__ == "__main__":
    main()
