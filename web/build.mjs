// Makes simulator/report/page/ out of src/: the script of a run and that of a live page, one style, and the script that runs where sound is made. `--out DIR` writes elsewhere; `--tests` makes build/test/ out of test/.
import { readdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const given = process.argv.indexOf("--out");
const out = given < 0 ? join(here, "..", "simulator", "report", "page") : resolve(process.argv[given + 1]);
const common = { absWorkingDir: here, bundle: true, charset: "utf8", legalComments: "none", logLevel: "warning" };

if (process.argv.includes("--tests")) {
  const tests = readdirSync(join(here, "test")).filter((name) => name.endsWith(".test.ts"));
  rmSync(join(here, "build", "test"), { recursive: true, force: true });
  await build({
    ...common,
    entryPoints: tests.map((name) => `test/${name}`),
    outdir: "build/test",
    outExtension: { ".js": ".mjs" },
    platform: "node",
    format: "esm",
    target: "node18",
  });
} else {
  const browsers = ["chrome100", "firefox100", "safari15.4"];
  await build({
    ...common,
    entryPoints: [
      { in: "src/main.tsx", out: "page" },
      { in: "src/style/page.css", out: "page" },
      { in: "src/live/main.tsx", out: "live" },
      { in: "src/live/sound/worklets.ts", out: "sound" },
    ],
    outdir: out,
    minify: true,
    format: "iife",
    jsx: "automatic",
    jsxImportSource: "preact",
    target: browsers,
  });
}
