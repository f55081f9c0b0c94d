// Arrows move between rows, Home and End to the ends, Enter opens (the row's own link), Space selects.
const rowsOf = (row) => [...row.parentElement.children].filter((other) => other.matches("tr[data-open], tr[data-row]"));
const mainOf = (row) => row.querySelector("a[data-row-link], a") ?? row.querySelector("input[type=checkbox]");

function target(row, key) {
  const rows = rowsOf(row);
  const at = rows.indexOf(row);
  return { ArrowDown: rows[at + 1], ArrowUp: rows[at - 1], Home: rows[0], End: rows.at(-1) }[key];
}

document.addEventListener("keydown", (event) => {
  const row = event.target.closest?.("table[data-keys] tbody tr");
  if (!row || event.altKey || event.ctrlKey || event.metaKey || !event.target.matches("a, input[type=checkbox]")) return;
  const next = target(row, event.key);
  if (next) {
    event.preventDefault();
    (event.target.matches("input") ? next.querySelector("input[type=checkbox]") : mainOf(next))?.focus();
  } else if (event.key === " " && event.target.matches("a")) {
    event.preventDefault();
    const box = row.querySelector("input[type=checkbox]");
    box?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, shiftKey: event.shiftKey }));
  }
});

// A click anywhere in the row opens it, except on what has a meaning of its own.
document.addEventListener("click", (event) => {
  const row = event.target.closest("table[data-keys] tr[data-open]");
  if (!row || event.target.closest("a, button, input, label, summary, .tn-check-cell")) return;
  if (String(getSelection())) return;
  row.querySelector("a[data-row-link]")?.click();
});
