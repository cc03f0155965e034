// A real Chromium, Debian's, driven by playwright-core.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const PLACES = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const FLAGS = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const findChromium = () => PLACES.find((place) => place && existsSync(place));

/** The browser's path. Installs Debian's where that can be done without asking; throws with what is needed elsewhere. */
function chromiumPath() {
  const found = findChromium();
  if (found) return found;
  const mayInstall = process.getuid?.() === 0 && spawnSync("apt-get", ["--version"]).status === 0;
  if (mayInstall) {
    console.error("Installing chromium (apt-get install chromium) ...");
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    spawnSync("apt-get", ["update", "-qq"], { env, stdio: "ignore" });
    spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], { env, stdio: "ignore" });
    const installed = findChromium();
    if (installed) return installed;
  }
  throw new Error("This test needs Chromium: install it (Debian: apt-get install chromium), or set CHROMIUM to the path of one.");
}

/** Starts Chromium without a window. Inside a container run by root it has no sandbox of its own. */
export function openBrowser() {
  const args = process.getuid?.() === 0 ? [...FLAGS, "--no-sandbox"] : FLAGS;
  return chromium.launch({ executablePath: chromiumPath(), headless: true, args });
}
