// Charts, a file of their own that only pages with one load. A chart is drawn from the table that stands with it: the heads
// name the series, `data-value` has the figures, the words of the cells are what is told of a point. Without script, and
// behind the button "Show as a table", there is the table.
import { BarController, BarElement, CategoryScale, Chart, Legend, LineController, LineElement, LinearScale, PointElement, Tooltip } from "chart.js";

Chart.register(BarController, BarElement, CategoryScale, Legend, LineController, LineElement, LinearScale, PointElement, Tooltip);

const { lang } = document.documentElement;
const short = new Intl.NumberFormat(lang === "en" ? "en-GB" : lang, { notation: "compact" });
const still = matchMedia("(prefers-reduced-motion: reduce)");

function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

// A long name in lines.
function broken(name) {
  return name.length > 20 ? (name.match(/\S.{0,19}(?=\s|$)|\S+/g) ?? [name]) : name;
}

function read(table) {
  const heads = [...table.tHead.rows[0].cells].slice(1);
  const rows = [...table.tBodies[0].rows];
  return {
    labels: rows.map((row) => broken(row.cells[0].textContent.trim())),
    series: heads.map((head, at) => ({
      label: head.textContent.trim(),
      tone: head.dataset.tone,
      data: rows.map((row) => Number(row.cells[at + 1].dataset.value)),
      words: rows.map((row) => row.cells[at + 1].textContent.trim()),
    })),
  };
}

// What is short is hatched too, so that color is never alone.
function paint(tone) {
  if (tone !== "seat-short") return token(`--tn-${tone}`);
  const tile = Object.assign(document.createElement("canvas"), { width: 6, height: 6 });
  const pen = tile.getContext("2d");
  pen.fillStyle = token("--tn-seat-short");
  pen.fillRect(0, 0, 6, 6);
  pen.strokeStyle = token("--tn-seat-short-gap");
  pen.lineWidth = 1.5;
  for (const at of [-3, 3, 9]) {
    pen.moveTo(at - 4, 7);
    pen.lineTo(at + 4, -1);
  }
  pen.stroke();
  return pen.createPattern(tile, "repeat");
}

function datasets(figure, series) {
  const line = figure.dataset.chart === "line";
  return series.map(({ tone, ...one }, at) => ({
    ...one,
    backgroundColor: paint(tone),
    borderColor: token(`--tn-${tone}`),
    ...(line
      ? { borderWidth: 2, borderDash: at ? [6, 4] : [], pointRadius: 2, pointHitRadius: 12, stepped: figure.hasAttribute("data-steps") }
      : { borderRadius: 2, maxBarThickness: 24 }),
  }));
}

function options(figure, series) {
  const [across, line] = ["across", "line"].map((kind) => figure.dataset.chart === kind);
  const stacked = across;
  const [ink, grid] = [token("--tn-chart-axis"), token("--tn-chart-grid")];
  const values = { beginAtZero: true, stacked, grid: { color: grid }, border: { display: false }, ticks: { color: ink, precision: 0, maxTicksLimit: 6, callback: (value) => short.format(value) } };
  const names = { stacked, grid: { display: false }, border: { color: grid }, ticks: { color: ink, autoSkip: !across, maxRotation: 0 } };
  return {
    animation: still.matches ? false : { duration: 200 },
    maintainAspectRatio: false,
    indexAxis: across ? "y" : "x",
    interaction: { mode: "index", intersect: false, axis: across ? "y" : "x" },
    scales: across ? { x: values, y: names } : { x: names, y: values },
    plugins: {
      legend: { display: series.length > 1, position: "bottom", labels: { color: ink, boxWidth: line ? 24 : 12, boxHeight: 12, usePointStyle: line, pointStyle: "line" } },
      tooltip: { callbacks: { label: ({ dataset, dataIndex }) => `${dataset.label}: ${dataset.words[dataIndex]}` } },
    },
  };
}

function draw(figure) {
  const { labels, series } = read(figure.querySelector("table"));
  const canvas = figure.querySelector("canvas");
  Chart.getChart(canvas)?.destroy();
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  const type = figure.dataset.chart === "line" ? "line" : "bar";
  return new Chart(canvas, { type, data: { labels, datasets: datasets(figure, series) }, options: options(figure, series) });
}

const figures = [...document.querySelectorAll("figure[data-chart]")];
for (const figure of figures) {
  figure.querySelector(".tn-chart-canvas").hidden = false;
  figure.querySelector("details").open = false;
}
const drawAll = () => figures.forEach(draw);
drawAll();
new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
