// A real Chromium, the machine's own, driven by playwright-core.
import { chromium } from "playwright-core";
import { findChromium } from "./chromium.mjs";

const FLAGS = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts Chromium without a window; throws where there is none. Inside a container run by root it has no sandbox of its own. */
export function openBrowser() {
  const executablePath = findChromium();
  if (!executablePath) throw new Error("This test needs Chromium on PATH (Debian: apt-get install chromium), or CHROMIUM set to its path.");
  const args = process.getuid?.() === 0 ? [...FLAGS, "--no-sandbox"] : FLAGS;
  return chromium.launch({ executablePath, headless: true, args });
}
