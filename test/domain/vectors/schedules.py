"""Writes schedules.json: what a Prefect 2.20 server makes of drawn cron expressions and rules: their first dates, or that it refuses them.

Each row is [schedule, start, dates, "refused" or "raises"]. Rows of "bodies" are [schedule, errors or what is stored]."""

import asyncio
import json
import random
import signal
import warnings
from pathlib import Path

import pendulum
from prefect._vendor.fastapi.encoders import jsonable_encoder
from pydantic.v1 import ValidationError, parse_obj_as
from prefect.server.schemas.schedules import SCHEDULE_TYPES, CronSchedule, RRuleSchedule

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

# Parameters of lines, and forms of dates and numbers.
LINES = [
    f"{line}\nRRULE:FREQ=DAILY"
    for line in [
        "DTSTART;VALUE=DATE;VALUE=DATE:20240101", "DTSTART;X=1:20240101T090000", "DTSTART;TZID=America/New_York;VALUE=DATE-TIME:20240101T090000", "DTSTART;VALUE=DATE;TZID=Asia/Tokyo:20240101", "DTSTART;TZID=UTC:20240101T090000Z", "DTSTART;TZID=Nowhere:20240101T090000Z",
        "DTSTART;TZID=America/New_York;TZID=Nowhere:20240101T090000", "DTSTART;TZID=Nowhere;TZID=America/New_York:20240101T090000", "DTSTART;TZID=:20240101T090000", "DTSTART;VALUE=DATE-TIME;VALUE=DATE:20240101",
        "RDATE;VALUE=DATE-TIME:20290102T100000", "RDATE;VALUE=DATE:20290102", "RDATE;X=1:20290102T100000", "RDATE;VALUE=DATE-TIME;VALUE=DATE-TIME:20290102T100000", "EXRULE;X=1:FREQ=WEEKLY", "EXRULE;VALUE=DATE-TIME:FREQ=WEEKLY", "EXDATE;X=1:20290102T100000", "EXDATE;VALUE=DATE:20290102", "EXDATE;TZID=UTC:20290102T100000Z",
        "RRULE;VALUE=DATE-TIME:FREQ=DAILY", "RRULE:FREQ=DAILY:X", "RULE:FREQ=DAILY", ":FREQ=DAILY", "DTSTART", "X",
    ]
]
LINES += ["RDATE:20290102T100000\nRRULE:FREQ=YEARLY;COUNT=1", "EXDATE:20290102T100000\nRDATE:20290102T100000,20290103T100000", "DTSTART:20240101T090000\nRRULE:FREQ=DAILY;COUNT=3000\nEXDATE:20240101T090000", "DTSTART:20200101T000000\nRRULE:FREQ=HOURLY\nEXRULE:FREQ=HOURLY;INTERVAL=3\nEXRULE:FREQ=HOURLY;INTERVAL=2", "RULE:FREQ=DAILY", "FREQ=DAILY:X", "RRULE:FREQ=DAILY:X", "FREQ=DAILY=X", "FREQ=DAILY;INTERVAL=2=3"]
LINES += [f"FREQ=DAILY;UNTIL={until}" for until in ["", "2035-01-01", "2035-1-1", "2035/01/01", "2035.1.01", "2035-01/01", "00000101", "00010101", "20351301", "20350001", "20350132", "20350100", "20350229", "20350101T24", "20350101T23", "20350101T2360", "20350101T2359", "20350101T235960", "20350101T235959", "20350101T235959.5", "20350101T235959.1234567", "20350101T", "20350101235959", "20350101T00:00:00+02:00", "20350101T000000UTC", "20350101T000000+0200", "20350101T0"]]
LINES += [f"FREQ=DAILY;{number}" for number in ["INTERVAL=1_0", "INTERVAL=1_", "INTERVAL=_1", "INTERVAL=1__0", "INTERVAL=+2", "INTERVAL=x2", "INTERVAL=2x", "INTERVAL=1_00", "COUNT=1_0", "BYHOUR=1_2", "BYDAY=MO(", "BYDAY=MO()", "BYDAY=xMO", "BYDAY=MO(1", "BYDAY=MOx", "BYDAY=1MO(2)"]]

DURATIONS = [
    0, -1, 1, 0.5, 1.25, 0.0000004, 0.0000006, 1.9999996, 1.9999994, -0.5, -1.5, -86400.25, 86400, 1e9, 1e13, 8.64e13, 86399999999999, 86400000000000, -8.64e13, -1e14, 1e300, True, False, [], {}, [1], "", "0", "1", "5", "60", "3600", "1.5", "x", "xxxxx", "é", "ééééé",
    "PT1H", "PT", "P", "P1", "P1X", "PT1X", "P1D", "P1Y", "P1M", "P1W", "PT1M", "PT1S", "P1DT1H", "P1Y2M3W4DT5H6M7S", "PT1HT1M", "PTT1H", "P1H", "PT1D", "P1TH", "pt1h", "PT1h", "P 1D", "P-1D", "-PT1H", "+PT1H", "--PT1H", "-P1DT2H", "P0D", "-P0D", "PT0S", "PT1.5H", "PT1,5M", "PT0.5S", "PT.5S", "PT1.S", "PT1.5H3M", "PT1H1.5M", "P1.5D", "P0.5D", "P1.5DT1H", "P1.5W", "P0.000001D", "PT0.0000015S", "PT0.0000001S", "P1.55Y", "P1D1D", "P1DT", "P4294967295D", "P4294967296D", "PT4294967295S", "PT4294967296S", "PT4294967295S1S", "P11767033Y", "P11767034Y", "P999999999D", "P1000000000D", "PT1193047H", "PT1193046H", "P1D ", " P1D", "P1D1", "PxD",
    "1d", "1 d", "1D", "1day", "1 day", "1days", "1 days", "1DAY", "1 DAYS", "1Day", "1dAy", "1da", "1dayss", "1 dy", "1  day", "1day,", "1 day, 02:00", "1 day,02:00", "1 day 02:00", "1 day02:00", "1d02:00", "1 day  02:00", "1 day,, 02:00", "1 day, 24:00", "1 day, 23:59:59", "1 day, 23:59:59.999999", "1 day, x", "1 day, 1:00", "-1 day", "-1 day, 02:00", "+2 days", "d", "day", "x day", "999999999 days", "1000000000d", "4294967296d", "99999999999d", "0d", "1a", "11", "111", "1111", "11111", "1da 02:00", "1d a", "1 d, 00:00:01",
    "00:00", "00:01", "01:00", "1:00", "1:0", "1:00:00", "1:0:0", "24:00", "100:00", "00:60", "00:59", "00:00:60", "00:00:59", "00:00:01.5", "00:00:01,5", "00:00:01.", "00:00:01.x", "00:00:01.1234567", "00:00:01.123456", "00:00:00.000001", "00:00:00.0000001", "01:00x", "01:00:00x", "01:00:", "01:00:0", "0x:00", "x1:00", "01x00", "01-00", "01:xx", "01:1x", "01:x1", "01:00:xx", "01:00:1x", "-01:00", "+01:00", "+-1:00", "-00:00:00.5", "4294967295:00", "4294967296:00", "99999999999:00", ":00:00", "::", "01:000", "01:00:000", "01:00 ", " 01:00",
    "a text that is longer than fifty bytes, the middle of which is left out", "é" * 30, "x" + "é" * 30, "xy" + "€" * 20, "x" * 48, "x" * 47, "x" * 49, [1] * 30,
]

# Neither spans of time (`2024/2025`) nor clocks of today.
ANCHORS = [
    "2024-01-02T03:04:05Z", "2024-01-02T03:04:05+00:00", "2024-01-02T03:04:05.678901+05:30", "2024-01-02T03:04:05.6-0800", "2024-01-02T03:04:05+02", "2024-01-02T03:04:05.12345678", "2024-01-02T03:04:05,5", "2024-01-02 03:04", "2024-01-02T03", "2024-01-02T0304", "2024-01-02T030405", "2024-01-02T03:0405", "2024-01-02T0304:05", "2024-01-02T24:00", "2024-01-02T23:60", "2024-01-02T23:59:60", "2024-01-02T", "2024-01-02 ", "2024-01-02T3:04", "2024-01-02T03:04:05.", "2024-01-02T03:04:05z", "2024-01-02T03:04:05+24:00", "2024-01-02T03:04:05-23:59", "2024-01-02T03:04Z", "2024-01-02T03Z", "2024-01-02T03:04:05 Z",
    "2024-01-02", "20240102", "2024-01", "2024", "202413", "2024-13", "2024-00", "2024-01-00", "2024-01-32", "2024-02-29", "2023-02-29", "2024-04-31", "2024-12-31", "0000-01-01", "0001-01-01", "2024/01/02", "2024:01:02", "202401/02", "2024-1-2", "24-01-02", "2024-01-02x", "x2024-01-02", "2024-060", "2024060", "2024-366", "2023-366", "2024-000", "2024-367", "2024-001", "2024-W01", "2024W01", "2024-W01-1", "2024W011", "2024-W011", "2024W01-1", "2024-W53", "2020-W53-7", "2020-W54", "2024-W00", "2024-W10-7", "2024-W10-0", "2024-W10-8", "2021-W01-1", "2026-W53-5", "2024-W52-2",
    "", "x", "P1D", "PT1H", "P1Y", "PX", "P", "1234", "123", "12345", "2024-01-02T03:04:05+0530", "2024-01-02T03:04:05+5", "2024-01-02T03:04:05+05:3", "2024-01-02T-1:00", "2024-01-02TT03:04", "2024-01-02\n", 5, True, [], {}, 1.5,
    "12024-001", "2024-0011", "x2024W01", "00000101", "20240002", "2024:13:01", "2024-W01-1x", "x2024/01/02", "2024/01/02x", "x202401", "x2024-01", "2024-01x", "x20240102", "20241301", "20240132", "20240102x", "2024010", "2024-12-00", "202400", "x1:2", "1:2x", "1:2:3x", "1:2:3:4", "2024-01-02T03:59", "2024-01-02T03:04:59", "2024-01-02x03:04", "x2024-01-02T03:04", "2024 01",
]

BODIES = (
    [{"interval": value, "anchor_date": "2020-01-01T00:00:00Z"} for value in DURATIONS]
    + [{"interval": 60, "anchor_date": value} for value in ANCHORS]
    + [
        None, "", [], {}, "x", 1, 0, True, False, [1], [["cron", "* * * * *"]], [["cron", "* * * * *"], ["a"]], {"cron": None}, {"interval": None}, {"rrule": None}, {"cron": 5}, {"cron": True}, {"cron": []}, {"cron": {}}, {"rrule": 5}, {"rrule": []}, {"rrule": True}, {"cron": ""}, {"rrule": ""},
        {"cron": "* * * * *", "timezone": None}, {"cron": "* * * * *", "timezone": ""}, {"cron": "* * * * *", "timezone": "Nowhere"}, {"cron": "* * * * *", "timezone": 5}, {"cron": "* * * * *", "timezone": []}, {"cron": "* * * * *", "timezone": "UTC"}, {"cron": "* * * * *", "timezone": "utc"}, {"cron": "* * * * *", "timezone": "Europe/Berlin"}, {"cron": "* * * * *", "timezone": True},
        {"rrule": "FREQ=DAILY", "timezone": "Nowhere"}, {"rrule": "FREQ=DAILY", "timezone": ""}, {"rrule": "FREQ=DAILY", "timezone": None}, {"rrule": "FREQ=DAILY", "timezone": 5}, {"rrule": "FREQ=DAILY", "timezone": []}, {"rrule": "FREQ=DAILY", "timezone": "Asia/Tokyo"}, {"rrule": "FREQ=DAILY", "timezone": True}, {"rrule": "FREQ=DAILY", "x": 1}, {"rrule": "FREQ=DAILY", "day_or": True},
        {"interval": 60, "anchor_date": "2020-01-01T00:00:00Z", "timezone": "Nowhere"}, {"interval": 60, "anchor_date": "2020-01-01T00:00:00Z", "timezone": ""}, {"interval": 60, "anchor_date": "2020-01-01T00:00:00Z", "timezone": None}, {"interval": 60, "anchor_date": "2020-01-01T00:00:00Z", "timezone": 1}, {"interval": 60, "anchor_date": "2020-01-01T00:00:00Z", "timezone": "America/New_York"}, {"interval": 60, "anchor_date": "2020-01-01T00:00:00Z", "z": 1, "a": 2, "B": 3},
        {"cron": "* * * * *", "interval": 60}, {"cron": "x", "interval": "x", "rrule": "x"}, {"anchor_date": "x"}, {"timezone": "x"}, {"day_or": "x"}, {"a": 1}, {"cron": "R * * * *"}, {"cron": "* H * * *"}, {"cron": "r * * * *"}, {"cron": "R(1-5) * * * *"}, {"cron": "* * * * R"}, {"cron": "0 0 * * thur"}, {"cron": "* *  * * *"},
        {"rrule": "FREQ=DAILY;UNTIL=20300101T000000" + " " * 6500}, {"rrule": "RDATE:" + ",".join(["20290102T100000"] * 420)}, {"rrule": "FREQ=DAILY;BYHOUR=" + ",".join(["1"] * 3240)}, {"rrule": "FREQ=DAILY;BYHOUR=" + ",".join(["1"] * 3241)}, {"rrule": "FREQ=DAILY;BYHOUR=" + ",".join(["1"] * 3242)},
    ]
    + [{"cron": "* * * * *", "day_or": value} for value in [True, False, 1, 0, 2, -1, 1.0, 0.0, 1.5, "1", "0", "on", "off", "t", "f", "T", "F", "true", "false", "TRUE", "y", "n", "yes", "no", "No", "x", "", "2", " 1", [], {}, None]]
)


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
    signal.setitimer(signal.ITIMER_VIRTUAL, 2)
    try:
        dates = [str(date) for date in await parsed.get_dates(n=4, start=start)]
    except TimeoutError:
        return None
    except Exception:
        dates = "raises"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return [schedule, str(start), dates]


def body(raw):
    try:
        return [raw, jsonable_encoder(parse_obj_as(SCHEDULE_TYPES, raw))]
    except ValidationError as error:
        return [raw, [{**one, "loc": list(one["loc"][1:])} for one in error.errors()]]
    except Exception:  # the server answers these with 500
        return [raw, "refused"]


async def main():
    signal.signal(signal.SIGVTALRM, late)
    crons = [{"cron": text} for text in CRONS] + [{"cron": text, "day_or": False} for text in CRONS if text.startswith("0 0")] + [{"cron": cron(), "day_or": draw.random() < 0.8} for _ in range(350)]
    rules = [{"rrule": text} for text in RULES] + [{"rrule": rule()} for _ in range(500)]
    weeks = [f"BYWEEKNO={week};WKST={day}" for week in (1, 2, 52, 53, -1, -2, -52, -53) for day in DAYS]
    rules += [{"rrule": f"DTSTART:{draw.randint(2016, 2027)}0101T000000\nRRULE:FREQ=YEARLY;{week}{draw.choice(['', ';BYDAY=MO', ';BYDAY=SU,TH', ';BYMONTH=1', ';BYMONTH=12'])}"} for week in weeks * 2]
    rules += [{"rrule": text} for text in LINES]
    made = {}
    for name, kind, schedules in [("cron", CronSchedule, crons), ("rrule", RRuleSchedule, rules)]:
        rows = [row for row in [await row(kind, schedule) for schedule in schedules] if row]
        # Nobody plans for centuries: ours looks no further than 2200.
        made[name] = [row for row in rows if isinstance(row[2], str) or all(date < "2200" for date in row[2])]
    made["bodies"] = [body(raw) for raw in BODIES]
    Path(__file__).with_suffix(".json").write_text("{\n" + ",\n".join(f'"{name}": [\n' + ",\n".join(map(json.dumps, rows)) + "\n]" for name, rows in made.items()) + "\n}\n")


asyncio.run(main())
