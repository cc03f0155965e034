import { describe, expect, it } from "vitest";
import { MICROS_PER_DAY } from "../../src/domain/schedules/calendar.ts";
import { savingAt } from "../../src/domain/schedules/daylight.ts";
import { convertedMoment, isRepeated, isSkipped, ruleInstant, wallMoment } from "../../src/domain/schedules/readings.ts";
import { zoneNamed } from "../../src/domain/schedules/zone.ts";
import { HOUR, MINUTE, time } from "./schedules-clock.ts";

describe("what is saved", () => {
  it.each([
    ["UTC", "2024-07-01", 0],
    ["Asia/Kathmandu", "2024-07-01", 0],
    ["America/New_York", "2024-07-01", 60],
    ["America/New_York", "2024-01-01", 0],
    ["America/New_York", "2024-03-10T06:59:59Z", 0],
    ["America/New_York", "2024-03-10T07:00:00Z", 60],
    ["America/New_York", "2024-11-03T05:59:59Z", 60],
    ["America/New_York", "2024-11-03T06:00:00Z", 0],
    ["Europe/Berlin", "2024-07-01", 60],
    ["Australia/Lord_Howe", "2024-01-01", 30],
    ["Australia/Lord_Howe", "2024-07-01", 0],
    ["Antarctica/Troll", "2024-07-01", 120],
    // Behind standard time in winter.
    ["Europe/Dublin", "2024-01-01", -60],
    ["Europe/Dublin", "2024-07-01", 0],
    ["Eire", "2024-01-01", -60],
    ["Africa/Windhoek", "2010-07-01", -60],
    ["Africa/Windhoek", "2010-01-01", 0],
    ["Africa/Windhoek", "2020-07-01", 0],
    // Ahead of it in summer until 2018, behind it in Ramadan since.
    ["Africa/Casablanca", "2017-08-15", 60],
    ["Africa/Casablanca", "2024-03-20", -60],
    ["Africa/Casablanca", "2024-08-01", 0],
    ["Africa/El_Aaiun", "2024-03-20", -60],
    ["Africa/El_Aaiun", "2017-08-15", 60],
    // New standard times.
    ["Europe/Istanbul", "2020-01-01", 0],
    ["America/Caracas", "2008-06-01", 0],
    ["Antarctica/Casey", "2017-06-01", 0],
    ["Asia/Tbilisi", "2004-08-01", 0],
    ["Asia/Pyongyang", "2016-06-01", 0],
    // The 30th of December was left out in summer.
    ["Pacific/Apia", "2011-12-20", 60],
    ["Pacific/Apia", "2012-01-10", 60],
    ["Pacific/Apia", "2012-07-01", 0],
    ["Pacific/Apia", "2011-07-01", 0],
  ])("in %s at %s is %i minutes", (zone, at, minutes) => {
    expect(savingAt(zoneNamed(zone), time(at)) / MINUTE).toBe(minutes);
  });
});

describe("a wall time as pendulum has it", () => {
  it.each([
    ["America/New_York", "2024-06-01T12:00", "2024-06-01T16:00Z", null],
    ["America/New_York", "2024-03-10T01:59:59", "2024-03-10T06:59:59Z", null],
    ["America/New_York", "2024-03-10T02:00", "2024-03-10T07:00Z", "2024-03-10T03:00"],
    ["America/New_York", "2024-03-10T02:59:59", "2024-03-10T07:59:59Z", "2024-03-10T03:59:59"],
    ["America/New_York", "2024-03-10T03:00", "2024-03-10T07:00Z", null],
    ["America/New_York", "2024-11-03T00:59:59", "2024-11-03T04:59:59Z", null],
    ["America/New_York", "2024-11-03T01:00", "2024-11-03T06:00Z", null],
    ["America/New_York", "2024-11-03T01:59:59", "2024-11-03T06:59:59Z", null],
    ["America/New_York", "2024-11-03T02:00", "2024-11-03T07:00Z", null],
    ["Australia/Lord_Howe", "2024-10-06T02:15", "2024-10-05T15:45Z", "2024-10-06T02:45"],
    ["Australia/Lord_Howe", "2024-04-07T01:45", "2024-04-06T15:15Z", null],
    ["Pacific/Apia", "2011-12-30T12:00", "2011-12-30T22:00Z", "2011-12-31T12:00"],
  ])("%s %s is %s", (zone, wall, at, shown) => {
    const moved = shown === null ? { wall: time(wall) } : { wall: time(shown), wanted: time(wall) };
    expect(wallMoment(zoneNamed(zone), time(wall))).toEqual({ at: time(at), ...moved });
  });
});

describe("an instant that pendulum converts", () => {
  it.each([
    ["America/New_York", "2024-11-03T05:30Z", "2024-11-03T05:30Z", "2024-11-03T01:30"],
    ["America/New_York", "2024-11-03T06:30Z", "2024-11-03T06:30Z", "2024-11-03T01:30"],
    ["America/New_York", "2024-03-10T07:30Z", "2024-03-10T07:30Z", "2024-03-10T03:30"],
    // Irish standard time comes first of the two.
    ["Europe/Dublin", "2024-10-27T00:30Z", "2024-10-27T01:30Z", "2024-10-27T01:30"],
    ["Europe/Dublin", "2024-10-27T01:30Z", "2024-10-27T00:30Z", "2024-10-27T01:30"],
    ["Europe/Dublin", "2024-10-26T23:59:59Z", "2024-10-26T23:59:59Z", "2024-10-27T00:59:59"],
    ["Europe/Dublin", "2024-10-27T02:00Z", "2024-10-27T02:00Z", "2024-10-27T02:00"],
    ["Europe/Dublin", "2024-07-01T12:00Z", "2024-07-01T12:00Z", "2024-07-01T13:00"],
  ])("%s %s is %s", (zone, at, converted, wall) => {
    expect(convertedMoment(zoneNamed(zone), time(at))).toEqual({ at: time(converted), wall: time(wall) });
  });
});

describe("a wall time as dateutil has it", () => {
  it.each([
    ["America/New_York", "2024-06-01T12:00", "2024-06-01T16:00Z"],
    ["America/New_York", "2024-03-10T01:59:59", "2024-03-10T06:59:59Z"],
    ["America/New_York", "2024-03-10T02:00", "2024-03-10T06:00Z"],
    ["America/New_York", "2024-03-10T02:30", "2024-03-10T06:30Z"],
    ["America/New_York", "2024-03-10T03:00", "2024-03-10T07:00Z"],
    ["America/New_York", "2024-11-03T00:59:59", "2024-11-03T04:59:59Z"],
    ["America/New_York", "2024-11-03T01:00", "2024-11-03T05:00Z"],
    ["America/New_York", "2024-11-03T01:59:59", "2024-11-03T05:59:59Z"],
    ["America/New_York", "2024-11-03T02:00", "2024-11-03T07:00Z"],
    ["Australia/Lord_Howe", "2024-10-06T02:15", "2024-10-05T15:15Z"],
    ["Australia/Lord_Howe", "2024-04-07T01:45", "2024-04-06T14:45Z"],
    // Irish winter time is not standard: its beginning is placed an hour late.
    ["Europe/Dublin", "2024-10-27T01:30", "2024-10-27T00:30Z"],
    ["Europe/Dublin", "2024-10-27T02:30", "2024-10-27T01:30Z"],
    ["Europe/Dublin", "2024-10-27T03:00", "2024-10-27T03:00Z"],
    // A new standard time that is behind the old one, and one that is ahead of it.
    ["America/Caracas", "2007-12-09T02:45", "2007-12-09T06:45Z"],
    ["Asia/Pyongyang", "2018-05-04T23:45", "2018-05-04T15:15Z"],
    ["Pacific/Apia", "2011-12-30T12:00", "2011-12-30T22:00Z"],
  ])("%s %s is %s", (zone, wall, at) => {
    expect(new Date(ruleInstant(zoneNamed(zone), time(wall)) / 1000)).toEqual(new Date(at));
  });
});

it("tells skipped and repeated wall times apart to the microsecond", () => {
  const at = 100 * MICROS_PER_DAY;
  const spring = { at, before: -5 * HOUR, after: -4 * HOUR };
  const autumn = { at, before: -4 * HOUR, after: -5 * HOUR };
  const places = [at - 5 * HOUR - 1, at - 5 * HOUR, at - 4 * HOUR - 1, at - 4 * HOUR];
  expect(places.map((wall) => isSkipped(spring, wall))).toEqual([false, true, true, false]);
  expect(places.map((wall) => isRepeated(autumn, wall))).toEqual([false, true, true, false]);
  expect(places.map((wall) => isRepeated(spring, wall) || isSkipped(autumn, wall))).toEqual([false, false, false, false]);
});
