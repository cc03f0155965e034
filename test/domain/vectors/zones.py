"""Writes zones.json: the names of zones that a Prefect 2.20 server takes, by pendulum for cron and interval schedules, by pytz for rules."""

import json
from pathlib import Path

import pendulum
import pytz

names = {"pendulum": sorted(pendulum.timezones), "pytz": sorted(pytz.all_timezones)}
Path(__file__).with_suffix(".json").write_text(json.dumps(names, indent=0) + "\n")
