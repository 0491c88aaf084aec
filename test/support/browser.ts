import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { type Browser, chromium, type Page } from "playwright-core";

const run = promisify(execFile);
const CACHE = new URL("../../.cache/", import.meta.url).pathname;

export interface PageOptions {
  width?: number;
  height?: number;
}

/** A browser without a window. `page` gives a new one with nothing remembered; times are shown in UTC. */
export interface TestBrowser {
  page(options?: PageOptions): Promise<Page>;
  stop(): Promise<void>;
}

/**
 * Chromium out of an npm package, so that a checkout needs none installed; where the package has none for the platform,
 * the machine's own Chrome.
 */
export async function startBrowser(): Promise<TestBrowser> {
  const browser = await launch();
  return {
    page: async ({ width = 1280, height = 1000 } = {}) => {
      const context = await browser.newContext({ viewport: { width, height }, timezoneId: "UTC" });
      return context.newPage();
    },
    stop: () => browser.close(),
  };
}

async function launch(): Promise<Browser> {
  if (process.platform !== "linux" || process.arch !== "x64") return chromium.launch({ channel: "chrome" });
  const folder = await unpackChromium();
  return chromium.launch({
    executablePath: join(folder, "chromium"),
    // Tests run as root in containers, where Chromium's own sandbox does not start. It sees local pages only.
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
    env: {
      ...process.env,
      FONTCONFIG_PATH: join(folder, "fonts"),
      LD_LIBRARY_PATH: join(folder, "al2023", "lib"),
    },
  });
}

/**
 * The package's archives, unpacked once per version. The package unpacks into the temporary folder and takes whatever
 * it finds there for whole: so it is given a folder of its own, which is renamed when all is there.
 */
async function unpackChromium(): Promise<string> {
  const entry = createRequire(import.meta.url).resolve("@sparticuz/chromium");
  const root = join(dirname(entry), "..");
  const { version } = createRequire(import.meta.url)(join(root, "package.json")) as { version: string }; // npm's own file
  const target = join(CACHE, `chromium-${version}`);
  if (existsSync(target)) return target;
  mkdirSync(CACHE, { recursive: true });
  const half = mkdtempSync(join(CACHE, "chromium-half-"));
  try {
    await run(process.execPath, ["--input-type=module", "--eval", UNPACK], {
      cwd: root,
      env: { PATH: process.env["PATH"], TMPDIR: half },
      timeout: 120_000,
    });
    writeFileSync(join(half, "fonts", "fonts.conf"), fontsConfiguration(target));
    if (!existsSync(target)) renameSync(half, target);
  } finally {
    rmSync(half, { recursive: true, force: true });
  }
  return target;
}

/** The package's own names folders of Amazon's machines only; without any font Chromium ends. */
function fontsConfiguration(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(folder, "fonts", "fonts")}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${join(folder, "fonts-cache")}</cachedir>
</fontconfig>
`;
}

const UNPACK = `
  import { inflate } from "@sparticuz/chromium";
  const archives = ["chromium.br", "fonts.tar.br", "swiftshader.tar.br", "al2023.tar.br"];
  await Promise.all(archives.map((name) => inflate("bin/" + name)));
`;
