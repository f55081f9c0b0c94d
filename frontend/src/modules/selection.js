// Selection: boxes named data-select inside form[data-selection]; what was ticked stays ticked through search and paging.
const form = () => document.querySelector("form[data-selection]");
const boxes = () => [...document.querySelectorAll("form[data-selection] input[data-select]")];
const keep = () => form().querySelector("[data-selection-keep]");
const allMatching = () => form().querySelector("input[data-all-matching]");
let last = null;

function count() {
  const all = allMatching();
  if (all && !all.disabled) return Number(all.dataset.total);
  return boxes().filter((box) => box.checked).length + (keep()?.children.length ?? 0);
}

function refresh() {
  if (!form()) return;
  const shown = boxes();
  const ticked = shown.filter((box) => box.checked);
  const head = form().querySelector("input[data-select-all]");
  if (head) {
    head.checked = shown.length > 0 && ticked.length === shown.length;
    head.indeterminate = ticked.length > 0 && !head.checked;
  }
  for (const box of shown) box.closest("tr")?.toggleAttribute("data-selected", box.checked);
  const all = allMatching();
  const more = all && !all.disabled && all.dataset.more !== undefined ? "+" : "";
  const number = new Intl.NumberFormat(document.documentElement.lang).format(count()) + more;
  for (const text of document.querySelectorAll("[data-selection-count]")) text.textContent = text.dataset.selectionCount.replace("{n}", number);
  document.documentElement.toggleAttribute("data-selecting", count() > 0);
}

function everyMatch(on) {
  const all = allMatching();
  if (all) all.disabled = !on;
}

function range(box, checked) {
  const list = boxes();
  const ends = [list.indexOf(last), list.indexOf(box)].sort((a, b) => a - b);
  if (last && ends[0] >= 0) for (const between of list.slice(ends[0], ends[1] + 1)) between.checked = checked;
}

document.addEventListener("click", (event) => {
  const box = event.target.closest("form[data-selection] input[data-select]");
  if (box) {
    everyMatch(false);
    if (event.shiftKey) range(box, box.checked);
    last = box;
    refresh();
  }
  if (event.target.closest("[data-select-all-matching]")) {
    for (const each of boxes()) each.checked = true;
    everyMatch(true);
    refresh();
  }
  if (event.target.closest("[data-selection-clear]")) {
    for (const each of boxes()) each.checked = false;
    keep()?.replaceChildren();
    everyMatch(false);
    refresh();
    form()?.querySelector("input[data-select-all]")?.focus();
  }
});

document.addEventListener("change", (event) => {
  if (!event.target.matches("input[data-select-all]")) return;
  for (const box of boxes()) box.checked = event.target.checked;
  everyMatch(false);
  refresh();
});

// Before the rows are replaced, the ticked ones become hidden inputs; after, those in sight become boxes again.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target?.id !== "list" || !form() || !event.detail.shouldSwap) return;
  for (const box of boxes()) {
    if (!box.checked) continue;
    const hidden = Object.assign(document.createElement("input"), { type: "hidden", name: box.name, value: box.value });
    keep()?.append(hidden);
  }
});

document.addEventListener("htmx:afterSettle", () => {
  if (!form()) return;
  const kept = new Map([...(keep()?.children ?? [])].map((input) => [input.value, input]));
  for (const box of boxes()) {
    const input = kept.get(box.value);
    if (!input) continue;
    box.checked = true;
    input.remove();
  }
  refresh();
});

document.addEventListener("DOMContentLoaded", refresh);
window.addEventListener("pageshow", refresh);
