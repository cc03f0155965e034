"""Writes schedules.json: what a Prefect 2.20 server makes of drawn cron expressions and rules: their first dates, or that it refuses them.

Each row is [schedule, start, dates, "refused" or "raises"]."""

import asyncio
import json
import random
import signal
import warnings
from pathlib import Path

import pendulum
from prefect.server.schemas.schedules import CronSchedule, RRuleSchedule

warnings.simplefilter("ignore")
draw = random.Random(20)

BOUNDS = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6), (0, 59), (1970, 2099)]
NAMES = {3: "jan feb mar apr may jun jul aug sep oct nov dec".split(), 4: "sun mon tue wed thu fri sat".split()}
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]

CRONS = [
    "@daily", "@hourly", "@weekly", "@monthly", "@yearly", "@annually", "@midnight", "@DAILY", "@reboot", "@", "* * * *", "* * * * * * * *", "  0 0 * * *  ", "0\t0 1 1 *",
    "0 0 ? * *", "0 0 * * ?", "? 0 * * *", "0 ? * * *", "0 0 * ? *", "0 0 1? * *", "0 0 ? * ?", "0 0 1 * ?", "0 0 ? * 1", "0 0 L * *", "0 0 l * *", "0 0 L,15 * *", "0 0 L * 1", "0 L * * *", "0 0 * L *", "0 0 10-L * *", "0 0 L-3 * *",
    "0 0 1W * *", "0 0 15W * *", "0 0 W15 * *", "0 0 31W * *", "0 0 30W 2 *", "0 0 0W * *", "0 0 32W * *", "0 0 15W,16 * *", "0 0 1,15W * *", "0 0 15w * 1", "0 0 1W 6 *", "0 0 W * *", "0 0 * 5W *", "0 0 31W 4,5 *", "0 0 28W 2 *", "0 0 2W * *",
    "0 0 * * L5", "0 0 * * L0", "0 0 * * L7", "0 0 * * L8", "0 0 * * L", "0 0 * * 5#1", "0 0 * * 5#5", "0 0 * * 5#6", "0 0 * * 5#0", "0 0 * * fri#2", "0 0 * * mon-wed#1", "0 0 * * 1-3#2", "0 0 * * 1#1,3#2", "0 0 * * 1#1,L3", "0 0 * * 1,2#1",
    "0 0 * * 1#1,1", "0 0 * * 1,2,3,4,5,6,0,1#1", "0 0 1 * 5#2", "0 0 13 * fri#2", "0 0 * * 7#1", "0 0 * * sat#", "0 0 * * #1", "0 0 * 1#1 *", "0 0 * * jan#1", "0 0 * * L5,2", "0 0 L * L5", "0 0 * * *#1",
    "0 0 0 * *", "0 0 0 * * 0", "0 0 0 * * 0 2030", "0 0 * 0 *", "0 0 * * 7", "0 0 * * 7 0", "0 0 * * 0-7", "0 0 * * 5-7", "0 0 * * 7-1", "0 0 * * 6-1", "0 0 * * 8", "0 0 * 13 *", "0 24 * * *", "60 * * * *", "0 0 32 * *", "0 0 * * 5-8", "-1 * * * *", "1- * * * *", "-1-5 * * * *",
    "*/0 * * * *", "*/ * * * *", "*/60 * * * *", "*/59 * * * *", "*/61 * * * *", "5/ * * * *", "5/0 * * * *", "10-5/2 * * * *", "50-10/7 * * * *", "50-10/25 * * * *", "5-5 * * * *", "5-5/7 * * * *", "0 22-2 * * *", "0 22-2/3 * * *", "0 0 28-3 * *", "0 0 28-3/5 * *", "0 0 * nov-feb *", "0 0 * * fri-mon", "0 0 * * fri-mon/2",
    "0 0 * 11-2/2 *", "58-1/1 * * * *", "59-0/2 * * * *", "0 0 31-1 * *", "0 0 30-2/2 * *", "0 0 30-2/40 * *", "55-3/60 * * * *", "0 23-0/24 * * *",
    "1,2,,3 * * * *", ",1 * * * *", "1, * * * *", "a * * * *", "1.5 * * * *", "0 0 * JAN *", "0 0 * jann *", "0 0 * * MON", "0 0 * * monday", "0 0 * mon *", "0 0 * * jan", "jan 0 * * *", "0 0 * feb/3 *", "0 0 * */5 *", "0 0 */10 * *", "0 0 */31 * *", "0 0 * * */2", "0 0 * * */7", "* * * * */3", "1-10/3,40/7,59 * * * *",
    "* * * * * *", "* * * * * 30", "* * * * * */20", "0 0 * * * 59", "0 0 * * * 60", "* * * * * 10-5", "*/30 * * * * 5,10", "0 0 1 1 * 0", "0 0 1 1 * 0 2030", "0 0 1 1 * 0 2030-2034/2", "0 0 1 1 * 0 */3", "0 0 1 1 * 0 2010", "0 0 1 1 * 0 1969", "0 0 1 1 * 0 2100", "* * * * * * *", "0 0 29 2 * 0 2024-2040", "0 0 29 2 * 0 2025",
    "0 0 31 2 *", "0 0 30 2 *", "0 0 29 2 *", "0 0 31 4 *", "0 0 31 * *", "0 0 29 2 1", "0 0 1-31 * 1", "0 0 1-31 * *", "0 0 1 * 0-6", "0 0 * * 0-6", "0 0 1-31 1-12 0-6", "0-59 0-23 * * *", "0 0 1 * */1", "0 0 */1 * 1", "0 0 * * 1,*", "0 0 *,1 * 1", "0 0 1,2,3 * *,1", "0 0 1-30,L * *",
]

RULES = [
    "", "FREQ", "FREQ=", "FREQ=NEVER", "FREQ=DAILY;", ";FREQ=DAILY", "freq=daily", "FREQ=DAILY;COUNT=x", "FREQ=DAILY;COUNT=0", "FREQ=DAILY;COUNT=-1", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;INTERVAL=-1", "INTERVAL=2", "FREQ=DAILY;FOO=1", "FREQ=DAILY;COUNT=1;COUNT=2", "RRULE:FREQ=DAILY", "RRULE:RRULE:FREQ=DAILY", "RRULE;X=1:FREQ=DAILY",
    "FREQ=DAILY;UNTIL=20250101", "FREQ=DAILY;UNTIL=20350101T000000Z", "FREQ=DAILY;UNTIL=20350101T000000", "FREQ=DAILY;UNTIL=x", "FREQ=DAILY;UNTIL=20250101;COUNT=3", "DTSTART:20240101T090000\nFREQ=DAILY", "DTSTART:20240101T090000\nRRULE:FREQ=DAILY", "DTSTART:20240101T090000Z\nRRULE:FREQ=DAILY", "DTSTART;TZID=America/New_York:20240101T090000\nRRULE:FREQ=DAILY",
    "DTSTART;TZID=Nowhere:20240101T090000\nRRULE:FREQ=DAILY", "DTSTART;VALUE=DATE:20240101\nRRULE:FREQ=DAILY", "DTSTART;VALUE=DATE-TIME:20240101T010203\nRRULE:FREQ=DAILY", "DTSTART:20240101\nRRULE:FREQ=DAILY", "DTSTART:x\nRRULE:FREQ=DAILY", "DTSTART:20240101T090000 RRULE:FREQ=DAILY", "DTSTART:20240101T090000\n\nRRULE:FREQ=DAILY", "DTSTART:20240101T090000,20240102T090000\nRRULE:FREQ=DAILY",
    "DTSTART:20240101T090000\nRRULE:FREQ=DAILY\nEXDATE:20240102T090000", "DTSTART:20240101T090000\nRRULE:FREQ=DAILY;COUNT=5\nRDATE:20290102T100000", "RDATE:20290102T100000", "DTSTART:20240101T090000\nRDATE:20290102T100000,20290103T100000", "DTSTART:20240101T090000\nRRULE:FREQ=DAILY\nEXRULE:FREQ=DAILY;INTERVAL=2", "DTSTART:20240101T090000\nRRULE:FREQ=DAILY;INTERVAL=3\nRRULE:FREQ=WEEKLY",
    "DTSTART:20240101T090000\nRRULE:FREQ=DAILY\nEXDATE;TZID=UTC:20240102T090000", "DTSTART:20240101T090000\nRRULE:FREQ=DAILY\nEXDATE:x", "DTSTART:20240101T090000\nRRULE:FREQ=DAILY\nFOO:1", "DTSTART:20240101T090000\nRRULE:FREQ=DAILY\nDTSTART:20240201T090000", "EXDATE:20240102T090000", "FREQ=DAILY\nFREQ=WEEKLY", "  FREQ=DAILY", "FREQ=DAILY  ", "FREQ = DAILY", "FREQ=DAILY;BYHOUR", "=", "FREQ=DAILY;=", ":", "RRULE:", "DTSTART:", "RRULE:FREQ=DAILY\nRRULE:FREQ=DAILY", "DTSTART:20240101T090000",
    "FREQ=WEEKLY;BYDAY=XX", "FREQ=WEEKLY;BYDAY=", "FREQ=WEEKLY;BYDAY=MO,", "FREQ=WEEKLY;BYDAY=1", "FREQ=WEEKLY;BYDAY=+1MO", "FREQ=WEEKLY;BYDAY=MO(+1)", "FREQ=MONTHLY;BYDAY=MO(+1)", "FREQ=MONTHLY;BYDAY=MO(-2)", "FREQ=MONTHLY;BYDAY=0MO", "FREQ=MONTHLY;BYDAY=6MO", "FREQ=MONTHLY;BYDAY=-6MO", "FREQ=MONTHLY;BYDAY=5MO", "FREQ=YEARLY;BYDAY=53MO", "FREQ=YEARLY;BYDAY=-53MO", "FREQ=YEARLY;BYDAY=20TU", "FREQ=YEARLY;BYWEEKDAY=MO",
    "FREQ=DAILY;BYMONTH=0", "FREQ=DAILY;BYMONTH=13", "FREQ=DAILY;BYMONTH=2,", "FREQ=DAILY;BYMONTHDAY=0", "FREQ=DAILY;BYMONTHDAY=32", "FREQ=DAILY;BYHOUR=24", "FREQ=DAILY;BYHOUR=-1", "FREQ=HOURLY;BYHOUR=25", "FREQ=DAILY;BYMINUTE=60", "FREQ=DAILY;BYSECOND=60", "FREQ=MONTHLY;BYSETPOS=0", "FREQ=MONTHLY;BYSETPOS=1", "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=367", "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-366", "FREQ=YEARLY;BYWEEKNO=0", "FREQ=YEARLY;BYWEEKNO=54", "FREQ=YEARLY;BYYEARDAY=0", "FREQ=YEARLY;BYYEARDAY=367", "FREQ=YEARLY;BYEASTER=0", "FREQ=DAILY;WKST=XX", "FREQ=WEEKLY;WKST=SU", "FREQ=DAILY;BYMONTH=a", "FREQ=WEEKLY;WKST=1", "FREQ=YEARLY;BYYEARDAY=366", "FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO",
]


def cron_part(index):
    low, high = BOUNDS[index]
    value = lambda: str(draw.choice(NAMES[index])) if index in NAMES and draw.random() < 0.3 else str(draw.randint(low, high if draw.random() < 0.97 else high + 2))
    forms = [value, value, lambda: "*", lambda: f"{value()}-{value()}", lambda: f"{value()}-{value()}/{draw.randint(1, 9)}", lambda: f"*/{draw.randint(1, high if high < 60 else 9)}", lambda: f"{value()}/{draw.randint(1, 9)}"]
    if index == 2:
        forms += [lambda: "L", lambda: f"{draw.randint(1, 31)}W"]
    if index == 4:
        forms += [lambda: f"{value()}#{draw.randint(1, 5)}", lambda: f"L{draw.randint(0, 6)}"]
    return draw.choice(forms)()


def cron():
    fields = []
    for index in range(draw.choice([5, 5, 5, 5, 6, 7])):
        fields.append("*" if draw.random() < 0.35 else ",".join(cron_part(index) for _ in range(draw.choice([1, 1, 1, 2, 3]))))
    return " ".join(fields)


def numbers(low, high, signed=False):
    some = [draw.randint(low, high) * (draw.choice([1, -1]) if signed else 1) for _ in range(draw.choice([1, 1, 2, 3]))]
    return ",".join(map(str, some))


def rule():
    frequency = draw.choice(["YEARLY", "MONTHLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"])
    parts = [f"FREQ={frequency}"]
    maybe = lambda chance, text: parts.append(text()) if draw.random() < chance else None
    maybe(0.5, lambda: f"INTERVAL={draw.choice([1, 2, 3, 5, 7, 13, 40])}")
    maybe(0.25, lambda: f"BYMONTH={numbers(1, 12)}")
    maybe(0.25, lambda: f"BYMONTHDAY={numbers(1, 31, True)}")
    if frequency == "YEARLY":
        maybe(0.25, lambda: f"BYWEEKNO={numbers(1, 53, True)}")
    maybe(0.2, lambda: f"BYYEARDAY={numbers(1, 366, True)}")
    nth = frequency in ("YEARLY", "MONTHLY")
    maybe(0.45, lambda: "BYDAY=" + ",".join((draw.choice(["", "", "1", "2", "-1", "+3", "-2"]) if nth else "") + draw.choice(DAYS) for _ in range(draw.choice([1, 2, 3]))))
    maybe(0.3, lambda: f"BYHOUR={numbers(0, 23)}")
    maybe(0.25, lambda: f"BYMINUTE={numbers(0, 59)}")
    maybe(0.15, lambda: f"BYSECOND={numbers(0, 59)}")
    maybe(0.2, lambda: f"BYSETPOS={numbers(1, 4, True)}")
    maybe(0.05, lambda: f"BYEASTER={draw.randint(-3, 60)}")
    maybe(0.25, lambda: f"WKST={draw.choice(DAYS)}")
    maybe(0.15, lambda: f"COUNT={draw.randint(1, 400)}")
    text = ";".join(parts)
    # Without a start the server checks a rule of hours, minutes or seconds from its own now on.
    if frequency in ("HOURLY", "MINUTELY", "SECONDLY") or draw.random() < 0.6:
        text = f"DTSTART:{draw.randint(2016, 2027)}{draw.randint(1, 12):02}{draw.randint(1, 28):02}T{draw.randint(0, 23):02}{draw.randint(0, 59):02}{draw.choice([0, 0, 30]):02}\nRRULE:{text}"
    return text


def late(*_):
    raise TimeoutError


async def row(kind, schedule):
    start = pendulum.datetime(draw.randint(2019, 2030), draw.randint(1, 12), draw.randint(1, 28), draw.randint(0, 23), draw.randint(0, 59), draw.randint(0, 59))
    try:
        parsed = kind(**schedule)
    except Exception:  # the server answers some with 500
        return [schedule, str(start), "refused"]
    signal.alarm(2)
    try:
        dates = [str(date) for date in await parsed.get_dates(n=4, start=start)]
    except TimeoutError:
        return None
    except Exception:
        dates = "raises"
    finally:
        signal.alarm(0)
    return [schedule, str(start), dates]


async def main():
    signal.signal(signal.SIGALRM, late)
    crons = [{"cron": text} for text in CRONS] + [{"cron": text, "day_or": False} for text in CRONS if text.startswith("0 0")] + [{"cron": cron(), "day_or": draw.random() < 0.8} for _ in range(350)]
    rules = [{"rrule": text} for text in RULES] + [{"rrule": rule()} for _ in range(500)]
    made = {}
    for name, kind, schedules in [("cron", CronSchedule, crons), ("rrule", RRuleSchedule, rules)]:
        rows = [row for row in [await row(kind, schedule) for schedule in schedules] if row]
        # Nobody plans for centuries: ours looks no further than 2200.
        made[name] = [row for row in rows if isinstance(row[2], str) or all(date < "2200" for date in row[2])]
    Path(__file__).with_suffix(".json").write_text("{\n" + ",\n".join(f'"{name}": [\n' + ",\n".join(map(json.dumps, rows)) + "\n]" for name, rows in made.items()) + "\n}\n")


asyncio.run(main())
