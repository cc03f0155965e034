import { expect, it } from "vitest";
import { isRuleZoneName, isZoneName } from "../../src/domain/schedules/zone-names.ts";
import names from "./vectors/zones.json";

// Made by `vectors/zones.py`.
const { pendulum, pytz } = names;

it("schedules take the zones that the server takes, by their exact names", () => {
  expect([pendulum.filter((name) => !isZoneName(name)), pytz.filter((name) => !isRuleZoneName(name))]).toEqual([[], []]);
  const later = pytz.filter((name) => !pendulum.includes(name));
  expect(later.length).toBeGreaterThan(2);
  expect(later.filter(isZoneName)).toEqual([]);
  for (const is of [isZoneName, isRuleZoneName])
    expect(["", "utc", "europe/berlin", "Europe/", "/UTC", "Berlin", "Mars/Olympus", "Europe/Berlin ", "toString"].filter(is)).toEqual([]);
});
