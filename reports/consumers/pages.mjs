// Opens report.html of every record in Chromium from its file, in light and dark colours, on a narrow screen and on paper:
// nothing may be complained of or asked for, every chart has to be drawn, every control reached by keyboard, and axe-core
// has to find nothing.
//
//   node pages.mjs FOLDER OUT      FOLDER/RECORD/html/report.html; screenshots of the richest report go to OUT
import fs from "node:fs";
import {createRequire} from "node:module";
import os from "node:os";
import path from "node:path";
import {pathToFileURL} from "node:url";
import {chromium} from "playwright-core";

const [folder, out] = process.argv.slice(2);
const axe = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const expect = (holds, what) => {
  if (!holds) throw new Error(what);
};

/// How many charts there should be and, of each canvas, how many colours it shows and a sum of its pixels. They are read
/// from a copy, since Chromium complains of pages that read their canvases.
const charts = (page) => page.evaluate(() => {
  const canvases = [...document.querySelectorAll("canvas")].map((canvas) => {
    const {width, height} = canvas;
    const copy = new OffscreenCanvas(width, height).getContext("2d", {willReadFrequently: true});
    copy.drawImage(canvas, 0, 0);
    const colours = new Set();
    let sum = 0;
    for (const pixel of new Uint32Array(copy.getImageData(0, 0, width, height).data.buffer)) {
      if (pixel >>> 24 !== 0) colours.add(pixel);
      sum = (31 * sum + pixel) >>> 0;
    }
    return {colours: colours.size, sum};
  });
  return {canvases, declared: JSON.parse(document.getElementById("chart-data").textContent).length,
          drawn: Number(document.documentElement.dataset.charts)};
});

const checkCharts = async (page) => {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const {canvases, declared, drawn} = await charts(page);
  expect(canvases.length === declared && drawn === declared, `${drawn} of ${declared} charts drawn`);
  // Axes, grid and text alone have a few shades of grey; a series adds its own.
  canvases.forEach(({colours}, i) => expect(colours > 3, `chart ${i} shows ${colours} colours`));
  return canvases.map(({sum}) => sum);
};

/// Tab has to come by everything that takes the focus, show where it is, and leave the page again.
const checkKeyboard = async (page) => {
  const wanted = await page.evaluate(() => {
    const all = [...document.querySelectorAll("a[href], summary, [tabindex], button, input, select")];
    const visible = all.filter((element) => element.closest("details:not([open]) > :not(summary)") === null);
    visible.forEach((element, i) => { element.dataset.stop = i; });
    return visible.length;
  });
  const reached = new Set();
  // From wherever the focus is to the end of the page, then once through all of it.
  for (let presses = 0, ends = 0; ends < 2; ++presses) {
    expect(presses <= 3 * wanted + 100, "Tab never leaves the page");
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const element = document.activeElement;
      if (element === null || element === document.body || element === document.documentElement) return null;
      return {stop: element.dataset.stop, outline: getComputedStyle(element).outlineStyle};
    });
    if (stop === null) {
      ++ends;
      continue;
    }
    expect(stop.outline !== "none", `the focus does not show on stop ${stop.stop}`);
    if (stop.stop !== undefined) reached.add(stop.stop);
  }
  expect(reached.size === wanted, `Tab reaches ${reached.size} of ${wanted} controls`);
  return wanted;
};

const checkWithAxe = async (page, colours) => {
  await page.evaluate(axe);  // by the debugger, which the policy of the page does not bind
  const {violations} = await page.evaluate(() => window.axe.run(document, {resultTypes: ["violations"]}));
  const [first] = violations;
  expect(first === undefined, `${colours}: axe ${first?.id}: ${first?.help}: ${first?.nodes[0].html.slice(0, 160)}`);
};

const checkReport = async (context, file) => {
  const url = pathToFileURL(file).href;
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => complaints.push(`console ${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`page error: ${error.message}`));
  page.on("request", (request) => { if (request.url() !== url) complaints.push(`asked for ${request.url()}`); });
  await page.exposeFunction("policyBroken", (what) => complaints.push(`policy: ${what}`));
  await page.addInitScript(() => document.addEventListener(
    "securitypolicyviolation", (event) => window.policyBroken(`${event.violatedDirective} ${event.blockedURI}`)));

  await page.emulateMedia({colorScheme: "light", media: "screen"});
  await page.goto(url);
  const light = await checkCharts(page);
  await checkWithAxe(page, "light");
  let stops = await checkKeyboard(page);
  for (const summary of await page.locator("summary").all()) {
    await summary.focus();
    await page.keyboard.press("Enter");
  }
  expect(await page.locator("details:not([open])").count() === 0, "Enter does not open the figures of a chart");
  stops = Math.max(stops, await checkKeyboard(page));

  await page.emulateMedia({colorScheme: "dark"});
  const dark = await checkCharts(page);
  dark.forEach((sum, i) => expect(sum !== light[i], `chart ${i} does not change with the colours`));
  await checkWithAxe(page, "dark");

  await page.emulateMedia({media: "print"});
  const paper = await checkCharts(page);
  await checkWithAxe(page, "paper");
  await page.emulateMedia({colorScheme: "light"});
  const plain = await checkCharts(page);
  paper.forEach((sum, i) => expect(sum === plain[i], `chart ${i} on paper depends on the colours of the screen`));
  await page.emulateMedia({media: "screen"});
  await page.setViewportSize({width: 360, height: 740});
  // The charts follow a little later.
  await page.waitForFunction(() => document.documentElement.scrollWidth <= window.innerWidth, null, {timeout: 5000})
    .catch(() => expect(false, "wider than a narrow screen"));
  await checkCharts(page);

  expect(complaints.length === 0, complaints[0]);
  await page.close();
  return {charts: light.length, stops};
};

const screenshots = async (context, file) => {
  const page = await context.newPage();
  await page.goto(pathToFileURL(file).href);
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({colorScheme});
    await page.screenshot({path: path.join(out, `${colorScheme}.png`), fullPage: true});
  }
  await page.pdf({path: path.join(out, "dark.pdf")});
  await page.close();
};

const profile = fs.mkdtempSync(path.join(os.tmpdir(), "falsify-pages-"));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: "/usr/bin/chromium", headless: true, viewport: {width: 1280, height: 900},
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
         "--disable-component-update", "--disable-sync", "--disable-quic"],
});
let richest = {charts: 0};
let all = {pages: 0, charts: 0, stops: 0};
try {
  for (const record of fs.readdirSync(folder).sort()) {
    const file = path.resolve(folder, record, "html", "report.html");
    const found = await checkReport(context, file).catch((why) => {
      throw new Error(`${file}: ${why.message.split("\n")[0]}`);
    });
    if (found.charts > richest.charts) richest = {...found, file};
    all = {pages: all.pages + 1, charts: all.charts + found.charts, stops: all.stops + found.stops};
  }
  expect(all.charts > 0 && all.stops > 0, `${folder}: no chart and no control was looked at`);
  await screenshots(context, richest.file);
  console.log(`chromium: ${all.pages} pages with ${all.charts} charts and ${all.stops} stops of the keyboard`);
} catch (why) {
  console.error(why.message);
  process.exitCode = 1;
} finally {
  await context.close();
  fs.rmSync(profile, {recursive: true, force: true});
}
