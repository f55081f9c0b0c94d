// Builds tenantry/web/static/dist: app.js, theme.js, charts.js, app.css, icons.svg, favicon.svg and manifest.json.
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import * as sass from "sass";

const here = fileURLToPath(new URL(".", import.meta.url));
const dist = join(here, "../tenantry/web/static/dist");
const templates = join(here, "../tenantry/web/templates");
const LIMIT = 150_000;
const APART = "charts.js"; // only pages with a chart load it

// Bootstrap is still written with @import and global functions; its own warnings are not ours to fix.
const bootstrap = {
  name: "bootstrap",
  setup(build) {
    build.onLoad({ filter: /\.scss$/ }, ({ path }) => {
      const silenceDeprecations = ["import", "global-builtin", "color-functions", "if-function"];
      const built = sass.compile(path, { loadPaths: [join(here, "node_modules")], quietDeps: true, silenceDeprecations });
      return { contents: built.css, loader: "css" };
    });
  },
};

function symbol(name, size, variant) {
  const folder = join(here, "node_modules/@fluentui/svg-icons/icons");
  const drawn = [size, 20, 24].find((s) => existsSync(join(folder, `${name}_${s}_${variant}.svg`)));
  if (!drawn) throw new Error(`icon ${name} (${variant}) is not in @fluentui/svg-icons`);
  const svg = readFileSync(join(folder, `${name}_${drawn}_${variant}.svg`), "utf8");
  const inner = svg.replace(/^[^]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "");
  const id = `${name}-${size}${variant === "filled" ? "-filled" : ""}`;
  return `<symbol id="${id}" viewBox="0 0 ${drawn} ${drawn}">${inner}</symbol>`;
}

function sprite() {
  const { regular, filled } = JSON.parse(readFileSync(join(here, "src/icons.json"), "utf8"));
  const sizes = (names, variant) => names.flatMap((name) => [16, 20].map((size) => symbol(name, size, variant)));
  const symbols = [...sizes(regular, "regular"), ...sizes(filled, "filled")];
  writeFileSync(join(dist, "icons.svg"), `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`);
  return new Set([...regular, ...filled]);
}

// A template that names an icon outside the sprite would show an empty square: better no build.
function proveIcons(known) {
  if (!existsSync(templates)) return;
  const files = readdirSync(templates, { recursive: true }).filter((file) => file.endsWith(".html"));
  const missing = files.flatMap((file) =>
    [...readFileSync(join(templates, file), "utf8").matchAll(/\bicon(?:\(|=)"(\w+)"/g)]
      .filter(([, name]) => !known.has(name))
      .map(([, name]) => `${file}: ${name}`),
  );
  if (missing.length) throw new Error(`icons to add to frontend/src/icons.json:\n${missing.join("\n")}`);
}

function manifest() {
  const names = readdirSync(dist).filter((name) => name !== "manifest.json").sort();
  const hash = (name) => createHash("sha256").update(readFileSync(join(dist, name))).digest("hex").slice(0, 12);
  const hashes = Object.fromEntries(names.map((name) => [name, hash(name)]));
  writeFileSync(join(dist, "manifest.json"), JSON.stringify(hashes, null, 2) + "\n");
  return names;
}

function weigh(names) {
  const sizes = names.map((name) => [name, gzipSync(readFileSync(join(dist, name)), { level: 9 }).length]);
  const total = sizes.filter(([name]) => name !== APART).reduce((sum, [, size]) => sum + size, 0);
  for (const [name, size] of sizes) console.log(`${name.padEnd(14)} ${(size / 1000).toFixed(1).padStart(6)} kB gz`);
  console.log(`${"total".padEnd(14)} ${(total / 1000).toFixed(1).padStart(6)} kB gz of ${LIMIT / 1000}`);
  if (total > LIMIT) throw new Error("a page may load 150 kB at most");
}

async function build() {
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  await esbuild.build({
    entryPoints: ["app.js", "theme.js", "charts.js", "app.css"].map((name) => join(here, "src", name)),
    outdir: dist,
    bundle: true,
    minify: true,
    legalComments: "none",
    target: ["chrome120", "firefox121", "safari17"],
    plugins: [bootstrap],
    logLevel: "warning",
  });
  proveIcons(sprite());
  copyFileSync(join(here, "src/favicon.svg"), join(dist, "favicon.svg"));
  weigh(manifest());
}

await build();
if (process.argv.includes("--watch")) {
  let timer;
  watch(join(here, "src"), { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(() => build().catch((error) => console.error(error.message)), 100);
  });
}
