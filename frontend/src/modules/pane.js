// The pane is <dialog id="pane">: beside the list on wide screens, modal and full on phones. The address says what is open.
import { mayLeave } from "./forms.js";

const phone = matchMedia("(width < 768px)");
const pane = () => document.getElementById("pane");
const openOf = (href) => new URL(href, location.href).searchParams.get("open");
let opener = null;

function mark() {
  const open = pane()?.open ? openOf(location.href) : null;
  for (const row of document.querySelectorAll("tr[data-open]")) {
    row.toggleAttribute("data-is-open", row.dataset.open === open);
  }
}

function show() {
  const dialog = pane();
  if (!dialog) return;
  if (dialog.open) dialog.close("again");
  if (phone.matches) dialog.showModal();
  else dialog.show();
  mark();
}

// Where the pane's own cross leads; without one, the address without what is open.
function closed(dialog) {
  const href = dialog.querySelector("[data-pane-close]")?.getAttribute("href");
  if (href && href !== "?") return href;
  const url = new URL(location.href);
  url.searchParams.delete("open");
  url.searchParams.delete("tab");
  return url;
}

function close() {
  const dialog = pane();
  if (!dialog?.open || !mayLeave(dialog)) return;
  const id = openOf(location.href);
  const url = closed(dialog);
  dialog.close();
  dialog.replaceChildren();
  history.pushState({ htmx: true }, "", url);
  mark();
  const row = id && document.querySelector(`tr[data-open="${CSS.escape(id)}"] a`);
  (opener?.isConnected ? opener : row)?.focus();
  opener = null;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (link.matches("[data-pane-close]")) {
    event.preventDefault();
    close();
  } else if (link.getAttribute("hx-target") === "#pane" && !pane()?.contains(link)) opener = link;
});

document.addEventListener("htmx:confirm", (event) => {
  if (event.detail.elt.getAttribute("hx-target") === "#pane" && event.detail.verb === "get" && !mayLeave(pane())) {
    event.preventDefault();
  }
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target?.id === "pane") {
    show();
    pane().querySelector("#pane-title")?.focus();
  } else mark();
});

// The dialog's own cancel (Escape while modal) goes the same way as ours.
document.addEventListener("cancel", (event) => {
  if (event.target.id !== "pane") return;
  event.preventDefault();
  close();
}, true);

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog:modal, details.tn-menu[open]")) return;
  if (event.target.closest?.('[role="combobox"][aria-expanded="true"]')) return;
  close();
});

phone.addEventListener("change", () => { if (pane()?.open) show(); });
document.addEventListener("DOMContentLoaded", () => { if (pane()?.open) show(); });
